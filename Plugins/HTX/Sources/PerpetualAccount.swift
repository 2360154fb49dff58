import CPatchbay
import ConnectorKit
import Decimals

/// The account of perpetuals, its positions and its stream. Sources, with a "[Cross]" or "[Isolated]" in front: "Query
/// User's Account Information", "Query User's Position Information", "Query information on swap trading fee", "Switch
/// Leverage", "Switch Position Mode", "Query a Batch of Funding Rate", "Query Swap Index Price Information", "Order
/// Push Address", "Authentication", "Subscribe Order Data", "Subscribe Account Equity Updates Data", "Subscribe
/// Position Updates".
extension HTXPerpetual {
  /// What is in the account, without what positions have gained.
  private static let balance = FieldTable<BalanceField>([
    "margin_asset": .asset, "margin_static": .total, "withdraw_available": .free,
  ])
  private static let position = FieldTable<PositionField>([
    "contract_code": .symbol, "direction": .side, "volume": .quantity, "cost_open": .entry,
    "profit_unreal": .unrealized, "lever_rate": .leverage, "margin_mode": .marginMode,
  ])

  func offerAccount() {
    offerBalances(Endpoint(margin.account, .json, on: .swapReads))
    let fee = Endpoint(.swapFees, .json, on: .swapReads)
    // Fees for opening and for closing are the same.
    fees(of: fee, all: fee, symbol: "contract_code", at: "data") { [unowned(unsafe) self] in
      marketFees(&$0, ["contract_code": .symbol, "open_maker_fee": .maker, "open_taker_fee": .taker])
    }
    positions(Pages(Endpoint(margin.positions, .json, on: .swapReads), at: "data")) { [unowned(unsafe) self] _, json in
      var isSwap = true
      let report = position(&json, &isSwap)
      return isSwap ? report : nil
    }
    var funded = MarkQuestion(
      Endpoint(.swapFundingRates, on: .swapPublic), at: "data",
      FieldTable(["contract_code": .symbol, "funding_rate": .rate, "funding_time": .next]))
    funded.symbol = "contract_code"
    var index = MarkQuestion(
      Endpoint(.swapIndex, on: .swapPublic), at: "data",
      FieldTable(["contract_code": .symbol, "index_price": .index, "index_ts": .time]))
    index.symbol = "contract_code"
    funding(funded, index)
    fundingPayments(fundingRecords()) { _, json in
      PaymentReport(
        &json,
        FieldTable(["contract_code": .symbol, "amount": .amount, "asset": .asset, "id": .id, "ts": .time]))
    }
    offerModes()
  }

  /// With isolated margin each instrument has an account of its own: an asset's balance is the sum of them.
  private func offerBalances(_ endpoint: Endpoint) {
    guard margin.isIsolated else { return balances(endpoint, at: "data", Self.balance) }
    balances(endpoint, at: "data") { (list: inout JSONScanner) in
      var sums: [BalanceReport] = []
      list.elements { json in
        let report = BalanceReport(&json, Self.balance)
        guard let total = report.total, let free = report.free else { return json.fail() }
        if let place = sums.firstIndex(where: { $0.asset == report.asset }) {
          sums[place].total = sums[place].total.map { $0 + total }
          sums[place].free = sums[place].free.map { $0 + free }
        } else {
          sums.append(report)
        }
      }
      return sums
    }
  }

  /// In hedge mode the direction is the leg. Futures that expire stand in the list as well.
  private func position(_ json: inout JSONScanner, _ isSwap: inout Bool) -> PositionReport {
    var (isHedge, isOfSwap) = (false, true)
    var report = PositionReport(&json, Self.position, vocabulary) { _, key, json in
      switch key {
      case "position_mode": isHedge = json.words() == "dual_side"
      case "contract_type": isOfSwap = json.words() == "swap"
      default: return false
      }
      return true
    }
    isSwap = isOfSwap
    report.leg = isHedge ? (report.side == .buy ? .long : .short) : .net
    return report
  }

  private func offerModes() {
    serveMode(
      .leverage, by: Endpoint(margin.setLeverage, .json, on: .swapLeverages), confirmedAt: "data/lever_rate",
      answered: { [unowned(unsafe) self] account in
        changing.remove(account.id)
        // Whatever came of it, the next order asks what it is.
        forgetIdentity(of: account)
      }
    ) { [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      guard changing.insert(command.account).inserted else {
        throw CommandRefusal(.transient, "another leverage is being set; ask again when that is answered")
      }
      call.set("contract_code", market?.symbol ?? "")
      call.setNumber("lever_rate", command.value)
    }
    serveMode(.positionMode, by: Endpoint(margin.setPositionMode, .json, on: .swapTrades)) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      guard (market != nil) == margin.isIsolated else {
        throw CommandRefusal(
          .unsupported,
          margin.isIsolated
            ? "each instrument has a position mode: name one" : "the position mode is of all instruments: name none")
      }
      call.set("margin_account", market?.symbol ?? "USDT")
      call.set("position_mode", command.positionMode.flatMap { vocabulary.word($0) } ?? "")
    }
    let question = Endpoint(margin.account, .json, on: .swapReads)
    guard !margin.isIsolated else {
      return modes(
        ModeQuestion(
          question, at: "data", of: .list(symbol: ""),
          FieldTable(["contract_code": .symbol, "lever_rate": .leverage, "position_mode": .positionMode])))
    }
    modes(
      ModeQuestion(question, at: "data", of: .account, FieldTable(["position_mode": .positionMode])),
      ModeQuestion(
        question, at: "data/0/contract_detail", of: .list(symbol: ""),
        FieldTable(["contract_code": .symbol, "lever_rate": .leverage])))
  }

  /// "Query User's Account Information": of cross margin `contract_detail` lists every instrument with its leverage, of
  /// isolated margin each entry is of one.
  public func identity(_ body: Body, _ account: TradingAccount) -> String? {
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find("data")?.scanner() else { return nil }
    let known = leverages.removeValue(forKey: account.id) ?? [:]
    list.elements { readLeverages(&$0, account, known) }
    return list.isValid && leverages[account.id]?.isEmpty == false ? "USDT" : nil
  }

  /// Orders say the leverage, and the host lets none leave that says another than it knows of: each is reported.
  private func readLeverages(_ json: inout JSONScanner, _ account: TradingAccount, _ known: [String: Decimal64]) {
    guard !margin.isIsolated else { return readLeverage(&json, account, known) }
    json.member("contract_detail") { json in
      json.elements { readLeverage(&$0, account, known) }
    }
  }

  private func readLeverage(_ json: inout JSONScanner, _ account: TradingAccount, _ known: [String: Decimal64]) {
    var (symbol, leverage) = ("", Decimal64?.none)
    json.members { key, json in
      switch key {
      case "contract_code": symbol = json.words()
      case "lever_rate": leverage = json.optionalDecimal()
      default: return false
      }
      return true
    }
    // Of instruments alone: their number is bounded.
    guard market(named: symbol) != nil, let leverage else { return }
    leverages[account.id, default: [:]][symbol] = leverage
    guard known[symbol] != leverage else { return }
    var report = ModeReport()
    (report.symbol, report.leverage) = (symbol, leverage)
    publish(mode: report, account)
  }

  // MARK: The stream

  /// "Authentication": the query is signed as that of a request is.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    return """
      {"op":"auth","type":"api","AccessKeyId":"\(Seal.field("api_key").jsonEscaped)",\
      "SignatureMethod":"HmacSHA256","SignatureVersion":"2","Timestamp":"\(Seal.isoSeconds)",\
      "Signature":"\(signature("GET\n\(host)\n/linear-swap-notification\n", Self.signedQuery))"}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"op\":\"sub\",\"cid\":\"\(id)\",\"topic\":\"\(channel)\"}")
  }

  /// The time of a heartbeat stands for its id: it is sent back as it came.
  static let head = FieldTable<HeadField>([
    "op": .kind, "topic": .channel, "err-code": .code, "err-msg": .text, "ts": .request, "data": .data,
  ])

  /// `{"op": "notify", "topic": "orders_cross.btc-usdt", ...}`, `{"op": "ping", "ts": "1492420473058"}`, and answers
  /// `{"op": "sub", "cid": "1", "topic": "orders_cross.*", "err-code": 0}`.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    switch head.kind {
    case "ping":
      answerHeartbeat("{\"op\":\"pong\",\"ts\":\(jsonQuoted(head.request.text))}", act: "pong", on: account.stream)
      return .ok
    case "auth":
      loggedIn(account, head.answer())
      return .ok
    case "sub":
      acknowledged(account, channel: head.channel.text, head.answer())
      return .ok
    case "close", "error":
      out.log(.warning, "the exchange says \(head.kind.text): \(head.code.text) \(head.text.text)")
      return .ok
    case "notify": break
    default: return .unsupported
    }
    switch head.channel.before(first: UInt8(ascii: ".")) {
    case "orders_cross", "orders": return orderUpdate(frame, account)
    case "trigger_order_cross", "trigger_order": return head.data.map { triggersCame($0, account) } ?? .parse
    case "accounts_cross", "accounts": return head.data.map { accountUpdate($0, account) } ?? .parse
    case "positions_cross", "positions": return head.data.map { positionUpdate($0, account) } ?? .parse
    default: return .unsupported
    }
  }

  /// "Subscribe Order Data": the order as it is, and the executions that are new.
  private func orderUpdate(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    let report = order(&json)
    guard json.isValid, !report.venue.isEmpty else { return .parse }
    guard market(named: report.symbol) != nil else { return .ok }
    publish(order: report, account)
    for fill in report.fills {
      guard publish(fill: fill, account) else { return .parse }
      publishForced(fill, account)
    }
    return .ok
  }

  private func triggersCame(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    json.elements { json in
      let report = trigger(&json)
      guard json.isValid, report.state != nil, market(named: report.symbol) != nil else { return }
      publish(conditional: report, account)
    }
    return json.isValid ? .ok : .parse
  }

  /// Of isolated margin it is the account of one instrument, so that the sum is asked for.
  private func accountUpdate(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    guard !margin.isIsolated else {
      let known = leverages[account.id] ?? [:]
      json.elements { readLeverages(&$0, account, known) }
      guard json.isValid else { return .parse }
      balancesChanged(account)
      return .ok
    }
    publishBalances(&json, account) { [unowned(unsafe) self] _, json in
      var look = json.mark.scanner()
      readLeverages(&look, account, leverages[account.id] ?? [:])
      return BalanceReport(&json, Self.balance)
    }
    return json.isValid ? .ok : .parse
  }

  private func positionUpdate(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    json.elements { json in
      var isSwap = true
      let report = position(&json, &isSwap)
      guard json.isValid, isSwap, market(named: report.symbol) != nil else { return }
      if !publish(position: report, account) { json.fail() }
    }
    return json.isValid ? .ok : .parse
  }
}
