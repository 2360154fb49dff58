import CPatchbay
import ConnectorKit

/// An account and its private stream.
final class AccountState {
  let id: pb_id
  /// `PB_ALGORITHM_` of its key.
  let algorithm: UInt32
  var life: TokenLife
  /// The private stream, or 0.
  var stream: pb_id = 0
  var timer: pb_id = 0
  var isLive = false
  /// When a listen key or a subscription is asked for again.
  var pause = RetryPause()
  /// The stream is being closed, to open anew.
  var isRestarting = false

  init(id: pb_id, algorithm: UInt32, life: TokenLife) {
    self.id = id
    self.algorithm = algorithm
    self.life = life
  }
}

/// Signed requests. Sources: "Request Security", "SIGNED Endpoint security", "Timing security" of the spot
/// documentation; the futures documentation says the same.
///
/// The parameters, with `recvWindow` and `timestamp`, are signed as they are sent, and `signature` comes last:
/// HMAC-SHA256 in hex, or for RSA (PKCS#1 v1.5, SHA-256) and Ed25519 keys base64, percent-encoded. The API key travels
/// in a header.
extension BinanceConnector {
  static let apiKey = Seal.field("api_key")

  func signature(of payload: SealedText, _ algorithm: UInt32) -> Seal {
    switch Int(algorithm) {
    case PB_ALGORITHM_ED25519: payload.signed(.ed25519).base64
    case PB_ALGORITHM_RSA: payload.signed(.rsaSHA256).base64
    default: payload.hmac(.sha256, key: .field("secret_key")).hex
    }
  }

  /// Sends a signed REST request: parameters of GET and DELETE in the query, of POST and PUT as a form.
  /// - Parameters: `act` is the manifest's permitted act; `path` begins behind the host.
  func askSigned(
    _ method: Method, _ path: String, _ parameters: Form, act: String, _ account: AccountState, command: pb_id,
    priority: Priority = .query, charges: [Charge], _ read: @escaping (Reply, Body) -> Status
  ) {
    var form = parameters
    form.add("recvWindow", Venue.receiveWindow)
    form.add("timestamp", .milliseconds)
    var signature = signature(of: form.text, account.algorithm)
    // Hex digits need no encoding.
    if account.algorithm != UInt32(PB_ALGORITHM_HMAC) { signature = signature.percentEncoded }
    let signed = form.text + SealedText("&signature=") + signature
    var request = keyed(method, path, method == .post || method == .put ? nil : signed, act, account)
    if method == .post || method == .put {
      request.body = signed
      request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    }
    request.command = command
    request.priority = priority
    request.charges = charges
    request.deadline = 10 * Venue.second
    out.send(request, id: requests.insert(.answer(read)))
  }

  /// A request with the API key and no signature ("USER_STREAM" endpoints).
  func keyed(
    _ method: Method, _ path: String, _ query: SealedText? = nil, _ act: String, _ account: AccountState
  ) -> Request {
    let permitted = PermittedAct(venue.actPrefix + act, method, path)
    var request = permitted.request(at: venue.rest, query: query, account: account.id)
    request.headers = [("X-MBX-APIKEY", SealedText(Self.apiKey))]
    return request
  }

  /// A signed request of the WebSocket API ("Request security"): the parameters in alphabetical order are what is
  /// signed.
  func signedFrame(_ method: String, id: pb_id, on stream: pb_id, act: String, _ account: AccountState) -> Request {
    let payload: SealedText =
      "apiKey=\(Self.apiKey)&recvWindow=\(Venue.receiveWindow)&timestamp=\(Seal.milliseconds)"
    let signature = signature(of: payload, account.algorithm)
    var body = SealedText("{\"id\":\(id),\"method\":\"\(method)\",\"params\":{\"apiKey\":\"")
    body += SealedText(Self.apiKey)
    body += "\",\"recvWindow\":\(Venue.receiveWindow),\"timestamp\":\(Seal.milliseconds)"
    body += ",\"signature\":\"\(signature)\"}}"
    var request = Request(frame: body, on: stream)
    request.account = account.id
    request.permission = venue.actPrefix + act
    return request
  }

  // MARK: Commands

  func account(_ id: pb_id) -> AccountState? { accounts.first { $0.id == id } }

  func privateCommand(_ command: Command) -> Status {
    let owned = OwnedCommand(command)
    if case .none = venue.userStream {
      out.refuse(command.id, .unsupported, "this domain has market data only")
      return .ok
    }
    guard let account = account(command.account) else {
      out.refuse(command.id, .authentication, "account \(command.account) is not there")
      return .ok
    }
    return carryOut(owned, account)
  }

  /// Carries out a command, or each part of a batch one by one.
  func each(
    _ command: OwnedCommand, _ account: AccountState, _ act: (OwnedCommand, AccountState, Tally) throws(Refusal) -> Void
  ) {
    let parts = command.parts
    let tally = Tally(command.id, of: parts.count, out: out)
    for part in parts {
      do throws(Refusal) {
        guard part.account == account.id else { throw Refusal(.invalidOrder, "a batch is of one account") }
        try act(part, account, tally)
      } catch {
        let end = Tally.End(.refused, error.failure, error.text)
        if part.verb == .place || command.verb == .place { endPlaced(part, end, tally) } else { tally.end(end) }
      }
    }
  }

  /// The market that a command names.
  func named(_ command: OwnedCommand) throws(Refusal) -> Market {
    guard let market = market(command.instrument) else {
      throw Refusal(.unknownInstrument, "no instrument \(command.instrument)")
    }
    return market
  }

  /// Names an order in a request: by the venue's id where it is known, else by the client's.
  func name(
    _ command: OwnedCommand, _ form: inout Form, venue: String = "orderId", client: String = "origClientOrderId"
  ) throws(Refusal) {
    if !command.venueOrder.isEmpty, command.venueOrder.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
      form.add(venue, command.venueOrder)
    } else if OrderWords.isClientOrder(command.clientOrder) {
      form.add(client, command.clientOrder)
    } else {
      throw Refusal(.unknownOrder, "neither a venue order id nor a client order id of this venue is given")
    }
  }

  /// Asks for a list and reads its elements one by one; what stands behind them is `what`. Answers the command.
  /// - Parameters:
  ///   - unread: entries of the same answer that could not be read before.
  ///   - element: gives whether it could read it; what it could not read is left out, and the answer is told as
  ///     incomplete.
  func askList(
    _ path: String, _ form: Form, act: String, _ account: AccountState, _ command: OwnedCommand, weight: UInt32,
    _ what: Int, instrument: pb_id = 0, unread: Int = 0, _ element: @escaping (inout JSONScanner) -> Bool
  ) {
    askSigned(
      .get, path, form, act: act, account, command: command.id, charges: venue.cost(weight)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var unread = unread
      guard eachElement(body, { if !element(&$0) { unread += 1 } }) else {
        return unreadable(command.id, "list at \(path)")
      }
      if unread > 0 { out.log(.error, "\(unread) entries of \(path) cannot be read and are left out") }
      out.complete(what, command: command.id, account: account.id, instrument: instrument, partial: unread > 0)
      out.done(command.id)
      return .ok
    }
  }

  /// Hands each element of an array to `read`, which need not read it whole; `false` when the text is no array.
  func eachElement(_ body: Body, _ read: (inout JSONScanner) -> Void) -> Bool {
    var json = JSONScanner(body)
    json.enterArray()
    while json.nextElement() {
      let start = json.mark
      json.skip()
      guard json.isValid else { break }
      var entry = start.scanner()
      read(&entry)
    }
    return json.isComplete()
  }
}

/// Why a command is refused before anything is sent.
struct Refusal: Error {
  let failure: Failure
  let text: String
  init(_ failure: Failure, _ text: String) {
    self.failure = failure
    self.text = text
  }
}
