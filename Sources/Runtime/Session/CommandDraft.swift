import CPatchbay
import Decimals
import MarketModel
import RecordWriter

/// What a connector can be asked for; see `PB_CMD_`.
public enum Verb: UInt32, Sendable, CaseIterable {
  case clock = 1, instruments, subscribe, unsubscribe, resync, tickers, place, amend, cancel, cancelMany, order,
    openOrders, fills, balances, fees, orderHistory
  case positions = 0x100, leverage, marginMode, positionMode, funding, fundingPayments, modes
  case quote = 0x200, swap, approve

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

/// The channels of a subscription; see `PB_CHANNEL_`.
public struct Channels: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let book = Channels(rawValue: 1)
  public static let trades = Channels(rawValue: 2)
  public static let ticker = Channels(rawValue: 4)
  public static let mark = Channels(rawValue: 8)
  public static let liquidations = Channels(rawValue: 16)
  public static let pool = Channels(rawValue: 32)

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
  public var symbol = ""
  public var clientOrder = ""
  public var venueOrder = ""
  public var items: [CommandDraft] = []

  public init(_ verb: Verb) { self.verb = verb }

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
