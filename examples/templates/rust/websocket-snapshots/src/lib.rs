//! Sandbar's spot market: what the host delivers, and requests. Frames are read in `frames.rs`, answers in
//! `markets.rs`.

mod exchange;
mod frames;
mod markets;

use exchange::{MARKETS, MESSAGES, REQUESTS, REST, TIME};
use markets::{clock, is_refused};
use patchbay_kit::facts::{Refusal, Request};
use patchbay_kit::feed::Feed;
use patchbay_kit::input::{Command, Reply, Stream};
use patchbay_kit::output::Output;
use patchbay_kit::patchbay::*;
use patchbay_kit::Connector;

/// What a request was for.
#[derive(Clone, Copy)]
enum Question {
    Clock,
    Markets,
}

pub struct Sandbar {
    feed: Feed,
    /// Requests under way, with the command that each answers.
    questions: Vec<(pb_id, Question, pb_id)>,
}

impl Connector for Sandbar {
    const DESCRIPTOR: &'static str = concat!(include_str!("../descriptor.json"), "\0");

    fn create(_config: &[u8], _out: &mut Output) -> Result<Sandbar, String> {
        Ok(Sandbar { feed: Feed::new(exchange::plan()), questions: Vec::new() })
    }

    fn start(&mut self, out: &mut Output, _is_trading: bool) {
        out.limits(&[REQUESTS, MESSAGES]);
    }

    fn opened(&mut self, out: &mut Output, stream: &Stream) {
        self.feed.opened(out, stream.id());
    }

    fn frame(&mut self, out: &mut Output, stream: &Stream, frame: &[u8]) -> pb_status {
        if !self.feed.owns(stream.id()) {
            return PB_E_STATE;
        }
        self.read(out, stream.id(), frame)
    }

    fn closed(&mut self, out: &mut Output, stream: &Stream) {
        self.feed.closed(out, stream.id(), stream.reason());
    }

    fn sent(&mut self, out: &mut Output, reply: &Reply) {
        self.feed.sent(out, reply);
    }

    fn timer(&mut self, out: &mut Output, timer: pb_id) -> pb_status {
        if self.feed.timer(out, timer) {
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
            _ => PB_E_UNSUPPORTED,
        }
    }

    fn reply(&mut self, out: &mut Output, reply: &Reply, body: &[u8]) -> pb_status {
        let at = match self.questions.iter().position(|question| question.0 == reply.request()) {
            Some(at) => at,
            None => return self.feed_reply(out, reply, body),
        };
        let (_, question, command) = self.questions.remove(at);
        if is_refused(out, reply, body, command) {
            return PB_OK;
        }
        let is_read = match question {
            Question::Clock => clock(out, reply.request(), body),
            Question::Markets => self.instruments(out, body, command),
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
}
