import Decimals
import JSONTree
import Matching
import Venue

/// A WebSocket of a client, with what it is subscribed to.
struct OKXSocket {
  struct Subscription {
    let channel: String
    /// `nil` for channels of an account.
    let market: Int?
    /// As the client sent it, and as it stands before what is pushed.
    let argument: JSONValue
  }

  enum Address: String { case open = "/ws/v5/public", account = "/ws/v5/private", business = "/ws/v5/business" }

  let name: String
  let address: Address
  var account: Participant?
  var subscriptions: [Subscription] = []
  /// When something was received or sent last; monotonic nanoseconds.
  var heard: Int64
  /// Logins and changes of subscriptions within an hour from `hour` on.
  var hour: Int64
  var requests = 0
}

/// Connections: login, subscriptions, orders. Sources: "WebSocket: Connect, Login, Subscribe, Unsubscribe".
extension OKXVenue {
  private static let requestsPerHour = 480
  private static let idle: Int64 = 30 * EngineVenue.second
  private static let publicChannels = ["books", "trades", "tickers"]
  private static let markChannels = ["mark-price", "funding-rate"]
  private static let accountChannels = ["positions", "liquidation-warning"]
  private static let businessChannels = ["orders-algo"]

  func openSocket(_ id: UInt64, _ request: VenueRequest, _ actions: inout [VenueAction]) {
    guard let address = OKXSocket.Address(rawValue: request.path), !isInMaintenance else {
      actions.append(.refuse(socket: id, VenueReply(status: isInMaintenance ? 503 : 404, body: [])))
      return
    }
    connections += 1
    let name = String(0xa4d3_0000 + connections, radix: 16)
    sockets[id] = OKXSocket(name: name, address: address, heard: time.mono, hour: time.mono)
    actions.append(.accept(socket: id))
  }

  func send(_ value: JSONValue, on socket: UInt64, _ actions: inout [VenueAction]) {
    sockets[socket]?.heard = time.mono
    actions.append(.send(socket: socket, .text(value.bytes)))
  }

  /// "The connection will break automatically if the subscription is not established or data has not been pushed for
  /// more than 30 seconds."
  func closeIdle(_ actions: inout [VenueAction]) {
    for id in sockets.keys.sorted() where time.mono - (sockets[id]?.heard ?? .max) > Self.idle {
      sockets[id] = nil
      actions.append(.close(socket: id, code: 4004, reason: "No data received in 30s."))
    }
  }

  func socketRequest(_ id: UInt64, _ text: [UInt8], _ actions: inout [VenueAction]) {
    guard let socket = sockets[id] else { return }
    if text.elementsEqual("ping".utf8) {
      sockets[id]?.heard = time.mono
      return actions.append(.send(socket: id, .text(Array("pong".utf8))))
    }
    guard let request = try? JSONDocument.parse(bytes: text), let operation = request["op"]?.string,
      let items = request["args"]?.array, !items.isEmpty
    else {
      let words = String(decoding: text.prefix(200), as: UTF8.self)
      return refuse(id, nil, .invalid(words), &actions)
    }
    switch operation {
    case "login", "subscribe", "unsubscribe":
      guard countRequest(id) else { return refuse(id, request, .tooFast, &actions) }
      if operation == "login" { return login(id, request, items[0], &actions) }
      for item in items { change(id, request, item, isSubscribe: operation == "subscribe", &actions) }
    default: trade(id, socket, operation, request, items, &actions)
    }
  }

  private func countRequest(_ id: UInt64) -> Bool {
    guard var socket = sockets[id] else { return false }
    if time.mono - socket.hour >= 3600 * Self.second { (socket.hour, socket.requests) = (time.mono, 0) }
    socket.requests += 1
    sockets[id] = socket
    return socket.requests <= Self.requestsPerHour
  }

  private func refuse(_ id: UInt64, _ request: JSONValue?, _ error: OKXError, _ actions: inout [VenueAction]) {
    answer(id, request, [("event", "error"), ("code", .s(String(error.code))), ("msg", .s(error.text))], &actions)
  }

  private func answer(
    _ id: UInt64, _ request: JSONValue?, _ members: [(String, JSONValue)], _ actions: inout [VenueAction]
  ) {
    let head = request?["id"].map { [("id", $0)] } ?? []
    send(.make(head + members + [("connId", .s(sockets[id]?.name ?? ""))]), on: id, &actions)
  }

  // MARK: Login

  /// "Login": base64 of HMAC-SHA256 over the seconds and `GET/users/self/verify`.
  private func login(_ id: UInt64, _ request: JSONValue, _ item: JSONValue, _ actions: inout [VenueAction]) {
    do throws(OKXError) {
      guard sockets[id]?.address != .open else { throw .wrongAddress("private") }
      let parameters = Parameters(item)
      guard let place = exchange.accounts.firstIndex(where: { $0.account.key == parameters["apiKey"] }) else {
        throw .badKey
      }
      let owner = exchange.accounts[place].account
      guard let text = parameters["timestamp"], let sent = parameters.integer("timestamp") else { throw .badTime }
      guard abs(sent * 1000 - milliseconds) <= Self.timeWindow else { throw .lateLogin }
      guard parameters["sign"] == Self.sign(owner, Array("\(text)GET/users/self/verify".utf8)) else { throw .badSign }
      guard parameters["passphrase"] == owner.passphrase else { throw .badPassphrase }
      guard !refusesTime() else { throw .lateLogin }
      if loginsToReject > 0 {
        loginsToReject -= 1
        throw .failure
      }
      sockets[id]?.account = place + Ledger.firstUser
      answer(id, request, [("event", "login"), ("code", "0"), ("msg", "")], &actions)
    } catch {
      refuse(id, request, error, &actions)
    }
  }

  // MARK: Subscriptions

  private func change(
    _ id: UInt64, _ request: JSONValue, _ item: JSONValue, isSubscribe: Bool, _ actions: inout [VenueAction]
  ) {
    do throws(OKXError) {
      let subscription = try read(item, sockets[id])
      if isSubscribe, subscriptionsToReject > 0 {
        subscriptionsToReject -= 1
        throw .failure
      }
      sockets[id]?.subscriptions.removeAll { $0.channel == subscription.channel && $0.market == subscription.market }
      if isSubscribe { sockets[id]?.subscriptions.append(subscription) }
      answer(id, request, [("event", isSubscribe ? "subscribe" : "unsubscribe"), ("arg", item)], &actions)
      if isSubscribe { pushFirst(subscription, on: id, &actions) }
    } catch {
      refuse(id, request, error, &actions)
    }
  }

  private func read(_ item: JSONValue, _ socket: OKXSocket?) throws(OKXError) -> OKXSocket.Subscription {
    let parameters = Parameters(item)
    let channel = parameters["channel"] ?? ""
    let isIndex = isPerpetual && channel == "index-tickers"
    if Self.publicChannels.contains(channel) || isPerpetual && Self.markChannels.contains(channel) || isIndex {
      guard socket?.address == .open else { throw .wrongAddress(channel) }
      let name = parameters["instId"] ?? ""
      guard let market = isIndex ? market(index: name) : exchange.market(name) else {
        throw .noChannel("channel:\(channel),instId:\(name)")
      }
      return OKXSocket.Subscription(channel: channel, market: market, argument: item)
    }
    if isPerpetual, channel == "liquidation-orders" {
      guard socket?.address == .open else { throw .wrongAddress(channel) }
      guard parameters["instType"] == instrumentType else {
        throw .noChannel("channel:\(channel),instType:\(parameters["instType"] ?? "")")
      }
      // Of whose orders they are nothing is known here: the channel is quiet.
      return OKXSocket.Subscription(channel: channel, market: nil, argument: item)
    }
    let isBusiness = Self.businessChannels.contains(channel)
    guard isBusiness || ["orders", "account"].contains(channel) || isPerpetual && Self.accountChannels.contains(channel)
    else { throw .noChannel("channel:\(channel)") }
    guard socket?.address == (isBusiness ? .business : .account) else { throw .wrongAddress(channel) }
    guard let account = socket?.account else { throw .noLogin }
    if channel != "account", ![instrumentType, "ANY"].contains(parameters["instType"] ?? "") {
      throw .noChannel("channel:\(channel),instType:\(parameters["instType"] ?? "")")
    }
    let uid: [(String, JSONValue)] = [("uid", .s(Self.user(account)))]
    return OKXSocket.Subscription(channel: channel, market: nil, argument: item.with(uid))
  }

  // MARK: Orders

  private static let operations: [String: (Operation, isBatch: Bool)] = [
    "order": (.place, false), "batch-orders": (.place, true), "amend-order": (.amend, false),
    "batch-amend-orders": (.amend, true), "cancel-order": (.cancel, false), "batch-cancel-orders": (.cancel, true),
  ]

  private func trade(
    _ id: UInt64, _ socket: OKXSocket, _ name: String, _ request: JSONValue, _ items: [JSONValue],
    _ actions: inout [VenueAction]
  ) {
    guard let (operation, isBatch) = Self.operations[name] else {
      return refuse(id, request, OKXError(60019, "Invalid op: \(name)"), &actions)
    }
    guard let account = socket.account else { return refuse(id, request, .noLogin, &actions) }
    var answer = Answer(data: [])
    do throws(OKXError) {
      if isInMaintenance { throw .unavailable }
      if operation != .cancel { try checkDeadline(request["expTime"]?.string) }
      answer = try act(operation, items, account, isBatch: isBatch)
    } catch {
      (answer.code, answer.text) = (error.code, error.text)
    }
    let stamp = JSONValue.s(String(clock / 1000))
    let members: [(String, JSONValue)] = [
      ("id", request["id"] ?? ""), ("op", .s(name)), ("code", .s(String(answer.code))), ("msg", .s(answer.text)),
      ("data", .list(answer.data)), ("inTime", stamp), ("outTime", stamp),
    ]
    send(.make(members), on: id, &actions)
  }
}
