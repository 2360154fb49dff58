import Catalog
import JSONTree
import Journal
import PatchbayHost

/// A kind of request: its method and path, what it takes, and who answers. docs/api/openapi.yaml describes each.
struct Route: Sendable {
  let method: String
  /// Parts between slashes; `*` takes any one.
  let path: [Substring]
  let scope: Config.Gateway.Scope?
  let query: [Field]
  /// `nil` = it takes no body.
  let body: [Field]?
  let answer: @Sendable (GatewayServer, APIRequest) throws(APIError) -> Void

  init(
    _ method: String, _ path: String, _ scope: Config.Gateway.Scope?, query: [Field] = [], body: [Field]? = nil,
    _ answer: @escaping @Sendable (GatewayServer, APIRequest) throws(APIError) -> Void
  ) {
    (self.method, self.path, self.scope) = (method, path.split(separator: "/"), scope)
    (self.query, self.body, self.answer) = (query, body, answer)
  }

  /// What the stars of the path stand for; `nil` where it is another path.
  func match(_ parts: [Substring]) -> [String]? {
    let parts = parts == [""] ? [] : parts
    guard parts.count == path.count else { return nil }
    var words: [String] = []
    for (own, part) in zip(path, parts) {
      if own == "*" { words.append(String(part)) } else if own != part { return nil }
    }
    return words
  }
}

/// A request that was found right, and where its answer goes.
struct APIRequest {
  let client: Client
  /// Parameters and body together: no name is in both.
  var fields: [JSONMember]
  /// What the stars of the path stand for.
  let words: [String]
  let exchange: HTTPExchange

  subscript(name: String) -> JSONValue? { fields.first { $0.key == name }?.value }
}

extension Route {
  private static let connector = Field("connector", .name)
  private static let pair = Field("pair", .pair)
  private static let onePair = Field("pair", .pair, needed: true)
  private static let account = Field("account", .name)
  private static let wait = Field("wait_ms", .integer(0...60_000))
  private static let confirmed = Field("confirmed", .flag)
  private static let moment = FieldForm.integer(0...4_611_686_018_427_387_903)
  private static let history = [
    Field("exchange", .name), account, pair, Field("order", .id(longest: 128)), Field("since_ns", moment),
    Field("until_ns", moment), Field("limit", .integer(1...1000)),
  ]
  private static let channels = FieldForm.words(["book", "trades", "ticker", "mark", "liquidations", "pool"])

  static let wish = [
    Field("client_order_id", .newID(longest: 64)), connector, account, onePair,
    Field("side", .choice(["buy", "sell"]), needed: true),
    Field("type", .choice(["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"])),
    Field("quantity", .positive, needed: true), Field("price", .positive), Field("stop", .positive),
    Field("time_in_force", .choice(["gtc", "ioc", "fok", "gtd"])), Field("expiry_ns", moment),
    Field("post_only", .flag), Field("reduce_only", .flag), Field("by_value", .flag),
    Field("stop_by_mark", .flag),
    Field("position", .choice(["open", "close"])), Field("leg", .choice(["net", "long", "short"])), wait, confirmed,
  ]

  static let all = pageRoutes + hostRoutes + marketRoutes + orderRoutes + accountRoutes

  private static let pageRoutes = [
    Route("GET", "/", nil) { server, request throws(APIError) in try server.page(request, "index.html") },
    Route("GET", "/page/*", nil) { server, request throws(APIError) in try server.page(request, request.words[0]) },
  ]

  private static let hostRoutes = [
    Route("GET", "/healthz", nil) { server, request in server.reply(request, ["status": "ok"]) },
    Route("GET", "/readyz", nil) { server, request in server.readiness(request) },
    Route("GET", "/metrics", .read) { server, request in server.metrics(request) },
    Route("GET", "/v1/host", .read) { server, request in server.reply(request, server.about(request.client)) },
    Route("GET", "/v1/connectors", .read) { server, request in server.ask("status", request) },
    Route("GET", "/v1/registry", .read) { server, request in server.reply(request, server.registry) },
    Route("GET", "/v1/stream", .read) { server, request throws(APIError) in try server.openStream(request) },
    Route("POST", "/v1/halt", .trade, body: [connector, Field("reason", .text(longest: 200)), Field("cancel", .flag)]) {
      server, request in server.ask("halt", request)
    },
    Route("POST", "/v1/resume", .admin, body: [connector]) { server, request in server.ask("resume", request) },
    Route(
      "POST", "/v1/connectors/disable", .admin,
      body: [Field("connector", .name, needed: true), Field("cancel", .flag), wait]
    ) { server, request in server.ask("disable", request) },
    Route("POST", "/v1/connectors/enable", .admin, body: [Field("connector", .name, needed: true)]) { server, request in
      server.ask("enable", request)
    },
    Route("POST", "/v1/stop", .admin, body: []) { server, request in server.ask("stop", request) },
  ]

  private static let marketRoutes = [
    Route(
      "GET", "/v1/instruments", .read,
      query: [connector, pair, Field("limit", .integer(1...10_000)), Field("offset", .integer(0...1_000_000))]
    ) { server, request in server.ask(request) { call in ProgramVerbs.instruments(call, server.host.running) } },
    Route("GET", "/v1/book", .read, query: [connector, onePair, Field("depth", .integer(1...5000))]) {
      server, request in server.ask("book", request)
    },
    Route("GET", "/v1/trades", .read, query: [connector, onePair, Field("limit", .integer(1...256))]) {
      server, request in server.ask("trades", request)
    },
    Route("GET", "/v1/tickers", .read, query: [connector, pair]) { server, request in server.ask("ticker", request) },
    Route(
      "GET", "/v1/candles", .read,
      query: [
        connector, onePair, Field("interval", .choice(CandleVerbs.spans.map(\.name))),
        Field("limit", .integer(1...1440)), Field("since_ns", .integer(0...(1 << 62))),
        Field("source", .choice(CandleVerbs.sources)),
      ]
    ) { server, request in
      server.ask(request) { call in CandleVerbs.candles(call, server.host.running, server.candles) }
    },
    Route(
      "GET", "/v1/rate", .read,
      query: [Field("from", .asset, needed: true), Field("to", .asset, needed: true), connector]
    ) { server, request in server.ask(request) { call in ProgramVerbs.rate(call, server.host.running) } },
    Route(
      "POST", "/v1/subscriptions", .trade,
      body: [Field("connector", .name, needed: true), onePair, Field("channels", channels)]
    ) { server, request in server.ask("subscribe", request) },
    Route("DELETE", "/v1/subscriptions", .trade, query: [Field("connector", .name, needed: true), onePair]) {
      server, request in server.ask("unsubscribe", request)
    },
  ]

  private static let orderRoutes = [
    Route("GET", "/v1/orders", .read, query: [connector, pair, Field("state", .choice(["open", "all"]))]) {
      server, request in server.orders(request)
    },
    Route("POST", "/v1/orders", .trade, body: wish) { server, request throws(APIError) in try server.place(request) },
    Route("DELETE", "/v1/orders", .trade, query: [connector, wait]) { server, request throws(APIError) in
      try server.cancel(request, "all")
    },
    // Its list is judged one by one.
    Route("POST", "/v1/orders/batch", .trade, body: [Field("orders", .list(1...50), needed: true)]) {
      server, request throws(APIError) in try server.placeMany(request)
    },
    Route("GET", "/v1/orders/*", .read, query: [connector]) { server, request throws(APIError) in
      try server.order(request)
    },
    Route(
      "PATCH", "/v1/orders/*", .trade, query: [connector],
      body: [Field("price", .positive), Field("quantity", .positive), wait, confirmed]
    ) { server, request throws(APIError) in try server.amend(request) },
    Route("DELETE", "/v1/orders/*", .trade, query: [connector, wait]) { server, request throws(APIError) in
      try server.cancel(request, try server.sentName(of: request))
    },
  ]

  private static let accountRoutes = [
    Route("GET", "/v1/balances", .read, query: [connector]) { server, request in server.ask("balances", request) },
    Route("GET", "/v1/positions", .read, query: [connector]) { server, request in server.ask("positions", request) },
    Route("GET", "/v1/fees", .read, query: [connector, pair, account]) { server, request in
      server.ask(request) { call in FeeVerbs.fees(call, server.host.running) }
    },
    Route("GET", "/v1/leverage", .read, query: [connector, onePair, account]) { server, request in
      server.ask("leverage", request)
    },
    Route(
      "PUT", "/v1/leverage", .trade,
      body: [connector, account, onePair, Field("leverage", .positive, needed: true), confirmed]
    ) { server, request in server.ask("leverage", request) },
    Route("GET", "/v1/position-mode", .read, query: [connector, account]) { server, request in
      server.ask(request) { call in ProgramVerbs.positionMode(call, server.host.running) }
    },
    Route(
      "PUT", "/v1/position-mode", .trade,
      body: [connector, account, Field("mode", .choice(["one_way", "hedge"]), needed: true), confirmed]
    ) { server, request in server.ask(request) { call in ProgramVerbs.positionMode(call, server.host.running) } },
    Route("GET", "/v1/margin-mode", .read, query: [connector, pair, account]) { server, request in
      server.ask(request) { call in ProgramVerbs.marginMode(call, server.host.running) }
    },
    Route(
      "PUT", "/v1/margin-mode", .trade,
      body: [
        connector, account, pair, Field("mode", .choice(ProgramVerbs.marginModes), needed: true), confirmed,
      ]
    ) { server, request in server.ask(request) { call in ProgramVerbs.marginMode(call, server.host.running) } },
    Route("GET", "/v1/fills", .read, query: history) { server, request throws(APIError) in
      try server.history(request, .fills)
    },
    Route("GET", "/v1/history/*", .read, query: history) { server, request throws(APIError) in
      try server.history(request, nil)
    },
  ]
}
