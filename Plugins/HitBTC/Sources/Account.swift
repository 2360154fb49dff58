import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "Get spot trading balance", "Get trading fees", "Socket Trading": "Authenticate
/// session", "Subscribe to reports".
extension HitBTCSpot {
  private static let balance = FieldTable<BalanceField>([
    "currency": .asset, "available": .free, "reserved": .held,
  ])

  func offerAccount() {
    balances(Endpoint(.balance, on: .calls), at: "", Self.balance)
    let rates = Endpoint(.fees, on: .calls)
    servePrivate(.fees) { [unowned(unsafe) self] command, account in
      guard command.instrument == 0 || market(command.instrument) != nil else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      ask(Call(rates), account, command: command.id) { [unowned(unsafe) self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        return fees(answer.body, command, account)
      }
    }
  }

  /// `[{"symbol": "ETHBTC", "take_rate": "0.001", "make_rate": "-0.0001"}]`: of all instruments in one list.
  private func fees(_ body: Body, _ command: OwnedCommand, _ account: TradingAccount) -> Status {
    var json = JSONScanner(body)
    guard json.isWhole else { return unreadable(command.id, "fee rates") }
    let wanted = market(command.instrument)
    let unread = json.eachEntry { _, json in
      var (symbol, maker, taker) = ("", Decimal64?.none, Decimal64?.none)
      json.members { key, json in
        switch key {
        case "symbol": symbol = json.words()
        case "make_rate": maker = json.optionalDecimal()
        case "take_rate": taker = json.optionalDecimal()
        default: return false
        }
        return true
      }
      guard let market = market(named: symbol), wanted == nil || wanted === market else { return }
      guard json.isValid, let maker, let taker else { return json.fail() }
      out.fees(account: account.id, instrument: market.id, maker: maker, taker: taker, command: command.id)
    }
    guard json.isValid else { return unreadable(command.id, "fee rates") }
    out.complete(
      PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument, partial: unread > 0)
    out.done(command.id)
    return .ok
  }

  // MARK: The stream

  /// "Authenticate session": signed is the time. Its answer is told from the others by its id.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let (key, time) = (Seal.field("api_key"), Seal.milliseconds)
    let sign = SealedText(time).hmac(.sha256, key: .field("secret_key")).hex
    return """
      {"method":"login","params":{"type":"HS256","api_key":"\(key.jsonEscaped)","timestamp":\(time),\
      "signature":"\(sign)"},"id":"login"}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"method\":\"\(channel)\",\"params\":{},\"id\":\(id)}")
  }

  /// `{"method": "spot_order", "params": {...}}`; `spot_orders` are those that are active when the stream begins.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var head = HitBTCHead()
    json.members { head.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    guard let parameters = head.parameters else { return answered(head, account) }
    guard !head.isRefused else { return .parse }
    var list = parameters.scanner()
    switch head.method {
    case "spot_order": report(&list, account)
    case "spot_orders": list.elements { report(&$0, account) }
    case "spot_balance": publishBalances(&list, account) { BalanceReport(&$1, Self.balance) }
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }

  /// An order, and where it was traded the execution with it.
  private func report(_ json: inout JSONScanner, _ account: TradingAccount) {
    var (report, isTrade) = (OrderReport(), false)
    report.read(&json, Self.report, vocabulary) { report, key, json in
      switch key {
      case "report_type": isTrade = json.words() == "trade"
      case "trade_taker": report.isMaker = !json.boolean()
      default: return false
      }
      return true
    }
    guard json.isValid else { return }
    if isTrade {
      report.feeAsset = market(named: report.symbol)?.rules.quote ?? ""
      publish(fill: report, account)
    }
    publish(order: Self.completed(report.withoutFill), account)
    // What it holds of the account has changed, which only another subscription would say.
    balancesChanged(account)
  }

  private static let report = FieldTable<OrderField>([
    "id": .venue, "client_order_id": .client, "symbol": .symbol, "side": .side, "status": .state, "type": .type,
    "time_in_force": .force, "quantity": .quantity, "quantity_cumulative": .filled, "price": .price,
    "stop_price": .stop, "post_only": .postOnly, "updated_at": .isoTime, "trade_id": .fillID,
    "trade_quantity": .fillQuantity, "trade_price": .fillPrice, "trade_fee": .fee,
  ])

  private func answered(_ head: HitBTCHead, _ account: TradingAccount) -> Status {
    guard head.hasResult || head.isRefused else { return .unsupported }
    if head.id == "login" {
      loggedIn(account, head.answer)
    } else if let id = pb_id(head.id.text), isAwaited(id) {
      acknowledged(id, head.answer)
    } else if head.isRefused {
      loggedIn(account, head.answer)
    }
    return .ok
  }
}
