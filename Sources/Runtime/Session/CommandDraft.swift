import CPatchbay
import Decimals
import MarketModel
import Records

extension Verb {
  /// As descriptors write it: `cancel_many`.
  public var name: String {
    var name = ""
    for character in "\(self)" {
      if character.isUppercase { name += "_" }
      name += character.lowercased()
    }
    return name
  }
}

extension Channels {
  /// The names that configurations and descriptors use.
  public static let names: [(name: String, channel: Channels)] = [
    ("book", .book), ("trades", .trades), ("ticker", .ticker), ("mark", .mark), ("liquidations", .liquidations),
    ("pool", .pool),
  ]
}

/// A command before it is sent. Only the fields that the verb uses are set; see `pb_in_command`.
public struct CommandDraft: Sendable {
  public var verb: Verb
  public var account: UInt64 = 0
  public var instrument: UInt64 = 0
  public var order: UInt64 = 0
  public var channels: Channels = []
  /// Book levels per side wanted; 0 = as deep as the venue gives.
  public var depth = 0
  public var side: Side?
  public var type: OrderType?
  public var timeInForce: TimeInForce?
  public var flags: OrderFlags = []
  /// Which leg, in hedge mode.
  public var position = PositionLeg.net
  /// `PB_MARGIN_` or `PB_POSITION_MODE_`.
  public var mode: UInt32 = 0
  public var limit = 0
  public var price: Decimal64?
  public var quantity: Decimal64?
  public var stop: Decimal64?
  public var value: Decimal64?
  public var since: Int64 = 0
  public var until: Int64 = 0
  /// When an order good till a date ends, by the venue's clock; else 0.
  public var expiry: Int64 = 0
  /// Of a change: what the venue orders before the one named had filled, where the venue makes new ones.
  public var carried: Decimal64?
  /// Of a question about an order: how many others could be taken for it by what they are.
  public var alike = 0
  /// Of candles, in nanoseconds.
  public var interval: Int64 = 0
  public var symbol = ""
  public var clientOrder = ""
  public var venueOrder = ""
  public var items: [CommandDraft] = []

  public init(_ verb: Verb) { self.verb = verb }

  /// About an order: its names, and what it is but for its numbers.
  public init(_ verb: Verb, naming order: TrackedOrder) {
    self.verb = verb
    account = order.account.rawValue
    instrument = order.instrument.rawValue
    self.order = order.id.rawValue
    clientOrder = order.clientOrderID
    venueOrder = order.venueOrderID
    side = order.draft.side
    type = order.draft.type
    timeInForce = order.draft.timeInForce
    flags = order.draft.flags
    expiry = order.draft.expiry
  }

  /// Adds the numbers of an order as they are now; not for a change, which has those that it changes.
  public mutating func setNumbers(of order: TrackedOrder) {
    price = order.price
    stop = order.draft.stop
    if flags.contains(.byValue) { value = order.draft.quantity } else { quantity = order.quantity }
  }

  /// Writes everything but the items, and gives the fixed part.
  func write(to block: RecordBlock, id: UInt64) -> pb_in_command {
    block.begin(pb_in_command.self)
    var input = pb_in_command()
    input.command = id
    input.account = account
    input.instrument = instrument
    input.order = order
    input.verb = verb.rawValue
    input.channel = channels.rawValue
    input.depth = UInt32(clamping: depth)
    input.side = UInt32(side?.rawValue ?? 0)
    input.type = UInt32(type?.rawValue ?? 0)
    input.time_in_force = UInt32(timeInForce?.rawValue ?? 0)
    input.flags = UInt32(truncatingIfNeeded: flags.rawValue)
    input.position = UInt32(position.rawValue)
    input.mode = mode
    input.limit = UInt32(clamping: limit)
    input.price = pb_dec(price)
    input.quantity = pb_dec(quantity)
    input.stop = pb_dec(stop)
    input.value = pb_dec(value)
    input.since_ns = since
    input.until_ns = until
    input.expiry_ns = expiry
    input.carried = pb_dec(carried)
    input.interval_ns = interval
    input.alike = UInt32(clamping: alike)
    input.symbol = block.text(symbol)
    input.client_order = block.text(clientOrder)
    input.venue_order = block.text(venueOrder)
    return input
  }
}

/// How a command ended.
public struct CommandResult: Sendable, Equatable {
  public enum Outcome: UInt32, Sendable {
    case done = 1
    /// It has not happened.
    case refused
    /// It may have happened.
    case unknown
  }

  public var outcome: Outcome
  /// `PB_ERR_`; 0 when done.
  public var error: UInt32
  /// The venue's code and words.
  public var code: String
  public var text: String
  public var retryAfter: Int64
  /// Of a question for candles: what came; else empty.
  public var candles = CandleList()
  /// Of a question for a quote: what came.
  public var quote: QuoteFact?

  public init(_ outcome: Outcome, error: UInt32 = 0, code: String = "", text: String = "", retryAfter: Int64 = 0) {
    self.outcome = outcome
    self.error = error
    self.code = code
    self.text = text
    self.retryAfter = retryAfter
  }
}

extension CommandResult {
  /// How much is known of what the command was to do.
  public var known: CommandOutcome {
    switch outcome {
    case .done: .done
    case .refused: Int(error) == PB_ERR_NOT_SENT ? .notSent : .refused
    case .unknown: .unknown
    }
  }
}

extension pb_dec {
  init(_ value: Decimal64?) {
    self.init(
      mantissa: value?.mantissa ?? 0, exponent: value?.exponent ?? 0,
      state: UInt32(value == nil ? PB_DEC_ABSENT : PB_DEC_EXACT))
  }

  /// The number to show, even one that was rounded by its sender; `nil` when it is absent.
  var shown: Decimal64? {
    state != UInt32(PB_DEC_ABSENT) && Decimal64.exponentRange.contains(exponent)
      ? Decimal64(mantissa: mantissa, exponent: exponent) : nil
  }

  var isRounded: Bool { state == UInt32(PB_DEC_ROUNDED) }

  /// The number, or `nil` when it is absent, was rounded by its sender, or has an exponent out of range.
  var value: Decimal64? {
    state == UInt32(PB_DEC_EXACT) && Decimal64.exponentRange.contains(exponent)
      ? Decimal64(mantissa: mantissa, exponent: exponent) : nil
  }
}
