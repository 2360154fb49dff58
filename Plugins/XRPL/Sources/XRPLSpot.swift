import CPatchbay
import ConnectorKit
import Decimals

/// The XRP Ledger's order books: market data. Orders there are transactions whose binary form the host would have to
/// bound; nothing here signs one, and none is offered. Protocol: XRP Ledger, "HTTP / WebSocket APIs" (xrpl.org). Books
/// are read in Books.swift, trades in Trades.swift.
public final class XRPLSpot: ExchangeConnector, ExchangeDialect {
  final let settings: Settings
  /// How many connections were opened: the next one goes to the next node.
  private var openings = 0
  /// The newest validated ledger that a stream has named, and when it closed, in nanoseconds.
  final var ledger = Ledger()
  /// The id of a trade under construction: a transaction's hash, a dash and the place of the offer in its metadata.
  let tradeName = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 80)

  struct Ledger {
    var index: UInt64 = 0
    var time: Int64 = 0
    /// On which it was named.
    var stream: pb_id = 0
  }

  /// No request goes anywhere but to the socket.
  public var rest: String { "https://xrplcluster.com" }
  public var limits: [Output.Limit] { Output.Limit.all }
  public var errors: ErrorPlan { ErrorPlan(.status(code: "error", text: "error_message"), ErrorTable(codes: [:])) }

  /// Each closed ledger has a whole book, numbered by its index.
  public var bookRules: BookPlan { BookPlan(.rising, .pushes) }

  /// "subscribe": `ledger` says when a validated ledger has come, `books` brings the transactions that touch a book.
  public var feeds: FeedPlan {
    var plan = FeedPlan([settings.nodes.first ?? ""], [[.book, .trades]: "books"])
    plan.common = ["ledger"]
    plan.topicsPerConnection = 1000
    plan.topicsPerMessage = 10
    // A ledger closes every 3 to 5 seconds.
    plan.idle = 30_000_000_000
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    settings = try Settings(config)
    try super.init(config: config, out: out)
    attach(self)
    instruments(settings.pairs.map { $0.rules })
  }

  deinit { tradeName.deallocate() }

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    let pair = settings.pairs.first { $0.symbol == rules.symbol }
    return LedgerMarket(id: id, number: number, rules, pair ?? Pair(base: .xrp, quote: .xrp), bookRules)
  }

  /// As many offers of a side as a public node gives ("book_offers").
  public func levels(_ wanted: Int) -> Int { Self.mostOffers }
  static let mostOffers = 100

  /// The first node first; behind a connection that was lost, the next one.
  public func address(_ address: String, of topics: [Topic]) -> String {
    defer { openings &+= 1 }
    return settings.nodes.isEmpty ? address : settings.nodes[openings % settings.nodes.count]
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }
}

/// A pair, with what is read of its book.
final class LedgerMarket: Market {
  let pair: Pair
  var bids = BookSide()
  var asks = BookSide()
  /// Ledgers for which its book was asked for since one was answered.
  var unanswered = 0

  init(id: pb_id, number: Int, _ rules: InstrumentRules, _ pair: Pair, _ plan: BookPlan) {
    self.pair = pair
    super.init(id: id, number: number, rules: rules, book: plan)
  }
}

/// One side of a book, until the other one of the same ledger is there.
struct BookSide {
  var ledger: UInt64 = 0
  var levels: [pb_level] = []
}
