import Decimals
import JSONTree
import Matching
import Venue

/// OKX at one address, as it is: spot and perpetuals behind the same hosts, with the same keys. A request goes where
/// its instrument is; a list that names none holds what both have; a connection has the subscriptions of both.
///
/// Each of the two has books and money of its own: what an account has is reported as the sum of both, and an order is
/// carried by what its own one has. A batch of orders is of one of them: of that of its first order.
public final class OKXSite: ServedVenue {
  public let spot: OKXVenue
  public let perpetual: OKXVenue
  private var both: [OKXVenue] { [spot, perpetual] }

  /// - Throws: `VenueFault` when the options do not fit together.
  public init(_ spotOptions: VenueOptions, perpetuals: VenueOptions) throws(VenueFault) {
    spot = try OKXVenue(spotOptions)
    perpetual = try OKXVenue(perpetuals, isPerpetual: true)
  }

  public static func usual(seed: UInt64) throws(VenueFault) -> OKXSite {
    try OKXSite(OKXVenue.usual(seed: seed), perpetuals: OKXVenue.usualPerpetuals(seed: seed))
  }

  // MARK: Where something belongs

  /// Lists that may name no instrument: both have a part of them.
  private static let lists: Set<String> = [
    "/api/v5/account/balance", "/api/v5/trade/orders-pending", "/api/v5/trade/orders-history",
    "/api/v5/trade/orders-history-archive", "/api/v5/trade/fills", "/api/v5/trade/fills-history",
    "/api/v5/trade/orders-algo-pending", "/api/v5/trade/orders-algo-history", "/api/v5/trade/order-algo",
  ]

  /// The one that an instrument's name, code or type belongs to; `nil` where nothing of it is said.
  private func owner(of parameters: Parameters) -> OKXVenue? {
    if let code = parameters.integer("instIdCode") { return code >= perpetual.firstCode ? perpetual : spot }
    if let name = parameters["instId"] { return perpetual.exchange.market(name) == nil ? spot : perpetual }
    switch parameters["instType"] {
    case nil, "ANY": return nil
    case "SWAP": return perpetual
    default: return spot
    }
  }

  private func owners(of request: VenueRequest) -> [OKXVenue] {
    let name = "\(request.method) \(request.path)"
    let holders = both.filter { $0.endpoints[name] != nil }
    guard holders.count == 2 else { return holders.isEmpty ? [spot] : holders }
    var parameters = Parameters(form: request.query)
    if request.method == "POST", let body = try? JSONDocument.parse(bytes: request.body) {
      parameters = Parameters(body.array?.first ?? body)
    }
    if let owner = owner(of: parameters) { return [owner] }
    if request.method == "GET", Self.lists.contains(request.path) { return both }
    // Positions are what the modes of an account are about.
    return request.path.hasPrefix("/api/v5/account/") ? [perpetual] : [spot]
  }

  // MARK: Requests

  public func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    let owners = owners(of: request)
    guard owners.count == 2 else { return owners[0].request(id, request, now: now, &actions) }
    var replies: [VenueReply] = []
    for owner in owners {
      var own: [VenueAction] = []
      owner.request(id, request, now: now, &own)
      for action in own {
        if case .reply(id, let reply) = action { replies.append(reply) } else { pass(action, of: owner, &actions) }
      }
    }
    actions.append(.reply(request: id, Self.merged(replies, request.path)))
  }

  /// One answer of two: what one of them does not know, the other may.
  private static func merged(_ replies: [VenueReply], _ path: String) -> VenueReply {
    let bodies = replies.map { try? JSONDocument.parse(bytes: $0.body) }
    let good = zip(replies, bodies).filter { $0.status == 200 && $1?["code"]?.string == "0" }
    guard good.count == 2 else { return good.first?.0 ?? replies[0] }
    let lists = good.map { $1?["data"]?.array ?? [] }
    let data = path == "/api/v5/account/balance" ? [balance(lists.flatMap { $0 })] : sorted(lists.flatMap { $0 })
    var reply = replies[0]
    reply.body = JSONValue.make([("code", "0"), ("msg", ""), ("data", .list(data))]).bytes
    return reply
  }

  /// Newest first.
  private static func sorted(_ rows: [JSONValue]) -> [JSONValue] {
    func time(_ row: JSONValue) -> Int64 { (row["cTime"] ?? row["ts"])?.string.flatMap { Int64($0) } ?? 0 }
    return rows.enumerated().sorted { (time($1.element), $0.offset) < (time($0.element), $1.offset) }.map(\.element)
  }

  private static let sums = ["eq", "cashBal", "availBal", "availEq", "frozenBal", "ordFrozen", "upl"]

  /// The balances of both, with the sums of each currency.
  private static func balance(_ parts: [JSONValue]) -> JSONValue {
    var details: [(currency: String, rows: [JSONValue])] = []
    for row in parts.flatMap({ $0["details"]?.array ?? [] }) {
      let currency = row["ccy"]?.string ?? ""
      if let place = details.firstIndex(where: { $0.currency == currency }) {
        details[place].rows.append(row)
      } else {
        details.append((currency, [row]))
      }
    }
    let rows = details.map { detail -> JSONValue in
      let members = (detail.rows[0].object ?? []).map { member -> (String, JSONValue) in
        guard sums.contains(member.key) else { return (member.key, member.value) }
        let values = detail.rows.compactMap { $0[member.key]?.string.flatMap { Decimal64($0) } }
        let sum = values.dropFirst().reduce(values.first ?? .zero) { $0.adding($1) ?? $0 }
        return (member.key, .s(sum.plain))
      }
      return .make(members)
    }
    let members = (parts.first?.object ?? []).map { ($0.key, $0.key == "details" ? JSONValue.list(rows) : $0.value) }
    return .make(members)
  }

  // MARK: Connections

  public func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    ask(both, &actions) { $0.open(socket, request, now: now, &$1) }
  }

  public func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    guard case .text(let bytes) = frame, let request = try? JSONDocument.parse(bytes: bytes),
      let items = request["args"]?.array, !items.isEmpty, let operation = request["op"]?.string
    else {
      // A ping, or what is no request.
      return ask(both, &actions) { $0.frame(socket, frame, now: now, &$1) }
    }
    guard operation == "subscribe" || operation == "unsubscribe" else {
      let owners = operation == "login" ? both : [owner(of: Parameters(items[0])) ?? spot]
      return ask(owners, &actions) { $0.frame(socket, frame, now: now, &$1) }
    }
    for item in items {
      let members = (request.object ?? []).map { ($0.key, $0.key == "args" ? JSONValue.list([item]) : $0.value) }
      let own = VenueFrame.text(JSONValue.make(members).bytes)
      ask(owners(ofChannel: Parameters(item)), &actions) { $0.frame(socket, own, now: now, &$1) }
    }
  }

  private func owners(ofChannel parameters: Parameters) -> [OKXVenue] {
    switch parameters["channel"] {
    case "positions", "liquidation-warning", "mark-price", "funding-rate", "index-tickers": [perpetual]
    case "account": both
    default: owner(of: parameters).map { [$0] } ?? both
    }
  }

  public func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) {
    ask(both, &actions) { $0.closed(socket, now: now, &$1) }
  }

  public func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? {
    // A connection is idle when both have nothing to say.
    for socket in spot.sockets.keys {
      let heard = both.compactMap { $0.sockets[socket]?.heard }.max() ?? 0
      for owner in both where owner.sockets[socket] != nil { owner.sockets[socket]?.heard = heard }
    }
    var next: [Int64] = []
    ask(both, &actions) { owner, own in if let due = owner.advance(now: now, &own) { next.append(due) } }
    return next.min()
  }

  // MARK: What both say

  /// Has one or both act. What both answer alike is answered once.
  private func ask(
    _ owners: [OKXVenue], _ actions: inout [VenueAction], _ body: (OKXVenue, inout [VenueAction]) -> Void
  ) {
    var answered: Set<String> = []
    for owner in owners {
      var own: [VenueAction] = []
      body(owner, &own)
      for action in own {
        guard let kind = Self.answer(action) else {
          pass(action, of: owner, &actions)
          continue
        }
        // Those of one owner all count.
        if owner === owners[0] { answered.insert(kind) } else if answered.contains(kind) { continue }
        actions.append(action)
      }
    }
  }

  /// What an action answers, where it is no more than that.
  private static func answer(_ action: VenueAction) -> String? {
    switch action {
    case .accept(let socket): return "accept \(socket)"
    case .refuse(let socket, _): return "refuse \(socket)"
    case .close(let socket, _, _), .cut(let socket): return "close \(socket)"
    case .send(let socket, .text(let bytes)):
      guard let value = try? JSONDocument.parse(bytes: bytes) else { return "other \(socket)" }
      return value["event"]?.string.map { "\($0) \(socket)" }
    default: return nil
    }
  }

  private func pass(_ action: VenueAction, of owner: OKXVenue, _ actions: inout [VenueAction]) {
    guard case .send(let socket, .text(let bytes)) = action, let value = try? JSONDocument.parse(bytes: bytes),
      value["arg"]?["channel"]?.string == "account", let data = value["data"]?.array
    else { return actions.append(action) }
    let members = (value.object ?? []).map {
      ($0.key, $0.key == "data" ? JSONValue.list(data.map { whole($0, socket) }) : $0.value)
    }
    actions.append(.send(socket: socket, .text(JSONValue.make(members).bytes)))
  }

  /// What one of the two says of an account, with what the account has at the other.
  private func whole(_ part: JSONValue, _ socket: UInt64) -> JSONValue {
    let names = (part["details"]?.array ?? []).compactMap { $0["ccy"]?.string }
    let parts = both.compactMap { venue -> JSONValue? in
      guard let account = venue.sockets[socket]?.account else { return nil }
      let assets = venue.exchange.assets.indices.filter { names.contains(venue.exchange.assets[$0]) }
      return venue.balances(account, assets, isWhole: false)
    }
    return Self.balance(parts)
  }
}
