import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import KrakenConnector

/// A connector with account 7, whose private stream is not open yet.
func trading(_ config: String = "{}") throws -> ConnectorHarness {
  let harness = try ready(config, trading: true)
  harness.account(7, publicFields: [("api_key", "KEY")])
  harness.forget()
  return harness
}

extension ConnectorHarness {
  struct OrderFact: Equatable {
    let command: pb_id
    let state: OrderState?
    let client: String
    let venue: String
    let reason: String
    let fields: pb_order
    static func == (left: OrderFact, right: OrderFact) -> Bool {
      (left.command, left.state, left.client, left.venue) == (right.command, right.state, right.client, right.venue)
    }
  }

  var orders: [OrderFact] {
    all(PB_EV_ORDER, pb_order.self).map { fields, record in
      OrderFact(
        command: fields.command, state: OrderState(rawValue: fields.state), client: record.text(fields.client_order),
        venue: record.text(fields.venue_order), reason: record.text(fields.reason), fields: fields)
    }
  }

  var fills: [(fields: pb_fill, trade: String, client: String, venue: String, asset: String)] {
    all(PB_EV_FILL, pb_fill.self).map {
      ($0.fields, $0.record.text($0.fields.trade), $0.record.text($0.fields.client_order),
       $0.record.text($0.fields.venue_order), $0.record.text($0.fields.fee_asset))
    }
  }

  var lastRequest: pb_id { requests.last?.id ?? 0 }
}

func number(_ text: String) -> pb_dec { pb_dec(Decimal64(text)) }

/// Fills in an order.
func limit(
  _ quantity: String = "0.012", price: String = "30000.5", side: Side = .buy, instrument: pb_id = 1,
  _ more: @escaping (inout pb_in_command) -> Void = { _ in }
) -> (inout pb_in_command) -> Void {
  {
    $0.account = 7
    $0.instrument = instrument
    $0.order = 55
    $0.side = side.rawValue
    $0.type = OrderType.limit.rawValue
    $0.price = number(price)
    $0.quantity = number(quantity)
    more(&$0)
  }
}

@Suite struct OrderTests {
  /// One nonce in body and signature; the digest and the key as "Authentication" has them.
  @Test func aPlacedOrderIsSignedAndAccepted() throws {
    let harness = try trading()
    let command = harness.command(.place, client: "pb-test-1", limit())
    let request = try #require(harness.requests.last)
    #expect(request.method == .post && request.url == "https://api.kraken.com/0/private/AddOrder")
    #expect(request.body == "nonce=<nonce(2)>&pair=XXBTZUSD&type=buy&ordertype=limit&volume=0.012&cl_ord_id=pb-test-1"
      + "&price=30000.5")
    #expect(request.headers == [
      "API-Key: <field(api_key)>",
      "API-Sign: <bytes(/0/private/AddOrder) nonce(2) bytes(nonce=) nonce(2) bytes(&pair=XXBTZUSD&type=buy"
        + "&ordertype=limit&volume=0.012&cl_ord_id=pb-test-1"
        + "&price=30000.5) concat(4) sha256 concat(2) field(secret_key) unbase64 hmac_sha512 base64>",
      "Content-Type: application/x-www-form-urlencoded",
    ])
    #expect(request.permission == "add_order" && request.command == command && request.account == 7)
    #expect(request.charges == [101: 1])
    let fields = try #require(harness.all(PB_OUT_REQUEST, pb_out_request.self).last).fields
    #expect(fields.flags == UInt32(PB_FLAG_ORDERED) && fields.priority == Priority.order.rawValue)
    // The pair's order counter has been declared.
    #expect(harness.all(PB_EV_LIMITS, pb_limits.self).count == 1)
    harness.reply(request.id, "{\"error\":[],\"result\":{\"descr\":{\"order\":\"buy 0.012 XBTUSD @ limit 30000.5\"},"
      + "\"txid\":[\"OUF4EM-FRGI2-MQMWZD\"]}}")
    #expect(harness.refusal(command) == nil && harness.orders.count == 1)
    let order = harness.orders[0]
    #expect(order.command == command && order.state == .open && order.client == "pb-test-1"
      && order.venue == "OUF4EM-FRGI2-MQMWZD")
    #expect(order.fields.order == 55 && order.fields.quantity.value == Decimal64("0.012"))
    #expect(harness.faults.isEmpty)
  }

  @Test func theNoncesUnitIsConfigured() throws {
    let harness = try trading("{\"nonce\":\"ns\"}")
    harness.command(.balances) { $0.account = 7 }
    #expect(harness.requests.last?.body == "nonce=<nonce(4)>")
  }

  static let kinds: [(String, @Sendable (inout pb_in_command) -> Void)] = [
    ("ordertype=limit&volume=0.012&price=30000.5&oflags=post", { $0.flags = OrderFlags.postOnly.rawValue }),
    ("ordertype=limit&volume=0.012&price=30000.5"
      + "&timeinforce=IOC", { $0.time_in_force = TimeInForce.immediateOrCancel.rawValue }),
    ("ordertype=limit&volume=0.012&price=30000.5"
      + "&timeinforce=FOK", { $0.time_in_force = TimeInForce.fillOrKill.rawValue }),
    ("ordertype=market&volume=0.012", { $0.type = OrderType.market.rawValue; $0.price = pb_dec() }),
    ("ordertype=market&volume=100.25&oflags=viqc", {
      $0.type = OrderType.market.rawValue; $0.price = pb_dec(); $0.quantity = pb_dec(); $0.value = number("100.250")
      $0.flags = OrderFlags.byValue.rawValue
    }),
    ("ordertype=stop-loss&volume=0.012"
      + "&price=29000", { $0.type = OrderType.stopMarket.rawValue; $0.price = pb_dec(); $0.stop = number("29000") }),
    ("ordertype=stop-loss-limit&volume=0.012&price=29000"
      + "&price2=30000.5", { $0.type = OrderType.stopLimit.rawValue; $0.stop = number("29000.0") }),
    ("ordertype=take-profit&volume=0.012"
      + "&price=31000", { $0.type = OrderType.takeMarket.rawValue; $0.price = pb_dec(); $0.stop = number("31000") }),
    ("ordertype=take-profit-limit&volume=0.012&price=31000"
      + "&price2=30000.5", { $0.type = OrderType.takeLimit.rawValue; $0.stop = number("31000") }),
  ]

  @Test(arguments: kinds.indices) func kindsOfOrders(index: Int) throws {
    let (expected, change) = OrderTests.kinds[index]
    let harness = try trading()
    harness.command(.place, limit("0.012", change))
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>&pair=XXBTZUSD&type=buy&\(expected)")
  }

  static let refusals: [(Failure, @Sendable (inout pb_in_command) -> Void)] = [
    (.unsupported, { $0.flags = OrderFlags.reduceOnly.rawValue }), (.unsupported,
      { $0.time_in_force = TimeInForce.goodTilDate.rawValue }),
    (.invalidOrder, { $0.price = pb_dec() }), (.invalidOrder, { $0.quantity = pb_dec() }), (.invalidOrder,
      { $0.side = 0 }),
    (.invalidOrder, { $0.stop = number("1") }), (.invalidOrder, { $0.type = OrderType.stopLimit.rawValue }),
    (.unsupported, { $0.flags = OrderFlags.byValue.rawValue }), (.unknownInstrument, { $0.instrument = 99 }),
    (.authentication, { $0.account = 8 }),
  ]

  @Test(arguments: refusals.indices) func whatCannotBeSentIsRefused(index: Int) throws {
    let (failure, change) = OrderTests.refusals[index]
    let harness = try trading()
    let command = harness.command(.place, limit("0.012", change))
    #expect(harness.requests.isEmpty && harness.refusal(command) == failure)
  }

  static let errors: [(String, Outcome, Failure)] = [
    ("EOrder:Insufficient funds", .refused, .funds), ("EOrder:Rate limit exceeded", .refused, .rateLimit),
    ("EOrder:Post only order", .refused, .postOnly), ("EOrder:Order minimum not met", .refused, .invalidOrder),
    ("EAPI:Invalid nonce", .refused, .clock), ("EAPI:Invalid signature", .refused, .authentication),
    ("EAPI:Invalid key", .refused, .authentication), ("EGeneral:Permission denied", .refused, .authentication),
    ("EGeneral:Temporary lockout", .refused, .authentication),
    ("EQuery:Unknown asset pair", .refused, .unknownInstrument),
    ("EService:Market in cancel_only mode", .refused, .maintenance), ("EService:Deadline elapsed", .refused,
      .transient),
    ("EGeneral:Invalid arguments:volume", .refused, .invalidOrder),
    // These may have reached the engine.
    ("EService:Unavailable", .unknown, .maintenance), ("EService:Busy", .unknown, .transient),
    ("EService:Timeout", .unknown, .transient), ("EGeneral:Internal error", .unknown, .transient),
  ]

  @Test(arguments: errors) func venueErrors(error: String, outcome: Outcome, failure: Failure) throws {
    let harness = try trading()
    let command = harness.command(.place, client: "a", limit())
    harness.reply(harness.lastRequest, "{\"error\":[\"\(error)\"]}")
    let reply = try #require(harness.replies(command).first)
    #expect(reply.outcome == outcome && reply.failure == failure && reply.code == error)
    #expect(harness.orders.map(\.state) == (outcome == .refused && failure != .clock ? [.rejected] : []))
  }

  @Test func throttlingTellsHowLongToWait() throws {
    let harness = try trading()
    let command = harness.command(.place, limit())
    harness.reply(harness.lastRequest, "{\"error\":[\"EService: Throttled: \(1_700_000_005)\"]}")
    #expect(harness.replies(command).first?.retryAfter == 5 * Venue.second && harness.refusal(command) == .rateLimit)
  }

  @Test func batchesGoOutByPair() throws {
    let harness = try trading()
    let items: [ConnectorHarness.Item] = [
      .init(client: "a", limit()), .init(client: "b", limit("1", price: "30001")), .init(client: "c", limit("20",
        price: "0.1", instrument: 2)),
    ]
    let command = harness.command(.place, items: items) { $0.account = 7 }
    #expect(harness.requests.map(\.url) == ["https://api.kraken.com/0/private/AddOrderBatch",
      "https://api.kraken.com/0/private/AddOrder"])
    #expect(harness.requests[0].body == "{\"nonce\":<nonce(2)>,\"pair\":\"XXBTZUSD\",\"orders\":[{\"type\":\"buy\","
      + "\"ordertype\":\"limit\",\"volume\":\"0.012\",\"cl_ord_id\":\"a\",\"price\":\"30000.5\"},{\"type\":\"buy\","
      + "\"ordertype\":\"limit\",\"volume\":\"1\",\"cl_ord_id\":\"b\",\"price\":\"30001\"}]}")
    #expect(harness.requests[0].headers[2] == "Content-Type: application/json"
      && harness.requests[0].charges == [101: 2])
    harness.reply(harness.requests[0].id, "{\"error\":[],\"result\":{\"orders\":[{\"txid\":\"OA\",\"descr\":{}},"
      + "{\"error\":\"EOrder:Insufficient funds\",\"descr\":{}}]}}")
    #expect(harness.replies(command).isEmpty)
    harness.reply(harness.requests[1].id, "{\"error\":[],\"result\":{\"txid\":[\"OC\"]}}")
    #expect(harness.orders.map(\.state) == [.open, .open, .rejected])
    #expect(harness.orders.map(\.client) == ["a", "c", "b"] && harness.orders.map(\.venue) == ["OA", "OC", ""])
    let reply = try #require(harness.replies(command).first)
    #expect(reply.outcome == .done && reply.text.hasPrefix("1 of 3 refused"))
  }

  @Test func amendments() throws {
    let harness = try trading()
    let command = harness.command(.amend, client: "a", venue: "OA") {
      $0.account = 7; $0.instrument = 1; $0.price = number("30001"); $0.quantity = number("0.5")
    }
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>&txid=OA&order_qty=0.5&limit_price=30001")
    #expect(harness.requests.last?.permission == "amend_order")
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"amend_id\":\"TEZA4R-DSDGT-IJBOJK\"}}")
    #expect(harness.refusal(command) == nil)
    let missing = harness.command(.amend, client: "b") { $0.account = 7; $0.instrument = 1; $0.stop = number("1") }
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>&cl_ord_id=b&trigger_price=1")
    harness.reply(harness.lastRequest, "{\"error\":[\"EOrder:Unknown order\"]}")
    #expect(harness.refusal(missing) == .unknownOrder)
    let nothing = harness.command(.amend, client: "b") { $0.account = 7; $0.instrument = 1 }
    #expect(harness.refusal(nothing) == .invalidOrder)
  }

  @Test func cancelsByEitherId() throws {
    let harness = try trading()
    let command = harness.command(.cancel, client: "a",
      venue: "OAAAAA-AAAAA-AAAAAA") { $0.account = 7; $0.instrument = 1; $0.order = 9 }
    let request = try #require(harness.requests.last)
    #expect(request.body == "nonce=<nonce(2)>&txid=OAAAAA-AAAAA-AAAAAA" && request.permission == "cancel_order")
    #expect(harness.all(PB_OUT_REQUEST, pb_out_request.self).last?.fields.priority == Priority.cancel.rawValue)
    harness.reply(request.id, "{\"error\":[],\"result\":{\"count\":1}}")
    #expect(harness.refusal(command) == nil && harness.orders.map(\.state) == [.cancelled])
    #expect(harness.orders[0].fields.order == 9 && harness.orders[0].command == command)
    // Still being worked on: the stream will tell.
    let pending = harness.command(.cancel, client: "b") { $0.account = 7; $0.instrument = 1 }
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>&cl_ord_id=b")
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"count\":1,\"pending\":true}}")
    #expect(harness.refusal(pending) == nil && harness.orders.count == 1)
    let gone = harness.command(.cancel, client: "c") { $0.account = 7; $0.instrument = 1 }
    harness.reply(harness.lastRequest, "{\"error\":[\"EOrder:Unknown order\"]}")
    #expect(harness.refusal(gone) == .unknownOrder)
    let lost = harness.command(.cancel, client: "d") { $0.account = 7; $0.instrument = 1 }
    harness.unanswered(harness.lastRequest)
    #expect(harness.replies(lost).map(\.outcome) == [.unknown])
  }

  /// A young order costs more to cancel than an old one.
  @Test func cancelsAreChargedByAge() throws {
    let harness = try trading()
    harness.command(.place, client: "a", limit())
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"txid\":[\"OA\"]}}")
    harness.command(.cancel, client: "a") { $0.account = 7; $0.instrument = 1 }
    #expect(harness.requests.last?.charges == [101: 8])
    harness.run(for: 60 * Venue.second)
    harness.command(.cancel, client: "a") { $0.account = 7; $0.instrument = 1 }
    #expect(harness.requests.last?.charges == [101: 2])
  }

  @Test func aSetIsCancelledAndNoOtherOrder() throws {
    let harness = try trading()
    let place = { (name: inout pb_in_command) in name.instrument = 1 }
    let command = harness.command(
      .cancelMany, items: [.init(client: "a", venue: "OA", place), .init(client: "b", place), .init(client: "c",
        venue: "OC") { $0.instrument = 2 }]
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/CancelOrderBatch") && harness.requests.count == 1)
    #expect(request.body == "{\"nonce\":<nonce(2)>,\"orders\":[\"OA\",\"OC\"],\"cl_ord_ids\":[\"b\"]}")
    harness.reply(request.id, "{\"error\":[],\"result\":{\"count\":3}}")
    #expect(harness.refusal(command) == nil && harness.orders.map(\.state) == [.cancelled, .cancelled, .cancelled])
    let partly = harness.command(.cancelMany, items: [.init(client: "a", place), .init(client: "b",
      place)]) { $0.account = 7 }
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"count\":1}}")
    #expect(harness.replies(partly).first?.outcome == .done && harness.orders.count == 3)
  }

  static let open = """
    {"refid":null,"userref":0,"cl_ord_id":"mine-1","status":"open","opentm":1688583840.8648,"starttm":0,"expiretm":0,
     "descr":{"pair":"XBTUSD","type":"buy","ordertype":"limit","price":"29500.0","price2":"0","leverage":"none",
     "order":"","close":""},
     "vol":"0.50000000","vol_exec":"0.20000000","cost":"5900.0","fee":"1.0","price":"29500.0","stopprice":"0.0",
     "limitprice":"0.0",
     "misc":"","oflags":"fciq,post","reason":null}
    """

  @Test func oneOrderByTheVenuesId() throws {
    let harness = try trading()
    let command = harness.command(.order, venue: "O26VBY-ISGAE-JP5TLU") { $0.account = 7; $0.order = 3 }
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>&txid=O26VBY-ISGAE-JP5TLU")
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"O26VBY-ISGAE-JP5TLU\":\(OrderTests.open)}}")
    #expect(harness.refusal(command) == nil)
    let order = try #require(harness.orders.first)
    #expect(order.state == .partial && order.client == "mine-1" && order.fields.order == 3
      && order.fields.instrument == 1)
    #expect(order.fields.price.value == Decimal64("29500") && order.fields.filled.value == Decimal64("0.2"))
    #expect(order.fields.flags == OrderFlags.postOnly.rawValue && order.fields.average.value == Decimal64("29500"))
  }

  /// By the client's id the open orders are asked, then the closed ones.
  @Test func oneOrderByTheClientsId() throws {
    let harness = try trading()
    let command = harness.command(.order, client: "mine-1") { $0.account = 7 }
    #expect(harness.requests.last?.url.hasSuffix("/OpenOrders") == true)
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>&cl_ord_id=mine-1")
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"open\":{}}}")
    #expect(harness.requests.last?.url.hasSuffix("/ClosedOrders") == true && harness.replies(command).isEmpty)
    let closed = OrderTests.open.replacing("\"status\":\"open\"",
      with: "\"status\":\"canceled\"").replacing("\"reason\":null", with: "\"reason\":\"User requested\"")
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"closed\":{\"OX\":\(closed)},\"count\":1}}")
    #expect(harness.orders.map(\.state) == [.cancelled] && harness.orders[0].reason == "User requested"
      && harness.orders[0].venue == "OX")
    let unknown = harness.command(.order, client: "mine-2") { $0.account = 7 }
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"open\":{}}}")
    // Somebody else's order is not an answer.
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"closed\":{\"OX\":\(closed)},\"count\":1}}")
    #expect(harness.refusal(unknown) == .unknownOrder)
  }

  private var closed: String {
    OrderTests.open.replacing("\"status\":\"open\"", with: "\"status\":\"closed\"")
  }

  @Test func historyIsTheOpenOrdersThenTheClosedOnes() throws {
    let harness = try trading()
    let command = harness.command(.orderHistory) {
      $0.account = 7
      $0.since_ns = 1_688_584_000_900_000_000
    }
    #expect(harness.requests.last?.url.hasSuffix("/OpenOrders") == true)
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"open\":{\"O1\":\(OrderTests.open)}}}")
    let page = (0..<50).map { "\"C\($0)\":\(closed)" }.joined(separator: ",")
    #expect(harness.requests.last?.url.hasSuffix("/ClosedOrders") == true)
    #expect(harness.requests.last?.body.hasSuffix("&start=1688584000") == true)
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"closed\":{\(page)},\"count\":51}}")
    #expect(harness.requests.last?.body.hasSuffix("&start=1688584000&ofs=50") == true)
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"closed\":{\"OX\":\(closed)},\"count\":51}}")
    #expect(harness.orders.count == 52 && harness.orders.first?.venue == "O1" && harness.orders.last?.venue == "OX")
    #expect(harness.completed.map(\.what) == [PB_EV_ORDER] && harness.completed[0].partial == false)
    #expect(harness.refusal(command) == nil)
  }

  @Test func aHistoryOfOldOrdersIsOfWhenTheyWereMade() throws {
    let harness = try trading()
    _ = harness.command(.orderHistory) {
      $0.account = 7
      $0.since_ns = 1_688_584_000_900_000_000
      $0.until_ns = 1_688_584_100_000_000_001
    }
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"open\":{}}}")
    #expect(harness.requests.last?.body.hasSuffix("&start=1688584000&end=1688584101&closetime=open") == true)
  }

  @Test func aLongHistoryIsToldAsFarAsItGoes() throws {
    let harness = try trading()
    let command = harness.command(.orderHistory) { $0.account = 7 }
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"open\":{}}}")
    let page = (0..<50).map { "\"C\($0)\":\(closed)" }.joined(separator: ",")
    for _ in 0..<5 {
      harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"closed\":{\(page)},\"count\":999}}")
    }
    #expect(harness.completed.map(\.partial) == [true] && harness.refusal(command) == nil)
  }

  /// A page that is shorter than the venue's own count allows is no end.
  @Test func aHistoryThatIsCutInTheMiddleSaysSo() throws {
    let harness = try trading()
    _ = harness.command(.orderHistory) { $0.account = 7 }
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"open\":{}}}")
    let page = (0..<30).map { "\"C\($0)\":\(closed)" }.joined(separator: ",")
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"closed\":{\(page)},\"count\":80}}")
    #expect(harness.completed.isEmpty && harness.requests.last?.body.hasSuffix("&ofs=30") == true)
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"closed\":{},\"count\":80}}")
    #expect(harness.completed.map(\.partial) == [true])
    harness.forget()
    _ = harness.command(.fills) { $0.account = 7 }
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"trades\":{},\"count\":80}}")
    #expect(harness.completed.map(\.partial) == [true])
  }

  /// A question under the older id of a pair whose decimals changed means the same orders.
  @Test func orderListsOfAnOlderIdHoldThePairsOrders() throws {
    let harness = try trading()
    harness.command(.instruments)
    harness.reply(harness.lastRequest, assetPairs.replacing("\"pair_decimals\":1,", with: "\"pair_decimals\":2,"))
    harness.forget()
    for verb in [Verb.openOrders, .orderHistory] {
      harness.command(verb) { $0.account = 7; $0.instrument = 1 }
      harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"open\":{\"O1\":\(OrderTests.open)}}}")
    }
    #expect(harness.orders.map(\.venue) == ["O1", "O1"] && harness.orders.map(\.fields.instrument) == [4, 4])
  }

  @Test func openOrdersAreASet() throws {
    let harness = try trading()
    let stop = """
      {"status":"open","opentm":1688584240.1234,"descr":{"pair":"ETHXBT","type":"sell","ordertype":"stop-loss-limit",
      "price":"0.05",
       "price2":"0.049"},"vol":"1.0","vol_exec":"0","price":"0","misc":"","oflags":""}
      """
    let strange = "{\"status\":\"open\",\"descr\":{\"pair\":\"NEWCOIN\",\"type\":\"buy\",\"ordertype\":\"limit\","
      + "\"price\":\"1\"},\"vol\":\"1\",\"vol_exec\":\"0\"}"
    let command = harness.command(.openOrders) { $0.account = 7 }
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"open\":{\"O1\":\(OrderTests.open),\"O2\":\(stop),"
      + "\"O3\":\(strange)}}}")
    #expect(harness.orders.map(\.venue) == ["O1", "O2"] && harness.orders.map(\.state) == [.partial, .untriggered])
    #expect(harness.orders[1].fields.stop.value == Decimal64("0.05")
      && harness.orders[1].fields.price.value == Decimal64("0.049"))
    #expect(harness.completed.map(\.what) == [PB_EV_ORDER] && harness.refusal(command) == nil)
  }
}
