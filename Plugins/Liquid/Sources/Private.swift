import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "Get Accounts", Liquid Tap's `quoine:auth_request` and
/// `user_account_<currency>_orders`.
extension LiquidSpot {
  private static let balance = FieldTable<BalanceField>([
    "currency": .asset, "balance": .total, "reserved_balance": .held,
  ])

  func offerAccount() { balances(Endpoint(.accounts, on: .calls), at: "", all: Self.balances) }

  /// `{"crypto_accounts": [{"currency": "ETH", "balance": 4.99, "reserved_balance": 0.0}], "fiat_accounts": [...]}`
  private static func balances(_ json: inout JSONScanner) -> [BalanceReport] {
    var reports: [BalanceReport] = []
    json.members { key, json in
      guard key == "crypto_accounts" || key == "fiat_accounts" else { return false }
      _ = json.eachEntry { _, json in
        let asset = json.mark.member("currency")
        var report = BalanceReport(&json, balance)
        // One that cannot be read has no sum.
        if !json.isValid { (report, report.asset) = (BalanceReport(), asset) }
        reports.append(report)
      }
      return true
    }
    return reports
  }

  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    """
    {"event":"quoine:auth_request","data":{"path":"/realtime","headers":{"X-Quoine-Auth":"\(Self.token("/realtime"))"}}}
    """
  }

  public func privateChannels(_ account: TradingAccount) -> [String] {
    Set(markets.map { $0.rules.quote }).sorted().map { "user_account_\($0.lowercased())_orders" }
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"\(channel)\"}}")
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    switch head.kind {
    case "quoine:auth_success": loggedIn(account, .confirmed)
    case "quoine:auth_failure":
      loggedIn(account, .refused(code: "auth_failure", text: Self.words(head, embedded)))
    case "pusher_internal:subscription_succeeded":
      acknowledged(account, channel: head.channel.text, .confirmed)
    case "pusher:error", "pusher:subscription_error":
      acknowledged(account, .refused(code: "", text: Self.words(head, embedded)))
    case "pusher:ping":
      answerHeartbeat("{\"event\":\"pusher:pong\",\"data\":{}}", act: "pong", on: account.stream)
    case "pusher:connection_established", "pusher:pong": break
    case "created", "updated":
      guard var data = head.data?.scanner() else { return .parse }
      var json = JSONScanner(embedded.body(&data))
      let report = read(&json)
      guard json.isComplete() else { return .parse }
      changed(report, account)
    default: return .unsupported
    }
    return .ok
  }

  /// An order says how much of it is filled and what that cost, and not how: each growth since the report before is one
  /// execution. Of an order that was not reported before, what is filled already stays with the order.
  private func changed(_ report: OrderReport, _ account: TradingAccount) {
    if let before = account.orders[report.venue], let fill = Self.growth(of: report, since: before) {
      var fill = fill
      fill.feeAsset = market(named: report.symbol)?.rules.quote ?? ""
      publish(fill: fill, account)
    }
    switch report.state {
    case .filled, .cancelled, .rejected: account.orders.forget(report.venue)
    default: account.orders.remember(report)
    }
    balancesChanged(account)
    publish(order: report.withoutFill, account)
  }

  private static func growth(of report: OrderReport, since before: OrderReport) -> OrderReport? {
    guard let filled = report.filled, let quantity = filled.subtracting(before.filled ?? .zero), quantity.isPositive
    else { return nil }
    var fill = report
    fill.fillID = "\(report.venue)-\(filled.plain)"
    fill.fillQuantity = quantity
    let cost = report.average.flatMap { $0.multiplied(by: filled) }
    let paid = before.average.flatMap { $0.multiplied(by: before.filled ?? .zero) } ?? .zero
    let spent = cost?.subtracting(paid)
    fill.fillPrice = spent?.quotient(dividingBy: quantity, places: 8) ?? report.average
    fill.fee = report.fee?.subtracting(before.fee ?? .zero)
    return fill
  }
}
