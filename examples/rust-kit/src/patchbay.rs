// Written by `swift run abitool generate` from patchbay.h; do not edit. What each name means stands there, and in
// docs/abi.md. Sizes and alignments are proved when this is compiled.
#![allow(non_camel_case_types, dead_code)]

/// A structure of the contract that holds no pointer: every pattern of bits is a value of it, zeros too.
///
/// # Safety
/// Only for `repr(C)` structures of integers.
pub unsafe trait Plain: Copy {}

pub fn zero<T: Plain>() -> T {
    unsafe { core::mem::zeroed() }
}

// Constants
pub const PB_MAGIC: u32 = 0x50425943;
pub const PB_ABI_REVISION: u32 = 1;
pub const PB_PAYLOAD_SLACK: u32 = 64;
pub const PB_MAX_RECORD: u32 = 16777216;
pub type pb_status = i32;
pub const PB_OK: pb_status = 0;
pub const PB_E_ARGUMENT: pb_status = 1;
pub const PB_E_UNSUPPORTED: pb_status = 2;
pub const PB_E_STATE: pb_status = 3;
pub const PB_E_PARSE: pb_status = 4;
pub const PB_E_VENUE: pb_status = 5;
pub const PB_E_INTERNAL: pb_status = 6;
pub type pb_id = u64;

// Building blocks

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_span {
    pub ptr: *const u8,
    pub len: u64,
}
const _: () = assert!(core::mem::size_of::<pb_span>() == 16);
const _: () = assert!(core::mem::align_of::<pb_span>() == 8);

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_ref {
    pub offset: u32,
    pub length: u32,
}
const _: () = assert!(core::mem::size_of::<pb_ref>() == 8);
const _: () = assert!(core::mem::align_of::<pb_ref>() == 4);
unsafe impl Plain for pb_ref {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_list {
    pub offset: u32,
    pub count: u32,
}
const _: () = assert!(core::mem::size_of::<pb_list>() == 8);
const _: () = assert!(core::mem::align_of::<pb_list>() == 4);
unsafe impl Plain for pb_list {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_dec {
    pub mantissa: i64,
    pub exponent: i32,
    pub state: u32,
}
const _: () = assert!(core::mem::size_of::<pb_dec>() == 16);
const _: () = assert!(core::mem::align_of::<pb_dec>() == 8);
unsafe impl Plain for pb_dec {}
pub const PB_DEC_ABSENT: u32 = 0;
pub const PB_DEC_EXACT: u32 = 1;
pub const PB_DEC_ROUNDED: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_rec {
    pub size: u32,
    pub kind: u16,
    pub head: u16,
    pub seq: u64,
}
const _: () = assert!(core::mem::size_of::<pb_rec>() == 16);
const _: () = assert!(core::mem::align_of::<pb_rec>() == 8);
unsafe impl Plain for pb_rec {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_pair {
    pub name: pb_ref,
    pub value: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_pair>() == 16);
const _: () = assert!(core::mem::align_of::<pb_pair>() == 4);
unsafe impl Plain for pb_pair {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_level {
    pub price: i64,
    pub quantity: i64,
}
const _: () = assert!(core::mem::size_of::<pb_level>() == 16);
const _: () = assert!(core::mem::align_of::<pb_level>() == 8);
unsafe impl Plain for pb_level {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_u256 {
    pub w0: u64,
    pub w1: u64,
    pub w2: u64,
    pub w3: u64,
}
const _: () = assert!(core::mem::size_of::<pb_u256>() == 32);
const _: () = assert!(core::mem::align_of::<pb_u256>() == 8);
unsafe impl Plain for pb_u256 {}

// Sealed text

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_op {
    pub code: u16,
    pub arg: u16,
    pub arg2: u32,
    pub offset_ns: i64,
    pub bytes: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_op>() == 24);
const _: () = assert!(core::mem::align_of::<pb_op>() == 8);
unsafe impl Plain for pb_op {}
pub const PB_OP_BYTES: u32 = 1;
pub const PB_OP_FIELD: u32 = 2;
pub const PB_OP_SLOT: u32 = 3;
pub const PB_OP_TIME_S: u32 = 4;
pub const PB_OP_TIME_MS: u32 = 5;
pub const PB_OP_TIME_US: u32 = 6;
pub const PB_OP_TIME_NS: u32 = 7;
pub const PB_OP_TIME_ISO: u32 = 8;
pub const PB_OP_NONCE: u32 = 9;
pub const PB_OP_COUNTER: u32 = 10;
pub const PB_OP_RANDOM_HEX: u32 = 11;
pub const PB_OP_RANDOM_DEC: u32 = 12;
pub const PB_OP_UUID: u32 = 13;
pub const PB_OP_PUBLIC_KEY: u32 = 14;
pub const PB_OP_ADDRESS: u32 = 15;
pub const PB_OP_STORE: u32 = 32;
pub const PB_OP_LOAD: u32 = 33;
pub const PB_OP_CONCAT: u32 = 34;
pub const PB_OP_SLICE: u32 = 35;
pub const PB_OP_PUBLISH: u32 = 36;
pub const PB_OP_HEX: u32 = 48;
pub const PB_OP_HEX_UPPER: u32 = 49;
pub const PB_OP_BASE64: u32 = 50;
pub const PB_OP_BASE64URL: u32 = 51;
pub const PB_OP_PERCENT: u32 = 52;
pub const PB_OP_JSON_ESCAPE: u32 = 53;
pub const PB_OP_UNHEX: u32 = 54;
pub const PB_OP_UNBASE64: u32 = 55;
pub const PB_OP_DEC_TO_BE: u32 = 56;
pub const PB_OP_BE_TO_DEC: u32 = 57;
pub const PB_OP_PAD_LEFT: u32 = 58;
pub const PB_OP_LENGTH_PREFIX: u32 = 59;
pub const PB_OP_RLP_INTEGER: u32 = 60;
pub const PB_OP_MD5: u32 = 80;
pub const PB_OP_SHA1: u32 = 81;
pub const PB_OP_SHA256: u32 = 82;
pub const PB_OP_SHA384: u32 = 83;
pub const PB_OP_SHA512: u32 = 84;
pub const PB_OP_SHA512_HALF: u32 = 85;
pub const PB_OP_KECCAK256: u32 = 86;
pub const PB_OP_RIPEMD160: u32 = 87;
pub const PB_OP_HMAC_SHA256: u32 = 96;
pub const PB_OP_HMAC_SHA384: u32 = 97;
pub const PB_OP_HMAC_SHA512: u32 = 98;
pub const PB_OP_SIGN: u32 = 99;
pub const PB_ISO_MS: u32 = 1;
pub const PB_ISO_US: u32 = 2;
pub const PB_ISO_S: u32 = 3;
pub const PB_NONCE_S: u32 = 1;
pub const PB_NONCE_MS: u32 = 2;
pub const PB_NONCE_US: u32 = 3;
pub const PB_NONCE_NS: u32 = 4;
pub const PB_KEY_RAW: u32 = 1;
pub const PB_KEY_COMPRESSED: u32 = 2;
pub const PB_KEY_UNCOMPRESSED: u32 = 3;
pub const PB_ADDRESS_EVM: u32 = 1;
pub const PB_ADDRESS_COSMOS: u32 = 2;
pub const PB_ADDRESS_XRPL: u32 = 3;
pub const PB_PERCENT_COMPONENT: u32 = 1;
pub const PB_PERCENT_FORM: u32 = 2;
pub const PB_PREFIX_VARINT: u32 = 1;
pub const PB_PREFIX_XRPL: u32 = 2;
pub const PB_PREFIX_RLP_BYTES: u32 = 3;
pub const PB_PREFIX_RLP_LIST: u32 = 4;
pub const PB_PREFIX_DECIMAL: u32 = 5;
pub const PB_SIGN_ED25519: u32 = 1;
pub const PB_SIGN_P256_JOSE: u32 = 2;
pub const PB_SIGN_RSA_PKCS1_SHA256: u32 = 3;
pub const PB_SIGN_SECP256K1_RECOVERABLE: u32 = 4;
pub const PB_SIGN_SECP256K1_COMPACT: u32 = 5;
pub const PB_SIGN_SECP256K1_DER: u32 = 6;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_part {
    pub literal: pb_ref,
    pub ops: pb_list,
}
const _: () = assert!(core::mem::size_of::<pb_part>() == 16);
const _: () = assert!(core::mem::align_of::<pb_part>() == 4);
unsafe impl Plain for pb_part {}
pub type pb_text = pb_list;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_header {
    pub name: pb_ref,
    pub value: pb_text,
}
const _: () = assert!(core::mem::size_of::<pb_header>() == 16);
const _: () = assert!(core::mem::align_of::<pb_header>() == 4);
unsafe impl Plain for pb_header {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_charge {
    pub bucket: u32,
    pub weight: u32,
}
const _: () = assert!(core::mem::size_of::<pb_charge>() == 8);
const _: () = assert!(core::mem::align_of::<pb_charge>() == 4);
unsafe impl Plain for pb_charge {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_capture {
    pub path: pb_ref,
    pub slot: u32,
    pub reserved: u32,
}
const _: () = assert!(core::mem::size_of::<pb_capture>() == 16);
const _: () = assert!(core::mem::align_of::<pb_capture>() == 4);
unsafe impl Plain for pb_capture {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_published {
    pub index: u32,
    pub reserved: u32,
    pub value: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_published>() == 16);
const _: () = assert!(core::mem::align_of::<pb_published>() == 4);
unsafe impl Plain for pb_published {}

// Inputs: what the host delivers
pub const PB_IN_START: u16 = 1;
pub const PB_IN_STOP: u16 = 2;
pub const PB_IN_ACCOUNT: u16 = 3;
pub const PB_IN_OPENED: u16 = 4;
pub const PB_IN_FRAME: u16 = 5;
pub const PB_IN_CLOSED: u16 = 6;
pub const PB_IN_SENT: u16 = 7;
pub const PB_IN_REPLY: u16 = 8;
pub const PB_IN_TIMER: u16 = 9;
pub const PB_IN_COMMAND: u16 = 10;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_input {
    pub rec: pb_rec,
    pub mono_ns: i64,
    pub wall_ns: i64,
    pub venue_ns: i64,
}
const _: () = assert!(core::mem::size_of::<pb_input>() == 40);
const _: () = assert!(core::mem::align_of::<pb_input>() == 8);
unsafe impl Plain for pb_input {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_in_start {
    pub r#in: pb_input,
    pub flags: u32,
    pub reserved: u32,
}
const _: () = assert!(core::mem::size_of::<pb_in_start>() == 48);
const _: () = assert!(core::mem::align_of::<pb_in_start>() == 8);
unsafe impl Plain for pb_in_start {}
pub const PB_START_TRADING: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_in_stop {
    pub r#in: pb_input,
}
const _: () = assert!(core::mem::size_of::<pb_in_stop>() == 40);
const _: () = assert!(core::mem::align_of::<pb_in_stop>() == 8);
unsafe impl Plain for pb_in_stop {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_in_account {
    pub r#in: pb_input,
    pub account: pb_id,
    pub present: u32,
    pub algorithm: u32,
    pub label: pb_ref,
    pub public_fields: pb_list,
}
const _: () = assert!(core::mem::size_of::<pb_in_account>() == 72);
const _: () = assert!(core::mem::align_of::<pb_in_account>() == 8);
unsafe impl Plain for pb_in_account {}
pub const PB_ALGORITHM_NONE: u32 = 0;
pub const PB_ALGORITHM_HMAC: u32 = 1;
pub const PB_ALGORITHM_ED25519: u32 = 2;
pub const PB_ALGORITHM_P256: u32 = 3;
pub const PB_ALGORITHM_RSA: u32 = 4;
pub const PB_ALGORITHM_SECP256K1: u32 = 5;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_in_stream {
    pub r#in: pb_input,
    pub stream: pb_id,
    pub opcode: u32,
    pub code: u32,
    pub reason: pb_ref,
    pub published: pb_list,
}
const _: () = assert!(core::mem::size_of::<pb_in_stream>() == 72);
const _: () = assert!(core::mem::align_of::<pb_in_stream>() == 8);
unsafe impl Plain for pb_in_stream {}
pub const PB_OPCODE_TEXT: u32 = 1;
pub const PB_OPCODE_BINARY: u32 = 2;
pub const PB_OPCODE_PING: u32 = 9;
pub const PB_CLOSED_REFUSED: u32 = 10001;
pub const PB_CLOSED_CONNECT: u32 = 10002;
pub const PB_CLOSED_HANDSHAKE: u32 = 10003;
pub const PB_CLOSED_IDLE: u32 = 10004;
pub const PB_CLOSED_LIMIT: u32 = 10005;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_in_reply {
    pub r#in: pb_input,
    pub request: pb_id,
    pub outcome: u32,
    pub status: u32,
    pub reason: pb_ref,
    pub headers: pb_list,
    pub published: pb_list,
}
const _: () = assert!(core::mem::size_of::<pb_in_reply>() == 80);
const _: () = assert!(core::mem::align_of::<pb_in_reply>() == 8);
unsafe impl Plain for pb_in_reply {}
pub const PB_NOT_SENT: u32 = 1;
pub const PB_SENT: u32 = 2;
pub const PB_REPLIED: u32 = 3;
pub const PB_NO_ANSWER: u32 = 4;
pub const PB_REFUSAL_EXPIRED: u32 = 1;
pub const PB_REFUSAL_ABORTED: u32 = 2;
pub const PB_REFUSAL_CLOSED: u32 = 3;
pub const PB_REFUSAL_HOST: u32 = 4;
pub const PB_REFUSAL_ACT: u32 = 5;
pub const PB_REFUSAL_ACCOUNT: u32 = 6;
pub const PB_REFUSAL_SEAL: u32 = 7;
pub const PB_REFUSAL_LIMIT: u32 = 8;
pub const PB_REFUSAL_OFFLINE: u32 = 9;
pub const PB_REFUSAL_CONNECT: u32 = 10;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_in_timer {
    pub r#in: pb_input,
    pub timer: pb_id,
}
const _: () = assert!(core::mem::size_of::<pb_in_timer>() == 48);
const _: () = assert!(core::mem::align_of::<pb_in_timer>() == 8);
unsafe impl Plain for pb_in_timer {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_in_command {
    pub r#in: pb_input,
    pub command: pb_id,
    pub account: pb_id,
    pub instrument: pb_id,
    pub order: pb_id,
    pub verb: u32,
    pub channel: u32,
    pub depth: u32,
    pub side: u32,
    pub r#type: u32,
    pub time_in_force: u32,
    pub flags: u32,
    pub position: u32,
    pub mode: u32,
    pub limit: u32,
    pub price: pb_dec,
    pub quantity: pb_dec,
    pub stop: pb_dec,
    pub value: pb_dec,
    pub since_ns: i64,
    pub until_ns: i64,
    pub symbol: pb_ref,
    pub client_order: pb_ref,
    pub venue_order: pb_ref,
    pub items: pb_list,
    pub expiry_ns: i64,
    pub carried: pb_dec,
    pub interval_ns: i64,
    pub alike: u32,
    pub reserved: u32,
}
const _: () = assert!(core::mem::size_of::<pb_in_command>() == 264);
const _: () = assert!(core::mem::align_of::<pb_in_command>() == 8);
unsafe impl Plain for pb_in_command {}
pub const PB_CMD_CLOCK: u32 = 1;
pub const PB_CMD_INSTRUMENTS: u32 = 2;
pub const PB_CMD_SUBSCRIBE: u32 = 3;
pub const PB_CMD_UNSUBSCRIBE: u32 = 4;
pub const PB_CMD_RESYNC: u32 = 5;
pub const PB_CMD_TICKERS: u32 = 6;
pub const PB_CMD_PLACE: u32 = 7;
pub const PB_CMD_AMEND: u32 = 8;
pub const PB_CMD_CANCEL: u32 = 9;
pub const PB_CMD_CANCEL_MANY: u32 = 10;
pub const PB_CMD_ORDER: u32 = 11;
pub const PB_CMD_OPEN_ORDERS: u32 = 12;
pub const PB_CMD_FILLS: u32 = 13;
pub const PB_CMD_BALANCES: u32 = 14;
pub const PB_CMD_FEES: u32 = 15;
pub const PB_CMD_ORDER_HISTORY: u32 = 16;
pub const PB_CMD_REFRESH: u32 = 17;
pub const PB_CMD_CANDLES: u32 = 18;
pub const PB_CMD_POSITIONS: u32 = 256;
pub const PB_CMD_LEVERAGE: u32 = 257;
pub const PB_CMD_MARGIN_MODE: u32 = 258;
pub const PB_CMD_POSITION_MODE: u32 = 259;
pub const PB_CMD_FUNDING: u32 = 260;
pub const PB_CMD_FUNDING_PAYMENTS: u32 = 261;
pub const PB_CMD_MODES: u32 = 262;
pub const PB_CMD_QUOTE: u32 = 512;
pub const PB_CMD_SWAP: u32 = 513;
pub const PB_CMD_APPROVE: u32 = 514;
pub const PB_CHANNEL_BOOK: u32 = 1;
pub const PB_CHANNEL_TRADES: u32 = 2;
pub const PB_CHANNEL_TICKER: u32 = 4;
pub const PB_CHANNEL_MARK: u32 = 8;
pub const PB_CHANNEL_LIQUIDATIONS: u32 = 16;
pub const PB_CHANNEL_POOL: u32 = 32;
pub const PB_CHANNEL_PRIVATE: u32 = 64;
pub const PB_SIDE_NONE: u32 = 0;
pub const PB_SIDE_BUY: u32 = 1;
pub const PB_SIDE_SELL: u32 = 2;
pub const PB_TYPE_LIMIT: u32 = 1;
pub const PB_TYPE_MARKET: u32 = 2;
pub const PB_TYPE_STOP_LIMIT: u32 = 3;
pub const PB_TYPE_STOP_MARKET: u32 = 4;
pub const PB_TYPE_TAKE_LIMIT: u32 = 5;
pub const PB_TYPE_TAKE_MARKET: u32 = 6;
pub const PB_TIF_GTC: u32 = 1;
pub const PB_TIF_IOC: u32 = 2;
pub const PB_TIF_FOK: u32 = 3;
pub const PB_TIF_GTD: u32 = 4;
pub const PB_ORDER_POST_ONLY: u32 = 1;
pub const PB_ORDER_REDUCE_ONLY: u32 = 2;
pub const PB_ORDER_CLOSE: u32 = 4;
pub const PB_ORDER_BY_VALUE: u32 = 8;
pub const PB_ORDER_STOP_BY_MARK: u32 = 16;
pub const PB_POSITION_NET: u32 = 0;
pub const PB_POSITION_LONG: u32 = 1;
pub const PB_POSITION_SHORT: u32 = 2;
pub const PB_MARGIN_CROSS: u32 = 1;
pub const PB_MARGIN_ISOLATED: u32 = 2;
pub const PB_POSITION_MODE_ONE_WAY: u32 = 1;
pub const PB_POSITION_MODE_HEDGE: u32 = 2;

// Outputs: requests to the host
pub const PB_OUT_OPEN: u16 = 1;
pub const PB_OUT_CLOSE: u16 = 2;
pub const PB_OUT_REQUEST: u16 = 3;
pub const PB_OUT_ABORT: u16 = 4;
pub const PB_OUT_TIMER: u16 = 5;
pub const PB_OUT_LOG: u16 = 6;
pub const PB_OUT_FAULT: u16 = 7;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_out_open {
    pub rec: pb_rec,
    pub stream: pb_id,
    pub account: pb_id,
    pub command: pb_id,
    pub url: pb_text,
    pub headers: pb_list,
    pub charges: pb_list,
    pub permission: pb_ref,
    pub idle_ns: i64,
    pub flags: u32,
    pub reserved: u32,
}
const _: () = assert!(core::mem::size_of::<pb_out_open>() == 88);
const _: () = assert!(core::mem::align_of::<pb_out_open>() == 8);
unsafe impl Plain for pb_out_open {}
pub const PB_OPEN_DEFLATE: u32 = 1;
pub const PB_OPEN_INFLATE: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_out_close {
    pub rec: pb_rec,
    pub stream: pb_id,
    pub code: u32,
    pub reserved: u32,
    pub reason: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_out_close>() == 40);
const _: () = assert!(core::mem::align_of::<pb_out_close>() == 8);
unsafe impl Plain for pb_out_close {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_out_request {
    pub rec: pb_rec,
    pub request: pb_id,
    pub account: pb_id,
    pub command: pb_id,
    pub stream: pb_id,
    pub method: u32,
    pub opcode: u32,
    pub priority: u32,
    pub flags: u32,
    pub deadline_ns: i64,
    pub permission: pb_ref,
    pub url: pb_text,
    pub body: pb_text,
    pub headers: pb_list,
    pub charges: pb_list,
    pub captures: pb_list,
}
const _: () = assert!(core::mem::size_of::<pb_out_request>() == 120);
const _: () = assert!(core::mem::align_of::<pb_out_request>() == 8);
unsafe impl Plain for pb_out_request {}
pub const PB_METHOD_GET: u32 = 1;
pub const PB_METHOD_POST: u32 = 2;
pub const PB_METHOD_PUT: u32 = 3;
pub const PB_METHOD_DELETE: u32 = 4;
pub const PB_METHOD_PATCH: u32 = 5;
pub const PB_PRIORITY_CANCEL: u32 = 1;
pub const PB_PRIORITY_ORDER: u32 = 2;
pub const PB_PRIORITY_QUERY: u32 = 3;
pub const PB_PRIORITY_BULK: u32 = 4;
pub const PB_FLAG_ORDERED: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_out_abort {
    pub rec: pb_rec,
    pub request: pb_id,
}
const _: () = assert!(core::mem::size_of::<pb_out_abort>() == 24);
const _: () = assert!(core::mem::align_of::<pb_out_abort>() == 8);
unsafe impl Plain for pb_out_abort {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_out_timer {
    pub rec: pb_rec,
    pub timer: pb_id,
    pub after_ns: i64,
}
const _: () = assert!(core::mem::size_of::<pb_out_timer>() == 32);
const _: () = assert!(core::mem::align_of::<pb_out_timer>() == 8);
unsafe impl Plain for pb_out_timer {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_out_log {
    pub rec: pb_rec,
    pub level: u32,
    pub reserved: u32,
    pub text: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_out_log>() == 32);
const _: () = assert!(core::mem::align_of::<pb_out_log>() == 8);
unsafe impl Plain for pb_out_log {}
pub const PB_LOG_DEBUG: u32 = 1;
pub const PB_LOG_INFO: u32 = 2;
pub const PB_LOG_WARNING: u32 = 3;
pub const PB_LOG_ERROR: u32 = 4;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_out_fault {
    pub rec: pb_rec,
    pub error: u32,
    pub reserved: u32,
    pub text: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_out_fault>() == 32);
const _: () = assert!(core::mem::align_of::<pb_out_fault>() == 8);
unsafe impl Plain for pb_out_fault {}

// Outputs: facts
pub const PB_EV_STATE: u16 = 32;
pub const PB_EV_LIMITS: u16 = 33;
pub const PB_EV_CLOCK: u16 = 34;
pub const PB_EV_INSTRUMENT: u16 = 35;
pub const PB_EV_BOOK: u16 = 36;
pub const PB_EV_GAP: u16 = 37;
pub const PB_EV_TRADE: u16 = 38;
pub const PB_EV_TICKER: u16 = 39;
pub const PB_EV_ORDER: u16 = 40;
pub const PB_EV_FILL: u16 = 41;
pub const PB_EV_BALANCE: u16 = 42;
pub const PB_EV_FEES: u16 = 43;
pub const PB_EV_REPLY: u16 = 44;
pub const PB_EV_COMPLETE: u16 = 45;
pub const PB_EV_CANDLE: u16 = 46;
pub const PB_EV_POSITION: u16 = 256;
pub const PB_EV_FUNDING_RATE: u16 = 257;
pub const PB_EV_FUNDING_PAYMENT: u16 = 258;
pub const PB_EV_MARK: u16 = 259;
pub const PB_EV_LIQUIDATION: u16 = 260;
pub const PB_EV_MODE: u16 = 261;
pub const PB_EV_POOL: u16 = 512;
pub const PB_EV_QUOTE: u16 = 513;
pub const PB_EV_TRANSACTION: u16 = 514;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_state {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub account: pb_id,
    pub channel: u32,
    pub state: u32,
    pub error: u32,
    pub reserved: u32,
    pub text: pb_ref,
    pub retry_after_ns: i64,
}
const _: () = assert!(core::mem::size_of::<pb_state>() == 64);
const _: () = assert!(core::mem::align_of::<pb_state>() == 8);
unsafe impl Plain for pb_state {}
pub const PB_STATE_PENDING: u32 = 1;
pub const PB_STATE_LIVE: u32 = 2;
pub const PB_STATE_DOWN: u32 = 3;
pub const PB_STATE_REJECTED: u32 = 4;
pub const PB_STATE_ENDED: u32 = 5;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_limit {
    pub bucket: u32,
    pub scope: u32,
    pub kind: u32,
    pub capacity: u32,
    pub interval_ns: i64,
    pub name: pb_ref,
    pub used_header: pb_ref,
    pub remaining_header: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_limit>() == 48);
const _: () = assert!(core::mem::align_of::<pb_limit>() == 8);
unsafe impl Plain for pb_limit {}
pub const PB_SCOPE_ADDRESS: u32 = 1;
pub const PB_SCOPE_ACCOUNT: u32 = 2;
pub const PB_SCOPE_STREAM: u32 = 3;
pub const PB_LIMIT_WINDOW: u32 = 1;
pub const PB_LIMIT_TOKENS: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_limits {
    pub rec: pb_rec,
    pub limits: pb_list,
}
const _: () = assert!(core::mem::size_of::<pb_limits>() == 24);
const _: () = assert!(core::mem::align_of::<pb_limits>() == 8);
unsafe impl Plain for pb_limits {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_clock {
    pub rec: pb_rec,
    pub request: pb_id,
    pub venue_ns: i64,
    pub resolution_ns: i64,
}
const _: () = assert!(core::mem::size_of::<pb_clock>() == 40);
const _: () = assert!(core::mem::align_of::<pb_clock>() == 8);
unsafe impl Plain for pb_clock {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_instrument {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub kind: u32,
    pub state: u32,
    pub price_exp: i32,
    pub quantity_exp: i32,
    pub flags: u32,
    pub price_digits: u32,
    pub order_types: u64,
    pub time_in_force: u64,
    pub order_flags: u64,
    pub expiry_ns: i64,
    pub tick: pb_dec,
    pub lot: pb_dec,
    pub min_price: pb_dec,
    pub max_price: pb_dec,
    pub min_quantity: pb_dec,
    pub max_quantity: pb_dec,
    pub min_notional: pb_dec,
    pub max_notional: pb_dec,
    pub multiplier: pb_dec,
    pub max_leverage: pb_dec,
    pub maker_fee: pb_dec,
    pub taker_fee: pb_dec,
    pub symbol: pb_ref,
    pub base: pb_ref,
    pub quote: pb_ref,
    pub settle: pb_ref,
    pub reason: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_instrument>() == 312);
const _: () = assert!(core::mem::align_of::<pb_instrument>() == 8);
unsafe impl Plain for pb_instrument {}
pub const PB_KIND_SPOT: u32 = 1;
pub const PB_KIND_PERP: u32 = 2;
pub const PB_KIND_FUTURE: u32 = 3;
pub const PB_KIND_POOL: u32 = 4;
pub const PB_INSTRUMENT_TRADING: u32 = 1;
pub const PB_INSTRUMENT_HALTED: u32 = 2;
pub const PB_INSTRUMENT_POST_ONLY: u32 = 3;
pub const PB_INSTRUMENT_REDUCE_ONLY: u32 = 4;
pub const PB_INSTRUMENT_CLOSED: u32 = 5;
pub const PB_INSTRUMENT_UNUSABLE: u32 = 6;
pub const PB_INSTRUMENT_FLAG_INVERSE: u32 = 1;
pub const PB_INSTRUMENT_FLAG_MAY_CROSS: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_book {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub venue_ns: i64,
    pub first_seq: u64,
    pub last_seq: u64,
    pub snapshot: u32,
    pub depth: u32,
    pub bids: pb_list,
    pub asks: pb_list,
}
const _: () = assert!(core::mem::size_of::<pb_book>() == 72);
const _: () = assert!(core::mem::align_of::<pb_book>() == 8);
unsafe impl Plain for pb_book {}
pub const PB_BOOK_UPDATE: u32 = 0;
pub const PB_BOOK_SNAPSHOT: u32 = 1;
pub const PB_BOOK_BEGIN: u32 = 2;
pub const PB_BOOK_ASIDE: u32 = 3;
pub const PB_BOOK_COMMIT: u32 = 4;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_gap {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub venue_ns: i64,
    pub expected_seq: u64,
    pub got_seq: u64,
    pub reason: u32,
    pub reserved: u32,
}
const _: () = assert!(core::mem::size_of::<pb_gap>() == 56);
const _: () = assert!(core::mem::align_of::<pb_gap>() == 8);
unsafe impl Plain for pb_gap {}
pub const PB_GAP_SEQUENCE: u32 = 1;
pub const PB_GAP_CHECKSUM: u32 = 2;
pub const PB_GAP_CLOSED: u32 = 3;
pub const PB_GAP_OVERFLOW: u32 = 4;
pub const PB_GAP_MALFORMED: u32 = 5;
pub const PB_GAP_COMMAND: u32 = 6;
pub const PB_GAP_CROSSED: u32 = 7;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_trade {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub venue_ns: i64,
    pub price: i64,
    pub quantity: i64,
    pub side: u32,
    pub flags: u32,
    pub trade: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_trade>() == 64);
const _: () = assert!(core::mem::align_of::<pb_trade>() == 8);
unsafe impl Plain for pb_trade {}
pub const PB_TRADE_BACKFILL: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_ticker {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub venue_ns: i64,
    pub seq: u64,
    pub present: u64,
    pub bid_price: i64,
    pub bid_quantity: i64,
    pub ask_price: i64,
    pub ask_quantity: i64,
    pub last_price: i64,
    pub last_quantity: i64,
    pub open_price: i64,
    pub high_price: i64,
    pub low_price: i64,
    pub base_volume: pb_dec,
    pub quote_volume: pb_dec,
}
const _: () = assert!(core::mem::size_of::<pb_ticker>() == 152);
const _: () = assert!(core::mem::align_of::<pb_ticker>() == 8);
unsafe impl Plain for pb_ticker {}
pub const PB_TICKER_BID: u32 = 1;
pub const PB_TICKER_ASK: u32 = 2;
pub const PB_TICKER_LAST: u32 = 4;
pub const PB_TICKER_DAY: u32 = 8;
pub const PB_TICKER_NO_BID: u32 = 16;
pub const PB_TICKER_NO_ASK: u32 = 32;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_order {
    pub rec: pb_rec,
    pub account: pb_id,
    pub instrument: pb_id,
    pub order: pb_id,
    pub command: pb_id,
    pub venue_ns: i64,
    pub state: u32,
    pub side: u32,
    pub r#type: u32,
    pub time_in_force: u32,
    pub flags: u32,
    pub position: u32,
    pub error: u32,
    pub reserved: u32,
    pub price: pb_dec,
    pub quantity: pb_dec,
    pub filled: pb_dec,
    pub average: pb_dec,
    pub stop: pb_dec,
    pub client_order: pb_ref,
    pub venue_order: pb_ref,
    pub reason: pb_ref,
    pub carried: pb_dec,
    pub continues: pb_ref,
    pub expiry_ns: i64,
}
const _: () = assert!(core::mem::size_of::<pb_order>() == 224);
const _: () = assert!(core::mem::align_of::<pb_order>() == 8);
unsafe impl Plain for pb_order {}
pub const PB_ORDER_STATE_OPEN: u32 = 1;
pub const PB_ORDER_STATE_PARTIAL: u32 = 2;
pub const PB_ORDER_STATE_FILLED: u32 = 3;
pub const PB_ORDER_STATE_CANCELLED: u32 = 4;
pub const PB_ORDER_STATE_REJECTED: u32 = 5;
pub const PB_ORDER_STATE_EXPIRED: u32 = 6;
pub const PB_ORDER_STATE_UNTRIGGERED: u32 = 7;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_fill {
    pub rec: pb_rec,
    pub account: pb_id,
    pub instrument: pb_id,
    pub order: pb_id,
    pub command: pb_id,
    pub venue_ns: i64,
    pub side: u32,
    pub liquidity: u32,
    pub flags: u32,
    pub position: u32,
    pub price: pb_dec,
    pub quantity: pb_dec,
    pub fee: pb_dec,
    pub realized: pb_dec,
    pub trade: pb_ref,
    pub client_order: pb_ref,
    pub venue_order: pb_ref,
    pub fee_asset: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_fill>() == 168);
const _: () = assert!(core::mem::align_of::<pb_fill>() == 8);
unsafe impl Plain for pb_fill {}
pub const PB_LIQUIDITY_MAKER: u32 = 1;
pub const PB_LIQUIDITY_TAKER: u32 = 2;
pub const PB_FILL_FEE_ESTIMATED: u32 = 1;
pub const PB_FILL_FORCED: u32 = 2;
pub const PB_FILL_DELEVERAGED: u32 = 4;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_balance {
    pub rec: pb_rec,
    pub account: pb_id,
    pub command: pb_id,
    pub venue_ns: i64,
    pub total: pb_dec,
    pub available: pb_dec,
    pub asset: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_balance>() == 80);
const _: () = assert!(core::mem::align_of::<pb_balance>() == 8);
unsafe impl Plain for pb_balance {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_fees {
    pub rec: pb_rec,
    pub account: pb_id,
    pub instrument: pb_id,
    pub command: pb_id,
    pub maker: pb_dec,
    pub taker: pb_dec,
}
const _: () = assert!(core::mem::size_of::<pb_fees>() == 72);
const _: () = assert!(core::mem::align_of::<pb_fees>() == 8);
unsafe impl Plain for pb_fees {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_reply {
    pub rec: pb_rec,
    pub command: pb_id,
    pub outcome: u32,
    pub error: u32,
    pub retry_after_ns: i64,
    pub code: pb_ref,
    pub text: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_reply>() == 56);
const _: () = assert!(core::mem::align_of::<pb_reply>() == 8);
unsafe impl Plain for pb_reply {}
pub const PB_OUTCOME_DONE: u32 = 1;
pub const PB_OUTCOME_REFUSED: u32 = 2;
pub const PB_OUTCOME_UNKNOWN: u32 = 3;
pub const PB_ERR_AUTH: u32 = 1;
pub const PB_ERR_RATE_LIMIT: u32 = 2;
pub const PB_ERR_CLOCK: u32 = 3;
pub const PB_ERR_UNKNOWN_ORDER: u32 = 4;
pub const PB_ERR_FUNDS: u32 = 5;
pub const PB_ERR_INVALID_ORDER: u32 = 6;
pub const PB_ERR_POST_ONLY: u32 = 7;
pub const PB_ERR_MAINTENANCE: u32 = 8;
pub const PB_ERR_TRANSIENT: u32 = 9;
pub const PB_ERR_OTHER: u32 = 10;
pub const PB_ERR_UNKNOWN_INSTRUMENT: u32 = 11;
pub const PB_ERR_UNSUPPORTED: u32 = 12;
pub const PB_ERR_REDUCE_ONLY: u32 = 13;
pub const PB_ERR_NOT_SENT: u32 = 14;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_complete {
    pub rec: pb_rec,
    pub command: pb_id,
    pub account: pb_id,
    pub instrument: pb_id,
    pub what: u32,
    pub flags: u32,
}
const _: () = assert!(core::mem::size_of::<pb_complete>() == 48);
const _: () = assert!(core::mem::align_of::<pb_complete>() == 8);
unsafe impl Plain for pb_complete {}
pub const PB_COMPLETE_PARTIAL: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_candle {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub command: pb_id,
    pub open_ns: i64,
    pub interval_ns: i64,
    pub open: i64,
    pub high: i64,
    pub low: i64,
    pub close: i64,
    pub base_volume: pb_dec,
    pub quote_volume: pb_dec,
    pub trades: u64,
    pub flags: u32,
    pub reserved: u32,
}
const _: () = assert!(core::mem::size_of::<pb_candle>() == 128);
const _: () = assert!(core::mem::align_of::<pb_candle>() == 8);
unsafe impl Plain for pb_candle {}
pub const PB_CANDLE_CLOSED: u32 = 1;
pub const PB_CANDLE_TRADES: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_position {
    pub rec: pb_rec,
    pub account: pb_id,
    pub instrument: pb_id,
    pub command: pb_id,
    pub venue_ns: i64,
    pub position: u32,
    pub margin_mode: u32,
    pub quantity: pb_dec,
    pub entry: pb_dec,
    pub mark: pb_dec,
    pub liquidation: pb_dec,
    pub unrealized: pb_dec,
    pub realized: pb_dec,
    pub leverage: pb_dec,
    pub margin: pb_dec,
}
const _: () = assert!(core::mem::size_of::<pb_position>() == 184);
const _: () = assert!(core::mem::align_of::<pb_position>() == 8);
unsafe impl Plain for pb_position {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_funding_rate {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub command: pb_id,
    pub venue_ns: i64,
    pub next_ns: i64,
    pub interval_ns: i64,
    pub rate: pb_dec,
}
const _: () = assert!(core::mem::size_of::<pb_funding_rate>() == 72);
const _: () = assert!(core::mem::align_of::<pb_funding_rate>() == 8);
unsafe impl Plain for pb_funding_rate {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_funding_payment {
    pub rec: pb_rec,
    pub account: pb_id,
    pub instrument: pb_id,
    pub command: pb_id,
    pub venue_ns: i64,
    pub rate: pb_dec,
    pub amount: pb_dec,
    pub asset: pb_ref,
    pub payment: pb_ref,
}
const _: () = assert!(core::mem::size_of::<pb_funding_payment>() == 96);
const _: () = assert!(core::mem::align_of::<pb_funding_payment>() == 8);
unsafe impl Plain for pb_funding_payment {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_mark {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub venue_ns: i64,
    pub mark: pb_dec,
    pub index: pb_dec,
}
const _: () = assert!(core::mem::size_of::<pb_mark>() == 64);
const _: () = assert!(core::mem::align_of::<pb_mark>() == 8);
unsafe impl Plain for pb_mark {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_liquidation {
    pub rec: pb_rec,
    pub account: pb_id,
    pub instrument: pb_id,
    pub venue_ns: i64,
    pub side: u32,
    pub what: u32,
    pub price: pb_dec,
    pub quantity: pb_dec,
}
const _: () = assert!(core::mem::size_of::<pb_liquidation>() == 80);
const _: () = assert!(core::mem::align_of::<pb_liquidation>() == 8);
unsafe impl Plain for pb_liquidation {}
pub const PB_LIQUIDATION_FORCED: u32 = 1;
pub const PB_LIQUIDATION_DELEVERAGED: u32 = 2;
pub const PB_LIQUIDATION_MARGIN_CALL: u32 = 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_mode {
    pub rec: pb_rec,
    pub account: pb_id,
    pub instrument: pb_id,
    pub command: pb_id,
    pub margin_mode: u32,
    pub position_mode: u32,
    pub leverage: pb_dec,
}
const _: () = assert!(core::mem::size_of::<pb_mode>() == 64);
const _: () = assert!(core::mem::align_of::<pb_mode>() == 8);
unsafe impl Plain for pb_mode {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_pool {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub venue_ns: i64,
    pub height: u64,
    pub base_reserve: pb_u256,
    pub quote_reserve: pb_u256,
    pub price: pb_dec,
    pub fee: pb_dec,
    pub base_decimals: u32,
    pub quote_decimals: u32,
}
const _: () = assert!(core::mem::size_of::<pb_pool>() == 144);
const _: () = assert!(core::mem::align_of::<pb_pool>() == 8);
unsafe impl Plain for pb_pool {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_quote {
    pub rec: pb_rec,
    pub instrument: pb_id,
    pub command: pb_id,
    pub valid_until_ns: i64,
    pub side: u32,
    pub reserved: u32,
    pub amount_in: pb_u256,
    pub amount_out: pb_u256,
    pub amount_limit: pb_u256,
    pub price: pb_dec,
    pub gas: pb_dec,
    pub route: pb_ref,
    pub base_decimals: u32,
    pub quote_decimals: u32,
}
const _: () = assert!(core::mem::size_of::<pb_quote>() == 192);
const _: () = assert!(core::mem::align_of::<pb_quote>() == 8);
unsafe impl Plain for pb_quote {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_transaction {
    pub rec: pb_rec,
    pub account: pb_id,
    pub command: pb_id,
    pub venue_ns: i64,
    pub height: u64,
    pub state: u32,
    pub error: u32,
    pub gas: pb_dec,
    pub hash: pb_ref,
    pub reason: pb_ref,
    pub order: pb_id,
    pub nonce: u64,
}
const _: () = assert!(core::mem::size_of::<pb_transaction>() == 104);
const _: () = assert!(core::mem::align_of::<pb_transaction>() == 8);
unsafe impl Plain for pb_transaction {}
pub const PB_TRANSACTION_SUBMITTED: u32 = 1;
pub const PB_TRANSACTION_INCLUDED: u32 = 2;
pub const PB_TRANSACTION_FINAL: u32 = 3;
pub const PB_TRANSACTION_FAILED: u32 = 4;
pub const PB_TRANSACTION_REPLACED: u32 = 5;
pub const PB_TRANSACTION_DROPPED: u32 = 6;
pub const PB_TRANSACTION_REORGANISED: u32 = 7;

// The library

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_host {
    pub size: u32,
    pub reserved: u32,
    pub ctx: *mut core::ffi::c_void,
    pub emit: Option<unsafe extern "C" fn(*const pb_host, *const pb_rec) -> pb_status>,
}
const _: () = assert!(core::mem::size_of::<pb_host>() == 24);
const _: () = assert!(core::mem::align_of::<pb_host>() == 8);

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_connector {
    pub size: u32,
    pub revision: u32,
    pub descriptor_json: *const u8,
    pub create: Option<unsafe extern "C" fn(*const pb_host, pb_span, *mut *mut core::ffi::c_void) -> pb_status>,
    pub deliver: Option<unsafe extern "C" fn(*mut core::ffi::c_void, *const pb_input, pb_span) -> pb_status>,
    pub destroy: Option<unsafe extern "C" fn(*mut core::ffi::c_void)>,
}
const _: () = assert!(core::mem::size_of::<pb_connector>() == 40);
const _: () = assert!(core::mem::align_of::<pb_connector>() == 8);

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pb_entry {
    pub magic: u32,
    pub revision: u32,
    pub size: u32,
    pub count: u32,
    pub connectors: *const *const pb_connector,
}
const _: () = assert!(core::mem::size_of::<pb_entry>() == 24);
const _: () = assert!(core::mem::align_of::<pb_entry>() == 8);
