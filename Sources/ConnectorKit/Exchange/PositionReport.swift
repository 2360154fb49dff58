import CPatchbay
import Decimals

public enum PositionField: Sendable {
  case symbol
  /// The leg, by `Words.leg`; and where positions of one-way mode have no sign, the side, by `Words.side`.
  case leg, side
  /// As the exchange counts it: signed, or with a leg or side beside.
  case quantity
  case entry, mark, liquidation, unrealized, realized, leverage, margin
  /// By `Words.margin`.
  case marginMode
  /// Time in milliseconds, in seconds, and as RFC 3339 has it.
  case time, seconds, isoTime
}

/// What the exchange says of a position, in a list or in a push. Numbers that are only shown may have any number of
/// digits.
public struct PositionReport: Sendable {
  public var symbol = ""
  public var leg: PositionLeg?
  public var side = Side.none
  /// As the exchange counts it; 0 = closed.
  public var quantity: Decimal64?
  public var entry: WideDecimal?
  public var mark: WideDecimal?
  public var liquidation: WideDecimal?
  public var unrealized: WideDecimal?
  public var realized: WideDecimal?
  public var leverage: Decimal64?
  /// Of isolated margin.
  public var margin: WideDecimal?
  public var marginMode: MarginMode?
  /// The exchange's words for leg and margin mode, for `ExchangeDialect.corrected`.
  public var legWord = ""
  public var marginWord = ""
  public var time: Int64 = 0

  public init() {}

  /// Reads an object by a table of names. `other` reads what the table does not name, and says whether it did.
  public init(
    _ json: inout JSONScanner, _ table: FieldTable<PositionField>, _ words: Words,
    other: (inout PositionReport, JSONText, inout JSONScanner) -> Bool = { _, _, _ in false }
  ) {
    json.fields(table) { field, json in
      read(field, &json, words)
      return true
    } other: { key, json in
      other(&self, key, &json)
    }
  }

  private mutating func read(_ field: PositionField, _ json: inout JSONScanner, _ words: Words) {
    switch field {
    case .symbol: symbol = json.words()
    case .leg:
      legWord = json.words()
      leg = words.leg(legWord)
    case .side: side = words.side(json.words())
    case .quantity: quantity = json.optionalDecimal()
    case .entry: entry = json.optionalWideDecimal()
    case .mark: mark = json.optionalWideDecimal()
    case .liquidation: liquidation = json.optionalWideDecimal()
    case .unrealized: unrealized = json.optionalWideDecimal()
    case .realized: realized = json.optionalWideDecimal()
    case .leverage: leverage = json.shownDecimal()
    case .margin: margin = json.optionalWideDecimal()
    case .marginMode:
      marginWord = json.words()
      marginMode = words.margin(marginWord)
    case .time: time = json.milliseconds()
    case .seconds: time = json.seconds()
    case .isoTime: time = json.timestamp()
    }
  }

  /// The quantity with the sign of the contract: short is negative.
  var signed: Decimal64? {
    let isShort = leg == .short || (leg ?? .net) == .net && side == .sell
    let isLong = leg == .long || (leg ?? .net) == .net && side == .buy
    guard isShort || isLong else { return quantity }
    let amount = quantity?.absolute
    return isShort ? amount?.negated : amount
  }
}

/// Positions: the verb `positions`, and pushes of the private stream.
extension ExchangeConnector {
  /// Reads one entry of a list of positions: its key where the list is an object, and its value. `nil` leaves it out on
  /// purpose.
  public typealias ReadPosition = (JSONText, inout JSONScanner) -> PositionReport?

  /// Serves `positions` by one list or several that make one set together, with a table of names. What is in none of
  /// them is closed.
  public final func positions(_ lists: Pages..., table: FieldTable<PositionField>) { positions(lists, table: table) }

  public final func positions(_ lists: [Pages], table: FieldTable<PositionField>) {
    positions(lists) { [unowned(unsafe) self] in PositionReport(&$1, table, vocabulary) }
  }

  /// As above, each entry of which `read` reads.
  public final func positions(_ lists: Pages..., read: @escaping ReadPosition) { positions(lists, read) }

  private func positions(_ lists: [Pages], _ read: @escaping ReadPosition) {
    serve(.positions, PB_EV_POSITION, lists) { [unowned(unsafe) self] key, json in
      guard let report = read(key, &json) else { return nil }
      return ListEntry(symbol: report.symbol, time: report.time) { [unowned(unsafe) self] account, command in
        publish(position: report, account, command: command)
      }
    }
  }

  /// Reports the positions of a list that a private stream brought, by a table of names. Fails when one cannot be read.
  public final func publishPositions(
    _ json: inout JSONScanner, _ account: TradingAccount, _ table: FieldTable<PositionField>
  ) {
    json.elements { json in
      let report = PositionReport(&json, table, vocabulary)
      if json.isValid, market(named: report.symbol) != nil, !publish(position: report, account) { json.fail() }
    }
  }

  /// Reports a position; `false` when its quantity or its instrument is not known.
  @discardableResult
  public final func publish(position said: PositionReport, _ account: TradingAccount, command: pb_id = 0) -> Bool {
    let report = exchange?.corrected(said) ?? said
    guard let market = market(named: report.symbol), let quantity = market.base(report.signed) else { return false }
    market.isHeld = !quantity.isZero
    var record = pb_position()
    record.account = account.id
    record.instrument = market.id
    record.command = command
    record.venue_ns = report.time
    record.position = report.leg?.rawValue ?? 0
    record.margin_mode = report.marginMode?.rawValue ?? 0
    record.quantity = pb_dec(quantity)
    // Zero stands for "none" in prices, and in the margin of a position that has none of its own.
    record.entry = Self.shown(report.entry, isZeroNone: true)
    record.mark = Self.shown(report.mark, isZeroNone: true)
    record.liquidation = Self.shown(report.liquidation, isZeroNone: true)
    record.unrealized = Self.shown(report.unrealized)
    record.realized = Self.shown(report.realized)
    record.leverage = pb_dec(report.leverage?.isPositive == true ? report.leverage : nil)
    record.margin = Self.shown(report.margin, isZeroNone: true)
    out.position(record)
    return true
  }

  private static func shown(_ value: WideDecimal?, isZeroNone: Bool = false) -> pb_dec {
    guard let value, !isZeroNone || value.mantissa > 0 else { return pb_dec() }
    return pb_dec(wide: value)
  }
}
