import CPatchbay
import ConnectorKit
import Decimals

/// Events of an account on Binance spot. Source: "User Data Streams": executionReport, outboundAccountPosition,
/// balanceUpdate, externalLockUpdate, listStatus.
extension BinanceSpot {
  func spotEvent(_ type: String, _ json: inout JSONScanner, _ account: AccountState) -> Status {
    switch type {
    case "executionReport": return executionReport(&json, account)
    case "outboundAccountPosition": return accountPosition(&json, account)
    // A deposit or withdrawal as a difference; the balance itself comes in outboundAccountPosition. The orders of a
    // list come one by one.
    case "balanceUpdate", "externalLockUpdate", "listStatus": return .ok
    default: return .unsupported
    }
  }

  private func executionReport(_ json: inout JSONScanner, _ account: AccountState) -> Status {
    var facts = OrderFacts()
    var fill = FillFacts()
    var execution = ""
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "s": facts.symbol = json.string().text
      case "c": facts.client = json.string().text
      case "C": facts.originalClient = json.string().text
      case "S": facts.side = json.string().text
      case "o": facts.type = json.string().text
      case "f": facts.timeInForce = json.string().text
      case "q": facts.quantity = json.optionalDecimal()
      case "p": facts.price = json.optionalDecimal()
      case "P": facts.stop = json.optionalDecimal()
      case "x": execution = json.string().text
      case "X": facts.status = json.string().text
      case "r":
        let reason = json.string()
        if reason != "NONE" { facts.reason = reason.text }
      case "eR": facts.reason = json.string().text
      case "i": facts.venue = json.scalar().text
      case "l": fill.quantity = json.optionalDecimal()
      case "z": facts.filled = json.optionalDecimal()
      case "L": fill.price = json.optionalDecimal()
      case "n": fill.fee = json.optionalDecimal()
      case "N": fill.feeAsset = optionalText(&json)
      case "T": facts.time = json.milliseconds()
      case "t": fill.trade = json.scalar().text
      case "w": facts.isWorking = json.boolean()
      case "m": fill.isMaker = json.boolean()
      case "Z": facts.cost = json.optionalDecimal()
      default: json.skip()
      }
    }
    guard json.isValid, facts.isWhole else { return .parse }
    let isReplaced = isReplaced(facts, account.id)
    // A prevented trade (self-trade prevention) is none.
    if execution == "TRADE", fill.quantity?.isPositive == true {
      fill.symbol = facts.symbol
      fill.venue = facts.venue
      fill.client = facts.hostClient
      fill.side = OrderWords.side(facts.side)
      fill.time = facts.time
      tell(fill, account.id)
    }
    if !isReplaced { tell(adjusted(facts), account.id, error: Self.failure(facts)) }
    forgetReplacement(facts, account.id)
    return .ok
  }

  /// "Order Reject Reason".
  private static func failure(_ facts: OrderFacts) -> Failure {
    guard facts.status == "REJECTED" else { return .none }
    switch facts.reason {
    case "INSUFFICIENT_BALANCES": return .funds
    case "WOULD_MATCH_IMMEDIATELY": return .postOnly
    case "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY", "OCO_BAD_PRICES": return .invalidOrder
    default: return .other
    }
  }

  /// `{"u": ms, "B": [{"a": "ETH", "f": "free", "l": "locked"}]}`: the assets that may have changed.
  private func accountPosition(_ json: inout JSONScanner, _ account: AccountState) -> Status {
    var time: Int64 = 0
    var list: JSONMark?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "u": time = json.milliseconds()
      case "B": list = json.mark; json.skip()
      default: json.skip()
      }
    }
    guard json.isValid, let list else { return .parse }
    var balances = list.scanner()
    balances.enterArray()
    // A balance that cannot be read is asked for with all others, which is what a stream that opens anew does.
    var isWhole = true
    while balances.nextElement() {
      var entry = balances.entry()
      isWhole = tellBalance(&entry, account.id, free: "f", locked: "l", asset: "a", time: time, command: 0) && isWhole
    }
    return balances.isValid && isWhole ? .ok : .parse
  }

  private func optionalText(_ json: inout JSONScanner) -> String {
    if json.peek() == UInt8(ascii: "n") { json.skip(); return "" }
    return json.string().text
  }
}
