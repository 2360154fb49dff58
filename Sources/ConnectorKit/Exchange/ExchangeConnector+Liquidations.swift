import CPatchbay
import Decimals

public enum LiquidationField: Sendable {
  case symbol, price, quantity
  /// A quantity below zero: the forced order sells.
  case signedQuantity
  /// The side of the forced order, and where the exchange says that of the position instead, that: by `Words.side`.
  case side, positionSide
  /// Time in milliseconds, in seconds, and as RFC 3339 has it.
  case time, seconds, isoTime
}

/// Liquidations that an exchange makes public.
extension ExchangeConnector {
  /// Reads a list of liquidations, or one, and reports those that are wanted.
  /// - Parameter market: what they are about; `nil` where each names its own.
  /// - Returns: `.parse` when one could not be read.
  public final func liquidations(
    _ json: inout JSONScanner, _ table: FieldTable<LiquidationField>, _ stream: pb_id, of market: Market? = nil
  ) -> Status {
    var status = Status.ok
    let unread = json.eachObject { json in
      if liquidation(&json, table, stream, of: market) == .parse { status = .parse }
    }
    return json.isValid && unread == 0 ? status : misread(market?.number, .liquidations, stream)
  }

  private func liquidation(
    _ json: inout JSONScanner, _ table: FieldTable<LiquidationField>, _ stream: pb_id, of known: Market?
  ) -> Status {
    var (price, quantity): (Decimal64?, Decimal64?)
    var (symbol, side, time) = (JSONText(), Side.none, Int64(0))
    json.fields(table) { field, json in
      switch field {
      case .symbol: symbol = json.scalar()
      case .price: price = json.optionalDecimal()
      case .quantity: quantity = json.optionalDecimal()?.absolute
      case .signedQuantity:
        let signed = json.optionalDecimal()
        quantity = signed?.absolute
        if let signed, !signed.isZero { side = signed.isPositive ? .buy : .sell }
      case .side: side = vocabulary.side(json.scalar())
      case .positionSide:
        switch vocabulary.side(json.scalar()) {
        case .buy: side = .sell
        case .sell: side = .buy
        case .none: side = .none
        }
      case .time: time = json.milliseconds()
      case .seconds: time = json.seconds()
      case .isoTime: time = json.timestamp()
      }
      return true
    }
    guard json.isValid, known != nil || !symbol.isEmpty, side != .none else {
      return misread(known?.number, .liquidations, stream)
    }
    guard let market = known ?? market(named: symbol), isWanted(market, .liquidations) else { return .ok }
    guard let quantity = market.base(quantity) else { return misread(market, .liquidations) }
    var record = pb_liquidation()
    record.instrument = market.id
    record.venue_ns = time
    record.side = side.rawValue
    record.what = LiquidationKind.forced.rawValue
    (record.price, record.quantity) = (pb_dec(price), pb_dec(quantity))
    out.liquidation(record)
    return .ok
  }

  /// Reports what happened to a position of the account against its holder's will: a margin call, a liquidation.
  /// - Parameter quantity: as the exchange counts it; `nil` where it is not said.
  public final func publish(
    liquidation kind: LiquidationKind, of market: Market, _ account: TradingAccount, side: Side = .none,
    price: Decimal64? = nil, quantity: Decimal64? = nil, time: Int64
  ) {
    var record = pb_liquidation()
    record.account = account.id
    record.instrument = market.id
    record.venue_ns = time
    record.side = side.rawValue
    record.what = kind.rawValue
    (record.price, record.quantity) = (pb_dec(price), pb_dec(market.base(quantity)))
    out.liquidation(record)
  }
}
