import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "private/user-balance", "private/get-fee-rate",
/// "private/get-instrument-fee-rate", "user.order", "user.trade", "user.balance", "user.advance.order".
extension CryptoComSpot {
  /// Today's names, and those of 2021 behind them.
  private static let balance = FieldTable<BalanceField>([
    "instrument_name": .asset, "quantity": .total, "reserved_qty": .held,
    "currency": .asset, "balance": .total, "available": .free,
  ])

  func offerAccount() {
    balances(Endpoint(.balance, .json, on: .otherCalls), at: "result/data/0/position_balances", Self.balance)
    servePrivate(.fees) { [unowned(unsafe) self] command, account in fees(command, account) }
  }

  /// Of one instrument, `{"effective_maker_rate_bps": "6.5", "effective_taker_rate_bps": "6.9"}`, or of the account,
  /// `{"effective_spot_maker_rate_bps": "6.5", ...}`: in hundredths of a percent.
  private func fees(_ command: OwnedCommand, _ account: TradingAccount) {
    let market = market(command.instrument)
    guard command.instrument == 0 || market != nil else {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    var call = Call(Endpoint(market == nil ? .fees : .instrumentFees, .json, on: .otherCalls))
    if let market { call.set("instrument_name", market.symbol) }
    ask(call, account, command: command.id) { [unowned(unsafe) self] answer in
      guard succeeded(answer, command.id) else { return .ok }
      var json = JSONScanner(answer.body)
      var (maker, taker) = (Decimal64?.none, Decimal64?.none)
      json.member("result") { json in
        json.members { key, json in
          switch key {
          case "effective_maker_rate_bps", "effective_spot_maker_rate_bps": maker = json.optionalDecimal()
          case "effective_taker_rate_bps", "effective_spot_taker_rate_bps": taker = json.optionalDecimal()
          default: return false
          }
          return true
        }
      }
      guard json.isComplete(), let maker = Self.fraction(maker), let taker = Self.fraction(taker) else {
        return unreadable(command.id, "fee rates")
      }
      out.fees(
        account: account.id, instrument: command.instrument, maker: maker, taker: taker, command: command.id)
      out.complete(PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument)
      out.done(command.id)
      return .ok
    }
  }

  private static func fraction(_ points: Decimal64?) -> Decimal64? {
    points?.multiplied(by: Decimal64(mantissa: 1, exponent: -4))
  }

  // MARK: The stream

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var head = CryptoComHead()
    json.members { head.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    guard let data = head.data else { return said(head, account) }
    guard head.isFine else { return .parse }
    var list = data.scanner()
    // The channel may have the instrument's name behind it, as it was subscribed to.
    if head.channel.hasPrefix("user.order") {
      list.elements { json in
        let report = order(&json)
        if json.isValid { publish(order: report, account) }
      }
    } else if head.channel.hasPrefix("user.trade") {
      list.elements { json in
        let report = fill(&json)
        if json.isValid { publish(fill: report, account) }
      }
    } else if head.channel.hasPrefix("user.advance") {
      list.elements { json in
        let report = trigger(&json)
        if json.isValid { publish(conditional: report, account) }
      }
    } else if head.channel == "user.balance" {
      list.elements { json in balances(&json, account) }
    } else {
      return .unsupported
    }
    return list.isValid ? .ok : .parse
  }

  /// One entry holds the balances of all assets; until 2022 each was of one.
  private func balances(_ json: inout JSONScanner, _ account: TradingAccount) {
    let mark = json.mark
    var isWhole = false
    json.members { key, json in
      guard key == "position_balances" else { return false }
      isWhole = true
      publishBalances(&json, account) { BalanceReport(&$1, Self.balance) }
      return true
    }
    guard !isWhole, json.isValid else { return }
    var one = mark.scanner()
    let report = BalanceReport(&one, Self.balance)
    if !one.isValid || report.asset.isEmpty || !publish(balance: report, account) { json.fail() }
  }

  /// Answers `{"id": 1, "method": "public/auth", "code": 0}` and those to subscriptions, by their ids.
  private func said(_ head: CryptoComHead, _ account: TradingAccount) -> Status {
    switch head.method {
    case "public/heartbeat": return heartbeat(head, on: account.stream)
    case "public/auth": loggedIn(account, head.answer)
    case "subscribe", "ERROR":
      // A recording's client numbered its questions otherwise.
      if let id = pb_id(head.id.text), isAwaited(id) {
        // Without reports of triggers the host asks for them; without the others there is no stream.
        let isSpared = !head.isFine && triggerTopics.contains(id)
        if isSpared { out.log(.warning, "\(Self.triggers) is refused: \(head.code.text) \(head.text.text)") }
        acknowledged(id, isSpared ? .confirmed : head.answer)
      } else {
        acknowledged(account, head.answer)
      }
    case "unsubscribe": break
    default: return .unsupported
    }
    return .ok
  }
}
