import CPatchbay

/// Something that the manifest permits a connector to do with an account: its name there, and the method and path that
/// the host holds it to. Requests made from an act cannot name one permission and go elsewhere.
public struct PermittedAct: Sendable {
  /// As the manifest names it.
  public let name: String
  public let method: Method
  /// Behind the host, without a query. A `*` is one segment, which the call fills in.
  public let path: String
  public let priority: Priority

  public init(_ name: String, _ method: Method, _ path: String, priority: Priority = .query) {
    self.name = name
    self.method = method
    self.path = path
    self.priority = priority
  }

  /// A request for this act on behalf of an account: method, URL, permission and priority are set.
  /// - Parameter base: scheme and host, such as `https://api.example.com`.
  public func request(at base: String, query: SealedText? = nil, account: pb_id) -> Request {
    var url = SealedText(base + path)
    if let query { url += SealedText("?") + query }
    var request = Request(method, url)
    request.account = account
    request.permission = name
    request.priority = priority
    return request
  }
}
