import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "private/get_subaccount", "private/get_positions",
/// "private/get_funding_history", "public/get_ticker", "public/login", "Subaccount orders", "Subaccount trades",
/// "Subaccount balances".
extension DeriveConnector {
  /// "private/get_subaccount": what open orders hold is no part of a token's balance there, but of the margin.
  private static let balance = FieldTable<BalanceField>(["asset_name": .asset, "amount": .total])
  /// "Subaccount balances".
  private static let change = FieldTable<BalanceField>(["name": .asset, "new_balance": .total])

  private static let position = FieldTable<PositionField>([
    "instrument_name": .symbol, "amount": .quantity, "average_price": .entry, "mark_price": .mark,
    "liquidation_price": .liquidation, "unrealized_pnl": .unrealized, "realized_pnl": .realized,
    "leverage": .leverage,
  ])
  private static let mark = FieldTable<MarkField>(["M": .mark, "I": .index, "f": .rate, "t": .time])
  private static let payment = FieldTable<PaymentField>([
    "instrument_name": .symbol, "funding": .amount, "timestamp": .time,
  ])

  func offerAccount() {
    balances(Endpoint(.subaccount, .json, on: .calls), at: "result/collaterals", Self.balance)
  }

  func offerPerpetual() {
    // Options stand in the list as well.
    positions(Pages(Endpoint(.positions, .json, on: .calls), at: "result/positions")) {
      [unowned(unsafe) self] _, json in
      var type = ""
      let report = PositionReport(&json, Self.position, vocabulary) { _, key, json in
        guard key == "instrument_type" else { return false }
        type = json.words()
        return true
      }
      return type == "option" ? nil : report
    }
    var question = MarkQuestion(Endpoint(.ticker, .json, on: .publicCalls), at: "result", Self.mark)
    (question.symbol, question.isOfOneMarket) = ("instrument_name", true)
    funding(question)
    // Funding is paid all the time, and settled when a position changes.
    var events = pages(.fundingHistory, at: "result/events")
    (events.since, events.until, events.symbol) = ("start_timestamp", "end_timestamp", "instrument_name")
    fundingPayments(events) { _, json in
      var payment = PaymentReport(&json, Self.payment)
      payment.asset = Self.cash
      // An event that only settles a profit has no funding.
      return payment.amount?.isZero == true ? nil : payment
    }
  }

  // MARK: The stream

  /// "Authenticate a WebSocket connection".
  public final func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    """
    {"id":\(id),"method":"public/login","params":{"wallet":"\(Seal.field("wallet_address"))",\
    "timestamp":"\(Seal.milliseconds)","signature":"0x\(Self.session)"}}
    """
  }

  public final func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    """
    {"id":\(id),"method":"subscribe","params":{"channels":["\(Seal.field("subaccount_id")).\(channel)"]}}
    """
  }

  /// `{"method": "subscription", "params": {"channel": "37799.orders", "data": [{...}]}}`; the answer to the login is a
  /// list of subaccounts, `{"id": 1, "result": [37799]}`.
  public final func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var head = FrameHead()
    json.members { head.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    guard let data = head.data else {
      answer(head, account)
      return .ok
    }
    var list = data.scanner()
    switch ChannelName(head.channel).second {
    case "orders":
      list.elements { json in
        let report = Self.report(&json, vocabulary)
        if json.isValid { publish(order: report, account) }
      }
    case "trades":
      list.elements { json in
        let report = Self.fill(&json, vocabulary)
        if json.isValid, report.isFill { publish(fill: report, account) }
      }
    case "balances": balances(&list, account)
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }

  /// Positions stand among them, by the names of their instruments.
  private func balances(_ list: inout JSONScanner, _ account: TradingAccount) {
    list.elements { json in
      let report = BalanceReport(&json, Self.change)
      guard json.isValid, !report.asset.contains("-") else { return }
      if !publish(balance: report, account) { json.fail() }
    }
  }

  /// A subscription answers with the status of its channel.
  private func answer(_ head: FrameHead, _ account: TradingAccount) {
    guard var result = head.result?.scanner(), !head.isRefused else {
      loggedIn(account, head.answer)
      return acknowledged(account, head.answer)
    }
    guard result.peek() == UInt8(ascii: "{"), var status = result.find("status")?.scanner() else {
      return loggedIn(account, .confirmed)
    }
    status.members { key, json in
      let word = json.words()
      acknowledged(
        account, channel: ChannelName(key).second.text,
        word == "ok" ? .confirmed : .refused(code: "14022", text: word))
      return true
    }
  }
}
