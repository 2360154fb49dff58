import CPatchbay
import Decimals
import JSONTree
import MarketModel
import Runtime

/// Every command, as it should be and as it should not: each ends with one answer, whatever becomes of its requests.
struct CommandTrial {
  let subject: Subject

  func run(_ judge: CheckJudge) throws {
    for verb in Verb.allCases where !judge.isFull {
      let bench = try subject.bench(values: Stories.credentials, clock: Stories.clock)
      judge.begin("start")
      bench.begin()
      let drafts = drafts(verb, bench)
      var sent: [(id: UInt64, words: String, isUsual: Bool, status: pb_status)] = []
      for (index, draft) in drafts.enumerated() {
        judge.begin("the command \(draft.words)")
        let id = bench.send(draft.command)
        sent.append((id, draft.words, index == 0, bench.lastStatus))
        judge.judge(bench, "the command \(draft.words)")
      }
      judge.begin("the end of \(verb.name)")
      Self.finish(bench)
      judge.judge(bench, "the end of \(verb.name)")
      guard !bench.isFaulted else { continue }
      Self.judgeAnswers(sent, verb, bench, subject, judge)
      bench.stop()
    }
  }

  /// Ends everything that is under way as a network does that has gone, and lets all timers run out.
  static func finish(_ bench: Bench) {
    for _ in 0..<40 {
      for request in bench.unanswered { bench.end(request, .noAnswer(reason: "the connection was lost")) }
      for stream in bench.streams.keys.sorted() { bench.close(stream) }
      bench.advance(by: 30_000_000_000)
    }
  }

  private static func judgeAnswers(
    _ sent: [(id: UInt64, words: String, isUsual: Bool, status: pb_status)], _ verb: Verb, _ bench: Bench,
    _ subject: Subject, _ judge: CheckJudge
  ) {
    var answers: [UInt64: Int] = [:]
    for (fact, command) in bench.facts where fact.kind == "reply" { answers[command, default: 0] += 1 }
    for one in sent {
      let count = answers[one.id] ?? 0
      if Int(one.status) == PB_E_UNSUPPORTED {
        if one.isUsual, subject.offers(verb) {
          judge.report(
            "the descriptor offers \"\(verb.name)\" and the connector answers PB_E_UNSUPPORTED",
            remedy: "serve it, or take it out of \"verbs\"")
        }
        continue
      }
      if count > 1 {
        judge.report(
          "the command \(one.words) was answered \(count) times", remedy: "answer each command once, at its end",
          kind: "twice \(verb.name)")
      }
      // A subscription may wait for as long as its stream does not come back.
      if count == 0, verb != .subscribe, verb != .resync, verb != .refresh {
        judge.report(
          "the command \(one.words) was never answered, though nothing of it is under way any more",
          remedy: "answer it by done, refused or unknown when its request ends, however it ends",
          kind: "never \(verb.name)")
      }
    }
  }

  // MARK: Commands

  /// One that makes sense, on the first instrument.
  static func usual(_ verb: Verb, _ bench: Bench, _ subject: Subject) -> CommandDraft {
    var draft = CommandDraft(verb)
    draft.account = Verb.isPublic(verb) ? 0 : Bench.account
    if ![.clock, .instruments, .tickers, .balances, .openOrders, .positions, .modes].contains(verb) {
      draft.instrument = bench.instrument(nil)
    }
    switch verb {
    case .subscribe, .unsubscribe: draft.channels = subject.has("channels", "book") ? .book : .trades
    case .place, .amend:
      (draft.order, draft.side, draft.type, draft.timeInForce) = (1, .buy, .limit, .goodTillCancelled)
      draft.price = Decimal64(mantissa: 100, exponent: 0)
      draft.quantity = Decimal64(mantissa: 1, exponent: 0)
      draft.clientOrder = subject.clientOrder
      if verb == .amend { draft.venueOrder = "1" }
    case .cancel, .order: (draft.order, draft.clientOrder, draft.venueOrder) = (1, subject.clientOrder, "1")
    case .cancelMany:
      var item = draft
      (item.verb, item.order, item.venueOrder) = (.cancel, 1, "1")
      draft.items = [item]
    case .candles: (draft.interval, draft.limit) = (60_000_000_000, 10)
    case .leverage: draft.value = Decimal64(mantissa: 2, exponent: 0)
    case .marginMode, .positionMode: draft.mode = 1
    case .quote, .swap, .approve:
      (draft.side, draft.quantity, draft.value) = (.buy, .one, Decimal64(mantissa: 1, exponent: -2))
    default: break
    }
    return draft
  }

  private static let numbers = [
    Decimal64(mantissa: .max, exponent: 0), Decimal64(mantissa: .min, exponent: 0), Decimal64(mantissa: 0, exponent: 0),
    Decimal64(mantissa: -1, exponent: -18), Decimal64(mantissa: .max, exponent: -18),
    Decimal64(mantissa: 999_999_999_999_999_999, exponent: 18), Decimal64(mantissa: 1, exponent: -18),
  ]
  private static let texts = [
    "", "\u{0}", "\"", "\\", "a\nb", "&symbol=x", "%00", "\u{FFFD}\u{10FFFF}", String(repeating: "9", count: 64),
    String(repeating: "A", count: 5000), "-1", "18446744073709551616",
  ]

  private func drafts(_ verb: Verb, _ bench: Bench) -> [(command: CommandDraft, words: String)] {
    let usual = Self.usual(verb, bench, subject)
    var all: [(CommandDraft, String)] = [(usual, verb.name)]
    func add(_ words: String, _ change: (inout CommandDraft) -> Void) {
      var draft = usual
      change(&draft)
      all.append((draft, "\(verb.name) \(words)"))
    }
    for id in [0, 77, 1 << 40, UInt64.max] {
      add("of the instrument \(id)") { $0.instrument = id }
      add("of the account \(id)") { $0.account = id }
    }
    for number in Self.numbers {
      let text = "\(number.mantissa)e\(number.exponent)"
      add("with the price \(text)") { $0.price = number }
      add("with the quantity \(text)") { $0.quantity = number }
      add("with the stop price \(text)") { ($0.stop, $0.type) = (number, .stopLimit) }
      add("with the value \(text)") {
        ($0.value, $0.quantity, $0.type) = (number, nil, .market)
        $0.flags.insert(.byValue)
      }
    }
    for text in Self.texts {
      let shown = CheckNote.shown(Array(text.utf8.prefix(40)), of: text.utf8.count)
      add("with the client order id \"\(shown)\"") { ($0.clientOrder, $0.venueOrder) = (text, "") }
      add("with the exchange's id \"\(shown)\"") { ($0.venueOrder, $0.clientOrder) = (text, "") }
      add("with the symbol \"\(shown)\"") { $0.symbol = text }
    }
    // Moments of the contract; a host delivers no others.
    for time in [1, Int64(1) << 62 - 1] {
      add("of times at \(time)") { ($0.since, $0.until, $0.expiry, $0.interval) = (time, time, time, time) }
    }
    for type in OrderType.allCases { add("of the type \(type)") { $0.type = type } }
    for force in TimeInForce.allCases { add("with the time in force \(force)") { $0.timeInForce = force } }
    add("with every flag, limit, depth and mode") {
      ($0.flags, $0.limit, $0.depth, $0.mode) = (OrderFlags(rawValue: .max), .max, .max, .max)
      ($0.channels, $0.position, $0.alike) = (Channels(rawValue: .max), .short, .max)
    }
    add("with nothing else") {
      $0 = CommandDraft(verb)
    }
    if [.place, .amend, .cancel, .cancelMany].contains(verb) {
      add("of 200 items") { draft in
        draft.items = (0..<200).map { place in
          var item = usual
          (item.items, item.order) = ([], UInt64(place + 1))
          if place % 3 == 1 { item.instrument = 1 << 40 }
          if place % 3 == 2 { (item.price, item.clientOrder) = (Self.numbers[0], Self.texts[9]) }
          return item
        }
      }
    }
    return all
  }
}

extension CheckJudge {
  /// What a trial finds of a connector on the bench.
  func judge(_ bench: Bench, _ words: @autoclosure () -> String) {
    guard let counters = bench.counters else { return }
    let isOfABound = bench.firstFault?.isOfABound ?? false
    judge(
      malformed: isOfABound ? 0 : counters.malformed, failed: counters.failed,
      fault: bench.firstFault.map { "\($0)" }, gaveUp: bench.isFaulted, words())
  }
}
