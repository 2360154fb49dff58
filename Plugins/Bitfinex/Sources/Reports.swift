import ConnectorKit
import Decimals

/// Orders and executions as REST and the account's stream write them: arrays, of which further elements may follow.
/// Sources: Bitfinex API v2, "Orders", "Order Status", "Flag Values", "Trades" of authenticated channels.
extension BitfinexSpot {
  /// `[ID, GID, CID, SYMBOL, MTS_CREATE, MTS_UPDATE, AMOUNT, AMOUNT_ORIG, ORDER_TYPE, TYPE_PREV, MTS_TIF, _, FLAGS,
  /// STATUS, _, _, PRICE, PRICE_AVG, PRICE_TRAILING, PRICE_AUX_LIMIT, ...]`. AMOUNT is what is left, both amounts are
  /// below zero for a sale.
  /// - Parameter isEnd: it stands where orders are that have ended.
  static func order(_ json: inout JSONScanner, _ words: Words, isEnd: Bool = false) -> OrderReport {
    var report = OrderReport()
    var (left, whole, price, limit): (Decimal64?, Decimal64?, Decimal64?, Decimal64?) = (nil, nil, nil, nil)
    var (type, before, place, flags) = ("", "", 0, UInt64(0))
    json.elements { json in
      switch place {
      case 0: report.venue = json.words()
      case 2: report.client = json.words()
      case 3: report.symbol = json.words()
      case 4: report.created = moment(&json)
      case 5: report.time = moment(&json)
      case 6: left = json.optionalDecimal()
      case 7: whole = json.optionalDecimal()
      case 8: type = json.words()
      case 9: before = json.words()
      case 10: report.expiry = moment(&json)
      case 12: flags = json.skipNull() ? 0 : json.unsigned()
      case 13: report.stateWord = json.words()
      case 16: price = json.optionalDecimal()
      case 17: report.average = positive(json.shownDecimal())
      case 19: limit = json.optionalDecimal()
      default: json.skip()
      }
      place += 1
    }
    guard json.isValid, place >= 20, let left, let whole, !whole.isZero else {
      json.fail()
      return report
    }
    report.side = whole.isPositive ? .buy : .sell
    report.quantity = whole.absolute
    report.filled = left.absolute.flatMap { whole.absolute?.subtracting($0) }
    // A stop that was triggered has become another type.
    if let stop = words.type(before), stop.isTriggered, words.type(type)?.isTriggered == false {
      (report.type, report.isTriggered) = (stop, true)
    } else {
      (report.type, report.force) = (words.type(type), words.force(type))
      switch report.type {
      case .limit: report.price = positive(price)
      case .stopMarket: report.stop = positive(price)
      case .stopLimit: (report.stop, report.price) = (positive(price), positive(limit))
      default: break
      }
    }
    if report.expiry > 0 { report.force = .goodTilDate }
    if flags & postOnly != 0 { report.flags.insert(.postOnly) }
    setState(&report, isOpen: !left.isZero, isEnd: isEnd)
    return report
  }

  /// "Flag Values".
  static let postOnly: UInt64 = 4096

  /// "Order Status": `ACTIVE`, `PARTIALLY FILLED @ 107.6(-0.2)`, `EXECUTED @ 107.6(-0.2)`, `CANCELED`, `CANCELED was:
  /// PARTIALLY FILLED @ ...`, `POSTONLY CANCELED`, `INSUFFICIENT BALANCE (U1) was: ...`, `RSN_DUST (...)`: what is none
  /// of the first three has ended before it was filled.
  private static func setState(_ report: inout OrderReport, isOpen: Bool, isEnd: Bool) {
    let status = report.stateWord
    if status.hasPrefix("EXECUTED") || isEnd && !isOpen {
      report.state = isOpen ? .cancelled : .filled
    } else if !isEnd, status.isEmpty || status.hasPrefix("ACTIVE") || status.hasPrefix("PARTIALLY FILLED") {
      report.state = report.openState
    } else {
      report.state = .cancelled
      if status != "CANCELED" { report.reason = status }
    }
  }

  /// `[ID, SYMBOL, MTS, ORDER_ID, EXEC_AMOUNT, EXEC_PRICE, ORDER_TYPE, ORDER_PRICE, MAKER, FEE, FEE_CURRENCY, CID]`:
  /// maker is 1 or -1, a fee that was paid is below zero.
  static func fill(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport()
    var (amount, place) = (Decimal64?.none, 0)
    json.elements { json in
      switch place {
      case 0: report.fillID = json.words()
      case 1: report.symbol = json.words()
      case 2: report.time = moment(&json)
      case 3: report.venue = json.words()
      case 4: amount = json.optionalDecimal()
      case 5: report.fillPrice = json.optionalDecimal()
      case 8:
        let word = json.words()
        report.isMaker = word.isEmpty ? nil : words.isMaker(word)
      case 9: report.fee = json.optionalDecimal()?.negated
      case 10: report.feeAsset = Asset.common(json.words())
      case 11: report.client = json.words()
      default: json.skip()
      }
      place += 1
    }
    guard json.isValid, place >= 11, let amount, !amount.isZero else {
      json.fail()
      return report
    }
    report.side = amount.isPositive ? .buy : .sell
    report.fillQuantity = amount.absolute
    return report
  }

  /// A time in milliseconds; 0 where there is none.
  private static func moment(_ json: inout JSONScanner) -> Int64 { json.skipNull() ? 0 : json.milliseconds() }
  private static func positive(_ value: Decimal64?) -> Decimal64? { value.flatMap { $0.isPositive ? $0 : nil } }
}

/// What a request to change something is answered with: `[MTS, TYPE, MESSAGE_ID, null, DATA, CODE, STATUS, TEXT]`.
/// Source: Bitfinex API v2, "Notifications".
struct Notice {
  private(set) var type = ""
  private(set) var data: JSONMark?
  private(set) var status = ""
  private(set) var text = ""

  init?(_ json: inout JSONScanner) {
    var place = 0
    json.elements { json in
      switch place {
      case 1: type = json.words()
      case 4: data = json.passed()
      case 6: status = json.words()
      case 7: text = json.words()
      default: json.skip()
      }
      place += 1
    }
    if !json.isValid || place < 7 { return nil }
  }

  /// Orders of the notice: a list of them, or one that stands alone.
  func orders(_ words: Words) -> [OrderReport]? {
    guard var list = data?.scanner() else { return nil }
    var first = list.mark.scanner(at: 0)
    guard first.isValid, first.peek() == UInt8(ascii: "[") else {
      let report = BitfinexSpot.order(&list, words)
      return list.isValid ? [report] : nil
    }
    var reports: [OrderReport] = []
    list.elements { reports.append(BitfinexSpot.order(&$0, words)) }
    return list.isValid ? reports : nil
  }

  /// The refusal that it says; `nil` where it says success.
  var refusal: OrderReport? {
    guard status != "SUCCESS" else { return nil }
    var report = OrderReport()
    (report.error, report.reason) = ("10001", text)
    return report
  }
}
