//! Why an exchange did not do what was asked: its codes as data, and what is proved by an answer.

use crate::input::Reply;
use crate::json::Json;
use crate::output::Output;
use crate::patchbay::*;

/// Why a request did not do what was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// `PB_ERR_`.
    pub error: u32,
    /// The exchange's code, or the HTTP status.
    pub code: String,
    pub text: String,
    /// How long the exchange wants to be left alone; 0 where it does not say.
    pub retry_after_ns: i64,
    /// A write may have been carried out all the same.
    pub may_have_happened: bool,
}

impl Fault {
    pub fn new(error: u32, text: &str) -> Fault {
        Fault { error, text: text.to_string(), ..Fault::default() }
    }

    /// What is not known of a write.
    pub fn doubt(error: u32, text: &str) -> Fault {
        Fault { may_have_happened: true, ..Fault::new(error, text) }
    }

    /// The text, with its code in front where it does not hold it.
    pub fn words(&self) -> String {
        if self.code.is_empty() || self.text.contains(&self.code) {
            return self.text.clone();
        }
        format!("{} {}", self.code, self.text)
    }

    /// How a command ends that met this fault. Only a write can be in doubt: asking changes nothing.
    pub fn outcome(&self, is_write: bool) -> u32 {
        if is_write && self.may_have_happened {
            PB_OUTCOME_UNKNOWN
        } else {
            PB_OUTCOME_REFUSED
        }
    }

    /// Ends a command that asked.
    pub fn refuse(&self, out: &mut Output, command: pb_id) {
        out.reply(
            command,
            PB_OUTCOME_REFUSED,
            crate::facts::Refusal {
                error: self.error,
                retry_after_ns: self.retry_after_ns,
                code: &self.code,
                text: &self.text,
            },
        );
    }
}

/// What codes mean; the first rule that fits decides.
pub struct Rule {
    /// Separated by spaces; empty = an answer without a code.
    pub codes: &'static str,
    /// Part of the exchange's words, in lower case; empty fits all.
    pub fragment: &'static str,
    /// `PB_ERR_`.
    pub error: u32,
    /// The exchange itself does not know what became of the request.
    pub may_have_happened: bool,
}

impl Rule {
    pub const fn new(codes: &'static str, error: u32) -> Rule {
        Rule { codes, fragment: "", error, may_have_happened: false }
    }
    pub const fn doubtful(codes: &'static str, error: u32) -> Rule {
        Rule { codes, fragment: "", error, may_have_happened: true }
    }
    pub const fn worded(codes: &'static str, fragment: &'static str, error: u32) -> Rule {
        Rule { codes, fragment, error, may_have_happened: false }
    }

    fn fits(&self, code: &str, words: &str) -> bool {
        let names = self.codes.split(' ').any(|one| one == code);
        names && (self.fragment.is_empty() || words.contains(self.fragment))
    }
}

/// Where an exchange says how a request ended: `{"retCode": 0, "retMsg": "OK", ...}`.
pub struct Errors {
    pub code: &'static str,
    pub text: &'static str,
    /// Codes of success; one that is absent is one too.
    pub fine: &'static [&'static str],
    pub rules: &'static [Rule],
}

/// Statuses that are given before a request is carried out (RFC 9110 section 15.5, RFC 6585, RFC 7725).
const REFUSALS: &[u32] =
    &[400, 402, 404, 405, 406, 407, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 428, 431, 451];

impl Errors {
    fn rule(&self, code: &str, text: &str) -> Option<&Rule> {
        let words = text.to_lowercase();
        self.rules.iter().find(|rule| rule.fits(code, &words))
    }

    /// What a code and the exchange's words stand for. A code that no rule has proves nothing about a write.
    pub fn fault(&self, code: &str, text: &str) -> Fault {
        let (error, may_have_happened) = match self.rule(code, text) {
            Some(rule) => (rule.error, rule.may_have_happened),
            None => (PB_ERR_OTHER, true),
        };
        Fault { error, code: code.to_string(), text: text.to_string(), retry_after_ns: 0, may_have_happened }
    }

    /// The fault of a reply; `None` when the exchange says success.
    pub fn of(&self, reply: &Reply, body: &[u8]) -> Option<Fault> {
        match reply.outcome() {
            PB_NOT_SENT => return Some(Fault::new(PB_ERR_NOT_SENT, reply.reason())),
            PB_REPLIED => {}
            _ => return Some(Fault::doubt(PB_ERR_TRANSIENT, reply.reason())),
        }
        let (code, text) = self.said(body);
        let status = reply.status();
        if !code.is_empty() && !self.fine.contains(&code.as_str()) {
            let words = if text.is_empty() { format!("code {}", code) } else { text };
            let is_known = self.rule(&code, &words).is_some();
            let mut fault = self.fault(&code, &words);
            fault.retry_after_ns = reply.retry_after_ns();
            if !is_known && (status == 418 || status == 429) {
                // Whatever the code: who asks too often is refused before anything is carried out.
                fault.error = PB_ERR_RATE_LIMIT;
                fault.may_have_happened = false;
            }
            return Some(fault);
        }
        if reply.is_success() {
            return None;
        }
        let words = format!("HTTP status {}", status);
        let mut fault =
            Fault::new(PB_ERR_OTHER, &if text.is_empty() { words } else { format!("{}: {}", words, text) });
        fault.code = status.to_string();
        fault.retry_after_ns = reply.retry_after_ns();
        match status {
            418 | 429 => fault.error = PB_ERR_RATE_LIMIT,
            401 | 403 => fault.error = PB_ERR_AUTH,
            _ if REFUSALS.contains(&status) => {}
            _ => {
                fault.error = if status == 503 { PB_ERR_MAINTENANCE } else { PB_ERR_TRANSIENT };
                fault.may_have_happened = true;
            }
        }
        Some(fault)
    }

    /// Code and words of a body that as a whole is JSON.
    fn said(&self, body: &[u8]) -> (String, String) {
        let (mut code, mut text) = (String::new(), String::new());
        let mut json = Json::new(body);
        if json.peek() != b'{' {
            return (code, text);
        }
        json.enter_object();
        while let Some(key) = json.next_key() {
            // A `null` says nothing.
            match key {
                key if key.is(self.code) && !json.skip_null() => code = json.scalar().string(),
                key if key.is(self.text) && !json.skip_null() => text = json.scalar().string(),
                key if key.is(self.code) || key.is(self.text) => {}
                _ => json.skip(),
            }
        }
        if json.is_complete() {
            (code, text)
        } else {
            (String::new(), String::new())
        }
    }
}

/// Counts what became of the orders of a command, and answers it when the last has ended: unknown when the fate of one
/// is, refused when all were refused, else done.
#[derive(Debug)]
pub struct Tally {
    pub command: pb_id,
    total: usize,
    missing: usize,
    done: usize,
    refused: Option<Fault>,
    unknown: Option<Fault>,
}

/// Whether an answer was given, and whether refused orders are to be reported: a command whose timestamp was refused is
/// given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Open,
    Answered { is_given_again: bool },
}

impl Tally {
    pub fn new(command: pb_id, total: usize) -> Tally {
        Tally { command, total, missing: total, done: 0, refused: None, unknown: None }
    }

    pub fn done(&mut self) -> Verdict {
        self.done += 1;
        self.one()
    }

    pub fn failed(&mut self, fault: Fault, is_write: bool) -> Verdict {
        let place =
            if fault.outcome(is_write) == PB_OUTCOME_UNKNOWN { &mut self.unknown } else { &mut self.refused };
        place.get_or_insert(fault);
        self.one()
    }

    fn one(&mut self) -> Verdict {
        self.missing = self.missing.saturating_sub(1);
        let is_clock = self.unknown.is_none()
            && self.done == 0
            && self.refused.as_ref().map_or(false, |fault| fault.error == PB_ERR_CLOCK);
        if self.missing > 0 {
            Verdict::Open
        } else {
            Verdict::Answered { is_given_again: is_clock }
        }
    }

    /// Answers the command; to be called when it has ended, behind the facts that belong to the answer.
    pub fn answer(&self, out: &mut Output) {
        let (outcome, fault) = match (&self.unknown, &self.refused) {
            (Some(fault), _) => (PB_OUTCOME_UNKNOWN, fault),
            (None, Some(fault)) if self.done == 0 => (PB_OUTCOME_REFUSED, fault),
            (None, Some(fault)) => (PB_OUTCOME_DONE, fault),
            (None, None) => return out.done(self.command),
        };
        let text = match outcome {
            PB_OUTCOME_DONE => {
                format!("{} of {} refused, the first: {}", self.total - self.done, self.total, fault.text)
            }
            _ if self.total > 1 => format!("of {}, the first: {}", self.total, fault.text),
            _ => fault.text.clone(),
        };
        let is_done = outcome == PB_OUTCOME_DONE;
        let (error, retry_after_ns) = if is_done { (0, 0) } else { (fault.error, fault.retry_after_ns) };
        let why = crate::facts::Refusal { error, retry_after_ns, code: &fault.code, text: &text };
        out.reply(self.command, outcome, why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERRORS: Errors = Errors {
        code: "retCode",
        text: "retMsg",
        fine: &["0"],
        rules: &[Rule::new("7 8", PB_ERR_FUNDS), Rule::worded("9", "symbol", PB_ERR_UNKNOWN_INSTRUMENT)],
    };

    #[test]
    fn the_first_rule_decides_and_none_proves_nothing() {
        assert_eq!(ERRORS.fault("8", "").error, PB_ERR_FUNDS);
        assert!(!ERRORS.fault("8", "").may_have_happened);
        assert_eq!(ERRORS.fault("9", "Invalid SYMBOL").error, PB_ERR_UNKNOWN_INSTRUMENT);
        let unknown = ERRORS.fault("9", "no");
        assert_eq!((unknown.error, unknown.may_have_happened), (PB_ERR_OTHER, true));
        assert_eq!(unknown.outcome(true), PB_OUTCOME_UNKNOWN);
        assert_eq!(unknown.outcome(false), PB_OUTCOME_REFUSED);
    }

    #[test]
    fn reads_code_and_words_of_whole_bodies_alone() {
        assert_eq!(ERRORS.said(br#"{"retCode":7,"retMsg":"a\"b"}"#), ("7".to_string(), "a\"b".to_string()));
        assert_eq!(ERRORS.said(br#"{"retCode":null,"x":[1]}"#), (String::new(), String::new()));
        for body in [&br#"{"retCode":7"#[..], b"", b"[]", b"<html>"] {
            assert_eq!(ERRORS.said(body), (String::new(), String::new()));
        }
    }

    #[test]
    fn one_doubt_makes_the_whole_unknown() {
        let mut tally = Tally::new(1, 3);
        assert_eq!(tally.done(), Verdict::Open);
        assert_eq!(tally.failed(Fault::new(PB_ERR_FUNDS, "no"), true), Verdict::Open);
        let end = tally.failed(Fault::doubt(PB_ERR_TRANSIENT, "?"), true);
        assert_eq!(end, Verdict::Answered { is_given_again: false });
        assert!(tally.unknown.is_some());
        let end = Tally::new(2, 1).failed(Fault::new(PB_ERR_CLOCK, "late"), true);
        assert_eq!(end, Verdict::Answered { is_given_again: true });
    }
}
