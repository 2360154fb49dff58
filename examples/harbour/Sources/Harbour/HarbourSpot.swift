import CPatchbay
import ConnectorKit

/// The Harbour exchange, which is made up: instruments and clock over HTTP, books and trades over one WebSocket.
/// This file holds what comes in; Instruments, Topics and Feed hold what is done about it.
public final class HarbourSpot: Connector {
  /// What a request under way is for.
  enum Pending {
    case clock(command: pb_id)
    case instruments(command: pb_id)
    case topics([Topic])
  }

  /// From a symbol to its place in `markets`.
  var symbols = SymbolMap()
  var markets: [Market] = []
  var subscriptions = Subscriptions()
  var requests = IDTable<Pending>()

  /// The feed's stream: 0 while nobody wants it. Each connection has a number of its own.
  var stream: pb_id = 0
  var isOpen = false
  var connections: pb_id = 0

  /// Buckets of the venue's rate limits.
  static let requestBucket: UInt32 = 1
  static let messageBucket: UInt32 = 2

  /// Harbour's documentation, "Limits": ten requests a second for each address, five messages for each connection.
  public override func start(trading: Bool) {
    out.limits([
      Output.Limit(
        bucket: Self.requestBucket, name: "requests", scope: .address, capacity: 10, interval: 1_000_000_000),
      Output.Limit(
        bucket: Self.messageBucket, name: "messages", scope: .stream, capacity: 5, interval: 1_000_000_000),
    ])
  }

  public override func command(_ command: Command) -> Status {
    switch command.verb {
    case .clock: ask("/v1/time", .clock(command: command.id))
    case .instruments: ask("/v1/markets", .instruments(command: command.id))
    case .subscribe: withMarket(command) { subscribe($0, command) }
    case .unsubscribe: withMarket(command) { unsubscribe($0, command) }
    case .resync: withMarket(command) { resync($0, command) }
    default: return .unsupported
    }
    return .ok
  }

  /// Calls `body` with the place of the command's market, or refuses the command.
  private func withMarket(_ command: Command, _ body: (Int) -> Void) {
    guard command.instrument >= 1, command.instrument <= pb_id(markets.count) else {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    body(Int(command.instrument) - 1)
  }

  private func ask(_ path: String, _ purpose: Pending) {
    var request = Request(.get, SealedText("https://api.harbour.example\(path)"))
    request.charges = [Charge(Self.requestBucket)]
    request.deadline = 10_000_000_000
    out.send(request, id: requests.insert(purpose))
  }

  public override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    switch requests.remove(reply.request) {
    case .clock(let command): succeeded(reply, command) ? clock(reply.request, command, body) : .ok
    case .instruments(let command): succeeded(reply, command) ? instruments(command, body) : .ok
    case .topics, nil: .state
    }
  }

  /// Whether the venue answered with success; if not, the command ends here. Every command ends exactly once.
  private func succeeded(_ reply: Reply, _ command: pb_id) -> Bool {
    if reply.isSuccess { return true }
    switch reply.outcome {
    case .replied: out.refuse(command, .other, code: "\(reply.status)", "the venue refused")
    case .notSent: out.refuse(command, .notSent, reply.reason)
    default: out.reply(command, .unknown, .transient, reply.reason)
    }
    return false
  }

  public override func opened(_ stream: pb_id, published: Published) {
    isOpen = true
    askForAll()
  }

  public override func frame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool) -> Status {
    feed(payload)
  }

  public override func closed(_ stream: pb_id, code: UInt32, reason: String) { lost(reason) }
}
