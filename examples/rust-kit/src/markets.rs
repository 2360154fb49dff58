//! The markets of an exchange: what stands under a symbol, and how its book is.

use crate::book::{BookSync, FrameQueue, LossPace, Rule};
use crate::patchbay::*;

/// One market. Its instrument's id is its number plus one; a market whose exponents change becomes another one.
pub struct Market {
    pub number: usize,
    pub symbol: String,
    pub price_exp: i32,
    pub quantity_exp: i32,
    /// Levels per side of its book, as subscribed; 0 = all.
    pub depth: u32,
    /// The number of the last trade, where trades are numbered.
    pub last_trade: u64,
    /// Channels that somebody wants (`PB_CHANNEL_` bits).
    pub(crate) wanted: u32,
    /// Those of which data or an answer came.
    pub(crate) live: u32,
    pub(crate) book: Book,
}

/// The life of a market's book.
pub(crate) struct Book {
    pub sync: BookSync,
    pub is_wanted: bool,
    /// The subscription was given up to be taken anew: what still comes of the old one is not believed.
    pub is_renewing: bool,
    pub queue: FrameQueue,
    /// The least number of a snapshot that the first frame of the queue can be joined to.
    pub first_joint: u64,
    pub pace: LossPace,
    /// Runs until the snapshot must have come, or is asked for.
    pub timer: pb_id,
    pub request: pb_id,
}

impl Market {
    pub fn id(&self) -> pb_id {
        self.number as pb_id + 1
    }

    /// Whether anybody wants a channel: what nobody wants need not be read.
    #[inline]
    pub fn wants(&self, channel: u32) -> bool {
        self.wanted & channel != 0
    }
}

/// Markets by number, and by symbol: one hash and one compare, no allocation.
#[derive(Default)]
pub struct Markets {
    all: Vec<Market>,
    /// Open addressing: number plus one, 0 = free.
    slots: Vec<u32>,
    used: usize,
}

/// FNV-1a over eight bytes at a time: the table is no larger than what the exchange lists, so that nobody gains by
/// symbols that collide.
fn hash(symbol: &[u8]) -> usize {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for chunk in symbol.chunks(8) {
        let mut eight = [0; 8];
        eight[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(eight)).wrapping_mul(0x0000_0100_0000_01b3);
        hash ^= hash >> 29;
    }
    hash as usize
}

impl Markets {
    /// More than any exchange lists: what is beyond is left out.
    pub const MOST: usize = 65_536;

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    #[inline]
    pub fn get(&self, number: usize) -> Option<&Market> {
        self.all.get(number)
    }

    #[inline]
    pub fn get_mut(&mut self, number: usize) -> Option<&mut Market> {
        self.all.get_mut(number)
    }

    /// The number of the market of an instrument.
    pub fn of(&self, instrument: pb_id) -> Option<usize> {
        let number = usize::try_from(instrument.checked_sub(1)?).ok()?;
        self.all.get(number).map(|market| market.number)
    }

    /// The market with an id of the host's; `None` for 0 and what was never listed.
    pub fn with_id(&self, instrument: pb_id) -> Option<&Market> {
        self.get(self.of(instrument)?)
    }

    /// The market of a symbol.
    pub fn named(&self, symbol: &[u8]) -> Option<&Market> {
        self.get(self.find(symbol)?)
    }

    #[inline]
    pub fn find(&self, symbol: &[u8]) -> Option<usize> {
        let place = self.slot(symbol)?;
        (*self.slots.get(place)? as usize).checked_sub(1)
    }

    /// Where a symbol stands or would stand.
    #[inline]
    fn slot(&self, symbol: &[u8]) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut place = hash(symbol) & mask;
        loop {
            match (*self.slots.get(place)? as usize).checked_sub(1) {
                None => return Some(place),
                Some(number) if self.all.get(number)?.symbol.as_bytes() == symbol => return Some(place),
                Some(_) => place = (place + 1) & mask,
            }
        }
    }

    /// The market of a symbol with these exponents; new where the symbol is, or where its exponents changed. `None`
    /// when there are too many.
    pub(crate) fn insert(&mut self, symbol: &str, price_exp: i32, quantity_exp: i32, rule: Rule) -> Option<usize> {
        if let Some(market) = self.find(symbol.as_bytes()).and_then(|number| self.all.get(number)) {
            if market.price_exp == price_exp && market.quantity_exp == quantity_exp {
                return Some(market.number);
            }
        }
        if self.all.len() >= Self::MOST {
            return None;
        }
        if (self.used + 1) * 2 > self.slots.len() {
            self.rehash();
        }
        let number = self.all.len();
        let place = self.slot(symbol.as_bytes())?;
        let slot = self.slots.get_mut(place)?;
        self.used += usize::from(*slot == 0);
        *slot = number as u32 + 1;
        let book = Book {
            sync: BookSync::new(rule),
            is_wanted: false,
            is_renewing: false,
            queue: FrameQueue::default(),
            first_joint: 0,
            pace: LossPace::default(),
            timer: 0,
            request: 0,
        };
        let symbol = symbol.to_string();
        self.all.push(Market {
            number,
            symbol,
            price_exp,
            quantity_exp,
            depth: 0,
            last_trade: 0,
            wanted: 0,
            live: 0,
            book,
        });
        Some(number)
    }

    fn rehash(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![0; (old.len() * 2).max(64)];
        for number in old.into_iter().filter(|number| *number != 0) {
            let symbol = self.all.get(number as usize - 1).map(|market| market.symbol.clone());
            if let Some(place) = symbol.and_then(|symbol| self.slot(symbol.as_bytes())) {
                self.slots[place] = number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_thousands_and_nothing_else() {
        let mut markets = Markets::default();
        assert_eq!(markets.find(b""), None);
        for number in 0..3000 {
            assert_eq!(markets.insert(&format!("COIN{}USDT", number), -2, -3, Rule::Increment), Some(number));
        }
        for number in 0..3000 {
            assert_eq!(markets.find(format!("COIN{}USDT", number).as_bytes()), Some(number));
        }
        assert_eq!(markets.find(b"COIN3000USDT"), None);
        assert_eq!(markets.insert("COIN7USDT", -2, -3, Rule::Increment), Some(7));
        assert_eq!(markets.insert("COIN7USDT", -3, -3, Rule::Increment), Some(3000), "other exponents, another id");
        assert_eq!((markets.find(b"COIN7USDT"), markets.of(8), markets.of(0)), (Some(3000), Some(7), None));
        assert_eq!(markets.of(u64::MAX), None);
    }
}
