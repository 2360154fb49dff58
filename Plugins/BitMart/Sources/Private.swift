import CPatchbay
import ConnectorKit
import Decimals

/// The account's stream. Sources: "Login", "Private-Order Progress", "Private-Balance Change".
extension BitMartSpot {
  static let balance = FieldTable<BalanceField>([
    "id": .asset, "currency": .asset, "available": .free, "frozen": .held,
  ])
  private static let pushedBalance = FieldTable<BalanceField>(["ccy": .asset, "av_bal": .free, "fz_bal": .held])

  /// Signed are time, memo and a word.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let time = Seal.milliseconds
    let sign = Self.signature(time, "bitmart.WebSocket")
    return """
      {"op":"login","args":["\(Seal.field("api_key").jsonEscaped)","\(time)","\(sign)"]}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"op\":\"subscribe\",\"args\":[\"\(channel)\"]}")
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    if BitMartHead.isPong(frame) { return .ok }
    var head = BitMartHead()
    guard head.read(frame) else { return .parse }
    guard let data = head.data else { return answered(head, account) }
    guard !head.isRefused else { return .parse }
    var list = data.scanner()
    switch head.table {
    case "spot/user/orders", "spot/user/order": list.elements { report(&$0, account) }
    case "spot/user/balance":
      list.elements { entry in
        entry.member("balance_details") { publishBalances(&$0, account) { BalanceReport(&$1, Self.pushedBalance) } }
      }
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }

  private func answered(_ head: BitMartHead, _ account: TradingAccount) -> Status {
    switch head.event {
    case "login": loggedIn(account, head.answer)
    case "subscribe": acknowledged(account, channel: head.topic.text, head.answer)
    case _ where head.isRefused: acknowledged(account, head.answer)
    default: return .unsupported
    }
    return .ok
  }

  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "side": .side, "type": .type, "size": .quantity, "price": .price, "filled_size": .filled,
    "filled_notional": .cost, "order_state": .state, "order_id": .venue, "client_order_id": .client,
    "create_time": .created, "update_time": .time, "detail_id": .fillID, "last_fill_price": .fillPrice,
    "last_fill_count": .fillQuantity, "exec_type": .maker,
  ])

  /// `{"symbol": "BTC_USDT", "side": "buy", "type": "market", "notional": "", "size": "1.0", "ms_t": "1609926028000",
  /// "price": "46100.0", "filled_notional": "46100.0", "filled_size": "1.0", "margin_trading": "0", "state": "4",
  /// "order_state": "new", "order_id": "2147857398", "last_fill_time": "1609926039226", "last_fill_price": "46100.0",
  /// "last_fill_count": "1.0", "exec_type": "M", "detail_id": "256348632", "client_order_id": "order4872191"}`. Where
  /// it was traded it names the execution, without its fee; messages of before have a number for a state.
  private func report(_ json: inout JSONScanner, _ account: TradingAccount) {
    var (report, number, filledAt, isSpot) = (OrderReport(), "", Int64(0), true)
    report.read(&json, Self.order, vocabulary) { _, key, json in
      switch key {
      case "state": number = json.words()
      case "last_fill_time": if !json.skipNull() { filledAt = json.milliseconds() }
      case "margin_trading": isSpot = json.words() != "1"
      default: return false
      }
      return true
    }
    guard json.isValid, isSpot else { return }
    guard !report.venue.isEmpty else { return json.fail() }
    if report.stateWord.isEmpty { (report.stateWord, report.state) = (number, vocabulary.state(number)) }
    report = Self.completed(report)
    if report.isFill {
      var fill = report
      if filledAt > 0 { fill.time = filledAt }
      publish(fill: fill, account)
    }
    publish(order: report.withoutFill, account)
  }
}
