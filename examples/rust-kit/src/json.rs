//! A pull scanner over JSON bytes: in place, no copy, any order of keys, no `unsafe`.
//!
//! It remembers nothing but its position. A mistake in the text is sticky: the scanner stands at the end, every later
//! read gives zero or empty, every loop ends, and `is_valid` says so once. So reading code has no error branches:
//!
//! ```text
//! let mut json = Json::new(frame);
//! json.enter_object();
//! while let Some(key) = json.next_key() {
//!     match key.bytes() {
//!         b"u" => last = json.unsigned(),
//!         _ => json.skip(),
//!     }
//! }
//! if !json.is_complete() { ... } // until here nothing that was read may be used
//! ```

use crate::number::Decimal;

mod numbers;
mod text;

pub use numbers::rfc3339;
pub use text::Text;

/// Containers within containers that `skip` follows.
const MOST_NESTED: u32 = 64;

/// See the module. A copy marks a place: what stands there can be read later.
#[derive(Clone, Copy, Debug)]
pub struct Json<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The container at hand has given nothing yet, so that no comma is due.
    fresh: bool,
    failed: bool,
}

impl<'a> Json<'a> {
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Json<'a> {
        Json { bytes, at: 0, fresh: true, failed: false }
    }

    /// Whether everything that was read is well-formed.
    #[inline]
    pub fn is_valid(&self) -> bool {
        !self.failed
    }

    /// Whether that is so and nothing but white space is left.
    pub fn is_complete(&mut self) -> bool {
        self.skip_space();
        !self.failed && self.at >= self.bytes.len()
    }

    /// What was read cannot be used.
    #[cold]
    pub fn fail(&mut self) {
        self.failed = true;
        self.at = self.bytes.len();
    }

    /// The byte at the position, 0 at the end.
    #[inline]
    fn byte(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                0..=0x1F => return self.fail(),
                _ => return,
            }
        }
    }

    /// The first byte of the next value, 0 at the end.
    #[inline]
    pub fn peek(&mut self) -> u8 {
        self.skip_space();
        self.byte()
    }

    // ---- Containers

    /// `next_key` then walks it.
    #[inline]
    pub fn enter_object(&mut self) {
        self.enter(b'{')
    }

    /// `next_element` then walks it.
    #[inline]
    pub fn enter_array(&mut self) {
        self.enter(b'[')
    }

    #[inline]
    fn enter(&mut self, bracket: u8) {
        if self.peek() != bracket {
            return self.fail();
        }
        self.at += 1;
        self.fresh = true;
    }

    /// The next key, its value being next to read; `None` at the object's end, which then is behind.
    #[inline]
    pub fn next_key(&mut self) -> Option<Text<'a>> {
        if !self.advance(b'}') {
            return None;
        }
        let key = self.string();
        if self.peek() != b':' {
            self.fail();
        }
        if self.failed {
            return None;
        }
        self.at += 1;
        Some(key)
    }

    /// Whether there is another element, which is next to read; `false` at the array's end, which then is behind.
    #[inline]
    pub fn next_element(&mut self) -> bool {
        self.advance(b']')
    }

    #[inline]
    fn advance(&mut self, close: u8) -> bool {
        let byte = self.peek();
        if byte == b',' && !self.fresh {
            self.at += 1;
            // A bracket behind a comma is no value, and fails where it is read.
            self.skip_space();
            return !self.failed;
        }
        if byte == close && !self.failed {
            self.at += 1;
            self.fresh = false;
            return false;
        }
        if !self.fresh || byte == 0 {
            self.fail();
            return false;
        }
        self.fresh = false;
        true
    }

    // ---- Texts

    /// A string; fails for any other value.
    #[inline]
    pub fn string(&mut self) -> Text<'a> {
        if self.peek() != b'"' {
            self.fail();
            return Text::default();
        }
        let start = self.at + 1;
        let mut place = start;
        let mut is_escaped = false;
        loop {
            place = plain_end(self.bytes, place);
            match self.bytes.get(place) {
                Some(b'"') => break,
                Some(b'\\') => match escape_length(self.bytes.get(place..).unwrap_or(&[])) {
                    Some(length) => {
                        place += length;
                        is_escaped = true;
                    }
                    None => {
                        self.fail();
                        return Text::default();
                    }
                },
                _ => {
                    self.fail();
                    return Text::default();
                }
            }
        }
        self.at = place + 1;
        Text { raw: self.bytes.get(start..place).unwrap_or(&[]), is_escaped }
    }

    /// A string, or the text of a number, `true`, `false` or `null`: for what exchanges send either way.
    #[inline]
    pub fn scalar(&mut self) -> Text<'a> {
        if self.peek() == b'"' {
            return self.string();
        }
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or(&[]);
        let length = rest.iter().position(|byte| is_stop(*byte)).unwrap_or(rest.len());
        let raw = rest.get(..length).unwrap_or(&[]);
        if !(raw == b"true" || raw == b"false" || raw == b"null" || is_number(raw)) {
            self.fail();
            return Text::default();
        }
        self.at = start + length;
        Text { raw, is_escaped: false }
    }

    /// Steps over `null`; `false` and nothing moved where something else stands.
    pub fn skip_null(&mut self) -> bool {
        let is_null = self.peek() == b'n';
        if is_null {
            self.skip();
        }
        is_null
    }

    // ---- Skipping

    /// Steps over the next value, whatever it is, as strictly as if it were read. Fails where containers are nested
    /// more than 64 deep.
    pub fn skip(&mut self) {
        // A bit per open container, the innermost lowest: 1 for an object.
        let (mut kinds, mut depth) = (0u64, 0u32);
        loop {
            let byte = self.peek();
            match byte {
                b'{' | b'[' => {
                    if depth >= MOST_NESTED {
                        return self.fail();
                    }
                    kinds = kinds << 1 | u64::from(byte == b'{');
                    depth += 1;
                    self.at += 1;
                    self.fresh = true;
                }
                b'"' => drop(self.string()),
                _ => drop(self.scalar()),
            }
            // To the next value, out of all containers that end here.
            loop {
                if self.failed || depth == 0 {
                    return;
                }
                let has_more = if kinds & 1 == 1 { self.next_key().is_some() } else { self.next_element() };
                if has_more {
                    break;
                }
                kinds >>= 1;
                depth -= 1;
            }
        }
    }

    /// Steps over the next value and gives a scanner of it alone: what is wrong with one entry of a list then spoils
    /// no other.
    #[inline]
    pub fn entry(&mut self) -> Json<'a> {
        self.skip_space();
        let start = self.at;
        self.skip();
        let bytes = self.bytes.get(..self.at).unwrap_or(&[]);
        Json { bytes, at: start.min(bytes.len()), fresh: true, failed: self.failed }
    }

    /// The value at a path of names such as `result/list`, looked for from the value at hand; `None` where it is not.
    pub fn find(self, path: &str) -> Option<Json<'a>> {
        let mut json = self;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            if json.peek() != b'{' {
                return None;
            }
            json.enter_object();
            loop {
                if json.next_key()?.is(name) {
                    break;
                }
                json.skip();
            }
        }
        Some(json)
    }
}

/// The first byte from `place` on that ends a run of plain characters of a string.
#[inline]
fn plain_end(bytes: &[u8], mut place: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    while let Some(chunk) = bytes.get(place..place + 8) {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        let word = u64::from_le_bytes(eight);
        let (quotes, slashes) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5C));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let zero = |word: u64| word.wrapping_sub(ONES) & !word;
        // Bits above the lowest may be wrong, which is why only that one is used.
        let stops = (zero(quotes) | zero(slashes) | control) & HIGH;
        if stops != 0 {
            return place + (stops.trailing_zeros() >> 3) as usize;
        }
        place += 8;
    }
    let rest = bytes.get(place..).unwrap_or(&[]);
    let plain = rest.iter().position(|byte| *byte == b'"' || *byte == b'\\' || *byte < 0x20);
    place + plain.unwrap_or(rest.len())
}

fn escape_length(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => text.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then(|| 6),
        _ => None,
    }
}

#[inline]
fn is_stop(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b',' | b']' | b'}' | b'"' | b'{' | b'[' | b':')
}

/// As JSON writes numbers: no plus sign, no leading zero, digits on both sides of a point.
fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (whole == 1 || (whole > 1 && digits.first() != Some(&b'0'))) && Decimal::parse(text).is_some()
        || (whole > 0 && digits.first() != Some(&b'0') && is_huge(digits))
}

/// A number that JSON allows and the contract cannot hold, such as `1e999`.
fn is_huge(digits: &[u8]) -> bool {
    let (mantissa, exponent) = match digits.iter().position(|byte| byte | 0x20 == b'e') {
        Some(at) => digits.split_at(at),
        None => (digits, &b"e0"[..]),
    };
    let power = exponent.get(1..).unwrap_or(&[]);
    let power = power.strip_prefix(b"+").or_else(|| power.strip_prefix(b"-")).unwrap_or(power);
    let (whole, fraction) = match mantissa.iter().position(|byte| *byte == b'.') {
        Some(at) => (mantissa.get(..at).unwrap_or(&[]), mantissa.get(at + 1..).unwrap_or(&[])),
        None => (mantissa, &b"0"[..]),
    };
    [whole, fraction, power].iter().all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests;
