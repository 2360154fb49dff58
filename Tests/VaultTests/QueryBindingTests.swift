import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Orders in queries, alone and as a list that is one parameter, listen keys, and heartbeats inside frames, by the acts
/// of BingX.
struct QueryBindingTests {
  private static let rest = "https://open-api.bingx.com/openApi/"
  private static let socket = "wss://open-api-ws.bingx.com/market"
  private static let order = "newClientOrderId=a1&price=60000.5&quantity=0.01&side=BUY&symbol=BTC-USDT&timestamp=1&"
    + "type=LIMIT"
  private static let element = #"{"symbol":"BTC-USDT","side":"BUY","type":"LIMIT","quantity":0.01,"price":60000.5,"#
    + #""newClientOrderId":"a1"}"#

  private let bench: BindingBench
  init() throws { bench = try BindingBench("bing_x") }

  private static let signature: [Op] = [.push("x"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)]

  private func send(
    _ act: String, _ path: String, _ query: String, as verb: Int = PB_CMD_PLACE, _ change: (inout LicenceItem) -> Void
  ) throws -> SendRefusal? {
    var item = BindingBench.limit("BTC-USDT", client: "a1")
    change(&item)
    bench.begin(verb, [item])
    return try bench.refusal(
      Send(
        command: 100, method: PB_METHOD_POST, act: act,
        url: [.literal(Self.rest + "spot/v1/trade/\(path)?\(query)&signature="), .seal(Self.signature)],
        headers: [("X-BX-APIKEY", [.seal([.field("api_key")])])]))
  }

  private func list(_ elements: String...) -> String {
    let text = "[\(elements.joined(separator: ","))]"
    let encoded = text.utf8.map { byte in
      let isPlain = Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
      return isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16, uppercase: true)
    }
    return "data=\(encoded.joined())&sync=true&timestamp=1"
  }

  @Test(arguments: [
    ("quantity=0.01", "quantity=0.02"), ("price=60000.5", "price=60000.6"), ("price=60000.5&", ""),
    ("side=BUY", "side=SELL"), ("type=LIMIT", "type=MARKET"), ("type=LIMIT", "type=TRIGGER_LIMIT"),
    ("symbol=BTC-USDT", "symbol=ETH-USDT"), ("newClientOrderId=a1&", ""), ("type=LIMIT", "type=LIMIT&timeInForce=IOC"),
    ("type=LIMIT", "type=LIMIT&stopPrice=1"), ("quantity=0.01", "quantity=0.01&quoteOrderQty=600"),
  ]) func anotherOrderIsRefused(change: (String, String)) throws {
    #expect(try send("place", "order", Self.order.replacing(change.0, with: change.1)) { _ in } != nil, "\(change)")
    #expect(try send("place", "order", Self.order) { _ in } == nil)
  }

  @Test func aListInAParameterIsReadElementByElement() throws {
    #expect(try send("place_batch", "batchOrders", list(Self.element)) { _ in } == nil)
    #expect(try send("place_batch", "batchOrders", list(Self.element, Self.element)) { _ in } != nil, "once each")
    for change in [("0.01", "0.02"), ("BUY", "SELL"), ("LIMIT", "MARKET"), (#""a1""#, #""a2""#), ("0.01", "1e-2")] {
      let other = Self.element.replacing(change.0, with: change.1)
      #expect(try send("place_batch", "batchOrders", list(other)) { _ in } != nil, "\(change)")
    }
    let parallel = list(Self.element).replacing("sync=true", with: "sync=false")
    #expect(try send("place_batch", "batchOrders", parallel) { _ in } != nil)
  }

  @Test func postOnlyIsATimeInForce() throws {
    let postOnly = Self.order.replacing("type=LIMIT", with: "timeInForce=PostOnly&type=LIMIT")
    let terms: OrderTerms = [
      .buy, .limit, .goodTillCancelled, .postOnly, .notReduceOnly, .notByValue, .notClose, .net,
    ]
    #expect(try send("place", "order", postOnly) { $0.terms = terms } == nil)
    #expect(try send("place", "order", Self.order) { $0.terms = terms } != nil)
    #expect(try send("place", "order", postOnly) { _ in } != nil)
  }

  @Test(arguments: [
    ("orderId=312&symbol=BTC-USDT&timestamp=1", true), ("clientOrderID=a1&symbol=BTC-USDT&timestamp=1", true),
    ("orderId=313&symbol=BTC-USDT&timestamp=1", false), ("orderId=312&symbol=ETH-USDT&timestamp=1", false),
    ("symbol=BTC-USDT&timestamp=1", false), ("orderId=312&orderId=313&symbol=BTC-USDT&timestamp=1", false),
  ]) func ordersAreNamedByTheirIds(query: String, passes: Bool) throws {
    let refusal = try send("cancel", "cancel", query, as: PB_CMD_CANCEL) { $0.venueOrders = [Array("312".utf8)] }
    #expect((refusal == nil) == passes, "\(query)")
  }

  // MARK: Listen keys

  private static let key: [Op] = [Op(PB_OP_SLOT, 0, 1)]

  private func withKey(_ reply: String) throws -> String {
    let ask = Send(
      method: PB_METHOD_POST, act: "listen_key",
      url: [.literal(Self.rest + "user/auth/userDataStream?timestamp=1&signature="), .seal(Self.signature)],
      headers: [("X-BX-APIKEY", [.seal([.field("api_key")])])], captures: [("/listenKey", 1)])
    return try ask.record { record in
      let sent = try bench.guarding.resolve(record, venueTime: GuardBench.time)
      var body = Array(reply.utf8)
      sent.capture(&body)
      return String(decoding: body, as: UTF8.self)
    }
  }

  @Test(arguments: [#"{"listenKey":"a8ea75681542"}"#, #"{"code":0,"data":{"listenKey":"a8ea75681542"}}"#])
  func aListenKeyIsTakenWhereverItStandsAndGoesWhereItMay(_ reply: String) throws {
    #expect(try withKey(reply) == reply.replacing("a8ea75681542", with: "************"))
    let open = Send(
      stream: 9, isOpen: true, act: "private_stream",
      url: [.literal(Self.socket + "?listenKey="), .seal(Self.key)])
    #expect(try bench.refusal(open) == nil)
    let keep = Send(
      method: PB_METHOD_PUT, act: "keep_listen_key",
      url: [.literal(Self.rest + "user/auth/userDataStream?listenKey="), .seal(Self.key)],
      headers: [("X-BX-APIKEY", [.seal([.field("api_key")])])])
    #expect(try bench.refusal(keep) == nil)
    let elsewhere = keep.with { $0.url = [.literal(Self.rest + "user/auth/userDataStream?x="), .seal(Self.key)] }
    #expect(try bench.refusal(elsewhere) == .sealedPlace(act: "keep_listen_key"))
    let balance = Send(
      act: "balance", url: [.literal(Self.rest + "spot/v1/account/balance?signature="), .seal(Self.key)])
    #expect(try bench.refusal(balance) == .sealedPlace(act: "balance"))
  }

  // MARK: Heartbeats

  private func frame(_ text: String, _ act: String = "", account: UInt64 = 0) -> Send {
    Send(account: account, stream: 9, act: act, body: [.literal(text)])
  }

  @Test func aHeartbeatHasItsMembersAndNoOther() throws {
    #expect(try bench.refusal(.open("", Self.socket)) == nil)
    let long = String(repeating: "a", count: 65)
    for text in [#"{"pong":"2177c","time":"2022-06-07T16:27:36.323+0800"}"#, #"{"pong":1}"#, "Pong"] {
      #expect(try bench.refusal(frame(text)) == nil, "\(text)")
    }
    for text in [
      #"{"time":1}"#, #"{"pong":1,"op":"order"}"#, #"{"pong":{"op":"order"}}"#, #"{"pong":[1]}"#, #"{"pong":true}"#,
      #"{"pong":"1","Pong":"2"}"#, #"{"pong":"\#(long)"}"#, #"[{"pong":1}]"#, #"{"PONG":1}"#, "{}", "pong",
    ] {
      #expect(try bench.refusal(frame(text)) == .noPublicAct, "\(text)")
    }
  }

  @Test func onAnAccountsStreamAHeartbeatNamesItsAct() throws {
    _ = try withKey(#"{"listenKey":"a8ea75681542"}"#)
    let open = Send(
      stream: 9, isOpen: true, act: "private_stream",
      url: [.literal(Self.socket + "?listenKey="), .seal(Self.key)])
    #expect(try bench.refusal(open) == nil)
    #expect(try bench.refusal(frame(#"{"pong":"1"}"#)) == .actNeeded)
    #expect(try bench.refusal(frame(#"{"pong":"1"}"#, "pong_object")) == nil)
    #expect(try bench.refusal(frame("Pong", "pong")) == nil)
    let topic = #"{"id":"1","reqType":"sub","dataType":"ACCOUNT_UPDATE"}"#
    #expect(try bench.refusal(frame(topic, "subscribe", account: 1)) == nil)
    guard case .operation("pong_object", _) = try bench.refusal(frame(topic, "pong_object", account: 0)) else {
      Issue.record("a subscription left as a heartbeat")
      return
    }
  }
}
