import CPatchbay
import Decimals
import MarketModel
import Records

extension AccountFact {
  /// What a checked record says; `nil` for one that is not of an account, or whose numbers are not exact.
  init?(_ record: RecordReader) {
    switch record.kind {
    case PB_EV_ORDER: guard let fact = OrderFact(record) else { return nil }; self = .order(fact)
    case PB_EV_FILL: guard let fact = FillFact(record) else { return nil }; self = .fill(fact)
    case PB_EV_BALANCE: guard let fact = BalanceFact(record) else { return nil }; self = .balance(fact)
    case PB_EV_POSITION: guard let fact = PositionFact(record) else { return nil }; self = .position(fact)
    case PB_EV_FUNDING_PAYMENT: guard let fact = FundingPayment(record) else { return nil }; self = .funding(fact)
    case PB_EV_FEES: self = .fees(FeesFact(record.head(as: pb_fees.self)))
    case PB_EV_MODE: self = .mode(ModeFact(record.head(as: pb_mode.self)))
    case PB_EV_LIQUIDATION:
      guard let fact = LiquidationFact(record.head(as: pb_liquidation.self)) else { return nil }
      self = .liquidation(fact)
    case PB_EV_STATE:
      let fact = record.head(as: pb_state.self)
      guard fact.account != 0, fact.channel & UInt32(PB_CHANNEL_PRIVATE) != 0,
        let state = StreamState(rawValue: fact.state)
      else { return nil }
      let words = record.prose(fact.text)
      self = .stream(
        AccountID(fact.account), state,
        reason: state == .down || state == .rejected ? RefusalWords.text(words, error: fact.error) : words)
    case PB_EV_COMPLETE: self = .complete(CompleteFact(record.head(as: pb_complete.self)))
    default: return nil
    }
  }
}

extension CommandID {
  /// `nil` for 0: it answers no command.
  init?(answering command: UInt64) {
    if command == 0 { return nil }
    self.init(command)
  }
}

extension RawRepresentable where RawValue == UInt8 {
  /// A value of an enumeration of the contract; `nil` for one that is not known.
  init?(word: UInt32) {
    guard let byte = UInt8(exactly: word) else { return nil }
    self.init(rawValue: byte)
  }
}

extension UInt32 {
  /// Whether it is absent or a value of this enumeration.
  fileprivate func isWord<Word: RawRepresentable>(of type: Word.Type) -> Bool where Word.RawValue == UInt8 {
    self == 0 || Word(word: self) != nil
  }
}

extension OrderReference {
  /// Whom a checked report or fill is of; `nil` for any other record.
  init?(_ record: RecordReader) {
    switch record.kind {
    case PB_EV_ORDER:
      let fact = record.head(as: pb_order.self)
      self.init(fact.account, fact.instrument, fact.order, (fact.client_order, fact.venue_order), record)
    case PB_EV_FILL:
      let fact = record.head(as: pb_fill.self)
      self.init(fact.account, fact.instrument, fact.order, (fact.client_order, fact.venue_order), record)
    default: return nil
    }
  }

  private init(
    _ account: UInt64, _ instrument: UInt64, _ order: UInt64, _ names: (client: pb_ref, venue: pb_ref),
    _ record: RecordReader
  ) {
    self.init(
      account: AccountID(account), instrument: InstrumentID(instrument), order: order == 0 ? nil : OrderID(order),
      clientOrderID: record.text(names.client), venueOrderID: record.text(names.venue))
  }
}

extension InstrumentID {
  /// `nil` for 0: all.
  fileprivate init?(orAll instrument: UInt64) {
    if instrument == 0 { return nil }
    self.init(instrument)
  }
}

extension OrderFact {
  fileprivate init?(_ record: RecordReader) {
    let fact = record.head(as: pb_order.self)
    guard var claim = OrderReport.Claim(fact.state) else { return nil }
    if claim == .rejected, Int(fact.error) == PB_ERR_NOT_SENT { claim = .notSent }
    guard let reference = OrderReference(record), fact.side.isWord(of: Side.self),
      fact.position.isWord(of: PositionLeg.self)
    else { return nil }
    let side = Side(word: fact.side)
    let words = record.prose(fact.reason)
    let force = TimeInForce(word: fact.time_in_force)
    let report = OrderReport(
      claim, filled: fact.filled.value, quantity: fact.quantity.value, price: fact.price.value,
      average: side.flatMap { fact.average.atMost($0) }, timeInForce: force, time: fact.venue_ns,
      reason: claim == .rejected ? RefusalWords.text(words, error: fact.error) : words,
      part: VenuePart(fact, of: reference, continues: record.text(fact.continues)))
    self.init(
      reference, report, command: CommandID(answering: fact.command), side: side,
      type: OrderType(word: fact.type),
      timeInForce: force,
      flags: OrderFlags(rawValue: UInt64(fact.flags)),
      leg: PositionLeg(word: fact.position) ?? .net, error: fact.error,
      expiry: fact.expiry_ns)
  }
}

extension pb_dec {
  /// An average that its sender may have rounded, moved by one unit of its last place in favour of an order of this
  /// side; `nil` when it is absent or not positive.
  fileprivate func atMost(_ side: Side) -> Decimal64? {
    if state == UInt32(PB_DEC_EXACT) { return value.flatMap { $0.isPositive ? $0 : nil } }
    guard state == UInt32(PB_DEC_ROUNDED), mantissa > 0, Decimal64.exponentRange.contains(exponent) else { return nil }
    let (moved, isOver) = side == .buy ? mantissa.subtractingReportingOverflow(1) : mantissa.addingReportingOverflow(1)
    return isOver || moved <= 0 ? nil : Decimal64(mantissa: moved, exponent: exponent)
  }
}

extension VenuePart {
  /// `nil` where the figures count over the order's life. A venue order without an id cannot be known from others.
  fileprivate init?(_ fact: pb_order, of reference: OrderReference, continues: String) {
    guard !reference.venueOrderID.isEmpty, let carried = fact.carried.value ?? (continues.isEmpty ? nil : .zero) else {
      return nil
    }
    self.init(reference.venueOrderID, continues: continues, carried: carried)
  }
}

extension FillFact {
  fileprivate init?(_ record: RecordReader) {
    let fact = record.head(as: pb_fill.self)
    guard let price = fact.price.value, let quantity = fact.quantity.value, fact.side.isWord(of: Side.self),
      let reference = OrderReference(record)
    else { return nil }
    let fill = Fill(
      trade: record.text(fact.trade), price: price, quantity: quantity, fee: fact.fee.value,
      feeAsset: record.text(fact.fee_asset), isFeeEstimated: fact.flags & UInt32(PB_FILL_FEE_ESTIMATED) != 0,
      liquidity: Fill.Liquidity(word: fact.liquidity), time: fact.venue_ns)
    self.init(
      reference, fill, command: CommandID(answering: fact.command),
      side: Side(word: fact.side), kind: FillKind(flags: fact.flags))
  }
}

extension FillKind {
  /// From `PB_FILL_`.
  fileprivate init(flags: UInt32) {
    if flags & UInt32(PB_FILL_DELEVERAGED) != 0 {
      self = .deleveraging
    } else {
      self = flags & UInt32(PB_FILL_FORCED) != 0 ? .liquidation : .own
    }
  }
}

extension BalanceFact {
  fileprivate init?(_ record: RecordReader) {
    let fact = record.head(as: pb_balance.self)
    guard let total = fact.total.shown else { return nil }
    self.init(
      account: AccountID(fact.account), asset: record.text(fact.asset), total: total, available: fact.available.shown,
      isRounded: fact.total.isRounded || fact.available.isRounded,
      command: CommandID(answering: fact.command), time: fact.venue_ns)
  }
}

extension PositionFact {
  fileprivate init?(_ record: RecordReader) {
    let fact = record.head(as: pb_position.self)
    guard let quantity = fact.quantity.value, fact.position.isWord(of: PositionLeg.self) else { return nil }
    let key = Positions.Key(
      account: AccountID(fact.account), instrument: InstrumentID(fact.instrument),
      leg: PositionLeg(word: fact.position) ?? .net)
    let position = Position(
      quantity: quantity, entry: fact.entry.value, mark: fact.mark.value, liquidation: fact.liquidation.value,
      unrealized: fact.unrealized.value, realized: fact.realized.value, leverage: fact.leverage.value,
      margin: fact.margin.value, time: fact.venue_ns)
    self.init(key, position, command: CommandID(answering: fact.command))
  }
}

extension FundingPayment {
  fileprivate init?(_ record: RecordReader) {
    let fact = record.head(as: pb_funding_payment.self)
    guard let amount = fact.amount.value else { return nil }
    self.init(
      id: record.text(fact.payment), account: AccountID(fact.account), instrument: InstrumentID(fact.instrument),
      rate: fact.rate.value, amount: amount, asset: record.text(fact.asset), time: fact.venue_ns,
      command: CommandID(answering: fact.command))
  }
}

extension FeesFact {
  fileprivate init(_ fact: pb_fees) {
    self.init(
      account: AccountID(fact.account), instrument: InstrumentID(orAll: fact.instrument), maker: fact.maker.value,
      taker: fact.taker.value)
  }
}

extension ModeFact {
  fileprivate init(_ fact: pb_mode) {
    self.init(
      account: AccountID(fact.account), instrument: InstrumentID(orAll: fact.instrument),
      marginMode: fact.margin_mode, positionMode: PositionMode(rawValue: fact.position_mode),
      leverage: fact.leverage.value)
  }
}

extension LiquidationFact {
  /// `nil` for a public one.
  fileprivate init?(_ fact: pb_liquidation) {
    guard fact.account != 0, let kind = Kind(rawValue: fact.what) else { return nil }
    self.init(
      account: AccountID(fact.account), instrument: InstrumentID(fact.instrument), kind: kind,
      side: Side(word: fact.side), price: fact.price.value,
      quantity: fact.quantity.value, time: fact.venue_ns)
  }
}

extension CompleteFact {
  fileprivate init(_ fact: pb_complete) {
    let what: What =
      switch Int(fact.what) {
      case PB_EV_ORDER: .orders
      case PB_EV_FILL: .fills
      case PB_EV_BALANCE: .balances
      case PB_EV_POSITION: .positions
      case PB_EV_FUNDING_PAYMENT: .fundingPayments
      default: .other
      }
    self.init(
      command: CommandID(fact.command), account: AccountID(fact.account),
      instrument: InstrumentID(orAll: fact.instrument), what: what,
      isPartial: fact.flags & UInt32(PB_COMPLETE_PARTIAL) != 0)
  }
}

extension OrderReport.Claim {
  /// From `PB_ORDER_STATE_`.
  fileprivate init?(_ state: UInt32) {
    switch Int(state) {
    case PB_ORDER_STATE_OPEN: self = .open
    case PB_ORDER_STATE_PARTIAL: self = .partiallyFilled
    case PB_ORDER_STATE_FILLED: self = .filled
    case PB_ORDER_STATE_CANCELLED: self = .cancelled
    case PB_ORDER_STATE_REJECTED: self = .rejected
    case PB_ORDER_STATE_EXPIRED: self = .expired
    case PB_ORDER_STATE_UNTRIGGERED: self = .untriggered
    default: return nil
    }
  }
}
