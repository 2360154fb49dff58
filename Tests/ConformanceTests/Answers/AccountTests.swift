import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

/// What must hold of accounts whatever the exchange calls things.
@Suite struct AccountTests {
  private func world(_ exchange: Exchange) throws -> World {
    let world = try World(exchange, trading: true)
    world.harness.account(7, algorithm: exchange.algorithm, publicFields: [("api_key", "KEY"), ("account_id", "4")])
    // Some are asked first which account it is.
    world.harness.command(.balances) { $0.account = 7 }
    world.turn()
    return world
  }

  private func balances(_ exchange: Exchange, _ sum: String) throws -> (World, pb_id, [pb_balance]) {
    let world = try world(exchange)
    world.forget()
    world.sum = sum
    let command = world.harness.command(.balances) { $0.account = 7 }
    world.turn()
    #expect(world.harness.faults.isEmpty && world.harness.replies(command).count == 1, "\(world.harness.requests)")
    return (world, command, world.harness.all(PB_EV_BALANCE, pb_balance.self).map(\.fields))
  }

  /// Dust tokens and tokens without end: the sum is reported as well as it can be, and the others are reported.
  @Test(arguments: Exchange.all, ["0.0000000000000000000000123", "123456789012345678901234.1234567890123456789"])
  func aBalanceOfManyDigitsSpoilsNone(exchange: Exchange, sum: String) throws {
    let (world, command, facts) = try balances(exchange, sum)
    #expect(world.harness.refusal(command) == nil)
    #expect(facts.count == (exchange.hasOneAsset ? 1 : 2))
    #expect(facts.contains { $0.total.value?.plain == "1" } || exchange.hasOneAsset)
  }

  /// One that is no number is left out and named, and the others are reported.
  @Test(arguments: Exchange.all, ["many", "1e", "--1"])
  func aBalanceThatCannotBeReadSpoilsNone(exchange: Exchange, sum: String) throws {
    let isBare = !exchange.balances.body.contains("\"{sum}")
    let (world, command, facts) = try balances(exchange, isBare ? "\"\(sum)\"" : sum)
    guard !exchange.hasOneAsset else { return #expect(facts.isEmpty) }
    #expect(facts.map { $0.total.value?.plain } == ["1"])
    #expect(world.harness.logs.contains { $0.lowercased().contains("btc") || $0.contains("XBT") })
    #expect(world.harness.refusal(command) == nil && world.harness.completed.map(\.partial) == [true])
  }

  /// Pages of proxies say nothing but a status. What came of an order, none of these says but a refusal.
  @Test(arguments: Exchange.trading, [200, 400, 403, 404, 408, 409, 425, 499, 500, 502, 503, 504])
  func aReplyInHTMLIsToldByItsStatus(exchange: Exchange, status: Int) throws {
    let world = try world(exchange)
    let (command, request) = try world.place()
    let page = "<html><head><title>\(status) Oops</title></head><body><center>cloudflare</center></body></html>"
    world.harness.sent(request)
    world.harness.reply(request, status: status, page)
    let reply = try #require(world.harness.replies(command).first)
    #expect(world.harness.replies(command).count == 1 && world.harness.faults.isEmpty)
    #expect(reply.outcome == ([400, 403, 404].contains(status) ? .refused : .unknown), "\(reply)")
    #expect(status == 200 || reply.text.contains("HTTP status \(status)"), "\(reply.text)")
    #expect(!reply.text.isEmpty && !reply.text.contains("<"))
    let facts = world.harness.all(PB_EV_ORDER, pb_order.self)
    #expect(facts.isEmpty || reply.outcome == .refused, "nothing is known of the order")
  }

  /// Whoever asks too often is refused before anything is carried out, whatever is written beside the status.
  @Test(
    arguments: Exchange.trading, [#"{"code":987654,"msg":"slow down","message":"slow down"}"#, "<html>429</html>", ""])
  func aCreateThatComesTooOftenIsRefused(exchange: Exchange, body: String) throws {
    for status in [418, 429] {
      let world = try world(exchange)
      let (command, request) = try world.place()
      world.harness.sent(request)
      world.harness.reply(request, status: status, body)
      let reply = try #require(world.harness.replies(command).first)
      #expect(reply.outcome == .refused && reply.failure == .rateLimit, "\(status): \(reply)")
    }
  }

  /// An answer that is cut, empty or missing says nothing of the order; a request that never left was no order.
  @Test(arguments: Exchange.trading) func silenceAndCutAnswersAreUnknown(exchange: Exchange) throws {
    for body in [nil, "", "{", "{}", "[]", "null"] as [String?] {
      let world = try world(exchange)
      let (command, request) = try world.place()
      world.harness.sent(request)
      if let body { world.harness.reply(request, body) } else { world.harness.unanswered(request, reason: "timeout") }
      #expect(world.harness.replies(command).map(\.outcome) == [.unknown], "\(body ?? "no answer")")
      #expect(world.harness.all(PB_EV_ORDER, pb_order.self).isEmpty && world.harness.faults.isEmpty)
    }
    let world = try world(exchange)
    let (command, request) = try world.place()
    world.harness.unanswered(request, refusal: PB_REFUSAL_EXPIRED)
    #expect(world.harness.replies(command).map(\.outcome) == [.refused] && world.harness.refusal(command) == .notSent)
    #expect(world.harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [OrderState.rejected.rawValue])
  }

  /// A create that is refused for its time is sent again by the host: nothing may be said of the order meanwhile.
  @Test(arguments: Exchange.all.filter { $0.expired != nil })
  func aCreateRefusedForItsTimeIsNoEndOfTheOrder(exchange: Exchange) throws {
    let world = try world(exchange)
    let (command, request) = try world.place()
    let expired = try #require(exchange.expired)
    world.harness.sent(request)
    world.harness.reply(request, status: expired.status, expired.body)
    let reply = try #require(world.harness.replies(command).first)
    #expect(reply.outcome == .refused && reply.failure == .clock, "\(reply)")
    #expect(world.harness.replies(command).count == 1)
  }

  /// Keys without a permission, wrong keys, lockouts: the account is let in less and less often.
  @Test(arguments: Exchange.all, [401, 403, 500])
  func aPrivateStreamThatIsRefusedIsLeftAlone(exchange: Exchange, status: Int) throws {
    let world = try World(exchange, trading: true)
    world.refusal = (status, "<html>no</html>")
    try knock(world, exchange)
  }

  /// What is said on a stream that has not let the account in cannot be read, each time.
  @Test(arguments: Exchange.all) func aPrivateStreamThatCannotBeReadIsLeftAlone(exchange: Exchange) throws {
    let world = try World(exchange, trading: true)
    world.noise = .text("{\"never\":")
    try knock(world, exchange)
  }

  /// Ten minutes at the door.
  private func knock(_ world: World, _ exchange: Exchange) throws {
    world.harness.account(7, algorithm: exchange.algorithm, publicFields: [("api_key", "KEY"), ("account_id", "4")])
    for _ in 0..<600 {
      world.turn()
      world.harness.run(for: 1_000_000_000)
    }
    #expect(world.asked <= 15 && world.doors <= 25, "\(world.asked) requests, \(world.doors) streams")
    #expect(world.harness.faults.isEmpty && world.harness.states.last?.state != .live)
  }
}

extension Exchange {
  /// Its sample of balances is of one asset.
  fileprivate var hasOneAsset: Bool {
    ["kucoin_perpetual", "gate_io_perpetual", "phemex_perpetual"].contains(id)
  }
}
