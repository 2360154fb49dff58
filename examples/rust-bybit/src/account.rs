//! The account and its stream. Sources: Bybit API v5, "Connect: Authentication", "Order", "Execution", "Wallet", "Get
//! Wallet Balance", "Get Fee Rate".

use crate::words::{corrected, ERRORS};
use crate::{Bybit, CONNECTIONS, PING};
use patchbay_kit::faults::Fault;
use patchbay_kit::json::{Json, Text};
use patchbay_kit::number::{dec, Wide};
use patchbay_kit::orders::About;
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;
use patchbay_kit::private::PrivatePlan;
use patchbay_kit::seal::{Seal, Sealable, Sealed};

pub fn plan() -> PrivatePlan {
    PrivatePlan {
        url: "wss://stream.bybit.com/v5/private".to_string(),
        stream_act: "private_stream",
        login_act: "login",
        subscribe_act: "subscribe",
        channels: &["order.spot", "execution.spot", "wallet"],
        login,
        subscribe,
        ping: PING,
        ping_act: "ping",
        ping_every_ns: 20_000_000_000,
        idle_ns: 60_000_000_000,
        answer_ns: 10_000_000_000,
        open_charges: vec![CONNECTIONS.charge()],
    }
}

/// "Authentication": hexadecimal HMAC-SHA256 over `GET/realtime` and the time until which the login is good.
fn login(id: pb_id) -> Sealed {
    let expires = Seal::time_ms().moved(10_000_000_000);
    let signed = Sealed::from("GET/realtime") + expires.clone();
    let sign = signed.hmac_sha256(Seal::field("secret_key")).hex();
    let start = format!("{{\"req_id\":\"{}\",\"op\":\"auth\",\"args\":[\"", id);
    Sealed::from(start) + Seal::field("api_key").json_escape() + "\"," + expires + ",\"" + sign + "\"]}"
}

fn subscribe(channel: &str, id: pb_id) -> Sealed {
    Sealed::from(format!("{{\"req_id\":\"{}\",\"op\":\"subscribe\",\"args\":[\"{}\"]}}", id, channel))
}

/// What stands around the data of a private frame, and what answers carry, in either spelling.
#[derive(Default)]
struct Head<'a> {
    topic: Text<'a>,
    data: Option<Json<'a>>,
    operation: Text<'a>,
    code: Text<'a>,
    words: Text<'a>,
    is_refused: bool,
}

impl Head<'_> {
    fn answer(&self) -> Result<(), Fault> {
        if !self.is_refused && (self.code.is_empty() || self.code.is("0")) {
            return Ok(());
        }
        let words = self.words.string();
        if words.contains("already subscribed") {
            return Ok(());
        }
        Err(corrected(ERRORS.fault(&self.code.string(), &words)))
    }
}

impl Bybit {
    /// `{"topic": "order.spot", "creationTime": 1, "data": [{...}]}`, and answers
    /// `{"success": true, "ret_msg": "", "op": "auth", "conn_id": "..."}`.
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
                b"data" => head.data = Some(json.entry()),
                b"op" => head.operation = json.string(),
                b"success" => head.is_refused |= !json.scalar().is("true"),
                b"retCode" => head.code = json.scalar(),
                b"ret_msg" | b"retMsg" => head.words = json.scalar(),
                _ => json.skip(),
            }
        }
        if !json.is_complete() {
            return PB_E_PARSE;
        }
        let mut data = match head.data {
            Some(data) if !head.topic.is_empty() => data,
            _ => {
                match head.operation.bytes() {
                    b"auth" => self.accounts.logged_in(out, &mut self.feed, account, head.answer()),
                    b"subscribe" => self.accounts.acknowledged(out, account, head.answer()),
                    b"unsubscribe" | b"ping" | b"pong" => {}
                    _ => return PB_E_UNSUPPORTED,
                }
                return PB_OK;
            }
        };
        let kind = head.topic.split(b'.').map_or(head.topic, |parts| parts.0);
        let about = About { account, ..About::default() };
        // "Fast Execution" has less in it, and is not subscribed to.
        if head.topic.is("execution.fast") || !matches!(kind.bytes(), b"order" | b"execution" | b"wallet") {
            return PB_E_UNSUPPORTED;
        }
        data.enter_array();
        while data.next_element() {
            let mut entry = data.entry();
            match kind.bytes() {
                b"order" => {
                    let report = self.order(&mut entry);
                    if entry.is_valid() {
                        self.publish(out, &report, about);
                    } else {
                        data.fail();
                    }
                }
                b"execution" => {
                    let fill = self.execution(&mut entry);
                    if !entry.is_valid() {
                        data.fail();
                    } else if let Some(fill) = fill {
                        self.publish_fill(out, &fill, about);
                    }
                }
                _ => {
                    if let Some(coins) = entry.find("coin") {
                        balances(out, coins, about);
                    }
                }
            }
        }
        if data.is_valid() {
            PB_OK
        } else {
            PB_E_PARSE
        }
    }

    /// "Get Wallet Balance"; `false` when it cannot be read.
    pub(crate) fn wallet(&mut self, out: &mut Output, body: &[u8], command: pb_id, account: pb_id) -> bool {
        let coins = crate::whole(body, "result/list").and_then(|mut list| {
            list.enter_array();
            if list.next_element() {
                list.find("coin")
            } else {
                None
            }
        });
        let left = match coins {
            Some(coins) => balances(out, coins, About { account, command, order: 0 }),
            None => return false,
        };
        match left {
            Some(left) => out.complete(command, account, 0, PB_EV_BALANCE, left > 0),
            None => return false,
        }
        true
    }

    /// "Get Fee Rate".
    pub(crate) fn fee_rates(
        &mut self,
        out: &mut Output,
        body: &[u8],
        command: pb_id,
        about: (pb_id, pb_id),
    ) -> bool {
        let (account, instrument) = about;
        let mut list = match crate::whole(body, "result/list") {
            Some(list) => list,
            None => return false,
        };
        let mut left = 0;
        list.enter_array();
        while list.next_element() {
            let mut entry = list.entry();
            let (mut market, mut maker, mut taker) = (None, None, None);
            entry.enter_object();
            while let Some(key) = entry.next_key() {
                match key.bytes() {
                    b"symbol" => market = self.feed.markets.named(entry.string().bytes()),
                    b"makerFeeRate" => maker = entry.optional(),
                    b"takerFeeRate" => taker = entry.optional(),
                    _ => entry.skip(),
                }
            }
            match market.map(|market| market.id()) {
                _ if !entry.is_valid() => left += 1,
                Some(id) if (instrument == 0 || instrument == id) && maker.is_some() && taker.is_some() => {
                    let mut fact: pb_fees = zero();
                    (fact.account, fact.instrument, fact.command) = (account, id, command);
                    (fact.maker, fact.taker) = (dec(maker), dec(taker));
                    out.fees(fact);
                }
                _ => {}
            }
        }
        out.complete(command, account, instrument, PB_EV_FEES, left > 0);
        list.is_valid()
    }
}

/// Balances of a list; how many could not be read, or `None` when that is no list. Held is what open orders of spot
/// lock, and the margin of orders and positions.
fn balances(out: &mut Output, mut coins: Json, about: About) -> Option<usize> {
    let mut odd: Vec<String> = Vec::new();
    coins.enter_array();
    while coins.next_element() {
        let mut coin = coins.entry();
        let (mut asset, mut total, mut held) = (Text::default(), None, Wide::ZERO);
        coin.enter_object();
        while let Some(key) = coin.next_key() {
            match key.bytes() {
                b"coin" => asset = coin.string(),
                b"walletBalance" => total = coin.optional_wide(),
                b"locked" | b"totalOrderIM" | b"totalPositionIM" => {
                    held = held.plus(coin.optional_wide().unwrap_or(Wide::ZERO))
                }
                _ => coin.skip(),
            }
        }
        match total {
            Some(total) if coin.is_valid() && !asset.is_empty() => {
                let mut fact: pb_balance = zero();
                (fact.account, fact.command) = (about.account, about.command);
                (fact.total, fact.available) = (total.dec(), total.minus(held).dec());
                out.balance(fact, asset);
            }
            _ => odd.push(if asset.is_empty() { "one without a name".to_string() } else { asset.string() }),
        }
    }
    if !odd.is_empty() {
        out.warn(&format!("balances that cannot be read: {}", odd.join(", ")));
    }
    if coins.is_valid() {
        Some(odd.len())
    } else {
        None
    }
}
