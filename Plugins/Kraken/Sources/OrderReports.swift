import CPatchbay
import ConnectorKit
import Decimals

/// Orders and fills as REST reports them. Sources: "Query Orders Info", "Get Open Orders", "Get Closed Orders" (start
/// exclusive, end inclusive, closetime: which time of an order they are of), "Get Trades History".
extension KrakenSpot {
  public var words: Words {
    Words(
      side: ["buy": .buy, "b": .buy, "sell": .sell, "s": .sell],
      type: [
        "limit": .limit, "iceberg": .limit, "market": .market, "stop-loss-limit": .stopLimit,
        "trailing-stop-limit": .stopLimit, "stop-loss": .stopMarket, "trailing-stop": .stopMarket,
        "take-profit-limit": .takeLimit, "take-profit": .takeMarket,
      ],
      force: [
        "IOC": .immediateOrCancel, "ioc": .immediateOrCancel, "FOK": .fillOrKill, "fok": .fillOrKill,
        "GTD": .goodTilDate, "gtd": .goodTilDate, "GTC": .goodTilCancelled, "gtc": .goodTilCancelled,
      ],
      state: ["closed": .filled, "filled": .filled, "canceled": .cancelled, "expired": .expired],
      maker: ["m", "true"])
  }

  private static let order = FieldTable<OrderField>([
    "status": .state, "cl_ord_id": .client, "vol": .quantity, "vol_exec": .filled, "price": .average,
    "stopprice": .stop, "reason": .reason, "opentm": .createdSeconds, "time_in_force": .force, "timeinforce": .force,
  ], inside: ["descr": ["pair": .symbol, "type": .side, "ordertype": .type]])
  private static let fill = FieldTable<OrderField>([
    "ordertxid": .venue, "cl_ord_id": .client, "pair": .symbol, "time": .seconds, "type": .side, "price": .fillPrice,
    "vol": .fillQuantity, "fee": .fee, "maker": .maker,
  ])

  /// An order that closes between two pages of the closed ones moves the others on, so that one may come twice and none
  /// is missed. More than five pages would use up the account's call counter.
  func offerQuestions() {
    let read: ReadOrder = { [unowned(unsafe) self] in order($0, &$1) }
    serveOrder(
      OrderQuestion(query(.queryOrders), at: "result", by: .venue("txid")),
      OrderQuestion(query(.openOrders), at: "result/open", by: .client("cl_ord_id")),
      OrderQuestion(query(.closedOrders), at: "result/closed", by: .client("cl_ord_id")), read: read)
    let open = Pages(query(.openOrders), at: "result/open")
    var closed = Pages(query(.closedOrders), at: "result/closed", .offset("ofs"), full: 50)
    closed.total = "result/count"
    (closed.since, closed.until, closed.timeForm, closed.most) = ("start", "end", .seconds, 5)
    // Without it a time is that of the order's end as well.
    closed.untilParameters = [("closetime", "open")]
    orders(.openOrders, open, read: read)
    orders(.orderHistory, open, closed, read: read)
    var trades = Pages(query(.tradesHistory, weight: 2), at: "result/trades", .offset("ofs"))
    (trades.since, trades.until, trades.timeForm, trades.limit) = ("start", "end", .decimalSeconds, 250)
    trades.total = "result/count"
    fills(trades) { [unowned(unsafe) self] id, json in
      var report = OrderReport(&json, Self.fill, vocabulary)
      report.fillID = id.text
      // "fee: total fee (quote currency)".
      report.feeAsset = market(named: report.symbol)?.rules.quote ?? ""
      return report
    }
  }

  /// `"TXID": {"status", "cl_ord_id", "vol", "vol_exec", "price" (average), "stopprice", "oflags", "misc", "reason",
  /// "opentm", "descr": {"pair", "type", "ordertype", "price", "price2"}}`
  private func order(_ id: JSONText, _ json: inout JSONScanner) -> OrderReport {
    var (flags, first, second) = ("", Decimal64?.none, Decimal64?.none)
    var report = OrderReport()
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "oflags": flags = json.string().text
      // "stopped": triggered by its stop price, "touched": by its touch price.
      case "misc":
        let words = json.string().text
        report.isTriggered = words.contains(fragment: "stopped") || words.contains(fragment: "touched")
      // Of the description.
      case "price": first = Self.price(&json)
      case "price2": second = Self.price(&json)
      default: return false
      }
      return true
    }
    report.venue = id.text
    switch report.type {
    case .limit: report.price = first
    case .stopMarket, .takeMarket: report.stop = first ?? report.stop
    case .stopLimit, .takeLimit: (report.stop, report.price) = (first ?? report.stop, second)
    case .market, nil: break
    }
    if flags.contains(fragment: "post") { report.flags.insert(.postOnly) }
    // The volume of such an order is in quote currency.
    if flags.contains(fragment: "viqc") {
      report.flags.insert(.byValue)
      report.quantity = nil
    }
    report.state = report.state ?? report.openState
    return report
  }

  /// A price of a description; zero is none, and relative prices such as `+5%` are not numbers.
  static func price(_ json: inout JSONScanner) -> Decimal64? {
    var text = json.entry()
    let value = text.decimal()
    return text.isValid && value.isPositive ? value : nil
  }
}
