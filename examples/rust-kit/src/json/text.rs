//! Strings as they stand in a text.

/// A string of the text, or the text of a number or word, as it stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text<'a> {
    pub(super) raw: &'a [u8],
    pub(super) is_escaped: bool,
}

impl<'a> Text<'a> {
    /// Text that is at hand already, without escapes.
    pub fn of(text: &'a str) -> Text<'a> {
        Text { raw: text.as_bytes(), is_escaped: false }
    }

    /// The bytes without quotes, escapes as they are written: for comparing with names that need none.
    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        self.raw
    }

    #[inline]
    pub fn is(self, text: &str) -> bool {
        !self.is_escaped && self.raw == text.as_bytes()
    }

    #[inline]
    pub fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// What stands before and behind the first `separator`.
    #[inline]
    pub fn split(self, separator: u8) -> Option<(Text<'a>, Text<'a>)> {
        let at = self.raw.iter().position(|byte| *byte == separator)?;
        let part = |raw| Text { raw, is_escaped: self.is_escaped };
        Some((part(self.raw.get(..at)?), part(self.raw.get(at + 1..)?)))
    }

    /// The text itself: escapes resolved, what is no UTF-8 replaced, NUL left out. Allocates.
    pub fn string(self) -> String {
        let bytes = if self.is_escaped { self.unescaped() } else { self.raw.to_vec() };
        let mut text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(fault) => String::from_utf8_lossy(fault.as_bytes()).into_owned(),
        };
        text.retain(|character| character != '\0');
        text
    }

    /// The text where it can stand in a record as it is; `None` where `string` would change it.
    pub fn plain(self) -> Option<&'a str> {
        if self.is_escaped || self.raw.contains(&0) {
            return None;
        }
        std::str::from_utf8(self.raw).ok()
    }

    fn unescaped(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.raw.len());
        let mut rest = self.raw;
        let mut high: Option<u32> = None;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            let mut unit = None;
            if byte != b'\\' {
                flush(&mut high, &mut bytes);
                bytes.push(byte);
                continue;
            }
            if let Some((&letter, tail)) = rest.split_first() {
                rest = tail;
                unit = match letter {
                    b'b' => Some(8),
                    b'f' => Some(12),
                    b'n' => Some(10),
                    b'r' => Some(13),
                    b't' => Some(9),
                    b'u' => {
                        let (digits, tail) = rest.split_at(rest.len().min(4));
                        rest = tail;
                        std::str::from_utf8(digits).ok().and_then(|text| u32::from_str_radix(text, 16).ok())
                    }
                    other => Some(u32::from(other)),
                };
            }
            match (high, unit) {
                (Some(first), Some(second @ 0xDC00..=0xDFFF)) => {
                    high = None;
                    push(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), &mut bytes);
                }
                (_, Some(first @ 0xD800..=0xDBFF)) => {
                    flush(&mut high, &mut bytes);
                    high = Some(first);
                }
                (_, unit) => {
                    flush(&mut high, &mut bytes);
                    push(unit.unwrap_or(0xFFFD), &mut bytes);
                }
            }
        }
        flush(&mut high, &mut bytes);
        bytes
    }
}

fn push(code: u32, bytes: &mut Vec<u8>) {
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Half a pair without its other half.
fn flush(high: &mut Option<u32>, bytes: &mut Vec<u8>) {
    if high.take().is_some() {
        push(0xFFFD, bytes);
    }
}
