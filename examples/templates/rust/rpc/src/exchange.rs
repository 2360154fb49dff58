//! The exchange as data: addresses, where things stand in its answers, limits, how its stream works. Headings are those
//! of EXCHANGE.md.

use patchbay_kit::book::Rule;
use patchbay_kit::facts::Limit;
use patchbay_kit::feed::{Channel, FeedPlan, Source, TopicName};
use patchbay_kit::orders::Offer;
use patchbay_kit::patchbay::*;

pub const REST: &str = "https://api.sandbar.example";
pub const TIME: &str = "/rpc/public/get_time";
pub const TIME_AT: &str = "result";
pub const MARKETS: &str = "/rpc/public/get_markets";
pub const MARKETS_AT: &str = "result";
pub const ERROR_CODE_AT: &str = "error/code";
pub const ERROR_TEXT_AT: &str = "error/message";
const FEED: &str = "wss://feed.sandbar.example/rpc";

/// "Requests": the orders that are taken.
pub const OFFER: Offer = Offer { types: &[PB_TYPE_LIMIT, PB_TYPE_MARKET], forces: &[], flags: 0 };

/// "Limits".
pub const REQUESTS: Limit = Limit::new(1, "requests", PB_SCOPE_ADDRESS, 10, 1_000_000_000);
pub const MESSAGES: Limit = Limit::new(2, "messages", PB_SCOPE_STREAM, 5, 1_000_000_000);

const CHANNELS: &[Channel] = &[
    Channel { carries: PB_CHANNEL_BOOK, name: "book" },
    Channel { carries: PB_CHANNEL_TRADES, name: "trades" },
];

/// "Feed".
fn write(topics: &[TopicName], is_unsubscribe: bool, id: pb_id) -> String {
    let names: Vec<String> = topics.iter().map(|topic| format!("\"{}.{}\"", topic.channel, topic.symbol)).collect();
    let method = if is_unsubscribe { "unsubscribe" } else { "subscribe" };
    let channels = names.join(",");
    let parameters = format!("{{\"channels\":[{}]}}", channels);
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"{}\",\"params\":{}}}", id, method, parameters)
}

/// "Books": a subscription begins with the book, and each further message counts `seq` on by one.
pub fn plan() -> FeedPlan {
    let mut plan = FeedPlan::new(FEED, CHANNELS, Rule::Increment, Source::Stream, write);
    plan.topics_per_message = 20;
    plan.message_charges = vec![MESSAGES.charge()];
    plan
}
