import CPatchbay
import ConnectorKit

/// What stands around the data of a frame: `PushDataV3ApiWrapper`.
struct PushWrapper {
  var channel = JSONText()
  var symbol = JSONText()
  /// Nanoseconds.
  var time: Int64 = 0
  /// Number of the field that holds the data, and the data.
  var kind: UInt32 = 0
  var data: ProtobufScanner?
  var isValid = false

  @inline(__always)
  init(_ frame: Body) {
    var message = ProtobufScanner(frame)
    while let field = message.next() {
      switch field {
      case 1: channel = message.text()
      case 3: symbol = message.text()
      case 6: time = Self.nanoseconds(message.integer())
      case 301...400:
        kind = field
        data = message.message()
      default: break
      }
    }
    isValid = message.isValid
  }

  /// Of milliseconds since the epoch; 0 for what is none.
  static func nanoseconds(_ milliseconds: Int64) -> Int64 {
    milliseconds > 0 && milliseconds < 4_000_000_000_000 ? milliseconds * 1_000_000 : 0
  }
}

/// Public frames. Sources: "Websocket Market Streams": requests and their answers are JSON, data is Protocol Buffers.
extension MEXCSpot {
  /// `{"method": "SUBSCRIPTION", "params": ["spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT"], "id": 1}`
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let channels = feeds.channels
    let params = topics.map { "\"\(channels[$0.channel].name)@\(interval)@\(markets[$0.market].symbol)\"" }
    let method = isUnsubscribe ? "UNSUBSCRIPTION" : "SUBSCRIPTION"
    return SealedText("{\"method\":\"\(method)\",\"params\":[\(params.joined(separator: ","))],\"id\":\(id)}")
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    if ControlFrame.isOne(frame) {
      guard let answer = ControlFrame(frame) else { return .parse }
      settle(answer)
      return .ok
    }
    let wrapper = PushWrapper(frame)
    guard wrapper.isValid, let data = wrapper.data else { return wrapper.isValid ? .unsupported : .parse }
    let number = symbols.find(wrapper.symbol)
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    switch wrapper.kind {
    case 313: return depth(data, wrapper.time, market, frame)
    case 314: return deals(data, market)
    case 315: return bookTicker(data, wrapper.time, market)
    default: return .unsupported
    }
  }

  /// An answer names what it is about. One to a message of another client, as in a recording, is known by that alone.
  private func settle(_ answer: ControlFrame) {
    guard !answer.isPong else { return }
    if let id = answer.id, isAwaited(id) { return acknowledged(id, answer.outcome) }
    for topic in answer.topics {
      let parts = topic.split(separator: "@")
      guard parts.count >= 4, let market = market(named: String(parts[parts.count - 1])) else { continue }
      acknowledged(
        market.number, channel: "\(parts[0])@\(parts[1])", isUnsubscribe: false, answer.outcome)
    }
  }

  // MARK: Books

  /// `PublicAggreDepthsV3Api`: asks 1, bids 2, fromVersion 4, toVersion 5; a level has price 1 and quantity 2, which
  /// counts absolutely; zero removes.
  private func depth(_ data: ProtobufScanner, _ time: Int64, _ market: Market, _ frame: Body) -> Status {
    var message = data
    var (first, last) = (Int64(0), Int64(0))
    while let field = message.next() {
      switch field {
      case 4: first = message.fixed(0)
      case 5: last = message.fixed(0)
      default: break
      }
    }
    guard message.isValid, first > 0, last > 0 else { return misread(market, .book) }
    out.beginBook()
    var isRead = true
    let bids = levels(data, field: 2, market, &isRead)
    let asks = levels(data, field: 1, market, &isRead)
    guard isRead else { return misread(market, .book) }
    return book(
      market, first: UInt64(first), last: UInt64(last), time: time, bids: bids, asks: asks, frame: frame)
  }

  @inline(__always)
  private func levels(_ data: ProtobufScanner, field side: UInt32, _ market: Market, _ isRead: inout Bool) -> pb_list {
    var (message, list) = (data, pb_list())
    while let field = message.next() {
      guard field == side else { continue }
      var level = message.message()
      var (price, quantity) = (Int64(0), Int64(-1))
      while let field = level.next() {
        switch field {
        case 1: price = level.fixed(market.priceExponent)
        case 2: quantity = level.fixed(market.quantityExponent)
        default: break
        }
      }
      guard level.isValid, price > 0, quantity >= 0 else {
        isRead = false
        return list
      }
      out.level(price: price, quantity: quantity, to: &list)
    }
    if !message.isValid { isRead = false }
    return list
  }

  /// Snapshots are JSON, changes are not.
  public func misfit(_ message: Body, _ market: Market) -> String? {
    let misfit = LevelMisfit(market)
    guard !ControlFrame.isOne(message) else { return misfit.words(message) }
    guard let data = PushWrapper(message).data else { return nil }
    var depth = data
    while let field = depth.next() {
      guard field == 1 || field == 2 else { continue }
      var (level, price, quantity) = (depth.message(), JSONText(), JSONText())
      while let field = level.next() {
        switch field {
        case 1: price = level.text()
        case 2: quantity = level.text()
        default: break
        }
      }
      if let words = misfit.words(price: price, quantity: quantity) { return words }
    }
    return nil
  }

  public func snapshotParameters(_ market: Market, _ call: inout Call) {
    call.set("symbol", market.symbol)
    call.set("limit", "5000")
  }

  /// "Order Book": `{"lastUpdateId": 1112416, "bids": [["15.0", "4.0"]], "asks": [...], "timestamp": ms}`
  public func snapshotReply(_ body: Body, _ market: Market) -> Status {
    snapshot(
      body, ["lastUpdateId": .last, "timestamp": .time, "bids": .bids, "asks": .asks], market)
  }

  // MARK: Trades and tickers

  /// `PublicAggreDealsV3Api`: deals 1, each with price 1, quantity 2, tradeType 3 (1 bought, 2 sold), time 4 and, since
  /// 2025, tradeId 5.
  private func deals(_ data: ProtobufScanner, _ market: Market) -> Status {
    var (message, status) = (data, Status.ok)
    while let field = message.next() {
      guard field == 1 else { continue }
      var deal = message.message()
      var (price, quantity, side, time, id) = (Int64(0), Int64(0), Side.none, Int64(0), JSONText())
      while let field = deal.next() {
        switch field {
        case 1: price = deal.fixed(market.priceExponent)
        case 2: quantity = deal.fixed(market.quantityExponent)
        case 3: side = Self.side(deal.unsigned())
        case 4: time = PushWrapper.nanoseconds(deal.integer())
        case 5: id = deal.text()
        default: break
        }
      }
      guard deal.isValid, price > 0, quantity > 0, side != .none else {
        status = misread(market, .trades)
        continue
      }
      guard isWanted(market, .trades) else { continue }
      out.trade(instrument: market.id, id: id, price: price, quantity: quantity, taker: side, time: time)
    }
    return message.isValid ? status : misread(market, .trades)
  }

  static func side(_ number: UInt64) -> Side { number == 1 ? .buy : number == 2 ? .sell : .none }

  /// `PublicAggreBookTickerV3Api`: bidPrice 1, bidQuantity 2, askPrice 3, askQuantity 4.
  private func bookTicker(_ data: ProtobufScanner, _ time: Int64, _ market: Market) -> Status {
    var message = data
    var (bid, ask): ((price: Int64, quantity: Int64), (price: Int64, quantity: Int64)) = ((0, 0), (0, 0))
    while let field = message.next() {
      switch field {
      case 1: bid.price = message.fixed(market.priceExponent)
      case 2: bid.quantity = message.fixed(market.quantityExponent)
      case 3: ask.price = message.fixed(market.priceExponent)
      case 4: ask.quantity = message.fixed(market.quantityExponent)
      default: break
      }
    }
    guard message.isValid else { return misread(market, .ticker) }
    var record = pb_ticker()
    (record.instrument, record.venue_ns) = (market.id, time)
    record.setBid(bid.price, bid.quantity)
    record.setAsk(ask.price, ask.quantity)
    if isWanted(market, .ticker) { out.ticker(record) }
    return .ok
  }
}

/// An answer on a socket: `{"id": 1, "code": 0, "msg": "spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT"}`, or
/// `{"id": 0, "code": 0, "msg": "PONG"}`. A refusal has the code 0 as well, and says so in words: `Not Subscribed
/// successfully! [spot@...]. Reason: Blocked!`.
struct ControlFrame {
  var id: pb_id?
  var code = ""
  var text = ""

  /// JSON begins with a brace, which begins no message of the exchange's.
  static func isOne(_ frame: Body) -> Bool { frame.first == UInt8(ascii: "{") }

  init?(_ frame: Body) {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "id": id = pb_id(json.scalar().text)
      case "code": code = json.scalar().text
      case "msg": text = json.scalar().text
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return nil }
  }

  var isPong: Bool { text == "PONG" }
  var isRefused: Bool { code != "0" || text.lowercased().hasPrefix("not subscribed") }
  var outcome: Acknowledgement { isRefused ? .refused(code: code == "0" ? "" : code, text: text) : .confirmed }
  /// The topics that it names.
  var topics: [String] {
    text.split { ",[] ".contains($0) }.map { $0.last == "." ? String($0.dropLast()) : String($0) }
      .filter { $0.hasPrefix("spot@") }
  }
}
