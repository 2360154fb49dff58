import CMicroHTTP
import Control
import JSONTree
import PatchbayHost

/// From a request over HTTP to its answer.
extension GatewayServer {
  /// Judges a request that has come whole, and answers it at once or later.
  func begin(_ exchange: HTTPExchange) {
    counters.requests &+= 1
    do throws(APIError) {
      try dispatch(exchange)
    } catch {
      finish(exchange, HTTPAnswer(error))
    }
  }

  private func dispatch(_ exchange: HTTPExchange) throws(APIError) {
    if !exchange.door.isSocket {
      guard access.permits(host: exchange.header("Host")) else {
        throw APIError("forbidden", "this host is not called so", remedy: "name it in gateway.hosts")
      }
    }
    let own = exchange.header("Host").map { "\(config.tls == nil ? "http" : "https")://\($0)" }
    guard access.permits(origin: exchange.header("Origin"), own: exchange.door.isSocket ? nil : own) else {
      throw APIError("forbidden", "pages of this origin may not ask here", remedy: "name it in gateway.origins")
    }
    let parts = exchange.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    let all = Route.all.compactMap { route in route.match(Array(parts)).map { (route: route, words: $0) } }
    // A path by its own name goes before one that takes any.
    let found = all.contains { $0.words.isEmpty } ? all.filter { $0.words.isEmpty } : all
    guard !found.isEmpty else { throw APIError("not_found", "there is no \(exchange.path)") }
    // To HEAD everything is answered as to GET; the server leaves the body out.
    let method = exchange.method == "HEAD" ? "GET" : exchange.method
    guard let (route, words) = found.first(where: { $0.route.method == method }) else {
      let methods = found.flatMap { $0.route.method == "GET" ? ["GET", "HEAD"] : [$0.route.method] }
        .joined(separator: ", ")
      var error = APIError("method_not_allowed", "\(exchange.path) takes \(methods)")
      error.headers = [("Allow", methods)]
      throw error
    }
    let client = try client(exchange, route)
    if exchange.isTooLong {
      throw APIError("too_long", "a body of more than \(limits.bodyBytes) bytes")
    }
    guard let parameters = exchange.parameters() else { throw APIError("malformed", "a parameter is not UTF-8") }
    guard route.body != nil || exchange.body.isEmpty else {
      let words = "\(exchange.method) \(exchange.path) takes no body"
      throw APIError("malformed", words, remedy: "name fields in the query")
    }
    var fields = try Field.check(parameters, route.query)
    if let body = route.body { fields += try read(exchange, body) }
    try route.answer(self, APIRequest(client: client, fields: fields, words: words, exchange: exchange))
  }

  /// Who asks, when that is allowed here and now.
  private func client(_ exchange: HTTPExchange, _ route: Route) throws(APIError) -> Client {
    var client = Client(name: exchange.door.isSocket ? "the socket" : "anybody", scope: .admin, hasToken: false)
    if let named = try token(exchange) {
      client = named
      exchange.door.named(exchange.connection)
    }
    guard route.scope == nil || client.hasToken || exchange.door.isSocket else {
      throw unauthorized("no token is named")
    }
    if let scope = route.scope, !client.allows(scope) {
      let words = "the token \(client.name) has the scope \(client.scope.rawValue), and this needs \(scope.rawValue)"
      throw APIError("forbidden", words)
    }
    try count(client, exchange)
    return client
  }

  /// Takes one of the requests that a client may make.
  private func count(_ client: Client, _ exchange: HTTPExchange) throws(APIError) {
    var bucket = buckets[client.name]
      ?? RateBucket(perSecond: config.requestsPerSecond, burst: config.requestsPerSecond * limits.burst)
    defer { buckets[client.name] = bucket }
    guard bucket.take(now: now) else {
      var error = APIError("too_many_requests", "more than \(config.requestsPerSecond) requests a second")
      error.headers = [("Retry-After", "1")]
      throw error
    }
    guard openRequests[client.name, default: 0] < limits.openRequests else {
      throw APIError("too_many_requests", "\(limits.openRequests) requests of this client are not answered yet")
    }
    openRequests[client.name, default: 0] += 1
    exchange.client = client
  }

  /// `nil` where none is named.
  private func token(_ exchange: HTTPExchange) throws(APIError) -> Client? {
    if let header = exchange.header("Authorization") {
      let parts = header.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "bearer", let known = access.client(token: parts[1]) else {
        throw unauthorized("this token is not known")
      }
      return known
    }
    // Browsers cannot set headers of a WebSocket.
    let protocols = exchange.header("Sec-WebSocket-Protocol")?.split(separator: ",") ?? []
    for word in protocols.map({ $0.drop { $0 == " " } }) where word.hasPrefix("token.") {
      guard let known = access.client(token: word.dropFirst(6)) else { throw unauthorized("this token is not known") }
      return known
    }
    return nil
  }

  private func unauthorized(_ words: String) -> APIError {
    var error = APIError("unauthorized", words)
    error.headers = [("WWW-Authenticate", "Bearer")]
    return error
  }

  private func read(_ exchange: HTTPExchange, _ fields: [Field]) throws(APIError) -> [JSONMember] {
    let type = exchange.header("Content-Type")?.lowercased().prefix { $0 != ";" } ?? ""
    guard type.split(separator: " ") == ["application/json"] else {
      throw APIError("media_type", "a body is application/json", remedy: "send Content-Type: application/json")
    }
    guard let value = try? JSONDocument.parse(bytes: exchange.body) else {
      throw APIError("malformed", "the body is not JSON")
    }
    return try Field.check(value, fields, in: "the body")
  }

  // MARK: Answers

  /// Answers; nothing happens where the connection is gone or was answered.
  func finish(_ exchange: HTTPExchange, _ answer: HTTPAnswer) {
    guard !exchange.isOver, exchange.answer == nil else { return }
    counters.count(answer.status)
    exchange.answer = answer
    guard suspended.removeValue(forKey: ObjectIdentifier(exchange)) != nil else { return }
    MHD_resume_connection(exchange.connection)
  }

  /// Lets a connection rest until its request is answered.
  func suspend(_ exchange: HTTPExchange) {
    suspended[ObjectIdentifier(exchange)] = exchange
    MHD_suspend_connection(exchange.connection)
  }

  /// The request is over, answered or not.
  func ended(_ exchange: HTTPExchange) {
    guard let client = exchange.client else { return }
    exchange.client = nil
    openRequests[client.name, default: 1] -= 1
    if openRequests[client.name] == 0 { openRequests[client.name] = nil }
  }

  func reply(_ request: APIRequest, _ value: JSONValue) { finish(request.exchange, HTTPAnswer(200, value)) }

  func fail(_ request: APIRequest, _ error: APIError) { finish(request.exchange, HTTPAnswer(error)) }

  // MARK: Asking the lanes

  /// Answers with what the host says to a request of the control socket.
  func ask(_ verb: String, _ request: APIRequest) {
    ask(request) { [verbs] call in verbs[verb]?.handle(call) }
  }

  func ask(_ request: APIRequest, _ body: (ControlCall) -> Void) {
    call(request.fields, for: request.client, body) { [self] result in
      switch result {
      case .success(let value): reply(request, naming(value))
      case .failure(let error): fail(request, error)
      }
    }
  }

  /// Asks the host; `then` is given what it says, on the gateway's thread, once.
  func call(
    _ fields: [JSONMember], for client: Client, _ body: (ControlCall) -> Void,
    then: @escaping (Result<JSONValue, APIError>) -> Void
  ) {
    let number = nextNumber
    nextNumber += 1
    pending[number] = then
    var fields = fields
    // Whoever was given a token of this scope was given the word that money may move.
    if client.hasToken, client.allows(.trade) {
      fields.removeAll { $0.key == "confirmed" }
      fields.append(JSONMember("confirmed", true))
    }
    body(ControlCall(request: JSONValue(.object(fields)), client: number, id: nil, server: self))
  }
}

extension GatewayServer: ControlAnswerer {
  package func answer(_ call: ControlCall, _ answer: ControlAnswer) {
    submit { [self] in
      guard let then = pending.removeValue(forKey: call.client) else { return }
      switch answer {
      case .reply(let value): then(.success(value))
      case .failure(let code, let text, let field): then(.failure(APIError(code, Self.plain(text), field: field)))
      // Nothing here asks to be watched.
      case .watch, .event: then(.failure(APIError("refused", "nothing can be watched here")))
      }
    }
  }

  package func submit(after nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) {
    submit { [self] in after(nanoseconds, job) }
  }

  /// Without what only command lines do.
  private static func plain(_ text: String) -> String {
    let parts = text.split(separator: ";", omittingEmptySubsequences: false)
    let kept = parts.filter { part in part == parts.first || !part.contains("patchbay ") && !part.contains("--") }
    return kept.joined(separator: ";")
  }
}
