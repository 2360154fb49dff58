import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Orders in JSON, alone and as a body that is the list of them, by the acts of OKX; and frames that are one word.
struct ListBindingTests {
  private static let rest = "https://www.okx.com/api/v5/trade/"
  private static let order = #"{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"a1","side":"buy","ordType":"limit","#
    + #""sz":"0.01","px":"60000.5"}"#

  private let bench: BindingBench
  init() throws { bench = try BindingBench("okx") }

  private func item(_ client: String = "a1", _ change: (inout LicenceItem) -> Void = { _ in }) -> LicenceItem {
    var item = BindingBench.limit("BTC-USDT", client: client)
    change(&item)
    return item
  }

  private func send(
    _ act: String, _ path: String, _ body: String, as verb: Int = PB_CMD_PLACE, _ items: [LicenceItem]
  ) throws -> SendRefusal? {
    bench.begin(verb, items)
    return try bench.refusal(bench.form(act, PB_METHOD_POST, Self.rest + path, body, type: "json"))
  }

  @Test(arguments: [
    (#""sz":"0.01""#, #""sz":"0.02""#), (#""sz":"0.01""#, #""sz":"0.01","tgtCcy":"quote_ccy""#),
    (#""sz":"0.01","#, ""), (#""px":"60000.5""#, #""px":"60000.6""#), (#","px":"60000.5""#, ""),
    (#""side":"buy""#, #""side":"sell""#), (#""ordType":"limit""#, #""ordType":"market""#),
    (#""ordType":"limit""#, #""ordType":"ioc""#), (#""ordType":"limit""#, #""ordType":"post_only""#),
    (#""clOrdId":"a1""#, #""clOrdId":"a2""#), (#""clOrdId":"a1","#, ""),
    (#""instId":"BTC-USDT""#, #""instId":"BTC-USDT-SWAP""#), (#""tdMode":"cash""#, #""tdMode":"cross""#),
    (#""tdMode":"cash""#, #""tdMode":"cash","ccy":"USDT""#), (#""tdMode":"cash""#, #""tdMode":"cash","px":"1""#),
    (#""tdMode":"cash""#, #""tdMode":"cash","attachAlgoOrds":[{"slTriggerPx":"1"}]"#),
  ]) func anotherOrderIsRefused(change: (String, String)) throws {
    let other = Self.order.replacing(change.0, with: change.1)
    #expect(try send("place", "order", other, [item()]) != nil, "\(change)")
    #expect(try send("place_batch", "batch-orders", "[\(other)]", [item()]) != nil, "\(change)")
    #expect(try send("place", "order", Self.order, [item()]) == nil)
    #expect(try send("place_batch", "batch-orders", "[\(Self.order)]", [item()]) == nil)
  }

  @Test func typesSayWhatTheCommandSays() throws {
    for (term, word) in [
      (OrderTerms.immediateOrCancel, "ioc"), (.fillOrKill, "fok"), ([.goodTillCancelled, .postOnly], "post_only"),
    ] {
      let item = item { $0.terms = [.buy, .limit, .notReduceOnly, .notByValue, .notClose, .net, term] }
      let order = Self.order.replacing(#""limit""#, with: "\"\(word)\"")
      #expect(try send("place", "order", order, [item]) == nil, "\(word)")
      #expect(try send("place", "order", Self.order, [item]) != nil, "\(word)")
    }
  }

  /// The same place counts base or quote.
  @Test func aMarketOrderIsByWhatItSays() throws {
    let byValue = item {
      ($0.price, $0.quantity, $0.value) = (nil, nil, Decimal64("100"))
      $0.terms = [.buy, .market, .immediateOrCancel, .byValue]
    }
    let byQuantity = item {
      ($0.price, $0.quantity) = (nil, Decimal64("100"))
      $0.terms = [.buy, .market, .immediateOrCancel, .notByValue]
    }
    func order(_ unit: String) -> String {
      #"{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"a1","side":"buy","ordType":"market","sz":"100""# + unit + "}"
    }
    #expect(try send("place", "order", order(#","tgtCcy":"quote_ccy""#), [byValue]) == nil)
    #expect(try send("place", "order", order(#","tgtCcy":"base_ccy""#), [byValue]) != nil)
    #expect(try send("place", "order", order(""), [byValue]) != nil, "the exchange would choose the unit")
    #expect(try send("place", "order", order(#","tgtCcy":"base_ccy""#), [byQuantity]) == nil)
    #expect(try send("place", "order", order(#","tgtCcy":"quote_ccy""#), [byQuantity]) != nil)
  }

  @Test func elementsOfABodyAreMatchedOneToOne() throws {
    let items = [item(), item("a2") { $0.quantity = Decimal64("3") }]
    let second = Self.order.replacing("a1", with: "a2").replacing(#""0.01""#, with: #""3""#)
    func batch(_ body: String) throws -> SendRefusal? { try send("place_batch", "batch-orders", body, items) }
    #expect(try batch("[\(Self.order),\(second)]") == nil)
    #expect(try batch("[\(second)]") == nil)
    for body in [
      "[\(Self.order),\(Self.order)]", "[\(Self.order),\(second.replacing(#""3""#, with: #""4""#))]", "[]",
      "[[\(Self.order)]]", "[\(Self.order)]]", "[\(Self.order)],[\(second)]", Self.order, "{\"a\":[\(Self.order)]}",
      "[\(Self.order),1]", "[null]", #"["a1"]"#,
    ] {
      #expect(try batch(body) != nil, "\(body)")
    }
    #expect(try send("place", "order", "[\(Self.order)]", items) != nil, "one order is no list")
    let form = bench.form("place_batch", PB_METHOD_POST, Self.rest + "batch-orders", "[\(Self.order)]")
    #expect(try bench.isRefused(form), "a list in a body of another kind")
  }

  @Test func ordersAreNamedByTheirIds() throws {
    let order = item { $0.venueOrders = [Array("312".utf8)] }
    for (body, passes) in [
      (#"{"instId":"BTC-USDT","ordId":"312"}"#, true), (#"{"instId":"BTC-USDT","clOrdId":"a1"}"#, true),
      (#"{"instId":"BTC-USDT","ordId":"313"}"#, false), (#"{"instId":"ETH-USDT","ordId":"312"}"#, false),
      (#"{"instId":"BTC-USDT"}"#, false),
    ] {
      #expect(try (send("cancel", "cancel-order", body, as: PB_CMD_CANCEL, [order]) == nil) == passes, "\(body)")
      let many = try send("cancel_batch", "cancel-batch-orders", "[\(body)]", as: PB_CMD_CANCEL_MANY, [order])
      #expect((many == nil) == passes, "\(body)")
    }
    for (change, passes) in [
      (#""newSz":"0.01","newPx":"60000.5""#, true), (#""newSz":"0.02""#, false), (#""newPx":"1""#, false),
      (#""newSz":"0.01","cxlOnFail":true"#, false),
    ] {
      let body = #"{"instId":"BTC-USDT","ordId":"312",\#(change)}"#
      #expect(try (send("amend", "amend-order", body, as: PB_CMD_AMEND, [order]) == nil) == passes, "\(change)")
      let many = try send("amend_batch", "amend-batch-orders", "[\(body)]", as: PB_CMD_AMEND, [order])
      #expect((many == nil) == passes, "\(change)")
    }
  }

  // MARK: Frames

  private func text(_ text: String, _ act: String = "", account: UInt64 = 0) -> Send {
    Send(account: account, stream: 9, act: act, body: [.literal(text)])
  }

  @Test func oneWordIsAFrameOfItsOwn() throws {
    #expect(try bench.refusal(.open("", "wss://ws.okx.com:8443/ws/v5/public")) == nil)
    #expect(try bench.refusal(text("ping")) == nil)
    for other in ["PING", "pong", "ping ", " ping", "pingping", "\"ping\"", "ping\n", "=ping", "p", #"{"op":"ping"}"#] {
      #expect(try bench.refusal(text(other)) == .noPublicAct, "\(other)")
    }
    // On a stream whose act does not list it, it is nothing.
    let binance = try BindingBench("binance")
    #expect(try binance.refusal(.open("", "wss://stream.binance.com/stream")) == nil)
    #expect(try binance.refusal(text("ping")) == .noPublicAct)
  }

  @Test func onAnAccountsStreamTheWordNamesItsAct() throws {
    let url = "wss://ws.okx.com:8443/ws/v5/private"
    #expect(try bench.refusal(.open("private_stream", url, account: 1)) == nil)
    #expect(try bench.refusal(text("ping")) == .actNeeded)
    #expect(try bench.refusal(text("ping", "ping")) == nil)
    let order = #"{"op":"order","args":[{"instId":"BTC-USDT","sz":"1"}]}"#
    for (body, act) in [(order, "ping"), ("pong", "ping"), ("ping", "login"), (order, "subscribe"), (order, "login")] {
      guard case .operation(act, _) = try bench.refusal(text(body, act, account: 1)) else {
        Issue.record("\(body) left as \(act)")
        continue
      }
    }
    let secret = text("", "ping", account: 1).with { $0.body = [.seal([.field("passphrase")])] }
    #expect(try bench.refusal(secret) == .publicActUsesAccount(act: "ping"))
  }

  /// The login's two secrets stand in their places, whatever characters they have.
  @Test func aLoginHasItsSecretsInTheirPlaces() throws {
    let url = "wss://ws.okx.com:8443/ws/v5/private"
    #expect(try bench.refusal(.open("private_stream", url, account: 1)) == nil)
    let mac: [Op] = [
      .push("GET/users/self/verify"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_BASE64),
    ]
    let phrase: [Op] = [.field("passphrase"), Op(PB_OP_JSON_ESCAPE)]
    func login(_ passphrase: [Op], _ sign: [Op]) -> Send {
      Send(
        stream: 9, act: "login",
        body: [
          .literal(#"{"op":"login","args":[{"passphrase":""#), .seal(passphrase), .literal(#"","sign":""#),
          .seal(sign), .literal("\"}]}"),
        ])
    }
    #expect(try bench.refusal(login(phrase, mac)) == nil)
    #expect(try bench.refusal(login([.field("passphrase")], mac)) == .seal(.alphabet))
    #expect(
      try bench.refusal(
        Send(stream: 9, act: "login", body: [.literal(#"{"op":"login","id":""#), .seal(mac), .literal("\"}")]))
        == .sealedPlace(act: "login"))
  }
}
