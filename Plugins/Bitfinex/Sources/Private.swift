import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: Bitfinex API v2, "Authenticated Channels", "Account Info", "Wallets",
/// "Summary", "Abbreviations Glossary".
extension BitfinexSpot {
  func offerAccount() {
    balances(Endpoint(.wallets, .json, on: .balances), at: "") { Self.wallet(&$1) }
    servePrivate(.fees) { [unowned(unsafe) self] command, account in askFees(command, account) }
  }

  /// `["exchange", "UST", BALANCE, UNSETTLED_INTEREST, BALANCE_AVAILABLE, DESCRIPTION, META]`: other wallets are of
  /// margin and funding. What is available REST says; the stream says it where it has been asked to calculate.
  private static func wallet(_ json: inout JSONScanner) -> BalanceReport? {
    var (report, type, place) = (BalanceReport(), "", 0)
    json.elements { json in
      switch place {
      case 0: type = json.words()
      case 1: report.asset = Asset.common(json.words())
      case 2: report.total = json.optionalWideDecimal()
      case 4: report.free = json.optionalWideDecimal()
      default: json.skip()
      }
      place += 1
    }
    if place < 3 { json.fail() }
    return type == "exchange" || !json.isValid ? report : nil
  }

  /// "Summary": `[_, _, _, _, [[MAKER_FEE, ...], [TAKER_FEE_TO_CRYPTO, TAKER_FEE_TO_STABLE, TAKER_FEE_TO_FIAT, ...]],
  /// ...]`, by what is quoted in.
  private func askFees(_ command: OwnedCommand, _ account: TradingAccount) {
    let wanted = command.instrument == 0 ? markets : [market(command.instrument)].compactMap { $0 }
    guard !wanted.isEmpty else {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    ask(Call(Endpoint(.summary, .json, on: .fees)), account, command: command.id) { [unowned(unsafe) self] answer in
      guard succeeded(answer, command.id) else { return .ok }
      func rate(_ place: String) -> Decimal64? {
        var json = JSONScanner(answer.body)
        guard var value = json.find(place)?.scanner() else { return nil }
        let rate = value.optionalDecimal()
        return value.isValid ? rate : nil
      }
      guard let maker = rate("4/0/0"), let crypto = rate("4/1/0"), let stable = rate("4/1/1"), let fiat = rate("4/1/2")
      else { return unreadable(command.id, "fee rates") }
      for market in wanted {
        let quote = market.rules.quote
        let taker = Self.fiat.contains(quote) ? fiat : Self.stable.contains(quote) ? stable : crypto
        out.fees(account: account.id, instrument: market.id, maker: maker, taker: taker, command: command.id)
      }
      out.complete(PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument)
      out.done(command.id)
      return .ok
    }
  }

  private static let fiat: Set<String> = ["USD", "EUR", "GBP", "JPY", "CHF", "TRY", "MXN", "CNH"]
  private static let stable: Set<String> = ["USDT", "USDC", "EURT", "TUSD", "DAI", "CNHT", "MXNT", "MIM"]

  // MARK: The stream

  /// TIMESTAMP is left out: reports have times of their own.
  public func privateTopic(_ channel: String, id: pb_id) -> SealedText { "{\"event\":\"conf\",\"flags\":65536}" }

  /// `[0, "on", [...], SEQ, AUTH_SEQ]`
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    if json.peek() == UInt8(ascii: "{") { return privateEvent(frame, account) }
    guard let head = MessageHead(frame) else { return .parse }
    guard head.channel == 0 else { return .unsupported }
    if let number = head.number, !isUncounted(head), !follows(account, number) { return .ok }
    guard let payload = head.payload else { return .ok }
    var list = payload.scanner()
    switch head.word {
    case "os":
      // What the stream does not name from now on has ended meanwhile.
      account.orders.forgetAll()
      // It would come again the same: what cannot be read of it is left out.
      let unread = list.eachEntry { report(&$1, account) }
      if unread > 0 { out.log(.error, "private stream: \(unread) open orders could not be read") }
    case "on", "ou": report(&list, account)
    case "oc": report(&list, account, isEnd: true)
    case "tu":
      let fill = Self.fill(&list, vocabulary)
      if list.isValid { publish(fill: fill, account) }
    // The same execution before its fee is known.
    case "te": return .ok
    case "ws": publishBalances(&list, account) { Self.wallet(&$1) }
    case "wu":
      let report = Self.wallet(&list)
      if list.isValid, let report { _ = publish(balance: report, account) }
      balancesChanged(account)
    // Notices, positions, margin and funding, sums over all wallets, what ended before.
    case "n", "bu", "ps", "pn", "pu", "pc", "mis", "miu", "fiu", "fos", "fon", "fou", "foc", "fcs", "fcn", "fcu", "fcc",
      "fls", "fln", "flu", "flc", "fte", "ftu", "hos", "hts", "hfos", "hfcs", "hfls", "hfts", "uac", "ats":
      return .ok
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }

  private func report(_ json: inout JSONScanner, _ account: TradingAccount, isEnd: Bool = false) {
    let order = Self.order(&json, vocabulary, isEnd: isEnd)
    guard json.isValid, market(named: order.symbol) != nil else { return }
    switch order.state {
    case .open, .partial, .untriggered: account.orders.remember(order)
    default: account.orders.forget(order.venue)
    }
    publish(order: order, account)
  }

  /// Notices about requests, `[0, "n", [MTS, "on-req", ...]]`, do not count among the messages of the connection.
  private func isUncounted(_ head: MessageHead) -> Bool {
    guard head.word == "n", var type = head.payload?.scanner(at: 1) else { return false }
    return type.words().hasSuffix("-req")
  }

  /// `{"event": "auth", "status": "OK", "chanId": 0, ...}`, `{"event": "auth", "status": "FAILED", "code": 10100,
  /// "msg": "apikey: invalid"}`
  private func privateEvent(_ frame: Body, _ account: TradingAccount) -> Status {
    guard var event = JSONObject(frame, at: "") else { return .parse }
    let (code, text) = (event.words("code"), event.words("msg"))
    let isFine = event.words("status") == "OK"
    switch event.words("event") {
    case "info":
      if let reason = interruption(frame) { restart(account, .maintenance, reason) }
    case "auth": loggedIn(account, isFine ? .confirmed : .refused(code: code, text: text))
    case "conf": acknowledged(account, channel: "conf", isFine ? .confirmed : .refused(code: code, text: text))
    case "error":
      loggedIn(account, .refused(code: code, text: text))
      acknowledged(account, .refused(code: code, text: text))
    case "pong": break
    default: return .unsupported
    }
    return .ok
  }
}
