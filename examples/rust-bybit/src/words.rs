//! The exchange's words and codes. Sources: Bybit API v5, "Enums Definitions", "Error Codes".

use patchbay_kit::faults::{Errors, Fault, Rule};
use patchbay_kit::patchbay::*;

pub fn side(word: &str) -> u32 {
    match word {
        "Buy" | "BUY" => PB_SIDE_BUY,
        "Sell" | "SELL" => PB_SIDE_SELL,
        _ => PB_SIDE_NONE,
    }
}

pub fn kind(word: &str) -> u32 {
    match word {
        "Limit" => PB_TYPE_LIMIT,
        "Market" => PB_TYPE_MARKET,
        _ => 0,
    }
}

/// Post-only is a time in force of its own.
pub fn force(word: &str) -> u32 {
    match word {
        "GTC" | "PostOnly" | "RPI" => PB_TIF_GTC,
        "IOC" => PB_TIF_IOC,
        "FOK" => PB_TIF_FOK,
        _ => 0,
    }
}

pub fn is_post_only(word: &str) -> bool {
    matches!(word, "PostOnly" | "RPI")
}

pub fn state(word: &str) -> u32 {
    match word {
        "New" | "Created" | "Triggered" => PB_ORDER_STATE_OPEN,
        "PartiallyFilled" => PB_ORDER_STATE_PARTIAL,
        "Untriggered" | "UnTriggered" => PB_ORDER_STATE_UNTRIGGERED,
        "Filled" => PB_ORDER_STATE_FILLED,
        "Cancelled" | "PartiallyFilledCanceled" | "Deactivated" => PB_ORDER_STATE_CANCELLED,
        "Rejected" => PB_ORDER_STATE_REJECTED,
        _ => 0,
    }
}

/// "execType": what is no trade, such as a settlement, is no fill.
pub fn is_trade(word: &str) -> bool {
    matches!(word, "" | "Trade" | "AdlTrade" | "BustTrade" | "BlockTrade" | "FutureSpread")
}

/// An order of the exchange's own, against the account's will: `PB_FILL_`.
pub fn origin(word: &str) -> u32 {
    match word {
        "BustTrade" => PB_FILL_FORCED,
        "AdlTrade" => PB_FILL_DELEVERAGED,
        _ => 0,
    }
}

pub const ERRORS: Errors = Errors { code: "retCode", text: "retMsg", fine: &["0"], rules: RULES };

/// What an order that has ended answers to a cancel stands under unknown orders. Answers on public streams have no
/// code.
const RULES: &[Rule] = &[
    Rule::new("-1 10002", PB_ERR_CLOCK),
    Rule::new(
        "-2015 33004 10003 10004 10005 10007 10008 10009 10010 10024 10027 10028 10029 100028 20022 110066 110069 \
         110123 110125 110132 170209 170219 170224 170241 170348",
        PB_ERR_AUTH,
    ),
    Rule::new("429 10006 10018 10429 20003 30035 170005 170222", PB_ERR_RATE_LIMIT),
    Rule::new("110001 110008 110010 110019 140001 170139 170142 170143 170190 170213", PB_ERR_UNKNOWN_ORDER),
    Rule::new(
        "110004 110006 110007 110012 110014 110044 110045 110051 110052 110053 140006 140007 170033 170131 170207 \
         170223 170226 176015",
        PB_ERR_FUNDS,
    ),
    Rule::new("110074 170121 170221", PB_ERR_UNKNOWN_INSTRUMENT),
    Rule::new("110017 110023 110042", PB_ERR_REDUCE_ONLY),
    Rule::new("170218", PB_ERR_POST_ONLY),
    Rule::new(
        "30208 30209 30228 110003 110009 110013 110015 110020 110021 110022 110032 110034 110036 110038 110040 110057 \
         110064 110067 110068 110070 110086 110090 110092 110093 110094 110098 110103 110108 110109 110118 110120 \
         110121 110131 170010 170011 170019 170031 170105 170115 170116 170117 170124 170130 170132 170133 170134 \
         170136 170137 170140 170144 170145 170148 170151 170157 170159 170192 170193 170194 170195 170196 170197 \
         170198 170199 170200 170201 170203 170204 170206 170210 170217 170227 170228 170229 170312 170313 170341 \
         170358 170359 170371 170372 170381 170382 170810",
        PB_ERR_INVALID_ORDER,
    ),
    // What the exchange itself does not know the end of.
    Rule::doubtful(
        "10000 10016 170001 170007 170032 170146 170147 170191 170212 170234 170310",
        PB_ERR_TRANSIENT,
    ),
    // The client order id exists already: it may be this very order.
    Rule::doubtful("110072 170141", PB_ERR_INVALID_ORDER),
    Rule::worded("10001", "symbol", PB_ERR_UNKNOWN_INSTRUMENT),
    Rule::new("10001", PB_ERR_INVALID_ORDER),
    Rule::worded("", "auth", PB_ERR_AUTH),
    Rule::worded("", "symbol", PB_ERR_UNKNOWN_INSTRUMENT),
    Rule::worded("", "topic", PB_ERR_UNKNOWN_INSTRUMENT),
];

/// "Rate Limit Rules: HTTP IP limit": who asks too often is shut out with status 403 for ten minutes at least.
pub fn corrected(mut fault: Fault) -> Fault {
    if fault.code == "403" {
        fault.error = PB_ERR_RATE_LIMIT;
        fault.retry_after_ns = fault.retry_after_ns.max(600_000_000_000);
    }
    fault
}
