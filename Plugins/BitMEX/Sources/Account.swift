import CPatchbay
import ConnectorKit
import Decimals

/// What an account holds of one currency, in its smallest units, as far as it was said.
struct Wallet {
  /// What was paid in and won, without what positions have won and not realized: as the margin says it, and as the
  /// wallet does, which alone has currencies that are no margin.
  private var (balance, amount): (WideDecimal?, WideDecimal?)
  /// What orders and positions leave for new ones.
  private(set) var available: WideDecimal?
  private(set) var time: Int64 = 0

  var total: WideDecimal? { balance ?? amount }

  /// Takes in what a row of the tables `margin` or `wallet` says, and gives its currency.
  mutating func read(_ json: inout JSONScanner) -> String {
    var currency = ""
    json.members { key, json in
      switch key {
      case "currency": currency = json.words()
      case "walletBalance": balance = json.optionalWideDecimal() ?? balance
      case "amount": amount = json.optionalWideDecimal() ?? amount
      case "availableMargin": available = json.optionalWideDecimal() ?? available
      case "timestamp": if !json.skipNull() { time = json.timestamp() }
      default: return false
      }
      return true
    }
    return currency
  }
}

/// The account and its stream. Sources: API Explorer, "User: Get your account's margin status", "Get your account's
/// commission status", "Wallet: Get Assets Config"; "WebSocket API: Authenticating, Subscriptions".
extension BitMEXExchange {
  func offerAccount() {
    balances(Endpoint(.margin, on: .requests), ["currency": "all"], at: "") { [unowned(unsafe) self] in
      var wallet = Wallet()
      let currency = wallet.read(&$1)
      return balance(currency, wallet)
    }
    servePrivate(.fees) { [unowned(unsafe) self] command, account in
      guard command.instrument == 0 || market(command.instrument) != nil else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      ask(Call(Endpoint(.fees, on: .requests)), account, command: command.id) { [unowned(unsafe) self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        return fees(answer.body, command, account)
      }
    }
  }

  /// `{"XBTUSD": {"makerFee": -0.0001, "takerFee": 0.0005, "settlementFee": 0}}`: of all instruments.
  private func fees(_ body: Body, _ command: OwnedCommand, _ account: TradingAccount) -> Status {
    var json = JSONScanner(body)
    guard json.isWhole else { return unreadable(command.id, "fee rates") }
    let wanted = market(command.instrument)
    let unread = json.eachEntry { name, json in
      guard let market = market(named: name), wanted == nil || wanted === market else { return }
      var (maker, taker) = (Decimal64?.none, Decimal64?.none)
      json.members { key, json in
        switch key {
        case "makerFee": maker = json.optionalDecimal()
        case "takerFee": taker = json.optionalDecimal()
        default: return false
        }
        return true
      }
      guard json.isValid, let maker, let taker else { return json.fail() }
      out.fees(account: account.id, instrument: market.id, maker: maker, taker: taker, command: command.id)
    }
    guard json.isValid else { return unreadable(command.id, "fee rates") }
    out.complete(
      PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument, partial: unread > 0)
    out.done(command.id)
    return .ok
  }

  // MARK: Money

  /// A balance in the currency's own unit. One whose smallest unit is not known has no number that would be right.
  private func balance(_ name: String, _ wallet: Wallet) -> BalanceReport {
    var report = BalanceReport()
    report.asset = name
    guard let currency = currencies.find(name) else {
      askAssets()
      return report
    }
    report.asset = currency.asset
    report.time = wallet.time
    report.total = currency.sum(wallet.total)
    report.free = currency.sum(wallet.available)
    return report
  }

  /// A currency was named whose smallest unit is not known: all are asked for, once a minute at most, and balances
  /// then again.
  func askAssets() {
    guard lastAssets.map({ out.now.mono &- $0 >= 60_000_000_000 }) ?? true else { return }
    lastAssets = out.now.mono
    ask(Call(Endpoint(.assets, on: .publicRequests))) { [unowned(unsafe) self] answer in
      if let fault = answer.fault {
        out.log(.warning, "currencies: \(fault.words)")
        return .ok
      }
      guard currencies.read(answer.body) else {
        out.log(.warning, "the list of currencies cannot be read")
        return .parse
      }
      if let account = firstAccount { balancesChanged(account) }
      return .ok
    }
  }

  // MARK: The stream

  /// "Authenticating": signed is `GET/realtime` with the second until which the login is good.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let expires = Seal.seconds.moved(by: Self.validity)
    let sign = ("GET/realtime\(expires)" as SealedText).hmac(.sha256, key: .field("secret_key")).hex
    return """
      {"op":"authKeyExpires","args":["\(Seal.field("api_key").jsonEscaped)",\(expires),"\(sign)"]}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"op\":\"subscribe\",\"args\":[\"\(channel)\"]}")
  }

  /// `{"table": "order", "action": "update", "data": [{"orderID": "...", "ordStatus": "Canceled"}]}`, and answers
  /// `{"success": true, "request": {"op": "authKeyExpires", ...}}`, `{"success": true, "subscribe": "order", ...}`.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    if isPong(frame) { return .ok }
    guard let head = TableHead(frame) else { return .parse }
    guard let data = head.data, !head.table.isEmpty else { return answered(head, account) }
    let isWhole = head.action == "partial"
    var list = data.scanner()
    switch head.table {
    case "order":
      // A row that was deleted has ended, which the last change of it said.
      if head.action == "delete" { return .ok }
      return publishChanges(data, account, isSnapshot: isWhole, id: "orderID") {
        [unowned(unsafe) self] report, json in
        Self.read(&report, &json, vocabulary)
        if [.open, .partial, .untriggered].contains(report.state) { report.state = nil }
        return .order
      }
    case "execution":
      list.elements { json in
        let report = execution(&json)
        guard json.isValid else { return }
        if let payment = report.payment { publish(payment: payment, account) }
        guard report.fill.isFill else { return }
        publish(fill: report.fill, account)
        publishForced(report.fill, account)
      }
    case "margin", "wallet": list.elements { wallet(&$0, account) }
    case "position": list.elements { position(&$0, account) }
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }

  /// A row names only what changed of a currency.
  private func wallet(_ json: inout JSONScanner, _ account: TradingAccount) {
    var look = json.mark.scanner()
    var unread = Wallet()
    var key = HeldKey(account: account.id)
    key.currency = unread.read(&look)
    guard look.isValid, !key.currency.isEmpty else { return json.fail() }
    var now = wallets[key] ?? Wallet()
    _ = now.read(&json)
    guard json.isValid, wallets[key] != nil || wallets.count < 10_000 else { return json.fail() }
    wallets[key] = now
    let report = balance(key.currency, now)
    // What is known of it is not enough, or its unit is not known: all of it is asked for.
    if !publish(balance: report, account) || report.free == nil { balancesChanged(account) }
  }

  private func answered(_ head: TableHead, _ account: TradingAccount) -> Status {
    let asked = head.asked
    if asked.operation == "authKeyExpires" {
      loggedIn(account, head.isRefusal ? head.refusal : .confirmed)
    } else if head.isRefusal {
      // One that names nothing that was asked for is of all of it: not to be let in is the usual one.
      loggedIn(account, head.refusal)
      acknowledged(account, channel: asked.arguments.first ?? "", head.refusal)
    } else if !head.subscribed.isEmpty {
      acknowledged(account, channel: head.subscribed.text, .confirmed)
    } else if !head.isGreeting {
      return .unsupported
    }
    return .ok
  }
}
