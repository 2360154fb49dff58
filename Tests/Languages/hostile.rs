//! A hostile connector in Rust, with its standard library: what its configuration names it does when its first timer
//! fires. What survives says so in a line of log. Built and run by the tests of workers.

#[path = "../../examples/rust-kit/src/patchbay.rs"]
#[allow(dead_code, non_camel_case_types)]
mod patchbay;

use core::ffi::c_void;
use core::mem::size_of;
use patchbay::*;
use std::time::{Duration, Instant};

struct Hostile {
    host: *const pb_host,
    seq: u64,
    attack: String,
}

#[repr(C, align(8))]
struct Line {
    fact: pb_out_log,
    text: [u8; 64],
}

impl Hostile {
    unsafe fn emit(&self, record: *mut pb_rec, kind: u16, size: usize, head: usize) {
        *record = pb_rec { size: size as u32, kind, head: head as u16, seq: self.seq };
        if let Some(emit) = (*self.host).emit {
            emit(self.host, record);
        }
    }

    unsafe fn say(&self, words: &str) {
        let mut line: Line = core::mem::zeroed();
        line.text[..words.len()].copy_from_slice(words.as_bytes());
        line.fact.level = PB_LOG_WARNING;
        line.fact.text = pb_ref { offset: size_of::<pb_out_log>() as u32, length: words.len() as u32 };
        self.emit(&mut line.fact.rec, PB_OUT_LOG, size_of::<Line>(), size_of::<pb_out_log>());
    }

    unsafe fn timer(&self) {
        let mut timer: pb_out_timer = core::mem::zeroed();
        (timer.timer, timer.after_ns) = (1, 20_000_000);
        self.emit(&mut timer.rec, PB_OUT_TIMER, size_of::<pb_out_timer>(), size_of::<pb_out_timer>());
    }

    /// Where both rings' words lie in this process: found from the context that `emit` is given, as any code here can.
    /// The worker's own page, which it may write to.
    unsafe fn words(&self) -> *mut u64 {
        let context = (*self.host).ctx as usize;
        for place in 2..24 {
            let object = *(context as *const usize).add(place);
            if object & 7 != 0 || object.abs_diff(context) > 64 << 20 {
                continue;
            }
            for field in 2..12 {
                let words = core::slice::from_raw_parts((object as *const usize).add(field), 4);
                let are_pages = words[0] != 0 && words[2] != 0 && words.iter().all(|word| word % 4096 == 0);
                if are_pages && words[1] == words[0] + 4096 && words[3] == words[2] + 4096 {
                    return words[2] as *mut u64;
                }
            }
        }
        core::ptr::null_mut()
    }

    /// Long enough for the host to look.
    fn linger(until: Instant) {
        while Instant::now() < until {
            core::hint::spin_loop();
        }
    }

    unsafe fn attack(&self) {
        let soon = Instant::now() + Duration::from_millis(300);
        match self.attack.as_str() {
            "thread" => drop(std::thread::spawn(|| ())),
            "file" => drop(std::fs::read("/etc/passwd")),
            "memory of the host" => drop(std::fs::read(format!("/proc/{}/mem", 1))),
            "its own memory" => drop(std::fs::OpenOptions::new().write(true).open("/proc/self/mem")),
            "folder" => drop(std::fs::read_dir("/proc")),
            "link" => drop(std::os::unix::fs::symlink("/etc/passwd", "libgood.so")),
            "rename" => drop(std::fs::rename("libgood.so", "libbad.so")),
            "tcp" => drop(std::net::TcpStream::connect("127.0.0.1:443")),
            "name" => drop(std::net::ToSocketAddrs::to_socket_addrs("example.com:443")),
            "command" => drop(std::process::Command::new("/bin/true").spawn()),
            "sleep" => std::thread::sleep(Duration::from_secs(3600)),
            "panic" => panic!("out of bounds"),
            "recursion" => drop(deep(1)),
            "heap" => {
                let mut all: Vec<Vec<u8>> = Vec::new();
                loop {
                    all.push(vec![1; 1 << 20]);
                }
            }
            "environment" => {
                let count = std::env::vars().count();
                self.say(if count == 0 { "nothing around " } else { "something around " });
            }
            // The rings: more than was written, a record of no size, more read than was there, and all of it at once
            // while the host reads.
            "tail" => {
                *self.words() = u64::MAX;
                Self::linger(soon);
            }
            "size" => {
                let words = self.words();
                let (tail, ring) = (*words, 512 << 10);
                *((words as *mut u8).add(4096 + (tail % ring) as usize) as *mut u64) = u64::MAX;
                *words = tail + 64;
                Self::linger(soon);
            }
            "head" => {
                *self.words().add(8) = u64::MAX / 2 & !15;
                Self::linger(soon);
            }
            "race" => {
                let (words, mut random) = (self.words(), 88172645463325252u64);
                let start = *words;
                while Instant::now() < soon {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    let place = (words as *mut u8).add(4096 + (random >> 20) as usize % (512 << 10) & !7);
                    core::ptr::write_volatile(place as *mut u64, random);
                    core::ptr::write_volatile(words, start + (random & 0xFFF8));
                }
            }
            _ => (),
        }
    }
}

#[inline(never)]
#[allow(unconditional_recursion)]
fn deep(depth: u64) -> u64 {
    let mut here = [depth; 512];
    here[(depth % 512) as usize] = std::hint::black_box(depth);
    deep(depth + 1) + std::hint::black_box(&here)[7]
}

unsafe extern "C" fn deliver(this: *mut c_void, input: *const pb_input, _payload: pb_span) -> pb_status {
    let this = &mut *(this as *mut Hostile);
    this.seq = (*input).rec.seq;
    match (*input).rec.kind {
        PB_IN_START => this.timer(),
        PB_IN_TIMER => {
            this.attack();
            this.say("survived ");
        }
        _ => (),
    }
    PB_OK
}

unsafe extern "C" fn create(host: *const pb_host, config: pb_span, this: *mut *mut c_void) -> pb_status {
    let text = core::str::from_utf8(core::slice::from_raw_parts(config.ptr, config.len as usize)).unwrap_or("");
    // {"attack":"tail"}: nothing else stands there.
    let attack = text.split("\"attack\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("").to_string();
    *this = Box::into_raw(Box::new(Hostile { host, seq: 0, attack })) as *mut c_void;
    PB_OK
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    drop(Box::from_raw(this as *mut Hostile));
}

#[repr(transparent)]
struct Constant<T>(T);
unsafe impl<T> Sync for Constant<T> {}

static DESCRIPTOR: &str = concat!(include_str!(env!("HOSTILE_DESCRIPTOR")), "\0");

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

#[no_mangle]
pub extern "C" fn patchbay_entry() -> *const pb_entry {
    &ENTRY.0
}
