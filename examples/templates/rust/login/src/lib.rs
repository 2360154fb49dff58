//! Sandbar's spot market: what the host delivers, and requests. Frames are read in `frames.rs`, answers in
//! `markets.rs`, orders are written in `orders.rs`, the account and its stream are in `account.rs`.

mod account;
mod exchange;
mod frames;
mod markets;
mod orders;

use account::ERRORS;
use exchange::{MARKETS, MESSAGES, REQUESTS, REST, TIME};
use markets::{clock, is_refused};
use patchbay_kit::facts::{Refusal, Request};
use patchbay_kit::faults::Tally;
use patchbay_kit::feed::Feed;
use patchbay_kit::input::{Account, Command, Reply, Stream};
use patchbay_kit::orders::Wish;
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;
use patchbay_kit::private::Accounts;
use patchbay_kit::Connector;

/// What a request was for.
enum Question {
    Clock,
    Markets,
    /// An order that was placed or cancelled.
    Write(Box<Wish>),
    /// An order, looked for in the list of those that are open.
    Find(Box<Wish>),
    /// All that are open, of one instrument or of all.
    OpenOrders(Box<Wish>),
    Balances(Box<Wish>),
}

pub struct Sandbar {
    feed: Feed,
    accounts: Accounts,
    /// Requests under way, with the command that each answers.
    questions: Vec<(pb_id, Question, pb_id)>,
    /// Commands about orders that have not ended.
    tallies: Vec<Tally>,
}

impl Connector for Sandbar {
    const DESCRIPTOR: &'static str = concat!(include_str!("../descriptor.json"), "\0");

    fn create(_config: &[u8], _out: &mut Output) -> Result<Sandbar, String> {
        Ok(Sandbar {
            feed: Feed::new(exchange::plan()),
            accounts: Accounts::new(account::plan()),
            questions: Vec::new(),
            tallies: Vec::new(),
        })
    }

    fn start(&mut self, out: &mut Output, _is_trading: bool) {
        out.limits(&[REQUESTS, MESSAGES]);
    }

    fn account(&mut self, out: &mut Output, account: &Account) {
        self.accounts.account(out, &mut self.feed, account);
    }

    fn opened(&mut self, out: &mut Output, stream: &Stream) {
        if !self.feed.opened(out, stream.id()) {
            self.accounts.opened(out, &mut self.feed, stream.id());
        }
    }

    fn frame(&mut self, out: &mut Output, stream: &Stream, frame: &[u8]) -> pb_status {
        if self.feed.owns(stream.id()) {
            return self.read(out, stream.id(), frame);
        }
        match self.accounts.frame(stream.id()) {
            Some(Some(account)) => self.private_frame(out, account, frame),
            Some(None) => PB_OK,
            None => PB_E_STATE,
        }
    }

    fn closed(&mut self, out: &mut Output, stream: &Stream) {
        if !self.feed.closed(out, stream.id(), stream.reason()) {
            self.accounts.closed(out, &mut self.feed, stream.id(), stream.reason());
        }
    }

    fn sent(&mut self, out: &mut Output, reply: &Reply) {
        if !self.feed.sent(out, reply) {
            self.accounts.sent(reply.request());
        }
    }

    fn timer(&mut self, out: &mut Output, timer: pb_id) -> pb_status {
        if self.feed.timer(out, timer) || self.accounts.timer(out, &mut self.feed, timer) {
            PB_OK
        } else {
            PB_E_STATE
        }
    }

    fn command(&mut self, out: &mut Output, command: &Command) -> pb_status {
        if self.feed.command(out, command) {
            return PB_OK;
        }
        match command.fields.verb {
            PB_CMD_CLOCK => self.ask(out, Question::Clock, TIME, command.id()),
            PB_CMD_INSTRUMENTS => self.ask(out, Question::Markets, MARKETS, command.id()),
            _ => self.private_command(out, command),
        }
    }

    fn reply(&mut self, out: &mut Output, reply: &Reply, body: &[u8]) -> pb_status {
        let at = match self.questions.iter().position(|question| question.0 == reply.request()) {
            Some(at) => at,
            None => return self.feed_reply(out, reply, body),
        };
        let (_, question, command) = self.questions.remove(at);
        let is_read = match question {
            Question::Write(wish) => return self.written(out, body, ERRORS.of(reply, body), &wish),
            Question::Find(wish) => return self.found(out, body, ERRORS.of(reply, body), &wish),
            _ if is_refused(out, reply, body, command) => return PB_OK,
            Question::Clock => clock(out, reply.request(), body),
            Question::Markets => {
                let is_read = self.instruments(out, body, command);
                if is_read {
                    // Private streams have waited for it: their reports name instruments.
                    self.accounts.instruments_came(out, &mut self.feed);
                }
                is_read
            }
            Question::OpenOrders(wish) => self.open_orders(out, body, &wish),
            Question::Balances(wish) => self.balances(out, body, &wish),
        };
        if is_read {
            out.done(command);
            return PB_OK;
        }
        let text = "the exchange's answer cannot be read";
        out.reply(command, PB_OUTCOME_REFUSED, Refusal { error: PB_ERR_OTHER, text, ..Refusal::default() });
        PB_E_PARSE
    }
}

patchbay_kit::connectors!(Sandbar);

impl Sandbar {
    fn ask(&mut self, out: &mut Output, question: Question, path: &str, command: pb_id) -> pb_status {
        let id = self.feed.new_id();
        let mut request = Request::get(format!("{}{}", REST, path));
        request.command = command;
        request.deadline_ns = 10_000_000_000;
        request.charges = vec![REQUESTS.charge()];
        self.questions.push((id, question, command));
        out.send(id, &request);
        PB_OK
    }

    /// A command of an account.
    fn private_command(&mut self, out: &mut Output, command: &Command) -> pb_status {
        let is_offered = matches!(
            command.fields.verb,
            PB_CMD_PLACE
                | PB_CMD_CANCEL
                | PB_CMD_CANCEL_MANY
                | PB_CMD_ORDER
                | PB_CMD_OPEN_ORDERS
                | PB_CMD_BALANCES
        );
        if !is_offered {
            return PB_E_UNSUPPORTED;
        }
        if !self.accounts.has(command.fields.account) {
            out.refuse(command.id(), PB_ERR_AUTH, &format!("no account {}", command.fields.account));
            return PB_OK;
        }
        match command.fields.verb {
            PB_CMD_OPEN_ORDERS => self.ask_orders(out, Wish::of(command)),
            PB_CMD_BALANCES => self.ask_balances(out, Wish::of(command)),
            _ => self.each(out, command),
        }
        PB_OK
    }
}
