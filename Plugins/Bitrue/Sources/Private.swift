import CPatchbay
import ConnectorKit
import Decimals

/// The account's stream. Source: "User Data Streams WebSocket": "Order Event", "Balance Event", "keep-alive".
extension BitrueSpot {
  static let balances = FieldTable<BalanceField>(["asset": .asset, "free": .free, "locked": .held])
  /// `F` is what is free and `L` what orders hold; `f` and `l` say by how much they changed.
  private static let pushedBalance = FieldTable<BalanceField>(["a": .asset, "F": .free, "L": .held])

  /// Assets are written small.
  static func balance(_ json: inout JSONScanner, _ table: FieldTable<BalanceField>) -> BalanceReport {
    var report = BalanceReport(&json, table)
    report.asset = report.asset.uppercased()
    return report
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"event\":\"sub\",\"params\":{\"channel\":\"\(channel)\"}}")
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var push = Push()
    guard push.read(frame) else { return .parse }
    // "You should send pong message within 10 minutes".
    if push.event == "ping" {
      let pong = "{\"event\":\"pong\",\"ts\":\(jsonQuoted(push.moment.text))}"
      answerHeartbeat(pong, act: "pong_event", on: account.stream)
      return .ok
    }
    if !push.ping.isEmpty {
      answerHeartbeat("{\"pong\":\(jsonQuoted(push.ping.text))}", act: "pong", on: account.stream)
      return .ok
    }
    switch push.kind {
    case "ORDER", "executionReport": return orderEvent(frame, account)
    case "BALANCE": return balanceEvent(frame, account)
    default: break
    }
    guard !push.answer.isEmpty, !push.channel.isEmpty else { return .unsupported }
    acknowledged(account, channel: push.channel.text, push.outcome)
    return .ok
  }

  private static let report = FieldTable<OrderField>([
    "s": .symbol, "i": .venue, "C": .client, "S": .side, "o": .type, "X": .state, "p": .price, "q": .quantity,
    "z": .filled, "Y": .cost, "E": .time, "t": .fillID, "L": .fillPrice, "l": .fillQuantity, "n": .fee,
  ])

  /// `{"e": "ORDER", "i": 16122802798, "E": 1657882521876, "s": "btcusdt", "S": 2, "o": 1, "q": "0.0005", "p": "60000",
  /// "X": 0, "x": 1, "z": "0", "n": "0", "N": "usdt", "t": 0, "l": "0", "L": "0", "Y": "0"}`. It is about a trade where
  /// one is named.
  private func orderEvent(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var (report, time) = (OrderReport(), Int64(0))
    report.read(&json, Self.report, vocabulary) { report, key, json in
      switch key {
      case "N": report.feeAsset = json.words().uppercased()
      case "T": if !json.skipNull() { time = json.milliseconds() }
      default: return false
      }
      return true
    }
    guard json.isValid, !report.venue.isEmpty else { return .parse }
    if report.fillID != "0", report.isFill {
      var fill = report
      if time > 0 { fill.time = time }
      publish(fill: fill, account)
    }
    if report.state == .open { report.state = report.openState }
    publish(order: report.withoutFill, account)
    return .ok
  }

  /// `{"e": "BALANCE", "E": ms, "B": [{"a": "eth", "F": "0.04", "f": "-0.01", "T": ms, "L": "0.01", "l": "0.01", "t":
  /// ms}]}`. A side that did not change is missing: then both are asked for.
  private func balanceEvent(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var isWhole = true
    json.member("B") { json in
      publishBalances(&json, account) { _, json in
        let balance = Self.balance(&json, Self.pushedBalance)
        if balance.free != nil, balance.held != nil { return balance }
        isWhole = false
        return nil
      }
    }
    guard json.isValid else { return .parse }
    if !isWhole { balancesChanged(account) }
    return .ok
  }
}
