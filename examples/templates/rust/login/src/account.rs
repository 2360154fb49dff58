//! The account: its stream, orders and trades as the exchange writes them, balances. "Private stream", "Orders".

use crate::markets::whole;
use crate::Sandbar;
use patchbay_kit::faults::{Errors, Fault, Rule};
use patchbay_kit::json::{Json, Text};
use patchbay_kit::number::Wide;
use patchbay_kit::orders::{About, FillReport, OrderReport, Wish};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;
use patchbay_kit::private::PrivatePlan;
use patchbay_kit::seal::{Seal, Sealable, Sealed};

/// "Orders": codes. One that has no rule proves nothing about a write.
pub const ERRORS: Errors = Errors {
    code: "code",
    text: "text",
    fine: &[],
    rules: &[
        Rule::new("no_such_market", PB_ERR_UNKNOWN_INSTRUMENT),
        Rule::new("slow_down", PB_ERR_RATE_LIMIT),
        Rule::new("no_such_order", PB_ERR_UNKNOWN_ORDER),
        Rule::new("no_funds", PB_ERR_FUNDS),
        Rule::new("bad_order", PB_ERR_INVALID_ORDER),
        Rule::new("bad_key", PB_ERR_AUTH),
        Rule::new("bad_time", PB_ERR_CLOCK),
    ],
};

pub fn plan() -> PrivatePlan {
    PrivatePlan {
        url: "wss://feed.sandbar.example/v1/private".to_string(),
        stream_act: "private_stream",
        login_act: "login",
        subscribe_act: "private_subscribe",
        channels: &["orders"],
        login,
        subscribe,
        ping: "",
        ping_act: "",
        ping_every_ns: 0,
        idle_ns: 0,
        answer_ns: 10_000_000_000,
        open_charges: Vec::new(),
    }
}

/// The signature is over the time.
fn login(_id: pb_id) -> Sealed {
    let time = Seal::time_ms();
    let sign = Sealed::from(time.clone()).hmac_sha256(Seal::field("secret_key")).hex();
    Sealed::from("{\"op\":\"login\",\"key\":\"") + Seal::field("api_key").json_escape() + "\",\"time\":" + time
        + ",\"sign\":\"" + sign + "\"}"
}

fn subscribe(channel: &str, id: pb_id) -> Sealed {
    Sealed::from(format!("{{\"op\":\"subscribe\",\"id\":\"{}\",\"topics\":[\"{}\"]}}", id, channel))
}

/// What stands in a private frame: a topic with its orders, or an answer.
#[derive(Default)]
struct Head<'a> {
    topic: Text<'a>,
    orders: Option<Json<'a>>,
    /// Of a login and of a subscription.
    login: Text<'a>,
    ok: Text<'a>,
    code: Text<'a>,
    words: Text<'a>,
}

impl Head<'_> {
    fn answer(&self, is_fine: bool) -> Result<(), Fault> {
        if is_fine {
            Ok(())
        } else {
            Err(ERRORS.fault(&self.code.string(), &self.words.string()))
        }
    }
}

impl Sandbar {
    pub(crate) fn private_frame(&mut self, out: &mut Output, account: pb_id, frame: &[u8]) -> pb_status {
        let status = self.read_private(out, account, frame);
        if status == PB_E_PARSE {
            // It may have been a report. A new stream has the host compare its orders with the exchange's.
            self.accounts.restart(out, account, PB_ERR_OTHER, "a message could not be read");
        }
        status
    }

    fn read_private(&mut self, out: &mut Output, account: pb_id, frame: &[u8]) -> pb_status {
        let (mut json, mut head) = (Json::new(frame), Head::default());
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"topic" => head.topic = json.string(),
                b"orders" => head.orders = Some(json.entry()),
                b"login" => head.login = json.scalar(),
                b"ok" => head.ok = json.scalar(),
                b"code" => head.code = json.scalar(),
                b"text" => head.words = json.scalar(),
                _ => json.skip(),
            }
        }
        if !json.is_complete() {
            return PB_E_PARSE;
        }
        if !head.login.is_empty() {
            let answer = head.answer(head.login.is("true"));
            self.accounts.logged_in(out, &mut self.feed, account, answer);
            return PB_OK;
        }
        if !head.ok.is_empty() {
            self.accounts.acknowledged(out, account, head.answer(head.ok.is("true")));
            return PB_OK;
        }
        let mut orders = match head.orders {
            Some(orders) if head.topic.is("orders") => orders,
            _ => return PB_E_UNSUPPORTED,
        };
        let mut is_read = true;
        orders.enter_array();
        while orders.next_element() {
            is_read &= self.report(out, orders.entry(), About { account, ..About::default() });
        }
        if is_read && orders.is_valid() {
            PB_OK
        } else {
            PB_E_PARSE
        }
    }

    /// An order, and before it the trade that changed it; `false` when it cannot be read.
    fn report(&self, out: &mut Output, entry: Json, about: About) -> bool {
        let order = match self.order(&mut entry.clone()) {
            Some(order) => order,
            None => return false,
        };
        if let Some(trade) = entry.find("trade") {
            match fill(trade, &order) {
                Some(fill) => {
                    if let Some(market) = self.feed.markets.named(fill.symbol.as_bytes()) {
                        fill.publish(out, market, about);
                    }
                }
                None => return false,
            }
        }
        self.publish(out, &order, about);
        true
    }

    /// Reports an order of a market that is known.
    pub(crate) fn publish(&self, out: &mut Output, order: &OrderReport, about: About) {
        if let Some(market) = self.feed.markets.named(order.symbol.as_bytes()) {
            order.publish(out, market, about, 0);
        }
    }

    /// `{"id": "77", "client": "pb-1", "symbol": "SALT-USD", "side": "buy", "type": "limit", "status": "open", ...}`.
    pub(crate) fn order(&self, json: &mut Json) -> Option<OrderReport> {
        let mut order = OrderReport::default();
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"id" => order.venue = json.scalar().string(),
                b"client" => order.client = json.string().string(),
                b"symbol" => order.symbol = json.string().string(),
                b"side" => order.side = side(json.string()),
                b"type" => order.kind = kind(json.string()),
                b"status" => {
                    order.state_word = json.string().string();
                    order.state = state(&order.state_word);
                }
                b"size" => order.quantity = json.optional(),
                b"filled" => order.filled = json.optional(),
                b"price" => order.price = json.optional(),
                b"post_only" => order.flags |= if json.scalar().is("true") { PB_ORDER_POST_ONLY } else { 0 },
                b"time" => order.time_ns = json.milliseconds(),
                _ => json.skip(),
            }
        }
        Some(order).filter(|_| json.is_valid())
    }

    /// `false` when the list cannot be read. One balance that cannot be read spoils no other.
    pub(crate) fn balances(&self, out: &mut Output, body: &[u8], wish: &Wish) -> bool {
        let mut list = match whole(body, "balances") {
            Some(list) => list,
            None => return false,
        };
        let mut unread = 0;
        list.enter_array();
        while list.next_element() {
            let mut entry = list.entry();
            let (mut asset, mut free, mut held) = (Text::default(), None, None);
            entry.enter_object();
            while let Some(key) = entry.next_key() {
                match key.bytes() {
                    b"asset" => asset = entry.string(),
                    b"free" => free = entry.optional_wide(),
                    b"held" => held = entry.optional_wide(),
                    _ => entry.skip(),
                }
            }
            match free {
                Some(free) if entry.is_valid() && !asset.is_empty() => {
                    let mut fact: pb_balance = zero();
                    (fact.account, fact.command) = (wish.account, wish.command);
                    fact.total = free.plus(held.unwrap_or(Wide::ZERO)).dec();
                    fact.available = free.dec();
                    out.balance(fact, asset);
                }
                _ => unread += 1,
            }
        }
        if unread > 0 {
            out.warn(&format!("{} balances cannot be read and are left out", unread));
        }
        out.complete(wish.command, wish.account, 0, PB_EV_BALANCE, unread > 0);
        list.is_valid()
    }
}

/// `{"id": "t-9", "price": "10.01", "size": "0.2", "fee": "0.001", "fee_asset": "USD", "maker": true}`.
fn fill(mut json: Json, order: &OrderReport) -> Option<FillReport> {
    let mut fill = FillReport {
        symbol: order.symbol.clone(),
        client: order.client.clone(),
        venue: order.venue.clone(),
        side: order.side,
        time_ns: order.time_ns,
        ..FillReport::default()
    };
    json.enter_object();
    while let Some(key) = json.next_key() {
        match key.bytes() {
            b"id" => fill.trade = json.scalar().string(),
            b"price" => fill.price = json.optional(),
            b"size" => fill.quantity = json.optional(),
            b"fee" => fill.fee = json.optional(),
            b"fee_asset" => fill.fee_asset = json.string().string(),
            b"maker" => {
                fill.liquidity = if json.scalar().is("true") { PB_LIQUIDITY_MAKER } else { PB_LIQUIDITY_TAKER }
            }
            _ => json.skip(),
        }
    }
    Some(fill).filter(|_| json.is_valid())
}

fn side(word: Text) -> u32 {
    match word.bytes() {
        b"buy" => PB_SIDE_BUY,
        b"sell" => PB_SIDE_SELL,
        _ => PB_SIDE_NONE,
    }
}

fn kind(word: Text) -> u32 {
    match word.bytes() {
        b"limit" => PB_TYPE_LIMIT,
        b"market" => PB_TYPE_MARKET,
        _ => 0,
    }
}

fn state(word: &str) -> u32 {
    match word {
        "open" => PB_ORDER_STATE_OPEN,
        "filled" => PB_ORDER_STATE_FILLED,
        "cancelled" => PB_ORDER_STATE_CANCELLED,
        _ => 0,
    }
}
