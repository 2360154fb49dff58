//! A host of its own for the entry points and the feed.

use super::*;

/// What a record was: its kind, and its first eight words behind the head.
type Seen = (u16, [u64; 12]);

struct Host {
    table: pb_host,
    seen: Vec<Seen>,
}

unsafe extern "C" fn emit(host: *const pb_host, record: *const pb_rec) -> pb_status {
    let seen = &mut *(*host).ctx.cast::<Vec<Seen>>();
    let words = std::slice::from_raw_parts(record.cast::<u64>(), (*record).size as usize / 8);
    let mut kept = [0; 12];
    for (place, word) in kept.iter_mut().zip(&words[2..]) {
        *place = *word;
    }
    seen.push(((*record).kind, kept));
    PB_OK
}

impl Host {
    fn new() -> Box<Host> {
        let table =
            pb_host { size: size_of::<pb_host>() as u32, reserved: 0, ctx: std::ptr::null_mut(), emit: Some(emit) };
        let mut host = Box::new(Host { table, seen: Vec::new() });
        host.table.ctx = (&mut host.seen as *mut Vec<Seen>).cast();
        host
    }

    fn kinds(&mut self) -> Vec<u16> {
        self.seen.drain(..).map(|seen| seen.0).collect()
    }
}

struct Fragile;

impl Connector for Fragile {
    const DESCRIPTOR: &'static str = "{}\0";
    fn create(config: &[u8], _out: &mut Output) -> Result<Fragile, String> {
        if config == b"{}" {
            Ok(Fragile)
        } else {
            Err("not that".to_string())
        }
    }
    fn timer(&mut self, _out: &mut Output, timer: pb_id) -> pb_status {
        [PB_OK][timer as usize]
    }
}

connectors!(Fragile);

fn span(bytes: &[u8]) -> pb_span {
    pb_span { ptr: bytes.as_ptr(), len: bytes.len() as u64 }
}

#[test]
fn no_panic_crosses_the_line() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut host = Host::new();
    unsafe {
        let table = &**(*patchbay_entry()).connectors;
        let (create, deliver, destroy) = (table.create.unwrap(), table.deliver.unwrap(), table.destroy.unwrap());
        let mut this = std::ptr::null_mut();
        assert_eq!(create(&host.table, span(b"[]"), &mut this), PB_E_ARGUMENT);
        assert!(this.is_null() && host.kinds() == [PB_OUT_FAULT]);
        assert_eq!(create(&host.table, span(b"{}"), &mut this), PB_OK);
        let mut input: pb_in_timer = zero();
        let (size, kind, head) = (size_of::<pb_in_timer>() as u32, PB_IN_TIMER, size_of::<pb_in_timer>() as u16);
        input.r#in.rec = pb_rec { size, kind, head, seq: 1 };
        let mut answers = Vec::new();
        for timer in [0, 1, 0] {
            input.timer = timer;
            answers.push(deliver(this, (&input as *const pb_in_timer).cast(), span(&[])));
        }
        assert_eq!(answers, [PB_OK, PB_E_INTERNAL, PB_E_INTERNAL]);
        destroy(this);
    }
}

// ---- The feed

use crate::book::Rule;
use crate::feed::{Answer, BookMessage, Channel, Feed, FeedPlan, Source, TopicName};

const CHANNELS: &[Channel] =
    &[Channel { carries: PB_CHANNEL_BOOK, name: "book" }, Channel { carries: PB_CHANNEL_TRADES, name: "trades" }];

fn write(topics: &[TopicName], is_unsubscribe: bool, _id: pb_id) -> String {
    let names: Vec<String> = topics.iter().map(|topic| format!("{}{}", topic.channel, topic.symbol)).collect();
    format!("{}{}", if is_unsubscribe { "-" } else { "+" }, names.join(""))
}

/// A feed with its host.
struct Stage {
    host: Box<Host>,
    out: Output,
    feed: Feed,
}

impl Stage {
    fn new(source: Source) -> Stage {
        let host = Host::new();
        let out = unsafe { Output::new(&host.table) };
        let mut stage = Stage {
            host,
            out,
            feed: Feed::new(FeedPlan::new("wss://x", CHANNELS, Rule::Increment, source, write)),
        };
        assert_eq!(stage.feed.list(&mut stage.out, "AB", -2, -3), Some(0));
        stage
    }

    fn count(&self, kind: u16) -> usize {
        self.host.seen.iter().filter(|seen| seen.0 == kind).count()
    }

    /// The id in the last record of a kind: of a request or a stream, its first field.
    fn latest(&self, kind: u16) -> u64 {
        self.host.seen.iter().rev().find(|seen| seen.0 == kind).map_or(0, |seen| seen.1[0])
    }

    fn command(&mut self, verb: u32, channel: u32) {
        let mut fields: pb_in_command = zero();
        let head = size_of::<pb_in_command>();
        fields.r#in.rec = pb_rec { size: head as u32, kind: PB_IN_COMMAND, head: head as u16, seq: 1 };
        (fields.command, fields.verb, fields.channel, fields.instrument) = (1, verb, channel, 1);
        let record = unsafe { Record::new((&fields as *const pb_in_command).cast()) };
        assert!(self.feed.command(&mut self.out, &Command::new(record)));
    }

    fn sent(&mut self, request: pb_id, outcome: u32) {
        let mut fields: pb_in_reply = zero();
        let head = size_of::<pb_in_reply>();
        fields.r#in.rec = pb_rec { size: head as u32, kind: PB_IN_SENT, head: head as u16, seq: 1 };
        (fields.request, fields.outcome) = (request, outcome);
        let record = unsafe { Record::new((&fields as *const pb_in_reply).cast()) };
        assert!(self.feed.sent(&mut self.out, &Reply::new(record)));
    }

    fn confirmed(&mut self, request: pb_id) {
        self.sent(request, PB_SENT);
        self.feed.acknowledged(&mut self.out, request, Answer::Confirmed);
    }

    fn book(&mut self, is_snapshot: bool, last: u64) {
        let (bids, asks, frame) = (zero(), zero(), &b"frame"[..]);
        self.out.begin_book();
        let message = BookMessage { is_snapshot, first: 0, last, previous: 0, venue_ns: 0, bids, asks, frame };
        self.feed.book(&mut self.out, 0, message);
    }
}

/// The book comes on the stream: a loss makes the kit give the subscription up and take it anew.
#[test]
fn a_lost_book_is_subscribed_to_anew() {
    let mut stage = Stage::new(Source::Stream);
    stage.command(PB_CMD_SUBSCRIBE, PB_CHANNEL_BOOK | PB_CHANNEL_TRADES);
    let stream = stage.latest(PB_OUT_OPEN);
    assert!(stage.feed.opened(&mut stage.out, stream) && !stage.feed.opened(&mut stage.out, 999));
    let trades = stage.latest(PB_OUT_REQUEST);
    stage.confirmed(trades - 1);
    assert_eq!(stage.count(PB_EV_REPLY), 0);
    stage.confirmed(trades);
    assert_eq!(stage.count(PB_EV_REPLY), 1);
    stage.book(true, 7);
    stage.book(false, 8);
    assert_eq!((stage.count(PB_EV_BOOK), stage.count(PB_EV_GAP)), (2, 0));
    stage.book(false, 10);
    stage.book(true, 11); // still of the old subscription
    assert_eq!((stage.count(PB_EV_BOOK), stage.count(PB_EV_GAP)), (2, 1));
    let given_up = stage.latest(PB_OUT_REQUEST);
    stage.confirmed(given_up);
    assert_ne!(stage.latest(PB_OUT_REQUEST), given_up, "asked for again");
    stage.sent(stage.latest(PB_OUT_REQUEST), PB_SENT);
    stage.book(true, 12);
    assert_eq!(stage.count(PB_EV_BOOK), 3);
    for (number, follows) in [(4, true), (5, true), (5, false)] {
        assert_eq!(stage.feed.follows(&mut stage.out, stream, number), follows);
    }
    assert!(stage.feed.closed(&mut stage.out, stream, "cut"));
    assert_eq!((stage.count(PB_EV_GAP), stage.count(PB_OUT_OPEN)), (2, 2));
}

/// What counts the messages of its connections loses all books of one at once.
#[test]
fn a_lost_message_of_a_connection_loses_its_books() {
    let mut stage = Stage::new(Source::Stream);
    stage.command(PB_CMD_SUBSCRIBE, PB_CHANNEL_BOOK);
    let stream = stage.latest(PB_OUT_OPEN);
    stage.feed.opened(&mut stage.out, stream);
    stage.confirmed(stage.latest(PB_OUT_REQUEST));
    stage.book(true, 7);
    assert!(stage.feed.follows(&mut stage.out, stream, 1) && stage.feed.follows(&mut stage.out, stream, 3));
    assert_eq!(stage.count(PB_EV_GAP), 1);
    stage.book(false, 8);
    assert_eq!(stage.count(PB_EV_BOOK), 1);
}

/// The book comes by request: updates wait for it, and are read again behind it.
#[test]
fn updates_wait_for_a_book_that_is_asked_for() {
    let mut stage = Stage::new(Source::Rest(|market| crate::facts::Request::get(market.symbol.as_str())));
    stage.command(PB_CMD_SUBSCRIBE, PB_CHANNEL_BOOK);
    let stream = stage.latest(PB_OUT_OPEN);
    stage.feed.opened(&mut stage.out, stream);
    let topics = stage.latest(PB_OUT_REQUEST);
    stage.sent(topics, PB_SENT);
    let asked = stage.latest(PB_OUT_REQUEST);
    assert_ne!(asked, topics);
    stage.book(false, 8);
    stage.book(false, 9);
    assert_eq!(stage.count(PB_EV_BOOK), 0);
    assert_eq!((stage.feed.answered(asked), stage.feed.answered(asked)), (Some(0), None));
    stage.out.begin_book();
    let (bids, asks) = (zero(), zero());
    let message =
        BookMessage { is_snapshot: true, first: 0, last: 8, previous: 0, venue_ns: 0, bids, asks, frame: b"" };
    stage.feed.snapshot(&mut stage.out, 0, message, false);
    let mut last = 8;
    while let Some(frame) = stage.feed.next_waiting(0) {
        assert_eq!(frame, b"frame");
        stage.book(false, last);
        last += 1;
    }
    assert_eq!((last, stage.count(PB_EV_BOOK)), (10, 2));
}

/// What never left is said again; what is refused refuses its command, once.
#[test]
fn a_refused_subscription_refuses_its_command() {
    let mut stage = Stage::new(Source::Stream);
    stage.command(PB_CMD_SUBSCRIBE, PB_CHANNEL_TRADES);
    let stream = stage.latest(PB_OUT_OPEN);
    stage.feed.opened(&mut stage.out, stream);
    let first = stage.latest(PB_OUT_REQUEST);
    stage.sent(first, PB_NOT_SENT);
    let timer = stage.latest(PB_OUT_TIMER);
    assert!(stage.feed.timer(&mut stage.out, timer) && !stage.feed.timer(&mut stage.out, timer));
    let again = stage.latest(PB_OUT_REQUEST);
    assert_ne!(first, again);
    stage.sent(again, PB_SENT);
    let refused = Answer::Refused { error: PB_ERR_OTHER, text: "no" };
    stage.feed.acknowledged(&mut stage.out, again, refused);
    stage.feed.acknowledged(&mut stage.out, again, refused);
    assert_eq!((stage.count(PB_EV_REPLY), stage.count(PB_EV_STATE)), (1, 1));
}

/// A subscription of which nothing is heard is asked for on a new stream.
#[test]
fn an_answer_that_does_not_come_opens_a_new_stream() {
    let mut stage = Stage::new(Source::Stream);
    stage.command(PB_CMD_SUBSCRIBE, PB_CHANNEL_TRADES);
    let stream = stage.latest(PB_OUT_OPEN);
    stage.feed.opened(&mut stage.out, stream);
    stage.sent(stage.latest(PB_OUT_REQUEST), PB_SENT);
    let timer = stage.latest(PB_OUT_TIMER);
    assert!(stage.feed.timer(&mut stage.out, timer));
    assert_eq!((stage.count(PB_OUT_CLOSE), stage.count(PB_OUT_OPEN)), (1, 2));
    assert!(!stage.feed.owns(stream));
}
