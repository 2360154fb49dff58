//! Frames of the public stream. Sources: Bybit API v5, "Connect: How to Subscribe to Topics", "Orderbook", "Trade",
//! "Ticker".

use crate::Bybit;
use patchbay_kit::feed::{id_of, Answer, BookMessage};
use patchbay_kit::json::{Json, Text};
use patchbay_kit::markets::Market;
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;

/// What stands around the data of a frame, and what answers carry.
#[derive(Default)]
struct Head<'a> {
    /// `orderbook.200.BTCUSDT`.
    topic: Text<'a>,
    is_snapshot: bool,
    time: i64,
    /// When the matching engine made it.
    engine_time: i64,
    data: Option<Json<'a>>,
    operation: Text<'a>,
    request: Text<'a>,
    words: Text<'a>,
    is_refused: bool,
}

/// What is done with data whose topic stands before them.
enum Reading {
    /// The levels of a book, which are read where they stand.
    Book { number: usize, depth: u32 },
    /// They are read when all of the frame is known.
    Later,
    /// Nobody wants them: not even their end is looked for.
    Never(pb_status),
}

/// The levels of a book's message, in the record begun for them.
struct Levels {
    number: usize,
    depth: u32,
    bids: Option<pb_list>,
    asks: Option<pb_list>,
    last: u64,
}

impl Bybit {
    /// `{"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1, "data": [...]}`, and answers
    /// `{"success": true, "ret_msg": "", "conn_id": "...", "req_id": "1", "op": "subscribe"}`.
    pub(crate) fn read(&mut self, out: &mut Output, stream: pb_id, frame: &[u8]) -> pb_status {
        let mut json = Json::new(frame);
        let mut head = Head::default();
        let mut levels = None;
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"topic" => head.topic = json.string(),
                b"type" => head.is_snapshot = json.string().is("snapshot"),
                b"ts" => head.time = json.milliseconds(),
                b"cts" => head.engine_time = json.milliseconds(),
                b"data" => match self.reading(&head) {
                    Reading::Book { number, depth } => levels = self.levels(out, &mut json, number, depth),
                    Reading::Later => head.data = Some(json.entry()),
                    Reading::Never(status) => return status,
                },
                b"op" => head.operation = json.string(),
                b"req_id" => head.request = json.scalar(),
                b"success" => head.is_refused |= !json.scalar().is("true"),
                b"retCode" => head.is_refused |= !json.scalar().is("0"),
                b"ret_msg" | b"retMsg" => head.words = json.scalar(),
                _ => json.skip(),
            }
        }
        if !json.is_complete() || (head.is_refused && !head.topic.is_empty()) {
            return self.unread(out, stream, levels, frame);
        }
        if let Some(levels) = levels {
            let number = levels.number;
            let is_read = self.book(out, levels, &head, frame);
            return self.status(out, number, PB_CHANNEL_BOOK, is_read);
        }
        match head.data {
            Some(data) if !head.topic.is_empty() => self.data(out, data, &head, frame),
            _ => self.answer(out, &head),
        }
    }

    fn reading(&self, head: &Head) -> Reading {
        let (channel, name) = match head.topic.split(b'.') {
            Some(parts) => parts,
            None => return Reading::Later,
        };
        let is_book = channel.is("orderbook");
        let (depth, symbol) = match name.split(b'.') {
            Some((depth, symbol)) if is_book => (id_of(depth) as u32, symbol),
            _ => (0, name),
        };
        let carried = match channel.bytes() {
            b"orderbook" if depth != 1 => PB_CHANNEL_BOOK,
            b"orderbook" | b"tickers" => PB_CHANNEL_TICKER,
            b"publicTrade" => PB_CHANNEL_TRADES,
            _ => return Reading::Never(PB_E_UNSUPPORTED),
        };
        let number = match self.feed.markets.find(symbol.bytes()) {
            Some(number) => number,
            None => return Reading::Never(PB_E_UNSUPPORTED),
        };
        match self.feed.markets.get(number) {
            Some(market) if market.wants(carried) => {
                let is_subscribed = carried == PB_CHANNEL_BOOK && depth == market.depth;
                if is_subscribed {
                    Reading::Book { number, depth }
                } else {
                    Reading::Later
                }
            }
            _ => Reading::Never(PB_OK),
        }
    }

    /// Data that stood before their topic, or are no book.
    fn data(&mut self, out: &mut Output, mut data: Json, head: &Head, frame: &[u8]) -> pb_status {
        let (channel, name) = match head.topic.split(b'.') {
            Some(parts) => parts,
            None => return PB_E_UNSUPPORTED,
        };
        let (depth, symbol) = match name.split(b'.') {
            Some((depth, symbol)) if channel.is("orderbook") => (id_of(depth) as u32, symbol),
            _ => (0, name),
        };
        let number = match self.feed.markets.find(symbol.bytes()) {
            Some(number) => number,
            None => return PB_E_UNSUPPORTED,
        };
        let (carried, is_read) = match channel.bytes() {
            b"orderbook" if depth == 1 => (PB_CHANNEL_TICKER, self.best(out, number, data, head)),
            b"orderbook" => {
                let levels = self.levels(out, &mut data, number, depth).filter(|_| data.is_valid());
                (PB_CHANNEL_BOOK, levels.map_or(false, |levels| self.book(out, levels, head, frame)))
            }
            b"publicTrade" => (PB_CHANNEL_TRADES, self.trades(out, number, data)),
            b"tickers" => (PB_CHANNEL_TICKER, self.ticker(out, number, data, head)),
            _ => return PB_E_UNSUPPORTED,
        };
        self.status(out, number, carried, is_read)
    }

    fn status(&mut self, out: &mut Output, number: usize, carried: u32, is_read: bool) -> pb_status {
        if is_read {
            return PB_OK;
        }
        self.feed.misread(out, number, carried);
        PB_E_PARSE
    }

    /// A frame that is JSON as a whole has levels that cannot be read, of a book that is then known; of any other one
    /// it is not known what it was about.
    #[cold]
    fn unread(&mut self, out: &mut Output, stream: pb_id, levels: Option<Levels>, frame: &[u8]) -> pb_status {
        let mut whole = Json::new(frame);
        whole.skip();
        match levels {
            Some(levels) if whole.is_complete() => self.feed.misread(out, levels.number, PB_CHANNEL_BOOK),
            _ => self.feed.misread_stream(out, stream),
        }
        PB_E_PARSE
    }

    /// An answer names its message. A pong is none: `{"success": true, "ret_msg": "pong", "op": "ping"}`.
    fn answer(&mut self, out: &mut Output, head: &Head) -> pb_status {
        match head.operation.bytes() {
            b"subscribe" | b"unsubscribe" => {
                let text = head.words.string();
                // One that is subscribed already brings no snapshot, and no refusal.
                let is_refused = head.is_refused && !text.contains("already subscribed");
                let answer = if is_refused {
                    Answer::Refused { error: error(&text), text: &text }
                } else {
                    Answer::Confirmed
                };
                self.feed.acknowledged(out, id_of(head.request), answer);
                PB_OK
            }
            b"ping" | b"pong" => PB_OK,
            _ => PB_E_UNSUPPORTED,
        }
    }

    /// `{"s": "BTCUSDT", "b": [["16493.50", "0.006"]], "a": [["16611.00", "0.029"]], "u": 18521288, "seq": 7961638724}`
    fn levels(&mut self, out: &mut Output, data: &mut Json, number: usize, depth: u32) -> Option<Levels> {
        let market = self.feed.markets.get(number)?;
        let (price_exp, quantity_exp) = (market.price_exp, market.quantity_exp);
        let mut levels = Levels { number, depth, bids: None, asks: None, last: 0 };
        out.begin_book();
        data.enter_object();
        while let Some(key) = data.next_key() {
            match key.bytes() {
                b"b" => levels.bids = Some(out.levels(data, price_exp, quantity_exp)),
                b"a" => levels.asks = Some(out.levels(data, price_exp, quantity_exp)),
                b"u" => levels.last = data.unsigned(),
                _ => data.skip(),
            }
        }
        Some(levels)
    }

    /// "Orderbook: Process snapshot/delta": a snapshot replaces the book at any time, and so does a message whose `u`
    /// is 1, whatever it calls itself: the service has begun anew.
    fn book(&mut self, out: &mut Output, levels: Levels, head: &Head, frame: &[u8]) -> bool {
        let (bids, asks) = match (levels.bids, levels.asks) {
            (Some(bids), Some(asks)) if levels.last > 0 => (bids, asks),
            _ => return false,
        };
        let is_snapshot = head.is_snapshot || levels.last == 1;
        match self.feed.markets.get_mut(levels.number) {
            // A recording says by its snapshot of how many levels its client asked.
            Some(market) if is_snapshot => market.depth = levels.depth,
            Some(market) if market.depth != levels.depth => return true, // of what was subscribed to before
            _ => {}
        }
        let venue_ns = if head.engine_time > 0 { head.engine_time } else { head.time };
        let (first, last, previous) = (0, levels.last, 0);
        let message = BookMessage { is_snapshot, first, last, previous, venue_ns, bids, asks, frame };
        self.feed.book(out, levels.number, message);
        true
    }

    /// "Orderbook": the book of one level has snapshots only.
    fn best(&mut self, out: &mut Output, number: usize, mut data: Json, head: &Head) -> bool {
        if !head.is_snapshot || !self.feed.is_wanted(out, number, PB_CHANNEL_TICKER) {
            return true;
        }
        let market = match self.feed.markets.get(number) {
            Some(market) => market,
            None => return true,
        };
        let mut fact: pb_ticker = zero();
        fact.instrument = market.id();
        fact.venue_ns = if head.engine_time > 0 { head.engine_time } else { head.time };
        data.enter_object();
        while let Some(key) = data.next_key() {
            match key.bytes() {
                b"b" => {
                    let best = first_level(&mut data, market);
                    fact.present |= if best.is_some() { PB_TICKER_BID } else { PB_TICKER_NO_BID } as u64;
                    (fact.bid_price, fact.bid_quantity) = best.unwrap_or((0, 0));
                }
                b"a" => {
                    let best = first_level(&mut data, market);
                    fact.present |= if best.is_some() { PB_TICKER_ASK } else { PB_TICKER_NO_ASK } as u64;
                    (fact.ask_price, fact.ask_quantity) = best.unwrap_or((0, 0));
                }
                b"u" => fact.seq = data.unsigned(),
                _ => data.skip(),
            }
        }
        if data.is_valid() {
            out.ticker(fact);
        }
        data.is_valid()
    }

    /// "Trade": `[{"i": "id", "p": "16578.50", "v": "0.001", "S": "Buy", "T": 1672304486865}]`, each by itself.
    fn trades(&mut self, out: &mut Output, number: usize, mut data: Json) -> bool {
        if !self.feed.is_wanted(out, number, PB_CHANNEL_TRADES) {
            return true;
        }
        let (instrument, price_exp, quantity_exp) = match self.feed.markets.get(number) {
            Some(market) => (market.id(), market.price_exp, market.quantity_exp),
            None => return true,
        };
        let mut is_read = true;
        data.enter_array();
        while data.next_element() {
            let mut entry = data.entry();
            let mut fact: pb_trade = zero();
            let mut id = Text::default();
            fact.instrument = instrument;
            entry.enter_object();
            while let Some(key) = entry.next_key() {
                match key.bytes() {
                    b"i" => id = entry.scalar(),
                    b"p" => fact.price = entry.fixed(price_exp),
                    b"v" => fact.quantity = entry.fixed(quantity_exp),
                    b"S" => fact.side = side(entry.string()),
                    b"T" => fact.venue_ns = entry.milliseconds(),
                    _ => entry.skip(),
                }
            }
            if entry.is_valid() && fact.price > 0 && fact.quantity > 0 && fact.side != PB_SIDE_NONE {
                out.trade(fact, id);
            } else {
                is_read = false;
            }
        }
        is_read && data.is_valid()
    }

    fn ticker(&mut self, out: &mut Output, number: usize, data: Json, head: &Head) -> bool {
        if !self.feed.is_wanted(out, number, PB_CHANNEL_TICKER) {
            return true;
        }
        let fact = self.feed.markets.get(number).and_then(|market| ticker(data, market, head.time));
        match fact {
            Some(fact) => out.ticker(fact),
            None => return false,
        }
        true
    }
}

pub(crate) fn side(word: Text) -> u32 {
    match word.bytes() {
        b"Buy" => PB_SIDE_BUY,
        b"Sell" => PB_SIDE_SELL,
        _ => PB_SIDE_NONE,
    }
}

/// What the words of a refused subscription mean.
fn error(words: &str) -> u32 {
    if words.contains("symbol") || words.contains("topic") {
        PB_ERR_UNKNOWN_INSTRUMENT
    } else {
        PB_ERR_OTHER
    }
}

fn first_level(json: &mut Json, market: &Market) -> Option<(i64, i64)> {
    let mut first = None;
    json.enter_array();
    while json.next_element() {
        if first.is_some() {
            json.skip();
            continue;
        }
        let mut level = (0, 0);
        json.enter_array();
        if json.next_element() {
            level.0 = json.fixed(market.price_exp);
        }
        if json.next_element() {
            level.1 = json.fixed(market.quantity_exp);
        }
        if json.next_element() || level.0 <= 0 {
            json.fail();
        }
        first = Some(level);
    }
    first
}

/// "Ticker", "Get Tickers". Numbers stand at the instrument's exponents, volumes count base and quote. `None` when it
/// cannot be read.
pub(crate) fn ticker(mut json: Json, market: &Market, venue_ns: i64) -> Option<pb_ticker> {
    let mut fact: pb_ticker = zero();
    let mut day = 0;
    (fact.instrument, fact.venue_ns) = (market.id(), venue_ns);
    // A price or quantity; empty where there is none.
    let at = |json: &mut Json, exponent: i32| match json.optional() {
        Some(value) => value.at(exponent).unwrap_or_else(|| {
            json.fail();
            0
        }),
        None => 0,
    };
    json.enter_object();
    while let Some(key) = json.next_key() {
        match key.bytes() {
            b"lastPrice" => fact.last_price = at(&mut json, market.price_exp),
            b"bid1Price" => fact.bid_price = at(&mut json, market.price_exp),
            b"bid1Size" => fact.bid_quantity = at(&mut json, market.quantity_exp),
            b"ask1Price" => fact.ask_price = at(&mut json, market.price_exp),
            b"ask1Size" => fact.ask_quantity = at(&mut json, market.quantity_exp),
            b"prevPrice24h" => {
                fact.open_price = at(&mut json, market.price_exp);
                day += 1;
            }
            b"highPrice24h" => {
                fact.high_price = at(&mut json, market.price_exp);
                day += 1;
            }
            b"lowPrice24h" => {
                fact.low_price = at(&mut json, market.price_exp);
                day += 1;
            }
            b"volume24h" => fact.base_volume = json.wide().dec(),
            b"turnover24h" => fact.quote_volume = json.wide().dec(),
            _ => json.skip(),
        }
    }
    if !json.is_valid() {
        return None;
    }
    for (bit, is_said) in [
        (PB_TICKER_LAST, fact.last_price > 0),
        (PB_TICKER_BID, fact.bid_price > 0),
        (PB_TICKER_ASK, fact.ask_price > 0),
        (PB_TICKER_DAY, day == 3),
    ] {
        fact.present |= if is_said { u64::from(bit) } else { 0 };
    }
    Some(fact)
}
