import CPatchbay
import ConnectorKit

/// Public frames and books by request. Sources: KuCoin API, "Orderbook - Increment", "Match", "Ticker V2",
/// "Instrument", "Get Full OrderBook", "Get All Tickers".
extension KuCoinPerpetual {
  /// `{"topic": "/contractMarket/level2:XBTUSDTM", "type": "message", "subject": "level2", "data": {...}}`
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    if let status = answered(head) { return status }
    let number = symbols.find(head.name)
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    guard let data = head.data, head.isFine("200000") else { return misread(market, Channels(rawValue: .max)) }
    var object = data.scanner()
    switch head.topic {
    case "/contractMarket/level2": return book(data, market, frame)
    case "/contractMarket/execution": return trade(&object, Self.trade, stream, of: market)
    case "/contractMarket/tickerV2": return ticker(&object, Self.ticker, stream, of: market)
    case "/contract/instrument": return instrument(head, &object, market, stream)
    default: return .unsupported
    }
  }

  /// "Match": the side is the taker's.
  private static let trade = FieldTable<TradeField>([
    "tradeId": .id, "price": .price, "size": .quantity, "side": .side, "ts": .nanoseconds,
  ])

  /// "Ticker V2", "Get All Tickers": only the list has a last trade.
  static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "bestBidPrice": .bid, "bestBidSize": .bidQuantity, "bestAskPrice": .ask,
    "bestAskSize": .askQuantity, "price": .last, "size": .lastQuantity, "ts": .nanoseconds,
  ])

  private static let prices = FieldTable<MarkField>(["markPrice": .mark, "indexPrice": .index, "timestamp": .time])
  private static let rate = FieldTable<MarkField>([
    "fundingRate": .rate, "granularity": .intervalMilliseconds, "timestamp": .time,
  ])

  /// "Instrument": mark and index price every second; and funding rates. That of a minute's granularity is one that is
  /// still averaged, that of hours is what will be paid.
  private func instrument(
    _ head: FrameHead, _ json: inout JSONScanner, _ market: Market, _ stream: pb_id
  ) -> Status {
    switch head.action {
    case "mark.index.price": return marks(&json, Self.prices, stream, of: market)
    case "funding.rate":
      var look = json.mark.scanner()
      var object = JSONObject(&look)
      guard let granularity = object.integer("granularity"), object.isValid else { return misread(market, .mark) }
      return granularity >= 3_600_000 ? marks(&json, Self.rate, stream, of: market) : .ok
    default: return .unsupported
    }
  }

  // MARK: Books

  /// `{"sequence": 18, "change": "5000.0,sell,83", "timestamp": ms}`: price, side, contracts; none removes the level.
  private func book(_ data: JSONMark, _ market: Market, _ frame: Body) -> Status {
    var (sequence, time, change) = (UInt64(0), Int64(0), JSONText())
    var json = data.scanner()
    json.members { key, json in
      switch key {
      case "sequence": sequence = json.unsigned()
      case "change": change = json.string()
      case "timestamp": time = json.milliseconds()
      default: return false
      }
      return true
    }
    let comma = UInt8(ascii: ",")
    let rest = change.after(first: comma) ?? JSONText()
    let side = vocabulary.side(rest.before(first: comma))
    guard json.isValid, sequence > 0, side != .none,
      let price = change.before(first: comma).fixed(market.priceExponent),
      let counted = rest.after(first: comma)?.fixed(market.contractExponent), let quantity = market.base(counted)
    else { return misread(market, .book) }
    out.beginBook()
    var level = pb_list()
    // A price of zero moves on the number alone.
    if price != 0 { out.level(price: price, quantity: quantity, to: &level) }
    let (bids, asks) = side == .buy ? (level, pb_list()) : (pb_list(), level)
    return book(market, last: sequence, time: time, bids: bids, asks: asks, frame: frame)
  }

  /// A change is a text, the levels of a book by request are arrays.
  public func misfit(_ message: Body, _ market: Market) -> String? {
    let misfit = LevelMisfit(market)
    var json = JSONScanner(message)
    guard var change = json.find("data/change")?.scanner() else { return misfit.words(message) }
    let (comma, text) = (UInt8(ascii: ","), change.string())
    guard let counted = text.after(first: comma)?.after(first: comma) else { return nil }
    return misfit.words(price: text.before(first: comma), quantity: counted)
  }

  public func snapshotParameters(_ market: Market, _ call: inout Call) { call.set("symbol", market.symbol) }

  /// `{"code": "200000", "data": {"symbol", "sequence": 100, "asks": [[5000.0, 1000]], "bids": [], "ts": ns}}`
  public func snapshotReply(_ body: Body, _ market: Market) -> Status {
    snapshot(body, at: "data", ["sequence": .last, "ts": .nanoseconds, "bids": .bids, "asks": .asks], market)
  }
}
