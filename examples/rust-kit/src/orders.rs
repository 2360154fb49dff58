//! Orders: as a trading program wants them, kept beyond the call, and as an exchange reports them.

use crate::facts::{FillTexts, OrderTexts};
use crate::input::Command;
use crate::json::Text;
use crate::markets::Market;
use crate::number::{dec, Decimal};
use crate::output::Output;
use crate::patchbay::*;
use std::collections::{BTreeMap, VecDeque};

/// A command of an account, kept beyond the call: an order to place, change, cancel or ask for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// `PB_CMD_`.
    pub verb: u32,
    pub command: pb_id,
    pub account: pb_id,
    pub instrument: pb_id,
    pub order: pb_id,
    /// `PB_SIDE_`, `PB_TYPE_`, `PB_TIF_`, `PB_ORDER_`, `PB_POSITION_`.
    pub side: u32,
    pub kind: u32,
    pub force: u32,
    pub flags: u32,
    pub leg: u32,
    pub price: Option<Decimal>,
    pub quantity: Option<Decimal>,
    pub stop: Option<Decimal>,
    pub value: Option<Decimal>,
    pub client: String,
    pub venue: String,
    pub since_ns: i64,
    pub until_ns: i64,
    pub expiry_ns: i64,
    /// Most results; 0 = all.
    pub limit: u32,
}

impl Wish {
    pub fn of(command: &Command) -> Wish {
        let fields = &command.fields;
        Wish {
            verb: fields.verb,
            command: fields.command,
            account: fields.account,
            instrument: fields.instrument,
            order: fields.order,
            side: fields.side,
            kind: fields.r#type,
            force: fields.time_in_force,
            flags: fields.flags,
            leg: fields.position,
            price: command.price(),
            quantity: command.quantity(),
            stop: command.stop(),
            value: command.value(),
            client: command.client_order().to_string(),
            venue: command.venue_order().to_string(),
            since_ns: fields.since_ns,
            until_ns: fields.until_ns,
            expiry_ns: fields.expiry_ns,
            limit: fields.limit,
        }
    }

    /// The orders of a command: those of its batch, or itself. They all belong to the command.
    pub fn all(command: &Command) -> Vec<Wish> {
        let mut wishes: Vec<Wish> = command.items().map(|item| Wish::of(&item)).collect();
        for wish in &mut wishes {
            wish.command = command.id();
            wish.verb = command.fields.verb;
        }
        if wishes.is_empty() {
            wishes.push(Wish::of(command));
        }
        wishes
    }

    /// It waits for a price.
    pub fn is_triggered(&self) -> bool {
        is_triggered(self.kind)
    }

    /// It has a limit price.
    pub fn has_limit(&self) -> bool {
        matches!(self.kind, PB_TYPE_LIMIT | PB_TYPE_STOP_LIMIT | PB_TYPE_TAKE_LIMIT)
    }

    pub fn is_by_value(&self) -> bool {
        self.flags & PB_ORDER_BY_VALUE != 0
    }
}

pub fn is_triggered(kind: u32) -> bool {
    matches!(kind, PB_TYPE_STOP_LIMIT | PB_TYPE_STOP_MARKET | PB_TYPE_TAKE_LIMIT | PB_TYPE_TAKE_MARKET)
}

/// The orders that a connector places.
pub struct Offer {
    pub types: &'static [u32],
    pub forces: &'static [u32],
    /// `PB_ORDER_` bits.
    pub flags: u32,
}

impl Offer {
    /// Says it of an instrument.
    pub fn describe(&self, fact: &mut pb_instrument) {
        let bits = |list: &[u32]| list.iter().fold(0, |all, one| all | 1u64 << (one & 63));
        fact.order_types = bits(self.types);
        fact.time_in_force = bits(self.forces);
        fact.order_flags = u64::from(self.flags);
    }

    /// Whether an order can be placed as it is; else `PB_ERR_` and why.
    pub fn check(&self, order: &Wish) -> Result<(), (u32, &'static str)> {
        let invalid =
            |is_fine: bool, why: &'static str| if is_fine { Ok(()) } else { Err((PB_ERR_INVALID_ORDER, why)) };
        let offered =
            |is_fine: bool, why: &'static str| if is_fine { Ok(()) } else { Err((PB_ERR_UNSUPPORTED, why)) };
        invalid(matches!(order.side, PB_SIDE_BUY | PB_SIDE_SELL), "side must be buy or sell")?;
        offered(self.types.contains(&order.kind), "this order type is not offered")?;
        offered(order.flags & !self.flags == 0, "a flag of the order is not offered")?;
        offered(order.leg == 0, "positions have no legs here")?;
        offered(order.force == 0 || self.forces.contains(&order.force), "this time in force is not offered")?;
        if order.flags & PB_ORDER_POST_ONLY != 0 {
            offered(order.kind == PB_TYPE_LIMIT, "only limit orders can be post-only")?;
            invalid(
                matches!(order.force, 0 | PB_TIF_GTC | PB_TIF_GTD),
                "a post-only order is good till cancelled or till a date",
            )?;
        }
        invalid(
            (order.force == PB_TIF_GTD) == (order.expiry_ns > 0),
            "an order good till a date has that date, and no other has one",
        )?;
        invalid(order.has_limit() == order.price.is_some(), "a limit order has a price, and no other has one")?;
        invalid(
            order.is_triggered() == order.stop.is_some(),
            "an order that waits for a price has a stop price, and no other has one",
        )?;
        if order.is_by_value() {
            offered(order.kind == PB_TYPE_MARKET, "only market orders can be by value")?;
            invalid(order.value.is_some(), "the value is absent")?;
        } else {
            invalid(order.quantity.is_some(), "the quantity is absent")?;
        }
        let numbers = [order.price, order.stop, order.quantity, order.value];
        invalid(numbers.iter().flatten().all(|number| number.is_positive()), "a number is not above zero")
    }
}

/// Whom a fact is about, and which command it answers; 0 = unasked.
#[derive(Clone, Copy, Debug, Default)]
pub struct About {
    pub account: pb_id,
    pub command: pb_id,
    pub order: pb_id,
}

/// What an exchange says of an order, whatever way it says it. What it does not say stays empty.
#[derive(Clone, Debug, Default)]
pub struct OrderReport {
    pub symbol: String,
    pub client: String,
    pub venue: String,
    pub side: u32,
    pub kind: u32,
    pub force: u32,
    pub flags: u32,
    /// `PB_ORDER_STATE_`; 0 = not known.
    pub state: u32,
    pub state_word: String,
    pub price: Option<Decimal>,
    pub stop: Option<Decimal>,
    pub quantity: Option<Decimal>,
    pub filled: Option<Decimal>,
    pub average: Option<Decimal>,
    pub time_ns: i64,
    pub reason: String,
    /// Of an answer about several orders: what it says of this one.
    pub code: String,
    /// A stop whose price has been reached.
    pub has_triggered: bool,
}

impl OrderReport {
    /// Takes from the command what a short answer leaves out.
    pub fn complete(&mut self, from: &Wish, market: &Market) {
        let text = |own: &mut String, other: &str| {
            if own.is_empty() {
                *own = other.to_string();
            }
        };
        text(&mut self.symbol, &market.symbol);
        text(&mut self.client, &from.client);
        text(&mut self.venue, &from.venue);
        let number = |own: &mut u32, other: u32| {
            if *own == 0 {
                *own = other;
            }
        };
        number(&mut self.side, from.side);
        number(&mut self.kind, from.kind);
        number(&mut self.force, if self.kind == PB_TYPE_MARKET { PB_TIF_IOC } else { from.force });
        self.price = self.price.or(from.price);
        self.stop = self.stop.or(from.stop);
        // A quantity of an order by value counts quote.
        if !from.is_by_value() {
            self.quantity = self.quantity.or(from.quantity);
        }
    }

    /// Reports the order's state; `false` when its state is not known or it has no id.
    pub fn publish(&self, out: &mut Output, market: &Market, about: About, error: u32) -> bool {
        let is_named = !self.venue.is_empty() || !self.client.is_empty() || self.state == PB_ORDER_STATE_REJECTED;
        if self.state == 0 || !is_named {
            out.warn(&format!("order {} of {}: state {} is not known", self.venue, self.symbol, self.state_word));
            return false;
        }
        let mut fact: pb_order = zero();
        fact.account = about.account;
        fact.instrument = market.id();
        fact.order = about.order;
        fact.command = about.command;
        fact.venue_ns = self.time_ns;
        fact.state = self.state;
        fact.side = self.side;
        fact.r#type = self.kind;
        fact.time_in_force = self.force;
        fact.flags = self.flags;
        fact.error = error;
        fact.price = dec(self.price);
        fact.quantity = dec(self.quantity);
        fact.filled = dec(self.filled);
        fact.average = dec(self.average);
        fact.stop = dec(self.stop);
        out.order(
            fact,
            OrderTexts {
                client_order: Text::of(&self.client),
                venue_order: Text::of(&self.venue),
                reason: Text::of(&self.reason),
                continues: Text::default(),
            },
        );
        true
    }
}

/// An execution.
#[derive(Clone, Debug, Default)]
pub struct FillReport {
    pub symbol: String,
    pub trade: String,
    pub client: String,
    pub venue: String,
    pub side: u32,
    pub price: Option<Decimal>,
    pub quantity: Option<Decimal>,
    /// Positive is paid.
    pub fee: Option<Decimal>,
    pub fee_asset: String,
    /// `PB_LIQUIDITY_`; 0 = not said.
    pub liquidity: u32,
    /// `PB_FILL_`.
    pub flags: u32,
    pub time_ns: i64,
}

impl FillReport {
    /// Reports it; `false` when it is none.
    pub fn publish(&self, out: &mut Output, market: &Market, about: About) -> bool {
        let is_positive = |number: Option<Decimal>| number.map_or(false, |number| number.is_positive());
        if self.trade.is_empty() || self.side == 0 || self.price.is_none() || !is_positive(self.quantity) {
            return false;
        }
        let mut fact: pb_fill = zero();
        fact.account = about.account;
        fact.instrument = market.id();
        fact.order = about.order;
        fact.command = about.command;
        fact.venue_ns = self.time_ns;
        fact.side = self.side;
        fact.flags = self.flags;
        fact.liquidity = self.liquidity;
        fact.price = dec(self.price);
        fact.quantity = dec(self.quantity);
        // A fill is not lost for digits that no account can hold.
        if let Some(fee) = self.fee {
            fact.fee = Decimal { is_rounded: false, ..fee }.dec();
            fact.flags |= if fee.is_rounded { PB_FILL_FEE_ESTIMATED } else { 0 };
        }
        out.fill(
            fact,
            FillTexts {
                trade: Text::of(&self.trade),
                client_order: Text::of(&self.client),
                venue_order: Text::of(&self.venue),
                fee_asset: Text::of(&self.fee_asset),
            },
        );
        true
    }
}

/// Which ids are of orders that wait for a price under a service of their own, and which of such as did. The newest
/// 1024 are kept.
#[derive(Debug, Default)]
pub struct WaitingOrders {
    ids: BTreeMap<String, bool>,
    order: VecDeque<String>,
}

impl WaitingOrders {
    const MOST: usize = 1024;

    /// Whether a command is about one of them: what its ids are known to be of, or else by its type.
    pub fn owns(&self, order: &Wish) -> bool {
        let known = self.ids.get(&order.venue).or_else(|| self.ids.get(&order.client));
        known.copied().unwrap_or_else(|| order.is_triggered())
    }

    /// An order waits, or does so no longer.
    pub fn note(&mut self, id: &str, waits: bool) {
        if id.is_empty() || self.ids.insert(id.to_string(), waits).is_some() {
            return;
        }
        self.order.push_back(id.to_string());
        if self.order.len() > Self::MOST {
            if let Some(old) = self.order.pop_front() {
                self.ids.remove(&old);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: Offer = Offer {
        types: &[PB_TYPE_LIMIT, PB_TYPE_MARKET, PB_TYPE_STOP_LIMIT],
        forces: &[PB_TIF_GTC, PB_TIF_IOC],
        flags: PB_ORDER_POST_ONLY | PB_ORDER_BY_VALUE,
    };

    fn limit() -> Wish {
        let (price, quantity) = (Some(Decimal::new(100, 0)), Some(Decimal::ONE));
        Wish { side: PB_SIDE_BUY, kind: PB_TYPE_LIMIT, price, quantity, ..Wish::default() }
    }

    #[test]
    fn remembers_which_orders_wait() {
        let mut waiting = WaitingOrders::default();
        waiting.note("a", true);
        let order = |client: &str| Wish { client: client.to_string(), ..limit() };
        assert!(waiting.owns(&order("a")) && !waiting.owns(&order("b")));
        assert!(waiting.owns(&Wish { kind: PB_TYPE_STOP_LIMIT, ..order("b") }));
        waiting.note("a", false);
        assert!(!waiting.owns(&Wish { kind: PB_TYPE_STOP_LIMIT, ..order("a") }));
        for number in 0..5000 {
            waiting.note(&number.to_string(), true);
        }
        assert!(waiting.ids.len() == 1024 && waiting.owns(&order("4999")) && !waiting.owns(&order("1")));
    }

    #[test]
    fn takes_what_is_offered_and_whole() {
        assert_eq!(OFFER.check(&limit()), Ok(()));
        let code = |order: &Wish| OFFER.check(order).unwrap_err().0;
        assert_eq!(code(&Wish { side: 0, ..limit() }), PB_ERR_INVALID_ORDER);
        assert_eq!(code(&Wish { kind: PB_TYPE_TAKE_LIMIT, ..limit() }), PB_ERR_UNSUPPORTED);
        assert_eq!(code(&Wish { kind: PB_TYPE_STOP_LIMIT, ..limit() }), PB_ERR_INVALID_ORDER);
        assert_eq!(code(&Wish { kind: PB_TYPE_MARKET, ..limit() }), PB_ERR_INVALID_ORDER);
        assert_eq!(code(&Wish { flags: PB_ORDER_REDUCE_ONLY, ..limit() }), PB_ERR_UNSUPPORTED);
        assert_eq!(code(&Wish { force: PB_TIF_FOK, ..limit() }), PB_ERR_UNSUPPORTED);
        let late = Wish { flags: PB_ORDER_POST_ONLY, force: PB_TIF_IOC, ..limit() };
        assert_eq!(code(&late), PB_ERR_INVALID_ORDER);
        assert_eq!(code(&Wish { quantity: Some(Decimal::ZERO), ..limit() }), PB_ERR_INVALID_ORDER);
        assert_eq!(code(&Wish { flags: PB_ORDER_BY_VALUE, ..limit() }), PB_ERR_UNSUPPORTED);
    }
}
