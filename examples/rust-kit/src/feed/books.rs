//! The life of books: proved, lost, asked for again with growing pauses.

use super::*;
use crate::book::{LossPace, Verdict};
use crate::markets::Market;

impl Feed {
    /// A message of a book. Publishes what the rule proves; a frame that has to wait is kept, and handed back by
    /// `next_waiting` once the snapshot is there.
    #[inline]
    pub fn book(&mut self, out: &mut Output, number: usize, message: BookMessage) {
        let market = match self.markets.get_mut(number) {
            Some(market) if market.book.is_wanted => market,
            _ => return,
        };
        if message.is_snapshot {
            return self.snapshot(out, number, message, true);
        }
        match market.book.sync.update(message.first, message.last, message.previous) {
            Verdict::Apply => publish(out, market, PB_BOOK_UPDATE, &message),
            verdict => self.not_applied(out, number, verdict, &message),
        }
    }

    #[cold]
    fn not_applied(&mut self, out: &mut Output, number: usize, verdict: Verdict, message: &BookMessage) {
        match verdict {
            Verdict::Apply | Verdict::Drop => {}
            Verdict::Queue => self.wait(out, number, message),
            Verdict::Gap { expected, got } => {
                out.gap(number as pb_id + 1, PB_GAP_SEQUENCE, expected, got, message.venue_ns);
                if let Some(market) = self.markets.get_mut(number) {
                    market.book.queue.clear();
                }
                self.wait(out, number, message);
                self.rebuild(out, number, 0);
            }
        }
    }

    /// A whole book whose levels stand in the record that was begun. One that is not in band came by request.
    pub fn snapshot(&mut self, out: &mut Output, number: usize, message: BookMessage, is_in_band: bool) {
        let market = match self.markets.get_mut(number) {
            Some(market) if market.book.is_wanted => market,
            _ => return,
        };
        let book = &mut market.book;
        // Of a subscription that is given up nothing would follow; one older than what waits cannot be joined to it.
        let is_older = !is_in_band && !book.queue.is_empty() && book.first_joint > message.last;
        if is_in_band && book.is_renewing || is_older {
            return;
        }
        book.sync.snapshot(message.last, is_in_band);
        // Before anything else is reported: the levels stand in the one record under construction.
        publish(out, market, PB_BOOK_SNAPSHOT, &message);
        if is_in_band {
            market.book.queue.clear();
        }
        self.stop_asking(out, number);
        self.is_wanted(out, number, PB_CHANNEL_BOOK);
    }

    /// A frame that waited for the snapshot, which the connector reads again.
    pub fn next_waiting(&mut self, number: usize) -> Option<Vec<u8>> {
        let market = self.markets.get_mut(number)?;
        if market.book.sync.is_live() {
            market.book.queue.pop()
        } else {
            None
        }
    }

    fn wait(&mut self, out: &mut Output, number: usize, message: &BookMessage) {
        let market = match self.markets.get_mut(number) {
            Some(market) if matches!(self.plan.source, Source::Rest(_)) => market,
            _ => return,
        };
        let joint = market.book.sync.joint(message.first, message.last, message.previous);
        let book = &mut market.book;
        if book.queue.is_empty() {
            book.first_joint = joint;
        }
        if !book.queue.push(message.frame) {
            out.gap(number as pb_id + 1, PB_GAP_OVERFLOW, 0, 0, 0);
            book.queue.clear();
            book.first_joint = joint;
            book.queue.push(message.frame);
        }
    }

    /// A message of a channel could not be read: a book is lost by that, another channel goes on.
    pub fn misread(&mut self, out: &mut Output, number: usize, channel: u32) {
        for channel in each(channel & self.subscriptions.channels(number)) {
            if channel != PB_CHANNEL_BOOK {
                self.down(out, number, channel, PB_ERR_OTHER, "a message could not be read; the next one may be");
                self.is_wanted(out, number, channel);
            } else if self.wants_book(number) {
                let is_live = self.markets.get(number).map_or(false, |market| market.book.sync.is_live());
                if !is_live {
                    // It may have been the snapshot, which is a reason why there is no book.
                    out.gap(number as pb_id + 1, PB_GAP_MALFORMED, 0, 0, 0);
                }
                self.lose(out, number, PB_GAP_MALFORMED, 0);
                self.rebuild(out, number, 0);
            }
        }
    }

    /// A message could not be read, and may have been about any market of its stream.
    pub fn misread_stream(&mut self, out: &mut Output, stream: pb_id) {
        let connection = self.connections.iter_mut().find(|connection| connection.stream == stream);
        let topics = match connection {
            Some(connection) => {
                connection.number = None;
                connection.topics.clone()
            }
            None => return,
        };
        for topic in topics {
            let mut channels = self.plan.channels[topic.channel].carries;
            if !self.markets.get(topic.market).map_or(false, |market| market.book.sync.is_live()) {
                channels &= !PB_CHANNEL_BOOK; // it is asked for already
            }
            self.misread(out, topic.market, channels);
        }
    }

    /// Whether a message of a stream follows on the one before, where the exchange counts each connection's messages.
    /// If not, all books of the stream are lost and asked for again. One that comes twice does not follow either.
    pub fn follows(&mut self, out: &mut Output, stream: pb_id, number: u64) -> bool {
        let connection = match self.connection(stream) {
            Some(connection) => connection,
            None => return true,
        };
        let last = connection.number.replace(number);
        let expected = match last {
            None => return true,
            Some(last) if last.wrapping_add(1) == number => return true,
            Some(last) if last == number => return false,
            Some(last) => last.wrapping_add(1),
        };
        for topic in connection.topics.clone() {
            let is_live = self.markets.get(topic.market).map_or(false, |market| market.book.sync.is_live());
            if is_live && self.carries_book(topic) {
                out.gap(topic.market as pb_id + 1, PB_GAP_SEQUENCE, expected, number, 0);
                self.forget_book(out, topic.market);
                self.rebuild(out, topic.market, 0);
            }
        }
        true
    }

    pub(super) fn lose(&mut self, out: &mut Output, number: usize, reason: u32, venue_ns: i64) {
        if self.markets.get(number).map_or(false, |market| market.book.sync.is_live()) {
            out.gap(number as pb_id + 1, reason, 0, 0, venue_ns);
        }
        self.forget_book(out, number);
    }

    pub(super) fn forget_book(&mut self, out: &mut Output, number: usize) {
        if let Some(market) = self.markets.get_mut(number) {
            market.book.sync.reset();
            market.book.queue.clear();
            market.book.is_renewing = false;
        }
        self.stop_asking(out, number);
    }

    pub(super) fn drop_book(&mut self, out: &mut Output, number: usize) {
        self.lose(out, number, PB_GAP_COMMAND, 0);
        if let Some(market) = self.markets.get_mut(number) {
            market.book.is_wanted = false;
            market.book.pace = Default::default();
        }
    }

    fn stop_asking(&mut self, out: &mut Output, number: usize) {
        let (timer, request) = match self.markets.get_mut(number) {
            Some(market) => (std::mem::take(&mut market.book.timer), std::mem::take(&mut market.book.request)),
            None => return,
        };
        self.cancel(out, timer);
        if request != 0 && self.take(request).is_some() {
            out.abort(request);
        }
    }

    /// Asks for a book again: at once the first time, later when it is lost again and again.
    pub(super) fn rebuild(&mut self, out: &mut Output, number: usize, least_ns: i64) {
        let book = match self.markets.get_mut(number) {
            Some(market) => &mut market.book,
            None => return,
        };
        if !book.is_wanted || book.timer != 0 || book.request != 0 || book.is_renewing {
            return;
        }
        let pause = book.pace.lost(out.now.mono).max(least_ns);
        if pause == 0 {
            return self.ask(out, number);
        }
        let timer = self.after(out, pause, Due::Ask(number));
        self.set_timer(number, timer);
    }

    pub(super) fn set_timer(&mut self, number: usize, timer: pb_id) {
        if let Some(market) = self.markets.get_mut(number) {
            market.book.timer = timer;
        }
    }

    pub(super) fn ask(&mut self, out: &mut Output, number: usize) {
        let market = match self.markets.get_mut(number) {
            Some(market) if market.book.is_wanted && !market.book.sync.is_live() => market,
            _ => return,
        };
        if let Source::Rest(write) = self.plan.source {
            if market.book.request == 0 {
                let request = write(market);
                let id = self.new_id();
                self.pending.push((id, Pending::Snapshot(number)));
                if let Some(market) = self.markets.get_mut(number) {
                    market.book.request = id;
                }
                out.send(id, &request);
            }
            return;
        }
        // Gives the subscription up and takes it anew: only that brings the book.
        let book_channel = self.plan.channels.iter().position(|channel| channel.carries & PB_CHANNEL_BOOK != 0);
        let topic = Topic { market: number, channel: book_channel.unwrap_or(0) };
        let found = self.connections.iter_mut().find(|connection| connection.topics.contains(&topic));
        if let Some(connection) = found.filter(|found| found.is_open && !found.unsent.contains(&topic)) {
            connection.unwanted.push(topic);
            let stream = connection.stream;
            market.book.is_renewing = true;
            self.await_snapshot(out, number);
            self.flush(out, stream);
        }
    }

    /// A subscription has left: its book is due.
    pub(super) fn await_snapshot(&mut self, out: &mut Output, number: usize) {
        match self.markets.get(number).map(|market| &market.book) {
            Some(book) if book.is_wanted && !book.sync.is_live() && book.timer == 0 => {}
            _ => return,
        }
        if matches!(self.plan.source, Source::Rest(_)) {
            return self.ask(out, number);
        }
        let timer = self.after(out, self.plan.patience_ns, Due::Patience(number));
        self.set_timer(number, timer);
    }

    /// The exchange has ended a subscription: a book that is built anew is wanted again.
    pub(super) fn renewed(&mut self, out: &mut Output, topic: Topic) {
        let is_renewing = match self.markets.get_mut(topic.market) {
            Some(market) => std::mem::replace(&mut market.book.is_renewing, false),
            None => false,
        };
        let found = self.connections.iter_mut().find(|connection| connection.topics.contains(&topic));
        if let Some(connection) = found.filter(|_| is_renewing) {
            connection.unsent.push(topic);
            let stream = connection.stream;
            self.flush(out, stream);
        }
    }

    /// The market whose snapshot a reply answers; its request is over.
    pub fn answered(&mut self, request: pb_id) -> Option<usize> {
        let at = self
            .pending
            .iter()
            .position(|(id, pending)| *id == request && matches!(pending, Pending::Snapshot(_)))?;
        match self.pending.remove(at).1 {
            Pending::Snapshot(number) => {
                if let Some(market) = self.markets.get_mut(number) {
                    market.book.request = 0;
                }
                Some(number)
            }
            _ => None,
        }
    }

    /// The reply held no book that could be used: it is asked for later.
    pub fn no_snapshot(&mut self, out: &mut Output, number: usize, retry_after_ns: i64, reason: &str) {
        if self.wants_book(number) {
            out.warn(&format!("no snapshot: {}", reason));
            self.rebuild(out, number, retry_after_ns.max(LossPace::FIRST_NS));
        }
    }
}

#[inline]
fn publish(out: &mut Output, market: &Market, what: u32, message: &BookMessage) {
    let mut fact: pb_book = zero();
    fact.instrument = market.id();
    fact.venue_ns = message.venue_ns;
    fact.first_seq = if what == PB_BOOK_UPDATE { message.first } else { 0 };
    fact.last_seq = message.last;
    fact.snapshot = what;
    fact.depth = market.depth;
    fact.bids = message.bids;
    fact.asks = message.asks;
    out.book(fact);
}
