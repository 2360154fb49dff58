import JSONTree
import Journal
import PatchbayHost

/// From the names of the control socket to those of the interface for programs.
extension GatewayServer {
  /// Gives orders, wherever they stand in a value, the names of docs/api/openapi.yaml. On the gateway's thread.
  func naming(_ value: JSONValue) -> JSONValue {
    switch value.kind {
    case .array(let elements):
      return JSONValue(.array(elements.filter { $0["state"]?.string != "forgotten" }.map(naming)))
    case .object(let members):
      if value["client_order_id"] != nil, value["venue_order_id"] != nil { return order(members) }
      return JSONValue(.object(members.map { JSONMember($0.key, naming($0.value)) }))
    default: return value
    }
  }

  private func moment(_ row: JSONValue, _ column: String) -> JSONValue {
    (row[column]?.string).flatMap { UTCTime.nanoseconds($0) }.map { JSONValue(.number("\($0)")) } ?? nil
  }

  private func order(_ members: [JSONMember]) -> JSONValue {
    let value = JSONValue(.object(members))
    let number = value["order"]?.number ?? value["order"]?.string ?? ""
    let own = ledger.name(connector: value["connector"]?.string ?? "", order: number)
    var named: [JSONMember] = []
    for member in members {
      switch member.key {
      case "order": named.append(JSONMember("order", JSONValue(.string(number))))
      case "client_order_id":
        named.append(JSONMember("client_order_id", own.map { JSONValue(.string($0)) } ?? nil))
        named.append(JSONMember("exchange_client_order_id", member.value))
      case "venue_order_id": named.append(JSONMember("exchange_order_id", member.value))
      default: named.append(member)
      }
    }
    return JSONValue(.object(named))
  }

  /// The program's id of the order that a row of the journal belongs to; `nil` where it gave none. Rows of fills name
  /// no connector.
  func ownID(of row: JSONValue) -> String? {
    guard let sent = row["client_order_id"]?.string else { return nil }
    let exchanges = Dictionary(
      host.running.places.map { ($0.name, $0.exchange) }, uniquingKeysWith: { first, _ in first })
    return ledger.names(sent: sent).first { known in
      if let connector = row["connector"]?.string { return connector == known.connector }
      return exchanges[known.connector] == row["exchange"]?.string
    }?.id
  }

  /// A row of the journal's orders as an order. What the journal does not keep in one place is left out.
  /// - Parameter number: the host's number where it is known, or else any name of the order.
  func order(_ row: JSONValue, number: String) -> JSONValue {
    let connector = row["connector"]?.string ?? ""
    let own = ledger.name(connector: connector, order: number)
    let flags = (row["flags"]?.string ?? "").split { $0 == " " || $0 == "," }.map { JSONValue(.string(String($0))) }
    return [
      "order": JSONValue(.string(number)), "connector": JSONValue(.string(connector)),
      "account": row["account"] ?? "", "client_order_id": own.map { JSONValue(.string($0)) } ?? nil,
      "exchange_client_order_id": row["client_order_id"] ?? "", "exchange_order_id": row["venue_order_id"] ?? "",
      "pair": row["pair"] ?? "", "symbol": row["instrument"] ?? "", "side": row["side"] ?? "",
      "type": row["type"] ?? "", "time_in_force": row["time_in_force"] ?? nil, "expiry_ns": moment(row, "expiry"),
      "created_ns": moment(row, "created"), "changed_ns": moment(row, "changed"), "flags": JSONValue(.array(flags)),
      "price": row["price"] ?? nil, "stop": row["stop"] ?? nil, "quantity": row["quantity"] ?? nil,
      "value": row["value"] ?? nil, "filled": row["filled"] ?? nil, "state": row["state"] ?? "",
      "reason": row["reason"] ?? "",
    ]
  }
}
