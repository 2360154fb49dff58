//! Frames of the public stream. "Feed", "Books", "Trades".

use crate::Sandbar;
use patchbay_kit::feed::{id_of, Answer, BookMessage};
use patchbay_kit::input::Reply;
use patchbay_kit::json::{Json, Text};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;

/// What stands in a frame: parameters with a channel and data, or the id of what is answered.
#[derive(Default)]
struct Head<'a> {
    channel: Text<'a>,
    data: Option<Json<'a>>,
    id: Text<'a>,
    is_refused: bool,
    code: Text<'a>,
    words: Text<'a>,
}

impl<'a> Head<'a> {
    fn read_parameters(&mut self, json: &mut Json<'a>) {
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"channel" => self.channel = json.string(),
                b"data" => self.data = Some(json.entry()),
                _ => json.skip(),
            }
        }
    }

    fn read_error(&mut self, json: &mut Json<'a>) {
        self.is_refused = true;
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"code" => self.code = json.scalar(),
                b"message" => self.words = json.scalar(),
                _ => json.skip(),
            }
        }
    }
}

impl Sandbar {
    /// `{"method": "subscription", "params": {"channel": "book.SALT-USD", "data": {...}}}`; answers `{"id": 1,
    /// "result": [...]}` and `{"id": 1, "error": {"code": -32602, "message": "..."}}`.
    pub(crate) fn read(&mut self, out: &mut Output, stream: pb_id, frame: &[u8]) -> pb_status {
        let mut json = Json::new(frame);
        let mut head = Head::default();
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"params" => head.read_parameters(&mut json),
                b"error" => head.read_error(&mut json),
                b"id" => head.id = json.scalar(),
                _ => json.skip(),
            }
        }
        if !json.is_complete() {
            // It is not known what it was about: everything on the stream may be missing something.
            self.feed.misread_stream(out, stream);
            return PB_E_PARSE;
        }
        let data = match head.data {
            Some(data) => data,
            None => return self.answer(out, &head),
        };
        let (channel, symbol) = match head.channel.split(b'.') {
            Some(parts) => parts,
            None => return PB_E_UNSUPPORTED,
        };
        let carried = match channel.bytes() {
            b"book" => PB_CHANNEL_BOOK,
            b"trades" => PB_CHANNEL_TRADES,
            _ => return PB_E_UNSUPPORTED,
        };
        let number = match self.feed.markets.find(symbol.bytes()) {
            Some(number) => number,
            None => return PB_E_UNSUPPORTED,
        };
        if !self.feed.markets.get(number).map_or(false, |market| market.wants(carried)) {
            return PB_OK;
        }
        let is_read = if carried == PB_CHANNEL_BOOK {
            self.book(out, number, data, frame)
        } else {
            data.find("trades").map_or(false, |list| self.trades(out, number, list))
        };
        if is_read {
            return PB_OK;
        }
        self.feed.misread(out, number, carried);
        PB_E_PARSE
    }

    /// Books come with the subscription: nothing of them is asked for.
    pub(crate) fn feed_reply(&mut self, _out: &mut Output, _reply: &Reply, _body: &[u8]) -> pb_status {
        PB_E_STATE
    }

    fn answer(&mut self, out: &mut Output, head: &Head) -> pb_status {
        if head.id.is_empty() {
            return PB_E_UNSUPPORTED;
        }
        let text = head.words.string();
        let error = if head.code.is("no_such_market") { PB_ERR_UNKNOWN_INSTRUMENT } else { PB_ERR_OTHER };
        let answer = if head.is_refused { Answer::Refused { error, text: &text } } else { Answer::Confirmed };
        self.feed.acknowledged(out, id_of(head.id), answer);
        PB_OK
    }

    /// "Books". Levels go from the text into the record: nothing else may be emitted until the book is out.
    fn book(&mut self, out: &mut Output, number: usize, mut json: Json, frame: &[u8]) -> bool {
        let (price_exp, quantity_exp) = match self.feed.markets.get(number) {
            Some(market) => (market.price_exp, market.quantity_exp),
            None => return true,
        };
        let (mut bids, mut asks, mut last, mut venue_ns) = (None, None, 0, 0);
        let mut is_snapshot = false;
        out.begin_book();
        json.enter_object();
        while let Some(key) = json.next_key() {
            match key.bytes() {
                b"bids" => bids = Some(out.levels(&mut json, price_exp, quantity_exp)),
                b"asks" => asks = Some(out.levels(&mut json, price_exp, quantity_exp)),
                b"type" => is_snapshot = json.string().is("snapshot"),
                b"seq" => last = json.unsigned(),
                b"time" => venue_ns = json.milliseconds(),
                _ => json.skip(),
            }
        }
        let (bids, asks) = match (bids, asks) {
            (Some(bids), Some(asks)) if json.is_valid() && last > 0 => (bids, asks),
            _ => return false,
        };
        let message = BookMessage { is_snapshot, first: 0, last, previous: 0, venue_ns, bids, asks, frame };
        self.feed.book(out, number, message);
        true
    }

    /// "Trades", each by itself: one that cannot be read spoils no other.
    fn trades(&mut self, out: &mut Output, number: usize, mut list: Json) -> bool {
        if !self.feed.is_wanted(out, number, PB_CHANNEL_TRADES) {
            return true;
        }
        let (instrument, price_exp, quantity_exp) = match self.feed.markets.get(number) {
            Some(market) => (market.id(), market.price_exp, market.quantity_exp),
            None => return true,
        };
        let mut is_read = true;
        list.enter_array();
        while list.next_element() {
            let mut entry = list.entry();
            let mut fact: pb_trade = zero();
            let mut id = Text::default();
            fact.instrument = instrument;
            entry.enter_object();
            while let Some(key) = entry.next_key() {
                match key.bytes() {
                    b"id" => id = entry.scalar(),
                    b"price" => fact.price = entry.fixed(price_exp),
                    b"size" => fact.quantity = entry.fixed(quantity_exp),
                    b"side" => fact.side = side(entry.string()),
                    b"time" => fact.venue_ns = entry.milliseconds(),
                    _ => entry.skip(),
                }
            }
            if entry.is_valid() && fact.price > 0 && fact.quantity > 0 && fact.side != PB_SIDE_NONE {
                out.trade(fact, id);
            } else {
                is_read = false;
            }
        }
        is_read && list.is_valid()
    }
}

fn side(word: Text) -> u32 {
    match word.bytes() {
        b"buy" => PB_SIDE_BUY,
        b"sell" => PB_SIDE_SELL,
        _ => PB_SIDE_NONE,
    }
}
