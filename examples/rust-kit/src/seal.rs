//! Signed text, described without ever seeing a secret, a signature or a clock: the host runs the description when the
//! request leaves.
//!
//! ```text
//! let payload = Sealed::from(Seal::time_ms()) + Seal::field("api_key") + "5000" + &query;
//! let sign = payload.hmac_sha256(Seal::field("secret_key")).hex();
//! request.header("X-SIGN", sign);
//! ```

use crate::patchbay::*;
use std::ops::Add;

/// One step of a stack program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Op {
    pub code: u32,
    pub arg: u16,
    pub arg2: u32,
    pub offset_ns: i64,
    pub bytes: Vec<u8>,
}

/// A value that the host computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    pub(crate) ops: Vec<Op>,
}

/// What is joined, or put before an operation of two values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(Vec<u8>),
    Seal(Seal),
}

/// Text that may contain seals: a URL, the value of a header, a body, a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    pub(crate) parts: Vec<Part>,
}

fn source(code: u32, arg: u16, arg2: u32, bytes: &[u8]) -> Seal {
    Seal { ops: vec![Op { code, arg, arg2, offset_ns: 0, bytes: bytes.to_vec() }] }
}

/// Sources.
impl Seal {
    pub fn bytes(bytes: &[u8]) -> Seal {
        source(PB_OP_BYTES, 0, 0, bytes)
    }
    /// A credential field of the request's account.
    pub fn field(name: &str) -> Seal {
        source(PB_OP_FIELD, 0, 0, name.as_bytes())
    }
    /// A token that was captured from a reply.
    pub fn slot(number: u32) -> Seal {
        source(PB_OP_SLOT, 0, number, b"")
    }
    /// The exchange's time as decimal digits.
    pub fn time_s() -> Seal {
        source(PB_OP_TIME_S, 0, 0, b"")
    }
    pub fn time_ms() -> Seal {
        source(PB_OP_TIME_MS, 0, 0, b"")
    }
    pub fn time_us() -> Seal {
        source(PB_OP_TIME_US, 0, 0, b"")
    }
    pub fn time_ns() -> Seal {
        source(PB_OP_TIME_NS, 0, 0, b"")
    }
    /// `form`: `PB_ISO_`.
    pub fn time_iso(form: u32) -> Seal {
        source(PB_OP_TIME_ISO, form as u16, 0, b"")
    }
    /// Strictly rising per key; `unit`: `PB_NONCE_`.
    pub fn nonce(unit: u32) -> Seal {
        source(PB_OP_NONCE, unit as u16, 0, b"")
    }
    pub fn counter() -> Seal {
        source(PB_OP_COUNTER, 0, 0, b"")
    }
    pub fn random_hex(digits: u16) -> Seal {
        source(PB_OP_RANDOM_HEX, digits, 0, b"")
    }
    pub fn random_decimal(digits: u16) -> Seal {
        source(PB_OP_RANDOM_DEC, digits, 0, b"")
    }
    pub fn uuid() -> Seal {
        source(PB_OP_UUID, 0, 0, b"")
    }
    /// `form`: `PB_KEY_`.
    pub fn public_key(form: u32) -> Seal {
        source(PB_OP_PUBLIC_KEY, form as u16, 0, b"")
    }
    /// `form`: `PB_ADDRESS_`; `prefix` is of a Cosmos chain, else empty.
    pub fn address(form: u32, prefix: &str) -> Seal {
        source(PB_OP_ADDRESS, form as u16, 0, prefix.as_bytes())
    }
    /// What `store` put into a register of the request.
    pub fn register(number: u16) -> Seal {
        source(PB_OP_LOAD, number, 0, b"")
    }

    /// The same time, moved; only of times.
    pub fn moved(mut self, nanoseconds: i64) -> Seal {
        if let Some(op) = self.ops.last_mut() {
            op.offset_ns = op.offset_ns.saturating_add(nanoseconds);
        }
        self
    }

    fn then(mut self, code: u32, arg: u16, arg2: u32) -> Seal {
        self.ops.push(Op { code, arg, arg2, offset_ns: 0, bytes: Vec::new() });
        self
    }
}

/// Whatever can be encoded, digested and signed: a seal, or text with seals in it. Each method is the operation of the
/// contract that bears its name; what the host permits of it stands there.
pub trait Sealable: Sized {
    fn seal(self) -> Seal;

    fn store(self, register: u16) -> Seal {
        self.seal().then(PB_OP_STORE, register, 0)
    }
    fn slice(self, first: u16, count: u32) -> Seal {
        self.seal().then(PB_OP_SLICE, first, count)
    }
    fn publish(self, index: u16) -> Seal {
        self.seal().then(PB_OP_PUBLISH, index, 0)
    }
    fn hex(self) -> Seal {
        self.seal().then(PB_OP_HEX, 0, 0)
    }
    fn hex_upper(self) -> Seal {
        self.seal().then(PB_OP_HEX_UPPER, 0, 0)
    }
    fn base64(self) -> Seal {
        self.seal().then(PB_OP_BASE64, 0, 0)
    }
    fn base64_url(self) -> Seal {
        self.seal().then(PB_OP_BASE64URL, 0, 0)
    }
    /// All but `A-Z a-z 0-9 - _ . ~`.
    fn percent(self) -> Seal {
        self.seal().then(PB_OP_PERCENT, PB_PERCENT_COMPONENT as u16, 0)
    }
    fn percent_form(self) -> Seal {
        self.seal().then(PB_OP_PERCENT, PB_PERCENT_FORM as u16, 0)
    }
    fn json_escape(self) -> Seal {
        self.seal().then(PB_OP_JSON_ESCAPE, 0, 0)
    }
    fn unhex(self) -> Seal {
        self.seal().then(PB_OP_UNHEX, 0, 0)
    }
    fn unbase64(self) -> Seal {
        self.seal().then(PB_OP_UNBASE64, 0, 0)
    }
    fn big_endian(self, width: u16) -> Seal {
        self.seal().then(PB_OP_DEC_TO_BE, width, 0)
    }
    fn decimal_digits(self) -> Seal {
        self.seal().then(PB_OP_BE_TO_DEC, 0, 0)
    }
    fn pad_left(self, width: u16, fill: u8) -> Seal {
        self.seal().then(PB_OP_PAD_LEFT, width, u32::from(fill))
    }
    /// `form`: `PB_PREFIX_`.
    fn length_prefix(self, form: u32) -> Seal {
        self.seal().then(PB_OP_LENGTH_PREFIX, form as u16, 0)
    }
    fn rlp_integer(self) -> Seal {
        self.seal().then(PB_OP_RLP_INTEGER, 0, 0)
    }
    fn md5(self) -> Seal {
        self.seal().then(PB_OP_MD5, 0, 0)
    }
    fn sha1(self) -> Seal {
        self.seal().then(PB_OP_SHA1, 0, 0)
    }
    fn sha256(self) -> Seal {
        self.seal().then(PB_OP_SHA256, 0, 0)
    }
    fn sha384(self) -> Seal {
        self.seal().then(PB_OP_SHA384, 0, 0)
    }
    fn sha512(self) -> Seal {
        self.seal().then(PB_OP_SHA512, 0, 0)
    }
    fn sha512_half(self) -> Seal {
        self.seal().then(PB_OP_SHA512_HALF, 0, 0)
    }
    fn keccak256(self) -> Seal {
        self.seal().then(PB_OP_KECCAK256, 0, 0)
    }
    fn ripemd160(self) -> Seal {
        self.seal().then(PB_OP_RIPEMD160, 0, 0)
    }
    fn hmac_sha256(self, key: Seal) -> Seal {
        keyed(self.seal(), key, PB_OP_HMAC_SHA256)
    }
    fn hmac_sha384(self, key: Seal) -> Seal {
        keyed(self.seal(), key, PB_OP_HMAC_SHA384)
    }
    fn hmac_sha512(self, key: Seal) -> Seal {
        keyed(self.seal(), key, PB_OP_HMAC_SHA512)
    }
    /// With the account's signing key; `scheme`: `PB_SIGN_`, `arg2` as that says.
    fn sign(self, scheme: u32, arg2: u32) -> Seal {
        self.seal().then(PB_OP_SIGN, scheme as u16, arg2)
    }
}

/// The key is on top of the stack, the message below it.
fn keyed(mut message: Seal, key: Seal, code: u32) -> Seal {
    message.ops.extend(key.ops);
    message.then(code, 0, 0)
}

impl Sealable for Seal {
    fn seal(self) -> Seal {
        self
    }
}

impl Sealable for Sealed {
    fn seal(self) -> Seal {
        let mut seal = Seal { ops: Vec::new() };
        // An operation joins at most 64 values.
        let mut open = 0u16;
        for part in self.parts {
            let ops = match part {
                Part::Literal(bytes) => Seal::bytes(&bytes).ops,
                Part::Seal(part) => part.ops,
            };
            seal.ops.extend(ops);
            open += 1;
            if open == 64 {
                seal = seal.then(PB_OP_CONCAT, open, 0);
                open = 1;
            }
        }
        match open {
            0 => Seal::bytes(b""),
            1 => seal,
            _ => seal.then(PB_OP_CONCAT, open, 0),
        }
    }
}

impl Sealed {
    pub fn new() -> Sealed {
        Sealed::default()
    }

    pub fn push(&mut self, bytes: &[u8]) {
        match self.parts.last_mut() {
            Some(Part::Literal(last)) => last.extend_from_slice(bytes),
            _ if bytes.is_empty() => {}
            _ => self.parts.push(Part::Literal(bytes.to_vec())),
        }
    }
}

impl From<&str> for Sealed {
    fn from(text: &str) -> Sealed {
        Sealed::new() + text
    }
}

impl From<String> for Sealed {
    fn from(text: String) -> Sealed {
        Sealed::from(text.as_str())
    }
}

impl From<Seal> for Sealed {
    fn from(seal: Seal) -> Sealed {
        Sealed { parts: vec![Part::Seal(seal)] }
    }
}

impl Add<&str> for Sealed {
    type Output = Sealed;
    fn add(mut self, text: &str) -> Sealed {
        self.push(text.as_bytes());
        self
    }
}

impl Add<Seal> for Sealed {
    type Output = Sealed;
    fn add(mut self, seal: Seal) -> Sealed {
        self.parts.push(Part::Seal(seal));
        self
    }
}

impl Add<&Sealed> for Sealed {
    type Output = Sealed;
    fn add(mut self, other: &Sealed) -> Sealed {
        for part in &other.parts {
            match part {
                Part::Literal(bytes) => self.push(bytes),
                Part::Seal(seal) => self.parts.push(Part::Seal(seal.clone())),
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(seal: &Seal) -> Vec<u32> {
        seal.ops.iter().map(|op| op.code).collect()
    }

    #[test]
    fn puts_the_key_above_the_message() {
        let text = Sealed::from("a") + Seal::time_ms() + "b" + "c";
        let seal = text.hmac_sha256(Seal::field("secret_key")).hex();
        let (bytes, time) = (PB_OP_BYTES, PB_OP_TIME_MS);
        let tail = [PB_OP_CONCAT, PB_OP_FIELD, PB_OP_HMAC_SHA256, PB_OP_HEX];
        assert_eq!(codes(&seal), [&[bytes, time, bytes][..], &tail[..]].concat());
        assert_eq!((seal.ops[2].bytes.as_slice(), seal.ops[3].arg), (&b"bc"[..], 3));
        assert_eq!(codes(&Sealed::new().sha256()), [PB_OP_BYTES, PB_OP_SHA256]);
    }

    #[test]
    fn joins_more_than_one_operation_can() {
        let mut text = Sealed::new();
        for _ in 0..130 {
            text = text + Seal::counter();
        }
        let seal = text.seal();
        let joins: Vec<u16> = seal.ops.iter().filter(|op| op.code == PB_OP_CONCAT).map(|op| op.arg).collect();
        assert_eq!(joins, [64, 64, 4]);
    }
}
