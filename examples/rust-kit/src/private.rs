//! Private streams: opened for each account, logged in, subscribed, watched, and opened again after pauses that grow
//! with every refusal.

use crate::facts::{Open, Request};
use crate::faults::Fault;
use crate::feed::{Answer, Feed};
use crate::input::Account;
use crate::output::Output;
use crate::patchbay::*;
use crate::seal::Sealed;

/// How an exchange's private stream works: a signed frame logs in, then each channel is subscribed to by a frame of its
/// own, and each is answered.
pub struct PrivatePlan {
    pub url: String,
    /// The manifest's acts.
    pub stream_act: &'static str,
    pub login_act: &'static str,
    pub subscribe_act: &'static str,
    pub channels: &'static [&'static str],
    /// Write the frames; the id is for exchanges that repeat it.
    pub login: fn(id: pb_id) -> Sealed,
    pub subscribe: fn(channel: &str, id: pb_id) -> Sealed,
    /// Said every so often; empty where pings of the WebSocket protocol suffice.
    pub ping: &'static str,
    pub ping_act: &'static str,
    pub ping_every_ns: i64,
    pub idle_ns: i64,
    /// An answer that does not come for so long is taken for lost.
    pub answer_ns: i64,
    pub open_charges: Vec<pb_charge>,
}

/// How long an exchange is left alone after it refused a login or a subscription: longer each time, and from the start
/// much longer where only a person can change the answer.
#[derive(Debug, Default)]
pub struct RetryPause {
    failures: u32,
    not_before: i64,
    since: Option<i64>,
}

const SECOND: i64 = 1_000_000_000;

impl RetryPause {
    /// Nanoseconds until the next attempt; 0 = now.
    pub fn remaining(&self, now: i64) -> i64 {
        self.not_before.saturating_sub(now).max(0)
    }

    /// An attempt failed; `least`: how long the exchange wants to be left alone.
    pub fn failed(&mut self, error: u32, least: i64, now: i64) -> i64 {
        self.since = None;
        let is_final = matches!(error, PB_ERR_AUTH | PB_ERR_UNSUPPORTED);
        let (first, longest) = if is_final { (60 * SECOND, 900 * SECOND) } else { (SECOND, 300 * SECOND) };
        let doubled = first.saturating_mul(1 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        self.not_before = self.not_before.max(now.saturating_add(doubled.min(longest).max(least)));
        self.remaining(now)
    }

    pub fn succeeded(&mut self, now: i64) {
        self.since = Some(now);
    }

    /// What had succeeded is over: when it did not last, that is one more failure, the first of which costs nothing.
    pub fn ended(&mut self, now: i64) {
        match self.since {
            Some(since) if now.saturating_sub(since) >= 60 * SECOND => {
                self.since = None;
                self.failures = 0;
            }
            Some(_) if self.failures == 0 => {
                self.since = None;
                self.failures = 1;
            }
            Some(_) => {
                self.failed(PB_ERR_TRANSIENT, 0, now);
            }
            None => {}
        }
    }
}

/// An account that orders are placed for, and its stream.
pub struct TradingAccount {
    pub id: pb_id,
    /// 0 = none.
    stream: pb_id,
    pub is_live: bool,
    is_logged_in: bool,
    /// The stream is being closed, to open anew: what still comes on it is of no use.
    is_closing: bool,
    /// Channels whose subscription is not answered yet.
    missing: usize,
    pause: RetryPause,
    /// Opens the stream again, or gives up waiting for an answer.
    timer: pb_id,
    ping_timer: pb_id,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    Open(pb_id),
    Answer(pb_id),
    Ping(pb_id),
}

/// The accounts of a connector. It hands them what the host delivers; what is not theirs is given back (`false`).
pub struct Accounts {
    plan: PrivatePlan,
    all: Vec<TradingAccount>,
    timers: Vec<(pb_id, Due)>,
    /// Frames on the way.
    frames: Vec<pb_id>,
    /// Reports name instruments, so their list comes first.
    has_instruments: bool,
}

impl Accounts {
    pub fn new(plan: PrivatePlan) -> Accounts {
        Accounts { plan, all: Vec::new(), timers: Vec::new(), frames: Vec::new(), has_instruments: false }
    }

    pub fn has(&self, account: pb_id) -> bool {
        self.all.iter().any(|one| one.id == account)
    }

    /// The account of a stream.
    pub fn of(&self, stream: pb_id) -> Option<pb_id> {
        self.all.iter().find(|one| stream != 0 && one.stream == stream).map(|one| one.id)
    }

    fn at(&self, account: pb_id) -> Option<usize> {
        self.all.iter().position(|one| one.id == account)
    }

    pub fn account(&mut self, out: &mut Output, feed: &mut Feed, account: &Account) {
        let id = account.id();
        match (account.is_present(), self.at(id)) {
            (true, None) => {
                self.all.push(TradingAccount {
                    id,
                    stream: 0,
                    is_live: false,
                    is_logged_in: false,
                    is_closing: false,
                    missing: 0,
                    pause: RetryPause::default(),
                    timer: 0,
                    ping_timer: 0,
                });
                self.open(out, feed, id);
            }
            (false, Some(at)) => {
                self.stop_timers(out, at);
                let gone = self.all.remove(at);
                if gone.stream != 0 {
                    out.close(gone.stream, "the account is gone");
                }
                out.account_state(id, PB_STATE_ENDED, 0, 0, "");
            }
            _ => {}
        }
    }

    /// The list of instruments is there.
    pub fn instruments_came(&mut self, out: &mut Output, feed: &mut Feed) {
        self.has_instruments = true;
        for id in self.all.iter().map(|one| one.id).collect::<Vec<_>>() {
            self.open(out, feed, id);
        }
    }

    fn open(&mut self, out: &mut Output, feed: &mut Feed, id: pb_id) {
        let at = match self.at(id) {
            Some(at) if self.all[at].stream == 0 && self.all[at].timer == 0 && self.has_instruments => at,
            _ => return,
        };
        let pause = self.all[at].pause.remaining(out.now.mono);
        if pause > 0 {
            self.all[at].timer = self.after(out, feed, pause, Due::Open(id));
            return;
        }
        out.account_state(id, PB_STATE_PENDING, 0, 0, "");
        let stream = feed.new_id();
        self.all[at].stream = stream;
        let (charges, idle_ns, permission) =
            (self.plan.open_charges.clone(), self.plan.idle_ns, self.plan.stream_act);
        // Where the handshake takes no secret, the stream is public until it is logged in.
        let url = self.plan.url.as_str().into();
        out.open(stream, &Open { url, account: id, permission, charges, idle_ns, ..Open::default() });
    }

    fn after(&mut self, out: &mut Output, feed: &mut Feed, after_ns: i64, due: Due) -> pb_id {
        let id = feed.new_id();
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

    fn stop_timers(&mut self, out: &mut Output, at: usize) {
        let (timer, ping) = (self.all[at].timer, self.all[at].ping_timer);
        self.cancel(out, timer);
        self.cancel(out, ping);
        self.all[at].timer = 0;
        self.all[at].ping_timer = 0;
    }

    // ---- Being let in

    pub fn opened(&mut self, out: &mut Output, feed: &mut Feed, stream: pb_id) -> bool {
        let at = match self.of(stream).and_then(|id| self.at(id)) {
            Some(at) => at,
            None => return false,
        };
        if self.all[at].is_closing {
            return true;
        }
        if !self.plan.ping.is_empty() {
            self.all[at].ping_timer = self.after(out, feed, self.plan.ping_every_ns, Due::Ping(stream));
        }
        let id = feed.new_id();
        let text = (self.plan.login)(id);
        self.say(out, feed, at, id, text, self.plan.login_act);
        true
    }

    fn say(&mut self, out: &mut Output, feed: &mut Feed, at: usize, id: pb_id, text: Sealed, act: &'static str) {
        let mut frame = Request::frame(self.all[at].stream, text);
        frame.account = self.all[at].id;
        frame.permission = act;
        self.frames.push(id);
        out.send(id, &frame);
        let timer = self.all[at].timer;
        self.cancel(out, timer);
        let answer = Due::Answer(self.all[at].stream);
        self.all[at].timer = self.after(out, feed, self.plan.answer_ns, answer);
    }

    /// What became of a frame; `false` where it is none of these. One that was not sent is not answered either.
    pub fn sent(&mut self, request: pb_id) -> bool {
        match self.frames.iter().position(|id| *id == request) {
            Some(at) => {
                self.frames.remove(at);
                true
            }
            None => false,
        }
    }

    /// The exchange answered the login.
    pub fn logged_in(&mut self, out: &mut Output, feed: &mut Feed, account: pb_id, answer: Result<(), Fault>) {
        let at = match self.at(account) {
            Some(at) if self.all[at].stream != 0 && !self.all[at].is_closing && !self.all[at].is_logged_in => at,
            _ => return,
        };
        if let Err(fault) = answer {
            return self.refuse(out, at, &fault, "login");
        }
        self.all[at].is_logged_in = true;
        self.all[at].missing = self.plan.channels.len();
        for channel in self.plan.channels {
            let id = feed.new_id();
            let text = (self.plan.subscribe)(channel, id);
            self.say(out, feed, at, id, text, self.plan.subscribe_act);
        }
    }

    /// The exchange answered the subscription to a channel.
    pub fn acknowledged(&mut self, out: &mut Output, account: pb_id, answer: Result<(), Fault>) {
        let at = match self.at(account) {
            Some(at) if self.all[at].stream != 0 && !self.all[at].is_closing && self.all[at].missing > 0 => at,
            _ => return,
        };
        if let Err(fault) = answer {
            return self.refuse(out, at, &fault, "channel");
        }
        self.all[at].missing -= 1;
        if self.all[at].missing > 0 || self.all[at].is_live {
            return;
        }
        let timer = std::mem::replace(&mut self.all[at].timer, 0);
        self.cancel(out, timer);
        self.all[at].is_live = true;
        self.all[at].pause.succeeded(out.now.mono);
        out.account_state(account, PB_STATE_LIVE, 0, 0, "");
    }

    // ---- Losing it and getting it back

    /// The exchange does not let the account in: the stream is given up for now.
    fn refuse(&mut self, out: &mut Output, at: usize, fault: &Fault, what: &str) {
        let pause = self.all[at].pause.failed(fault.error, fault.retry_after_ns, out.now.mono);
        let text = format!("{}: {}", what, fault.words());
        out.warn(&format!("private stream: {}; next attempt in {} s", text, pause / SECOND));
        out.account_state(self.all[at].id, PB_STATE_DOWN, fault.error, fault.retry_after_ns, &text);
        self.close(out, at, "the account is not let in");
    }

    /// Opens the stream anew: a message could not be read, which may have been a report.
    pub fn restart(&mut self, out: &mut Output, account: pb_id, error: u32, reason: &str) {
        let at = match self.at(account) {
            Some(at) if self.all[at].stream != 0 && !self.all[at].is_closing => at,
            _ => return,
        };
        if !self.all[at].is_live {
            self.all[at].pause.failed(error, 0, out.now.mono);
        }
        out.warn(&format!("private stream: {}; opening it again", reason));
        out.account_state(account, PB_STATE_DOWN, error, 0, reason);
        self.close(out, at, reason);
    }

    fn close(&mut self, out: &mut Output, at: usize, reason: &str) {
        self.stop_timers(out, at);
        if self.all[at].is_live {
            self.all[at].pause.ended(out.now.mono);
        }
        self.all[at].is_live = false;
        self.all[at].is_closing = true;
        out.close(self.all[at].stream, reason);
    }

    pub fn closed(&mut self, out: &mut Output, feed: &mut Feed, stream: pb_id, reason: &str) -> bool {
        let at = match self.of(stream).and_then(|id| self.at(id)) {
            Some(at) => at,
            None => return false,
        };
        self.stop_timers(out, at);
        let account = &mut self.all[at];
        let (id, was_closing) = (account.id, account.is_closing);
        if account.is_live {
            account.pause.ended(out.now.mono);
        }
        account.stream = 0;
        account.is_live = false;
        account.is_logged_in = false;
        account.is_closing = false;
        account.missing = 0;
        // Why we ended it has been said, and says more than its end.
        if !was_closing {
            out.account_state(id, PB_STATE_DOWN, PB_ERR_TRANSIENT, 0, reason);
        }
        self.open(out, feed, id);
        true
    }

    /// The account whose frame this is; `None` where the stream is none of these, or what comes on it is of no use any
    /// more.
    pub fn frame(&self, stream: pb_id) -> Option<Option<pb_id>> {
        let account = self.all.iter().find(|one| stream != 0 && one.stream == stream)?;
        Some(if account.is_closing { None } else { Some(account.id) })
    }

    /// A timer is due; `false` where it is none of these.
    pub fn timer(&mut self, out: &mut Output, feed: &mut Feed, timer: pb_id) -> bool {
        let due = match self.timers.iter().position(|(id, _)| *id == timer) {
            Some(at) => self.timers.remove(at).1,
            None => return false,
        };
        match due {
            Due::Open(id) => {
                if let Some(at) = self.at(id) {
                    self.all[at].timer = 0;
                    self.open(out, feed, id);
                }
            }
            Due::Answer(stream) => {
                if let Some(at) = self.of(stream).and_then(|id| self.at(id)) {
                    self.all[at].timer = 0;
                    if !self.all[at].is_live {
                        let id = self.all[at].id;
                        self.restart(out, id, PB_ERR_TRANSIENT, "the private stream was not answered");
                    }
                }
            }
            Due::Ping(stream) => {
                if let Some(at) = self.of(stream).and_then(|id| self.at(id)) {
                    let id = feed.new_id();
                    let mut frame = Request::frame(stream, self.plan.ping);
                    frame.permission = self.plan.ping_act;
                    self.frames.push(id);
                    out.send(id, &frame);
                    self.all[at].ping_timer = self.after(out, feed, self.plan.ping_every_ns, Due::Ping(stream));
                }
            }
        }
        true
    }
}

/// What an answer to a subscription says, as an outcome.
pub fn outcome(answer: Answer) -> Result<(), Fault> {
    match answer {
        Answer::Confirmed => Ok(()),
        Answer::Refused { error, text } => Err(Fault::new(error, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_each_time_and_forgets_what_lasted() {
        let mut pause = RetryPause::default();
        assert_eq!(pause.failed(PB_ERR_TRANSIENT, 0, 0), SECOND);
        assert_eq!(pause.failed(PB_ERR_TRANSIENT, 0, SECOND), 2 * SECOND);
        assert_eq!(pause.failed(PB_ERR_AUTH, 0, 3 * SECOND), 240 * SECOND);
        assert_eq!(pause.failed(PB_ERR_TRANSIENT, 1000 * SECOND, 300 * SECOND), 1000 * SECOND);
        pause.succeeded(2000 * SECOND);
        pause.ended(2100 * SECOND);
        assert_eq!(pause.remaining(2100 * SECOND), 0);
        // What does not last counts, the first time for nothing.
        pause.succeeded(3000 * SECOND);
        pause.ended(3001 * SECOND);
        assert_eq!(pause.remaining(3001 * SECOND), 0);
        pause.succeeded(3002 * SECOND);
        pause.ended(3003 * SECOND);
        assert_eq!(pause.remaining(3003 * SECOND), 2 * SECOND);
        assert_eq!(pause.failed(PB_ERR_AUTH, i64::MAX, i64::MAX), i64::MAX - i64::MAX);
    }
}
