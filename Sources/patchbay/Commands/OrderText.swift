import Catalog
import Decimals
import JSONTree
import PrintableText

/// Orders, balances and positions of a host's answer, for people. Numbers stand as the host told them.
enum OrderText {
  /// One order: what became of it, and what it is.
  static func line(_ order: JSONValue) -> String {
    let number = order["order"]?.number ?? "?"
    let state = order["state"]?.string ?? "unknown"
    guard let side = order["side"]?.string else { return "order \(number): \(state)".printable + "\n" }
    let pair = order["pair"]?.string ?? ""
    let waits = order["waits_for_trigger"]?.bool == true
    let stop = order["stop"]?.string.map { ", \(waits ? "waits for" : "triggered at") \($0)" } ?? ""
    let price = (order["price"]?.string.map { " at \($0)" } ?? "") + stop
    let value = order["value"]?.string ?? ""
    let what = order["quantity"]?.string.map { "\($0) \(pair)\(price)" } ?? "\(pair) for \(value)"
    var text = "order \(number) on \(order["connector"]?.string ?? ""): \(words(state)): "
    text += "\(side) \(what)"
    if let average = order["average_price"]?.string {
      text += ", \(order["filled"]?.string ?? "") filled at \(average)"
    }
    let fees = (order["fees"]?.array ?? []).map { "\($0["amount"]?.string ?? "") \($0["asset"]?.string ?? "")" }
    if !fees.isEmpty { text += ", fee \(fees.joined(separator: " + "))" }
    if let reason = order["reason"]?.string, !reason.isEmpty { text += ": \(reason)" }
    return (text + (hint(state, order["waits"]?.string).map { "; \($0)" } ?? "")).printable + "\n"
  }

  /// A number of an order that is not the one that was asked for.
  static func rounding(_ rounding: JSONValue) -> String {
    let (field, asked) = (rounding["field"]?.string ?? "", rounding["asked"]?.string ?? "")
    let placed = rounding["placed"]?.string ?? ""
    let isUp = Decimal64(placed).flatMap { placed in Decimal64(asked).map { placed > $0 } } ?? false
    return "the \(field) \(asked) was rounded \(isUp ? "up" : "down") to \(placed)".printable + "\n"
  }

  private static func words(_ state: String) -> String { state.replacing("_", with: " ") }

  /// What to do about a state that is no end.
  /// - Parameter waits: why it has not left.
  private static func hint(_ state: String, _ waits: String?) -> String? {
    switch state {
    case "pending_create" where waits != nil: waits
    case "pending_create", "unknown": "the host goes on asking the venue; patchbay order list shows what it finds"
    case "pending_cancel": "the host goes on cancelling; patchbay order list shows whether it is still there"
    case "lost": "look at the exchange"
    default: nil
    }
  }

  static func table(_ orders: [JSONValue], _ width: Int?) -> String {
    guard !orders.isEmpty else { return "no open orders\n" }
    let titles = ["order", "connector", "account", "pair", "side", "type", "price", "stop", "quantity", "filled"]
    return render(titles + ["state", "client_order_id", "venue_order_id"], orders, width)
  }

  static func balances(_ rows: [JSONValue], _ width: Int?) -> String {
    guard !rows.isEmpty else { return "no balances\n" }
    let text = render(["connector", "account", "asset", "total", "available"], rows, width)
    let rounded = rows.filter { $0["rounded"]?.bool == true }.compactMap { $0["asset"]?.string }
    guard !rounded.isEmpty else { return text }
    return text + "rounded down, for lack of digits: \(rounded.joined(separator: ", "))\n"
  }

  static func positions(_ rows: [JSONValue], _ width: Int?) -> String {
    guard !rows.isEmpty else { return "no positions\n" }
    let titles = ["connector", "account", "pair", "leg", "quantity", "entry", "mark", "unrealized", "leverage"]
    return render(titles + ["liquidation"], rows, width)
  }

  private static func render(_ titles: [String], _ rows: [JSONValue], _ width: Int?) -> String {
    let columns = titles.enumerated().map { place, title in
      TextTable.Column(title: title.replacing("_", with: " "), importance: 100 - place)
    }
    let cells = rows.map { row in titles.map { row[$0]?.string ?? row[$0]?.number ?? "-" } }
    return TextTable.render(columns, cells, width: width).text
  }
}
