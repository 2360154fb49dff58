/// How an exchange's books are built and proved.
public struct BookPlan: Sendable {
  /// Where the book comes from that updates change.
  public enum Source: Sendable {
    /// The first message of a subscription is the book; a new subscription brings it again. Where an endpoint is given,
    /// the book is asked for there when the stream has answered, or goes on, and brings none.
    case stream(orElse: Endpoint? = nil)
    /// The book is asked for when the subscription has left; updates wait for it.
    case rest(Endpoint)
    /// The book is asked for by a frame on the stream that carries its updates; they wait for it.
    case frame
    /// Every message is the whole book.
    case pushes
  }

  /// What a checksum is over: the texts of the best levels.
  public enum Checksum: Sendable {
    /// Bids and asks in turn, joined by colons. OKX until 2022 and Bitget, whose texts are `price:size`.
    case alternating(levels: Int)
    /// All asks, then all bids, joined by nothing. Kraken, whose texts are the digits of price and quantity.
    case asksThenBids(levels: Int)
    /// All bids, then all asks, joined by nothing: the digits of price and quantity as values, without zeros behind the
    /// last decimal, however many decimals they are written with. BTC Markets.
    case bidsThenAsks(levels: Int)
  }

  public let rule: BookSync.Rule
  public let source: Source
  /// `nil` where books have none.
  public let checksum: Checksum?
  /// A book that is asked for is asked for when the stream has proved that it carries it, by an answer or by an update:
  /// a snapshot from before that misses what came between the two, and on a quiet market nothing would show it.
  public let waitsUntilLive: Bool
  /// A snapshot that does not come for so long is asked for again, in nanoseconds.
  public let patience: Int64
  /// What asking by a frame costs.
  public var charges: [Charge] = []

  public init(
    _ rule: BookSync.Rule, _ source: Source, checksum: Checksum? = nil, waitsUntilLive: Bool = false,
    patience: Int64 = 10_000_000_000
  ) {
    self.rule = rule
    self.source = source
    self.checksum = checksum
    self.waitsUntilLive = waitsUntilLive
    self.patience = patience
  }
}
