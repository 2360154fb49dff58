import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Requests and frames as hostile connectors sent them, against acts that are bound: each is refused, and the one that
/// it was made of leaves behind it.
struct HostileVariantTests {
  private static let manifest = """
    {"id": "example", "name": "Example", "type": "CLOB", "markets": {"spot": {"connector": "example"}},
     "version": "0.1.0", "abi": {"revision": 1}, "library": "libexample.so", "extensions": [],
     "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true}], "disclose": [],
     "permissions": {"hosts": ["ok.example:443", "*.wild.example:443"], "acts": [
       {"name": "read", "class": "read", "method": "GET", "path": "/api/order", "sealed": ["query:sign"]},
       {"name": "wild", "class": "read", "method": "GET", "path": "/v1/*"},
       {"name": "trade", "class": "trade", "verb": "place", "method": "POST", "path": "/api/order",
        "bind": {"symbol": "query:symbol", "side": "query:side", "type": "query:type", "quantity": "query:quantity",
          "price": "query:price"}},
       {"name": "pub", "class": "public", "method": "GET", "path": "/pub"},
       {"name": "ws", "class": "read", "method": "GET", "path": "/ws", "operations": ["sub", "ord"]},
       {"name": "sub", "class": "read", "operation": "subscribe"},
       {"name": "ord", "class": "trade", "verb": "place", "operation": "order",
        "allow": ["json:/op"], "bind": {"symbol": "json:/args/symbol", "side": "json:/args/side",
          "type": "json:/args/type", "quantity": "json:/args/quantity", "price": "json:/args/price"}}]}}
    """

  private let folder: TemporaryFolder
  private let guarding: SendGuard

  init() throws {
    folder = try TemporaryFolder()
    let manifest = try Manifest.parse(bytes: Array(Self.manifest.utf8), file: "manifest.json")
    guarding = try SendGuard.ofOneAccount(manifest, folder, key: "the-api-key-of-it", secret: "the-secret")
    var item = BindingBench.limit()
    (item.quantity, item.price, item.clientOrder) = (Decimal64("0.01"), 60_000, [])
    guarding.commands.begin(100, Licence(account: 1, verb: UInt32(PB_CMD_PLACE), items: [item]))
  }

  private func leaves(_ send: Send) throws -> Bool {
    do {
      try send.record { _ = try guarding.resolve($0, venueTime: GuardBench.time) }
      return true
    } catch is SendRefusal {
      return false
    }
  }

  private static let order = "symbol=BTCUSDT&side=buy&type=limit&quantity=0.01&price=60000"

  private func trade(_ query: String, command: UInt64 = 100) -> Send {
    Send(
      command: command, method: PB_METHOD_POST, act: "trade", url: [.literal("https://ok.example/api/order?" + query)])
  }

  @Test(arguments: [
    "https://ok.example@evil.example/api/order", "https://evil.example:443@ok.example/api/order",
    "https://evilok.example/api/order", "https://evilwild.example/api/order", "https://wild.example/api/order",
    "https://OK.example/api/order", "https://ok.example./api/order", "https://[::1]:443/api/order",
    "https://2130706433/api/order", "https://ok.example:8443/api/order", "https://ok.example:0443/api/order",
    "https://ok.example:+443/api/order", "http://ok.example/api/order", "https://ok.example\\@evil.example/api/order",
    "https://ok.example/api/order#x", "https://ok.example/v1/../api/order", "https://ok.example/api/order/",
    "https://ok.example//api/order", "https://ok.example/api/order?x= HTTP/1.1", "https://ok.example/api/order?x=é",
  ]) func anotherURLIsRefused(url: String) throws {
    #expect(try !leaves(Send(act: "read", url: [.literal(url)])))
    #expect(try leaves(Send(act: "read", url: [.literal("https://ok.example/api/order")])))
    #expect(try leaves(Send(act: "read", url: [.literal("https://a.wild.example/api/order")])))
  }

  @Test(arguments: [
    "%2e%2e", "a%2f..%2forder", "a%252f", "a;x=1",
  ]) func aSegmentThatHidesOthersIsRefused(segment: String) throws {
    #expect(try !leaves(Send(act: "wild", url: [.literal("https://ok.example/v1/\(segment)")])))
    #expect(try leaves(Send(act: "wild", url: [.literal("https://ok.example/v1/order")])))
  }

  @Test(arguments: [
    ("Accept", "a\r\nEvil: 1"), ("Accept", "a\nEvil: 1"), ("Accept\r\nEvil", "1"), ("Host", "evil"),
    ("X-HTTP-Method-Override", "POST"), ("X_HTTP_Method_Override", "POST"), ("X-Foo", "1"), ("Cookie", "a=b"),
  ]) func anotherHeaderIsRefused(header: (name: String, value: String)) throws {
    let plain = Send(act: "read", url: [.literal("https://ok.example/api/order")])
    #expect(try !leaves(plain.with { $0.headers = [(header.name, [.literal(header.value)])] }))
    #expect(try leaves(plain.with { $0.headers = [("Accept", [.literal("a")])] }))
    let open = Send(account: 0, url: [.literal("https://ok.example/pub")])
    #expect(try !leaves(open.with { $0.headers = [("User-Agent", [.literal("the-api-key-of-it")])] }))
    #expect(try leaves(open))
  }

  @Test(arguments: [
    [Op.field("secret_key")], [.field("secret_key"), Op(PB_OP_HEX)], [.field("secret_key"), Op(PB_OP_UNHEX)],
    [.field("secret_key"), Op(PB_OP_DEC_TO_BE, 32)], [.field("secret_key"), Op(PB_OP_PAD_LEFT, 24)],
    [.field("secret_key"), Op(PB_OP_MD5), Op(PB_OP_PUBLISH), Op(PB_OP_HEX)],
    [.push("x"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX), Op(PB_OP_PUBLISH)],
    [.push("x"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_SLICE, 0, 4), Op(PB_OP_HEX)],
  ]) func anotherProgramIsRefused(program: [Op]) throws {
    func send(_ ops: [Op], _ name: String = "sign") -> Send {
      Send(act: "read", url: [.literal("https://ok.example/api/order?\(name)="), .seal(ops)])
    }
    #expect(try !leaves(send(program)))
    let mac: [Op] = [.push("x"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)]
    #expect(try !leaves(send(mac, "other")) && leaves(send(mac)))
  }

  @Test(arguments: [
    ("quantity=0.01", "quantity=0.02"), ("price=60000", "price=60001"), ("quantity=0.01", "quantity=1e-2"),
    ("quantity=0.01", "quantity=+0.01"), ("quantity=0.01", "quantity=0.01&quantity=5"),
    ("quantity=0.01", "quantity=0.01&%71uantity=5"), ("quantity=0.01", "quantity=0.01&Quantity=5"),
    ("quantity=0.01", "quantity=0.01&quantity[]=5"), ("quantity=0.01", "quantity=0.01;quantity=5"),
    ("side=buy&", ""), ("type=limit", "type=market"), ("price=60000", "price=60000&leverage=5"),
  ]) func anotherOrderIsRefused(change: (String, String)) throws {
    #expect(try !leaves(trade(Self.order.replacing(change.0, with: change.1))))
    #expect(try !leaves(trade(Self.order, command: 0)) && !leaves(trade(Self.order, command: 12_345)))
    #expect(try leaves(trade(Self.order)) && !leaves(trade(Self.order)), "once")
  }

  // MARK: Frames

  private static let place =
    #"{"op":"order","args":{"symbol":"BTCUSDT","side":"buy","type":"limit","quantity":"0.01","price":"60000"}}"#

  @Test(arguments: [
    #"{"op":"order","args":["x"]}"#, #"{"op":"subscribe","op":"order"}"#, #"{"op":"subscribe","OP":"order"}"#,
    #"{"op":"subscribe","o\u0070":"order"}"#, #"{"op":"subscribe","method":"order"}"#,
    #"["subscribe",{"op":"order"}]"#, #"{"op":"subscribe"}{"op":"order"}"#,
    "{\"op\":\"subscribe\"}\n{\"op\":\"order\"}",
    "\u{FEFF}{\"op\":\"subscribe\"}", "{\"op\":\"subscribe\",\"op\\u0000\":\"order\"}", #"{"op":["subscribe"]}"#,
    #"{"op":"subscribe"/*,"op":"order"*/}"#,
  ]) func anotherFrameIsNoSubscription(body: String) throws {
    #expect(try leaves(.open("ws", "wss://ok.example/ws", account: 1)))
    #expect(try !leaves(.frame("sub", body)))
    #expect(try leaves(.frame("sub", #"{"op":"subscribe","args":["x"]}"#)))
    #expect(try !leaves(Send(account: 0, stream: 9, body: [.literal(#"{"op":"subscribe"}"#)])), "the stream is private")
  }

  @Test(arguments: [
    (#""quantity":"0.01""#, #""quantity":"0.02""#), (#""quantity":"0.01""#, #""quantity":1e-2"#),
    (#""quantity":"0.01""#, #""quantity":"0.01","quantity":"5""#),
    (#""quantity":"0.01""#, #""quantity":"0.01","Quantity":"5""#), (#""side":"buy","#, ""),
    (#""type":"limit""#, #""type":"market""#), (#"{"op":"order","#, #"{"op":"order","method":"order","#),
    (#"{"op":"order","#, #"{"op":"order","id":1,"#), (#""price":"60000""#, #""price":"60001""#),
  ]) func anotherOrderInAFrameIsRefused(change: (String, String)) throws {
    #expect(try leaves(.open("ws", "wss://ok.example/ws", account: 1)))
    let order = Send.frame("ord", Self.place).with { $0.command = 100 }
    #expect(try !leaves(order.with { $0.body = [.literal(Self.place.replacing(change.0, with: change.1))] }))
    #expect(try !leaves(order.with { $0.command = 0 }) && !leaves(order.with { $0.act = "sub" }))
    #expect(try leaves(order) && !leaves(order), "the order that was commanded leaves, once")
  }
}
