//! What the host delivers, typed. Everything is borrowed and dies with the call.

use crate::number::Decimal;
use crate::patchbay::*;
use std::marker::PhantomData;
use std::mem::size_of;

/// A record of the host.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    base: *const u8,
    size: usize,
    life: PhantomData<&'a u8>,
}

impl<'a> Record<'a> {
    /// # Safety
    /// `input` must be a whole record of the contract that outlives the value.
    pub unsafe fn new(input: *const pb_input) -> Record<'a> {
        Record { base: input.cast(), size: (*input).rec.size as usize, life: PhantomData }
    }

    /// The structure in front, as far as host and connector both know it: what an older host left out is zero.
    pub fn fixed<T: Plain>(&self) -> T {
        let mut copy = zero::<T>();
        let bytes = self.bytes();
        let head = bytes.get(6..8).map_or(0, |head| usize::from(u16::from_ne_bytes([head[0], head[1]])));
        let known = size_of::<T>().min(head).min(bytes.len());
        // Sound: both sides have `known` bytes, and any bytes are a value of a `Plain` structure.
        unsafe { std::ptr::copy_nonoverlapping(self.base, (&mut copy as *mut T).cast::<u8>(), known) };
        copy
    }

    fn bytes(&self) -> &'a [u8] {
        // Sound: the host vouches for `size` bytes, as `new` demands.
        unsafe { std::slice::from_raw_parts(self.base, self.size) }
    }

    pub fn raw(&self, part: pb_ref) -> &'a [u8] {
        let start = part.offset as usize;
        self.bytes().get(start..start.saturating_add(part.length as usize)).unwrap_or(&[])
    }

    /// A text; empty when it is no UTF-8, which the contract excludes.
    pub fn text(&self, part: pb_ref) -> &'a str {
        std::str::from_utf8(self.raw(part)).unwrap_or("")
    }

    /// An element of an array.
    pub fn element<T: Plain>(&self, list: pb_list, index: u32) -> Option<T> {
        if index >= list.count {
            return None;
        }
        let start = (list.offset as usize).checked_add((index as usize).checked_mul(size_of::<T>())?)?;
        let bytes = self.bytes().get(start..start.checked_add(size_of::<T>())?)?;
        // Sound: there are that many bytes, any bytes are a `Plain` value, and the read needs no alignment.
        Some(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
    }

    pub fn elements<T: Plain + 'a>(self, list: pb_list) -> impl Iterator<Item = T> + 'a {
        // Of a list that reaches out of the record only what lies inside is given.
        (0..list.count).map_while(move |index| self.element(list, index))
    }

    /// A nested record.
    fn nested(&self, part: pb_ref) -> Option<Record<'a>> {
        let bytes = self.raw(part);
        if bytes.len() < size_of::<pb_input>() {
            return None;
        }
        Some(Record { base: bytes.as_ptr(), size: bytes.len(), life: PhantomData })
    }
}

/// An account that can be used from now on, or no longer.
pub struct Account<'a> {
    record: Record<'a>,
    pub fields: pb_in_account,
}

impl<'a> Account<'a> {
    pub(crate) fn new(record: Record<'a>) -> Account<'a> {
        Account { record, fields: record.fixed() }
    }
    pub fn id(&self) -> pb_id {
        self.fields.account
    }
    pub fn is_present(&self) -> bool {
        self.fields.present != 0
    }
    pub fn label(&self) -> &'a str {
        self.record.text(self.fields.label)
    }
    /// A credential field that is declared public.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        let record = self.record;
        let mut pairs = record.elements::<pb_pair>(self.fields.public_fields);
        pairs.find(|pair| record.text(pair.name) == name).map(|pair| record.text(pair.value))
    }
}

/// What became of a request: see `pb_in_reply`.
pub struct Reply<'a> {
    record: Record<'a>,
    pub fields: pb_in_reply,
}

impl<'a> Reply<'a> {
    pub(crate) fn new(record: Record<'a>) -> Reply<'a> {
        Reply { record, fields: record.fixed() }
    }
    pub fn request(&self) -> pb_id {
        self.fields.request
    }
    /// `PB_NOT_SENT`, `PB_SENT`, `PB_REPLIED` or `PB_NO_ANSWER`.
    pub fn outcome(&self) -> u32 {
        self.fields.outcome
    }
    pub fn status(&self) -> u32 {
        self.fields.status
    }
    pub fn is_success(&self) -> bool {
        self.fields.outcome == PB_REPLIED && (200..300).contains(&self.fields.status)
    }
    pub fn reason(&self) -> &'a str {
        self.record.text(self.fields.reason)
    }
    /// By its name in lower case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let record = self.record;
        let mut pairs = record.elements::<pb_pair>(self.fields.headers);
        pairs.find(|pair| record.text(pair.name) == name).map(|pair| record.text(pair.value))
    }
    /// How long the exchange wants to be left alone, in nanoseconds, at most a day.
    pub fn retry_after_ns(&self) -> i64 {
        let seconds = self.header("retry-after").and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
        i64::from(seconds.min(86_400)) * 1_000_000_000
    }
    pub fn published(&self, index: u32) -> Option<&'a [u8]> {
        let record = self.record;
        let mut all = record.elements::<pb_published>(self.fields.published);
        all.find(|one| one.index == index).map(|one| record.raw(one.value))
    }
}

/// A stream that is open, closed, or has received a frame.
pub struct Stream<'a> {
    record: Record<'a>,
    pub fields: pb_in_stream,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(record: Record<'a>) -> Stream<'a> {
        Stream { record, fields: record.fixed() }
    }
    pub fn id(&self) -> pb_id {
        self.fields.stream
    }
    pub fn is_binary(&self) -> bool {
        self.fields.opcode == PB_OPCODE_BINARY
    }
    pub fn reason(&self) -> &'a str {
        self.record.text(self.fields.reason)
    }
    pub fn published(&self, index: u32) -> Option<&'a [u8]> {
        let record = self.record;
        let mut all = record.elements::<pb_published>(self.fields.published);
        all.find(|one| one.index == index).map(|one| record.raw(one.value))
    }
}

/// What a trading program wants: see `pb_in_command`.
#[derive(Clone, Copy)]
pub struct Command<'a> {
    record: Record<'a>,
    pub fields: pb_in_command,
}

impl<'a> Command<'a> {
    pub(crate) fn new(record: Record<'a>) -> Command<'a> {
        Command { record, fields: record.fixed() }
    }
    pub fn id(&self) -> pb_id {
        self.fields.command
    }
    pub fn symbol(&self) -> &'a str {
        self.record.text(self.fields.symbol)
    }
    pub fn client_order(&self) -> &'a str {
        self.record.text(self.fields.client_order)
    }
    pub fn venue_order(&self) -> &'a str {
        self.record.text(self.fields.venue_order)
    }
    pub fn price(&self) -> Option<Decimal> {
        Decimal::of(self.fields.price)
    }
    pub fn quantity(&self) -> Option<Decimal> {
        Decimal::of(self.fields.quantity)
    }
    pub fn stop(&self) -> Option<Decimal> {
        Decimal::of(self.fields.stop)
    }
    pub fn value(&self) -> Option<Decimal> {
        Decimal::of(self.fields.value)
    }
    /// The commands of a batch.
    pub fn items(self) -> impl Iterator<Item = Command<'a>> + 'a {
        let record = self.record;
        record.elements::<pb_ref>(self.fields.items).filter_map(move |part| record.nested(part)).map(Command::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_both_sides_know_and_nothing_behind() {
        // A command of an older host: its head ends behind `verb`; a text stands behind it.
        let mut words = vec![0u64; 16];
        words[0] = 128 | (PB_IN_COMMAND as u64) << 32 | 80 << 48;
        words[5] = 42;
        words[15] = u64::MAX;
        let record = unsafe { Record::new(words.as_ptr().cast()) };
        let command = Command::new(record);
        assert_eq!((command.id(), command.fields.interval_ns, command.symbol()), (42, 0, ""));
        assert_eq!(record.text(pb_ref { offset: 120, length: 8 }), "", "no UTF-8");
        assert_eq!(record.raw(pb_ref { offset: 120, length: 9 }), b"");
        assert_eq!(record.raw(pb_ref { offset: u32::MAX, length: u32::MAX }), b"");
        let list = pb_list { offset: 120, count: u32::MAX };
        assert_eq!(record.elements::<pb_ref>(list).count(), 1);
        assert_eq!(command.items().count(), 0);
    }
}
