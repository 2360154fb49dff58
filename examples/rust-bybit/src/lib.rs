//! Bybit spot in Rust, on the kit: market data of the Bybit API v5 (bybit-exchange.github.io/docs/v5), ported from the
//! connector in Swift (`Plugins/Bybit`) and certified by the same recordings.
//!
//! Requests and their answers are here, frames in `frames.rs`.

mod frames;

use patchbay_kit::facts::{InstrumentTexts, Limit, Refusal, Request};
use patchbay_kit::feed::{Channel, Feed, FeedPlan, Source, TopicName};
use patchbay_kit::input::{Command, Reply, Stream};
use patchbay_kit::json::Json;
use patchbay_kit::number::{dec, Decimal};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;
use patchbay_kit::{book, Connector};

/// "Rate Limit Rules".
const CONNECTIONS: Limit = Limit::new(1, "connections", PB_SCOPE_ADDRESS, 500, 300_000_000_000);
const REQUESTS: Limit = Limit::new(2, "requests", PB_SCOPE_ADDRESS, 600, 5_000_000_000);

const REST: &str = "https://api.bybit.com";
const BOOK: &str = "orderbook";
const CHANNELS: &[Channel] = &[
    Channel { carries: PB_CHANNEL_BOOK, name: BOOK },
    Channel { carries: PB_CHANNEL_TRADES, name: "publicTrade" },
    Channel { carries: PB_CHANNEL_TICKER, name: "tickers" },
];

/// "Orderbook: Depths". The book of one level is the ticker's.
fn levels(wanted: u32) -> u32 {
    let depths = [50, 200, 1000];
    depths.iter().copied().find(|depth| wanted > 0 && *depth >= wanted).unwrap_or(1000)
}

/// "Connect: How to Subscribe to Topics". "Ticker" of spot names no best prices: those are the book of one level.
fn write(topics: &[TopicName], is_unsubscribe: bool, id: pb_id) -> String {
    let mut args = Vec::new();
    for topic in topics {
        match topic.channel {
            BOOK => args.push(format!("\"{}.{}.{}\"", BOOK, topic.depth, topic.symbol)),
            "tickers" => {
                args.push(format!("\"tickers.{}\"", topic.symbol));
                args.push(format!("\"{}.1.{}\"", BOOK, topic.symbol));
            }
            other => args.push(format!("\"{}.{}\"", other, topic.symbol)),
        }
    }
    let op = if is_unsubscribe { "unsubscribe" } else { "subscribe" };
    format!("{{\"req_id\":\"{}\",\"op\":\"{}\",\"args\":[{}]}}", id, op, args.join(","))
}

/// What a request was for, and the command that it answers.
#[derive(Clone, Copy)]
enum Question {
    Clock,
    Instruments,
    Tickers,
}

pub struct Bybit {
    feed: Feed,
    /// Requests under way, with the command that each answers.
    questions: Vec<(pb_id, Question, pb_id)>,
}

impl Connector for Bybit {
    const DESCRIPTOR: &'static str = concat!(include_str!("../descriptor.json"), "\0");

    fn create(_config: &[u8], _out: &mut Output) -> Result<Bybit, String> {
        // "Orderbook": the first message of a subscription is the book, and each further one counts `u` on by one.
        let url = "wss://stream.bybit.com/v5/public/spot";
        let mut plan = FeedPlan::new(url, CHANNELS, book::Rule::Increment, Source::Stream, write);
        plan.levels = levels;
        // "Connect: Args limits": ten arguments a message, of which a ticker takes two.
        plan.topics_per_message = 5;
        // "Connect: How to Send the Heartbeat Packet".
        plan.ping = r#"{"op":"ping"}"#;
        plan.ping_every_ns = 20_000_000_000;
        plan.idle_ns = 60_000_000_000;
        plan.open_charges = vec![CONNECTIONS.charge()];
        Ok(Bybit { feed: Feed::new(plan), questions: Vec::new() })
    }

    fn start(&mut self, out: &mut Output, _is_trading: bool) {
        out.limits(&[CONNECTIONS, REQUESTS]);
    }

    fn opened(&mut self, out: &mut Output, stream: &Stream) {
        self.feed.opened(out, stream.id());
    }

    fn frame(&mut self, out: &mut Output, stream: &Stream, frame: &[u8]) -> pb_status {
        if !self.feed.owns(stream.id()) {
            return PB_E_STATE;
        }
        self.read(out, stream.id(), frame)
    }

    fn closed(&mut self, out: &mut Output, stream: &Stream) {
        self.feed.closed(out, stream.id(), stream.reason());
    }

    fn sent(&mut self, out: &mut Output, reply: &Reply) {
        self.feed.sent(out, reply);
    }

    fn timer(&mut self, out: &mut Output, timer: pb_id) -> pb_status {
        if self.feed.timer(out, timer) {
            PB_OK
        } else {
            PB_E_STATE
        }
    }

    fn command(&mut self, out: &mut Output, command: &Command) -> pb_status {
        if self.feed.command(out, command) {
            return PB_OK;
        }
        match command.fields.verb {
            PB_CMD_CLOCK => self.ask(out, Question::Clock, "/v5/market/time", command.id()),
            PB_CMD_INSTRUMENTS => {
                self.ask(out, Question::Instruments, "/v5/market/instruments-info?category=spot", command.id())
            }
            PB_CMD_TICKERS => self.ask(out, Question::Tickers, "/v5/market/tickers?category=spot", command.id()),
            _ => PB_E_UNSUPPORTED,
        }
    }

    fn reply(&mut self, out: &mut Output, reply: &Reply, body: &[u8]) -> pb_status {
        let at = match self.questions.iter().position(|question| question.0 == reply.request()) {
            Some(at) => at,
            None => return PB_E_STATE,
        };
        let (_, question, command) = self.questions.remove(at);
        if is_refused(out, reply, body, command) {
            return PB_OK;
        }
        let is_read = match question {
            Question::Clock => clock(out, reply.request(), body),
            Question::Instruments => self.instruments(out, body, command),
            Question::Tickers => self.tickers(out, body, command),
        };
        if is_read {
            out.done(command);
            return PB_OK;
        }
        let text = "the exchange's answer cannot be read";
        out.reply(command, PB_OUTCOME_UNKNOWN, Refusal { error: PB_ERR_OTHER, text, ..Refusal::default() });
        PB_E_PARSE
    }
}

patchbay_kit::connectors!(Bybit);

impl Bybit {
    fn ask(&mut self, out: &mut Output, question: Question, path: &str, command: pb_id) -> pb_status {
        let id = self.feed.new_id();
        let mut request = Request::get(format!("{}{}", REST, path));
        request.command = command;
        request.deadline_ns = 30_000_000_000;
        request.charges = vec![REQUESTS.charge()];
        self.questions.push((id, question, command));
        out.send(id, &request);
        PB_OK
    }

    /// "Get Instruments Info": spot comes whole. An entry that cannot be read spoils no other.
    fn instruments(&mut self, out: &mut Output, body: &[u8], command: pb_id) -> bool {
        let mut list = match whole(body, "result/list") {
            Some(list) => list,
            None => return false,
        };
        let (mut left, mut found): (u32, Vec<Rules>) = (0, Vec::new());
        list.enter_array();
        while list.next_element() {
            let mut entry = list.entry();
            match Rules::read(&mut entry) {
                Some(rules) if list.is_valid() => found.push(rules),
                _ => left += 1,
            }
        }
        if !list.is_valid() {
            return false;
        }
        // Only what is listed once is known for sure: of two entries of one symbol the first counts.
        let mut listed = vec![false; self.feed.markets.len()];
        for rules in &found {
            let (price_exp, quantity_exp) = (-rules.tick.places(), -rules.lot.places());
            match self.feed.list(out, &rules.symbol, price_exp, quantity_exp) {
                Some(number) if listed.get(number) != Some(&true) => {
                    listed.resize(listed.len().max(number + 1), false);
                    listed[number] = true;
                    rules.publish(out, number as pb_id + 1);
                }
                _ => left += 1,
            }
        }
        if left > 0 {
            out.warn(&format!("{} instruments could not be read or stand twice, and are left out", left));
        }
        out.complete(command, 0, 0, PB_EV_INSTRUMENT, false);
        true
    }

    /// "Get Tickers".
    fn tickers(&mut self, out: &mut Output, body: &[u8], command: pb_id) -> bool {
        let mut list = match whole(body, "result/list") {
            Some(list) => list,
            None => return false,
        };
        let mut left = 0;
        list.enter_array();
        while list.next_element() {
            let entry = list.entry();
            let symbol = entry.find("symbol").map(|mut symbol| symbol.string());
            let number = symbol.and_then(|symbol| self.feed.markets.find(symbol.bytes()));
            match number.and_then(|number| self.feed.markets.get(number)) {
                Some(market) => match frames::ticker(entry, market, 0) {
                    Some(fact) => out.ticker(fact),
                    None => left += 1,
                },
                None => left += u32::from(symbol.is_none()),
            }
        }
        if left > 0 {
            out.warn(&format!("{} tickers could not be read and are left out", left));
        }
        out.complete(command, 0, 0, PB_EV_TICKER, left > 0);
        list.is_valid()
    }
}

/// A value inside a body that as a whole is JSON.
fn whole<'a>(body: &'a [u8], path: &str) -> Option<Json<'a>> {
    let mut all = Json::new(body);
    all.skip();
    if all.is_complete() {
        Json::new(body).find(path)
    } else {
        None
    }
}

/// "Get Bybit Server Time"; every reply carries the time in milliseconds.
fn clock(out: &mut Output, request: pb_id, body: &[u8]) -> bool {
    let time = whole(body, "time").map_or(0, |mut time| time.milliseconds());
    if time > 0 {
        out.clock(request, time, 0);
    }
    time > 0
}

/// Whether the exchange, or nobody, answered otherwise than with success; then the command is refused. Questions
/// change nothing, so that none of them is in doubt. "Error Codes: UTA".
fn is_refused(out: &mut Output, reply: &Reply, body: &[u8], command: pb_id) -> bool {
    let said = |name: &str| Json::new(body).find(name).map(|mut value| value.scalar().string()).unwrap_or_default();
    let (code, words) = (said("retCode"), said("retMsg"));
    let has_own_code = reply.outcome() == PB_REPLIED && !code.is_empty() && code != "0";
    if reply.is_success() && !has_own_code {
        return false;
    }
    let status = reply.status();
    let (error, code, text) = match reply.outcome() {
        PB_NOT_SENT => (PB_ERR_NOT_SENT, String::new(), reply.reason().to_string()),
        PB_REPLIED if has_own_code => (error(&code), code, words),
        PB_REPLIED => {
            let error = match status {
                403 | 418 | 429 => PB_ERR_RATE_LIMIT,
                401 => PB_ERR_AUTH,
                503 => PB_ERR_MAINTENANCE,
                500..=599 => PB_ERR_TRANSIENT,
                _ => PB_ERR_OTHER,
            };
            (error, status.to_string(), format!("HTTP status {}", status))
        }
        _ => (PB_ERR_TRANSIENT, String::new(), reply.reason().to_string()),
    };
    let retry_after_ns = reply.retry_after_ns();
    out.reply(command, PB_OUTCOME_REFUSED, Refusal { error, retry_after_ns, code: &code, text: &text });
    true
}

fn error(code: &str) -> u32 {
    match code {
        "429" | "10006" | "10018" | "10429" => PB_ERR_RATE_LIMIT,
        "-1" | "10002" => PB_ERR_CLOCK,
        "10000" | "10016" => PB_ERR_TRANSIENT,
        "10001" => PB_ERR_INVALID_ORDER,
        _ => PB_ERR_OTHER,
    }
}

/// The rules of an instrument.
#[derive(Default)]
struct Rules {
    symbol: String,
    base: String,
    quote: String,
    status: String,
    tick: Decimal,
    lot: Decimal,
    min_quantity: Option<Decimal>,
    max_quantity: Option<Decimal>,
    min_notional: Option<Decimal>,
    max_notional: Option<Decimal>,
}

impl Rules {
    /// `None` when it cannot be read, or lacks what every instrument needs.
    fn read(json: &mut Json) -> Option<Rules> {
        let mut rules = Rules::default();
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"symbol" => rules.symbol = json.string().string(),
                b"baseCoin" => rules.base = json.string().string(),
                b"quoteCoin" => rules.quote = json.string().string(),
                b"status" => rules.status = json.string().string(),
                b"lotSizeFilter" | b"priceFilter" => rules.read_steps(json),
                _ => json.skip(),
            }
        }
        let names = [&rules.symbol, &rules.base, &rules.quote];
        // The symbol stands in messages, between quotes.
        let is_plain = rules.symbol.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        let is_whole = names.iter().all(|name| !name.is_empty()) && rules.base != rules.quote && is_plain;
        if json.is_valid() && is_whole && rules.tick.is_positive() && rules.lot.is_positive() {
            Some(rules)
        } else {
            None
        }
    }

    fn read_steps(&mut self, json: &mut Json) {
        let positive = |json: &mut Json| json.optional().filter(|value| value.is_positive());
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"tickSize" => self.tick = json.decimal(),
                b"basePrecision" => self.lot = json.decimal(),
                b"minOrderQty" => self.min_quantity = positive(json),
                b"maxOrderQty" | b"maxLimitOrderQty" => self.max_quantity = positive(json),
                b"minOrderAmt" => self.min_notional = positive(json),
                b"maxOrderAmt" => self.max_notional = positive(json),
                _ => json.skip(),
            }
        }
    }

    fn publish(&self, out: &mut Output, instrument: pb_id) {
        let is_trading = self.status == "Trading";
        let mut fact: pb_instrument = zero();
        fact.instrument = instrument;
        fact.kind = PB_KIND_SPOT;
        fact.state = if is_trading { PB_INSTRUMENT_TRADING } else { PB_INSTRUMENT_HALTED };
        fact.price_exp = -self.tick.places();
        fact.quantity_exp = -self.lot.places();
        fact.tick = self.tick.dec();
        fact.lot = self.lot.dec();
        fact.min_quantity = dec(self.min_quantity);
        fact.max_quantity = dec(self.max_quantity);
        fact.min_notional = dec(self.min_notional);
        fact.max_notional = dec(self.max_notional);
        fact.multiplier = Decimal::ONE.dec();
        let reason = if is_trading { String::new() } else { format!("the exchange says {}", self.status) };
        let (symbol, base, quote) = (self.symbol.as_str(), self.base.as_str(), self.quote.as_str());
        out.instrument(fact, InstrumentTexts { symbol, base, quote, settle: "", reason: &reason });
    }
}
