import Catalog
import Decimals
import MarketModel

/// One pair of a running instance, copied out.
public struct PairStatus: Sendable {
  /// `BASE-QUOTE`.
  public var pair: String
  public var channels: Channels
  /// Why it is not ready; `nil` = it is.
  public var missing: String?
  public var bid: QuotedLevel?
  public var ask: QuotedLevel?
  /// Nanoseconds between the venue's time of the book's last change and its time now; `nil` where it does not say.
  public var age: Int64?
  /// `nil` = there is no such instrument.
  public var counters: BookCounters?
  /// Trades seen.
  public var trades: UInt64
  public var last: Decimal64?
  public var lastSource: Host.Seat.PriceSource?
}

/// A price and a quantity, exact.
public struct QuotedLevel: Sendable, Equatable {
  public var price: Decimal64
  public var quantity: Decimal64

  init?(_ level: Level?, _ book: OrderBook) {
    guard let level else { return nil }
    price = Decimal64(mantissa: level.price, exponent: book.priceExponent)
    quantity = Decimal64(mantissa: level.quantity, exponent: book.quantityExponent)
  }
}

/// The worker of an instance, copied out.
public struct WorkerStatus: Sendable, Equatable {
  /// `nil` = there is no process now.
  public var pid: Int32?
  /// `running`, `pausing`, `loading` or `parked`.
  public var stage: String
  /// How often another has taken the place of one that had ended.
  public var restarts: UInt64
  /// Why the last one ended; empty = none has.
  public var lastFault: String
  public var layers: LayerReport
}

/// A running instance, copied out: may be read anywhere.
public struct SeatStatus: Sendable {
  public var exchange: String
  public var market: Market
  /// The connector's id, which is the instance's name.
  public var name: String
  public var lane: Int
  /// Whether orders can be placed here, at the exchange or on paper, unless they are stopped.
  public var isTrading: Bool
  /// The words for the types of orders that are taken, as in a manifest.
  public var orderTypes: [String]
  /// Why new orders are stopped; `nil` = they are not, or nobody trades here.
  public var haltReason: String?
  /// Whether orders cost real money; `nil` = nobody trades here.
  public var isReal: Bool?
  /// What is missing; empty = ready.
  public var missing: [String]
  public var pairs: [PairStatus]
  public var counters: InstanceCounters
  public var firstFault: String?
  public var openCommands: Int
  public var openOrders: Int
  /// `nil` where there is no network.
  public var wire: WireStatus?
  public var recording: RecordingStatus?
  public var isRecording: Bool

  /// It was taken out of use while the host runs.
  public var isParked = false
  /// Its process; `nil` where it runs inside the host.
  public var worker: WorkerStatus?
  /// Who vouches for its bytes.
  public var trust: TrustFinding?

  public var isReady: Bool { missing.isEmpty }
}

extension Host.Seat {
  /// A copy of how it stands. On its lane; O(pairs).
  public func status(lane: Int) -> SeatStatus {
    SeatStatus(
      exchange: exchange, market: market, name: session.name, lane: lane, isTrading: trader != nil,
      orderTypes: trader?.orderTypes ?? library.words("order_types", of: session.name)?.sorted() ?? [],
      haltReason: trader?.haltReason, isReal: trader?.isReal, missing: missing, pairs: subscriptions.map(status),
      counters: session.counters,
      firstFault: session.firstFault.map { "\($0)" }, openCommands: session.openCommands.count,
      openOrders: session.accounts.orders.inFlight.count,
      wire: session.wire, recording: recordingStatus, isRecording: isRecording, isParked: isParked,
      worker: worker?.status, trust: trust)
  }

  private func status(_ wanted: PairSubscription) -> PairStatus {
    guard let market = session.view.market(pair: wanted.pair) else {
      return PairStatus(
        pair: wanted.pair, channels: wanted.channels, missing: missing(wanted), trades: 0)
    }
    let last = lastPrice(market)
    let book = market.book
    return PairStatus(
      pair: wanted.pair, channels: wanted.channels, missing: missing(wanted), bid: QuotedLevel(book.bestBid, book),
      ask: QuotedLevel(book.bestAsk, book),
      age: book.isReady && book.time > 0 ? max(0, session.times.venue - book.time) : nil, counters: book.counters,
      trades: market.tape.total, last: last.map { Decimal64(mantissa: $0.price, exponent: book.priceExponent) },
      lastSource: last?.source)
  }
}
