//! The records that a connector emits, one method each. What a field means stands in `patchbay.h`; a field that is not
//! known stays zero, which means absent.

use crate::json::Text;
use crate::output::Output;
use crate::patchbay::*;
use crate::seal::Sealed;

/// A rate limit of the exchange: `capacity` of weight in `interval_ns`.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub bucket: u32,
    pub name: &'static str,
    /// `PB_SCOPE_`.
    pub scope: u32,
    pub capacity: u32,
    pub interval_ns: i64,
    pub used_header: &'static str,
    pub remaining_header: &'static str,
}

impl Limit {
    pub const fn new(bucket: u32, name: &'static str, scope: u32, capacity: u32, interval_ns: i64) -> Limit {
        Limit { bucket, name, scope, capacity, interval_ns, used_header: "", remaining_header: "" }
    }

    /// What one request costs of it.
    pub const fn charge(&self) -> pb_charge {
        pb_charge { bucket: self.bucket, weight: 1 }
    }
}

/// An HTTP request, or a frame on a stream.
#[derive(Clone)]
pub struct Request {
    /// `PB_METHOD_`.
    pub method: u32,
    pub url: Sealed,
    pub headers: Vec<(String, Sealed)>,
    pub body: Sealed,
    pub account: pb_id,
    pub command: pb_id,
    pub stream: pb_id,
    pub is_binary: bool,
    /// `PB_PRIORITY_`.
    pub priority: u32,
    /// `PB_FLAG_`.
    pub flags: u32,
    /// From now; 0 = the host's default.
    pub deadline_ns: i64,
    pub permission: &'static str,
    pub charges: Vec<pb_charge>,
    /// JSON pointer and slot.
    pub captures: Vec<(String, u32)>,
}

impl Request {
    pub fn new(method: u32, url: impl Into<Sealed>) -> Request {
        Request {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Sealed::new(),
            account: 0,
            command: 0,
            stream: 0,
            is_binary: false,
            priority: PB_PRIORITY_QUERY,
            flags: 0,
            deadline_ns: 0,
            permission: "",
            charges: Vec::new(),
            captures: Vec::new(),
        }
    }

    pub fn get(url: impl Into<Sealed>) -> Request {
        Request::new(PB_METHOD_GET, url)
    }

    /// A text frame on an open stream.
    pub fn frame(stream: pb_id, body: impl Into<Sealed>) -> Request {
        let mut request = Request::new(0, "");
        request.stream = stream;
        request.body = body.into();
        request
    }

    pub fn header(&mut self, name: &str, value: impl Into<Sealed>) {
        self.headers.push((name.to_string(), value.into()));
    }
}

/// A stream to open.
#[derive(Clone, Default)]
pub struct Open {
    pub url: Sealed,
    pub headers: Vec<(String, Sealed)>,
    pub account: pb_id,
    pub command: pb_id,
    pub permission: &'static str,
    pub charges: Vec<pb_charge>,
    /// Closed when nothing comes for so long; 0 = the host's default.
    pub idle_ns: i64,
    /// `PB_OPEN_`.
    pub flags: u32,
}

/// The texts of an instrument.
#[derive(Clone, Copy, Debug, Default)]
pub struct InstrumentTexts<'a> {
    pub symbol: &'a str,
    pub base: &'a str,
    pub quote: &'a str,
    pub settle: &'a str,
    pub reason: &'a str,
}

/// The texts of an order.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderTexts<'a> {
    pub client_order: Text<'a>,
    pub venue_order: Text<'a>,
    pub reason: Text<'a>,
    pub continues: Text<'a>,
}

/// The texts of a fill.
#[derive(Clone, Copy, Debug, Default)]
pub struct FillTexts<'a> {
    pub trade: Text<'a>,
    pub client_order: Text<'a>,
    pub venue_order: Text<'a>,
    pub fee_asset: Text<'a>,
}

/// How a command ends when it is not done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refusal<'a> {
    /// `PB_ERR_`.
    pub error: u32,
    pub retry_after_ns: i64,
    pub code: &'a str,
    pub text: &'a str,
}

/// Requests to the host.
impl Output {
    pub fn send(&mut self, id: pb_id, request: &Request) {
        let mut fact: pb_out_request = self.begin();
        fact.request = id;
        fact.account = request.account;
        fact.command = request.command;
        fact.stream = request.stream;
        if request.stream == 0 {
            fact.method = request.method;
        } else {
            fact.opcode = if request.is_binary { PB_OPCODE_BINARY } else { PB_OPCODE_TEXT };
        }
        fact.priority = request.priority;
        fact.flags = request.flags;
        fact.deadline_ns = request.deadline_ns;
        fact.permission = self.text(request.permission);
        fact.url = self.sealed(&request.url);
        fact.body = self.sealed(&request.body);
        fact.headers = self.headers(&request.headers);
        fact.charges = self.list(&request.charges);
        let mut captures = Vec::with_capacity(request.captures.len());
        for (path, slot) in &request.captures {
            captures.push(pb_capture { path: self.text(path), slot: *slot, reserved: 0 });
        }
        fact.captures = self.list(&captures);
        self.emit(PB_OUT_REQUEST, fact);
    }

    fn headers(&mut self, headers: &[(String, Sealed)]) -> pb_list {
        let mut list = Vec::with_capacity(headers.len());
        for (name, value) in headers {
            let name = self.text(name);
            list.push(pb_header { name, value: self.sealed(value) });
        }
        self.list(&list)
    }

    /// If the request has not left, it never will.
    pub fn abort(&mut self, request: pb_id) {
        let fact: pb_out_abort = self.begin();
        self.emit(PB_OUT_ABORT, pb_out_abort { request, ..fact });
    }

    pub fn open(&mut self, stream: pb_id, open: &Open) {
        let mut fact: pb_out_open = self.begin();
        fact.stream = stream;
        fact.account = open.account;
        fact.command = open.command;
        fact.url = self.sealed(&open.url);
        fact.headers = self.headers(&open.headers);
        fact.charges = self.list(&open.charges);
        fact.permission = self.text(open.permission);
        fact.idle_ns = open.idle_ns;
        fact.flags = open.flags;
        self.emit(PB_OUT_OPEN, fact);
    }

    pub fn close(&mut self, stream: pb_id, reason: &str) {
        let fact: pb_out_close = self.begin();
        let reason = self.text(reason);
        self.emit(PB_OUT_CLOSE, pb_out_close { stream, reason, ..fact });
    }

    /// Asks for a timer's input after so long; one that runs is moved, and 0 cancels it.
    pub fn timer(&mut self, timer: pb_id, after_ns: i64) {
        let fact: pb_out_timer = self.begin();
        self.emit(PB_OUT_TIMER, pb_out_timer { timer, after_ns: after_ns.max(0), ..fact });
    }

    /// `level`: `PB_LOG_`.
    pub fn log(&mut self, level: u32, text: &str) {
        let fact: pb_out_log = self.begin();
        let text = self.text(text);
        self.emit(PB_OUT_LOG, pb_out_log { level, text, ..fact });
    }

    pub fn warn(&mut self, text: &str) {
        self.log(PB_LOG_WARNING, text);
    }

    /// The connector cannot go on.
    pub fn fault(&mut self, error: u32, text: &str) {
        let fact: pb_out_fault = self.begin();
        let text = self.text(text);
        self.emit(PB_OUT_FAULT, pb_out_fault { error, text, ..fact });
    }
}

/// The market.
impl Output {
    /// The state of a market's channel; `error` and `text` where it is down or rejected.
    pub fn state(&mut self, instrument: pb_id, channel: u32, state: u32, error: u32, text: &str) {
        let fact: pb_state = self.begin();
        let text = self.text(text);
        self.emit(PB_EV_STATE, pb_state { instrument, channel, state, error, text, ..fact });
    }

    /// The state of an account's private stream.
    pub fn account_state(&mut self, account: pb_id, state: u32, error: u32, retry_after_ns: i64, text: &str) {
        let fact: pb_state = self.begin();
        let (text, channel) = (self.text(text), PB_CHANNEL_PRIVATE);
        self.emit(PB_EV_STATE, pb_state { account, channel, state, error, text, retry_after_ns, ..fact });
    }

    pub fn limits(&mut self, limits: &[Limit]) {
        let fact: pb_limits = self.begin();
        let mut list = Vec::with_capacity(limits.len());
        for limit in limits {
            list.push(pb_limit {
                bucket: limit.bucket,
                scope: limit.scope,
                kind: PB_LIMIT_WINDOW,
                capacity: limit.capacity,
                interval_ns: limit.interval_ns,
                name: self.text(limit.name),
                used_header: self.text(limit.used_header),
                remaining_header: self.text(limit.remaining_header),
            });
        }
        let limits = self.list(&list);
        self.emit(PB_EV_LIMITS, pb_limits { limits, ..fact });
    }

    pub fn clock(&mut self, request: pb_id, venue_ns: i64, resolution_ns: i64) {
        let fact: pb_clock = self.begin();
        self.emit(PB_EV_CLOCK, pb_clock { request, venue_ns, resolution_ns, ..fact });
    }

    pub fn instrument(&mut self, mut fact: pb_instrument, texts: InstrumentTexts) {
        let _: pb_instrument = self.begin();
        fact.symbol = self.text(texts.symbol);
        fact.base = self.text(texts.base);
        fact.quote = self.text(texts.quote);
        fact.settle = self.text(texts.settle);
        fact.reason = self.text(texts.reason);
        self.emit(PB_EV_INSTRUMENT, fact);
    }

    /// Emits the book whose levels stand in the record that `begin_book` began.
    pub fn book(&mut self, fact: pb_book) {
        self.emit(PB_EV_BOOK, fact);
    }

    pub fn gap(&mut self, instrument: pb_id, reason: u32, expected_seq: u64, got_seq: u64, venue_ns: i64) {
        let fact: pb_gap = self.begin();
        self.emit(PB_EV_GAP, pb_gap { instrument, venue_ns, expected_seq, got_seq, reason, ..fact });
    }

    pub fn trade(&mut self, mut fact: pb_trade, id: Text) {
        let _: pb_trade = self.begin();
        fact.trade = self.peer_text(id);
        self.emit(PB_EV_TRADE, fact);
    }

    pub fn ticker(&mut self, fact: pb_ticker) {
        let _: pb_ticker = self.begin();
        self.emit(PB_EV_TICKER, fact);
    }

    pub fn candle(&mut self, fact: pb_candle) {
        let _: pb_candle = self.begin();
        self.emit(PB_EV_CANDLE, fact);
    }

    pub fn funding_rate(&mut self, fact: pb_funding_rate) {
        let _: pb_funding_rate = self.begin();
        self.emit(PB_EV_FUNDING_RATE, fact);
    }

    pub fn mark(&mut self, fact: pb_mark) {
        let _: pb_mark = self.begin();
        self.emit(PB_EV_MARK, fact);
    }

    pub fn liquidation(&mut self, fact: pb_liquidation) {
        let _: pb_liquidation = self.begin();
        self.emit(PB_EV_LIQUIDATION, fact);
    }
}

/// Accounts and answers.
impl Output {
    pub fn order(&mut self, mut fact: pb_order, texts: OrderTexts) {
        let _: pb_order = self.begin();
        fact.client_order = self.peer_text(texts.client_order);
        fact.venue_order = self.peer_text(texts.venue_order);
        fact.reason = self.peer_text(texts.reason);
        fact.continues = self.peer_text(texts.continues);
        self.emit(PB_EV_ORDER, fact);
    }

    pub fn fill(&mut self, mut fact: pb_fill, texts: FillTexts) {
        let _: pb_fill = self.begin();
        fact.trade = self.peer_text(texts.trade);
        fact.client_order = self.peer_text(texts.client_order);
        fact.venue_order = self.peer_text(texts.venue_order);
        fact.fee_asset = self.peer_text(texts.fee_asset);
        self.emit(PB_EV_FILL, fact);
    }

    pub fn balance(&mut self, mut fact: pb_balance, asset: Text) {
        let _: pb_balance = self.begin();
        fact.asset = self.peer_text(asset);
        self.emit(PB_EV_BALANCE, fact);
    }

    pub fn fees(&mut self, fact: pb_fees) {
        let _: pb_fees = self.begin();
        self.emit(PB_EV_FEES, fact);
    }

    pub fn position(&mut self, fact: pb_position) {
        let _: pb_position = self.begin();
        self.emit(PB_EV_POSITION, fact);
    }

    pub fn funding_payment(&mut self, mut fact: pb_funding_payment, asset: Text, payment: Text) {
        let _: pb_funding_payment = self.begin();
        fact.asset = self.peer_text(asset);
        fact.payment = self.peer_text(payment);
        self.emit(PB_EV_FUNDING_PAYMENT, fact);
    }

    pub fn mode(&mut self, fact: pb_mode) {
        let _: pb_mode = self.begin();
        self.emit(PB_EV_MODE, fact);
    }

    /// The set that answers a command is whole; `what`: `PB_EV_`.
    pub fn complete(&mut self, command: pb_id, account: pb_id, instrument: pb_id, what: u16, is_partial: bool) {
        let fact: pb_complete = self.begin();
        let (what, flags) = (u32::from(what), if is_partial { PB_COMPLETE_PARTIAL } else { 0 });
        self.emit(PB_EV_COMPLETE, pb_complete { command, account, instrument, what, flags, ..fact });
    }

    pub fn done(&mut self, command: pb_id) {
        self.reply(command, PB_OUTCOME_DONE, Refusal::default());
    }

    pub fn refuse(&mut self, command: pb_id, error: u32, text: &str) {
        self.reply(command, PB_OUTCOME_REFUSED, Refusal { error, text, ..Refusal::default() });
    }

    /// The end of a command; `outcome`: `PB_OUTCOME_`.
    pub fn reply(&mut self, command: pb_id, outcome: u32, why: Refusal) {
        let fact: pb_reply = self.begin();
        let (code, text) = (self.text(why.code), self.text(why.text));
        let (error, retry_after_ns) = (why.error, why.retry_after_ns.max(0));
        self.emit(PB_EV_REPLY, pb_reply { command, outcome, error, retry_after_ns, code, text, ..fact });
    }
}
