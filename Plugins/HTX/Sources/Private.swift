import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "Get Account Balance of a Specific Account", "Get Current Fee Rate Applied to
/// The User", "Websocket Asset and Order": "Authentication", "Subscribe Order Updates", "Subscribe Trade Details &
/// Order Cancellation post Clearing", "Subscribe Account Change".
extension HTXSpot {
  private static let report = FieldTable<OrderField>([
    "symbol": .symbol, "orderId": .venue, "clientOrderId": .client, "orderSide": .side, "orderStatus": .state,
    "orderPrice": .price, "stopPrice": .stop, "orderSize": .quantity, "execAmt": .filled, "errMessage": .reason,
  ])
  private static let clearing = FieldTable<OrderField>([
    "symbol": .symbol, "orderId": .venue, "clientOrderId": .client, "orderSide": .side, "tradeId": .fillID,
    "tradePrice": .fillPrice, "tradeVolume": .fillQuantity, "tradeTime": .time, "transactFee": .fee,
    "feeCurrency": .feeAsset,
  ])

  func offerAccount() {
    balances(Endpoint(.balance, on: .balances), at: "data/list", all: Self.balances)
    // The actual rates are those behind the deduction.
    fees(
      Endpoint(.feeRates, on: .fees), markets: "symbols", most: 10, at: "data",
      ["symbol": .symbol, "actualMakerRate": .maker, "actualTakerRate": .taker])
  }

  /// "Get all Accounts of the Current User": `[{"id": 10000001, "type": "spot", "subtype": "", "state": "working"}]`.
  public func identity(_ body: Body, _ account: TradingAccount) -> String? {
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find("data")?.scanner() else { return nil }
    var (spot, others): (String?, [String]) = (nil, [])
    list.elements { json in
      var entry = JSONObject(&json)
      let (id, type, state) = (entry.words("id"), entry.words("type"), entry.words("state"))
      let isSpot = type == "spot" && (state.isEmpty || state == "working") && !id.isEmpty
      if isSpot { spot = spot ?? id } else { others.append(id) }
      if !entry.isValid { json.fail() }
    }
    guard list.isValid else { return nil }
    otherAccounts[account.id] = others
    return spot
  }

  /// `[{"currency": "usdt", "type": "trade", "balance": "91.85"}, {"currency": "usdt", "type": "frozen", ...}]`: what
  /// can be used and what orders hold stand apart, for every asset that there is. Loans and what is locked count in
  /// neither. An asset of which something cannot be read has no sum.
  private static func balances(_ list: inout JSONScanner) -> [BalanceReport] {
    var reports: [String: BalanceReport] = [:]
    var odd: Set<String> = []
    _ = list.eachEntry { _, json in
      var (asset, kind, sum) = ("", "", WideDecimal?.none)
      json.members { key, json in
        switch key {
        case "currency": asset = json.words()
        case "type": kind = json.words()
        case "balance": sum = json.optionalWideDecimal()
        default: return false
        }
        return true
      }
      guard json.isValid else {
        odd.insert(asset.isEmpty ? "one without a name" : asset)
        return
      }
      guard kind == "trade" || kind == "frozen" else { return }
      var report = reports[asset] ?? BalanceReport()
      report.asset = asset
      if kind == "trade" { report.free = sum } else { report.held = sum }
      reports[asset] = report
    }
    return odd.union(reports.keys).sorted().map { asset in
      var report = reports[asset] ?? BalanceReport()
      report.asset = asset
      // A part that cannot be read leaves the whole unknown.
      if odd.contains(asset) { (report.free, report.held) = (nil, nil) } else { report.free = report.free ?? .zero }
      return report
    }
  }

  // MARK: The stream

  /// "Authentication": the query is signed as that of a request is, by names of its own.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let query: SealedText = """
      accessKey=\(Seal.field("api_key").percentEncoded)&signatureMethod=HmacSHA256&signatureVersion=2.1\
      &timestamp=\(Seal.isoSeconds.percentEncoded)
      """
    return """
      {"action":"req","ch":"auth","params":{"authType":"api","accessKey":"\(Seal.field("api_key").jsonEscaped)",\
      "signatureMethod":"HmacSHA256","signatureVersion":"2.1","timestamp":"\(Seal.isoSeconds)",\
      "signature":"\(signature("GET\n\(host)\n/ws/v2\n", query))"}}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"action\":\"sub\",\"ch\":\"\(channel)\"}")
  }

  private static let head = FieldTable<HeadField>([
    "action": .kind, "ch": .channel, "code": .code, "message": .text, "data": .data,
  ])

  /// `{"action": "push", "ch": "orders#btcusdt", "data": {...}}`, `{"action": "ping", "data": {"ts": 1575537778295}}`,
  /// and answers `{"action": "sub", "code": 200, "ch": "orders#*", "data": {}}`. Clearing has no action.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    switch head.kind {
    case "ping": return head.data.map { answerPing($0, account) } ?? .parse
    case "req":
      if head.channel == "auth" { loggedIn(account, head.answer(fine: "200")) }
      return .ok
    case "sub":
      acknowledged(account, channel: head.channel.text, head.answer(fine: "200"))
      return .ok
    default: break
    }
    guard let data = head.data else { return .unsupported }
    if head.channel.hasPrefix("orders#") { return orderUpdate(data, account) }
    if head.channel.hasPrefix("trade.clearing#") { return cleared(data, account) }
    return head.channel.hasPrefix("accounts.update") ? accountUpdate(data, account) : .unsupported
  }

  private func answerPing(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    var time = Int64(0)
    json.member("ts") { time = $0.integer() }
    guard json.isValid else { return .parse }
    answerHeartbeat("{\"action\":\"pong\",\"data\":{\"ts\":\(time)}}", act: "pong", on: account.stream)
    return .ok
  }

  /// "Subscribe Order Updates": what an order came to. Executions come with their fees by clearing. What a market order
  /// to buy has executed counts quote.
  private func orderUpdate(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    var (report, rule) = (OrderReport(), "")
    report.read(&json, Self.report, vocabulary) { report, key, json in
      switch key {
      case "type": report.readType(json.words(), vocabulary)
      case "operator": rule = json.words()
      case "orderCreateTime", "tradeTime", "lastActTime": report.time = max(report.time, json.milliseconds())
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    report.wait(for: rule)
    if report.type == .market, report.side == .buy { report.filled = nil }
    publish(order: report, account)
    return .ok
  }

  /// "Subscribe Trade Details & Order Cancellation post Clearing".
  private func cleared(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    var (report, points, isTrade) = (OrderReport(), Points(), false)
    report.read(&json, Self.clearing, vocabulary) { report, key, json in
      switch key {
      case "eventType": isTrade = json.string() == "trade"
      case "aggressor": report.isMaker = !json.boolean()
      case "feeDeduct": points.amount = json.optionalDecimal()
      case "feeDeductType": points.asset = json.words()
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    guard isTrade else { return .ok }
    guard publish(fill: points.charged(report), account) || market(named: report.symbol) == nil else { return .parse }
    return .ok
  }

  /// "Subscribe Account Change": of all accounts of the key. One that lacks the balance or what is available of it has
  /// the whole asked for.
  private func accountUpdate(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    var (report, isSpot) = (BalanceReport(), true)
    json.members { key, json in
      switch key {
      case "accountId":
        let id = json.words()
        if otherAccounts[account.id]?.contains(id) == true { isSpot = false }
      case "accountType": if json.words() != "trade" { isSpot = false }
      case "currency": report.asset = json.words()
      case "balance": report.total = json.optionalWideDecimal()
      case "available": report.free = json.optionalWideDecimal()
      case "changeTime":
        if json.peek() == UInt8(ascii: "n") { return false }
        report.time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, !report.asset.isEmpty else { return .parse }
    guard isSpot else { return .ok }
    guard report.total != nil, report.free != nil else {
      balancesChanged(account)
      return .ok
    }
    return publish(balance: report, account) ? .ok : .parse
  }
}
