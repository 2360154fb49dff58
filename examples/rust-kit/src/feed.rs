//! Public streams: topics are put on connections, asked for in paced messages, asked for again when an answer does not
//! come or a connection is cut; their books are proved, lost and built again.

use crate::facts::{Open, Request};
use crate::input::{Command, Reply};
use crate::json::Text;
use crate::markets::Markets;
use crate::output::Output;
use crate::patchbay::*;
use crate::subscriptions::{each, Subscriptions};

mod books;
mod plan;

pub use plan::{Answer, BookMessage, Channel, FeedPlan, Source, TopicName};

/// Market and place in the plan's channels.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Topic {
    market: usize,
    channel: usize,
}

struct Connection {
    stream: pb_id,
    is_open: bool,
    topics: Vec<Topic>,
    unsent: Vec<Topic>,
    unwanted: Vec<Topic>,
    ping_timer: pb_id,
    /// The number of the last message, where connections count them.
    number: Option<u64>,
}

enum Pending {
    Topics { stream: pb_id, topics: Vec<Topic>, is_unsubscribe: bool, timer: pb_id },
    Said,
    Snapshot(usize),
}

#[derive(Clone, Copy)]
enum Due {
    Answer(pb_id),
    Flush(pb_id),
    Ping(pb_id),
    /// The book must have come by now.
    Patience(usize),
    Ask(usize),
}

/// See the module. The connector hands it what the host delivers; what is not its own it gives back (`false`).
pub struct Feed {
    pub markets: Markets,
    plan: FeedPlan,
    subscriptions: Subscriptions,
    connections: Vec<Connection>,
    pending: Vec<(pb_id, Pending)>,
    timers: Vec<(pb_id, Due)>,
    next: pb_id,
}

const RETRY_NS: i64 = 1_000_000_000;

impl Feed {
    pub fn new(plan: FeedPlan) -> Feed {
        Feed {
            markets: Markets::default(),
            plan,
            subscriptions: Subscriptions::default(),
            connections: Vec::new(),
            pending: Vec::new(),
            timers: Vec::new(),
            next: 1,
        }
    }

    /// An id for a request, stream or timer of the connector's own: none is given twice.
    pub fn new_id(&mut self) -> pb_id {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        id
    }

    /// A market that the exchange lists. One whose exponents changed goes on under another id; what was subscribed to
    /// under the old one ends, and the host asks for it anew. `None` when there are too many.
    pub fn list(&mut self, out: &mut Output, symbol: &str, price_exp: i32, quantity_exp: i32) -> Option<usize> {
        let old = self.markets.find(symbol.as_bytes());
        let number = self.markets.insert(symbol, price_exp, quantity_exp, self.plan.rule)?;
        if let Some(old) = old.filter(|old| *old != number) {
            out.warn(&format!("{}: its steps changed; it goes on as another instrument", symbol));
            let channels = self.subscriptions.channels(old);
            self.give_up(out, old, channels);
        }
        Some(number)
    }

    // ---- Commands

    /// Carries out the commands of public streams; `false` for any other.
    pub fn command(&mut self, out: &mut Output, command: &Command) -> bool {
        let fields = &command.fields;
        let is_own = matches!(fields.verb, PB_CMD_SUBSCRIBE | PB_CMD_UNSUBSCRIBE | PB_CMD_RESYNC);
        let number = match self.markets.of(fields.instrument) {
            _ if !is_own => return false,
            Some(number) => number,
            None => {
                out.refuse(command.id(), PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument");
                return true;
            }
        };
        match fields.verb {
            PB_CMD_SUBSCRIBE => self.subscribe(out, number, fields),
            PB_CMD_UNSUBSCRIBE => {
                self.give_up(out, number, fields.channel);
                out.done(command.id());
            }
            _ if !self.wants_book(number) => out.refuse(command.id(), PB_ERR_OTHER, "its book is not subscribed"),
            _ => {
                self.lose(out, number, PB_GAP_COMMAND, 0);
                self.rebuild(out, number, 0);
                out.done(command.id());
            }
        }
        true
    }

    fn subscribe(&mut self, out: &mut Output, number: usize, command: &pb_in_command) {
        let offered = self.plan.channels.iter().fold(0, |all, channel| all | channel.carries);
        if command.channel == 0 || command.channel & !offered != 0 {
            return out.refuse(command.command, PB_ERR_UNSUPPORTED, "this channel is not offered");
        }
        let (new, is_done) = self.subscriptions.add(number, command.channel, command.command);
        self.set_wanted(number, new, true);
        if let Some(market) = self.markets.get_mut(number).filter(|_| new & PB_CHANNEL_BOOK != 0) {
            market.book.is_wanted = true;
            market.depth = (self.plan.levels)(command.depth);
        }
        for channel in 0..self.plan.channels.len() {
            let topic = Topic { market: number, channel };
            let is_new = self.plan.channels[channel].carries & new != 0;
            if is_new && !self.connections.iter().any(|connection| connection.topics.contains(&topic)) {
                self.put(out, topic);
            }
        }
        if is_done {
            out.done(command.command);
        }
        self.flush_all(out);
    }

    /// Nothing of the channels is reported any more.
    fn give_up(&mut self, out: &mut Output, number: usize, channels: u32) {
        let (gone, orphans) = self.subscriptions.remove(number, channels);
        self.set_live(number, gone, false);
        self.set_wanted(number, gone, false);
        for orphan in orphans {
            out.refuse(orphan, PB_ERR_OTHER, "unsubscribed before it was live");
        }
        if gone & PB_CHANNEL_BOOK != 0 {
            self.drop_book(out, number);
        }
        let wanted = self.subscriptions.channels(number);
        let plan = &self.plan;
        let leaves = |topic: &Topic| topic.market == number && plan.channels[topic.channel].carries & wanted == 0;
        for connection in &mut self.connections {
            let leaving: Vec<Topic> = connection.topics.iter().copied().filter(leaves).collect();
            let unsent = &connection.unsent;
            connection.unwanted.extend(leaving.iter().filter(|topic| !unsent.contains(topic)));
            connection.topics.retain(|topic| !leaves(topic));
            connection.unsent.retain(|topic| !leaves(topic));
        }
        for channel in each(gone) {
            out.state(number as pb_id + 1, channel, PB_STATE_ENDED, 0, "");
        }
        self.flush_all(out);
    }

    fn wants_book(&self, number: usize) -> bool {
        self.markets.get(number).map_or(false, |market| market.book.is_wanted)
    }

    // ---- Connections

    /// Puts a topic on the first connection with room, or opens one.
    fn put(&mut self, out: &mut Output, topic: Topic) {
        let most = self.plan.topics_per_connection;
        match self.connections.iter_mut().find(|connection| connection.topics.len() < most) {
            Some(connection) => {
                connection.topics.push(topic);
                connection.unsent.push(topic);
            }
            None => self.open(out, vec![topic]),
        }
    }

    fn open(&mut self, out: &mut Output, topics: Vec<Topic>) {
        let stream = self.new_id();
        let unsent = topics.clone();
        let (is_open, unwanted) = (false, Vec::new());
        self.connections.push(Connection {
            stream,
            is_open,
            topics,
            unsent,
            unwanted,
            ping_timer: 0,
            number: None,
        });
        let (charges, idle_ns) = (self.plan.open_charges.clone(), self.plan.idle_ns);
        out.open(stream, &Open { url: self.plan.url.as_str().into(), charges, idle_ns, ..Open::default() });
    }

    fn connection(&mut self, stream: pb_id) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|connection| connection.stream == stream)
    }

    /// Whether a stream is one of the feed's.
    pub fn owns(&self, stream: pb_id) -> bool {
        self.connections.iter().any(|connection| connection.stream == stream)
    }

    pub fn opened(&mut self, out: &mut Output, stream: pb_id) -> bool {
        match self.connection(stream) {
            Some(connection) => connection.is_open = true,
            None => return false,
        }
        if !self.plan.greeting.is_empty() {
            self.say(out, stream, self.plan.greeting);
        }
        self.keep_alive(out, stream);
        self.flush(out, stream);
        true
    }

    fn say(&mut self, out: &mut Output, stream: pb_id, text: &str) {
        let id = self.new_id();
        self.pending.push((id, Pending::Said));
        let mut frame = Request::frame(stream, text);
        frame.charges = self.plan.message_charges.clone();
        out.send(id, &frame);
    }

    fn keep_alive(&mut self, out: &mut Output, stream: pb_id) {
        if self.plan.ping.is_empty() {
            return;
        }
        let timer = self.after(out, self.plan.ping_every_ns, Due::Ping(stream));
        if let Some(connection) = self.connection(stream) {
            connection.ping_timer = timer;
        }
    }

    /// A stream is gone: its books are lost, and everything is asked for again on a new one. The host paces opening.
    pub fn closed(&mut self, out: &mut Output, stream: pb_id, reason: &str) -> bool {
        let at = match self.connections.iter().position(|connection| connection.stream == stream) {
            Some(at) => at,
            None => return false,
        };
        let connection = self.connections.remove(at);
        self.cancel(out, connection.ping_timer);
        let ended: Vec<pb_id> = self
            .pending
            .iter()
            .filter_map(|(_, pending)| match pending {
                Pending::Topics { stream: other, timer, .. } if *other == stream => Some(*timer),
                _ => None,
            })
            .collect();
        for timer in ended {
            self.cancel(out, timer);
        }
        self.pending
            .retain(|(_, pending)| !matches!(pending, Pending::Topics { stream: other, .. } if *other == stream));
        for topic in &connection.topics {
            for channel in each(self.plan.channels[topic.channel].carries) {
                if channel == PB_CHANNEL_BOOK && self.wants_book(topic.market) {
                    self.lose(out, topic.market, PB_GAP_CLOSED, 0);
                }
                self.down(out, topic.market, channel, PB_ERR_TRANSIENT, reason);
            }
        }
        if !connection.topics.is_empty() {
            self.open(out, connection.topics);
        }
        true
    }

    fn down(&mut self, out: &mut Output, number: usize, channel: u32, error: u32, reason: &str) {
        self.set_live(number, channel, false);
        if self.subscriptions.down(number, channel) {
            out.state(number as pb_id + 1, channel, PB_STATE_DOWN, error, reason);
        }
    }

    // ---- Messages about topics

    fn flush_all(&mut self, out: &mut Output) {
        for stream in self.connections.iter().map(|connection| connection.stream).collect::<Vec<_>>() {
            self.flush(out, stream);
        }
    }

    /// Says what is to be said on a stream. What is given up goes first: it may have been wanted again since.
    fn flush(&mut self, out: &mut Output, stream: pb_id) {
        loop {
            let most = self.plan.topics_per_message.max(1);
            let plan = &self.plan;
            let connection = match self.connections.iter_mut().find(|connection| connection.stream == stream) {
                Some(connection) if connection.is_open => connection,
                _ => return,
            };
            let is_unsubscribe = !connection.unwanted.is_empty();
            let waiting = if is_unsubscribe { &mut connection.unwanted } else { &mut connection.unsent };
            // A message is of one channel.
            let channel = match waiting.first() {
                Some(topic) => topic.channel,
                None => return,
            };
            let mut topics: Vec<Topic> = waiting.iter().copied().filter(|topic| topic.channel == channel).collect();
            topics.truncate(most);
            waiting.retain(|topic| !topics.contains(topic));
            let markets = &self.markets;
            let names: Vec<TopicName> = topics
                .iter()
                .filter_map(|topic| {
                    let market = markets.get(topic.market)?;
                    let channel = plan.channels.get(topic.channel)?.name;
                    Some(TopicName { channel, symbol: &market.symbol, depth: market.depth })
                })
                .collect();
            let id = self.next;
            self.next = self.next.wrapping_add(1);
            let mut frame = Request::frame(stream, (plan.write)(&names, is_unsubscribe, id));
            frame.charges = plan.message_charges.clone();
            self.pending.push((id, Pending::Topics { stream, topics, is_unsubscribe, timer: 0 }));
            out.send(id, &frame);
        }
    }

    fn take(&mut self, id: pb_id) -> Option<Pending> {
        let at = self.pending.iter().position(|(other, _)| *other == id)?;
        Some(self.pending.remove(at).1)
    }

    /// What became of a frame; `false` where it is not the feed's.
    pub fn sent(&mut self, out: &mut Output, reply: &Reply) -> bool {
        let id = reply.request();
        let (stream, topics, is_unsubscribe) = match self.take(id) {
            Some(Pending::Topics { stream, topics, is_unsubscribe, .. }) => (stream, topics, is_unsubscribe),
            Some(Pending::Snapshot(number)) => {
                self.pending.push((id, Pending::Snapshot(number)));
                return true;
            }
            Some(Pending::Said) => return true,
            None => return false,
        };
        if reply.outcome() != PB_SENT {
            // It never left: it is said again, unless its stream is gone.
            if let Some(connection) = self.connection(stream) {
                let waiting = if is_unsubscribe { &mut connection.unwanted } else { &mut connection.unsent };
                waiting.extend(topics);
                out.warn(&format!("a subscription was not sent: {}", reply.reason()));
                self.after(out, RETRY_NS, Due::Flush(stream));
            }
            return true;
        }
        for topic in topics.iter().filter(|topic| self.carries_book(**topic)).copied().collect::<Vec<_>>() {
            if !is_unsubscribe {
                self.await_snapshot(out, topic.market);
            } else if !self.plan.acknowledges {
                self.renewed(out, topic);
            }
        }
        if self.plan.acknowledges {
            let timer = if is_unsubscribe { 0 } else { self.after(out, self.plan.answer_ns, Due::Answer(id)) };
            self.pending.push((id, Pending::Topics { stream, topics, is_unsubscribe, timer }));
        }
        true
    }

    fn carries_book(&self, topic: Topic) -> bool {
        self.plan.channels[topic.channel].carries & PB_CHANNEL_BOOK != 0
    }

    /// The exchange answered a message, by the id that it carried.
    pub fn acknowledged(&mut self, out: &mut Output, request: pb_id, answer: Answer) {
        let (stream, topics, is_unsubscribe, timer) = match self.take(request) {
            Some(Pending::Topics { stream, topics, is_unsubscribe, timer }) => {
                (stream, topics, is_unsubscribe, timer)
            }
            Some(other) => return self.pending.push((request, other)),
            None => return,
        };
        self.cancel(out, timer);
        if is_unsubscribe {
            for topic in topics {
                self.renewed(out, topic);
            }
            return;
        }
        match answer {
            Answer::Confirmed => topics.iter().for_each(|topic| self.confirm_topic(out, *topic)),
            // Which of them it was is not said: each is asked for by itself.
            Answer::Refused { .. } if topics.len() > 1 => {
                for topic in topics {
                    if let Some(connection) = self.connection(stream) {
                        let unsent = std::mem::replace(&mut connection.unsent, vec![topic]);
                        self.flush(out, stream);
                        if let Some(connection) = self.connection(stream) {
                            connection.unsent.extend(unsent);
                        }
                    }
                }
            }
            Answer::Refused { error, text } => {
                topics.iter().for_each(|topic| self.reject(out, *topic, error, text))
            }
        }
    }

    fn confirm_topic(&mut self, out: &mut Output, topic: Topic) {
        for channel in each(self.plan.channels[topic.channel].carries) {
            self.is_wanted(out, topic.market, channel);
        }
    }

    /// The exchange refuses a topic.
    fn reject(&mut self, out: &mut Output, topic: Topic, error: u32, text: &str) {
        for connection in &mut self.connections {
            connection.topics.retain(|other| *other != topic);
        }
        for channel in each(self.plan.channels[topic.channel].carries) {
            if !self.subscriptions.is_wanted(topic.market, channel) {
                continue;
            }
            if channel == PB_CHANNEL_BOOK {
                self.drop_book(out, topic.market);
            }
            self.set_live(topic.market, channel, false);
            self.set_wanted(topic.market, channel, false);
            out.state(topic.market as pb_id + 1, channel, PB_STATE_REJECTED, error, text);
            for command in self.subscriptions.rejected(topic.market, channel) {
                out.refuse(command, error, text);
            }
        }
    }

    /// Whether a channel of a market is wanted; then it is live, since its data or an answer came. `false` for what was
    /// under way when the channel was given up.
    #[inline]
    pub fn is_wanted(&mut self, out: &mut Output, number: usize, channel: u32) -> bool {
        if self.markets.get(number).map_or(false, |market| market.live & channel == channel) {
            return true;
        }
        self.becomes_live(out, number, channel)
    }

    #[cold]
    fn becomes_live(&mut self, out: &mut Output, number: usize, channel: u32) -> bool {
        match self.subscriptions.live(number, channel) {
            Some(done) => {
                self.set_live(number, channel, true);
                out.state(number as pb_id + 1, channel, PB_STATE_LIVE, 0, "");
                for command in done {
                    out.done(command);
                }
                true
            }
            None => self.subscriptions.is_wanted(number, channel),
        }
    }

    fn set_wanted(&mut self, number: usize, channels: u32, is_wanted: bool) {
        if let Some(market) = self.markets.get_mut(number) {
            market.wanted = if is_wanted { market.wanted | channels } else { market.wanted & !channels };
        }
    }

    fn set_live(&mut self, number: usize, channels: u32, is_live: bool) {
        if let Some(market) = self.markets.get_mut(number) {
            market.live = if is_live { market.live | channels } else { market.live & !channels };
        }
    }

    // ---- Timers

    fn after(&mut self, out: &mut Output, after_ns: i64, due: Due) -> pb_id {
        let id = self.new_id();
        self.timers.push((id, due));
        out.timer(id, after_ns.max(1));
        id
    }

    fn cancel(&mut self, out: &mut Output, timer: pb_id) {
        if let Some(at) = self.timers.iter().position(|(id, _)| *id == timer) {
            self.timers.remove(at);
            out.timer(timer, 0);
        }
    }

    /// A timer is due; `false` where it is not the feed's.
    pub fn timer(&mut self, out: &mut Output, timer: pb_id) -> bool {
        let due = match self.timers.iter().position(|(id, _)| *id == timer) {
            Some(at) => self.timers.remove(at).1,
            None => return false,
        };
        match due {
            Due::Answer(request) => self.answer_is_missing(out, request),
            Due::Flush(stream) => self.flush(out, stream),
            Due::Ping(stream) if self.owns(stream) => {
                self.say(out, stream, self.plan.ping);
                self.keep_alive(out, stream);
            }
            Due::Ping(_) => {}
            Due::Ask(number) => {
                self.set_timer(number, 0);
                self.ask(out, number);
            }
            Due::Patience(number) => {
                self.set_timer(number, 0);
                let symbol = match self.markets.get_mut(number) {
                    Some(market) if market.book.is_wanted && !market.book.sync.is_live() => {
                        market.book.is_renewing = false;
                        market.symbol.clone()
                    }
                    _ => return true,
                };
                out.warn(&format!("{}: no snapshot came; asking again", symbol));
                self.ask(out, number);
            }
        }
        true
    }

    /// Nothing was heard of a subscription, neither an answer nor data: all of its stream is asked for on a new one.
    fn answer_is_missing(&mut self, out: &mut Output, request: pb_id) {
        let (stream, topics) = match self.take(request) {
            Some(Pending::Topics { stream, topics, .. }) => (stream, topics),
            _ => return,
        };
        let is_heard = topics.iter().any(|topic| {
            each(self.plan.channels[topic.channel].carries).any(|one| self.subscriptions.is_live(topic.market, one))
        });
        if !is_heard && self.owns(stream) {
            let reason = "a subscription was not answered";
            out.warn(reason);
            out.close(stream, reason);
            self.closed(out, stream, reason);
        }
    }
}

/// A request id that an exchange repeats as text.
pub fn id_of(text: Text) -> pb_id {
    std::str::from_utf8(text.bytes()).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}
