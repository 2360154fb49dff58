import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

/// The world around one connector, which answers what an exchange would: lists, tokens, books by request, greetings.
final class World {
  let exchange: Exchange
  let harness: ConnectorHarness
  private var answered: Set<pb_id> = []
  private var opened: Set<pb_id> = []
  private var closed = 0
  /// The quantity of the bid in whole books.
  var bid: String
  /// The sum of bitcoin in balances.
  var sum = "1"
  /// What stands otherwise in answers from now on.
  var edits: [Exchange.Edit] = []
  /// How every request of an account is answered; nil = as an exchange that lets it in does.
  var refusal: (status: Int, body: String)?
  /// What is reported on each stream of an account as soon as it stands.
  var noise: Exchange.Message?
  /// Requests over HTTP of the account, and its streams that were opened.
  private(set) var asked = 0
  private(set) var doors = 0

  /// - Parameter isOdd: what it answers may not be what an exchange says: whether its list is read is not looked at.
  init(_ exchange: Exchange, trading: Bool = false, isOdd: Bool = false) throws {
    self.exchange = exchange
    bid = exchange.bid
    harness = try ConnectorHarness(exchange.type, config: exchange.config)
    harness.start(trading: trading)
    harness.command(.instruments)
    turn()
    guard !isOdd else { return }
    try #require(harness.faults.isEmpty && harness.instruments.count == 1, "\(exchange.id): \(harness.logs)")
    symbol = harness.instruments[0].symbol
    forget()
  }

  /// Answers all that was asked since the last turn.
  func turn() {
    for _ in 0..<50 {
      let requests = harness.requests.filter { !answered.contains($0.id) }
      let opens = harness.opens.filter { !opened.contains($0.stream) }
      let closes = harness.closes.dropFirst(closed)
      if requests.isEmpty, opens.isEmpty, closes.isEmpty { return }
      for request in requests { answer(request) }
      for open in opens { self.open(open) }
      closed += closes.count
      for stream in closes { harness.closed(stream, code: 1000) }
    }
  }

  private func open(_ fact: ConnectorHarness.OpenFact) {
    opened.insert(fact.stream)
    harness.opened(fact.stream)
    if !exchange.greeting.isEmpty { harness.frame(fact.stream, exchange.greeting) }
    guard fact.stream >= Self.firstPrivate else { return }
    doors += 1
    if let noise { deliver(noise, on: fact.stream) }
  }

  /// Streams of accounts have numbers from here on.
  private static let firstPrivate: pb_id = 1 << 32

  private func answer(_ request: ConnectorHarness.RequestFact) {
    answered.insert(request.id)
    let isHTTP = request.stream == 0
    harness.sent(request.id)
    if request.account != 0, isHTTP {
      asked += 1
      if let refusal {
        harness.reply(request.id, status: refusal.status, refusal.body)
        return
      }
    }
    let rules = exchange.answers + [exchange.balances]
    let rule = rules.first { !$0.part.isEmpty && (request.url.contains($0.part) || request.body.contains($0.part)) }
    guard let rule else { return }
    let text = filled(rule.body).replacing("{id}", with: "\(request.id)")
    if isHTTP { harness.reply(request.id, text) } else { harness.frame(request.stream, text) }
  }

  private func filled(_ text: String) -> String {
    edits.reduce(text.replacing("{bid}", with: bid).replacing("{sum}", with: sum)) {
      $0.replacing($1.old, with: $1.new)
    }
  }

  /// Forgets what came out so far.
  func forget() {
    harness.forget()
    closed = 0
  }

  /// A request for a new order, which is left without an answer.
  func place() throws -> (command: pb_id, request: pb_id) {
    forget()
    let command = harness.command(.place, client: exchange.client) {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.side, $0.type) = (Side.buy.rawValue, OrderType.limit.rawValue)
      ($0.quantity, $0.price) = (pb_dec(Decimal64(1)), pb_dec(Decimal64(100)))
      $0.time_in_force = TimeInForce.goodTilCancelled.rawValue
    }
    let request = try #require(
      harness.requests.last { $0.stream == 0 }, "\(exchange.id): \(harness.replies) \(harness.logs)")
    answered.insert(request.id)
    return (command, request.id)
  }

  /// Subscribes to channels of the instrument; gives the stream of what was subscribed last.
  @discardableResult
  func subscribe(_ channels: Channels) throws -> pb_id {
    harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = channels.rawValue
    }
    turn()
    return try #require(harness.opens.last, "\(exchange.id) opened nothing").stream
  }

  /// Subscribes to the book, and whole ones come; gives the stream.
  func askBook() throws -> pb_id {
    let stream = try subscribe(.book)
    for message in exchange.snapshot { deliver(message, on: stream) }
    turn()
    return stream
  }

  /// A book of the instrument that is live; what led there is forgotten.
  func liveBook() throws -> pb_id {
    let stream = try askBook()
    deliver(exchange.change(1, "0.5"), on: stream)
    let books = harness.books
    try #require(books.count >= 1 && books[0].isSnapshot, "\(exchange.id): \(harness.logs) \(harness.gaps)")
    try #require(harness.gaps.isEmpty && harness.faults.isEmpty, "\(exchange.id): \(harness.gaps)")
    harness.forget()
    return stream
  }

  /// The instrument's name.
  private(set) var symbol: String?

  @discardableResult
  func deliver(_ message: Exchange.Message, on stream: pb_id) -> Status {
    switch message {
    case .text(let text): harness.frame(stream, filled(text))
    case .bytes(let bytes): harness.frame(stream, bytes, isBinary: true)
    }
  }
}

/// One connector, and how its exchange writes what the tests are about.
struct Exchange: Sendable, CustomTestStringConvertible {
  enum Message: Sendable {
    case text(String)
    case bytes([UInt8])
  }

  /// Another text in the place of one.
  struct Edit: Sendable {
    let old: String
    let new: String

    init(_ old: String, _ new: String) { (self.old, self.new) = (old, new) }
  }

  /// As the registry has it.
  let id: String
  let type: Connector.Type
  var config = "{}"
  /// Answers to requests by what stands in their address or, on streams, in their text; `{id}` is the request's own.
  var answers: [(part: String, body: String)]
  /// The first message on each stream.
  var greeting = ""
  /// The whole book where it comes on the stream by itself. In it and in `answers`, `{bid}` is the bid's quantity.
  var snapshot: [Message] = []
  /// That quantity as it is usually written.
  var bid = "1"
  /// A client order id as the exchange takes them.
  var client = "a1"
  /// The n-th change after it, from 1 on: one bid, in its place or with another quantity.
  let change: @Sendable (Int, String) -> Message
  /// Of keys that sign: `PB_ALGORITHM_`.
  var algorithm = PB_ALGORITHM_HMAC
  /// How it answers the question for balances: bitcoin `{sum}` and one of another asset, or that sum of one asset.
  let balances: (part: String, body: String)
  /// How it refuses a request for its time or nonce; nil where requests have none.
  let expired: (status: Int, body: String)?
  /// A whole ticker by its best prices and quantities; an empty text is a side that the message does not have.
  let ticker: (@Sendable (_ bid: String, _ bidQuantity: String, _ ask: String, _ askQuantity: String) -> Message)?

  var testDescription: String { id }
}
