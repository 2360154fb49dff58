//! Exact decimals: a peer's digits to the contract's numbers, without floating point and without a trap.

use crate::patchbay::*;

/// Powers of ten that fit into 63 bits.
pub(crate) const TENS: [i64; 19] = {
    let mut tens = [1; 19];
    let mut place = 1;
    while place < 19 {
        tens[place] = tens[place - 1] * 10;
        place += 1;
    }
    tens
};

/// A decimal number as it was written: `mantissa * 10^exponent`, the mantissa without trailing zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decimal {
    pub mantissa: i64,
    pub exponent: i32,
    /// The text had more digits than fit; they were cut toward negative infinity.
    pub is_rounded: bool,
}

impl Decimal {
    pub const ZERO: Decimal = Decimal { mantissa: 0, exponent: 0, is_rounded: false };
    pub const ONE: Decimal = Decimal { mantissa: 1, exponent: 0, is_rounded: false };

    pub fn new(mantissa: i64, exponent: i32) -> Decimal {
        Decimal { mantissa, exponent, is_rounded: false }.trimmed()
    }

    fn trimmed(mut self) -> Decimal {
        if self.mantissa == 0 {
            self.exponent = 0;
        }
        while self.mantissa != 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.exponent = self.exponent.saturating_add(1);
        }
        self
    }

    /// Reads digits with at most one point and an exponent, as JSON and exchanges write numbers; leading zeros are
    /// taken. `None` for any other text, and for what the contract cannot hold (an exponent beyond 64).
    pub fn parse(text: &[u8]) -> Option<Decimal> {
        let (is_negative, digits) = match text.split_first()? {
            (b'-', rest) => (true, rest),
            _ => (false, text),
        };
        let (mut mantissa, mut exponent, mut is_cut) = (0i64, 0i32, false);
        let (mut whole, mut places, mut behind_point) = (0usize, 0usize, false);
        let mut rest = digits;
        while let Some((&byte, tail)) = rest.split_first() {
            match byte {
                b'0'..=b'9' => {
                    let digit = i64::from(byte - b'0');
                    let longer = mantissa.checked_mul(10).and_then(|value| value.checked_add(digit));
                    // Behind the first digit that does not fit none is taken, so that the places stay right.
                    match if is_cut { None } else { longer } {
                        Some(value) => {
                            mantissa = value;
                            exponent = exponent.saturating_sub(behind_point as i32);
                        }
                        None => {
                            is_cut |= digit != 0 || mantissa != 0;
                            exponent = exponent.saturating_add(!behind_point as i32);
                        }
                    }
                    if behind_point {
                        places += 1;
                    } else {
                        whole += 1;
                    }
                }
                b'.' if !behind_point => behind_point = true,
                b'e' | b'E' => {
                    exponent = exponent.saturating_add(parse_exponent(tail)?);
                    break;
                }
                _ => return None,
            }
            rest = tail;
        }
        if whole == 0 || (behind_point && places == 0) {
            return None;
        }
        // Zeros alone may have been cut: then nothing was lost.
        let is_rounded = is_cut && !zeros_behind(digits, mantissa);
        if is_negative {
            mantissa = (-mantissa).checked_sub(is_rounded as i64)?;
        }
        let value = Decimal { mantissa, exponent, is_rounded }.trimmed();
        if (-64..=64).contains(&value.exponent) {
            Some(value)
        } else {
            None
        }
    }

    /// The mantissa at `exponent`: 0.5 is 50000000 at -8. `None` when digits would be lost or it does not fit.
    pub fn at(self, exponent: i32) -> Option<i64> {
        if self.mantissa == 0 {
            return Some(0);
        }
        let shift = self.exponent.checked_sub(exponent)?;
        if self.is_rounded {
            return None;
        }
        self.mantissa.checked_mul(*TENS.get(usize::try_from(shift).ok()?)?)
    }

    pub fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// Digits behind the point.
    pub fn places(self) -> i32 {
        self.exponent.min(0).saturating_neg()
    }

    /// As a field of a record.
    pub fn dec(self) -> pb_dec {
        let state = if self.is_rounded { PB_DEC_ROUNDED } else { PB_DEC_EXACT };
        pb_dec { mantissa: self.mantissa, exponent: self.exponent, state }
    }

    /// What a record's field holds; `None` when it is absent.
    pub fn of(dec: pb_dec) -> Option<Decimal> {
        match dec.state {
            PB_DEC_EXACT | PB_DEC_ROUNDED => {
                let is_rounded = dec.state == PB_DEC_ROUNDED;
                Some(Decimal { mantissa: dec.mantissa, exponent: dec.exponent, is_rounded }.trimmed())
            }
            _ => None,
        }
    }

    /// Plain digits, never in exponent notation: what requests are written with.
    pub fn text(self) -> String {
        let digits = self.mantissa.unsigned_abs().to_string();
        let mut text = String::new();
        if self.mantissa < 0 {
            text.push('-');
        }
        let places = self.exponent.clamp(-64, 0).unsigned_abs() as usize;
        if digits.len() <= places {
            text.push_str("0.");
            text.extend(std::iter::repeat('0').take(places - digits.len()));
            text.push_str(&digits);
        } else {
            let (whole, fraction) = digits.split_at(digits.len() - places);
            text.push_str(whole);
            text.extend(std::iter::repeat('0').take(self.exponent.clamp(0, 64) as usize));
            if !fraction.is_empty() {
                text.push('.');
                text.push_str(fraction);
            }
        }
        text
    }
}

impl Decimal {
    /// This by another, cut behind so many places, which it says; `None` where that does not fit.
    pub fn quotient(self, divisor: Decimal, places: i32) -> Option<Decimal> {
        let (top, bottom) = (i128::from(self.mantissa), i128::from(divisor.mantissa));
        let shift = self.exponent.checked_sub(divisor.exponent)?.checked_add(places)?;
        if self.is_rounded || divisor.is_rounded || bottom == 0 || !(0..=19).contains(&shift) {
            return None;
        }
        let scaled = top.checked_mul(10i128.checked_pow(u32::try_from(shift).ok()?)?)?;
        let mantissa = i64::try_from(scaled.div_euclid(bottom)).ok()?;
        let is_rounded = scaled.rem_euclid(bottom) != 0;
        Some(Decimal { is_rounded, ..Decimal::new(mantissa, places.checked_neg()?) })
    }
}

/// A sum of balances, which exchanges write with any number of digits: exact as far as 38 of them go, and a lower bound
/// beyond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wide {
    mantissa: i128,
    exponent: i32,
    is_cut: bool,
}

impl Wide {
    pub const ZERO: Wide = Wide { mantissa: 0, exponent: 0, is_cut: false };

    /// Digits with at most one point and an exponent; `None` for any other text, and for an exponent beyond 64.
    pub fn parse(text: &[u8]) -> Option<Wide> {
        let (is_negative, digits) = match text.split_first()? {
            (b'-', rest) => (true, rest),
            _ => (false, text),
        };
        let (digits, power) = match digits.iter().position(|byte| *byte | 0x20 == b'e') {
            Some(at) => (digits.get(..at)?, parse_exponent(digits.get(at + 1..)?)?),
            None => (digits, 0),
        };
        let mut wide = Wide::ZERO;
        let (mut count, mut behind_point, mut is_over) = (0usize, false, false);
        for &byte in digits {
            match byte {
                b'0'..=b'9' => {
                    count += 1;
                    let digit = i128::from(byte - b'0');
                    match wide.mantissa.checked_mul(10).and_then(|value| value.checked_add(digit)) {
                        Some(value) if !is_over => {
                            wide.mantissa = value;
                            wide.exponent -= i32::from(behind_point);
                        }
                        _ => {
                            is_over = true;
                            wide.is_cut |= digit != 0;
                            wide.exponent = wide.exponent.saturating_add(i32::from(!behind_point));
                        }
                    }
                }
                b'.' if !behind_point && count > 0 => behind_point = true,
                _ => return None,
            }
        }
        if count == 0 || digits.last() == Some(&b'.') {
            return None;
        }
        if is_negative {
            wide.mantissa = -wide.mantissa - i128::from(wide.is_cut);
        }
        wide.exponent = wide.exponent.saturating_add(power);
        if (-64..=64).contains(&wide.exponent) {
            Some(wide)
        } else {
            None
        }
    }

    /// The sum; of one that does not fit the smaller part is left out, and it says that it was cut.
    pub fn plus(self, other: Wide) -> Wide {
        let exponent = self.exponent.min(other.exponent);
        let at = |wide: Wide| {
            let shift = u32::try_from(wide.exponent.checked_sub(exponent)?).ok()?;
            wide.mantissa.checked_mul(10i128.checked_pow(shift)?)
        };
        match (at(self), at(other)) {
            (Some(left), Some(right)) if left.checked_add(right).is_some() => {
                Wide { mantissa: left + right, exponent, is_cut: self.is_cut || other.is_cut }
            }
            _ => Wide { is_cut: true, ..if self.exponent >= other.exponent { self } else { other } },
        }
    }

    pub fn minus(self, other: Wide) -> Wide {
        self.plus(Wide { mantissa: other.mantissa.saturating_neg(), ..other })
    }

    /// For a record: a lower bound that says so where 64 bits do not hold it.
    pub fn dec(mut self) -> pb_dec {
        while self.mantissa != 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.exponent = self.exponent.saturating_add(1);
        }
        while i64::try_from(self.mantissa).is_err() {
            self.is_cut |= self.mantissa % 10 != 0;
            self.mantissa = self.mantissa.div_euclid(10);
            self.exponent = self.exponent.saturating_add(1);
        }
        let state = if self.is_cut { PB_DEC_ROUNDED } else { PB_DEC_EXACT };
        let exponent = if self.mantissa == 0 { 0 } else { self.exponent.clamp(-64, 64) };
        pb_dec { mantissa: self.mantissa as i64, exponent, state }
    }
}

/// An absent number or this one.
pub fn dec(value: Option<Decimal>) -> pb_dec {
    value.map_or_else(zero, Decimal::dec)
}

fn parse_exponent(text: &[u8]) -> Option<i32> {
    let (is_negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0i32;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.saturating_mul(10).saturating_add(i32::from(byte - b'0'));
    }
    Some(if is_negative { value.saturating_neg() } else { value })
}

/// Whether behind the digits of `mantissa` only zeros stand.
fn zeros_behind(digits: &[u8], mantissa: i64) -> bool {
    let taken = mantissa.to_string().len();
    let significant = digits.iter().take_while(|byte| **byte | 0x20 != b'e').filter(|byte| **byte != b'.');
    significant.skip_while(|byte| **byte == b'0').skip(taken).all(|byte| *byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_exchanges_write() {
        let parse = |text: &str| Decimal::parse(text.as_bytes());
        assert_eq!(parse("65086.180"), Some(Decimal::new(6508618, -2)));
        assert_eq!(parse("1e-8"), Some(Decimal::new(1, -8)));
        assert_eq!(parse("-0.5E+1"), Some(Decimal::new(-5, 0)));
        assert_eq!(parse("007"), Some(Decimal::new(7, 0)));
        assert_eq!(parse("0.000"), Some(Decimal::ZERO));
        assert_eq!(parse("9223372036854775807"), Some(Decimal::new(i64::MAX, 0)));
        for text in ["", "-", ".5", "5.", "1e", "1e+", "0x1", "1.2.3", "+1", " 1", "NaN", "1e99999999999"] {
            assert_eq!(parse(text), None, "{}", text);
        }
    }

    #[test]
    fn cuts_toward_negative_infinity_and_says_so() {
        let up = Decimal::parse(b"9.2233720368547758089").unwrap();
        assert_eq!((up.mantissa, up.exponent, up.is_rounded), (92233720368547758, -16, true));
        let down = Decimal::parse(b"-1.00000000000000000001").unwrap();
        assert_eq!((down.mantissa, down.exponent, down.is_rounded), (-1000000000000000001, -18, true));
        let zeros = Decimal::parse(b"1.00000000000000000000000000").unwrap();
        assert_eq!(zeros, Decimal::ONE);
        assert_eq!(Decimal::parse(b"100000000000000000000000").unwrap().at(0), None);
        assert_eq!(Decimal::parse(b"100000000000000000000000").unwrap(), Decimal::new(1, 23));
    }

    #[test]
    fn stands_at_an_exponent_or_not_at_all() {
        assert_eq!(Decimal::new(5, -1).at(-8), Some(50_000_000));
        assert_eq!(Decimal::new(5, -3).at(-2), None);
        assert_eq!(Decimal::new(1, 18).at(-2), None);
        assert_eq!(Decimal::new(1, i32::MAX).at(i32::MIN), None);
    }

    #[test]
    fn sums_have_any_number_of_digits() {
        let wide = |text: &str| Wide::parse(text.as_bytes()).unwrap();
        let shown = |wide: Wide| (wide.dec().mantissa, wide.dec().exponent, wide.dec().state);
        let sum = wide("100000000000.000000000000000001").minus(wide("0.000000000000000001"));
        assert_eq!(shown(sum), (1, 11, PB_DEC_EXACT));
        let cut = wide("1234567890123456789012.5");
        assert_eq!(shown(cut), (1234567890123456789, 3, PB_DEC_ROUNDED));
        assert_eq!(shown(wide("-12345678901234567890.1")), (-1234567890123456790, 1, PB_DEC_ROUNDED));
        assert_eq!(shown(wide("0").minus(wide("0.5"))), (-5, -1, PB_DEC_EXACT));
        let huge = "9".repeat(60);
        assert_eq!(wide(&huge).plus(wide("0.1")).dec().state, PB_DEC_ROUNDED);
        assert_eq!((wide("0E-7"), shown(wide("1.5e3"))), (Wide { exponent: -7, ..Wide::ZERO }, (15, 2, PB_DEC_EXACT)));
        for text in ["", "-", ".", "1.", ".5", "1e", "e5", "x", "1.2.3", "1e65", "1e99999999999"] {
            assert_eq!(Wide::parse(text.as_bytes()), None, "{}", text);
        }
    }

    #[test]
    fn divides_and_says_what_it_cut() {
        let third = Decimal::new(1, 0).quotient(Decimal::new(3, 0), 10).unwrap();
        assert_eq!((third.mantissa, third.exponent, third.is_rounded), (3333333333, -10, true));
        assert_eq!(Decimal::new(500, 0).quotient(Decimal::new(1, -2), 10), Some(Decimal::new(50000, 0)));
        assert_eq!(Decimal::ONE.quotient(Decimal::ZERO, 10), None);
        assert_eq!(Decimal::new(i64::MAX, 60).quotient(Decimal::ONE, 10), None);
    }

    #[test]
    fn writes_plain_digits() {
        for text in ["0.00000001", "12.5", "-0.3", "1000", "0", "9223372036854775807"] {
            assert_eq!(Decimal::parse(text.as_bytes()).unwrap().text(), text);
        }
        assert_eq!(Decimal::of(pb_dec { mantissa: i64::MIN, exponent: -64, state: 1 }).unwrap().text().len(), 67);
    }
}
