import CPatchbay
import Decimals

public enum OrderField: Sendable {
  case symbol, client, venue, side, type, force, state, price, stop, quantity, filled, cost, average, time, reason
  /// The exchange's id or a list of ids, of which the first counts; an error whose code is its text.
  case venueList, errorText
  case fillID, fillPrice, fillQuantity, fee, feeAsset, maker, realized, unit, error, ignored
  /// The exchange's id of the order that a conditional one has become.
  case became
  /// Time in seconds, in micro- and in nanoseconds, and as RFC 3339 has it; `time` is in milliseconds.
  case seconds, microseconds, nanoseconds, isoTime
  /// When it was placed, in milliseconds and in seconds.
  case created, createdSeconds
  /// Flags, and whether a stop has been triggered: `true`, `1` or `triggered`.
  case postOnly, triggered
  /// Of perpetuals: the leg, what the order may do to its position, and why the exchange made an order of its own.
  case leg, reduceOnly, close, origin
  /// Which price reaches the stop.
  case stopBy
}

/// What the exchange says of an order or of a fill, whatever way it says it: an answer, an item of a list, a push. What
/// it does not say stays empty.
public struct OrderReport: Sendable {
  public var symbol = ""
  public var client = ""
  public var venue = ""
  public var side = Side.none
  public var type: OrderType?
  public var force: TimeInForce?
  public var flags: OrderFlags = []
  public var state: OrderState?
  /// The exchange's word for the state, for messages.
  public var stateWord = ""
  public var price: Decimal64?
  public var stop: Decimal64?
  public var quantity: Decimal64?
  public var filled: Decimal64?
  /// When an order good till a date ends, in nanoseconds of the exchange's clock; 0 where that is not said.
  public var expiry: Int64 = 0
  /// What was paid for `filled`, in quote.
  public var cost: Decimal64?
  public var average: Decimal64?
  /// The exchange's average has more digits than can be kept.
  public var isAverageRounded = false
  public var time: Int64 = 0
  /// When it was placed, in the exchange's time; 0 where that is not known.
  public var created: Int64 = 0
  /// A stop whose price has been reached.
  public var isTriggered = false
  public var reason = ""
  /// Where the exchange changes an order by making a new one: the venue order whose place this one has taken, where
  /// that is known. See `pb_order`.
  public var continues = ""
  /// Where the exchange changes orders by making new ones, in every report: what was filled before this one at least,
  /// `.zero` where that is not known. Then quantity, filled and average are of `venue` alone, and the host adds up.
  public var carried: Decimal64?
  /// What the quantity counts, in the exchange's word, where that differs from order to order.
  public var unit = ""
  /// The exchange's id of the order that a conditional one has become, which says what comes of it; empty = none yet.
  public var became = ""
  /// Executions that an answer says with its order: its first.
  public var fills: [OrderReport] = []
  /// The exchange's error code, in answers that carry one for each order; empty = none.
  public var error = ""
  public var fillID = ""
  public var fillPrice: Decimal64?
  public var fillQuantity: Decimal64?
  /// Positive is paid.
  public var fee: Decimal64?
  /// The exchange's fee has more digits than can be kept.
  public var isFeeRounded = false
  public var feeAsset = ""
  public var realized: Decimal64?
  public var isMaker: Bool?
  /// Which leg of a position it is about; `nil` where that is not said.
  public var leg: PositionLeg?
  /// The exchange's own order, against the account's will.
  public var origin: FillOrigin?
  /// What of its quantities counts contracts, since it was read; see `multiplyOut`.
  public var counted: Counted = []

  /// Quantities that count what the exchange counts.
  public struct Counted: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let quantity = Counted(rawValue: 1)
    public static let filled = Counted(rawValue: 2)
    public static let fillQuantity = Counted(rawValue: 4)
    /// Prices, as the exchange writes them.
    public static let prices = Counted(rawValue: 8)
  }

  public init() {}

  /// Reads an object by a table of names.
  public init(_ json: inout JSONScanner, _ table: FieldTable<OrderField>, _ words: Words) {
    read(&json, table, words) { _, _, _ in false }
  }

  /// Takes from an object what it says, by a table of names. `other` reads what the table does not name, also inside
  /// of members that it has a table for, and says whether it did.
  public mutating func read(
    _ json: inout JSONScanner, _ table: FieldTable<OrderField>, _ words: Words,
    other: (inout OrderReport, JSONText, inout JSONScanner) -> Bool
  ) {
    json.fields(table) { field, json in
      read(field, &json, words)
      return true
    } other: { key, json in
      other(&self, key, &json)
    }
  }

  /// The same without what is of one execution.
  public var withoutFill: OrderReport {
    var order = self
    (order.fillID, order.fillPrice, order.fillQuantity, order.isMaker) = ("", nil, nil, nil)
    (order.fee, order.feeAsset, order.realized, order.origin) = (nil, "", nil, nil)
    return order
  }

  private mutating func read(_ field: OrderField, _ json: inout JSONScanner, _ words: Words) {
    switch field {
    case .symbol: symbol = json.words()
    case .client: client = json.words()
    case .venue: venue = json.words()
    case .side: side = words.side(json.words())
    case .type: readType(json.words(), words)
    case .force:
      let word = json.words()
      force = words.force(word) ?? force
      if words.isPostOnly(word) { flags.insert(.postOnly) }
    case .state:
      stateWord = json.words()
      state = words.state(stateWord)
    case .price:
      price = nonzero(&json)
      counted.insert(.prices)
    // Of a stop that has been triggered it may no longer be said.
    case .stop:
      stop = nonzero(&json) ?? stop
      counted.insert(.prices)
    case .quantity:
      quantity = json.optionalDecimal()
      counted.insert(.quantity)
    case .filled:
      filled = json.optionalDecimal()
      counted.insert(.filled)
    case .cost: cost = json.optionalWideDecimal()?.narrowed.flatMap { $0.1 ? $0.0 : nil }
    case .average:
      // It is only shown: one that has more digits than fit spoils nothing.
      let narrowed = json.optionalWideDecimal()?.narrowed
      average = narrowed.flatMap { $0.0.isZero ? nil : $0.0 }
      isAverageRounded = narrowed?.1 == false
      counted.insert(.prices)
    // A time that is not given is `null` on some exchanges.
    case .time: if !json.skipNull() { time = json.milliseconds() }
    case .seconds: if !json.skipNull() { time = json.seconds() }
    case .microseconds: if !json.skipNull() { time = json.microseconds() }
    case .nanoseconds: if !json.skipNull() { time = json.nanoseconds() }
    case .isoTime: if !json.skipNull() { time = json.timestamp() }
    case .reason: reason = json.words()
    case .error: error = json.words()
    case .errorText:
      error = json.words()
      reason = error
    case .venueList:
      guard json.peek() == UInt8(ascii: "[") else { return venue = json.words() }
      json.elements { if venue.isEmpty { venue = $0.words() } else { $0.skip() } }
    case .unit: unit = json.words()
    case .became: became = json.words()
    default: readFill(field, &json, words)
    }
  }

  /// On some exchanges post-only and time in force are kinds of orders.
  private mutating func readType(_ word: String, _ words: Words) {
    type = words.type(word)
    force = words.force(word) ?? force
    if words.isPostOnly(word) { flags.insert(.postOnly) }
  }

  private mutating func readFill(_ field: OrderField, _ json: inout JSONScanner, _ words: Words) {
    switch field {
    case .fillID: fillID = json.words()
    case .fillPrice:
      fillPrice = json.optionalDecimal()
      counted.insert(.prices)
    case .fillQuantity:
      fillQuantity = json.optionalDecimal()
      counted.insert(.fillQuantity)
    case .fee:
      // A fill is not lost for digits that no account can hold.
      let narrowed = json.optionalWideDecimal()?.narrowed
      (fee, isFeeRounded) = (narrowed?.0, narrowed?.1 == false)
    case .feeAsset: feeAsset = json.words()
    case .realized: realized = json.optionalWideDecimal()?.narrowed?.0
    case .maker:
      let word = json.words()
      isMaker = word.isEmpty ? nil : words.isMaker(word)
    case .leg: leg = words.leg(json.words())
    case .origin: origin = words.origin(json.words())
    case .reduceOnly: flag(.reduceOnly, json.words())
    case .close: flag(.close, json.words())
    case .stopBy: if words.isByMark(json.words()) { flags.insert(.stopByMark) } else { flags.remove(.stopByMark) }
    case .postOnly: flag(.postOnly, json.words())
    case .triggered: isTriggered = ["true", "1", "triggered"].contains(json.words())
    case .created: if !json.skipNull() { created = json.milliseconds() }
    case .createdSeconds: if !json.skipNull() { created = json.seconds() }
    default: json.skip()
    }
  }

  private mutating func flag(_ flag: OrderFlags, _ word: String) {
    if word == "true" || word == "1" { flags.insert(flag) } else { flags.remove(flag) }
  }

  /// Puts the quantities that were read into base, and prices to scale. To be called once the market is known; those
  /// that were put are not put again. One that has too many digits is lost.
  public mutating func multiplyOut(_ market: Market) {
    if counted.contains(.quantity) { quantity = market.base(quantity) }
    if counted.contains(.filled) { filled = market.base(filled) }
    if counted.contains(.fillQuantity) { fillQuantity = market.base(fillQuantity) }
    if counted.contains(.prices), market.rules.priceScale != 0 {
      (price, stop) = (market.price(price), market.price(stop))
      (average, fillPrice) = (market.price(average), market.price(fillPrice))
    }
    counted = []
  }

  /// In prices of orders zero stands for "none".
  private func nonzero(_ json: inout JSONScanner) -> Decimal64? {
    let value = json.optionalDecimal()
    return value?.isZero == true ? nil : value
  }

  /// Takes from the command what a short answer leaves out.
  public mutating func complete(from command: OwnedCommand, _ market: Market) {
    multiplyOut(market)
    if symbol.isEmpty { symbol = market.symbol }
    if client.isEmpty { client = command.clientOrder }
    if venue.isEmpty { venue = command.venueOrder }
    if side == .none { side = command.side }
    type = type ?? command.type
    force = force ?? (type == .market ? .immediateOrCancel : command.timeInForce)
    price = price ?? command.price
    stop = stop ?? command.stop
    if expiry == 0 { expiry = command.expiry }
    leg = leg ?? command.leg
    // A quantity of an order by value counts quote.
    if !command.flags.contains(.byValue) { quantity = quantity ?? command.quantity }
  }

  /// What a new order's command says besides: nothing of it is filled.
  mutating func addFlags(of command: OwnedCommand) {
    flags.formUnion(command.flags)
    filled = filled ?? .zero
  }

  public var waitsForTrigger: Bool { type?.isTriggered == true && !isTriggered }

  /// The state of an order that has not ended, by what is known of it.
  public var openState: OrderState {
    waitsForTrigger ? .untriggered : filled?.isPositive == true ? .partial : .open
  }

  /// The average price: the exchange's own, or what was paid by what was filled, marked where it had to be rounded.
  var averagePrice: pb_dec {
    if let average {
      var shown = pb_dec(average)
      if isAverageRounded { shown.state = UInt32(PB_DEC_ROUNDED) }
      return shown
    }
    guard let cost, let filled, filled.isPositive, cost.isPositive,
      let quotient = cost.quotient(dividingBy: filled, places: 10)
    else { return pb_dec() }
    var result = pb_dec(quotient)
    if quotient.multiplied(by: filled) != cost { result.state = UInt32(PB_DEC_ROUNDED) }
    return result
  }

  public var isFill: Bool {
    !fillID.isEmpty && fillPrice != nil && fillQuantity?.isPositive == true && side != .none
  }
}

extension ExchangeConnector {
  /// Reports an order's state. Nothing is reported of an instrument or a state that is not known; then it answers
  /// `false`.
  @discardableResult
  public final func publish(
    order said: OrderReport, _ account: TradingAccount, command: pb_id = 0, order: pb_id = 0, error: Failure = .none
  ) -> Bool {
    guard let market = market(named: said.symbol) else { return false }
    var report = exchange?.corrected(said) ?? said
    report.multiplyOut(market)
    guard let state = report.state, !report.venue.isEmpty || !report.client.isEmpty || state == .rejected else {
      out.log(.warning, "order \(report.venue) of \(report.symbol): state \(report.stateWord) is not known")
      return false
    }
    var record = pb_order()
    record.account = account.id
    record.instrument = market.id
    record.order = order
    record.command = command
    record.venue_ns = report.time
    record.state = state.rawValue
    record.side = report.side.rawValue
    record.type = report.type?.rawValue ?? 0
    record.time_in_force = report.force?.rawValue ?? 0
    record.flags = report.flags.rawValue
    record.error = error.rawValue
    record.position = report.leg?.rawValue ?? 0
    record.price = pb_dec(report.price)
    record.quantity = pb_dec(report.quantity)
    record.filled = pb_dec(report.filled)
    record.average = report.averagePrice
    record.stop = pb_dec(report.stop)
    record.carried = pb_dec(report.carried)
    record.expiry_ns = report.expiry
    out.order(
      record, client: report.client, venue: report.venue, continues: report.continues, reason: report.reason)
    return true
  }

  /// Reports an execution; `false` when it is none, or of an instrument that is not known.
  @discardableResult
  public final func publish(fill said: OrderReport, _ account: TradingAccount, command: pb_id = 0, order: pb_id = 0)
    -> Bool
  {
    guard let market = market(named: said.symbol) else { return false }
    var report = exchange?.corrected(said) ?? said
    report.multiplyOut(market)
    guard report.isFill else { return false }
    var record = pb_fill()
    record.account = account.id
    record.instrument = market.id
    record.order = order
    record.command = command
    record.venue_ns = report.time
    record.side = report.side.rawValue
    record.flags = (report.origin?.rawValue ?? 0) | (report.isFeeRounded ? UInt32(PB_FILL_FEE_ESTIMATED) : 0)
    record.position = report.leg?.rawValue ?? 0
    record.liquidity = UInt32(report.isMaker.map { $0 ? PB_LIQUIDITY_MAKER : PB_LIQUIDITY_TAKER } ?? 0)
    record.price = pb_dec(report.fillPrice)
    record.quantity = pb_dec(report.fillQuantity)
    record.fee = pb_dec(report.fee)
    record.realized = pb_dec(report.realized)
    out.fill(record, trade: report.fillID, client: report.client, venue: report.venue, feeAsset: report.feeAsset)
    return true
  }
}
