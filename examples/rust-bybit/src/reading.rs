//! Orders and executions as the exchange writes them. Sources: Bybit API v5, "Order", "Execution", "Enums Definitions".

use crate::{words, Bybit};
use patchbay_kit::json::Json;
use patchbay_kit::number::Decimal;
use patchbay_kit::orders::{About, FillReport, OrderReport};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;

impl Bybit {
    /// Reports an order of a market that is known.
    pub(crate) fn publish(&self, out: &mut Output, report: &OrderReport, about: About) {
        if let Some(market) = self.feed.markets.named(report.symbol.as_bytes()) {
            report.publish(out, market, about, 0);
        }
    }

    pub(crate) fn publish_fill(&self, out: &mut Output, fill: &FillReport, about: About) {
        if let Some(market) = self.feed.markets.named(fill.symbol.as_bytes()) {
            fill.publish(out, market, about);
        }
    }

    /// An order of a list or of the order topic. One of another product has no symbol.
    pub(crate) fn order(&mut self, json: &mut Json) -> OrderReport {
        let mut report = OrderReport::default();
        let (mut is_other, mut direction) = (false, 0);
        let (mut rejection, mut end) = (String::new(), String::new());
        let (mut stop_kind, mut unit) = (String::new(), String::new());
        let (mut cost, mut average) = (None, None);
        let _: (&String, &String) = (&rejection, &end);
        let _: (&String, &String) = (&stop_kind, &unit);
        json.enter_object();
        while let Some(key) = json.next_key() {
            let nonzero = |json: &mut Json| json.optional().filter(|number| number.mantissa != 0);
            match key.bytes() {
                b"symbol" | b"orderLinkId" | b"orderId" => ids(&mut report, key.bytes(), json),
                b"side" => report.side = words::side(&text(json)),
                b"orderType" => report.kind = words::kind(&text(json)),
                b"timeInForce" => {
                    let word = text(json);
                    report.force = words::force(&word);
                    report.flags |= if words::is_post_only(&word) { PB_ORDER_POST_ONLY } else { 0 };
                }
                b"orderStatus" => {
                    report.state_word = text(json);
                    report.state = words::state(&report.state_word);
                }
                b"price" => report.price = nonzero(json),
                b"triggerPrice" => report.stop = nonzero(json),
                b"qty" => report.quantity = json.optional(),
                b"cumExecQty" => report.filled = json.optional(),
                b"cumExecValue" => cost = shown(json),
                b"avgPrice" => average = shown(json).filter(|price| price.mantissa != 0),
                b"updatedTime" if !json.skip_null() => report.time_ns = json.milliseconds(),
                b"updatedTime" => {}
                b"marketUnit" => unit = text(json),
                b"reduceOnly" => report.flags |= if text(json) == "true" { PB_ORDER_REDUCE_ONLY } else { 0 },
                b"category" => is_other = !json.scalar().is("spot"),
                b"rejectReason" => rejection = text(json),
                b"cancelType" => end = text(json),
                b"triggerDirection" => direction = json.integer(),
                b"stopOrderType" => stop_kind = text(json),
                _ => json.skip(),
            }
        }
        let has_reason = !rejection.is_empty() && rejection != "EC_NoError";
        report.reason =
            if has_reason { rejection } else { Some(end).filter(|end| end != "UNKNOWN").unwrap_or_default() };
        report.average =
            average.or_else(|| cost?.quotient(report.filled.filter(|filled| filled.is_positive())?, 10));
        // "Place Order": a market order to buy is by value unless it says otherwise.
        let is_plain_buy = unit.is_empty() && report.kind == PB_TYPE_MARKET && report.side == PB_SIDE_BUY;
        if unit == "quoteCoin" || is_plain_buy {
            report.quantity = None;
            report.flags |= PB_ORDER_BY_VALUE;
        }
        if report.stop.is_some() {
            wait(&mut report, direction, &stop_kind);
        }
        for id in [&report.venue, &report.client] {
            self.waiting.note(id, report.state == PB_ORDER_STATE_UNTRIGGERED);
        }
        if is_other {
            report.symbol.clear();
        }
        report
    }

    /// An execution; `None` for one of another product, and for what is no trade.
    pub(crate) fn execution(&mut self, json: &mut Json) -> Option<FillReport> {
        let (mut fill, mut is_other) = (FillReport::default(), false);
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"symbol" => fill.symbol = text(json),
                b"execId" => fill.trade = text(json),
                b"orderId" => fill.venue = text(json),
                b"orderLinkId" => fill.client = text(json),
                b"side" => fill.side = words::side(&text(json)),
                b"execPrice" => fill.price = json.optional(),
                b"execQty" => fill.quantity = json.optional(),
                b"execFee" => fill.fee = shown(json),
                b"feeCurrency" => fill.fee_asset = text(json),
                b"isMaker" => {
                    fill.liquidity = match text(json).as_str() {
                        "true" | "1" => PB_LIQUIDITY_MAKER,
                        "" => 0,
                        _ => PB_LIQUIDITY_TAKER,
                    }
                }
                b"execTime" if !json.skip_null() => fill.time_ns = json.milliseconds(),
                b"execTime" => {}
                b"category" => is_other |= !json.scalar().is("spot"),
                b"execType" => {
                    let word = text(json);
                    is_other |= !words::is_trade(&word);
                    fill.flags |= words::origin(&word);
                }
                _ => json.skip(),
            }
        }
        if is_other {
            return None;
        }
        // "Enums Definitions: Spot Fee Currency Instruction": what is received pays the fee; of a rebate, what is
        // given.
        if fill.fee_asset.is_empty() && fill.fee.is_some() {
            let is_rebate = fill.liquidity == PB_LIQUIDITY_MAKER && fill.fee.map_or(false, |fee| fee.mantissa < 0);
            let number = self.feed.markets.find(fill.symbol.as_bytes());
            if let Some((base, quote)) = number.and_then(|number| self.assets.get(number)) {
                let is_base = (fill.side == PB_SIDE_BUY) != is_rebate;
                fill.fee_asset = if is_base { base.clone() } else { quote.clone() };
            }
        }
        Some(fill)
    }
}

pub(crate) fn ids(report: &mut OrderReport, key: &[u8], json: &mut Json) {
    match key {
        b"symbol" => report.symbol = text(json),
        b"orderId" => report.venue = text(json),
        b"orderLinkId" => report.client = text(json),
        _ => json.skip(),
    }
}

/// A word; empty for `null`.
fn text(json: &mut Json) -> String {
    if json.skip_null() {
        return String::new();
    }
    json.scalar().string()
}

/// A number that is only shown: one that has more digits than fit spoils nothing.
fn shown(json: &mut Json) -> Option<Decimal> {
    let mut ahead = *json;
    if ahead.skip_null() || (ahead.scalar().is_empty() && ahead.is_valid()) {
        json.skip();
        return None;
    }
    Some(json.wide())
}

/// Makes it an order that waits for a price. Direction 1 waits for a rise and 2 for a fall; where that is not said,
/// "Enums Definitions: stopOrderType" does.
fn wait(report: &mut OrderReport, direction: i64, kind: &str) {
    let takes = match direction {
        1 => report.side == PB_SIDE_SELL,
        2 => report.side == PB_SIDE_BUY,
        _ => kind.ends_with("TakeProfit"),
    };
    report.kind = match report.kind {
        PB_TYPE_LIMIT if takes => PB_TYPE_TAKE_LIMIT,
        PB_TYPE_LIMIT => PB_TYPE_STOP_LIMIT,
        PB_TYPE_MARKET if takes => PB_TYPE_TAKE_MARKET,
        PB_TYPE_MARKET => PB_TYPE_STOP_MARKET,
        other => other,
    };
    report.has_triggered = report.state != PB_ORDER_STATE_UNTRIGGERED;
}
