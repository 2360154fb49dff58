//! Signing, and what places, cancels and asks for orders. "Signing", "Orders".

use crate::exchange::{OFFER, REQUESTS, REST};
use crate::markets::whole;
use crate::{Question, Sandbar};
use patchbay_kit::call::{percent_encoded, Call};
use patchbay_kit::facts::Request;
use patchbay_kit::faults::{Fault, Tally, Verdict};
use patchbay_kit::input::Command;
use patchbay_kit::number::Decimal;
use patchbay_kit::orders::{About, OrderReport, Wish};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;
use patchbay_kit::seal::{Seal, Sealable, Sealed};

type Refused = (u32, &'static str);

/// "Signing": hexadecimal HMAC-SHA256 over time, method, path with query, and body. The host fills in secret and time:
/// here nobody ever has them.
fn sign(request: &mut Request, method: &str, target: &str) {
    let (time, key) = (Seal::time_ms(), Seal::field("api_key"));
    let text = Sealed::from(time.clone()) + method + target + &request.body;
    request.header("X-Key", key);
    request.header("X-Time", time);
    request.header("X-Sign", text.hmac_sha256(Seal::field("secret_key")).hex());
}

impl Sandbar {
    fn send(&mut self, out: &mut Output, mut call: Call, wish: &Wish, question: Question) {
        let id = self.feed.new_id();
        call.charges = vec![REQUESTS.charge()];
        let method = match call.method {
            PB_METHOD_POST => "POST",
            PB_METHOD_DELETE => "DELETE",
            _ => "GET",
        };
        let mut request = call.request(REST, wish.command);
        request.account = wish.account;
        sign(&mut request, method, &call.target());
        self.questions.push((id, question, wish.command));
        out.send(id, &request);
    }

    /// Each order of a command by a request of its own; the command ends when all have.
    pub(crate) fn each(&mut self, out: &mut Output, command: &Command) {
        let wishes = Wish::all(command);
        self.tallies.push(Tally::new(command.id(), wishes.len()));
        for wish in wishes {
            match self.call(&wish, command.fields.account) {
                Ok(call) => {
                    let kept = Box::new(wish.clone());
                    let is_asked = wish.verb == PB_CMD_ORDER;
                    let question = if is_asked { Question::Find(kept) } else { Question::Write(kept) };
                    self.send(out, call, &wish, question);
                }
                Err((error, text)) => self.ended(out, &wish, Some(Fault::new(error, text))),
            }
        }
    }

    fn call(&self, wish: &Wish, account: pb_id) -> Result<Call, Refused> {
        let symbol = self.symbol(wish.instrument).ok_or((PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument"))?;
        if wish.account != account {
            return Err((PB_ERR_INVALID_ORDER, "a batch is of one account"));
        }
        match wish.verb {
            PB_CMD_PLACE => place(wish, &symbol),
            PB_CMD_ORDER => Ok(list(Some(&symbol))),
            _ => cancel(wish),
        }
    }

    fn symbol(&self, instrument: pb_id) -> Option<String> {
        self.feed.markets.with_id(instrument).map(|market| market.symbol.clone())
    }

    /// An answer to a write has come, or none: the order itself.
    pub(crate) fn written(&mut self, out: &mut Output, body: &[u8], fault: Option<Fault>, wish: &Wish) -> pb_status {
        if fault.is_some() {
            self.ended(out, wish, fault);
            return PB_OK;
        }
        match whole(body, "").and_then(|mut json| self.order(&mut json)).filter(|order| !order.venue.is_empty()) {
            Some(order) => {
                self.publish_of(out, order, wish);
                self.ended(out, wish, None);
                PB_OK
            }
            None => {
                // Whether it was placed is not known: the host asks.
                let text = "the exchange's answer to an order cannot be read";
                self.ended(out, wish, Some(Fault::doubt(PB_ERR_OTHER, text)));
                PB_E_PARSE
            }
        }
    }

    /// Reports an order that answers a command.
    fn publish_of(&self, out: &mut Output, mut order: OrderReport, wish: &Wish) {
        if let Some(market) = self.feed.markets.with_id(wish.instrument) {
            if wish.verb == PB_CMD_PLACE {
                order.complete(wish, market);
                order.flags |= wish.flags;
            }
            let about = About { account: wish.account, command: wish.command, order: wish.order };
            order.publish(out, market, about, 0);
        }
    }

    /// An order of a command has ended; one that was refused never lived, and says so.
    fn ended(&mut self, out: &mut Output, wish: &Wish, fault: Option<Fault>) {
        let at = match self.tallies.iter().position(|tally| tally.command == wish.command) {
            Some(at) => at,
            None => return,
        };
        let is_write = wish.verb != PB_CMD_ORDER;
        let refused = fault.clone().filter(|fault| {
            wish.verb == PB_CMD_PLACE && fault.outcome(is_write) == PB_OUTCOME_REFUSED
        });
        let verdict = match fault {
            Some(fault) => self.tallies[at].failed(fault, is_write),
            None => self.tallies[at].done(),
        };
        // What was refused for its time is given again under the same id: nothing is reported of it.
        let is_given_again = matches!(verdict, Verdict::Answered { is_given_again: true });
        let market = self.feed.markets.with_id(wish.instrument);
        if let (Some(fault), Some(market), false) = (refused, market, is_given_again) {
            let mut report = OrderReport { state: PB_ORDER_STATE_REJECTED, ..OrderReport::default() };
            report.complete(wish, market);
            report.flags |= wish.flags;
            report.filled = Some(Decimal::ZERO);
            report.reason = fault.text;
            let about = About { account: wish.account, command: wish.command, order: wish.order };
            report.publish(out, market, about, fault.error);
        }
        if verdict != Verdict::Open {
            self.tallies.remove(at).answer(out);
        }
    }

    // ---- Asking

    /// The list is of those that are open: an order that is not in it is known no more.
    pub(crate) fn found(&mut self, out: &mut Output, body: &[u8], fault: Option<Fault>, wish: &Wish) -> pb_status {
        if fault.is_some() {
            self.ended(out, wish, fault);
            return PB_OK;
        }
        let orders = match self.listed(body) {
            Some((orders, 0)) => orders,
            _ => {
                let text = "the exchange's list of orders cannot be read";
                self.ended(out, wish, Some(Fault::new(PB_ERR_OTHER, text)));
                return PB_E_PARSE;
            }
        };
        let is_it = |order: &OrderReport| match wish.venue.is_empty() {
            true => order.client == wish.client,
            false => order.venue == wish.venue,
        };
        match orders.into_iter().find(is_it) {
            Some(order) => {
                self.publish_of(out, order, wish);
                self.ended(out, wish, None);
            }
            None => {
                let text = "the exchange has no such order open";
                self.ended(out, wish, Some(Fault::new(PB_ERR_UNKNOWN_ORDER, text)));
            }
        }
        PB_OK
    }

    pub(crate) fn ask_orders(&mut self, out: &mut Output, wish: Wish) {
        let symbol = self.symbol(wish.instrument);
        if wish.instrument != 0 && symbol.is_none() {
            return out.refuse(wish.command, PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument");
        }
        let question = Question::OpenOrders(Box::new(wish.clone()));
        self.send(out, list(symbol.as_deref()), &wish, question);
    }

    /// One that cannot be read spoils no other, but the list is not whole.
    pub(crate) fn open_orders(&mut self, out: &mut Output, body: &[u8], wish: &Wish) -> bool {
        let (orders, unread) = match self.listed(body) {
            Some(listed) => listed,
            None => return false,
        };
        for order in &orders {
            self.publish(out, order, About { account: wish.account, command: wish.command, order: 0 });
        }
        if unread > 0 {
            out.warn(&format!("{} orders of a list could not be read and are left out", unread));
        }
        out.complete(wish.command, wish.account, wish.instrument, PB_EV_ORDER, unread > 0);
        true
    }

    /// The orders of a list, and how many of it cannot be read; `None` when it is no list.
    fn listed(&self, body: &[u8]) -> Option<(Vec<OrderReport>, usize)> {
        let (mut orders, mut unread) = (Vec::new(), 0);
        let mut list = whole(body, "orders")?;
        list.enter_array();
        while list.next_element() {
            match self.order(&mut list.entry()) {
                Some(order) => orders.push(order),
                None => unread += 1,
            }
        }
        Some((orders, unread)).filter(|_| list.is_valid())
    }

    pub(crate) fn ask_balances(&mut self, out: &mut Output, wish: Wish) {
        let question = Question::Balances(Box::new(wish.clone()));
        self.send(out, Call::new("balances", PB_METHOD_GET, "/v1/balances"), &wish, question);
    }
}

fn place(wish: &Wish, symbol: &str) -> Result<Call, Refused> {
    OFFER.check(wish)?;
    if !is_name(&wish.client) || wish.client.len() > 32 {
        return Err((PB_ERR_INVALID_ORDER, "a client order id is 1 to 32 letters, digits, dashes and underscores"));
    }
    let mut call = Call::new("place", PB_METHOD_POST, "/v1/orders");
    call.priority = PB_PRIORITY_ORDER;
    call.set("client", &wish.client);
    call.set("symbol", symbol);
    call.set("side", if wish.side == PB_SIDE_BUY { "buy" } else { "sell" });
    call.set("type", if wish.kind == PB_TYPE_LIMIT { "limit" } else { "market" });
    let numbers = [("size", wish.quantity), ("price", wish.price)];
    for (name, number) in numbers.iter().filter_map(|(name, number)| number.map(|number| (*name, number))) {
        call.set(name, &number.text());
    }
    if wish.flags & PB_ORDER_POST_ONLY != 0 {
        call.set_bare("post_only", "true".to_string());
    }
    Ok(call)
}

/// By the exchange's id where it is known.
fn cancel(wish: &Wish) -> Result<Call, Refused> {
    let name = if wish.venue.is_empty() { &wish.client } else { &wish.venue };
    if name.is_empty() {
        return Err((PB_ERR_UNKNOWN_ORDER, "the order has no id of this exchange"));
    }
    let mut call = Call::new("cancel", PB_METHOD_DELETE, format!("/v1/orders/{}", percent_encoded(name)));
    call.priority = PB_PRIORITY_CANCEL;
    Ok(call)
}

fn list(symbol: Option<&str>) -> Call {
    let mut call = Call::new("orders", PB_METHOD_GET, "/v1/orders");
    if let Some(symbol) = symbol {
        call.set("symbol", symbol);
    }
    call
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
