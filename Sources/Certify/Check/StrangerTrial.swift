import CPatchbay
import HostileInput
import JSONTree
import MarketModel
import Runtime

/// Inputs about streams, requests, timers and accounts that were never there, before the start, behind it and behind
/// the stop; and an exchange that answers everything with the same nonsense.
struct StrangerTrial {
  let subject: Subject
  let stories: Stories

  func run(_ judge: CheckJudge) throws {
    for stage in ["before the start", "behind the start", "behind the stop"] where !judge.isFull {
      let bench = try subject.bench(values: Stories.credentials, clock: Stories.clock)
      if stage != "before the start" { bench.begin() }
      if stage == "behind the stop" { bench.stranger { $0.stop() } }
      for (words, input) in inputs {
        judge.begin("\(words) \(stage)")
        bench.stranger(input)
        judge.judge(bench, "\(words) \(stage)")
        if bench.isFaulted { break }
      }
      if stage == "behind the start", !bench.isFaulted { newer(bench, judge) }
    }
    try nonsense(judge)
  }

  /// Kinds of inputs that a newer host may have are answered by PB_E_UNSUPPORTED, and change nothing.
  private func newer(_ bench: Bench, _ judge: CheckJudge) {
    for kind in [0, 31, 0x0FFF, 0x7777, 0xFFFF] {
      judge.begin("an input of the kind \(kind)")
      bench.stranger { instance in Self.withSlack([1, 2, 3]) { instance.unknown(kind: kind, $0) } }
      judge.judge(bench, "an input of the kind \(kind)")
      guard Int(bench.lastStatus) != PB_E_UNSUPPORTED else { continue }
      judge.report(
        "an input of a kind that it does not know (\(kind)) is answered by status \(bench.lastStatus)",
        remedy: "answer PB_E_UNSUPPORTED to kinds of a newer host", weight: .note, kind: "kind")
    }
  }

  private typealias Input = (words: String, deliver: (ConnectorInstance) -> pb_status)

  private static let ids: [UInt64] = [0, 1, 2, 999, 1 << 40, .max]
  private static let ends: [RequestEnd] = [
    .notSent(code: 0, reason: ""), .notSent(code: .max, reason: "\u{0}\u{FFFF}"), .sent,
    .noAnswer(reason: String(repeating: "x", count: 5000)), .replied(status: 0, headers: []),
    .replied(status: 99, headers: [("", "")]),
    .replied(status: 204, headers: [("retry-after", "99999999999999999999")]),
    .replied(status: 302, headers: [("location", "https://evil.example/")]),
    .replied(status: 429, headers: [("retry-after", "-1"), ("retry-after", "\u{0}")]),
    .replied(status: 503, headers: []), .replied(status: .max, headers: []),
  ]

  private var inputs: [Input] {
    var all: [Input] = []
    for id in Self.ids {
      all.append(("an opened stream \(id)", { $0.opened(id) }))
      for payload in TextFuzz.strangers {
        for kind in [FrameKind.text, .binary] {
          let words = "a frame on the stream \(id), \(CheckNote.shown(payload, of: payload.count))"
          all.append((words, { instance in Self.withSlack(payload) { instance.frame(id, $0, kind) } }))
        }
      }
      for code in [0, 1000, 1006, 4000, UInt32.max] {
        all.append(("a closed stream \(id)", { $0.closed(id, code: code, reason: "\u{0}gone") }))
      }
      for end in Self.ends {
        all.append(("a sent request \(id)", { $0.sent(id, end) }))
        let body = Array("{}".utf8)
        all.append(("a reply to \(id)", { one in Self.withSlack(body) { one.replied(id, end, $0) } }))
      }
      all.append(("the timer \(id)", { $0.timer(id) }))
      for isPresent in [true, false, false, true] {
        let account = PublicAccount(
          id: id, label: String(repeating: "\u{1F600}", count: 300), algorithm: 99,
          publicFields: [("", ""), ("api_key", "\u{0}\""), ("api_key", "again")])
        all.append(("the account \(id)", { $0.account(account, isPresent: isPresent) }))
      }
    }
    all.append(("a second start", { $0.start(trading: true) }))
    all.append(("a start without trading", { $0.start(trading: false) }))
    return all
  }

  private static func withSlack(_ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) -> pb_status) -> pb_status {
    let padded = bytes + [UInt8](repeating: 0, count: Int(PB_PAYLOAD_SLACK))
    return padded.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[..<bytes.count])) }
  }

  // MARK: An exchange that says one thing

  /// Everything that is asked is answered with one text, and every stream carries it.
  private func nonsense(_ judge: CheckJudge) throws {
    var answers = TextFuzz.strangers.prefix(18).map { (RequestEnd.replied(status: 200, headers: []), $0) }
    answers += Self.ends.map { ($0, Array("{}".utf8)) }
    for (end, body) in answers where !judge.isFull {
      let words = "an exchange that answers \(end) \(CheckNote.shown(body, of: body.count))"
      var script = subject.manifest.trading
      (script.replies, script.frames) = ([], [])
      let bench = try subject.bench(values: Stories.credentials, clock: Stories.clock, script: script)
      judge.begin(words)
      bench.begin()
      for verb in Verb.allCases where subject.offers(verb) { bench.send(CommandTrial.usual(verb, bench, subject)) }
      for _ in 0..<6 {
        for request in bench.unanswered.prefix(100) {
          judge.begin(words)
          bench.end(request, end == .sent ? .noAnswer(reason: "") : end, body: body)
        }
        for stream in bench.streams.keys.sorted() {
          judge.begin("a frame of \(words)")
          bench.frame(body, on: stream)
        }
        bench.advance(by: 10_000_000_000)
      }
      judge.judge(bench, words)
    }
  }
}
