//! What a connector says to its host: one record after the other, each built in the same block of memory.

use crate::json::{Json, Text};
use crate::patchbay::*;
use crate::seal::{Part, Sealed};
use std::mem::size_of;

/// The time of the input being delivered: the only time there is. Nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    /// Monotonic, for intervals.
    pub mono: i64,
    pub wall: i64,
    /// The exchange's clock as estimated.
    pub venue: i64,
}

/// The way out. One record is under construction at a time: its parts are appended to the block, and the structure
/// that names them is written in front of them when it is emitted.
pub struct Output {
    host: *const pb_host,
    seq: u64,
    pub now: Now,
    /// Words, because a record is aligned to 8.
    block: Vec<u64>,
    /// Bytes of the block that are taken.
    used: usize,
    /// A part did not fit into a record: nothing of it is emitted.
    overflown: bool,
}

impl Output {
    /// # Safety
    /// `host` must be what the host gave to `create`, or null, and outlive the value.
    pub unsafe fn new(host: *const pb_host) -> Output {
        let block = Vec::with_capacity(1024);
        Output { host, seq: 0, now: Now::default(), block, used: 0, overflown: false }
    }

    /// The input that is delivered now.
    pub(crate) fn turn(&mut self, input: &pb_input) {
        self.seq = input.rec.seq;
        self.now = Now { mono: input.mono_ns, wall: input.wall_ns, venue: input.venue_ns };
    }

    // ---- Building

    /// Begins a record whose structure is `T`.
    pub fn begin<T: Plain>(&mut self) -> T {
        self.used = 0;
        self.overflown = false;
        self.grow(size_of::<T>());
        zero()
    }

    /// Room for so many bytes more, zeroed; where they begin.
    #[inline]
    fn grow(&mut self, bytes: usize) -> usize {
        let start = self.used;
        let end = start.saturating_add(bytes);
        if end > PB_MAX_RECORD as usize {
            self.overflown = true;
            return start;
        }
        let words = (end + 7) / 8;
        // Words behind what is taken may hold an older record.
        self.block.truncate((start + 7) / 8);
        self.block.resize(words, 0);
        self.used = end;
        start
    }

    /// Room for an array, which starts at a multiple of 8.
    fn align(&mut self) {
        self.used = (self.used + 7) & !7;
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        if self.overflown {
            return;
        }
        let room = self.block.len() * 8;
        // Sound: words have no padding, any bytes are a word, and the length is that of the words.
        let block = unsafe { std::slice::from_raw_parts_mut(self.block.as_mut_ptr().cast::<u8>(), room) };
        if let Some(place) = block.get_mut(at..at.saturating_add(bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }

    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> pb_ref {
        if bytes.is_empty() {
            return zero();
        }
        let offset = self.grow(bytes.len());
        self.write(offset, bytes);
        pb_ref { offset: offset as u32, length: bytes.len() as u32 }
    }

    /// Appends a text without its NULs, which the contract does not permit.
    pub fn text(&mut self, text: &str) -> pb_ref {
        if text.as_bytes().contains(&0) {
            return self.bytes(text.replace('\0', "").as_bytes());
        }
        self.bytes(text.as_bytes())
    }

    /// Appends a peer's text; in place where it can stand as it is.
    pub fn peer_text(&mut self, text: Text) -> pb_ref {
        match text.plain() {
            Some(plain) => self.bytes(plain.as_bytes()),
            None => {
                let text = text.string();
                self.bytes(text.as_bytes())
            }
        }
    }

    /// Appends an array. What its elements name is appended before.
    pub fn list<T: Plain>(&mut self, elements: &[T]) -> pb_list {
        if elements.is_empty() {
            return zero();
        }
        self.align();
        let bytes = elements.len() * size_of::<T>();
        let offset = self.grow(bytes);
        for (index, element) in elements.iter().enumerate() {
            self.write(offset + index * size_of::<T>(), plain_bytes(element));
        }
        pb_list { offset: offset as u32, count: elements.len() as u32 }
    }

    /// Appends the text of a URL, a header or a body.
    pub fn sealed(&mut self, text: &Sealed) -> pb_list {
        let mut parts = Vec::with_capacity(text.parts.len());
        for part in &text.parts {
            parts.push(match part {
                Part::Literal(bytes) => pb_part { literal: self.bytes(bytes), ops: zero() },
                Part::Seal(seal) => {
                    let mut ops = Vec::with_capacity(seal.ops.len());
                    for op in &seal.ops {
                        let bytes = self.bytes(&op.bytes);
                        let (code, arg, arg2, offset_ns) = (op.code as u16, op.arg, op.arg2, op.offset_ns);
                        ops.push(pb_op { code, arg, arg2, offset_ns, bytes });
                    }
                    pb_part { literal: zero(), ops: self.list(&ops) }
                }
            });
        }
        self.list(&parts)
    }

    // ---- The levels of a book

    /// Begins a book's record, before its levels are read into it: nothing else may be emitted until `book`.
    #[inline]
    pub fn begin_book(&mut self) {
        let _: pb_book = self.begin();
    }

    /// Reads `[["price", "quantity"], ...]` into the record. A level that is not exact at the exponents, whose price is
    /// not positive or whose quantity is negative fails the scanner; further elements of a level are skipped.
    #[inline]
    pub fn levels(&mut self, json: &mut Json, price_exp: i32, quantity_exp: i32) -> pb_list {
        let start = self.used;
        json.enter_array();
        while json.next_element() {
            let (mut price, mut quantity) = (0, -1);
            json.enter_array();
            if json.next_element() {
                price = json.fixed(price_exp);
            }
            if json.next_element() {
                quantity = json.fixed(quantity_exp);
            }
            while json.next_element() {
                json.skip();
            }
            if price <= 0 || quantity < 0 {
                json.fail();
            }
            self.level(price, quantity);
        }
        self.levels_since(start)
    }

    /// Appends one level to the list that began where `used` stood.
    #[inline]
    pub fn level(&mut self, price: i64, quantity: i64) {
        if self.used + 16 > PB_MAX_RECORD as usize {
            self.overflown = true;
        } else {
            self.block.push(price as u64);
            self.block.push(quantity as u64);
            self.used += 16;
        }
    }

    /// Where the list of levels would begin that is appended next.
    pub fn place(&self) -> usize {
        self.used
    }

    /// The levels that were appended from a place on.
    #[inline]
    pub fn levels_since(&self, start: usize) -> pb_list {
        let count = (self.used.saturating_sub(start) / size_of::<pb_level>()) as u32;
        pb_list { offset: if count == 0 { 0 } else { start as u32 }, count }
    }

    // ---- Emitting

    /// Hands the record over that `begin` began and whose structure is `fact`; its head is filled in here.
    pub fn emit<T: Plain>(&mut self, kind: u16, fact: T) {
        let (size, head) = ((self.used + 7) & !7, size_of::<T>());
        let rec = pb_rec { size: size as u32, kind, head: head as u16, seq: self.seq };
        self.write(0, plain_bytes(&fact));
        self.write(0, plain_bytes(&rec));
        let is_whole = head >= size_of::<pb_rec>() && head <= size && size == self.block.len() * 8;
        if !is_whole || self.overflown || self.host.is_null() {
            return;
        }
        // Sound: the host gave the table for the life of the instance, and the block holds `size` bytes, 8-aligned.
        unsafe {
            if let Some(emit) = (*self.host).emit {
                // Its answer speaks of malformed records alone, which would be a mistake of this file.
                let _ = emit(self.host, self.block.as_ptr().cast::<pb_rec>());
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn record(&self) -> &[u64] {
        &self.block
    }
}

/// The bytes of a structure of the contract.
fn plain_bytes<T: Plain>(value: &T) -> &[u8] {
    // Sound: a `Plain` structure is integers, and all its padding is fields of its own.
    unsafe { std::slice::from_raw_parts((value as *const T).cast::<u8>(), size_of::<T>()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_zero_between_and_behind_parts() {
        let mut out = unsafe { Output::new(std::ptr::null()) };
        let _: pb_book = out.begin();
        for _ in 0..9 {
            out.level(-1, -1);
        }
        let fact: pb_reply = out.begin();
        let text = out.text("ab\0c");
        let list = out.list(&[pb_level { price: 1, quantity: 2 }]);
        out.emit(PB_EV_REPLY, pb_reply { text, ..fact });
        let head = size_of::<pb_reply>();
        assert_eq!((text.offset as usize, text.length, list.offset as usize), (head, 3, head + 8));
        let words = out.record();
        assert_eq!(words.len(), head / 8 + 3);
        assert_eq!(words[head / 8..], [u64::from_le_bytes(*b"abc\0\0\0\0\0"), 1, 2]);
        assert_eq!(words[0] as u32 as usize, words.len() * 8);
    }

    #[test]
    fn emits_nothing_larger_than_a_record_may_be() {
        let mut out = unsafe { Output::new(std::ptr::null()) };
        let _: pb_reply = out.begin();
        out.bytes(&vec![1; PB_MAX_RECORD as usize]);
        assert!(out.overflown);
        out.begin_book();
        let mut json = Json::new(br#"[["1.5","2"],["0","1"]]"#);
        let list = out.levels(&mut json, -1, 0);
        assert!(!json.is_valid() && !out.overflown && list.count == 2);
    }
}
