//! Lists of orders and fills, newest first, page by page and, where they are asked for by time, part by part.

use crate::call::{percent_encoded_once, Call};
use crate::orders::Wish;
use crate::patchbay::*;

/// How a list is asked for.
pub struct List {
    /// The manifest's act and its path.
    pub act: &'static str,
    pub path: &'static str,
    /// Parameters of every page.
    pub parameters: &'static [(&'static str, &'static str)],
    /// The parameters of the symbol, the number of entries, and of time in milliseconds; empty where there are none.
    pub symbol: &'static str,
    pub size: &'static str,
    pub since: &'static str,
    pub until: &'static str,
    /// The parameter of the word that a page says for the next one.
    pub cursor: &'static str,
    /// Entries of a full page.
    pub full: u32,
    /// One question is of so much time at most; a longer one is asked for in parts, the newest first. 0 = any.
    pub span_ns: i64,
    /// How far back the exchange remembers everything; 0 = for ever.
    pub reach_ns: i64,
    pub charges: &'static [pb_charge],
}

/// More pages are not asked for: the list then is partial.
const MOST: u32 = 100;

/// A list on its way, of several that make one set together.
#[derive(Clone)]
pub struct Walk {
    pub wish: Wish,
    /// `PB_EV_`.
    pub what: u16,
    lists: &'static [&'static List],
    cursor: String,
    asked: u32,
    reported: u32,
    is_partial: bool,
    /// The time that the question at hand is about; 0 = open.
    start: i64,
    end: i64,
}

/// What is done with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    Report,
    /// It lies before the time that is wanted: so does all that follows.
    Past,
    Leave,
}

/// What is done behind a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Ask,
    Complete { is_partial: bool },
}

impl Walk {
    pub fn new(wish: Wish, what: u16, lists: &'static [&'static List], now: i64) -> Walk {
        let (cursor, is_partial) = (String::new(), false);
        let mut walk = Walk { wish, what, lists, cursor, asked: 0, reported: 0, is_partial, start: 0, end: 0 };
        walk.begin(now);
        walk
    }

    fn list(&self) -> Option<&'static List> {
        self.lists.first().copied()
    }

    /// At the beginning of its list: with all of the time that is wanted, or with its newest part.
    fn begin(&mut self, now: i64) {
        self.start = self.wish.since_ns;
        self.end = self.wish.until_ns;
        self.cursor.clear();
        self.asked = 0;
        let span = self.list().map_or(0, |list| list.span_ns);
        if span > 0 && self.wish.since_ns > 0 {
            let end = if self.wish.until_ns > 0 { self.wish.until_ns } else { now };
            self.start = self.wish.since_ns.max(end.saturating_sub(span));
        }
    }

    fn is_enough(&self) -> bool {
        self.wish.limit > 0 && self.reported >= self.wish.limit
    }

    /// The next question; `symbol` is empty where all are wanted.
    pub fn call(&self, symbol: &str) -> Option<Call> {
        let list = self.list()?;
        let mut call = Call::new(list.act, PB_METHOD_GET, list.path);
        if !list.symbol.is_empty() && !symbol.is_empty() {
            call.set(list.symbol, symbol);
        }
        for (name, value) in list.parameters {
            call.set(name, value);
        }
        if !list.size.is_empty() {
            let left = self.wish.limit.saturating_sub(self.reported).max(1);
            let size = if self.wish.limit > 0 { list.full.min(left) } else { list.full };
            call.set_bare(list.size, size.to_string());
        }
        if !list.since.is_empty() && self.start > 0 {
            call.set_bare(list.since, (self.start / 1_000_000).to_string());
        }
        if !list.until.is_empty() && self.end > 0 {
            call.set_bare(list.until, (self.end / 1_000_000).to_string());
        }
        if !self.cursor.is_empty() {
            call.set_bare(list.cursor, percent_encoded_once(&self.cursor));
        }
        call.charges = list.charges.to_vec();
        Some(call)
    }

    /// Whether an entry that changed at a time is wanted; 0 = no time is said.
    pub fn take(&mut self, time_ns: i64) -> Take {
        let is_timed = self.list().map_or(false, |list| !list.since.is_empty());
        if is_timed && time_ns > 0 && self.wish.since_ns > 0 && time_ns < self.wish.since_ns {
            return Take::Past;
        }
        if self.is_enough() || (is_timed && self.end > 0 && time_ns >= self.end) {
            return Take::Leave;
        }
        Take::Report
    }

    pub fn reported(&mut self) {
        self.reported += 1;
    }

    /// A page has come.
    /// - `count`, `unread`: its entries, and those that could not be read; `is_past`: one lay before the time.
    /// - `cursor`: its word for the next page.
    pub fn page(&mut self, count: usize, unread: usize, is_past: bool, cursor: &str, now: i64) -> Next {
        self.asked += 1;
        self.is_partial |= unread > 0;
        let is_owed = !is_past && !cursor.is_empty() && cursor != "0";
        if is_owed && count > 0 && !self.is_enough() && self.asked < MOST && cursor != self.cursor {
            self.cursor = cursor.to_string();
            return Next::Ask;
        }
        let list = match self.list() {
            Some(list) => list,
            None => return Next::Complete { is_partial: self.is_partial },
        };
        let is_short = list.span_ns > 0 && self.wish.since_ns > 0 && self.start > self.wish.since_ns;
        self.is_partial |= is_owed;
        if is_short && !self.is_enough() && self.asked < MOST {
            self.end = self.start;
            self.start = self.wish.since_ns.max(self.end.saturating_sub(list.span_ns));
            self.cursor.clear();
            return Next::Ask;
        }
        let is_forgotten = list.reach_ns > 0 && self.wish.since_ns < now.saturating_sub(list.reach_ns);
        self.is_partial |= is_short || is_forgotten;
        self.lists = &self.lists[1..];
        if self.lists.is_empty() {
            return Next::Complete { is_partial: self.is_partial };
        }
        self.begin(now);
        Next::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: List = List {
        act: "fills",
        path: "/fills",
        parameters: &[("category", "spot")],
        symbol: "symbol",
        size: "limit",
        since: "from",
        until: "to",
        cursor: "cursor",
        full: 2,
        span_ns: 100_000_000,
        reach_ns: 0,
        charges: &[],
    };

    #[test]
    fn goes_back_part_by_part_to_where_it_is_asked_for() {
        let wish = Wish { since_ns: 150_000_000, ..Wish::default() };
        let mut walk = Walk::new(wish, PB_EV_FILL, &[&LIST], 300_000_000);
        assert_eq!(walk.call("A").unwrap().query(), "symbol=A&category=spot&limit=2&from=200");
        assert_eq!((walk.take(250_000_000), walk.take(140_000_000)), (Take::Report, Take::Past));
        assert_eq!(walk.page(2, 0, false, "x=", 300_000_000), Next::Ask);
        assert!(walk.call("").unwrap().query().ends_with("&cursor=x%3D"));
        // The same word again leads nowhere.
        assert_eq!(walk.page(2, 0, false, "x=", 300_000_000), Next::Ask);
        assert_eq!(walk.call("").unwrap().query(), "category=spot&limit=2&from=150&to=200");
        assert_eq!(walk.take(200_000_000), Take::Leave);
        assert_eq!(walk.page(0, 0, false, "", 300_000_000), Next::Complete { is_partial: true });
    }

    #[test]
    fn stops_when_enough_was_reported() {
        let mut walk = Walk::new(Wish { limit: 1, ..Wish::default() }, PB_EV_FILL, &[&LIST, &LIST], 300_000_000);
        assert!(walk.call("").unwrap().query().contains("limit=1"));
        walk.reported();
        assert_eq!(walk.take(1), Take::Leave);
        assert_eq!(walk.page(1, 0, false, "x", 300_000_000), Next::Ask);
        assert_eq!(walk.page(0, 1, false, "", 300_000_000), Next::Complete { is_partial: true });
    }
}
