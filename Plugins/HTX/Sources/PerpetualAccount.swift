import CPatchbay
import ConnectorKit
import Decimals

/// The account of perpetuals, its positions and its stream. Sources: "[Cross] Query User's Account Information",
/// "[Cross] Query User's Position Information", "[General] Query information on swap trading fee",
/// "[Cross] Switch Leverage", "[Cross] Switch Position Mode", "Query a Batch of Funding Rate", "Query Swap Index Price
/// Information", "Order Push Address", "Authentication", "[Cross] Subscribe Order Data", "[Cross] Subscribe Account
/// Equity Updates Data", "[Cross] Subscribe Position Updates".
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
    balances(Endpoint(.swapAccount, .json, on: .swapReads), at: "data", Self.balance)
    let fee = Endpoint(.swapFees, .json, on: .swapReads)
    fees(of: fee, all: fee, symbol: "contract_code", at: "data") { [unowned(unsafe) self] in rates(&$0) }
    positions(Pages(Endpoint(.swapPositions, .json, on: .swapReads), at: "data")) { [unowned(unsafe) self] _, json in
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

  /// Fees for opening and for closing are the same.
  private func rates(_ json: inout JSONScanner) -> MarketFees? {
    var (market, maker, taker): (Market?, Decimal64?, Decimal64?)
    json.members { key, json in
      switch key {
      case "contract_code": market = self.market(named: json.string())
      case "open_maker_fee": maker = json.optionalDecimal()
      case "open_taker_fee": taker = json.optionalDecimal()
      default: return false
      }
      return true
    }
    guard let market, let maker, let taker else { return nil }
    return MarketFees(market, maker: maker, taker: taker)
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
      .leverage, by: Endpoint(.swapSetLeverage, .json, on: .swapLeverages), confirmedAt: "data/lever_rate",
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
    serveMode(.positionMode, by: Endpoint(.swapSetPositionMode, .json, on: .swapTrades)) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      guard market == nil else {
        throw CommandRefusal(.unsupported, "the position mode is of all instruments: name none")
      }
      call.set("margin_account", "USDT")
      call.set("position_mode", command.positionMode.flatMap { vocabulary.word($0) } ?? "")
    }
    let question = Endpoint(.swapAccount, .json, on: .swapReads)
    modes(
      ModeQuestion(question, at: "data", of: .account, FieldTable(["position_mode": .positionMode])),
      ModeQuestion(
        question, at: "data/0/contract_detail", of: .list(symbol: ""),
        FieldTable(["contract_code": .symbol, "lever_rate": .leverage])))
  }

  /// "[Cross] Query User's Account Information": `contract_detail` lists every instrument with its leverage.
  public func identity(_ body: Body, _ account: TradingAccount) -> String? {
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find("data")?.scanner() else { return nil }
    leverages[account.id] = [:]
    list.elements { readLeverages(&$0, account) }
    return list.isValid && leverages[account.id]?.isEmpty == false ? "USDT" : nil
  }

  private func readLeverages(_ json: inout JSONScanner, _ account: TradingAccount) {
    json.members { key, json in
      guard key == "contract_detail" else { return false }
      json.elements { json in
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
        if market(named: symbol) != nil, let leverage { leverages[account.id, default: [:]][symbol] = leverage }
      }
      return true
    }
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

  private static let head = PrivateHead.Names(
    operation: "op", channel: "topic", code: "err-code", text: "err-msg", fine: "0", stamp: "ts")

  /// `{"op": "notify", "topic": "orders_cross.btc-usdt", ...}`, `{"op": "ping", "ts": "1492420473058"}`, and answers
  /// `{"op": "sub", "cid": "1", "topic": "orders_cross.*", "err-code": 0}`.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = PrivateHead(frame, Self.head) else { return .parse }
    switch head.operation {
    case "ping":
      answerHeartbeat("{\"op\":\"pong\",\"ts\":\(jsonQuoted(head.stamp.text))}", act: "pong", on: account.stream)
      return .ok
    case "auth":
      loggedIn(account, head.answer)
      return .ok
    case "sub":
      acknowledged(account, channel: head.channel.text, head.answer)
      return .ok
    case "close", "error":
      out.log(.warning, "the exchange says \(head.operation.text): \(head.code.text) \(head.text.text)")
      return .ok
    case "notify": break
    default: return .unsupported
    }
    switch head.channel.before(first: UInt8(ascii: ".")) {
    case "orders_cross": return orderUpdate(frame, account)
    case "accounts_cross": return head.data.map { accountUpdate($0, account) } ?? .parse
    case "positions_cross": return head.data.map { positionUpdate($0, account) } ?? .parse
    default: return .unsupported
    }
  }

  /// "[Cross] Subscribe Order Data": the order as it is, and the executions that are new.
  private func orderUpdate(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    let report = order(&json)
    guard json.isValid, !report.venue.isEmpty else { return .parse }
    guard market(named: report.symbol) != nil else { return .ok }
    publish(order: report, account)
    for fill in report.fills where !publish(fill: fill, account) { return .parse }
    return .ok
  }

  private func accountUpdate(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    publishBalances(&json, account) { [unowned(unsafe) self] _, json in
      var look = json.mark.scanner()
      readLeverages(&look, account)
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
