//! Escapement: a complete Patchbay connector in Rust without the standard library, from the contract alone.
//!
//! Its exchange is the made-up one of the example in C (`examples/c-connector`): one spot instrument, TIC-TOC, whose
//! price swings like a pendulum, one tick and one trade a beat of 200 ms. Everything can be predicted, and what both
//! connectors emit is the same to the byte.
//!
//! Read from the end: the library's table, then `deliver`, then what it calls.
#![no_std]

#[path = "../../rust-kit/src/patchbay.rs"]
mod patchbay;

use core::ffi::c_void;
use core::mem::size_of;
use patchbay::*;

// ---- The exchange

const INSTRUMENT: pb_id = 1;
const BEAT_TIMER: pb_id = 1;
const BEAT_NS: i64 = 200_000_000;
const DEPTH: usize = 5; // levels per side
const AMPLITUDE: i64 = 8; // ticks to either side of the middle
const MIDDLE: i64 = 10_000; // 100.00 at PRICE_EXP
const PRICE_EXP: i32 = -2; // tick 0.01
const QUANTITY_EXP: i32 = -3; // lot 0.001
const CHANNELS: u32 = PB_CHANNEL_BOOK | PB_CHANNEL_TRADES;

/// The middle of the book at a beat: up AMPLITUDE ticks, down twice as many, up again.
fn middle(beat: u64) -> i64 {
    let phase = (beat % (4 * AMPLITUDE as u64)) as i64;
    if phase <= AMPLITUDE {
        MIDDLE + phase
    } else if phase <= 3 * AMPLITUDE {
        MIDDLE + 2 * AMPLITUDE - phase
    } else {
        MIDDLE - 4 * AMPLITUDE + phase
    }
}

/// A level and the quantity that always stands at its price: 1.000 to 1.600.
fn level(price: i64) -> pb_level {
    pb_level { price, quantity: 1000 + price % 7 * 100 }
}

fn removed(price: i64) -> pb_level {
    pb_level { price, quantity: 0 }
}

// ---- Writing a record

/// The largest record here, the snapshot of two times DEPTH levels, has room.
const ROOM: usize = 1024;

/// A record is one block: the fixed part (its struct), then the variable parts, which the struct names by offset.
#[repr(C, align(8))]
struct Block {
    bytes: [u8; ROOM],
    used: usize,
}

impl Block {
    /// Makes room for the struct. What is between and behind the parts must be zero.
    fn begin<T: Plain>(&mut self) -> T {
        self.bytes = [0; ROOM];
        self.used = size_of::<T>();
        zero()
    }

    /// Appends bytes and says where they are.
    fn append(&mut self, bytes: &[u8]) -> u32 {
        let start = self.used;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
        start as u32
    }

    fn text(&mut self, text: &str) -> pb_ref {
        // An empty part has offset 0.
        let offset = if text.is_empty() { 0 } else { self.append(text.as_bytes()) };
        pb_ref { offset, length: text.len() as u32 }
    }

    fn levels(&mut self, levels: &[pb_level]) -> pb_list {
        self.used = (self.used + 7) & !7; // an array starts at a multiple of 8
        let mut list = pb_list { offset: self.used as u32, count: levels.len() as u32 };
        if levels.is_empty() {
            list.offset = 0;
        }
        for level in levels {
            self.append(&level.price.to_ne_bytes());
            self.append(&level.quantity.to_ne_bytes());
        }
        list
    }
}

// ---- The instance

struct Escapement {
    host: *const pb_host,
    seq: u64,        // of the input being delivered: every output carries it
    now_ns: i64,     // the venue's time of that input: the only time there is
    beat: u64,       // beats so far; also the book's sequence, from 1
    subscribed: u32, // PB_CHANNEL_ bits
    block: Block,
}

impl Escapement {
    /// Hands the record over whose fixed part is `fact`: every one begins with its `pb_rec`, which is filled in here.
    fn emit<T: Plain>(&mut self, kind: u16, fact: T) {
        let rec = pb_rec {
            size: ((self.block.used + 7) & !7) as u32,
            kind,
            head: size_of::<T>() as u16,
            seq: self.seq,
        };
        let start = self.block.bytes.as_mut_ptr();
        // The block is aligned to 8 and larger than any struct of the contract.
        unsafe {
            (start as *mut T).write(fact);
            (start as *mut pb_rec).write(rec);
            if let Some(emit) = (*self.host).emit {
                // The answer speaks of malformed records only, which would be a mistake of this file.
                let _ = emit(self.host, start as *const pb_rec);
            }
        }
    }

    fn instrument(&mut self) {
        let mut fact: pb_instrument = self.block.begin();
        let exact = |mantissa, exponent| pb_dec { mantissa, exponent, state: PB_DEC_EXACT };
        fact.instrument = INSTRUMENT;
        fact.kind = PB_KIND_SPOT;
        fact.state = PB_INSTRUMENT_TRADING;
        fact.price_exp = PRICE_EXP;
        fact.quantity_exp = QUANTITY_EXP;
        fact.tick = exact(1, PRICE_EXP);
        fact.lot = exact(1, QUANTITY_EXP);
        fact.multiplier = exact(1, 0);
        fact.symbol = self.block.text("TICTOC");
        fact.base = self.block.text("TIC");
        fact.quote = self.block.text("TOC");
        self.emit(PB_EV_INSTRUMENT, fact);
    }

    fn state(&mut self, channel: u32, state: u32) {
        let fact: pb_state = self.block.begin();
        self.emit(PB_EV_STATE, pb_state { instrument: INSTRUMENT, channel, state, ..fact });
    }

    fn book(&mut self, snapshot: u32, bids: &[pb_level], asks: &[pb_level]) {
        let mut fact: pb_book = self.block.begin();
        fact.instrument = INSTRUMENT;
        fact.venue_ns = self.now_ns;
        fact.first_seq = self.beat + 1;
        fact.last_seq = self.beat + 1;
        fact.snapshot = snapshot;
        fact.depth = DEPTH as u32;
        fact.bids = self.block.levels(bids);
        fact.asks = self.block.levels(asks);
        self.emit(PB_EV_BOOK, fact);
    }

    /// The book of this beat: DEPTH levels a tick apart on each side, the best ones one tick from the middle.
    fn snapshot(&mut self) {
        let middle = middle(self.beat);
        let mut bids = [level(0); DEPTH];
        let mut asks = bids;
        for (i, (bid, ask)) in bids.iter_mut().zip(asks.iter_mut()).enumerate() {
            *bid = level(middle - 1 - i as i64);
            *ask = level(middle + 1 + i as i64);
        }
        self.book(PB_BOOK_SNAPSHOT, &bids, &asks);
    }

    fn trade(&mut self, price: i64, side: u32) {
        let mut digits = [0; 20];
        let id = decimal(self.beat, &mut digits);
        let mut fact: pb_trade = self.block.begin();
        fact.instrument = INSTRUMENT;
        fact.venue_ns = self.now_ns;
        fact.price = price;
        fact.quantity = level(price).quantity;
        fact.side = side;
        fact.trade = self.block.text(id);
        self.emit(PB_EV_TRADE, fact);
    }

    fn set_timer(&mut self, after_ns: i64) {
        let fact: pb_out_timer = self.block.begin();
        self.emit(PB_OUT_TIMER, pb_out_timer { timer: BEAT_TIMER, after_ns, ..fact });
    }

    fn done(&mut self, command: pb_id) -> pb_status {
        let fact: pb_reply = self.block.begin();
        self.emit(PB_EV_REPLY, pb_reply { command, outcome: PB_OUTCOME_DONE, ..fact });
        PB_OK
    }

    fn refuse(&mut self, command: pb_id, error: u32, why: &str) -> pb_status {
        let fact: pb_reply = self.block.begin();
        let text = self.block.text(why);
        self.emit(PB_EV_REPLY, pb_reply { command, outcome: PB_OUTCOME_REFUSED, error, text, ..fact });
        PB_OK
    }
}

/// A number's digits, without the standard library.
fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &str {
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    core::str::from_utf8(&digits[start..]).unwrap_or("")
}

// ---- Inputs

impl Escapement {
    /// The pendulum takes the best level of the side it swings to. That side gets a new far level; on the other side
    /// the far level goes and a new best one comes.
    fn beat(&mut self) {
        let before = middle(self.beat);
        self.beat += 1;
        let step = middle(self.beat) - before; // 1 or -1
        let taken = before + step;
        let ahead = [removed(taken), level(before + step * (DEPTH as i64 + 1))];
        let behind = [removed(before - step * DEPTH as i64), level(before)];
        if self.subscribed & PB_CHANNEL_TRADES != 0 {
            self.trade(taken, if step > 0 { PB_SIDE_BUY } else { PB_SIDE_SELL });
        }
        if self.subscribed & PB_CHANNEL_BOOK != 0 {
            let (bids, asks) = if step > 0 { (behind, ahead) } else { (ahead, behind) };
            self.book(PB_BOOK_UPDATE, &bids, &asks);
        }
    }

    fn timer(&mut self, timer: pb_id) -> pb_status {
        if timer != BEAT_TIMER || self.subscribed == 0 {
            return PB_E_STATE;
        }
        self.beat();
        self.set_timer(BEAT_NS);
        PB_OK
    }

    fn subscribe(&mut self, command: &pb_in_command) -> pb_status {
        if command.instrument != INSTRUMENT {
            return self.refuse(command.command, PB_ERR_UNKNOWN_INSTRUMENT, "the one instrument is TIC-TOC");
        }
        if command.channel == 0 || command.channel & !CHANNELS != 0 {
            return self.refuse(command.command, PB_ERR_UNSUPPORTED, "there are books and trades, nothing else");
        }
        let fresh = command.channel & !self.subscribed;
        if self.subscribed == 0 {
            self.set_timer(BEAT_NS);
        }
        self.subscribed |= fresh;
        if fresh != 0 {
            self.state(fresh, PB_STATE_LIVE);
        }
        if fresh & PB_CHANNEL_BOOK != 0 {
            self.snapshot();
        }
        self.done(command.command)
    }

    fn unsubscribe(&mut self, command: &pb_in_command) -> pb_status {
        if command.instrument != INSTRUMENT {
            return self.refuse(command.command, PB_ERR_UNKNOWN_INSTRUMENT, "the one instrument is TIC-TOC");
        }
        let gone = command.channel & self.subscribed;
        self.subscribed &= !gone;
        if gone != 0 {
            self.state(gone, PB_STATE_ENDED);
            if self.subscribed == 0 {
                self.set_timer(0); // cancels: nobody listens, the pendulum rests
            }
        }
        self.done(command.command)
    }

    fn resync(&mut self, command: &pb_in_command) -> pb_status {
        if command.instrument != INSTRUMENT || self.subscribed & PB_CHANNEL_BOOK == 0 {
            return self.refuse(command.command, PB_ERR_OTHER, "this book is not subscribed");
        }
        let gap: pb_gap = self.block.begin();
        let (instrument, venue_ns, reason) = (INSTRUMENT, self.now_ns, PB_GAP_COMMAND);
        self.emit(PB_EV_GAP, pb_gap { instrument, venue_ns, reason, ..gap });
        self.snapshot();
        self.done(command.command)
    }

    fn command(&mut self, command: &pb_in_command) -> pb_status {
        match command.verb {
            PB_CMD_CLOCK => {
                let fact: pb_clock = self.block.begin(); // no request was needed: it stays 0
                let venue_ns = self.now_ns;
                self.emit(PB_EV_CLOCK, pb_clock { venue_ns, ..fact });
                self.done(command.command)
            }
            PB_CMD_INSTRUMENTS => {
                self.instrument();
                let fact: pb_complete = self.block.begin();
                let (command, what) = (command.command, PB_EV_INSTRUMENT as u32);
                self.emit(PB_EV_COMPLETE, pb_complete { command, what, ..fact });
                self.done(command)
            }
            PB_CMD_SUBSCRIBE => self.subscribe(command),
            PB_CMD_UNSUBSCRIBE => self.unsubscribe(command),
            PB_CMD_RESYNC => self.resync(command),
            _ => PB_E_UNSUPPORTED, // the host refuses it on our behalf: orders, balances, ...
        }
    }
}

/// Copies an input's fixed part. An older host's is shorter and a newer host's is longer than ours: what is missing is
/// zero, what is more is not for us.
///
/// # Safety
/// `input` must be a whole record of the contract.
unsafe fn read<T: Plain>(input: *const pb_input) -> T {
    let mut copy = zero();
    let size = size_of::<T>().min((*input).rec.head as usize);
    core::ptr::copy_nonoverlapping(input as *const u8, &mut copy as *mut T as *mut u8, size);
    copy
}

unsafe extern "C" fn deliver(this: *mut c_void, input: *const pb_input, _payload: pb_span) -> pb_status {
    let this = &mut *(this as *mut Escapement);
    this.seq = (*input).rec.seq;
    this.now_ns = (*input).venue_ns;
    match (*input).rec.kind {
        PB_IN_START | PB_IN_STOP | PB_IN_ACCOUNT => PB_OK, // nothing to prepare, nothing to end, nothing to trade
        PB_IN_TIMER => this.timer(read::<pb_in_timer>(input).timer),
        PB_IN_COMMAND => this.command(&read(input)),
        // About streams and requests, and this connector has none.
        PB_IN_OPENED | PB_IN_FRAME | PB_IN_CLOSED | PB_IN_SENT | PB_IN_REPLY => PB_E_STATE,
        _ => PB_E_UNSUPPORTED, // an input of a newer host
    }
}

// ---- The library

#[link(name = "c")]
extern "C" {
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
    fn abort() -> !;
}

#[cfg(not(test))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unsafe { abort() }
}

unsafe extern "C" fn create(host: *const pb_host, _config: pb_span, this: *mut *mut c_void) -> pb_status {
    // All zero is an instance at rest.
    let memory = calloc(1, size_of::<Escapement>());
    *this = memory;
    if memory.is_null() {
        return PB_E_INTERNAL;
    }
    (*(memory as *mut Escapement)).host = host;
    PB_OK
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    free(this);
}

/// A constant table of pointers, which nobody changes.
#[repr(transparent)]
struct Constant<T>(T);
unsafe impl<T> Sync for Constant<T> {}

static DESCRIPTOR: &str = concat!(
    r#"{"id": "escapement", "name": "Escapement", "version": "1.0.0", "kind": "spot", "hosts": [],"#,
    r#" "extensions": [], "credentials": [], "config": [],"#,
    r#" "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync"],"#,
    r#" "channels": ["book", "trades"], "order_types": [], "domains": []}"#,
    "\0"
);

static CONNECTOR: Constant<pb_connector> = Constant(pb_connector {
    size: size_of::<pb_connector>() as u32,
    revision: PB_ABI_REVISION,
    descriptor_json: DESCRIPTOR.as_ptr(),
    create: Some(create),
    deliver: Some(deliver),
    destroy: Some(destroy),
});

static CONNECTORS: Constant<[*const pb_connector; 1]> = Constant([&CONNECTOR.0]);

static ENTRY: Constant<pb_entry> = Constant(pb_entry {
    magic: PB_MAGIC,
    revision: PB_ABI_REVISION,
    size: size_of::<pb_entry>() as u32,
    count: 1,
    connectors: &CONNECTORS.0 as *const *const pb_connector,
});

/// The one symbol that the library exports.
#[no_mangle]
pub extern "C" fn patchbay_entry() -> *const pb_entry {
    &ENTRY.0
}
