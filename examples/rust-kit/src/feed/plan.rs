//! What a connector states of its exchange's public streams, and what it hands to the feed.

use crate::book::Rule;
use crate::facts::Request;
use crate::markets::Market;
use crate::patchbay::*;

/// One of the exchange's channels and the contract's that it carries (`PB_CHANNEL_` bits).
pub struct Channel {
    pub carries: u32,
    pub name: &'static str,
}

/// One of the exchange's channels for one market, as a message names it.
pub struct TopicName<'a> {
    pub channel: &'static str,
    pub symbol: &'a str,
    /// Levels of the book that are wanted.
    pub depth: u32,
}

/// Where a book comes from that updates change.
pub enum Source {
    /// The first message of a subscription is the book; only a new subscription brings it again.
    Stream,
    /// It is asked for when the subscription stands; updates wait for it. The connector hands the reply to
    /// `Feed::snapshot`.
    Rest(fn(&Market) -> Request),
}

/// How an exchange's public streams work.
pub struct FeedPlan {
    pub url: String,
    pub channels: &'static [Channel],
    /// Writes the message that asks for topics or gives them up; the id is for exchanges that repeat it.
    pub write: fn(topics: &[TopicName], is_unsubscribe: bool, id: pb_id) -> String,
    /// Levels to subscribe to for so many that are wanted (0 = as many as there are).
    pub levels: fn(wanted: u32) -> u32,
    pub rule: Rule,
    pub source: Source,
    pub topics_per_connection: usize,
    pub topics_per_message: usize,
    /// Whether the exchange answers subscriptions; else a channel is live when its data comes.
    pub acknowledges: bool,
    /// Said on each connection when it stands, such as a subscription to heartbeats; or empty.
    pub greeting: &'static str,
    /// Said every so often; empty where pings of the WebSocket protocol suffice.
    pub ping: &'static str,
    pub ping_every_ns: i64,
    pub idle_ns: i64,
    /// An answer, and a snapshot, that does not come for so long is taken for lost.
    pub answer_ns: i64,
    pub patience_ns: i64,
    pub open_charges: Vec<pb_charge>,
    pub message_charges: Vec<pb_charge>,
}

impl FeedPlan {
    pub fn new(
        url: &str,
        channels: &'static [Channel],
        rule: Rule,
        source: Source,
        write: fn(&[TopicName], bool, pb_id) -> String,
    ) -> FeedPlan {
        FeedPlan {
            url: url.to_string(),
            channels,
            write,
            levels: |wanted| wanted,
            rule,
            source,
            topics_per_connection: 100,
            topics_per_message: 10,
            acknowledges: true,
            greeting: "",
            ping: "",
            ping_every_ns: 0,
            idle_ns: 0,
            answer_ns: 10_000_000_000,
            patience_ns: 10_000_000_000,
            open_charges: Vec::new(),
            message_charges: Vec::new(),
        }
    }
}

/// A message of a book whose levels stand in the record that `Output::begin_book` began.
#[derive(Clone, Copy)]
pub struct BookMessage<'a> {
    pub is_snapshot: bool,
    /// 0 where the rule has none.
    pub first: u64,
    pub last: u64,
    pub previous: u64,
    pub venue_ns: i64,
    pub bids: pb_list,
    pub asks: pb_list,
    /// The whole message, which may have to wait for its snapshot.
    pub frame: &'a [u8],
}

/// The exchange's answer to a message about topics.
#[derive(Clone, Copy)]
pub enum Answer<'a> {
    Confirmed,
    /// `error`: `PB_ERR_`.
    Refused {
        error: u32,
        text: &'a str,
    },
}
