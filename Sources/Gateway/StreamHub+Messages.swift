import CGateway
import CMicroHTTP
import Control
import JSONTree
import PatchbayHost
import WebSocket

/// What clients of streams say.
extension StreamHub {
  private static let subscribeFields = [
    Field("op", .choice(["subscribe"])),
    Field("channel", .choice(Subscription.Channel.allCases.map(\.rawValue)), needed: true),
    Field("connector", .name), Field("pair", .pair), Field("mode", .choice(["delta", "top"])),
    Field("depth", .integer(1...5000)), Field("interval_ms", .integer(0...60_000)),
  ]
  /// The fields of a channel besides the channel itself.
  private static let own: [Subscription.Channel: Set<String>] = [
    .book: ["connector", "pair", "mode", "depth", "interval_ms"], .trades: ["connector", "pair", "interval_ms"],
    .ticker: ["connector", "pair", "interval_ms"], .orders: ["connector"], .fills: ["connector"],
    .balances: ["connector"], .positions: ["connector"], .connectors: [],
  ]

  func take(_ bytes: [UInt8], from stream: StreamClient) {
    guard let message = try? JSONDocument.parse(bytes: bytes), let members = message.object else {
      return refuse(nil, APIError("malformed", "a message is one JSON object"), stream)
    }
    let id = message["id"] ?? nil
    do throws(APIError) {
      guard id.isNull || id.string.map({ $0.utf8.count <= 128 }) ?? (id.number.map { $0.utf8.count <= 32 } ?? false)
      else { throw APIError("bad_field", "\"id\" is a string of at most 128 bytes, or a number", field: "id") }
      let rest = JSONValue(.object(members.filter { $0.key != "id" }))
      switch message["op"]?.string {
      case "subscribe": try subscribe(try Field.check(rest, Self.subscribeFields, in: "this message"), id, stream)
      case "unsubscribe":
        let fields = try Field.check(
          rest, [Field("op", .choice(["unsubscribe"])), Field("subscription", .integer(1...Int.max), needed: true)],
          in: "this message")
        try unsubscribe(fields.first { $0.key == "subscription" }?.value.int ?? 0, id, stream)
      case "ping":
        _ = try Field.check(rest, [Field("op", .choice(["ping"]))], in: "this message")
        send(
          ["type": "pong", "id": id, "time_ns": StatusText.number(server.host.clock.now().wall)], to: stream)
      default: throw APIError("bad_field", "\"op\" is one of subscribe, unsubscribe, ping", field: "op")
      }
    } catch {
      refuse(id, error, stream)
    }
  }

  private func refuse(_ id: JSONValue, _ error: APIError, _ stream: StreamClient) {
    send(["type": "error", "id": id, "error": error.json], to: stream)
  }

  private func unsubscribe(_ number: Int, _ id: JSONValue, _ stream: StreamClient) throws(APIError) {
    guard let subscription = stream.subscriptions[number] else {
      throw APIError("not_found", "there is no subscription \(number)", field: "subscription")
    }
    unfollow(subscription, of: stream)
    setTimers()
    send(["type": "unsubscribed", "id": id, "subscription": StatusText.number(number)], to: stream)
  }

  private func subscribe(_ fields: [JSONMember], _ id: JSONValue, _ stream: StreamClient) throws(APIError) {
    func value(_ name: String) -> JSONValue? { fields.first { $0.key == name }?.value }
    guard let channel = value("channel")?.string.flatMap(Subscription.Channel.init) else { return }
    let known = Self.own[channel] ?? []
    if let odd = fields.first(where: { $0.key != "op" && $0.key != "channel" && !known.contains($0.key) }) {
      throw APIError("unknown_field", "\(channel.rawValue) has no field \"\(odd.key)\"", field: odd.key)
    }
    guard stream.subscriptions.count < server.limits.subscriptions else {
      throw APIError("too_many_subscriptions", "\(server.limits.subscriptions) subscriptions are open")
    }
    let subscription = Subscription(stream.nextSubscription, channel)
    stream.nextSubscription += 1
    subscription.isTop = value("mode")?.string == "top"
    subscription.depth = value("depth")?.int ?? 100
    let usual = channel == .ticker || subscription.isTop ? 100 : 0
    subscription.interval = Int64(value("interval_ms")?.int ?? usual) * 1_000_000
    // Its place is taken from now on, so that many at once do not pass the limit.
    stream.subscriptions[subscription.number] = subscription
    setTimers()
    switch channel {
    case .book, .trades, .ticker: followMarket(subscription, fields, id, stream)
    case .orders: followOrders(subscription, fields, id, stream)
    case .fills, .balances, .positions, .connectors: followAccounts(subscription, fields, id, stream)
    }
  }

  private func confirm(_ subscription: Subscription, _ id: JSONValue, _ stream: StreamClient) {
    send([
      "type": "subscribed", "id": id, "subscription": StatusText.number(subscription.number),
      "channel": JSONValue(.string(subscription.channel.rawValue)),
    ], to: stream)
  }

  /// Asks the host something for a subscription; where it refuses, the subscription ends.
  private func ask(
    _ subscription: Subscription, _ id: JSONValue, _ stream: StreamClient, _ fields: [JSONMember],
    _ body: (ControlCall) -> Void, then: @escaping (StreamClient, Subscription, JSONValue) -> Void
  ) {
    let (token, number) = (stream.token, subscription.number)
    server.call(fields, for: stream.client, body) { [self] result in
      with(token, number) { stream, subscription in
        switch result {
        case .success(let value): then(stream, subscription, value)
        case .failure(let error):
          stream.subscriptions[number] = nil
          setTimers()
          refuse(id, error, stream)
        }
      }
    }
  }

  private func followMarket(
    _ subscription: Subscription, _ fields: [JSONMember], _ id: JSONValue, _ stream: StreamClient
  ) {
    // The host says which pair of which connector is meant.
    let named = fields.filter { $0.key == "connector" || $0.key == "pair" } + [JSONMember("depth", 1)]
    ask(subscription, id, stream, named, { [server] in server.verbs["book"]?.handle($0) }) {
      [self] stream, subscription, book in
      let name = book["connector"]?.string ?? ""
      guard let place = server.host.running.places.first(where: { $0.name == name }) else { return }
      subscription.place = place
      subscription.pair = book["pair"]?.string ?? ""
      confirm(subscription, id, stream)
      let kind: FeedKind =
        switch subscription.channel {
        case .trades: .trades
        case .ticker: .ticker
        default: .book
        }
      follow(subscription, of: stream, kind, place)
    }
  }

  private func followAccounts(
    _ subscription: Subscription, _ fields: [JSONMember], _ id: JSONValue, _ stream: StreamClient
  ) {
    let running = server.host.running
    let isOfAll = subscription.channel == .connectors
    let named = fields.filter { $0.key == "connector" }
    ask(subscription, id, stream, named) { call in
      if isOfAll {
        call.reply(["names": JSONValue(.array(running.places.map { JSONValue(.string($0.name)) }))])
      } else if let desks = DeskChoice.desks(call, running) {
        call.reply(["names": JSONValue(.array(desks.map { JSONValue(.string($0.name)) }))])
      }
    } then: { [self] stream, subscription, value in
      subscription.connectors = Set((value["names"]?.array ?? []).compactMap(\.string))
      confirm(subscription, id, stream)
    }
  }

  /// Events that come before the orders have come wait, and those that the orders have in them already are left out.
  private func followOrders(
    _ subscription: Subscription, _ fields: [JSONMember], _ id: JSONValue, _ stream: StreamClient
  ) {
    let running = server.host.running
    subscription.connectors = Set(running.desks.map(\.name))
    ask(subscription, id, stream, fields.filter { $0.key == "connector" }) { call in
      guard let desks = DeskChoice.desks(call, running) else { return }
      DeskChoice.copies(call, running, desks) { desk, _ -> JSONValue in
        [
          "name": JSONValue(.string(desk.name)), "events": StatusText.number(desk.eventCount),
          "orders": JSONValue(.array(desk.trader.orders.inFlight.map { OrderCopies.order($0, desk) })),
        ]
      } then: { found in
        call.reply(["desks": JSONValue(.array(found.map(\.copy)))])
      }
    } then: { [self] stream, subscription, value in
      let desks = value["desks"]?.array ?? []
      subscription.connectors = Set(desks.compactMap { $0["name"]?.string })
      confirm(subscription, id, stream)
      let orders = desks.flatMap { $0["orders"]?.array ?? [] }.map(server.naming)
      send(StreamWords.of(subscription, ["type": "orders", "orders": JSONValue(.array(orders))]), to: stream)
      let (early, copies) = (subscription.early ?? [], subscription.earlyOrders)
      (subscription.early, subscription.earlyOrders) = (nil, [])
      for (event, order) in zip(early, copies) {
        let desk = desks.first { $0["name"]?.string == event.desk.name }
        guard let known = desk?["events"]?.number.flatMap({ UInt64($0) }), event.number > known else { continue }
        send(StreamWords.of(subscription, StreamWords.order(event, order)), to: stream)
      }
    }
  }
}

extension GatewayServer {
  /// Turns a request into a stream (RFC 6455 4.2).
  func openStream(_ request: APIRequest) throws(APIError) {
    let exchange = request.exchange
    guard exchange.header("Upgrade")?.lowercased() == "websocket", exchange.header("Sec-WebSocket-Version") == "13",
      let key = exchange.header("Sec-WebSocket-Key"), let proof = ServerHandshake.accept(key: key)
    else {
      throw APIError("malformed", "this is not the opening of a WebSocket (RFC 6455, version 13)")
    }
    if let fault = hub.fault(request.client) { throw fault }
    let offered = exchange.header("Sec-WebSocket-Protocol")?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
    let name = "patchbay.v1"
    guard offered.isEmpty || offered.contains(name) else {
      throw APIError("malformed", "none of these subprotocols is spoken here; the one that is: \(name)")
    }
    let opening = StreamOpening(server: self, client: request.client)
    exchange.upgrade = { connection in
      guard
        let response = MHD_create_response_for_upgrade(
          streamOpened, Unmanaged.passRetained(opening).toOpaque())
      else { return cgateway_no }
      defer { MHD_destroy_response(response) }
      MHD_add_response_header(response, "Upgrade", "websocket")
      MHD_add_response_header(response, "Sec-WebSocket-Accept", proof)
      if !offered.isEmpty { MHD_add_response_header(response, "Sec-WebSocket-Protocol", name) }
      return MHD_queue_response(connection, 101, response)
    }
  }
}

/// Who opens a stream.
private final class StreamOpening {
  let server: GatewayServer
  let client: Client
  init(server: GatewayServer, client: Client) { (self.server, self.client) = (server, client) }
}

/// libmicrohttpd hands the socket over.
private func streamOpened(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ own: UnsafeMutableRawPointer?,
  _ read: UnsafePointer<CChar>?, _ count: Int, _ socket: Int32, _ handle: OpaquePointer?
) {
  guard let context, let handle else { return }
  let opening = Unmanaged<StreamOpening>.fromOpaque(context).takeRetainedValue()
  opening.server.hub.open(
    opening.client, socket, handle, read: UnsafeRawBufferPointer(start: read, count: read == nil ? 0 : count))
}
