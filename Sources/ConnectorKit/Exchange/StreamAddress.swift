import CPatchbay

/// Where a stream is opened, where the exchange says so itself when it is asked: a host, a path and a token that are
/// good for one connection. `FeedPlan.addressEndpoint` asks for public streams, `PrivatePlan.Kind.address` for private
/// ones, `ExchangeDialect.streamAddress` reads the answer.
public struct StreamAddress: Sendable {
  /// Host and path must be literal, and lie within the manifest's hosts and acts; a token of an account is
  /// `Seal.slot(1)`.
  public var url: SealedText
  /// The manifest's act that opens it; empty = the plan's. Of a public stream it is not used.
  public var act = ""
  /// Nanoseconds between two pings; 0 = as the plan says.
  public var pingInterval: Int64

  public init(_ url: SealedText, act: String = "", pingInterval: Int64 = 0) {
    (self.url, self.act, self.pingInterval) = (url, act, pingInterval)
  }
}

/// Public streams whose address is asked for, again for each connection, and those that greet before they listen.
extension ExchangeConnector {
  /// Asks where a connection is to be opened, and opens it; again, after pauses that grow, as long as it is not known.
  final func askAddress(of id: pb_id, _ endpoint: Endpoint) {
    let pause = addressPause.remaining(out.now.mono)
    guard pause == 0 else {
      _ = after(pause) { [unowned(unsafe) self] in if connections[id] != nil { askAddress(of: id, endpoint) } }
      return
    }
    ask(Call(endpoint)) { [unowned(unsafe) self] answer in
      guard let connection = connections[id] else { return .ok }
      guard !connection.topics.isEmpty else {
        connections.remove(id)
        return .ok
      }
      if answer.fault == nil, let address = exchange?.streamAddress(answer.body, nil, id: id) {
        addressPause = RetryPause()
        connections[id]?.pingInterval = address.pingInterval
        openPublicStream(id, address.url, feedPlan)
        return .ok
      }
      let fault = answer.fault ?? VenueFault(.other, "the answer cannot be read")
      let pause = addressPause.failed(fault.failure, minimum: fault.retryAfter, now: out.now.mono)
      out.log(.warning, "no address for a stream: \(fault.words); next attempt in \(pause / 1_000_000_000) s")
      askAddress(of: id, endpoint)
      return answer.fault == nil ? .parse : .ok
    }
  }

  /// A stream stands whose first message must come before anything is said on it. One that brings none in time is
  /// spoken to all the same: whether it listens, its answers prove.
  final func awaitGreeting(_ id: pb_id) {
    ungreeted.append(id)
    connections[id]?.greetingTimer = after(feedPlan.greetingTime) { [unowned(unsafe) self] in greeted(id) }
  }

  /// The first message of a stream has come.
  @inline(never)
  final func greeted(_ id: pb_id) {
    guard let place = ungreeted.firstIndex(of: id) else { return }
    ungreeted.remove(at: place)
    guard var connection = connections[id] else { return }
    cancelTimer(&connection.greetingTimer)
    connections[id] = connection
    publicStreamReady(id)
  }
}
