import CPatchbay
import ConnectorKit

/// What stands around the rows of a table, and what answers carry.
struct TableHead {
  /// `orderBookL2`, `order`; and what was done to it: `partial`, `insert`, `update`, `delete`.
  var (table, action) = (JSONText(), JSONText())
  /// Of answers: the topic, and of a refusal a status and words.
  var (subscribed, unsubscribed, status, error) = (JSONText(), JSONText(), JSONText(), JSONText())
  var (data, filter, request): (JSONMark?, JSONMark?, JSONMark?)
  var isSuccess = false
  /// The exchange's greeting.
  var isGreeting = false

  init?(_ frame: Body) {
    var json = JSONScanner(frame)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "table": table = json.string()
      case "action": action = json.string()
      case "data": data = json.passed()
      case "filter": filter = json.passed()
      case "subscribe": subscribed = json.scalar()
      case "unsubscribe": unsubscribed = json.scalar()
      case "success": isSuccess = json.scalar() == "true"
      case "status": status = json.scalar()
      case "error" where json.peek() == UInt8(ascii: "\""): error = json.string()
      case "request": request = json.passed()
      case "info":
        isGreeting = true
        json.skip()
      default: json.skip()
      }
    }
    guard json.isComplete() else { return nil }
  }

  /// The instrument that rows are of: that of the first or, of a table without rows, of the subscription.
  func symbol(of data: JSONMark) -> JSONText? {
    var rows = data.scanner()
    var name = JSONText()
    rows.enterArray()
    if rows.nextElement() {
      rows.member("symbol") { name = $0.string() }
    } else if let filter {
      var json = filter.scanner()
      json.member("symbol") { name = $0.string() }
    }
    return name.isEmpty ? nil : name
  }

  var isRefusal: Bool { !error.isEmpty }

  /// What a refusal says. A status that is none of the words' own says more than they do.
  var refusal: Acknowledgement {
    let code = ["401", "403", "429"].contains(status.text) ? status.text : BitMEXExchange.unnamed
    return .refused(code: code, text: error.text)
  }

  /// What was asked for: the operation and its arguments.
  var asked: (operation: String, arguments: [String]) {
    guard let mark = request else { return ("", []) }
    var request = mark.scanner()
    guard request.peek() == UInt8(ascii: "{") else { return ("", []) }
    var (operation, arguments) = ("", [String]())
    request.members { key, json in
      switch key {
      case "op": operation = json.words()
      case "args" where json.peek() == UInt8(ascii: "["):
        json.elements { json in
          if json.peek() == UInt8(ascii: "\"") { arguments.append(json.words()) } else { json.skip() }
        }
      case "args": arguments = [json.words()]
      default: return false
      }
      return true
    }
    return (operation, arguments)
  }
}

/// Public frames. Source: "WebSocket API: Subscriptions, Response Format". Rows of one frame are of one table.
extension BitMEXExchange {
  private static let trade = FieldTable<TradeField>([
    "symbol": .symbol, "trdMatchID": .id, "price": .price, "size": .quantity, "side": .side, "timestamp": .isoTime,
  ])
  /// "quote": the best prices.
  private static let quote = FieldTable<TickerField>([
    "symbol": .symbol, "bidPrice": .bid, "bidSize": .bidQuantity, "askPrice": .ask, "askSize": .askQuantity,
    "timestamp": .isoTime,
  ])
  /// "instrument": the day's figures. The volumes are the exchange's own, in base and in quote.
  private static let day = FieldTable<TickerField>([
    "symbol": .symbol, "lastPrice": .last, "prevPrice24h": .open, "highPrice": .high, "lowPrice": .low,
    "homeNotional24h": .baseVolume, "foreignNotional24h": .quoteVolume, "timestamp": .isoTime,
  ])
  static let restTicker = FieldTable<TickerField>([
    "symbol": .symbol, "bidPrice": .bid, "askPrice": .ask, "lastPrice": .last, "prevPrice24h": .open,
    "highPrice": .high, "lowPrice": .low, "homeNotional24h": .baseVolume, "foreignNotional24h": .quoteVolume,
    "timestamp": .isoTime,
  ])
  /// "instrument": `markPrice`, the price of the index as `indicativeSettlePrice`, and of perpetuals the next funding.
  static let mark = FieldTable<MarkField>([
    "symbol": .symbol, "markPrice": .mark, "indicativeSettlePrice": .index, "fundingRate": .rate,
    "fundingTimestamp": .isoNext, "fundingInterval": .timespan, "timestamp": .isoTime,
  ])
  /// "liquidation": the exchange's order that ends a position.
  private static let liquidation = FieldTable<LiquidationField>([
    "symbol": .symbol, "side": .side, "price": .price, "leavesQty": .quantity,
  ])

  /// `{"table": "trade", "action": "insert", "data": [{...}]}`, and answers, whose form is in `answered`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    if isPong(frame) { return .ok }
    guard let head = TableHead(frame) else { return .parse }
    guard let data = head.data, !head.table.isEmpty else { return answered(head) }
    if let table = LevelTable(head.table) { return levels(table, head, data, frame, stream) }
    var list = data.scanner()
    switch head.table {
    case "trade": return trades(&list, Self.trade, stream, isSnapshot: head.action == "partial")
    case "quote": return each(&list, stream, .ticker) { ticker(&$0, Self.quote, stream, keepsDay: true) }
    case "instrument":
      return each(&list, stream, [.ticker, .mark]) { entry in
        var again = entry.mark.scanner()
        let status = ticker(&entry, Self.day, stream, isChange: true)
        guard Self.isContracts, mark(&again, Self.mark, stream) == .parse else { return status }
        return .parse
      }
    // What is left of it, and that it is over, is said as well.
    case "liquidation": return head.action == "insert" ? liquidations(&list, Self.liquidation, stream) : .ok
    default: return .unsupported
    }
  }

  private func each(
    _ list: inout JSONScanner, _ stream: pb_id, _ channels: Channels, _ read: (inout JSONScanner) -> Status
  ) -> Status {
    var status = Status.ok
    list.enterArray()
    while list.nextElement() {
      var entry = list.entry()
      if list.isValid, read(&entry) == .parse { status = .parse }
    }
    return list.isValid ? status : misread(stream: stream, channels)
  }

  /// "Heartbeats": the text `pong`.
  func isPong(_ frame: Body) -> Bool { frame.elementsEqual("pong".utf8) }

  /// `{"success": true, "subscribe": "trade:XBTUSD", "request": {...}}`, `{"info": "Welcome ..."}`, and refusals
  /// `{"status": 400, "error": "Unknown table: x", "meta": {}, "request": {"op": "subscribe", "args": ["x:XBTUSD"]}}`,
  /// which are of all that was asked for together.
  private func answered(_ head: TableHead) -> Status {
    if head.isRefusal {
      let asked = head.asked
      let isUnsubscribe = asked.operation == "unsubscribe"
      guard isUnsubscribe || asked.operation == "subscribe" else {
        out.log(.warning, "the exchange refuses: \(head.error.text)")
        return .ok
      }
      // What is subscribed already brings no table anew; what is none any more has ended.
      let words = head.error.text.lowercased()
      let answer: Acknowledgement =
        isUnsubscribe ? .confirmed : words.contains(fragment: "already subscribed") ? .repeated : head.refusal
      // One that names its topic is of that alone.
      let named = asked.arguments.filter { head.error.text.contains(fragment: $0) }
      for topic in named.isEmpty ? asked.arguments : named { topicAnswered(topic, isUnsubscribe, answer) }
      return .ok
    }
    if !head.subscribed.isEmpty {
      topicAnswered(head.subscribed.text, false, head.isSuccess ? .confirmed : head.refusal)
    } else if !head.unsubscribed.isEmpty {
      topicAnswered(head.unsubscribed.text, true, .confirmed)
    } else if !head.isGreeting {
      return .unsupported
    }
    return .ok
  }

  private func topicAnswered(_ topic: String, _ isUnsubscribe: Bool, _ answer: Acknowledgement) {
    let parts = topic.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2, let market = market(named: parts[1]) else { return }
    acknowledged(
      market.number, channel: parts[0].hasPrefix("orderBook") ? Self.book : parts[0], isUnsubscribe: isUnsubscribe,
      answer)
  }
}
