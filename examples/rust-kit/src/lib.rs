//! What a Patchbay connector in Rust stands on: the contract, typed; see README.md.

pub mod book;
pub mod call;
pub mod facts;
pub mod faults;
pub mod feed;
pub mod history;
pub mod input;
pub mod json;
pub mod markets;
pub mod number;
pub mod orders;
pub mod output;
pub mod patchbay;
pub mod private;
pub mod seal;
pub mod subscriptions;

use input::{Account, Command, Record, Reply, Stream};
use output::Output;
use patchbay::*;
use std::ffi::c_void;
use std::mem::size_of;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A connector: a value that turns inputs into records. Each method is one input of the contract; what it emits goes
/// to `out`, and the status that it gives back is counted.
pub trait Connector: Sized {
    /// The descriptor's JSON, with a NUL behind it: `concat!(include_str!("descriptor.json"), "\0")`.
    const DESCRIPTOR: &'static str;

    /// Makes an instance from the configuration, a JSON object; or says what is wrong with it.
    fn create(config: &[u8], out: &mut Output) -> Result<Self, String>;

    fn start(&mut self, _out: &mut Output, _is_trading: bool) {}
    fn stop(&mut self, _out: &mut Output) {}
    fn account(&mut self, _out: &mut Output, _account: &Account) {}
    fn opened(&mut self, _out: &mut Output, _stream: &Stream) {}
    fn frame(&mut self, _out: &mut Output, _stream: &Stream, _frame: &[u8]) -> pb_status {
        PB_E_STATE
    }
    fn closed(&mut self, _out: &mut Output, _stream: &Stream) {}
    fn sent(&mut self, _out: &mut Output, _reply: &Reply) {}
    fn reply(&mut self, _out: &mut Output, _reply: &Reply, _body: &[u8]) -> pb_status {
        PB_E_STATE
    }
    fn timer(&mut self, _out: &mut Output, _timer: pb_id) -> pb_status {
        PB_E_STATE
    }
    fn command(&mut self, _out: &mut Output, _command: &Command) -> pb_status {
        PB_E_UNSUPPORTED
    }
}

/// A connector with its way out.
struct Instance<C> {
    connector: C,
    out: Output,
    /// A panic left it in the middle of something: it is not entered again.
    is_broken: bool,
}

/// Exports connectors: `patchbay_kit::connectors!(MySpot, MyPerpetual);`
#[macro_export]
macro_rules! connectors {
    ($($connector:ty),+ $(,)?) => {
        /// The one symbol that the library exports.
        #[no_mangle]
        pub extern "C" fn patchbay_entry() -> *const $crate::patchbay::pb_entry {
            const COUNT: usize = [$(stringify!($connector)),+].len();
            static TABLES: $crate::Constant<[*const $crate::patchbay::pb_connector; COUNT]> =
                $crate::Constant([$($crate::Table::<$connector>::TABLE as *const _),+]);
            static ENTRY: $crate::Constant<$crate::patchbay::pb_entry> = $crate::Constant($crate::entry(&TABLES.0));
            &ENTRY.0
        }
    };
}

/// A constant with pointers in it, to constants.
#[repr(transparent)]
pub struct Constant<T>(pub T);
// Sound: nobody changes what it holds or points to.
unsafe impl<T> Sync for Constant<T> {}

/// The functions of a connector, as the contract lists them.
pub struct Table<C>(std::marker::PhantomData<C>);

impl<C: Connector> Table<C> {
    pub const TABLE: &'static pb_connector = &pb_connector {
        size: size_of::<pb_connector>() as u32,
        revision: PB_ABI_REVISION,
        descriptor_json: {
            let text = C::DESCRIPTOR.as_bytes();
            assert!(!text.is_empty() && text[text.len() - 1] == 0, "DESCRIPTOR must end with NUL");
            text.as_ptr()
        },
        create: Some(create::<C>),
        deliver: Some(deliver::<C>),
        destroy: Some(destroy::<C>),
    };
}

pub const fn entry(tables: &'static [*const pb_connector]) -> pb_entry {
    pb_entry {
        magic: PB_MAGIC,
        revision: PB_ABI_REVISION,
        size: size_of::<pb_entry>() as u32,
        count: tables.len() as u32,
        connectors: tables.as_ptr(),
    }
}

/// The bytes of a span of the host.
unsafe fn bytes<'a>(span: pb_span) -> &'a [u8] {
    if span.ptr.is_null() {
        return &[];
    }
    // Sound: the host vouches for them as long as the call lasts.
    std::slice::from_raw_parts(span.ptr, span.len as usize)
}

unsafe extern "C" fn create<C: Connector>(
    host: *const pb_host,
    config: pb_span,
    this: *mut *mut c_void,
) -> pb_status {
    *this = std::ptr::null_mut();
    let mut out = Output::new(host);
    let made = catch_unwind(AssertUnwindSafe(|| C::create(bytes(config), &mut out)));
    match made.unwrap_or_else(|_| Err("the connector panicked".to_string())) {
        Ok(connector) => {
            *this = Box::into_raw(Box::new(Instance { connector, out, is_broken: false })).cast();
            PB_OK
        }
        Err(reason) => {
            out.fault(PB_ERR_OTHER, &reason);
            PB_E_ARGUMENT
        }
    }
}

unsafe extern "C" fn deliver<C: Connector>(
    this: *mut c_void,
    input: *const pb_input,
    payload: pb_span,
) -> pb_status {
    // Sound: `this` is what `create` made, and the host never enters an instance twice at once.
    let instance = &mut *this.cast::<Instance<C>>();
    if instance.is_broken {
        return PB_E_INTERNAL;
    }
    let (record, payload) = (Record::new(input), bytes(payload));
    instance.out.turn(&record.fixed());
    let status =
        catch_unwind(AssertUnwindSafe(|| dispatch(&mut instance.connector, &mut instance.out, record, payload)));
    status.unwrap_or_else(|_| {
        instance.is_broken = true;
        PB_E_INTERNAL
    })
}

fn dispatch<C: Connector>(connector: &mut C, out: &mut Output, record: Record, payload: &[u8]) -> pb_status {
    match record.fixed::<pb_rec>().kind {
        PB_IN_FRAME => return connector.frame(out, &Stream::new(record), payload),
        PB_IN_REPLY => return connector.reply(out, &Reply::new(record), payload),
        PB_IN_TIMER => return connector.timer(out, record.fixed::<pb_in_timer>().timer),
        PB_IN_COMMAND => return connector.command(out, &Command::new(record)),
        PB_IN_START => connector.start(out, record.fixed::<pb_in_start>().flags & PB_START_TRADING != 0),
        PB_IN_STOP => connector.stop(out),
        PB_IN_ACCOUNT => connector.account(out, &Account::new(record)),
        PB_IN_OPENED => connector.opened(out, &Stream::new(record)),
        PB_IN_CLOSED => connector.closed(out, &Stream::new(record)),
        PB_IN_SENT => connector.sent(out, &Reply::new(record)),
        _ => return PB_E_UNSUPPORTED, // an input of a newer host
    }
    PB_OK
}

unsafe extern "C" fn destroy<C>(this: *mut c_void) {
    // Sound: `create` made it, and this is the last call.
    let instance = Box::from_raw(this.cast::<Instance<C>>());
    let _ = catch_unwind(AssertUnwindSafe(move || drop(instance)));
}

#[cfg(test)]
mod tests;
