//! Orders that are asked for, and lists of orders and fills. Sources: Bybit API v5, "Get Open & Closed Orders", "Get
//! Order History", "Get Trade History".

use crate::orders::{about, name, Writing, EXECUTIONS, HISTORIES, QUERIES};
use crate::{Bybit, Question, REQUESTS};
use patchbay_kit::call::Call;
use patchbay_kit::faults::{Fault, Tally};
use patchbay_kit::history::{List, Next, Take, Walk};
use patchbay_kit::input::Command;
use patchbay_kit::json::Json;
use patchbay_kit::orders::{About, OrderReport, Wish};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;

const DAY: i64 = 86_400_000_000_000;
const SPOT: &[(&str, &str)] = &[("category", "spot")];

const OPEN: List = List {
    act: "orders",
    path: "/v5/order/realtime",
    parameters: SPOT,
    symbol: "symbol",
    size: "limit",
    since: "",
    until: "",
    cursor: "cursor",
    full: 50,
    span_ns: 0,
    reach_ns: 0,
    charges: &[REQUESTS.charge(), QUERIES.charge()],
};

/// "Get Order History": orders without a fill are kept for a day, others for two years.
const ENDED: List = List {
    act: "order_history",
    path: "/v5/order/history",
    since: "startTime",
    until: "endTime",
    span_ns: 7 * DAY,
    reach_ns: DAY,
    charges: &[REQUESTS.charge(), HISTORIES.charge()],
    ..OPEN
};

/// "Get Trade History".
const FILLS: List = List {
    act: "executions",
    path: "/v5/execution/list",
    parameters: &[("category", "spot"), ("execType", "Trade")],
    since: "startTime",
    until: "endTime",
    full: 100,
    span_ns: 7 * DAY,
    reach_ns: 730 * DAY,
    charges: &[REQUESTS.charge(), EXECUTIONS.charge()],
    ..OPEN
};

impl Bybit {
    /// Asks for the orders that a command names, each among those that live, then among those that have ended.
    pub(crate) fn find(&mut self, out: &mut Output, command: &Command) {
        let wishes = Wish::all(command);
        let tally = Tally::new(command.id(), wishes.len());
        self.writings.push(Writing { tally, rejected: Vec::new() });
        for wish in wishes {
            self.find_in(out, wish, false);
        }
    }

    fn find_in(&mut self, out: &mut Output, wish: Wish, is_history: bool) {
        let list = if is_history { &ENDED } else { &OPEN };
        let mut call = Call::new(list.act, PB_METHOD_GET, list.path);
        call.charges = list.charges.to_vec();
        let named = match self.feed.markets.with_id(wish.instrument) {
            Some(market) => name(&wish, &market.symbol, &mut call),
            None => Err((PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument")),
        };
        match named {
            Ok(()) => {
                let (command, account) = (wish.command, wish.account);
                self.ask_signed(out, &call, command, account, Question::Find(Box::new(wish), is_history));
            }
            Err((error, text)) => self.failed(out, wish, Fault::new(error, text)),
        }
    }

    pub(crate) fn found(
        &mut self,
        out: &mut Output,
        body: &[u8],
        fault: Option<Fault>,
        wish: Wish,
        is_history: bool,
    ) -> pb_status {
        match fault {
            Some(fault) if fault.error == PB_ERR_UNKNOWN_ORDER && !is_history => self.find_in(out, wish, true),
            Some(fault) => self.failed(out, wish, fault),
            None => {
                let read = crate::whole(body, "result/list").map(|list| self.first_order(list));
                match read {
                    Some(Some(Some(mut report))) => {
                        let markets = &self.feed.markets;
                        let market = markets.named(report.symbol.as_bytes());
                        if let Some(market) = market.or_else(|| markets.with_id(wish.instrument)) {
                            report.symbol = market.symbol.clone();
                            report.publish(out, market, about(&wish), 0);
                        }
                        self.tallied(out, wish.command, |writing| writing.tally.done());
                    }
                    Some(Some(None)) if !is_history => self.find_in(out, wish, true),
                    Some(Some(None)) => {
                        let text = "the exchange knows no such order";
                        self.failed(out, wish, Fault::new(PB_ERR_UNKNOWN_ORDER, text));
                    }
                    _ => {
                        let command = wish.command;
                        let text = "the exchange's order cannot be read";
                        self.tallied(out, command, |writing| {
                            writing.tally.failed(Fault::doubt(PB_ERR_OTHER, text), true)
                        });
                        return PB_E_PARSE;
                    }
                }
            }
        }
        PB_OK
    }

    /// The first order of a list whose state is known; `None` outside when one cannot be read, which may be it.
    fn first_order(&mut self, mut list: Json) -> Option<Option<OrderReport>> {
        let (mut found, mut unread) = (None, 0);
        list.enter_array();
        while list.next_element() {
            let mut entry = list.entry();
            let report = self.order(&mut entry);
            if !entry.is_valid() {
                unread += 1;
            } else if found.is_none() && report.state != 0 {
                found = Some(report);
            }
        }
        if list.is_valid() && (found.is_some() || unread == 0) {
            Some(found)
        } else {
            None
        }
    }

    /// Lists open orders, those of a time, or fills.
    pub(crate) fn list(&mut self, out: &mut Output, command: &Command) {
        let wish = Wish::of(command);
        if wish.instrument != 0 && self.feed.markets.of(wish.instrument).is_none() {
            return out.refuse(command.id(), PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument");
        }
        let (what, lists): (u16, &'static [&'static List]) = match wish.verb {
            PB_CMD_OPEN_ORDERS => (PB_EV_ORDER, &[&OPEN]),
            PB_CMD_ORDER_HISTORY => (PB_EV_ORDER, &[&OPEN, &ENDED]),
            _ => (PB_EV_FILL, &[&FILLS]),
        };
        let walk = Walk::new(wish, what, lists, out.now.venue);
        self.walk(out, walk);
    }

    fn walk(&mut self, out: &mut Output, walk: Walk) {
        let market = self.feed.markets.with_id(walk.wish.instrument);
        let symbol = market.map(|market| market.symbol.clone());
        if let Some(call) = walk.call(&symbol.unwrap_or_default()) {
            let (command, account) = (walk.wish.command, walk.wish.account);
            self.ask_signed(out, &call, command, account, Question::List(Box::new(walk)));
        }
    }

    /// A page has come; `false` when it cannot be read.
    pub(crate) fn page(&mut self, out: &mut Output, body: &[u8], mut walk: Walk) -> bool {
        let mut list = match crate::whole(body, "result/list") {
            Some(list) => list,
            None => return false,
        };
        let wish = walk.wish.clone();
        let answer = About { account: wish.account, command: wish.command, order: 0 };
        let (mut count, mut unread, mut is_past) = (0, 0, false);
        list.enter_array();
        while list.next_element() {
            let mut entry = list.entry();
            count += 1;
            let (order, fill) = if walk.what == PB_EV_ORDER {
                (Some(self.order(&mut entry)), None)
            } else {
                (None, self.execution(&mut entry))
            };
            if !entry.is_valid() {
                unread += 1;
                continue;
            }
            let (symbol, time) = match (&order, &fill) {
                (Some(order), _) => (order.symbol.as_str(), order.time_ns),
                (_, Some(fill)) => (fill.symbol.as_str(), fill.time_ns),
                _ => continue,
            };
            match walk.take(time) {
                Take::Past => is_past = true,
                Take::Leave => {}
                Take::Report => {
                    let market =
                        self.feed.markets.named(symbol.as_bytes());
                    let is_wanted = |id: pb_id| wish.instrument == 0 || wish.instrument == id;
                    if let Some(market) = market.filter(|market| is_wanted(market.id())) {
                        let is_reported = match (&order, &fill) {
                            (Some(order), _) => order.publish(out, market, answer, 0),
                            (_, Some(fill)) => fill.publish(out, market, answer),
                            _ => true,
                        };
                        if is_reported {
                            walk.reported();
                        } else {
                            unread += 1;
                        }
                    }
                }
            }
        }
        if !list.is_valid() {
            return false;
        }
        if unread > 0 {
            out.warn(&format!("{} entries of a list could not be read and are left out", unread));
        }
        let cursor = Json::new(body).find("result/nextPageCursor").map(|mut value| value.scalar().string());
        match walk.page(count, unread, is_past, &cursor.unwrap_or_default(), out.now.venue) {
            Next::Ask => self.walk(out, walk),
            Next::Complete { is_partial } => {
                out.complete(wish.command, wish.account, wish.instrument, walk.what, is_partial);
                out.done(wish.command);
            }
        }
        true
    }
}
