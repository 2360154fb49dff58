import CPatchbay
import ConnectorKit

/// How much of a market's book is known. Without an account the exchange shows the best 100 levels of a side, while
/// updates are of all of it: what lies beyond the 100th is not known until it changes, so it is left out, and when the
/// market has come near that end the book is asked for again.
final class SpotMarket: Market {
  /// Levels of a side that are shown without an account.
  static let shown = 100

  /// The worst prices that are known; `nil` where all of the side is.
  private var (floor, ceiling): (Int64?, Int64?) = (nil, nil)
  /// An ask below the one or a bid above the other says that half of what was known is gone.
  private var (low, high) = (Int64.min, Int64.max)
  /// The update at hand shows that the book is to be asked for again.
  var isWorn = false

  /// A snapshot came, with its best and worst prices and counts. A side that has just as many levels as are shown may
  /// have more.
  func show(bids: KnownSide, asks: KnownSide) {
    floor = bids.count == Self.shown ? bids.least : nil
    ceiling = asks.count == Self.shown ? asks.greatest : nil
    low = floor.map { $0 + (bids.greatest - $0) / 2 } ?? .min
    high = ceiling.map { $0 - ($0 - asks.least) / 2 } ?? .max
  }

  /// Whether a level is within what is known; one that shows that the market moves away is noted.
  @inline(__always)
  func knows(price: Int64, quantity: Int64, isBid: Bool) -> Bool {
    if quantity > 0, isBid ? price > high : price < low { isWorn = true }
    return isBid ? floor.map { price >= $0 } ?? true : ceiling.map { price <= $0 } ?? true
  }
}

/// One side of a snapshot.
struct KnownSide {
  var count = 0
  var (least, greatest) = (Int64.max, Int64(0))
  var levels = pb_list()
}

/// Public frames, and books by request. Sources: KuCoin API, "Orderbook - Increment", "Trade", "Ticker", "Get Part
/// OrderBook", "Get Full OrderBook".
extension KuCoinSpot {
  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    SpotMarket(id: id, number: number, rules: rules, book: bookRules)
  }

  /// `{"topic": "/market/level2:BTC-USDT", "type": "message", "subject": "trade.l2update", "data": {...}}`
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    if let status = answered(head) { return status }
    let number = symbols.find(head.name)
    guard number >= 0, let market = markets[number] as? SpotMarket else { return .unsupported }
    guard let data = head.data, head.isFine("200000") else { return misread(market, Channels(rawValue: .max)) }
    switch head.topic {
    case "/market/level2": return book(data, market, frame)
    case "/market/match":
      var json = data.scanner()
      return trade(&json, Self.trade, stream, of: market)
    case "/market/ticker":
      var json = data.scanner()
      return ticker(&json, Self.ticker, stream, of: market)
    default: return .unsupported
    }
  }

  /// "Ticker". A price of zero is none; `price` and `size` are of the last trade.
  private static let ticker = FieldTable<TickerField>([
    "price": .last, "size": .lastQuantity, "bestAsk": .ask, "bestAskSize": .askQuantity, "bestBid": .bid,
    "bestBidSize": .bidQuantity, "time": .time,
  ])

  /// "Trade": the side is the taker's.
  private static let trade = FieldTable<TradeField>([
    "tradeId": .id, "price": .price, "size": .quantity, "side": .side, "time": .nanoseconds,
  ])

  // MARK: Books

  /// `{"changes": {"asks": [["18906", "0.00331", "14103845"]], "bids": []}, "sequenceStart": 14103844, "sequenceEnd":
  /// 14103845, "symbol", "time": ms}`, levels as price, quantity, number. A price of zero moves on the number alone.
  private func book(_ data: JSONMark, _ market: SpotMarket, _ frame: Body) -> Status {
    var (bids, asks) = (pb_list(), pb_list())
    var (first, last, time) = (UInt64(0), UInt64(0), Int64(0))
    var isThere = false
    market.isWorn = false
    out.beginBook()
    var json = data.scanner()
    json.members { key, json in
      switch key {
      case "changes":
        isThere = true
        json.members { key, json in
          switch key {
          case "asks": asks = changes(&json, market, isBid: false)
          case "bids": bids = changes(&json, market, isBid: true)
          default: return false
          }
          return true
        }
      case "sequenceStart": first = json.unsigned()
      case "sequenceEnd": last = json.unsigned()
      case "time": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, isThere, first > 0, last >= first else { return misread(market, .book) }
    let status = book(market, first: first, last: last, time: time, bids: bids, asks: asks, frame: frame)
    if market.isWorn, market.sync.isLive, market.sync.last == last { disprove(market, .command) }
    return status
  }

  @inline(__always)
  private func changes(_ json: inout JSONScanner, _ market: SpotMarket, isBid: Bool) -> pb_list {
    var list = pb_list()
    json.enterArray()
    while json.nextElement() {
      let level = json.level(price: market.priceExponent, quantity: market.quantityExponent)
      guard level.price != 0, market.knows(price: level.price, quantity: level.quantity, isBid: isBid) else { continue }
      out.level(price: level.price, quantity: level.quantity, to: &list)
    }
    return list
  }

  /// An account may ask for the whole book. One that may not leaves every second question to the public way.
  public func snapshotAccount(_ market: Market) -> TradingAccount? {
    market.attempts % 2 == 0 ? firstAccount : nil
  }

  public func snapshotParameters(_ market: Market, _ call: inout Call) {
    if snapshotAccount(market) != nil { call.use(Endpoint(.fullBook, on: .spotPool, weight: 3)) }
    call.set("symbol", market.symbol)
  }

  /// `{"code": "200000", "data": {"time": ms, "sequence": "3262786978", "bids": [["6500.12", "0.45"]], "asks": []}}`
  public func snapshotReply(_ body: Body, _ market: Market) -> Status {
    var reply = JSONScanner(body)
    guard let market = market as? SpotMarket, reply.isWhole, var json = reply.find("data")?.scanner() else {
      return .parse
    }
    var (bids, asks): (KnownSide?, KnownSide?)
    var (sequence, time) = (UInt64(0), Int64(0))
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = side(&json, market)
      case "asks": asks = side(&json, market)
      case "sequence": sequence = json.unsigned()
      case "time": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, sequence > 0, let bids, let asks else { return .parse }
    market.show(bids: bids, asks: asks)
    snapshot(market, last: sequence, time: time, bids: bids.levels, asks: asks.levels, isInBand: false)
    return .ok
  }

  private func side(_ json: inout JSONScanner, _ market: Market) -> KnownSide {
    var side = KnownSide()
    json.enterArray()
    while json.nextElement() {
      let level = json.level(price: market.priceExponent, quantity: market.quantityExponent)
      guard level.price > 0 else {
        json.fail()
        break
      }
      (side.least, side.greatest) = (min(side.least, level.price), max(side.greatest, level.price))
      side.count += 1
      out.level(price: level.price, quantity: level.quantity, to: &side.levels)
    }
    return side
  }
}
