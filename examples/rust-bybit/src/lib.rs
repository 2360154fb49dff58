//! Bybit spot in Rust, on the kit: the Bybit API v5 (bybit-exchange.github.io/docs/v5), ported from the connector in
//! Swift (`Plugins/Bybit`) and certified by the same recordings, vectors and samples.
//!
//! Inputs, public requests and instruments are here, public frames in `frames.rs`, orders in `orders.rs`, `asking.rs`
//! and `reading.rs`, the account and its stream in `account.rs`, the exchange's words and codes in `words.rs`.

mod account;
mod asking;
mod frames;
mod orders;
mod reading;
mod words;

use orders::Writing;
use patchbay_kit::call::Call;
use patchbay_kit::facts::{InstrumentTexts, Limit, Refusal};
use patchbay_kit::faults::Fault;
use patchbay_kit::feed::{Channel, Feed, FeedPlan, Source, TopicName};
use patchbay_kit::history::Walk;
use patchbay_kit::input::{Account, Command, Reply, Stream};
use patchbay_kit::json::Json;
use patchbay_kit::number::{dec, Decimal};
use patchbay_kit::orders::{WaitingOrders, Wish};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;
use patchbay_kit::private::Accounts;
use patchbay_kit::{book, Connector};

/// "Rate Limit Rules".
const CONNECTIONS: Limit = Limit::new(1, "connections", PB_SCOPE_ADDRESS, 500, 300_000_000_000);
const REQUESTS: Limit = Limit::new(2, "requests", PB_SCOPE_ADDRESS, 600, 5_000_000_000);

const REST: &str = "https://api.bybit.com";
/// "Connect: How to Send the Heartbeat Packet".
const PING: &str = r#"{"op":"ping"}"#;
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

/// What a request was for.
enum Question {
    Clock,
    Instruments,
    Tickers,
    /// Orders that were placed, changed or cancelled.
    Write(Vec<Wish>),
    /// An order, looked for among those that live or among those that have ended.
    Find(Box<Wish>, bool),
    List(Box<Walk>),
    Balances(pb_id),
    /// Of an account, and of one instrument or all.
    Fees(pb_id, pb_id),
}

pub struct Bybit {
    feed: Feed,
    accounts: Accounts,
    /// Requests under way, with the command that each answers.
    questions: Vec<(pb_id, Question, pb_id)>,
    writings: Vec<Writing>,
    waiting: WaitingOrders,
    /// Base and quote, by the number of the market.
    assets: Vec<(String, String)>,
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
        plan.ping = PING;
        plan.ping_every_ns = 20_000_000_000;
        plan.idle_ns = 60_000_000_000;
        plan.open_charges = vec![CONNECTIONS.charge()];
        Ok(Bybit {
            feed: Feed::new(plan),
            accounts: Accounts::new(account::plan()),
            questions: Vec::new(),
            writings: Vec::new(),
            waiting: WaitingOrders::default(),
            assets: Vec::new(),
        })
    }

    fn start(&mut self, out: &mut Output, _is_trading: bool) {
        use orders::*;
        out.limits(&[
            CONNECTIONS, REQUESTS, ORDERS, AMENDS, CANCELS, QUERIES, HISTORIES, EXECUTIONS, WALLETS, FEE_RATES,
        ]);
    }

    fn account(&mut self, out: &mut Output, account: &Account) {
        self.accounts.account(out, &mut self.feed, account);
    }

    fn opened(&mut self, out: &mut Output, stream: &Stream) {
        if !self.feed.opened(out, stream.id()) {
            self.accounts.opened(out, &mut self.feed, stream.id());
        }
    }

    fn frame(&mut self, out: &mut Output, stream: &Stream, frame: &[u8]) -> pb_status {
        if self.feed.owns(stream.id()) {
            return self.read(out, stream.id(), frame);
        }
        match self.accounts.frame(stream.id()) {
            Some(Some(account)) => self.private_frame(out, account, frame),
            Some(None) => PB_OK,
            None => PB_E_STATE,
        }
    }

    fn closed(&mut self, out: &mut Output, stream: &Stream) {
        if !self.feed.closed(out, stream.id(), stream.reason()) {
            self.accounts.closed(out, &mut self.feed, stream.id(), stream.reason());
        }
    }

    fn sent(&mut self, out: &mut Output, reply: &Reply) {
        if !self.feed.sent(out, reply) {
            self.accounts.sent(reply.request());
        }
    }

    fn timer(&mut self, out: &mut Output, timer: pb_id) -> pb_status {
        if self.feed.timer(out, timer) || self.accounts.timer(out, &mut self.feed, timer) {
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
            PB_CMD_PLACE..=PB_CMD_ORDER_HISTORY => self.private_command(out, command),
            _ => PB_E_UNSUPPORTED,
        }
    }

    fn reply(&mut self, out: &mut Output, reply: &Reply, body: &[u8]) -> pb_status {
        let at = match self.questions.iter().position(|question| question.0 == reply.request()) {
            Some(at) => at,
            None => return PB_E_STATE,
        };
        let (_, question, command) = self.questions.remove(at);
        let fault = words::ERRORS.of(reply, body).map(words::corrected);
        let is_read = match question {
            Question::Write(parts) => return self.written(out, body, fault, parts),
            Question::Find(wish, is_history) => return self.found(out, body, fault, *wish, is_history),
            question => match fault {
                Some(fault) => {
                    refuse(out, command, &question, fault);
                    return PB_OK;
                }
                // A list answers the command itself, at its last page.
                None => match question {
                    Question::List(walk) => {
                        if self.page(out, body, *walk) {
                            return PB_OK;
                        }
                        false
                    }
                    Question::Clock => clock(out, reply.request(), body),
                    Question::Instruments => self.instruments(out, body, command),
                    Question::Tickers => self.tickers(out, body, command),
                    Question::Balances(account) => self.wallet(out, body, command, account),
                    Question::Fees(account, instrument) => {
                        self.fee_rates(out, body, command, (account, instrument))
                    }
                    _ => false,
                },
            },
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

/// A question changes nothing, so that none is in doubt. Where no account asked, a lockout is one of the address.
fn refuse(out: &mut Output, command: pb_id, question: &Question, mut fault: Fault) {
    let is_public = matches!(question, Question::Clock | Question::Instruments | Question::Tickers);
    if is_public && fault.retry_after_ns > 0 {
        fault.error = PB_ERR_RATE_LIMIT;
    }
    fault.refuse(out, command);
}

patchbay_kit::connectors!(Bybit);

impl Bybit {
    fn ask(&mut self, out: &mut Output, question: Question, path: &'static str, command: pb_id) -> pb_status {
        let id = self.feed.new_id();
        let mut call = Call::new("", PB_METHOD_GET, path);
        call.deadline_ns = 30_000_000_000;
        call.charges = vec![REQUESTS.charge()];
        self.questions.push((id, question, command));
        out.send(id, &call.request(REST, command));
        PB_OK
    }

    /// A command of an account.
    fn private_command(&mut self, out: &mut Output, command: &Command) -> pb_status {
        let fields = &command.fields;
        if !self.accounts.has(fields.account) {
            out.refuse(command.id(), PB_ERR_AUTH, &format!("no account {}", fields.account));
            return PB_OK;
        }
        match fields.verb {
            PB_CMD_PLACE | PB_CMD_AMEND | PB_CMD_CANCEL | PB_CMD_CANCEL_MANY => self.write(out, command),
            PB_CMD_ORDER => self.find(out, command),
            PB_CMD_OPEN_ORDERS | PB_CMD_ORDER_HISTORY | PB_CMD_FILLS => self.list(out, command),
            PB_CMD_BALANCES => {
                let mut call = Call::new("wallet", PB_METHOD_GET, "/v5/account/wallet-balance");
                call.charges = vec![REQUESTS.charge(), orders::WALLETS.charge()];
                call.set("accountType", "UNIFIED");
                self.ask_signed(out, &call, command.id(), fields.account, Question::Balances(fields.account));
            }
            PB_CMD_FEES => {
                let mut call = Call::new("fee_rates", PB_METHOD_GET, "/v5/account/fee-rate");
                call.charges = vec![REQUESTS.charge(), orders::FEE_RATES.charge()];
                call.set("category", "spot");
                match self.feed.markets.with_id(fields.instrument) {
                    Some(market) => call.set("symbol", &market.symbol),
                    None if fields.instrument == 0 => {}
                    None => {
                        out.refuse(command.id(), PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument");
                        return PB_OK;
                    }
                }
                let question = Question::Fees(fields.account, fields.instrument);
                self.ask_signed(out, &call, command.id(), fields.account, question);
            }
            _ => return PB_E_UNSUPPORTED,
        }
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
                    self.assets.resize(self.assets.len().max(number + 1), Default::default());
                    self.assets[number] = (rules.base.clone(), rules.quote.clone());
                    rules.publish(out, number as pb_id + 1);
                }
                _ => left += 1,
            }
        }
        if left > 0 {
            out.warn(&format!("{} instruments could not be read or stand twice, and are left out", left));
        }
        out.complete(command, 0, 0, PB_EV_INSTRUMENT, false);
        self.accounts.instruments_came(out, &mut self.feed);
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
            match symbol.and_then(|symbol| self.feed.markets.named(symbol.bytes())) {
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
        orders::OFFER.describe(&mut fact);
        let reason = if is_trading { String::new() } else { format!("the exchange says {}", self.status) };
        let (symbol, base, quote) = (self.symbol.as_str(), self.base.as_str(), self.quote.as_str());
        out.instrument(fact, InstrumentTexts { symbol, base, quote, settle: "", reason: &reason });
    }
}
