//! Answers to requests: instruments, the clock, refusals. "Requests".

use crate::exchange::{ERROR_CODE_AT, ERROR_TEXT_AT, MARKETS_AT, OFFER, TIME_AT};
use crate::Sandbar;
use patchbay_kit::facts::{InstrumentTexts, Refusal};
use patchbay_kit::input::Reply;
use patchbay_kit::json::Json;
use patchbay_kit::number::{dec, Decimal};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;

impl Sandbar {
    /// An entry that cannot be read spoils no other; of two of one symbol the first counts.
    pub(crate) fn instruments(&mut self, out: &mut Output, body: &[u8], command: pb_id) -> bool {
        let mut list = match whole(body, MARKETS_AT) {
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
}

/// A value inside a body that as a whole is JSON.
pub(crate) fn whole<'a>(body: &'a [u8], path: &str) -> Option<Json<'a>> {
    let mut all = Json::new(body);
    all.skip();
    if all.is_complete() {
        Json::new(body).find(path)
    } else {
        None
    }
}

pub(crate) fn clock(out: &mut Output, request: pb_id, body: &[u8]) -> bool {
    let time = whole(body, TIME_AT).map_or(0, |mut time| time.milliseconds());
    if time > 0 {
        out.clock(request, time, 0);
    }
    time > 0
}

/// Whether the exchange, or nobody, answered otherwise than with success; then the command is refused. Questions
/// change nothing, so that none of them is in doubt.
pub(crate) fn is_refused(out: &mut Output, reply: &Reply, body: &[u8], command: pb_id) -> bool {
    let said = |at: &str| Json::new(body).find(at).map(|mut value| value.scalar().string()).unwrap_or_default();
    let (mut code, mut text) = (said(ERROR_CODE_AT), said(ERROR_TEXT_AT));
    let is_replied = reply.outcome() == PB_REPLIED;
    if reply.is_success() && code.is_empty() {
        return false;
    }
    let error = match reply.outcome() {
        PB_REPLIED => error(&code, reply.status()),
        PB_NOT_SENT => PB_ERR_NOT_SENT,
        _ => PB_ERR_TRANSIENT,
    };
    if !is_replied {
        code.clear();
        text = reply.reason().to_string();
    } else if text.is_empty() {
        text = format!("HTTP status {}", reply.status());
    }
    let retry_after_ns = reply.retry_after_ns();
    out.reply(command, PB_OUTCOME_REFUSED, Refusal { error, retry_after_ns, code: &code, text: &text });
    true
}

/// "Requests": errors.
fn error(code: &str, status: u32) -> u32 {
    match (code, status) {
        ("no_such_market", _) => PB_ERR_UNKNOWN_INSTRUMENT,
        ("slow_down", _) | (_, 418) | (_, 429) => PB_ERR_RATE_LIMIT,
        (_, 401) | (_, 403) => PB_ERR_AUTH,
        (_, 503) => PB_ERR_MAINTENANCE,
        (_, 500..=599) => PB_ERR_TRANSIENT,
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
    maker: Option<Decimal>,
    taker: Option<Decimal>,
}

impl Rules {
    /// `None` when it cannot be read, or lacks what every instrument needs.
    fn read(json: &mut Json) -> Option<Rules> {
        let mut rules = Rules::default();
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"symbol" => rules.symbol = json.string().string(),
                b"base" => rules.base = json.string().string(),
                b"quote" => rules.quote = json.string().string(),
                b"status" => rules.status = json.string().string(),
                b"tick" => rules.tick = json.decimal(),
                b"lot" => rules.lot = json.decimal(),
                b"maker" => rules.maker = json.optional(),
                b"taker" => rules.taker = json.optional(),
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

    fn publish(&self, out: &mut Output, instrument: pb_id) {
        let is_open = self.status == "open";
        let mut fact: pb_instrument = zero();
        fact.instrument = instrument;
        fact.kind = PB_KIND_SPOT;
        fact.state = if is_open { PB_INSTRUMENT_TRADING } else { PB_INSTRUMENT_HALTED };
        fact.price_exp = -self.tick.places();
        fact.quantity_exp = -self.lot.places();
        fact.tick = self.tick.dec();
        fact.lot = self.lot.dec();
        fact.maker_fee = dec(self.maker);
        fact.taker_fee = dec(self.taker);
        fact.multiplier = Decimal::ONE.dec();
        OFFER.describe(&mut fact);
        let reason = if is_open { String::new() } else { format!("the exchange says {}", self.status) };
        let (symbol, base, quote) = (self.symbol.as_str(), self.base.as_str(), self.quote.as_str());
        out.instrument(fact, InstrumentTexts { symbol, base, quote, settle: "", reason: &reason });
    }
}
