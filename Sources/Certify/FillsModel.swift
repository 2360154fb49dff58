import Decimals
import JSONTree

/// What an exchange answers that reports fills by request alone: `sequences.fills` of certification.json. Recorded
/// streams of such an exchange hold orders whose filled sums grow, and no answers; each growth is one execution.
struct FillsModel: Sendable {
  private let path: Pattern
  /// The field of a request that names the order, such as `query:order_ids`; empty where fills come by market: then the
  /// answer holds those of all orders.
  private let order: String
  /// Where orders stand in a message: lists within lists.
  private let lists: [String]
  private let id: String
  private let filled: String
  private let cost: String
  private let fees: String
  private let reply: JSONValue
  private let at: String
  /// Members of one fill: pointers into the order, or `{trade}`, `{price}`, `{quantity}`, `{fee}`.
  private let entry: [JSONMember]

  init(_ value: JSONValue, _ reader: inout ManifestReader) {
    reader.keys(
      value, "sequences.fills", ["path", "order", "orders", "id", "filled", "cost", "fees", "reply", "at", "entry"])
    func text(_ name: String) -> String { reader.text(value[name] ?? nil, "sequences.fills.\(name)") }
    (path, id) = (Pattern(text("path")), text("id"))
    order = (value["order"] ?? nil) == nil ? "" : text("order")
    (filled, cost, fees, at) = (text("filled"), text("cost"), text("fees"), text("at"))
    lists = reader.texts(value["orders"] ?? nil, "sequences.fills.orders")
    (reply, entry) = (value["reply"] ?? [:], value["entry"]?.object ?? [])
  }

  /// The answer to a request, by the messages that have come; nil for a request that is none for fills.
  /// - Parameter messages: oldest first.
  func answer(_ request: FlatRequest, _ messages: [JSONValue]) -> JSONValue? {
    guard path.matches(request.path) else { return nil }
    let found = messages.flatMap { orders(in: $0, lists[...]) }
    if order.isEmpty {
      var ids: [String] = []
      for case let one? in found.map({ $0.at(id)?.scalar }) where !ids.contains(one) { ids.append(one) }
      return reply.setting(at, to: JSONValue(.array(ids.flatMap { fills(of: $0, found) })))
    }
    guard let wanted = request[order] else { return nil }
    return reply.setting(at, to: JSONValue(.array(fills(of: wanted, found))))
  }

  /// The fills of one order, newest first.
  private func fills(of wanted: String, _ orders: [JSONValue]) -> [JSONValue] {
    var before = (filled: Decimal64.zero, cost: Decimal64.zero, fees: Decimal64.zero)
    var fills: [JSONValue] = []
    for found in orders where found.at(id)?.scalar == wanted {
      func number(_ pointer: String) -> Decimal64 { found.at(pointer)?.scalar.flatMap { Decimal64($0) } ?? .zero }
      let now = (filled: number(filled), cost: number(cost), fees: number(fees))
      if let quantity = now.filled.subtracting(before.filled), quantity.isPositive,
        let cost = now.cost.subtracting(before.cost), let fee = now.fees.subtracting(before.fees) {
        let price = cost.quotient(dividingBy: quantity, places: 10) ?? .zero
        let values = [
          "{trade}": "\(wanted)-\(fills.count + 1)", "{price}": price.plain, "{quantity}": quantity.plain,
          "{fee}": fee.plain,
        ]
        fills.append(
          JSONValue(.object(entry.map { member in
            let text = member.value.string ?? ""
            return JSONMember(member.key, values[text].map { JSONValue(.string($0)) } ?? found.at(text) ?? nil)
          })))
      }
      before = now
    }
    return fills.reversed()
  }

  private func orders(in value: JSONValue, _ lists: ArraySlice<String>) -> [JSONValue] {
    guard let first = lists.first else { return [value] }
    return (value.at(first)?.array ?? []).flatMap { orders(in: $0, lists.dropFirst()) }
  }
}
