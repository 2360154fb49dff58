//! What proves a book: that its updates follow on one another, and how soon a lost one is asked for again.

/// How an exchange numbers the updates of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// An update spans `first..=last`, and the next one starts at `last + 1` or before it. Binance spot, KuCoin, Gate.
    Span,
    /// An update names the last number of the one before it; the first behind snapshot S has `first <= S <= last`.
    /// Binance futures.
    SpanWithPrevious,
    /// An update names the number of the one before it. OKX, HTX, Crypto.com, Bitget.
    Previous,
    /// Each update's number is the last plus one. Bybit, KuCoin futures, HitBTC.
    Increment,
    /// A number that must not fall, and nothing proves that none is missing. Bitstamp.
    Rising,
    /// There is no number. Kraken, whose checksum proves the book; Coinbase, whose connections count their messages.
    Unnumbered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It follows: use it.
    Apply,
    /// The book holds it already.
    Drop,
    /// There is no snapshot yet: keep it.
    Queue,
    /// Something is missing: the book is lost until the next snapshot.
    Gap { expected: u64, got: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Joining,
    Live,
}

/// One per book. Before a snapshot updates are kept, the first one behind it must join, each further one must follow,
/// anything else is a gap. It relies on quantities being absolute.
#[derive(Clone, Debug)]
pub struct BookSync {
    pub rule: Rule,
    last: u64,
    state: State,
}

impl BookSync {
    pub fn new(rule: Rule) -> BookSync {
        BookSync { rule, last: 0, state: State::Waiting }
    }

    /// Whether a snapshot was taken and no gap was found since.
    #[inline]
    pub fn is_live(&self) -> bool {
        self.state != State::Waiting
    }

    /// The number of the last update that was applied.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The next thing to come is a snapshot.
    pub fn reset(&mut self) {
        self.state = State::Waiting;
        self.last = 0;
    }

    /// A snapshot that holds everything up to `sequence`. One that is in band came on the stream in its place among the
    /// updates, so that no older one can follow.
    pub fn snapshot(&mut self, sequence: u64, is_in_band: bool) {
        self.last = sequence;
        self.state = if is_in_band { State::Live } else { State::Joining };
    }

    /// Judges an update; after a gap the value has been reset.
    #[inline]
    pub fn update(&mut self, first: u64, last: u64, previous: u64) -> Verdict {
        if self.state == State::Live {
            let follows = match self.rule {
                Rule::Span => first > self.last && first - self.last == 1 && last >= first,
                Rule::SpanWithPrevious => previous == self.last && last >= previous,
                Rule::Previous => previous == self.last,
                Rule::Increment => last == self.last.wrapping_add(1),
                Rule::Rising | Rule::Unnumbered => false,
            };
            if follows {
                self.last = last;
                return Verdict::Apply;
            }
        }
        self.judge(first, last, previous)
    }

    fn judge(&mut self, first: u64, last: u64, previous: u64) -> Verdict {
        if self.state == State::Waiting {
            return Verdict::Queue;
        }
        let next = self.last.wrapping_add(1);
        let is_joining = self.state == State::Joining;
        match self.rule {
            Rule::Span => {
                if first == 0 || first > last {
                    return self.lost(next, first);
                }
                if self.is_old(last) {
                    return Verdict::Drop;
                }
                if last > self.last && first <= next {
                    return self.accept(last);
                }
                self.lost(next, first)
            }
            Rule::SpanWithPrevious if is_joining => {
                if last < self.last {
                    return Verdict::Drop;
                }
                if first > 0 && first <= last && (first <= self.last || previous == self.last) {
                    return self.accept(last);
                }
                self.lost(self.last, first)
            }
            Rule::SpanWithPrevious => {
                if previous == self.last && last >= previous {
                    return self.accept(last);
                }
                if last == self.last {
                    return Verdict::Drop;
                }
                self.lost(self.last, previous)
            }
            Rule::Previous => {
                if previous == self.last {
                    return self.accept(last);
                }
                // What names a number ahead of the snapshot is not old, however low its own: the exchange counts anew.
                if self.is_old(last) && previous < self.last {
                    return Verdict::Drop;
                }
                if is_joining && previous < self.last && last > self.last {
                    return self.accept(last);
                }
                self.lost(self.last, previous)
            }
            Rule::Increment => {
                if last == next {
                    return self.accept(last);
                }
                if self.is_old(last) {
                    return Verdict::Drop;
                }
                self.lost(next, last)
            }
            Rule::Rising => {
                if last >= self.last {
                    return self.accept(last);
                }
                if is_joining {
                    return Verdict::Drop;
                }
                self.lost(self.last, last)
            }
            Rule::Unnumbered => self.accept(0),
        }
    }

    /// The least number of a snapshot that an update can be joined to.
    pub fn joint(&self, first: u64, last: u64, previous: u64) -> u64 {
        match self.rule {
            Rule::Span => first.saturating_sub(1),
            Rule::SpanWithPrevious => first,
            Rule::Previous => previous,
            Rule::Increment => last.saturating_sub(1),
            Rule::Rising | Rule::Unnumbered => 0,
        }
    }

    /// Behind a snapshot everything up to it, later only the last update come twice: numbers that fall back further are
    /// those of an exchange that counts anew, and must not be dropped in silence.
    fn is_old(&self, last: u64) -> bool {
        if self.state == State::Joining {
            last <= self.last
        } else {
            last == self.last
        }
    }

    fn accept(&mut self, last: u64) -> Verdict {
        self.last = last;
        self.state = State::Live;
        Verdict::Apply
    }

    fn lost(&mut self, expected: u64, got: u64) -> Verdict {
        self.reset();
        Verdict::Gap { expected, got }
    }
}

/// The updates that came before their snapshot: whole frames in their order, bounded by number and size.
#[derive(Clone, Debug, Default)]
pub struct FrameQueue {
    frames: std::collections::VecDeque<Vec<u8>>,
    bytes: usize,
}

impl FrameQueue {
    pub const MOST_FRAMES: usize = 1000;
    pub const MOST_BYTES: usize = 4 << 20;

    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Keeps a copy; `false`, and nothing kept, when the queue is full.
    pub fn push(&mut self, frame: &[u8]) -> bool {
        if self.frames.len() >= Self::MOST_FRAMES || self.bytes + frame.len() > Self::MOST_BYTES {
            return false;
        }
        self.bytes += frame.len();
        self.frames.push_back(frame.to_vec());
        true
    }

    pub fn pop(&mut self) -> Option<Vec<u8>> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        Some(frame)
    }

    pub fn clear(&mut self) {
        self.frames.clear();
        self.bytes = 0;
    }
}

/// How soon a lost book is asked for again: at once the first time, later each time when it is lost again and again.
#[derive(Clone, Debug, Default)]
pub struct LossPace {
    losses: u32,
    /// When the last recovery began.
    last: i64,
}

impl LossPace {
    /// The wait after the second loss; it doubles with each further one.
    pub const FIRST_NS: i64 = 250_000_000;
    pub const MOST_NS: i64 = 60_000_000_000;
    /// A book that stood for so long is in order again.
    pub const FORGOTTEN_NS: i64 = 120_000_000_000;

    /// The book is lost at this monotonic time; how long to wait before asking for it.
    pub fn lost(&mut self, mono_ns: i64) -> i64 {
        if self.losses > 0 && mono_ns.saturating_sub(self.last) >= Self::FORGOTTEN_NS {
            self.losses = 0;
        }
        let wait = match self.losses {
            0 => 0,
            losses => (Self::FIRST_NS << (losses - 1).min(16)).min(Self::MOST_NS),
        };
        self.losses = self.losses.saturating_add(1);
        self.last = mono_ns.saturating_add(wait);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::*;
    use super::*;

    fn judged(rule: Rule, snapshot: (u64, bool), updates: &[(u64, u64, u64)]) -> Vec<Verdict> {
        let mut sync = BookSync::new(rule);
        assert_eq!(sync.update(1, 1, 0), Queue);
        sync.snapshot(snapshot.0, snapshot.1);
        updates.iter().map(|update| sync.update(update.0, update.1, update.2)).collect()
    }

    #[test]
    fn spans_join_and_follow() {
        let gap = Gap { expected: 16, got: 17 };
        let updates = [(5, 9, 0), (9, 12, 0), (13, 15, 0), (17, 18, 0), (19, 19, 0)];
        assert_eq!(judged(Rule::Span, (10, false), &updates), [Drop, Apply, Apply, gap, Queue]);
        assert_eq!(judged(Rule::Span, (10, false), &[(12, 13, 0)]), [Gap { expected: 11, got: 12 }]);
        assert_eq!(judged(Rule::Span, (u64::MAX, true), &[(0, 0, 0)]), [Gap { expected: 0, got: 0 }]);
    }

    #[test]
    fn previous_numbers_chain() {
        let rule = Rule::SpanWithPrevious;
        assert_eq!(judged(rule, (10, false), &[(1, 8, 0), (9, 12, 8), (13, 14, 12)]), [Drop, Apply, Apply]);
        assert_eq!(judged(rule, (10, false), &[(12, 13, 11)]), [Gap { expected: 10, got: 12 }]);
        let gap = Gap { expected: 12, got: 13 };
        assert_eq!(
            judged(Rule::Previous, (10, true), &[(0, 12, 10), (0, 12, 12), (0, 14, 13)]),
            [Apply, Apply, gap]
        );
        assert_eq!(judged(Rule::Previous, (10, false), &[(0, 9, 8), (0, 11, 9)]), [Drop, Apply]);
    }

    #[test]
    fn increments_notice_each_loss() {
        let gap = Gap { expected: 12, got: 13 };
        assert_eq!(judged(Rule::Increment, (10, true), &[(0, 11, 0), (0, 11, 0), (0, 13, 0)]), [Apply, Drop, gap]);
        assert_eq!(judged(Rule::Increment, (10, true), &[(0, 9, 0)]), [Gap { expected: 11, got: 9 }]);
    }

    #[test]
    fn what_proves_less_notices_less() {
        assert_eq!(judged(Rule::Unnumbered, (0, true), &[(0, 0, 0), (7, 7, 7)]), [Apply, Apply]);
        let gap = Gap { expected: 12, got: 11 };
        assert_eq!(judged(Rule::Rising, (10, false), &[(0, 9, 0), (0, 12, 0), (0, 11, 0)]), [Drop, Apply, gap]);
    }

    #[test]
    fn waits_longer_with_each_loss() {
        let mut pace = LossPace::default();
        let waits: Vec<i64> = (0..5).map(|_| pace.lost(0) / 1_000_000).collect();
        assert_eq!(waits, [0, 250, 500, 1000, 2000]);
        for _ in 0..40 {
            assert!(pace.lost(0) <= LossPace::MOST_NS);
        }
        assert_eq!(pace.lost(LossPace::FORGOTTEN_NS + LossPace::MOST_NS), 0);
    }

    #[test]
    fn keeps_no_more_than_it_may() {
        let mut queue = FrameQueue::default();
        for _ in 0..FrameQueue::MOST_FRAMES {
            assert!(queue.push(b"x"));
        }
        assert!(!queue.push(b"x"));
        assert_eq!(queue.pop().as_deref(), Some(&b"x"[..]));
        queue.clear();
        assert!(queue.is_empty() && !queue.push(&vec![0; FrameQueue::MOST_BYTES + 1]));
    }
}
