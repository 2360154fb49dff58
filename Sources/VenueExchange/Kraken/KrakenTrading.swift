import Decimals
import JSONTree
import Matching

/// Trading over WebSocket v2. Sources: "add_order", "amend_order", "cancel_order", "cancel_all", "batch_add",
/// "batch_cancel".
extension KrakenVenue {
  func trade(_ method: String, _ params: JSONValue?) throws(KrakenError) -> JSONValue {
    if isInMaintenance { throw .unavailable }
    let parameters = Parameters(params)
    let account = try owner(ofToken: parameters["token"])
    switch method {
    case "add_order":
      guard let market = exchange.market(parameters["symbol"] ?? "") else { throw .unknownPair }
      let request = try request(rest(params), market, account)
      if parameters.flag("validate") { return .make([]) }
      return placed(try place(request))
    case "amend_order":
      let order = try named(parameters, account)
      try amend(parameters, order)
      return .make([("amend_id", .s(entry("T"))), ("order_id", .s(name(order.id)))])
    case "cancel_order":
      let ids = (params?["order_id"]?.array ?? []) + (params?["cl_ord_id"]?.array ?? [])
      guard let first = ids.first?.string else { throw .invalid("order_id") }
      guard let order = open(first, account) else { throw .unknownOrder }
      try cancel(order)
      return .make([("order_id", .s(name(order.id)))] + (order.client.isEmpty ? [] : [("cl_ord_id", .s(order.client))]))
    case "cancel_all": return .make([("count", .n(try cancelAll(account)))])
    case "batch_add":
      guard let market = exchange.market(parameters["symbol"] ?? "") else { throw .unknownPair }
      guard let items = params?["orders"]?.array, (2...15).contains(items.count) else { throw .invalid("orders") }
      var requests: [OrderRequest] = []
      for item in items { requests.append(try request(rest(item), market, account)) }
      var results: [JSONValue] = []
      for request in requests { results.append(placed(try place(request))) }
      return .list(results)
    case "batch_cancel":
      let ids = (params?["orders"]?.array ?? []) + (params?["cl_ord_id"]?.array ?? [])
      let orders = ids.compactMap { $0.string }.compactMap { open($0, account) }
      for order in orders { try cancel(order) }
      return .make([("count", .n(orders.count))])
    default: throw KrakenError("Method not supported: \(method)")
    }
  }

  private func placed(_ order: Order) -> JSONValue {
    .make([("order_id", .s(name(order.id)))] + (order.client.isEmpty ? [] : [("cl_ord_id", .s(order.client))]))
  }

  /// The names of REST for those of the socket.
  private func rest(_ params: JSONValue?) -> Parameters {
    let given = Parameters(params)
    var result = Parameters()
    func copy(_ from: String, _ to: String) { if let value = given[from] { result.add(to, .s(value)) } }
    copy("side", "type")
    copy("order_type", "ordertype")
    copy("cl_ord_id", "cl_ord_id")
    copy("order_userref", "userref")
    copy("time_in_force", "timeinforce")
    if let trigger = params?["triggers"]?["price"] {
      result.add("price", trigger)
      copy("limit_price", "price2")
    } else {
      copy("limit_price", "price")
    }
    if given["cash_order_qty"] != nil {
      copy("cash_order_qty", "volume")
      result.add("oflags", "viqc")
    } else {
      copy("order_qty", "volume")
    }
    if given.flag("post_only") { result.add("oflags", "post") }
    return result
  }
}
