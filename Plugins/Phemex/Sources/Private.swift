import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "API User Authentication", "Subscribe Wallet-Order", "Subscribe
/// Account-Order-Position (AOP)", "Query wallets", "Query Account Positions", "Query fee rate by quote currency",
/// "Query contract fee rate".
extension PhemexConnector {
  func offerAccount() {
    if isPerpetual {
      balances(
        Endpoint(.perpAccount, on: .contracts), ["currency": settle], at: "data/account", isAlone: true
      ) { [unowned(unsafe) self] in balance(&$1) }
    } else {
      balances(Endpoint(.wallets, on: .spotOrders), at: "data") { [unowned(unsafe) self] in balance(&$1) }
    }
    servePrivate(.fees) { [unowned(unsafe) self] command, account in
      let market = market(command.instrument)
      guard command.instrument == 0 || market != nil else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      var call = Call(Endpoint(isPerpetual ? .perpFeeRates : .feeRates, on: .others))
      let quote = market?.rules.quote ?? "USDT"
      call.set(isPerpetual ? "settleCurrency" : "quoteCurrency", isPerpetual ? market?.rules.settle ?? settle : quote)
      ask(call, account, command: command.id) { [unowned(unsafe) self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        return fees(answer.body, command, account)
      }
    }
  }

  /// `{"symbolFeeRates": [{"takerFeeRateEr": 55000, "makerFeeRateEr": 6000, "symbol": "cETHUSD"}]}`, of one currency.
  private func fees(_ body: Body, _ command: OwnedCommand, _ account: TradingAccount) -> Status {
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find("data/symbolFeeRates|symbolFeeRates")?.scanner() else {
      return unreadable(command.id, "fee rates")
    }
    let wanted = market(command.instrument)
    var isThere = wanted == nil
    let unread = list.eachEntry { _, json in
      var (symbol, maker, taker) = ("", Decimal64?.none, Decimal64?.none)
      json.members { key, json in
        switch key {
        case "symbol": symbol = json.words()
        case "makerFeeRateEr": maker = Self.ratio(json.optionalDecimal())
        case "takerFeeRateEr": taker = Self.ratio(json.optionalDecimal())
        default: return false
        }
        return true
      }
      guard let market = market(named: symbol), wanted == nil || wanted === market else { return }
      guard json.isValid, let maker, let taker else { return json.fail() }
      isThere = true
      out.fees(account: account.id, instrument: market.id, maker: maker, taker: taker, command: command.id)
    }
    guard list.isValid, isThere else { return unreadable(command.id, "fee rates") }
    // Those of pairs with another quote are asked for by name.
    let isPartial = unread > 0 || wanted == nil && !isPerpetual
    out.complete(
      PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument, partial: isPartial)
    out.done(command.id)
    return .ok
  }

  /// `{"currency": "BTC", "balanceEv": 0, "lockedTradingBalanceEv": 0, "lockedWithdrawEv": 0, "lastUpdateTimeNs": 0}`
  /// of spot, `{"currency": "USDT", "accountBalanceRv": "15", "totalUsedBalanceRv": "5"}` of perpetuals.
  private func balance(_ json: inout JSONScanner) -> BalanceReport {
    var report = BalanceReport()
    var (total, held): (Decimal64?, Decimal64?) = (nil, nil)
    json.members { key, json in
      switch key {
      case "currency": report.asset = json.words()
      case "accountBalanceRv": report.total = json.optionalWideDecimal()
      case "totalUsedBalanceRv": report.held = json.optionalWideDecimal()
      case "balanceEv": total = json.optionalDecimal()
      case "lockedTradingBalanceEv", "lockedWithdrawEv":
        held = (held ?? .zero).adding(json.optionalDecimal() ?? .zero)
      case "lastUpdateTimeNs": report.time = json.nanoseconds()
      default: return false
      }
      return true
    }
    guard !isPerpetual else { return report }
    report.total = amount(total, of: report.asset).map { WideDecimal($0) }
    report.held = amount(held, of: report.asset).map { WideDecimal($0) }
    return report
  }

  // MARK: The stream

  /// "API User Authentication": hex of HMAC-SHA256 over key and expiry. Its answer is told from the others by its id.
  public final func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let (key, expiry) = (Seal.field("api_key"), Seal.seconds.moved(by: 60_000_000_000))
    let sign = (key + expiry).hmac(.sha256, key: .field("secret_key")).hex
    return """
      {"method":"user.auth","params":["API","\(key.jsonEscaped)","\(sign)",\(expiry)],"id":\(Self.loginID)}
      """
  }
  private static let loginID = "1000000000000"

  public final func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"id\":\(id),\"method\":\"\(channel)\",\"params\":[]}")
  }

  /// `{"accounts_p": [...], "orders_p": [...], "positions_p": [...], "sequence": 1, "timestamp": 1, "type":
  /// "incremental"}`, of spot `{"orders": {...}, "wallets": [...]}`, and answers.
  public final func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var head = PhemexHead()
    var (orders, balances, positions): (JSONMark?, JSONMark?, JSONMark?)
    json.members { key, json in
      switch key {
      case "orders_p", "orders": orders = json.passed()
      case "accounts_p", "wallets": balances = json.passed()
      case "positions_p": positions = json.passed()
      default: return head.read(key, &json)
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    guard orders != nil || balances != nil || positions != nil else { return answered(head, account) }
    guard !head.isRefused else { return .parse }
    var isFine = true
    if let orders {
      if isPerpetual {
        var list = orders.scanner()
        list.elements { contractCame(&$0, account) }
        isFine = list.isValid
      } else {
        isFine = pairsCame(orders, account)
      }
    }
    if let positions, isPerpetual, !positionsCame(positions, account) { isFine = false }
    if var list = balances?.scanner() {
      if publishBalances(&list, account, { balance(&$1) }) > 0 || !list.isValid { isFine = false }
    }
    return isFine ? .ok : .parse
  }

  private func answered(_ head: PhemexHead, _ account: TradingAccount) -> Status {
    guard head.hasResult || head.isRefused else { return .unsupported }
    if head.isPong { return .ok }
    if head.id != "1000000000000", let id = pb_id(head.id.text), isAwaited(id) {
      acknowledged(id, head.answer)
    } else {
      loggedIn(account, head.answer)
    }
    return .ok
  }
}
