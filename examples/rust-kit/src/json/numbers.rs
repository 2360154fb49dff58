//! Numbers, quoted or bare, and moments.

use super::{is_stop, Json};
use crate::number::{Decimal, Wide, TENS};

/// The last moment that the contract takes, in nanoseconds since the epoch, exclusive.
const MOMENT_END: i64 = 1 << 62;

impl<'a> Json<'a> {
    /// A mantissa at `exponent`: with -8, `0.5` gives 50000000. Fails when it is no number, when digits would be lost,
    /// or when it does not fit.
    #[inline]
    pub fn fixed(&mut self, exponent: i32) -> i64 {
        self.skip_space();
        match self.short(exponent).or_else(|| self.usual(exponent)) {
            Some(value) => value,
            None => self.unusual(exponent),
        }
    }

    /// At most eight digits on each side of a point, eight at a time; `None`, and nothing moved, for any other.
    #[inline]
    fn short(&mut self, exponent: i32) -> Option<i64> {
        let places = usize::try_from(exponent.checked_neg()?).ok()?;
        let is_quoted = self.bytes.get(self.at) == Some(&b'"');
        let start = self.at + usize::from(is_quoted);
        let word = self.word(start)?;
        let whole = leading_digits(word);
        if whole == 0 || whole == 8 || whole + places > 18 {
            return None;
        }
        let mut value = eight_digits(word << (64 - 8 * whole)).checked_mul(*TENS.get(places)?)?;
        let mut end = start + whole;
        if self.bytes.get(end) == Some(&b'.') {
            let word = self.word(end + 1)?;
            let given = leading_digits(word);
            if given == 0 || given > places {
                return None;
            }
            value += eight_digits(word << (64 - 8 * given)) * TENS.get(places - given)?;
            end += 1 + given;
        }
        let stop = self.bytes.get(end).copied()?;
        let is_whole = if is_quoted { stop == b'"' } else { is_stop(stop) };
        let is_json = is_quoted || whole == 1 || word as u8 != b'0';
        if !is_whole || !is_json {
            return None;
        }
        self.at = end + usize::from(is_quoted);
        Some(value)
    }

    /// Eight bytes, the first one lowest; `None` near the end.
    #[inline]
    fn word(&self, at: usize) -> Option<u64> {
        let mut eight = [0; 8];
        eight.copy_from_slice(self.bytes.get(at..at.checked_add(8)?)?);
        Some(u64::from_le_bytes(eight))
    }

    /// Up to 18 digits with a point or without, as nearly all numbers are written; nothing is moved for any other.
    #[inline]
    fn usual(&mut self, exponent: i32) -> Option<i64> {
        let rest = self.bytes.get(self.at..)?;
        let is_quoted = rest.first() == Some(&b'"');
        let text = if is_quoted { rest.get(1..)? } else { rest };
        let (mut value, mut digits, mut places, mut behind) = (0i64, 0usize, 0usize, 0usize);
        let mut stop = 0;
        for &byte in text {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
                digits += 1;
                places += behind;
            } else if byte == b'.' && behind == 0 && digits > 0 {
                behind = 1;
            } else {
                stop = byte;
                break;
            }
        }
        let shift = i64::from(exponent).checked_neg()?.checked_sub(places as i64)?;
        let shift = usize::try_from(shift).ok()?;
        let length = digits + behind;
        let has_digits = digits > places && behind <= places;
        let is_whole = if is_quoted { stop == b'"' } else { is_stop(stop) };
        let is_json = is_quoted || digits - places == 1 || text.first() != Some(&b'0');
        if !has_digits || !is_whole || !is_json || digits > 18 {
            return None;
        }
        let scaled = value.checked_mul(*TENS.get(shift)?)?;
        self.at += length + 2 * usize::from(is_quoted);
        Some(scaled)
    }

    #[cold]
    fn unusual(&mut self, exponent: i32) -> i64 {
        match self.decimal().at(exponent) {
            Some(value) => value,
            None => {
                self.fail();
                0
            }
        }
    }

    /// A number at its own exponent. Fails when it is none or has more digits than 64 bits hold.
    pub fn decimal(&mut self) -> Decimal {
        let value = self.wide();
        if value.is_rounded {
            self.fail();
            return Decimal::ZERO;
        }
        value
    }

    /// A number of any length, cut where it does not fit, which it says: for sums that are shown.
    pub fn wide(&mut self) -> Decimal {
        let text = self.scalar();
        match Decimal::parse(text.bytes()) {
            Some(value) if !self.failed => value,
            _ => {
                self.fail();
                Decimal::ZERO
            }
        }
    }

    /// A sum of any length, or `None` for `null` and the empty string.
    pub fn optional_wide(&mut self) -> Option<Wide> {
        if self.skip_null() {
            return None;
        }
        let text = self.scalar();
        if text.is_empty() {
            return None;
        }
        let value = Wide::parse(text.bytes());
        if value.is_none() {
            self.fail();
        }
        value
    }

    /// A number, or `None` for `null` and the empty string.
    pub fn optional(&mut self) -> Option<Decimal> {
        if self.skip_null() {
            return None;
        }
        let mut ahead = *self;
        if ahead.scalar().is_empty() && ahead.is_valid() {
            *self = ahead;
            return None;
        }
        let value = self.decimal();
        if self.failed {
            None
        } else {
            Some(value)
        }
    }

    #[inline]
    pub fn integer(&mut self) -> i64 {
        self.fixed(0)
    }

    /// A whole number from 0 to 2^64 - 1.
    pub fn unsigned(&mut self) -> u64 {
        let text = self.scalar().bytes();
        let mut value = 0u64;
        for &byte in text {
            let longer =
                value.checked_mul(10).and_then(|value| value.checked_add(u64::from(byte.wrapping_sub(b'0'))));
            match longer {
                Some(longer) if byte.is_ascii_digit() => value = longer,
                _ => {
                    self.fail();
                    return 0;
                }
            }
        }
        if text.is_empty() {
            self.fail();
        }
        value
    }

    // ---- Moments, as nanoseconds since the epoch; one before it or from the year 2116 on fails

    #[inline]
    pub fn milliseconds(&mut self) -> i64 {
        let value = self.fixed(-6);
        self.moment(value)
    }

    /// A fraction is kept.
    pub fn seconds(&mut self) -> i64 {
        let value = self.fixed(-9);
        self.moment(value)
    }

    pub fn nanoseconds(&mut self) -> i64 {
        let value = self.integer();
        self.moment(value)
    }

    /// RFC 3339 in UTC: `2023-10-06T17:35:55.440295Z`.
    pub fn timestamp(&mut self) -> i64 {
        let text = self.string();
        let value = rfc3339(text.bytes()).unwrap_or(-1);
        self.moment(value)
    }

    #[inline]
    fn moment(&mut self, value: i64) -> i64 {
        if !(0..MOMENT_END).contains(&value) {
            self.fail();
        }
        if self.failed {
            0
        } else {
            value
        }
    }
}

/// How many of eight bytes, from the lowest, are digits.
#[inline]
fn leading_digits(word: u64) -> usize {
    // A digit is 0 to 9 behind the exclusive-or; adding 0x76 to more than that sets bit 7. What a byte above 0x89
    // carries reaches only bytes behind it, which is the first that is no digit.
    let offset = word ^ 0x3030_3030_3030_3030;
    let stops = (offset.wrapping_add(0x7676_7676_7676_7676) | offset) & 0x8080_8080_8080_8080;
    (stops.trailing_zeros() >> 3) as usize
}

/// The value of eight digits, the lowest byte being the most significant; zero bytes count as zeros.
#[inline]
fn eight_digits(word: u64) -> i64 {
    let value = (word & 0x0F0F_0F0F_0F0F_0F0F).wrapping_mul(2561) >> 8;
    let value = (value & 0x00FF_00FF_00FF_00FF).wrapping_mul(6_553_601) >> 16;
    ((value & 0x0000_FFFF_0000_FFFF).wrapping_mul(42_949_672_960_001) >> 32) as i64
}

/// Nanoseconds since the epoch; `None` for what is no such time, other zones included.
pub fn rfc3339(text: &[u8]) -> Option<i64> {
    let number = |from: usize, count: usize| -> Option<i64> {
        let mut value = 0i64;
        for byte in text.get(from..from + count)? {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i64::from(byte - b'0');
        }
        Some(value)
    };
    let is = |at: usize, byte: u8| text.get(at).map_or(false, |found| *found | 0x20 == byte | 0x20);
    let last = text.len().checked_sub(1)?;
    let is_shaped = is(4, b'-') && is(7, b'-') && is(10, b't') && is(13, b':') && is(16, b':') && is(last, b'z');
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let is_moment = (1970..2262).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_shaped || !is_moment || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut fraction = 0;
    if last > 19 {
        let digits = last.checked_sub(20).filter(|digits| (1..=9).contains(digits) && is(19, b'.'))?;
        fraction = number(20, digits)? * TENS.get(9 - digits)?;
    } else if last != 19 {
        return None;
    }
    // Days since the epoch by the proleptic Gregorian calendar, years counted from March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction)
}
