/* patchbay.h, revision 1: the contract between the Patchbay host and an exchange connector. C11 or C++17; only
 * <stdint.h>.
 *
 * A connector is a shared library that turns an exchange's bytes into normalized facts, and commands into the
 * exchange's requests. It is a deterministic state machine without I/O. There is one way in: the host calls
 * deliver(self, input, payload). There is one way out: the connector calls host->emit(host, record). The host owns
 * sockets, TLS, keys, signing, clocks, timers, rate limits, reconnects, order books and orders.
 *
 * The comments of this file are the specification. These rules hold everywhere:
 *
 *   Flat       A record is one block of memory, 8-aligned. Its variable parts lie behind its fixed part and are named
 *              by offsets from the record's own start: pb_ref for bytes, pb_list for an array. No pointer is inside
 *              one. So the same bytes serve the call, the ring to a sandboxed worker, and the recording.
 *   Sized      rec.size counts the whole block, a multiple of 8; rec.head the fixed part as its author compiled it,
 *              also a multiple of 8. Fields are only ever appended. A reader copies min(rec.head, sizeof its own
 *              struct) bytes and takes every field behind that as zero; zero always means absent. The least fixed part
 *              is pb_rec, of an input pb_input. A list's element never grows: a larger element is a new list. What must
 *              grow inside a list is a list of pb_ref to whole records; such a nested record starts at a multiple of 8,
 *              its ref's length is its rec.size, and it holds no further nested records.
 *   Well-formed  Every part lies in [head, size), parts do not overlap, an array starts at a multiple of 8, an empty
 *              part is offset 0 and length 0. Bytes between and behind parts and all reserved fields are zero. Text is
 *              UTF-8 without NUL; a pb_ref is text unless its comment begins with "raw". Unknown flag bits, enum values
 *              and kinds of a newer peer are ignored by the reader.
 *   Borrowed   Input, payload and record die when the call that passed them returns; neither side frees the other's
 *              memory. At least PB_PAYLOAD_SLACK readable bytes (of unspecified value) follow every payload.
 *   Lane       The host never enters one instance twice at once, nor re-enters it from inside emit. Successive calls
 *              may come from different threads, with a memory barrier between them. emit is legal only inside create
 *              and deliver, on the calling thread. A connector has no thread, clock, randomness, file, socket or
 *              secret.
 *   Pure       Outputs depend on the configuration and the inputs alone, not on hash order, addresses or environment:
 *              replaying recorded inputs gives the same bytes. emit answers PB_OK, or PB_E_ARGUMENT for a malformed
 *              record (which is then dropped and counted against the connector); nothing the host decides comes back as
 *              a return value. Every other outcome arrives as a later input.
 *   Contained  No exception, panic, longjmp, fork or exit crosses this line. There are no varargs, bool, bit fields,
 *              unions, long or struct returns in this file, and all padding is explicit.
 *   Frozen     Nothing that stands here changes its place, its value or its meaning. Fields are appended to structs
 *              that say their size, reserved fields get names, enumerations get values; both sides ignore what they do
 *              not know.
 *
 * Units: *_ns are nanoseconds; wall and venue times count from the Unix epoch in UTC, 0 = absent; mono_ns counts from
 * an arbitrary start and never steps back. A moment in an output (venue_ns, expiry_ns, next_ns, valid_until_ns) is from
 * 0 to 2^62 - 1; a record with any other is malformed. Prices are in quote per base, quantities in base units
 * (perpetuals too: a venue's contracts are multiplied out by the connector, both ways). Rates and fees are fractions:
 * 0.001 is ten basis points. Integers are in the machine's byte order; records never leave the machine's
 * architecture. */
#pragma once
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* ==== Constants =================================================================================================== */

#define PB_MAGIC          0x50425943u /* 'PBYC', pb_entry.magic */
#define PB_ABI_REVISION   1u          /* frozen: what is built for it works for ever; a host refuses any other */
#define PB_PAYLOAD_SLACK  64u         /* readable bytes behind every payload */
#define PB_MAX_RECORD     16777216u   /* largest rec.size in bytes */

/** What create, deliver and emit answer. From deliver: PB_OK; PB_E_PARSE when this input could not be understood (it is
 * counted and the stream goes on); PB_E_UNSUPPORTED for a command the connector does not know (the host refuses it on
 * the connector's behalf); PB_E_STATE for an input about a stream, request or timer it does not know; PB_E_VENUE when
 * the exchange broke its own protocol; PB_E_INTERNAL when the instance can no longer be trusted (the host stops it). */
typedef int32_t pb_status;
enum {
  PB_OK = 0,
  PB_E_ARGUMENT = 1,
  PB_E_UNSUPPORTED = 2,
  PB_E_STATE = 3,
  PB_E_PARSE = 4,
  PB_E_VENUE = 5,
  PB_E_INTERNAL = 6
};

/** Identifies a stream, request, timer or instrument (chosen by the connector, unique in the instance while alive) or a
 * command, account or order (chosen by the host). 0 = none. */
typedef uint64_t pb_id;

/* ==== Building blocks ============================================================================================= */

/** Borrowed bytes outside a record. */
typedef struct pb_span {
  const uint8_t *ptr; /* may be null when len is 0 */
  uint64_t len;       /* bytes */
} pb_span;

/** Bytes inside the record that holds it. */
typedef struct pb_ref {
  uint32_t offset; /* from the record's start, any alignment */
  uint32_t length; /* bytes; 0 = absent */
} pb_ref;

/** An array inside the record that holds it. */
typedef struct pb_list {
  uint32_t offset; /* from the record's start, a multiple of 8 */
  uint32_t count;  /* elements; 0 = empty */
} pb_list;

/** An exact decimal number: mantissa * 10^exponent, exponent from -64 to 64. Numbers are equal by value, whatever their
 * exponent. PB_DEC_ROUNDED says that the venue's own text had more digits than fit, and that they were cut toward
 * negative infinity; such a number is shown, and not counted with. The one exception is a balance, of which it is a
 * lower bound to within 10^-18 of it: what is available may be used. Where 64 bits are not enough for a number that
 * counts (an order, a fill, a position), the fact cannot be written, and the connector says so by name. */
typedef struct pb_dec {
  int64_t mantissa;
  int32_t exponent;
  uint32_t state; /* PB_DEC_ */
} pb_dec;
enum { PB_DEC_ABSENT = 0, PB_DEC_EXACT = 1, PB_DEC_ROUNDED = 2 };

/** The start of every record. */
typedef struct pb_rec {
  uint32_t size; /* bytes of the whole record, a multiple of 8, at most PB_MAX_RECORD */
  uint16_t kind; /* PB_IN_, PB_OUT_ or PB_EV_; which struct follows */
  uint16_t head; /* bytes of the fixed part, a multiple of 8 */
  uint64_t seq;  /* input: 1, 2, 3, ... in this instance; output: of the input being delivered, 0 inside create */
} pb_rec;

/** A name with a value: a reply header, a public field of an account. */
typedef struct pb_pair {
  pb_ref name;
  pb_ref value;
} pb_pair;

/** A price level. Both numbers stand at the instrument's exponents: price * 10^price_exp, quantity * 10^quantity_exp.
 * 64 bits are enough, because the connector chooses the exponents: as fine as the venue writes the numbers, as long as
 * a thousand of the venue's largest orders (or prices) fit into 63 bits; else coarser, but never coarser than lot and
 * tick. A lot of 1 with orders of up to 10^14 so has exponent 0, and room for 9 * 10^18. A level that does not fit all
 * the same cannot be read: its book is lost (PB_GAP_MALFORMED). */
typedef struct pb_level {
  int64_t price;    /* > 0 (>= 0 and below where the venue's instrument allows it) */
  int64_t quantity; /* >= 0; 0 in an update removes the level; never 0 in a snapshot */
} pb_level;

/** An unsigned 256-bit integer, for amounts on chains. */
typedef struct pb_u256 {
  uint64_t w0; /* least significant */
  uint64_t w1;
  uint64_t w2;
  uint64_t w3; /* most significant */
} pb_u256;

/* ==== Sealed text ================================================================================================= */

/** One operation of a seal: a step of the stack program that the host runs when the request leaves. A seal is how a
 * connector describes signed text without ever seeing a secret, a signature or a clock. The program starts with an
 * empty stack and must end with exactly one value, which becomes the part's bytes. Eight registers live as long as the
 * request and are shared by all its parts, which run in the order url, headers, body. Time, nonce, counters and random
 * values are taken once per request, when the rate limiter lets it go: two uses in one request agree.
 *
 * Every value has a class: clean (literals, times, nonces, counters, random values, public fields, and what is computed
 * from these alone), secret (a secret field or a token, whatever was put around it), derived (what depends on a secret
 * through a digest, HMAC or signature). The host checks all programs of a request before any of them runs, by class,
 * greatest and least length, and alphabet: on secret and derived values an operation must be unable to fail. Comments
 * name what an operation takes; it gives the same class unless they say otherwise. A derived value leaves where the
 * manifest's act lists a place for it, as hex, base64 or percent-encoded text; a secret only if it is disclosed too. */
typedef struct pb_op {
  uint16_t code;     /* PB_OP_ */
  uint16_t arg;      /* as the operation says */
  uint32_t arg2;     /* as the operation says */
  int64_t offset_ns; /* added to the time of PB_OP_TIME_; else 0 */
  pb_ref bytes;      /* raw: literal, a field's name, or an address's prefix; else empty */
} pb_op;
enum {
  /* push a value */
  PB_OP_BYTES = 1,   /* bytes: the value itself */
  PB_OP_FIELD,       /* bytes: name of a credential field of the request's account; clean or secret, as declared */
  PB_OP_SLOT,        /* arg2: slot number; the token captured there; secret */
  PB_OP_TIME_S,      /* venue time as decimal digits, whole seconds, rounded down */
  PB_OP_TIME_MS,
  PB_OP_TIME_US,
  PB_OP_TIME_NS,
  PB_OP_TIME_ISO,    /* arg: PB_ISO_ */
  PB_OP_NONCE,       /* arg: PB_NONCE_; strictly rising per key, also across restarts and connectors that share it */
  PB_OP_COUNTER,     /* account sequence kept by the host */
  PB_OP_RANDOM_HEX,  /* arg: how many digits, at most 64 */
  PB_OP_RANDOM_DEC,  /* arg: how many digits, at most 64; the first is not 0 */
  PB_OP_UUID,        /* version 4, lower case with dashes */
  PB_OP_PUBLIC_KEY,  /* arg: PB_KEY_; of the account's signing key */
  PB_OP_ADDRESS,     /* arg: PB_ADDRESS_; text, of the account's signing key; bytes: COSMOS: prefix, empty = cosmos */
  /* stack and registers */
  PB_OP_STORE = 32,  /* arg: register 0 to 7; copies the top of the stack into it */
  PB_OP_LOAD,        /* arg: register; pushes its value */
  PB_OP_CONCAT,      /* arg: how many, 2 to 64; joins them, the deepest first */
  PB_OP_SLICE,       /* arg: first byte; arg2: how many; of a clean value, or r, s or v out of a signature, whole */
  PB_OP_PUBLISH,     /* arg: index 0 to 15; hands a clean top of the stack back with PB_IN_SENT; it stays there; also a
                        digest over a text with one whole signature, where the act publishes a transaction's id */
  /* encode the top of the stack */
  PB_OP_HEX = 48,
  PB_OP_HEX_UPPER,
  PB_OP_BASE64,
  PB_OP_BASE64URL,     /* without padding */
  PB_OP_PERCENT,       /* arg: PB_PERCENT_ */
  PB_OP_JSON_ESCAPE,
  PB_OP_UNHEX,         /* accepts an 0x prefix; of a secret declared as hex */
  PB_OP_UNBASE64,      /* accepts both alphabets, padding optional; of a secret declared as base64 */
  PB_OP_DEC_TO_BE,     /* decimal digits to a big-endian integer; arg: width in bytes, two's complement; not clean: of
                          digits that fit at their greatest length */
  PB_OP_BE_TO_DEC,     /* of at most 64 bytes */
  PB_OP_PAD_LEFT,      /* arg: width in bytes, not below the greatest length; arg2: the fill byte */
  PB_OP_LENGTH_PREFIX, /* arg: PB_PREFIX_ */
  PB_OP_RLP_INTEGER,   /* decimal digits to an RLP integer */
  /* digest the top of the stack; clean of what is clean, else derived; not of a piece of a signature */
  PB_OP_MD5 = 80,
  PB_OP_SHA1,
  PB_OP_SHA256,
  PB_OP_SHA384,
  PB_OP_SHA512,
  PB_OP_SHA512_HALF,
  PB_OP_KECCAK256,
  PB_OP_RIPEMD160,
  /* keyed */
  PB_OP_HMAC_SHA256 = 96, /* key on top of the stack, message below it; clean of two clean ones, else derived */
  PB_OP_HMAC_SHA384,
  PB_OP_HMAC_SHA512,
  PB_OP_SIGN              /* message on top, for secp256k1 a digest of 32 bytes that a digest operation of this request
                             made; arg: PB_SIGN_; arg2: as that says; with the account's signing key; derived */
};
enum { PB_ISO_MS = 1 /* 2026-01-31T23:59:59.123Z */, PB_ISO_US, PB_ISO_S /* 2026-01-31T23:59:59 */ };
enum { PB_NONCE_S = 1, PB_NONCE_MS, PB_NONCE_US, PB_NONCE_NS };
enum { PB_KEY_RAW = 1, PB_KEY_COMPRESSED, PB_KEY_UNCOMPRESSED };
enum { PB_ADDRESS_EVM = 1, PB_ADDRESS_COSMOS, PB_ADDRESS_XRPL };
enum { PB_PERCENT_COMPONENT = 1 /* all but A-Z a-z 0-9 - _ . ~ */, PB_PERCENT_FORM /* space as + */ };
enum { PB_PREFIX_VARINT = 1, PB_PREFIX_XRPL, PB_PREFIX_RLP_BYTES, PB_PREFIX_RLP_LIST, PB_PREFIX_DECIMAL /* digits */ };
enum {
  PB_SIGN_ED25519 = 1,
  PB_SIGN_P256_JOSE,
  PB_SIGN_RSA_PKCS1_SHA256,
  PB_SIGN_SECP256K1_RECOVERABLE, /* r, s, v: 32, 32 and 1 byte; v is arg2 plus 0 or 1; 8 bytes for an arg2 above 254 */
  PB_SIGN_SECP256K1_COMPACT,     /* r, s: 32 bytes each; in all three the lower s */
  PB_SIGN_SECP256K1_DER
};

/** One part of a text: literal bytes, or a seal. Exactly one of the two is present. */
typedef struct pb_part {
  pb_ref literal; /* raw */
  pb_list ops;    /* of pb_op */
} pb_part;

/** Text that may contain seals: the parts are joined. Used for URLs, header values and bodies. A binary frame is a text
 * of literal parts as well: "text" here says nothing about encoding. */
typedef pb_list pb_text; /* of pb_part */

/** A header of a request. Names and evaluated values with CR, LF or NUL are refused: headers cannot be injected. */
typedef struct pb_header {
  pb_ref name;
  pb_text value; /* of pb_part */
} pb_header;

/** What a request costs in one rate-limit bucket. Linked pools are several charges. */
typedef struct pb_charge {
  uint32_t bucket; /* pb_limit.bucket */
  uint32_t weight; /* >= 1 */
} pb_charge;

/** Takes a token out of a reply: the value at the JSON pointer goes into the account's slot and is masked with '*' of
 * the same length before the connector or the recording sees the reply. Must be one of the manifest's captures for the
 * act; the host takes all of those, whatever is asked for. */
typedef struct pb_capture {
  pb_ref path;       /* RFC 6901 JSON pointer */
  uint32_t slot;     /* 1 to 64 */
  uint32_t reserved; /* 0 */
} pb_capture;

/** A value that a seal published. */
typedef struct pb_published {
  uint32_t index;    /* arg of PB_OP_PUBLISH */
  uint32_t reserved; /* 0 */
  pb_ref value;      /* raw */
} pb_published;

/* ==== Inputs: what the host delivers ============================================================================== */

enum {
  PB_IN_START = 1,
  PB_IN_STOP,
  PB_IN_ACCOUNT,
  PB_IN_OPENED,
  PB_IN_FRAME,
  PB_IN_CLOSED,
  PB_IN_SENT,
  PB_IN_REPLY,
  PB_IN_TIMER,
  PB_IN_COMMAND
};

/** The start of every input: the time of this call. Nothing else gives a connector the time. */
typedef struct pb_input {
  pb_rec rec;
  int64_t mono_ns;  /* monotonic; for intervals */
  int64_t wall_ns;  /* the host's wall clock */
  int64_t venue_ns; /* the venue's clock as estimated: wall plus the measured offset */
} pb_input;

/** PB_IN_START: the first input. The connector asks for what it needs now (instruments come by command). */
typedef struct pb_in_start {
  pb_input in;
  uint32_t flags;    /* PB_START_ */
  uint32_t reserved; /* 0 */
} pb_in_start;
enum { PB_START_TRADING = 1 /* accounts will come and orders may be placed; without it: public data only */ };

/** PB_IN_STOP: the last input. The connector may log; requests, streams and timers are ended by the host. */
typedef struct pb_in_stop {
  pb_input in;
} pb_in_stop;

/** PB_IN_ACCOUNT: an account can be used from now on, or no longer. Never contains a secret. */
typedef struct pb_in_account {
  pb_input in;
  pb_id account;
  uint32_t present;      /* 1 = usable, 0 = gone */
  uint32_t algorithm;    /* PB_ALGORITHM_ of its signing key */
  pb_ref label;          /* the operator's name for it */
  pb_list public_fields; /* of pb_pair: credential fields declared public, such as an API key's id or an address */
} pb_in_account;
enum {
  PB_ALGORITHM_NONE = 0,
  PB_ALGORITHM_HMAC = 1,
  PB_ALGORITHM_ED25519,
  PB_ALGORITHM_P256,
  PB_ALGORITHM_RSA,
  PB_ALGORITHM_SECP256K1
};

/** PB_IN_OPENED, PB_IN_FRAME, PB_IN_CLOSED: a stream is open, has received a whole message (the payload, decompressed),
 * or is gone. After CLOSED the stream's id is free; the connector opens anew when it wants to (the host delays by its
 * backoff and connect budget). Keepalive pings of the WebSocket protocol are answered by the host and not delivered. */
typedef struct pb_in_stream {
  pb_input in;
  pb_id stream;
  uint32_t opcode;   /* FRAME: PB_OPCODE_TEXT or PB_OPCODE_BINARY */
  uint32_t code;     /* CLOSED: WebSocket close code, 1006 when cut, or PB_CLOSED_ */
  pb_ref reason;     /* CLOSED: text for people */
  pb_list published; /* of pb_published: OPENED: by the seals of its URL and headers */
} pb_in_stream;
enum { PB_OPCODE_TEXT = 1, PB_OPCODE_BINARY = 2, PB_OPCODE_PING = 9 };
enum {
  PB_CLOSED_REFUSED = 10001, /* the host does not permit this URL or has no such account */
  PB_CLOSED_CONNECT,         /* DNS, TCP or TLS failed */
  PB_CLOSED_HANDSHAKE,       /* the server refused the upgrade */
  PB_CLOSED_IDLE,            /* nothing came within idle_ns */
  PB_CLOSED_LIMIT            /* a frame was larger than the host's limit */
};

/** PB_IN_SENT, PB_IN_REPLY: what became of a request. A frame on a stream ends with one PB_IN_SENT, outcome PB_SENT or
 * PB_NOT_SENT. An HTTP request gets PB_IN_SENT with PB_SENT when it leaves, and ends with one PB_IN_REPLY, outcome
 * PB_REPLIED (the payload is the body), PB_NO_ANSWER or PB_NOT_SENT. PB_NOT_SENT is safe: nothing left the host.
 * PB_NO_ANSWER is not: the venue may have acted. */
typedef struct pb_in_reply {
  pb_input in;
  pb_id request;
  uint32_t outcome;  /* PB_NOT_SENT, PB_SENT, PB_REPLIED, PB_NO_ANSWER */
  uint32_t status;   /* REPLIED: the HTTP status; NOT_SENT: PB_REFUSAL_ */
  pb_ref reason;     /* NOT_SENT: fixed words of the code; NO_ANSWER: text for people */
  pb_list headers;   /* of pb_pair: REPLIED: names in lower case; Set-Cookie and what is not UTF-8 left out */
  pb_list published; /* of pb_published: SENT: by the request's seals */
} pb_in_reply;
enum { PB_NOT_SENT = 1, PB_SENT = 2, PB_REPLIED = 3, PB_NO_ANSWER = 4 };
enum {
  PB_REFUSAL_EXPIRED = 1, /* its deadline passed in the queue */
  PB_REFUSAL_ABORTED,     /* PB_OUT_ABORT, or the instance stops */
  PB_REFUSAL_CLOSED,      /* its stream is not open */
  PB_REFUSAL_HOST,        /* the evaluated URL is outside the permitted hosts */
  PB_REFUSAL_ACT,         /* outside the permitted acts, or a trade without a live command */
  PB_REFUSAL_ACCOUNT,     /* no such account, or a credential field is missing */
  PB_REFUSAL_SEAL,        /* the seal program is malformed, could fail on a secret, or would reveal one */
  PB_REFUSAL_LIMIT,       /* larger than a limit of the host, or the queue is full */
  PB_REFUSAL_OFFLINE,     /* this host has no network (replay) and no answer */
  PB_REFUSAL_CONNECT      /* no connection came about; nothing has left */
};

/** PB_IN_TIMER: a timer is due. It is one-shot; its id is free again. */
typedef struct pb_in_timer {
  pb_input in;
  pb_id timer;
} pb_in_timer;

/** PB_IN_COMMAND: what a trading program wants. Every command is answered by exactly one PB_EV_REPLY, after all the
 * facts that belong to the answer. The outcome may come at once or after requests. Fields that a verb does not use are
 * absent. A verb that the connector's descriptor does not list is not delivered.
 *
 * ORDER, CANCEL and each item of CANCEL_MANY name an order, and carry what it is, as the host knows it: side, type,
 * time_in_force, flags, position, expiry_ns; price, quantity or value, and stop, as they are now; since_ns and
 * until_ns, between which it reached the venue if it ever did (until_ns 0: up to now; both 0: not known). AMEND carries
 * the same, but price, quantity and stop only as far as they change. So a connector need not remember whether an order
 * is a plain or a conditional one.
 *
 * Where the venue has no client order id for an order, one of its list is the one that ORDER asks for if it has that
 * venue_order; or, while none is known, if alike is 0, since_ns is not, and it is the only one of this shape that was
 * made between since_ns and until_ns. Several of one shape are never told apart by a guess: the answer then is
 * PB_OUTCOME_UNKNOWN. That none of this shape is there is an answer, if the list is whole. A CANCEL or AMEND is carried
 * out by venue_order or client_order alone. */
typedef struct pb_in_command {
  pb_input in;
  pb_id command;
  pb_id account;          /* 0 for public commands */
  pb_id instrument;       /* as the connector named it in PB_EV_INSTRUMENT */
  pb_id order;            /* the host's order */
  uint32_t verb;          /* PB_CMD_ */
  uint32_t channel;       /* PB_CHANNEL_ bits, for SUBSCRIBE, UNSUBSCRIBE, RESYNC */
  uint32_t depth;         /* book levels per side wanted; 0 = as deep as the venue gives */
  uint32_t side;          /* PB_SIDE_ */
  uint32_t type;          /* PB_TYPE_ */
  uint32_t time_in_force; /* PB_TIF_ */
  uint32_t flags;         /* PB_ORDER_ */
  uint32_t position;      /* PB_POSITION_: which leg, in hedge mode */
  uint32_t mode;          /* PB_MARGIN_ or PB_POSITION_MODE_, for the mode commands */
  uint32_t limit;         /* at most so many results; 0 = the connector's default */
  pb_dec price;           /* limit price, a multiple of the tick */
  pb_dec quantity;        /* in base, a multiple of the lot */
  pb_dec stop;            /* trigger price */
  pb_dec value;           /* LEVERAGE: the factor; market orders by value: the quote amount; QUOTE: the slippage */
  int64_t since_ns;       /* history commands: from, inclusive; of an order that is named: see above */
  int64_t until_ns;       /* history commands: to, exclusive; 0 = now */
  pb_ref symbol;          /* the venue's symbol, where the instrument is not known yet */
  pb_ref client_order;    /* client order id, made by the host within the venue's rule */
  pb_ref venue_order;     /* the venue's order id, where known */
  pb_list items;          /* of pb_ref: batches: each names a whole nested pb_in_command record */
  int64_t expiry_ns;      /* PB_TIF_GTD: when the order ends, by the venue's clock; else 0 */
  pb_dec carried;         /* AMEND: what the venue orders before venue_order had filled, where the venue makes a new one
                             to change an order; price and quantity are those of the order over its life */
  int64_t interval_ns;    /* CANDLES: from the opening of one to that of the next */
  uint32_t alike;         /* ORDER: how many other orders of the account have this instrument, side, type, price,
                             quantity and stop, as far as the host remembers */
  uint32_t reserved;      /* 0 */
} pb_in_command;
enum {
  PB_CMD_CLOCK = 1,    /* ask the venue's time; answer PB_EV_CLOCK */
  PB_CMD_INSTRUMENTS,  /* answer PB_EV_INSTRUMENT each, PB_EV_COMPLETE */
  PB_CMD_SUBSCRIBE,    /* instrument, channel, depth; done when the venue confirmed or data came */
  PB_CMD_UNSUBSCRIBE,  /* instrument, channel */
  PB_CMD_RESYNC,       /* instrument: throw the book away and build it again; see PB_CMD_REFRESH */
  PB_CMD_TICKERS,      /* all instruments at once; answer PB_EV_TICKER each, PB_EV_COMPLETE */
  PB_CMD_PLACE,        /* order, client_order, side, type, ...; or items */
  PB_CMD_AMEND,        /* order, new price and/or quantity; or items */
  PB_CMD_CANCEL,       /* order by venue_order or client_order */
  PB_CMD_CANCEL_MANY,  /* items: this set and no other order */
  PB_CMD_ORDER,        /* ask one order's state by client_order or venue_order, or by what it is where the venue has
                          neither for it (see pb_in_command); answer PB_EV_ORDER, of the venue order under which it
                          goes on, where an amendment makes a new one: venue_order may be behind */
  PB_CMD_OPEN_ORDERS,  /* instrument or all; answer PB_EV_ORDER each, PB_EV_COMPLETE */
  PB_CMD_FILLS,        /* instrument, since_ns; answer PB_EV_FILL each, PB_EV_COMPLETE */
  PB_CMD_BALANCES,     /* answer PB_EV_BALANCE each, PB_EV_COMPLETE */
  PB_CMD_FEES,         /* answer PB_EV_FEES each, PB_EV_COMPLETE */
  PB_CMD_ORDER_HISTORY, /* instrument, since_ns, until_ns: orders made between them, open and ended; answer PB_EV_ORDER
                           each, more than were asked for harm nothing, PB_EV_COMPLETE, partial where one may be
                           missing: the host takes the rest for absent */
  PB_CMD_REFRESH,      /* instrument: build the book anew beside the one there is, which stays in use until the new one
                          is proved (PB_BOOK_BEGIN); done when it has taken its place. Refused when there is none, and
                          then the old one stands, as long as its own continuity does */
  PB_CMD_CANDLES,      /* instrument, interval_ns, since_ns, until_ns, limit: the venue's own candles that begin between
                          these; the first of them with since_ns, else the last; answer PB_EV_CANDLE each, in any order,
                          PB_EV_COMPLETE, partial where the venue gives no more. Refused as PB_ERR_UNSUPPORTED where it
                          has none of this interval */
  /* extension patchbay.perp/1 */
  PB_CMD_POSITIONS = 0x100, /* answer PB_EV_POSITION each, PB_EV_COMPLETE */
  PB_CMD_LEVERAGE,          /* instrument, value */
  PB_CMD_MARGIN_MODE,       /* instrument, or all where the venue has one mode for them; mode */
  PB_CMD_POSITION_MODE,     /* instrument or all, mode */
  PB_CMD_FUNDING,           /* instrument; answer PB_EV_FUNDING_RATE and PB_EV_MARK */
  PB_CMD_FUNDING_PAYMENTS,  /* since_ns; answer PB_EV_FUNDING_PAYMENT each, PB_EV_COMPLETE */
  PB_CMD_MODES,             /* read the real modes; answer PB_EV_MODE each, PB_EV_COMPLETE */
  /* extension patchbay.amm/1; a swap is an order of an instrument of PB_KIND_POOL: PB_CMD_PLACE with a limit price, or
     as a market order within the slippage that the connector is configured with; PB_CMD_AMEND and PB_CMD_CANCEL are
     transactions in its place, under its nonce */
  PB_CMD_QUOTE = 0x200,     /* instrument, side, quantity, value = slippage limit; answer PB_EV_QUOTE */
  PB_CMD_SWAP,              /* reserved: never given */
  PB_CMD_APPROVE            /* let the contract that swaps spend the asset named by symbol, up to quantity in all, 0 to
                               take it back; done when the chain's node has it; answer PB_EV_TRANSACTION, later too */
};
enum {
  PB_CHANNEL_BOOK = 1,
  PB_CHANNEL_TRADES = 2,
  PB_CHANNEL_TICKER = 4,
  PB_CHANNEL_MARK = 8,         /* mark and index price, funding rate */
  PB_CHANNEL_LIQUIDATIONS = 16,
  PB_CHANNEL_POOL = 32,
  PB_CHANNEL_PRIVATE = 64      /* in PB_EV_STATE: an account's orders, fills, balances, positions */
};
enum { PB_SIDE_NONE = 0, PB_SIDE_BUY = 1, PB_SIDE_SELL = 2 };
enum {
  PB_TYPE_LIMIT = 1,
  PB_TYPE_MARKET,
  PB_TYPE_STOP_LIMIT,   /* becomes a limit order when the stop price is reached */
  PB_TYPE_STOP_MARKET,  /* becomes a market order when the stop price is reached */
  PB_TYPE_TAKE_LIMIT,   /* take profit */
  PB_TYPE_TAKE_MARKET
};
enum { PB_TIF_GTC = 1, PB_TIF_IOC, PB_TIF_FOK, PB_TIF_GTD /* until expiry_ns */ };
enum {
  PB_ORDER_POST_ONLY = 1,   /* never takes: refused or cancelled instead */
  PB_ORDER_REDUCE_ONLY = 2, /* never opens or turns a position */
  PB_ORDER_CLOSE = 4,       /* closes the leg named by position, in hedge mode */
  PB_ORDER_BY_VALUE = 8,    /* market order for value in quote instead of quantity in base */
  PB_ORDER_STOP_BY_MARK = 16 /* the mark price reaches the stop, not the last trade */
};
enum { PB_POSITION_NET = 0, PB_POSITION_LONG = 1, PB_POSITION_SHORT = 2 };
enum { PB_MARGIN_CROSS = 1, PB_MARGIN_ISOLATED = 2 };
enum { PB_POSITION_MODE_ONE_WAY = 1, PB_POSITION_MODE_HEDGE = 2 };

/* ==== Outputs: requests to the host =============================================================================== */

enum { PB_OUT_OPEN = 1, PB_OUT_CLOSE, PB_OUT_REQUEST, PB_OUT_ABORT, PB_OUT_TIMER, PB_OUT_LOG, PB_OUT_FAULT };

/** PB_OUT_OPEN: connect a stream (WebSocket). The host answers PB_IN_OPENED or PB_IN_CLOSED. The URL is evaluated again
 * for each open; its host must be permitted by the manifest. */
typedef struct pb_out_open {
  pb_rec rec;
  pb_id stream;
  pb_id account;     /* whose secrets its seals may use; 0 = public */
  pb_id command;     /* the command that caused it, or 0 */
  pb_text url;       /* of pb_part: wss:// */
  pb_list headers;   /* of pb_header */
  pb_list charges;   /* of pb_charge */
  pb_ref permission; /* name of the manifest's permitted act; empty for a public stream without seals */
  int64_t idle_ns;   /* close when nothing arrives for so long; 0 = the host's default */
  uint32_t flags;    /* PB_OPEN_ */
  uint32_t reserved; /* 0 */
} pb_out_open;
enum {
  PB_OPEN_DEFLATE = 1, /* offer permessage-deflate */
  PB_OPEN_INFLATE = 2  /* binary frames are gzip, zlib or bare deflate, each by itself: they come inflated, as text. One
                        * that cannot be inflated (to at most 16 MiB) comes as it is, with PB_OPCODE_BINARY. */
};

/** PB_OUT_CLOSE: close a stream. PB_IN_CLOSED follows. */
typedef struct pb_out_close {
  pb_rec rec;
  pb_id stream;
  uint32_t code;     /* WebSocket close code; 0 = 1000 */
  uint32_t reserved; /* 0 */
  pb_ref reason;
} pb_out_close;

/** PB_OUT_REQUEST: send an HTTP request (stream 0) or a frame on an open stream. It leaves when every charged bucket
 * has room, by priority, cancels first. A request with seals or an account names its permitted act and is refused
 * outside it; an act of the class trade must cite a live command of the same account. Redirects are not followed. */
typedef struct pb_out_request {
  pb_rec rec;
  pb_id request;
  pb_id account;       /* whose secrets its seals may use; 0 = public */
  pb_id command;       /* the command that caused it, or 0 */
  pb_id stream;        /* 0 = HTTP, else the body is a frame on it */
  uint32_t method;     /* HTTP: PB_METHOD_ */
  uint32_t opcode;     /* frame: PB_OPCODE_ */
  uint32_t priority;   /* PB_PRIORITY_; 0 = PB_PRIORITY_BULK */
  uint32_t flags;      /* PB_FLAG_ */
  int64_t deadline_ns; /* from now; not sent by then: PB_REFUSAL_EXPIRED; not answered: PB_NO_ANSWER;
                        * 0 = the host's default */
  pb_ref permission;   /* name of the manifest's permitted act; empty for public requests without seals */
  pb_text url;         /* of pb_part: HTTP: https:// */
  pb_text body;        /* of pb_part: HTTP body, or the frame */
  pb_list headers;     /* of pb_header */
  pb_list charges;     /* of pb_charge */
  pb_list captures;    /* of pb_capture */
} pb_out_request;
enum { PB_METHOD_GET = 1, PB_METHOD_POST, PB_METHOD_PUT, PB_METHOD_DELETE, PB_METHOD_PATCH };
enum { PB_PRIORITY_CANCEL = 1, PB_PRIORITY_ORDER, PB_PRIORITY_QUERY, PB_PRIORITY_BULK };
enum { PB_FLAG_ORDERED = 1 /* one at a time per account: for nonces that must rise */ };

/** PB_OUT_ABORT: the connector no longer wants a request. If it has not left, it never will (PB_REFUSAL_ABORTED). */
typedef struct pb_out_abort {
  pb_rec rec;
  pb_id request;
} pb_out_abort;

/** PB_OUT_TIMER: ask for PB_IN_TIMER after a while. Setting a running timer moves it. */
typedef struct pb_out_timer {
  pb_rec rec;
  pb_id timer;
  int64_t after_ns; /* from the time of this input; 0 cancels */
} pb_out_timer;

/** PB_OUT_LOG: a line for the operator. Repeats are folded by the host. */
typedef struct pb_out_log {
  pb_rec rec;
  uint32_t level;    /* PB_LOG_ */
  uint32_t reserved; /* 0 */
  pb_ref text;
} pb_out_log;
enum { PB_LOG_DEBUG = 1, PB_LOG_INFO, PB_LOG_WARNING, PB_LOG_ERROR };

/** PB_OUT_FAULT: the connector cannot go on. The host stops the instance and reports why. */
typedef struct pb_out_fault {
  pb_rec rec;
  uint32_t error;    /* PB_ERR_ */
  uint32_t reserved; /* 0 */
  pb_ref text;
} pb_out_fault;

/* ==== Outputs: facts ============================================================================================== */

enum {
  PB_EV_STATE = 32,
  PB_EV_LIMITS,
  PB_EV_CLOCK,
  PB_EV_INSTRUMENT,
  PB_EV_BOOK,
  PB_EV_GAP,
  PB_EV_TRADE,
  PB_EV_TICKER,
  PB_EV_ORDER,
  PB_EV_FILL,
  PB_EV_BALANCE,
  PB_EV_FEES,
  PB_EV_REPLY,
  PB_EV_COMPLETE,
  PB_EV_CANDLE,
  /* extension patchbay.perp/1 */
  PB_EV_POSITION = 0x100,
  PB_EV_FUNDING_RATE,
  PB_EV_FUNDING_PAYMENT,
  PB_EV_MARK,
  PB_EV_LIQUIDATION,
  PB_EV_MODE,
  /* extension patchbay.amm/1 */
  PB_EV_POOL = 0x200,
  PB_EV_QUOTE,
  PB_EV_TRANSACTION
};

/** PB_EV_STATE: the state of a subscription or of an account's private stream, for readiness. */
typedef struct pb_state {
  pb_rec rec;
  pb_id instrument; /* 0 = all of the channel */
  pb_id account;    /* 0 = public */
  uint32_t channel; /* PB_CHANNEL_ bits */
  uint32_t state;   /* PB_STATE_ */
  uint32_t error;   /* PB_ERR_, when rejected or down */
  uint32_t reserved;/* 0 */
  pb_ref text;      /* why, for people */
  int64_t retry_after_ns; /* of an account: its requests stop for so long, as the venue wants it; else 0 */
} pb_state;
enum { PB_STATE_PENDING = 1, PB_STATE_LIVE, PB_STATE_DOWN, PB_STATE_REJECTED, PB_STATE_ENDED };

/** One rate-limit bucket of PB_EV_LIMITS. */
typedef struct pb_limit {
  uint32_t bucket;     /* its number in charges */
  uint32_t scope;      /* PB_SCOPE_: who shares it */
  uint32_t kind;       /* PB_LIMIT_ */
  uint32_t capacity;   /* weight per interval, or the token bucket's size */
  int64_t interval_ns; /* the window, or the time to fill an empty token bucket */
  pb_ref name;         /* for people */
  pb_ref used_header;  /* reply header with the weight used in the window; lower case; may be absent */
  pb_ref remaining_header; /* reply header with the weight that is left in it; lower case; may be absent */
} pb_limit;
enum { PB_SCOPE_ADDRESS = 1, PB_SCOPE_ACCOUNT, PB_SCOPE_STREAM };
enum { PB_LIMIT_WINDOW = 1, PB_LIMIT_TOKENS = 2 };

/** PB_EV_LIMITS: the venue's rate limits. A bucket that is named again replaces the older one. */
typedef struct pb_limits {
  pb_rec rec;
  pb_list limits; /* of pb_limit */
} pb_limits;

/** PB_EV_CLOCK: the venue's time as read from a reply. The host pairs it with the request's midpoint. */
typedef struct pb_clock {
  pb_rec rec;
  pb_id request;    /* the request that asked */
  int64_t venue_ns; /* what the venue said */
  int64_t resolution_ns; /* the step of what it said: 1 s where it says whole seconds; 0 = it does not matter */
} pb_clock;

/** PB_EV_INSTRUMENT: an instrument and its trading rules. Sent again when a rule changes; the exponents of a known
 * instrument id never change (a new id is made instead). Absent numbers mean no such rule. */
typedef struct pb_instrument {
  pb_rec rec;
  pb_id instrument;
  uint32_t kind;          /* PB_KIND_ */
  uint32_t state;         /* PB_INSTRUMENT_ */
  int32_t price_exp;      /* exponent of pb_level.price, usually minus the tick's decimal places */
  int32_t quantity_exp;   /* exponent of pb_level.quantity */
  uint32_t flags;         /* PB_INSTRUMENT_FLAG_ */
  uint32_t price_digits;  /* most significant digits allowed in a price; 0 = no such rule */
  uint64_t order_types;   /* bit n set: PB_TYPE_ n is offered */
  uint64_t time_in_force; /* bit n set: PB_TIF_ n is offered */
  uint64_t order_flags;   /* PB_ORDER_ bits that are offered */
  int64_t expiry_ns;      /* dated futures and options */
  pb_dec tick;            /* price increment */
  pb_dec lot;             /* quantity increment, in base */
  pb_dec min_price;
  pb_dec max_price;
  pb_dec min_quantity;    /* in base */
  pb_dec max_quantity;    /* in base */
  pb_dec min_notional;    /* in quote */
  pb_dec max_notional;    /* in quote */
  pb_dec multiplier;      /* base units per contract of the venue; 1 for spot */
  pb_dec max_leverage;
  pb_dec maker_fee;       /* default rate; negative is a rebate */
  pb_dec taker_fee;
  pb_ref symbol;          /* as the venue writes it */
  pb_ref base;
  pb_ref quote;
  pb_ref settle;          /* perpetuals: the asset of profit and loss */
  pb_ref reason;          /* why it cannot be traded, when state says so */
} pb_instrument;
enum { PB_KIND_SPOT = 1, PB_KIND_PERP, PB_KIND_FUTURE, PB_KIND_POOL };
enum {
  PB_INSTRUMENT_TRADING = 1,
  PB_INSTRUMENT_HALTED,
  PB_INSTRUMENT_POST_ONLY,
  PB_INSTRUMENT_REDUCE_ONLY,
  PB_INSTRUMENT_CLOSED,
  PB_INSTRUMENT_UNUSABLE /* its numbers do not fit; reason says which */
};
enum {
  PB_INSTRUMENT_FLAG_INVERSE = 1,
  PB_INSTRUMENT_FLAG_MAY_CROSS = 2 /* the venue's book may be crossed; the host uncrosses */
};

/** PB_EV_BOOK: an order book snapshot or update whose continuity and checksum the connector has already proved. Updates
 * that came before the snapshot were queued and joined by the connector. Levels may come in any order; a price at most
 * once per side.
 *
 * A book can be built anew while the old one stays in use: PB_BOOK_BEGIN starts a second one aside, PB_BOOK_ASIDE
 * changes it, PB_BOOK_COMMIT changes it a last time and puts it in the place of the old one, which until then goes on
 * with PB_BOOK_UPDATE. A gap of the instrument, a snapshot, another BEGIN, and a record that cannot be true drop what
 * is aside. */
typedef struct pb_book {
  pb_rec rec;
  pb_id instrument;
  int64_t venue_ns;   /* time of the event at the venue */
  uint64_t first_seq; /* venue's sequence of the first event inside; 0 where there is none */
  uint64_t last_seq;  /* and of the last */
  uint32_t snapshot;  /* PB_BOOK_ */
  uint32_t depth;     /* levels per side that the book holds; the host drops deeper ones; 0 = all */
  pb_list bids;       /* of pb_level */
  pb_list asks;       /* of pb_level */
} pb_book;
enum {
  PB_BOOK_UPDATE = 0,   /* changes the book */
  PB_BOOK_SNAPSHOT = 1, /* replaces it at once */
  PB_BOOK_BEGIN = 2,    /* a whole book, aside */
  PB_BOOK_ASIDE = 3,    /* changes the one aside */
  PB_BOOK_COMMIT = 4    /* changes the one aside, which then replaces the book */
};

/** PB_EV_GAP: continuity is lost; the book is not ready until the next snapshot, which the connector asks for by
 * itself. */
typedef struct pb_gap {
  pb_rec rec;
  pb_id instrument;
  int64_t venue_ns;
  uint64_t expected_seq; /* what should have come, where the venue numbers updates */
  uint64_t got_seq;      /* what came */
  uint32_t reason;       /* PB_GAP_ */
  uint32_t reserved;     /* 0 */
} pb_gap;
enum {
  PB_GAP_SEQUENCE = 1,
  PB_GAP_CHECKSUM,
  PB_GAP_CLOSED,     /* its stream was cut */
  PB_GAP_OVERFLOW,   /* too many updates before the snapshot */
  PB_GAP_MALFORMED,  /* an update of this book could not be read */
  PB_GAP_COMMAND,    /* PB_CMD_RESYNC */
  PB_GAP_CROSSED     /* the book as rebuilt is impossible */
};

/** PB_EV_TRADE: a public trade. */
typedef struct pb_trade {
  pb_rec rec;
  pb_id instrument;
  int64_t venue_ns;
  int64_t price;    /* at price_exp */
  int64_t quantity; /* at quantity_exp */
  uint32_t side;    /* PB_SIDE_ of the taker */
  uint32_t flags;   /* PB_TRADE_ */
  pb_ref trade;     /* the venue's trade id */
} pb_trade;
enum { PB_TRADE_BACKFILL = 1 /* happened before the subscription */ };

/** PB_EV_TICKER: best bid and ask, and the day's figures. Prices and quantities at the instrument's exponents; present
 * says which fields are set. A side that is not set keeps what was set before; PB_TICKER_NO_BID says that the side is
 * empty now, which goes before PB_TICKER_BID. A price of zero never stands for an empty side. A quantity of zero beside
 * a price says that the venue does not say it. */
typedef struct pb_ticker {
  pb_rec rec;
  pb_id instrument;
  int64_t venue_ns;
  uint64_t seq;         /* venue's update id, comparable with the book's, or 0 */
  uint64_t present;     /* PB_TICKER_ bits */
  int64_t bid_price;
  int64_t bid_quantity;
  int64_t ask_price;
  int64_t ask_quantity;
  int64_t last_price;
  int64_t last_quantity;
  int64_t open_price;   /* 24 hours ago */
  int64_t high_price;   /* in 24 hours */
  int64_t low_price;
  pb_dec base_volume;   /* in 24 hours */
  pb_dec quote_volume;
} pb_ticker;
enum {
  PB_TICKER_BID = 1,
  PB_TICKER_ASK = 2,
  PB_TICKER_LAST = 4,
  PB_TICKER_DAY = 8,     /* open, high, low */
  PB_TICKER_NO_BID = 16, /* there is no bid */
  PB_TICKER_NO_ASK = 32  /* there is no ask */
};

/** PB_EV_ORDER: the state of an order as the venue says it. quantity, filled and average count over the order's life.
 *
 * Some venues change an order by cancelling it and making a new one, with a new id and figures that begin anew. There a
 * connector says `carried` in every record of an order, and quantity, filled and average are of venue_order alone. The
 * host adds what the venue orders before it had filled, as far as it was said, and at least `carried`; it remembers of
 * each venue order that its figures are its own. `continues` is said from the first record of the new one on, as far as
 * it is known; a new venue order of an order of the host without it takes the place of the latest. Then the order goes
 * on: fills of all its venue orders count for it, once each, and what is said of the end of an earlier one is no end of
 * it. That one was cancelled is reported as the venue says it, also when it comes before the new one: the host waits
 * for the end of the PB_CMD_AMEND, which comes after the first record of the new one. A PB_CMD_AMEND whose cancel was
 * carried out and whose new order was refused ends as PB_OUTCOME_REFUSED; one of which that is not known as
 * PB_OUTCOME_UNKNOWN. */
typedef struct pb_order {
  pb_rec rec;
  pb_id account;
  pb_id instrument;
  pb_id order;            /* the host's, where the connector knows it; else found by client_order or venue_order */
  pb_id command;          /* the command being answered, or 0 for a push */
  int64_t venue_ns;
  uint32_t state;         /* PB_ORDER_STATE_ */
  uint32_t side;          /* PB_SIDE_ */
  uint32_t type;          /* PB_TYPE_ */
  uint32_t time_in_force; /* PB_TIF_ */
  uint32_t flags;         /* PB_ORDER_ */
  uint32_t position;      /* PB_POSITION_ */
  uint32_t error;         /* PB_ERR_, when rejected */
  uint32_t reserved;      /* 0 */
  pb_dec price;
  pb_dec quantity;
  pb_dec filled;
  pb_dec average;         /* average price of what is filled */
  pb_dec stop;
  pb_ref client_order;
  pb_ref venue_order;
  pb_ref reason;          /* the venue's words */
  pb_dec carried;         /* present: the figures are of venue_order alone; at least so much was filled before it */
  pb_ref continues;       /* the venue order whose place it has taken */
  int64_t expiry_ns;      /* PB_TIF_GTD: when it ends, where the venue says; else 0 */
} pb_order;
enum {
  PB_ORDER_STATE_OPEN = 1,
  PB_ORDER_STATE_PARTIAL,
  PB_ORDER_STATE_FILLED,
  PB_ORDER_STATE_CANCELLED,
  PB_ORDER_STATE_REJECTED,
  PB_ORDER_STATE_EXPIRED,
  PB_ORDER_STATE_UNTRIGGERED /* a stop that waits */
};

/** PB_EV_FILL: one execution on an own account. The host counts a trade id once, whatever way it comes. One of an order
 * that the host did not place (by hand, by another program, by the venue) is reported as well, and kept without an
 * order. One that contradicts the order it names (account, instrument, side, a price beyond the limit, more than was
 * ordered) does not count for it; the host then asks PB_CMD_ORDER. */
typedef struct pb_fill {
  pb_rec rec;
  pb_id account;
  pb_id instrument;
  pb_id order;        /* as in pb_order */
  pb_id command;      /* the command being answered, or 0 */
  int64_t venue_ns;
  uint32_t side;      /* PB_SIDE_ of this account */
  uint32_t liquidity; /* PB_LIQUIDITY_ */
  uint32_t flags;     /* PB_FILL_ */
  uint32_t position;  /* PB_POSITION_ */
  pb_dec price;
  pb_dec quantity;
  pb_dec fee;         /* positive is paid, negative is received */
  pb_dec realized;    /* perpetuals: realized profit, where the venue says */
  pb_ref trade;       /* the venue's trade id, unique per instrument */
  pb_ref client_order;
  pb_ref venue_order;
  pb_ref fee_asset;
} pb_fill;
enum { PB_LIQUIDITY_MAKER = 1, PB_LIQUIDITY_TAKER = 2 };
enum {
  PB_FILL_FEE_ESTIMATED = 1,
  PB_FILL_FORCED = 2,     /* the venue's own order: it closed a position (a liquidation) */
  PB_FILL_DELEVERAGED = 4 /* the venue's own order: it closed a position against another account's loss */
};

/** PB_EV_BALANCE: an account's balance of one asset. */
typedef struct pb_balance {
  pb_rec rec;
  pb_id account;
  pb_id command;    /* the command being answered, or 0 for a push */
  int64_t venue_ns;
  pb_dec total;     /* what the account owns, unrealized profit left out */
  pb_dec available; /* what a new order may use */
  pb_ref asset;
} pb_balance;

/** PB_EV_FEES: an account's fee rates. */
typedef struct pb_fees {
  pb_rec rec;
  pb_id account;
  pb_id instrument; /* 0 = every instrument without its own */
  pb_id command;    /* the command being answered, or 0 */
  pb_dec maker;
  pb_dec taker;
} pb_fees;

/** PB_EV_REPLY: the end of a command. Facts that answer it come before it. REFUSED with PB_ERR_CLOCK says that nothing
 * has happened: the host may give the command once more, under its id, and forgets the orders that were reported as
 * rejected in answer to it. When anything else was reported of an order or a fill in answer to it, it is not given
 * again. */
typedef struct pb_reply {
  pb_rec rec;
  pb_id command;
  uint32_t outcome;       /* PB_OUTCOME_ */
  uint32_t error;         /* PB_ERR_, unless done */
  int64_t retry_after_ns; /* how long to wait, where the venue says: with PB_ERR_RATE_LIMIT nothing is sent for so
                             long, with PB_ERR_AUTH, a lockout, nothing of the account */
  pb_ref code;            /* the venue's error code as sent */
  pb_ref text;            /* the venue's words */
} pb_reply;
enum {
  PB_OUTCOME_DONE = 1,
  PB_OUTCOME_REFUSED = 2, /* the venue or the connector said no: it has not happened */
  PB_OUTCOME_UNKNOWN = 3  /* no answer: it may have happened */
};
enum {
  PB_ERR_AUTH = 1,
  PB_ERR_RATE_LIMIT,
  PB_ERR_CLOCK,
  PB_ERR_UNKNOWN_ORDER,
  PB_ERR_FUNDS,
  PB_ERR_INVALID_ORDER,
  PB_ERR_POST_ONLY,
  PB_ERR_MAINTENANCE,
  PB_ERR_TRANSIENT,
  PB_ERR_OTHER,
  PB_ERR_UNKNOWN_INSTRUMENT,
  PB_ERR_UNSUPPORTED,
  PB_ERR_REDUCE_ONLY,
  PB_ERR_NOT_SENT
};

/** PB_EV_COMPLETE: a set of facts that answers a command is whole: what was not in it no longer exists. */
typedef struct pb_complete {
  pb_rec rec;
  pb_id command;
  pb_id account;
  pb_id instrument; /* 0 = all */
  uint32_t what;    /* the PB_EV_ kind of the set */
  uint32_t flags;   /* PB_COMPLETE_ */
} pb_complete;
enum { PB_COMPLETE_PARTIAL = 1 /* the venue gives no more: absence proves nothing */ };

/** PB_EV_CANDLE: what was traded in one span of time, as the venue counts it, in answer to PB_CMD_CANDLES. A span
 * without a trade may have no candle. */
typedef struct pb_candle {
  pb_rec rec;
  pb_id instrument;
  pb_id command;       /* the command being answered */
  int64_t open_ns;     /* when it begins */
  int64_t interval_ns; /* between this and the beginning of the next */
  int64_t open;        /* at price_exp, as are the other prices */
  int64_t high;
  int64_t low;
  int64_t close;
  pb_dec base_volume;  /* in base; absent where the venue counts another way */
  pb_dec quote_volume; /* in quote; absent where the venue does not say it */
  uint64_t trades;     /* how many; counts where flags has PB_CANDLE_TRADES */
  uint32_t flags;      /* PB_CANDLE_ */
  uint32_t reserved;   /* 0 */
} pb_candle;
enum {
  PB_CANDLE_CLOSED = 1, /* its time is over: it does not change any more */
  PB_CANDLE_TRADES = 2  /* trades is said */
};

/* ---- patchbay.perp/1 --------------------------------------------------------------------------------------------- */

/** PB_EV_POSITION: an account's position. quantity 0 = closed. */
typedef struct pb_position {
  pb_rec rec;
  pb_id account;
  pb_id instrument;
  pb_id command;        /* the command being answered, or 0 for a push */
  int64_t venue_ns;
  uint32_t position;    /* PB_POSITION_; NET: quantity is signed */
  uint32_t margin_mode; /* PB_MARGIN_ */
  pb_dec quantity;      /* in base; negative is short */
  pb_dec entry;         /* average entry price */
  pb_dec mark;
  pb_dec liquidation;   /* estimated liquidation price */
  pb_dec unrealized;    /* in the settlement asset */
  pb_dec realized;
  pb_dec leverage;
  pb_dec margin;        /* isolated margin */
} pb_position;

/** PB_EV_FUNDING_RATE: the rate of the next funding. */
typedef struct pb_funding_rate {
  pb_rec rec;
  pb_id instrument;
  pb_id command;       /* the command being answered, or 0 */
  int64_t venue_ns;
  int64_t next_ns;     /* when it is paid */
  int64_t interval_ns; /* between fundings */
  pb_dec rate;         /* positive: longs pay shorts */
} pb_funding_rate;

/** PB_EV_FUNDING_PAYMENT: funding that an account paid or received. */
typedef struct pb_funding_payment {
  pb_rec rec;
  pb_id account;
  pb_id instrument;
  pb_id command;    /* the command being answered, or 0 for a push */
  int64_t venue_ns;
  pb_dec rate;
  pb_dec amount;    /* positive is received */
  pb_ref asset;
  pb_ref payment;   /* the venue's id, for counting it once */
} pb_funding_payment;

/** PB_EV_MARK: mark and index price. */
typedef struct pb_mark {
  pb_rec rec;
  pb_id instrument;
  int64_t venue_ns;
  pb_dec mark;
  pb_dec index;
} pb_mark;

/** PB_EV_LIQUIDATION: a liquidation, public or of an own position. */
typedef struct pb_liquidation {
  pb_rec rec;
  pb_id account;     /* 0 = public */
  pb_id instrument;
  int64_t venue_ns;
  uint32_t side;     /* PB_SIDE_ of the forced order */
  uint32_t what;     /* PB_LIQUIDATION_ */
  pb_dec price;
  pb_dec quantity;
} pb_liquidation;
enum { PB_LIQUIDATION_FORCED = 1, PB_LIQUIDATION_DELEVERAGED, PB_LIQUIDATION_MARGIN_CALL };

/** PB_EV_MODE: the modes an account really has. */
typedef struct pb_mode {
  pb_rec rec;
  pb_id account;
  pb_id instrument;       /* 0 = all */
  pb_id command;          /* the command being answered, or 0 */
  uint32_t margin_mode;   /* PB_MARGIN_, 0 = not said */
  uint32_t position_mode; /* PB_POSITION_MODE_, 0 = not said */
  pb_dec leverage;        /* absent = not said */
} pb_mode;

/* ---- patchbay.amm/1 ---------------------------------------------------------------------------------------------- */

/** PB_EV_POOL: the state of a pool. */
typedef struct pb_pool {
  pb_rec rec;
  pb_id instrument;
  int64_t venue_ns;
  uint64_t height;       /* block or ledger number */
  pb_u256 base_reserve;  /* in the token's smallest unit */
  pb_u256 quote_reserve; /* in the token's smallest unit */
  pb_dec price;          /* quote per base */
  pb_dec fee;
  uint32_t base_decimals;
  uint32_t quote_decimals;
} pb_pool;

/** PB_EV_QUOTE: what a swap would give. */
typedef struct pb_quote {
  pb_rec rec;
  pb_id instrument;
  pb_id command;
  int64_t valid_until_ns;
  uint32_t side;         /* PB_SIDE_ */
  uint32_t reserved;     /* 0 */
  pb_u256 amount_in;     /* in the token's smallest unit */
  pb_u256 amount_out;    /* in the token's smallest unit */
  pb_u256 amount_limit;  /* with the slippage limit applied */
  pb_dec price;
  pb_dec gas;            /* estimated cost in the chain's own asset */
  pb_ref route;          /* for people */
  uint32_t base_decimals;
  uint32_t quote_decimals;
} pb_quote;

/** PB_EV_TRANSACTION: a transaction's state on its chain. Several may be of one order, with one nonce: at most one of
 * them is ever included. */
typedef struct pb_transaction {
  pb_rec rec;
  pb_id account;
  pb_id command;
  int64_t venue_ns;
  uint64_t height;
  uint32_t state;     /* PB_TRANSACTION_ */
  uint32_t error;     /* PB_ERR_ */
  pb_dec gas;         /* paid, in the chain's own asset */
  pb_ref hash;
  pb_ref reason;
  pb_id order;        /* the host's, or 0 */
  uint64_t nonce;
} pb_transaction;
enum {
  PB_TRANSACTION_SUBMITTED = 1, /* a node has it */
  PB_TRANSACTION_INCLUDED,      /* in a block, which may still be taken back */
  PB_TRANSACTION_FINAL,         /* as deep as the connector's configuration wants it */
  PB_TRANSACTION_FAILED,        /* included and reverted, as deep */
  PB_TRANSACTION_REPLACED,      /* another one has taken its nonce, as deep */
  PB_TRANSACTION_DROPPED,       /* the node knows nothing of it any more; it may still be included */
  PB_TRANSACTION_REORGANISED    /* its block is no part of the chain any more: as SUBMITTED again */
};

/* ==== The library ================================================================================================= */

/** What the host gives to an instance. Lives as long as the instance, at a fixed address. */
typedef struct pb_host {
  uint32_t size;     /* sizeof the host's own pb_host */
  uint32_t reserved; /* 0 */
  void *ctx;         /* the host's; not for the connector */
  /** Hands a record to the host. Only inside create and deliver, on the calling thread; never fails but for a malformed
   * record (PB_E_ARGUMENT). The host is done with the record when it returns. */
  pb_status (*emit)(const struct pb_host *host, const pb_rec *record);
} pb_host;

/** One connector of a library. Constant for the life of the process. */
typedef struct pb_connector {
  uint32_t size;     /* sizeof the library's own pb_connector */
  uint32_t revision; /* PB_ABI_REVISION it was compiled with */
  /** NUL-terminated JSON object that must equal the manifest in the fields it states: "id", "name", "version",
   * "kind" ("spot", "perp", "amm"), "hosts", "extensions" (such as ["patchbay.perp/1"]), "credentials" (fields with
   * "name", "secret", "required"), "config" (fields with "name", "type", "default"), "verbs" (the commands it answers),
   * "channels", "order_types", "client_order_id" ("length", "pattern"), "domains". */
  const char *descriptor_json;
  /** Makes an instance. config_json is a JSON object with the fields of "config" and "domain". May emit. Answers PB_OK
   * and sets *self, or an error and leaves *self null. Called on the instance's lane. */
  pb_status (*create)(const pb_host *host, pb_span config_json, void **self);
  /** Delivers one input. The payload is empty but for FRAME and REPLY. Called on the instance's lane. */
  pb_status (*deliver)(void *self, const pb_input *input, pb_span payload);
  /** Ends an instance; must not emit. Called once, on the instance's lane, after which self is never used. */
  void (*destroy)(void *self);
} pb_connector;

/** What a library offers. Constant for the life of the process. */
typedef struct pb_entry {
  uint32_t magic;    /* PB_MAGIC */
  uint32_t revision; /* PB_ABI_REVISION */
  uint32_t size;     /* sizeof the library's own pb_entry */
  uint32_t count;    /* connectors, at least 1 */
  const pb_connector *const *connectors; /* pointers, so that pb_connector can grow */
} pb_entry;

/** The one symbol a library exports. Callable from any thread, any number of times; gives the same address each
 * time. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const pb_entry *patchbay_entry(void);

#ifdef __cplusplus
}
#endif
