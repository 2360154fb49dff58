/// What an act's requests may carry, and how they are bound to the command that asks for them. See docs/acts.md.
public struct ActRules: Sendable, Equatable {
  /// What an act of the class trade does.
  public enum Verb: String, CaseIterable, Sendable {
    case place, amend, cancel, leverage, swap, approve
    case marginMode = "margin_mode"
    case positionMode = "position_mode"

    /// Facts without which the act could do something else than the command asks for: each group needs one bound.
    public var essential: [[Fact]] {
      switch self {
      case .place: [[.symbol], [.side], [.type], [.quantity, .value], [.price]]
      case .amend: [[.venueOrder, .clientOrder], [.quantity]]
      case .cancel: [[.venueOrder, .clientOrder]]
      case .leverage: [[.symbol], [.leverage]]
      // Some exchanges have one for all instruments; an act without a symbol is for commands that name none.
      case .marginMode, .positionMode: [[.mode]]
      case .swap, .approve: [[.quantity]]
      }
    }
  }

  /// A part of a command that a place in a request can be bound to.
  public enum Fact: String, CaseIterable, Sendable {
    case symbol, side, type, quantity, price, stop, value, close, position, leverage, mode, flags, expiry
    case clientOrder = "client_order"
    case venueOrder = "venue_order"
    case timeInForce = "time_in_force"
    case reduceOnly = "reduce_only"
    case postOnly = "post_only"
    /// Which price reaches the stop.
    case stopBy = "stop_by"

    /// Compared as a number.
    public var isNumber: Bool {
      switch self {
      case .quantity, .price, .stop, .value, .leverage, .expiry: true
      default: false
      }
    }

    /// What leaving it out means, the manifest says.
    var mayLack: Bool { self == .flags || self == .stopBy }

    /// Compared as a text.
    public var isText: Bool { self == .symbol || self == .clientOrder || self == .venueOrder }
  }

  /// How a place is compared with its fact.
  public enum Match: String, CaseIterable, Sendable {
    case exact
    /// A number that may be smaller: what of the command is left for the order at hand, less what was filled of others
    /// that it took the place of.
    case atMost = "at_most"
    /// A quantity that may be smaller, of an order that takes the place of another: at most what is not filled yet.
    case rest
    /// A price that market orders have as well, as the worst that they may get: any number for them, whose command
    /// leaves the price open.
    case worst
    /// A name of the exchange's own for the symbol: the first one used for an instrument is the only one, and is no
    /// other instrument's.
    case ownName = "own_name"
    /// The exchange counts contracts: so many of the instrument's are the quantity of the command, exactly.
    case contracts
    /// As `contracts`, and a number below zero sells.
    case signedContracts = "signed_contracts"
    /// A leverage with a minus sign in front, by which an exchange says the margin mode.
    case negated
    /// A moment in whole or broken seconds since 1970, in milliseconds, and as RFC 3339 writes it in UTC.
    case seconds, milliseconds, iso
  }

  public struct Binding: Sendable, Equatable {
    public var fact: Fact
    public var place: RequestPlace
    public var match: Match
    /// A number that the exchange writes times ten to this power.
    public var scale = 0
    /// A new order may leave it out. Asked of flags and of which price reaches the stop: for the other facts it is
    /// known what leaving out means.
    public var isOptional = false

    /// A new order must have it: left out, an exchange would take another kind of order.
    public var isOwed: Bool { fact.mayLack && !isOptional }

    /// What the place says: a signed quantity says the side as well.
    public var facts: [Fact] { match == .signedContracts ? [fact, .side] : [fact] }
  }

  /// A parameter that is bound to no fact of the command; `values` = all it may be, none = anything.
  public struct Allowed: Sendable, Equatable {
    public var place: RequestPlace
    public var values: [String]
    /// The connector's setting that it must be, by its value or its default: see `Manifest.settled`.
    public var setting: String?
    /// The public field of the account's credentials that it must be.
    public var field: String?
    /// The fact of the account that it must be, as the exchange told it in a reply: see `AccountFactRule`.
    public var learned: String?
    /// It may be left out although what it can be is limited: the order stays the same.
    public var isOptional = false

    /// A request must have it: left out, an exchange would take what is usual there instead. How a request is signed
    /// is no such thing.
    public var isOwed: Bool {
      let isLimited = !values.isEmpty && !PlaceName(place).isOfTheRequest
      return !isOptional && (isLimited || field != nil || learned != nil)
    }
  }

  /// A list of orders in one request; places are relative to one element.
  public struct Items: Sendable, Equatable {
    public var at: RequestPlace
    public var bindings: [Binding]
    public var allowed: [Allowed]
  }

  /// Nil for acts that do not trade.
  public var verb: Verb?
  /// Where it may go; none = every host of the manifest.
  public var hosts: [String] = []
  /// Headers it may have beside Accept, Content-Type and User-Agent, in lower case.
  public var headers: [String] = []
  /// Settings of the connector that must be so, or the act is not its own: see `Manifest.settled`.
  public var when: [String: String] = [:]
  /// One that its requests must have with just this value; of no manifest's act, but of the place where it trades.
  public var neededHeader: TradingPlace.Header?
  public var bindings: [Binding] = []
  public var items: [Items] = []
  public var allowed: [Allowed] = []
  /// Every parameter is let through: nothing that is not bound is judged.
  public var allowsAll = false
  /// The exchange's words by fact, each with what it says.
  public var words: [Fact: [String: OrderTerms]] = [:]
  /// What each of its requests says by its path: an exchange may have an endpoint for buying and another for selling.
  public var says: OrderTerms = []
  /// The acts that frames on a stream of this act may be.
  public var operations: [String] = []

  public init() {}
}

/// A place in an evaluated request: `query:NAME`, `form:NAME`, `json:/POINTER`, `name:/POINTER` (the name of the only
/// member of the object there), `path:N` (the N-th `*`), `header:NAME`; a bare NAME is any of query, form and the top
/// of a JSON body.
public struct RequestPlace: Sendable, Equatable, CustomStringConvertible {
  public enum Kind: String, CaseIterable, Sendable { case query, form, json, name, path, header, any }

  public var kind: Kind
  /// A name, or for `path` its number. Empty for `json` and `name`.
  public var name: String
  /// The keys of a JSON pointer; none = the whole value.
  public var pointer: [String]

  /// Nil when the text is no place.
  public init?(_ text: String) {
    let sides = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let isBare = sides.count == 1
    guard let kind = isBare ? .any : Kind(rawValue: sides[0]), kind != .any || isBare, let rest = sides.last else {
      return nil
    }
    (self.kind, name, pointer) = (kind, rest, [])
    switch kind {
    case .json, .name:
      guard rest.isEmpty && kind == .json || rest.hasPrefix("/") else { return nil }
      name = ""
      if rest.isEmpty { return }
      pointer = rest.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard pointer.allSatisfy(Self.isName) else { return nil }
    case .path: guard let number = Int(rest), (1...16).contains(number), "\(number)" == rest else { return nil }
    case .header:
      name = rest.lowercased()
      guard Self.isName(rest) else { return nil }
    case .query, .form, .any: guard Self.isName(rest) else { return nil }
    }
  }

  /// Names that every parser reads alike.
  public static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64 && text.utf8.allSatisfy(isNameByte)
  }

  public static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  public var description: String {
    switch kind {
    case .any: name
    case .json, .name: "\(kind.rawValue):" + pointer.map { "/\($0)" }.joined()
    default: "\(kind.rawValue):\(name)"
    }
  }
}

/// What words of an exchange say of an order; a set.
public struct OrderTerms: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  private init(bit: UInt32) { self.init(rawValue: 1 << bit) }

  public static let buy = OrderTerms(bit: 0)
  public static let sell = OrderTerms(bit: 1)
  public static let limit = OrderTerms(bit: 2)
  public static let market = OrderTerms(bit: 3)
  public static let stopLimit = OrderTerms(bit: 4)
  public static let stopMarket = OrderTerms(bit: 5)
  public static let takeLimit = OrderTerms(bit: 6)
  public static let takeMarket = OrderTerms(bit: 7)
  public static let goodTillCancelled = OrderTerms(bit: 8)
  public static let immediateOrCancel = OrderTerms(bit: 9)
  public static let fillOrKill = OrderTerms(bit: 10)
  public static let goodTillDate = OrderTerms(bit: 11)
  public static let postOnly = OrderTerms(bit: 12)
  public static let notPostOnly = OrderTerms(bit: 13)
  /// Reduces a position and does no more.
  public static let reduceOnly = OrderTerms(bit: 14)
  public static let notReduceOnly = OrderTerms(bit: 15)
  public static let byValue = OrderTerms(bit: 16)
  public static let notByValue = OrderTerms(bit: 17)
  /// Closes the whole position; names no quantity.
  public static let close = OrderTerms(bit: 18)
  public static let notClose = OrderTerms(bit: 19)
  public static let net = OrderTerms(bit: 20)
  public static let long = OrderTerms(bit: 21)
  public static let short = OrderTerms(bit: 22)
  public static let cross = OrderTerms(bit: 23)
  public static let isolated = OrderTerms(bit: 24)
  public static let oneWay = OrderTerms(bit: 25)
  public static let hedge = OrderTerms(bit: 26)
  /// The mark price reaches the stop, or the last trade.
  public static let byMark = OrderTerms(bit: 27)
  public static let byLast = OrderTerms(bit: 28)

  /// The words of manifests, in the order of the bits.
  public static let names = [
    "buy", "sell", "limit", "market", "stop_limit", "stop_market", "take_limit", "take_market", "gtc", "ioc", "fok",
    "gtd", "post_only", "not_post_only", "reduce_only", "not_reduce_only", "by_value", "not_by_value", "close",
    "not_close", "net", "long", "short", "cross", "isolated", "one_way", "hedge", "by_mark", "by_last",
  ]

  /// Words with blanks between them; nil when one is unknown.
  public init?(words: String) {
    var terms: OrderTerms = []
    for word in words.split(separator: " ") {
      guard let bit = Self.names.firstIndex(of: String(word)) else { return nil }
      terms.insert(OrderTerms(bit: UInt32(bit)))
    }
    guard !terms.isEmpty else { return nil }
    self = terms
  }

  /// What a fact's values mean where the manifest has no words for it.
  static func usual(_ fact: ActRules.Fact) -> [String: OrderTerms] {
    let own: ClosedRange<UInt32>
    switch fact {
    case .side: own = 0...1
    case .type: own = 2...7
    case .timeInForce: own = 8...11
    case .position: own = 20...22
    case .mode: own = 23...26
    case .stopBy: own = 27...28
    case .reduceOnly: return ["true": .reduceOnly, "false": .notReduceOnly]
    case .postOnly: return ["true": .postOnly, "false": .notPostOnly]
    case .close: return ["true": .close, "false": .notClose]
    default: return [:]
    }
    return Dictionary(uniqueKeysWithValues: own.map { (names[Int($0)], OrderTerms(bit: $0)) })
  }
}
