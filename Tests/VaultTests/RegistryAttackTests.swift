import CPatchbay
import Decimals
import Records
import Testing

@testable import Vault

/// Attacks on the acts of the registry's own connectors: each is refused in its intended way, and the order that the
/// command asks for leaves after it.
struct RegistryAttackTests {
  private static let url = "https://api.binance.com/api/v3/order"
  private static let mac: [Op] = [.push("m"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)]

  private func spot() throws -> (BindingBench, Send) {
    let bench = try BindingBench("binance")
    bench.begin(PB_CMD_PLACE, [BindingBench.limit()])
    return (bench, bench.form("place", PB_METHOD_POST, Self.url, BindingTests.order))
  }

  private func read(_ headers: [(String, [Part])] = [], _ query: [Part] = []) -> Send {
    Send(
      act: "account", url: [.literal("https://api.binance.com/api/v3/account?timestamp=1&signature=")] + query,
      headers: headers)
  }

  /// What was judged and waits for a connection may not leave under a halt, nor when its command has ended, nor beside
  /// another attempt at the command.
  @Test func whatWasJudgedLeavesForItsOwnAttemptAlone() throws {
    let (bench, send) = try spot()
    func judged(_ send: Send) throws -> JudgedTrade {
      try #require(try send.record { try bench.guarding.resolve($0, venueTime: GuardBench.time) }.trade)
    }
    func mayLeave(_ trade: JudgedTrade, now: Int64 = 0) -> Bool { bench.guarding.commands.permits(trade, now: now) }
    let first = try judged(send)
    #expect(mayLeave(first))
    bench.guarding.commands.isHalted = true
    #expect(!mayLeave(first))
    bench.guarding.commands.isHalted = false
    bench.begin(PB_CMD_PLACE, [BindingBench.limit()], deadline: 10)
    #expect(!mayLeave(first), "the host has given the command again")
    let second = try judged(send)
    #expect(mayLeave(second, now: 10) && !mayLeave(second, now: 11))
    bench.guarding.commands.end(100)
    #expect(!mayLeave(second))
    var item = BindingBench.limit()
    item.venueOrders = [Array("77".utf8)]
    bench.begin(PB_CMD_CANCEL, [item])
    let cancel = try judged(
      Send(
        command: 100, method: PB_METHOD_DELETE, act: "cancel",
        url: [
          .literal(Self.url + "?symbol=BTCUSDT&orderId=77&recvWindow=5000&timestamp=1&signature="), .seal(Self.mac),
        ]))
    bench.guarding.commands.isHalted = true
    #expect(mayLeave(cancel), "cancels leave under a halt")
  }

  /// What was found permitted before is not taken apart again; nothing else slips through beside it.
  @Test(arguments: [
    "https://api.binance.com/api/v3/order/", "https://api.binance.com/api/v3/order/test",
    "https://api.binance.com/api/v3/orders", "https://api.binance.com/api/v3/order%3Fa=1",
    "https://api.binance.com/api/v3/order/../account", "https://api.binance.com/api/v3/order#x",
    "https://api.binance.com:443@evil.example/api/v3/order", "https://api.binance.com.evil.example/api/v3/order",
    "https://evil.example/api/v3/order", "http://api.binance.com/api/v3/order", "wss://api.binance.com/api/v3/order",
  ]) func aPermittedURLOpensNoOther(url: String) throws {
    let (bench, place) = try spot()
    #expect(try bench.refusal(place) == nil)
    bench.begin(PB_CMD_PLACE, [BindingBench.limit()])
    #expect(try bench.refusal(place.with { $0.url = [.literal(url)] }) != nil)
    #expect(try bench.refusal(place) == nil)
  }

  /// The same of headers, by name and number.
  @Test(arguments: [
    [("Content-Type", "application/x-www-form-urlencoded"), ("Host", "evil.example")],
    [("Content-Type", "application/x-www-form-urlencoded"), ("X-Forwarded-Host", "evil.example")],
    [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Type", "application/json")],
    [("Content-Type\n", "application/x-www-form-urlencoded")], [("Content-Typf", "application/json")],
    [("X-HTTP-Method-Override", "DELETE")], [("Transfer-Encoding", "chunked")],
  ]) func permittedHeadersOpenNoOthers(headers: [(String, String)]) throws {
    let (bench, place) = try spot()
    #expect(try bench.refusal(place) == nil)
    bench.begin(PB_CMD_PLACE, [BindingBench.limit()])
    let other = place.with { $0.headers = headers.map { ($0.0, [.literal($0.1)]) } }
    #expect(try bench.refusal(other) != nil)
    #expect(try bench.refusal(place) == nil)
  }

  /// Orders in plain text over the streams that take orders, opened as public ones or as the account's.
  @Test func ordersDoNotGoOverStreamsInPlainText() throws {
    let bench = try BindingBench("binance")
    let order = #"{"id":"1","method":"order.place","params":{"symbol":"BTCUSDT","quantity":"0.05"}}"#
    #expect(try bench.refusal(.open("", "wss://ws-api.binance.com/ws-api/v3")) == .noPublicAct)
    #expect(try bench.refusal(.open("user_stream", "wss://ws-api.binance.com/ws-api/v3", account: 1)) == nil)
    guard case .operation = try bench.refusal(.frame("user_stream_subscribe", order)) else {
      Issue.record("an order left as a subscription")
      return
    }
    #expect(try bench.refusal(Send(account: 0, stream: 9, body: [.literal(order)])) == .actNeeded)
    let kraken = try BindingBench("kraken")
    #expect(try kraken.refusal(.open("", "wss://ws-auth.kraken.com/v2")) == nil)
    let add = #"{"method":"add_order","params":{"symbol":"BTC/USD","order_qty":0.05,"token":"known"}}"#
    #expect(try kraken.refusal(Send(account: 0, stream: 9, body: [.literal(add)])) == .noPublicAct)
    #expect(try kraken.refusal(.frame("subscribe", add)) != nil)
  }

  /// Pings go everywhere; they carry little and nothing of an account.
  @Test func pingsCarryNothing() throws {
    let bench = try BindingBench("binance")
    #expect(try bench.refusal(.open("", "wss://stream.binance.com/stream")) == nil)
    let ping = Send(account: 0, stream: 9, opcode: PB_OPCODE_PING)
    #expect(try bench.refusal(ping) == nil)
    #expect(try bench.refusal(ping.with { $0.body = [.literal(String(repeating: "a", count: 126))] }) == .ping)
    #expect(try bench.refusal(ping.with { $0.body = [.seal([Op(PB_OP_TIME_MS)])] }) != nil)
  }

  /// Every request may have these headers; no act has its secrets there.
  @Test(arguments: ["User-Agent", "Accept", "Content-Type", "X-MBX-APIKEY"]) func usualHeadersCarryNoSecret(
    name: String
  ) throws {
    let bench = try BindingBench("binance")
    #expect(try bench.refusal(read([(name, [.seal(Self.mac)])], [.seal(Self.mac)])) == .sealedPlace(act: "account"))
    #expect(try bench.refusal(read([(name, [.literal("x")])], [.seal(Self.mac)])) == nil)
  }

  /// The length of a secret, a digest keyed by a guess, what a prefix says: nothing of it comes back.
  @Test(arguments: [
    [Op.field("secret_key"), Op(PB_OP_LENGTH_PREFIX, PB_PREFIX_DECIMAL), Op(PB_OP_PUBLISH), Op(PB_OP_SHA256)],
    [.field("secret_key"), .push("guess"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_PUBLISH)],
    [.push("guess"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_SHA256), Op(PB_OP_PUBLISH)],
    [.field("secret_key"), Op(PB_OP_BASE64), Op(PB_OP_PERCENT, 1), Op(PB_OP_SHA512), Op(PB_OP_PUBLISH)],
    [.field("secret_key"), Op(PB_OP_STORE, 1), Op(PB_OP_SHA256), Op(PB_OP_LOAD, 1), Op(PB_OP_MD5), Op(PB_OP_PUBLISH),
      Op(PB_OP_CONCAT, 2)],
  ]) func nothingDerivedIsPublished(program: [Op]) throws {
    let bench = try BindingBench("binance")
    guard case .seal = try bench.refusal(read([], [.seal(program + [Op(PB_OP_HEX)])])) else {
      Issue.record("\(program) was not refused")
      return
    }
    #expect(try bench.refusal(read([], [.seal(Self.mac)])) == nil)
  }

  /// A connector names no captures of its own: another pointer would leave the token in the reply.
  @Test func capturesAreTheManifests() throws {
    let bench = try BindingBench("kraken")
    let url = "https://api.kraken.com/0/private/GetWebSocketsToken"
    let token = bench.form("socket_token", PB_METHOD_POST, url, "nonce=1")
    for capture in [("/result", UInt32(1)), ("/result/token", 2), ("/error", 1)] {
      #expect(
        try bench.refusal(token.with { ($0.command, $0.captures) = (0, [capture]) }) == .capture(path: capture.0))
    }
    #expect(try bench.refusal(token.with { ($0.command, $0.captures) = (0, [("/result/token", 1)]) }) == nil)
  }

  /// One command, one order, whichever act it goes by.
  @Test func aCommandIsNotUsedByTwoActs() throws {
    let (bench, place) = try spot()
    #expect(try bench.refusal(place) == nil)
    let replace = bench.form(
      "replace", PB_METHOD_POST, "https://api.binance.com/api/v3/order/cancelReplace",
      BindingTests.order + "&cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=77")
    #expect(try bench.isRefused(replace))
    for verb in [PB_CMD_LEVERAGE, PB_CMD_MARGIN_MODE, PB_CMD_POSITION_MODE, PB_CMD_CANCEL, PB_CMD_CANCEL_MANY] {
      bench.begin(verb, [BindingBench.limit()])
      #expect(try bench.isRefused(place), "\(verb)")
    }
    bench.begin(PB_CMD_BALANCES, [BindingBench.limit()])
    #expect(try bench.refusal(place) == .commandDoesNotTrade(act: "place"))
  }

  /// An order behind a number that is read twice: the seal's time stands where the quantity was compared.
  @Test func sealsDoNotWriteBoundFields() throws {
    let (bench, place) = try spot()
    let parts = BindingTests.order.split(separator: "quantity=0.01", maxSplits: 1)
    let timed = place.with {
      $0.body = [
        .literal(String(parts[0]) + "quantity="), .seal([Op(PB_OP_TIME_MS)]), .literal(String(parts[1])),
      ]
    }
    #expect(try bench.isRefused(timed))
    let same = place.with {
      $0.body = [.literal(String(parts[0]) + "quantity="), .seal([.push("0.01")]), .literal(String(parts[1]))]
    }
    #expect(try bench.refusal(same) == nil, "what it is made of does not matter, only what it says")
  }

  /// Somebody else's account, and one that is gone.
  @Test func accountsAreNotMixed() throws {
    let (bench, place) = try spot()
    #expect(try bench.refusal(place.with { $0.account = 2 }) == .unknownAccount(2))
    #expect(try bench.refusal(place.with { $0.account = 0 }) != nil)
    bench.guarding.remove(account: 1)
    #expect(try bench.refusal(place) == .unknownAccount(1))
  }
}
