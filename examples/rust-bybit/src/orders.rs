//! Signing, and what places, changes and cancels orders. Sources: Bybit API v5, "Integration Guidance: Authentication",
//! "Place Order" and the other pages of "Trade".

use crate::reading::ids;
use crate::words;
use crate::{Bybit, Question, REQUESTS, REST};
use patchbay_kit::call::Call;
use patchbay_kit::facts::{Limit, Request};
use patchbay_kit::faults::{Fault, Tally, Verdict};
use patchbay_kit::input::Command;
use patchbay_kit::orders::{About, Offer, OrderReport, Wish};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;
use patchbay_kit::seal::{Seal, Sealable, Sealed};

/// "Rate Limit Rules".
pub const ORDERS: Limit = account_limit(3, "spot_orders", 20);
pub const AMENDS: Limit = account_limit(4, "spot_amends", 20);
pub const CANCELS: Limit = account_limit(5, "spot_cancels", 20);
pub const QUERIES: Limit = account_limit(6, "queries", 50);
pub const HISTORIES: Limit = account_limit(7, "histories", 50);
pub const EXECUTIONS: Limit = account_limit(8, "executions", 50);
pub const WALLETS: Limit = account_limit(9, "wallets", 50);
pub const FEE_RATES: Limit = account_limit(10, "fee_rates", 5);

const fn account_limit(bucket: u32, name: &'static str, capacity: u32) -> Limit {
    let mut limit = Limit::new(bucket, name, PB_SCOPE_ACCOUNT, capacity, 1_000_000_000);
    limit.remaining_header = "x-bapi-limit-status";
    limit
}

pub const OFFER: Offer = Offer {
    types: &[
        PB_TYPE_LIMIT,
        PB_TYPE_MARKET,
        PB_TYPE_STOP_LIMIT,
        PB_TYPE_STOP_MARKET,
        PB_TYPE_TAKE_LIMIT,
        PB_TYPE_TAKE_MARKET,
    ],
    forces: &[PB_TIF_GTC, PB_TIF_IOC, PB_TIF_FOK],
    flags: PB_ORDER_POST_ONLY | PB_ORDER_BY_VALUE,
};

/// "Batch Place Order": orders in one request at most.
const MOST: usize = 10;

/// A command of several orders that has not ended, with those that were refused: what is reported of them waits until
/// it is known whether the command is given again.
pub struct Writing {
    pub(crate) tally: Tally,
    pub(crate) rejected: Vec<(Wish, Fault)>,
}

impl Bybit {
    /// "Create A Request": hexadecimal HMAC-SHA256 over time, key, window, and the query or the body.
    fn sign(request: &mut Request, query: &str) {
        let (time, key, window) = (Seal::time_ms(), Seal::field("api_key"), "5000");
        let start = Sealed::from(time.clone()) + key.clone() + window;
        let payload = if request.method == PB_METHOD_GET { start + query } else { start + &request.body };
        request.header("X-BAPI-API-KEY", key);
        request.header("X-BAPI-TIMESTAMP", time);
        request.header("X-BAPI-RECV-WINDOW", window);
        request.header("X-BAPI-SIGN", payload.hmac_sha256(Seal::field("secret_key")).hex());
    }

    /// Sends a call of an account.
    pub(crate) fn ask_signed(
        &mut self,
        out: &mut Output,
        call: &Call,
        command: pb_id,
        account: pb_id,
        q: Question,
    ) {
        let id = self.feed.new_id();
        let mut request = call.request(REST, command);
        request.account = account;
        Self::sign(&mut request, &call.query());
        self.questions.push((id, q, command));
        out.send(id, &request);
    }

    // ---- Writing

    /// Places, changes or cancels the orders of a command; each ends once, and the command when all have.
    pub(crate) fn write(&mut self, out: &mut Output, command: &Command) {
        let wishes = Wish::all(command);
        let tally = Tally::new(command.id(), wishes.len());
        self.writings.push(Writing { tally, rejected: Vec::new() });
        let mut ready: Vec<(Wish, Call)> = Vec::new();
        for wish in wishes {
            match self.part(&wish, command.fields.account) {
                // Orders that wait for a price are acts of their own, and in no batch.
                Ok((call, true)) => self.send(out, vec![(wish, call)]),
                Ok((call, false)) => ready.push((wish, call)),
                Err((error, text)) => self.failed(out, wish, Fault::new(error, text)),
            }
        }
        while !ready.is_empty() {
            let rest = ready.split_off(ready.len().min(MOST));
            let group = std::mem::replace(&mut ready, rest);
            self.send(out, group);
        }
    }

    /// The call of one order, and whether it is an act of its own.
    fn part(&mut self, wish: &Wish, account: pb_id) -> Result<(Call, bool), (u32, &'static str)> {
        let symbol = match self.feed.markets.with_id(wish.instrument) {
            Some(market) => market.symbol.clone(),
            None => return Err((PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument")),
        };
        if wish.account != account {
            return Err((PB_ERR_INVALID_ORDER, "a batch is of one account"));
        }
        match wish.verb {
            PB_CMD_PLACE => self.place(wish, &symbol),
            PB_CMD_AMEND => Ok((amend(wish, &symbol)?, false)),
            _ => cancel(wish, &symbol, self.waiting.owns(wish)),
        }
    }

    /// "Place Order".
    fn place(&mut self, wish: &Wish, symbol: &str) -> Result<(Call, bool), (u32, &'static str)> {
        OFFER.check(wish)?;
        if !is_client_order(&wish.client) {
            let text = "a client order id is 1 to 36 letters, digits, dashes and underscores";
            return Err((PB_ERR_INVALID_ORDER, text));
        }
        let (is_market, waits) = (!wish.has_limit(), wish.is_triggered());
        let act = match wish.kind {
            PB_TYPE_TAKE_LIMIT | PB_TYPE_TAKE_MARKET => "spot_take",
            PB_TYPE_STOP_LIMIT | PB_TYPE_STOP_MARKET => "spot_stop",
            _ => "spot_place",
        };
        let mut call = write_call(act, "/v5/order/create", PB_PRIORITY_ORDER, &ORDERS);
        call.set("category", "spot");
        call.set("symbol", symbol);
        call.set("side", if wish.side == PB_SIDE_BUY { "Buy" } else { "Sell" });
        call.set("orderType", if is_market { "Market" } else { "Limit" });
        // "Market order will always use `IOC`"; post-only is a time in force.
        match wish.force {
            PB_TIF_FOK if is_market => return Err((PB_ERR_UNSUPPORTED, "a market order cannot be fill-or-kill")),
            PB_TIF_IOC => call.set("timeInForce", "IOC"),
            _ if is_market => {}
            _ if wish.flags & PB_ORDER_POST_ONLY != 0 => call.set("timeInForce", "PostOnly"),
            PB_TIF_FOK => call.set("timeInForce", "FOK"),
            _ => call.set("timeInForce", "GTC"),
        }
        // A conditional order holds nothing until its price is reached; from which side that is, the exchange takes
        // from where the price is.
        if waits {
            self.waiting.note(&wish.client, true);
            call.set("orderFilter", "StopOrder");
            set(&mut call, "triggerPrice", wish.stop);
        }
        // `marketUnit` says what the quantity of a market order counts.
        if is_market {
            call.set("marketUnit", if wish.is_by_value() { "quoteCoin" } else { "baseCoin" });
        }
        set(&mut call, "qty", if wish.is_by_value() { wish.value } else { wish.quantity });
        set(&mut call, "price", wish.price);
        call.set("orderLinkId", &wish.client);
        Ok((call, waits))
    }

    /// Sends one order, or several of one kind in one request.
    fn send(&mut self, out: &mut Output, parts: Vec<(Wish, Call)>) {
        let (first, count) = match parts.first() {
            Some((first, _)) => (first.clone(), parts.len()),
            None => return,
        };
        let mut call = parts[0].1.clone();
        if count > 1 {
            let (act, path) = match first.verb {
                PB_CMD_PLACE => ("spot_place_batch", "/v5/order/create-batch"),
                PB_CMD_AMEND => ("spot_amend_batch", "/v5/order/amend-batch"),
                _ => ("spot_cancel_batch", "/v5/order/cancel-batch"),
            };
            // `{"category": "spot", "request": [{...}, {...}]}`; it costs what its orders would.
            let single = |part: &(Wish, Call)| part.1.clone().without("category").without("orderFilter").json();
            let list: Vec<String> = parts.iter().map(single).collect();
            let charges = call.charges.iter().map(|charge| pb_charge { weight: count as u32, ..*charge });
            let mut batch = Call::new(act, PB_METHOD_POST, path);
            batch.priority = call.priority;
            batch.charges = charges.collect();
            batch.set("category", "spot");
            batch.set_bare("request", format!("[{}]", list.join(",")));
            call = batch;
        }
        let wishes = parts.into_iter().map(|part| part.0).collect();
        self.ask_signed(out, &call, first.command, first.account, Question::Write(wishes));
    }

    /// An answer to a write has come, or none.
    pub(crate) fn written(
        &mut self,
        out: &mut Output,
        body: &[u8],
        fault: Option<Fault>,
        parts: Vec<Wish>,
    ) -> pb_status {
        let reports = self.read_answer(body, parts.len());
        // An answer may refuse as a whole and still say what became of each order.
        let reports = reports.filter(|all| fault.is_none() || all.iter().all(|report| !report.code.is_empty()));
        let reports = match reports {
            Some(reports) => reports,
            None => {
                let unread = Fault::doubt(PB_ERR_OTHER, "the exchange's answer to an order cannot be read");
                let is_read = fault.is_some();
                let fault = fault.unwrap_or(unread);
                for part in parts {
                    self.failed(out, part, fault.clone());
                }
                return if is_read { PB_OK } else { PB_E_PARSE };
            }
        };
        let count = reports.len();
        for (part, report) in parts.into_iter().zip(reports) {
            if !report.code.is_empty() && report.code != "0" {
                let own = words::corrected(words::ERRORS.fault(&report.code, &report.reason));
                // A code that nobody knows proves nothing of the one order; the status of the answer may.
                let proved =
                    fault.clone().filter(|whole| own.may_have_happened && count == 1 && !whole.may_have_happened);
                self.failed(out, part, proved.unwrap_or(own));
            } else if part.verb == PB_CMD_PLACE && report.venue.is_empty() {
                self.failed(out, part, Fault::doubt(PB_ERR_OTHER, "the exchange's answer names no order"));
            } else {
                self.accepted(out, &part, report);
                self.tallied(out, part.command, |writing| writing.tally.done());
            }
        }
        PB_OK
    }

    /// One order is answered by its ids. Of several, the codes stand in a second list:
    /// `{"result": {"list": [{"orderId": "1"}]}, "retExtInfo": {"list": [{"code": 0, "msg": "OK"}]}}`.
    fn read_answer(&mut self, body: &[u8], count: usize) -> Option<Vec<OrderReport>> {
        let result = crate::whole(body, "result")?;
        let list = match result.find("list") {
            Some(list) => list,
            None => {
                let (mut one, mut report) = (result, OrderReport::default());
                one.enter_object();
                while let Some(key) = one.next_key() {
                    ids(&mut report, key.bytes(), &mut one);
                }
                return if count == 1 && one.is_valid() { Some(vec![report]) } else { None };
            }
        };
        let mut reports = Vec::new();
        let mut list = list;
        list.enter_array();
        while list.next_element() {
            let mut report = OrderReport::default();
            list.enter_object();
            while let Some(key) = list.next_key() {
                ids(&mut report, key.bytes(), &mut list);
            }
            reports.push(report);
        }
        let mut codes = crate::whole(body, "retExtInfo")?.find("list")?;
        let mut place = 0;
        codes.enter_array();
        while codes.next_element() {
            let mut unused = OrderReport::default();
            let report = reports.get_mut(place).unwrap_or(&mut unused);
            codes.enter_object();
            while let Some(key) = codes.next_key() {
                match key.bytes() {
                    b"code" => report.code = codes.scalar().string(),
                    b"msg" => report.reason = codes.scalar().string(),
                    _ => codes.skip(),
                }
            }
            place += 1;
        }
        let is_whole = list.is_valid() && codes.is_valid() && reports.len() == count && place == count;
        if is_whole {
            Some(reports)
        } else {
            None
        }
    }

    /// An order was placed; what becomes of one that is changed or cancelled, the stream says.
    fn accepted(&mut self, out: &mut Output, part: &Wish, mut report: OrderReport) {
        let market = match self.feed.markets.with_id(part.instrument) {
            Some(market) if part.verb == PB_CMD_PLACE => market,
            _ => return,
        };
        report.reason.clear();
        report.complete(part, market);
        report.flags |= part.flags;
        report.filled = report.filled.or(Some(Default::default()));
        if report.state == 0 {
            let waits = part.is_triggered() && !report.has_triggered;
            report.state = if waits { PB_ORDER_STATE_UNTRIGGERED } else { PB_ORDER_STATE_OPEN };
        }
        report.publish(out, market, about(part), 0);
    }

    /// An order has failed.
    pub(crate) fn failed(&mut self, out: &mut Output, part: Wish, fault: Fault) {
        let is_write = part.verb != PB_CMD_ORDER;
        let command = part.command;
        self.tallied(out, command, |writing| {
            // An order that was refused never lived, and says so, so that each order of a batch has an end.
            if part.verb == PB_CMD_PLACE && fault.outcome(is_write) == PB_OUTCOME_REFUSED {
                writing.rejected.push((part, fault.clone()));
            }
            writing.tally.failed(fault, is_write)
        });
    }

    pub(crate) fn tallied(&mut self, out: &mut Output, command: pb_id, end: impl FnOnce(&mut Writing) -> Verdict) {
        let at = match self.writings.iter().position(|writing| writing.tally.command == command) {
            Some(at) => at,
            None => return,
        };
        let is_given_again = match end(&mut self.writings[at]) {
            Verdict::Open => return,
            Verdict::Answered { is_given_again } => is_given_again,
        };
        let writing = self.writings.remove(at);
        for (part, fault) in &writing.rejected {
            let market = self.feed.markets.with_id(part.instrument).filter(|_| !is_given_again);
            if let Some(market) = market {
                let mut report = OrderReport { state: PB_ORDER_STATE_REJECTED, ..OrderReport::default() };
                report.complete(part, market);
                report.flags |= part.flags;
                report.filled = Some(Default::default());
                report.reason = fault.text.clone();
                report.publish(out, market, about(part), fault.error);
            }
        }
        writing.tally.answer(out);
    }
}

fn write_call(act: &'static str, path: &'static str, priority: u32, limit: &Limit) -> Call {
    let mut call = Call::new(act, PB_METHOD_POST, path);
    call.priority = priority;
    call.charges = vec![REQUESTS.charge(), limit.charge()];
    call
}

/// "Amend Order": `qty` counts what has been filled already.
fn amend(wish: &Wish, symbol: &str) -> Result<Call, (u32, &'static str)> {
    if wish.price.is_none() && wish.quantity.is_none() && wish.stop.is_none() {
        return Err((PB_ERR_INVALID_ORDER, "an amendment says what changes"));
    }
    let mut call = write_call("spot_amend", "/v5/order/amend", PB_PRIORITY_ORDER, &AMENDS);
    name(wish, symbol, &mut call)?;
    set(&mut call, "qty", wish.quantity);
    set(&mut call, "price", wish.price);
    set(&mut call, "triggerPrice", wish.stop);
    Ok(call)
}

/// "Cancel Order": of spot, a kind of orders.
fn cancel(wish: &Wish, symbol: &str, waits: bool) -> Result<(Call, bool), (u32, &'static str)> {
    let act = if waits { "spot_cancel_stop" } else { "spot_cancel" };
    let mut call = write_call(act, "/v5/order/cancel", PB_PRIORITY_CANCEL, &CANCELS);
    name(wish, symbol, &mut call)?;
    call.set("orderFilter", if waits { "StopOrder" } else { "Order" });
    Ok((call, waits))
}

pub(crate) fn name(wish: &Wish, symbol: &str, call: &mut Call) -> Result<(), (u32, &'static str)> {
    call.set("category", "spot");
    call.set("symbol", symbol);
    if is_name(&wish.venue) {
        call.set("orderId", &wish.venue);
    } else if is_client_order(&wish.client) {
        call.set("orderLinkId", &wish.client);
    } else {
        return Err((PB_ERR_UNKNOWN_ORDER, "the order has no id of this exchange"));
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_client_order(text: &str) -> bool {
    text.len() <= 36 && is_name(text)
}

fn set(call: &mut Call, name: &'static str, number: Option<patchbay_kit::number::Decimal>) {
    if let Some(number) = number {
        call.set(name, &number.text());
    }
}

pub(crate) fn about(part: &Wish) -> About {
    About { account: part.account, command: part.command, order: part.order }
}
