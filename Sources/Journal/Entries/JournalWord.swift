import MarketModel

/// A value that the journal keeps as a word, so that its tables can be read by people and by other programs. A word
/// never changes its meaning.
protocol JournalWord {
  var word: String { get }
  static var all: [Self] { get }
}

extension JournalWord where Self: CaseIterable {
  static var all: [Self] { Array(allCases) }
}

extension JournalWord {
  init?(word: String) {
    guard let value = Self.all.first(where: { $0.word == word }) else { return nil }
    self = value
  }
}

extension Side: JournalWord {
  var word: String {
    switch self {
    case .buy: "buy"
    case .sell: "sell"
    }
  }
}

// These have words already, which command lines and JSON show: the journal keeps the same.
extension JournalWord where Self: CustomStringConvertible {
  var word: String { description }
}

extension OrderType: JournalWord {}

extension TimeInForce: JournalWord {}

extension PositionLeg: JournalWord {
  var word: String {
    switch self {
    case .net: "net"
    case .long: "long"
    case .short: "short"
    }
  }
}

extension OrderState: JournalWord {}

extension OrderState {
  /// Whether a host that starts must hear of such an order, however old it is.
  var isLive: Bool { !isTerminal || self == .lost }
}

extension OrderReport.Claim: JournalWord {
  var word: String {
    switch self {
    case .open: "open"
    case .partiallyFilled: "partially_filled"
    case .untriggered: "untriggered"
    case .filled: "filled"
    case .cancelled: "cancelled"
    case .rejected: "rejected"
    case .expired: "expired"
    case .notSent: "not_sent"
    }
  }
}

extension CommandOutcome: JournalWord {
  var word: String {
    switch self {
    case .unknown: "unknown"
    case .notSent: "not_sent"
    case .refused: "refused"
    case .done: "done"
    }
  }
}

extension Fill.Liquidity: JournalWord {
  static let all: [Fill.Liquidity] = [.maker, .taker]

  var word: String {
    switch self {
    case .maker: "maker"
    case .taker: "taker"
    }
  }
}

extension FillKind: JournalWord {
  var word: String { "\(self)" }
}

/// What an event is.
enum EventKind: String, CaseIterable, JournalWord {
  case report
  case fill
  case cancel
  case amend
  case outcome
  /// The host gave the order up.
  case givenUp = "given_up"
  /// A transaction is about to leave.
  case leaving
  /// A change of state without its cause.
  case state

  var word: String { rawValue }
}

extension OrderFlags {
  private static let words: [(flag: OrderFlags, word: String)] = [
    (.postOnly, "post_only"), (.reduceOnly, "reduce_only"), (.close, "close"), (.byValue, "by_value"),
    (.stopByMark, "stop_by_mark"),
  ]

  /// The flags' words with commas between them; empty without flags.
  var word: String { Self.words.filter { contains($0.flag) }.map(\.word).joined(separator: ",") }

  init?(word: String) {
    self = []
    for part in word.split(separator: ",") {
      guard let known = Self.words.first(where: { $0.word == part }) else { return nil }
      insert(known.flag)
    }
  }
}
