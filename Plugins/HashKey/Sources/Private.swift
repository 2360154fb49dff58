import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "Get Account Information", "Get VIP Information", "Get Futures Balance", "Get
/// Futures Commission Rate", "Private Stream".
extension HashKeyConnector {
  private static let balance = FieldTable<BalanceField>([
    "asset": .asset, "free": .free, "total": .total, "availableBalance": .free, "balance": .total,
  ])
  private static let pushedBalance = FieldTable<BalanceField>(["a": .asset, "f": .free, "l": .held])
  private static let rates = FieldTable<FeeField>([
    "symbol": .symbol, "actualMakerRate": .maker, "actualTakerRate": .taker,
  ])

  func offerAccount() {
    if isPerpetual {
      balances(Self.account(.perpBalance), at: "", Self.balance)
      fees(
        Self.account(.perpCommission), each: "symbol", at: "", maker: "openMakerFee", taker: "openTakerFee")
    } else {
      balances(Self.account(.account), at: "balances", Self.balance)
      let all = Self.account(.vipInfo)
      fees(of: all, all: all, symbol: "", at: "data") { [unowned(unsafe) self] in marketFees(&$0, Self.rates) }
    }
  }

  private static let report = FieldTable<OrderField>([
    "s": .symbol, "i": .venue, "c": .client, "o": .type, "f": .force, "X": .state, "p": .price, "q": .quantity,
    "z": .filled, "V": .average, "E": .time, "O": .created, "x": .reason, "d": .fillID, "L": .fillPrice,
    "l": .fillQuantity, "n": .fee, "N": .feeAsset, "m": .maker,
  ])

  /// A list of events, one event, or a heartbeat: `{"ping": 1691473241907, "channelId": "..."}`.
  public final func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    guard json.peek() == UInt8(ascii: "[") else {
      let status = event(&json, account)
      return json.isComplete() ? status : .parse
    }
    var status = Status.ok
    json.enterArray()
    while json.nextElement() {
      var entry = json.entry()
      guard json.isValid else { return .parse }
      let own = event(&entry, account)
      // What cannot be read weighs more than what is not known.
      if !entry.isValid || own == .parse { status = .parse } else if status == .ok { status = own }
    }
    return json.isComplete() ? status : .parse
  }

  /// An account has one stream: what is of its other market is left alone. "ticketInfo" repeats an execution under
  /// another id, and without its fee.
  private func event(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    var (kind, ping, isPong) = (JSONText(), JSONText(), false)
    var look = json.mark.scanner()
    look.members { key, json in
      switch key {
      case "e": kind = json.string()
      case "ping": ping = json.scalar()
      case "pong":
        isPong = true
        return false
      default: return false
      }
      return true
    }
    guard look.isValid else { return .parse }
    if !ping.isEmpty { answerHeartbeat("{\"pong\":\(jsonQuoted(ping.text))}", act: "pong", on: account.stream) }
    switch kind {
    case "executionReport" where !isPerpetual, "contractExecutionReport" where isPerpetual:
      return execution(&json, account)
    case "outboundAccountInfo" where !isPerpetual, "outboundContractAccountInfo" where isPerpetual:
      return balances(&json, account)
    case "outboundContractPositionInfo" where isPerpetual: return position(&json, account)
    case "listenKeyExpired":
      restart(account, .transient, "the listen key has expired")
      json.skip()
      return .ok
    case "executionReport", "contractExecutionReport", "outboundAccountInfo", "outboundContractAccountInfo",
      "outboundContractPositionInfo", "ticketInfo":
      json.skip()
      return .ok
    default:
      json.skip()
      return isPong || !ping.isEmpty ? .ok : .unsupported
    }
  }

  /// `{"e": "executionReport", "E": "1499405658658", "s": "ETHUSDT", "c": "a1", "S": "BUY", "X": "PARTIALLY_FILLED",
  /// "i": "4293153", "d": "1234567890123456789", "l": "0.5", "L": "0.1", "n": "0.003", "N": "ETH", "z": "0.5", ...}`:
  /// it is about an execution where the last quantity is not zero.
  private func execution(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    let report = Self.read(&json, Self.report, vocabulary, isPerpetual: isPerpetual)
    guard json.isValid, !report.venue.isEmpty, !report.symbol.isEmpty else { return .parse }
    if report.isFill {
      publish(fill: report, account)
      publishForced(report, account)
    }
    publish(order: report.withoutFill, account)
    return .ok
  }

  /// `{"e": "outboundAccountInfo", "E": "1629969654753", "B": [{"a": "LTC", "f": "17366.18", "l": "0"}]}`: balances
  /// that changed.
  private func balances(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    var (list, time) = (JSONMark?.none, Int64(0))
    json.members { key, json in
      switch key {
      case "B": list = json.passed()
      case "E": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, var entries = list?.scanner() else { return .parse }
    publishBalances(&entries, account) { BalanceReport(&$1, Self.pushedBalance, time: time) }
    return entries.isValid ? .ok : .parse
  }
}
