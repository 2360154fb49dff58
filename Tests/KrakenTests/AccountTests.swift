import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import KrakenConnector

@Suite struct AccountTests {
  @Test func balancesAreNamedAndHeldAmountsAreNotAvailable() throws {
    let harness = try trading()
    let command = harness.command(.balances) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/0/private/BalanceEx") && request.charges == [Output.Limit.calls.bucket: 1])
    harness.reply(
      request.id,
      "{\"error\":[],\"result\":{\"ZUSD\":{\"balance\":\"25435.21\",\"hold_trade\":\"8249.76\"},"
        + "\"XXBT\":{\"balance\":\"1.24\",\"credit\":\"1\",\"credit_used\":\"0.5\",\"hold_trade\":\"0.84\"},"
        + "\"XBT.F\":{\"balance\":\"0.1\",\"hold_trade\":\"0\"},\"USDT\":\"2000\"}}")
    let balances = harness.all(PB_EV_BALANCE, pb_balance.self)
    #expect(balances.map { $0.record.text($0.fields.asset) } == ["USD", "BTC", "BTC.F", "USDT"])
    #expect(balances.map { $0.fields.total.value } == [Decimal64("25435.21"), Decimal64("1.24"), Decimal64("0.1"),
      Decimal64("2000")])
    #expect(balances.map { $0.fields.available.value } == [Decimal64("17185.45"), Decimal64("0.9"), Decimal64("0.1"),
      Decimal64("2000")])
    #expect(harness.completed.map(\.what) == [PB_EV_BALANCE] && harness.refusal(command) == nil)
  }

  @Test func fillsComeInPages() throws {
    let harness = try trading()
    let trade = { (id: Int, pair: String) in
      "\"T\(id)\":{\"ordertxid\":\"OQ\",\"postxid\":\"TK\",\"pair\":\"\(pair)\",\"time\":169999700\(id).1306,"
        + "\"type\":\"buy\",\"ordertype\":\"limit\",\"price\":\"30010.00\",\"cost\":\"600.20\",\"fee\":\"0.09\","
        + "\"vol\":\"0.02\",\"margin\":\"0.0\",\"misc\":\"\",\"trade_id\":\(id),\"maker\":\(id == 1)}"
    }
    let command = harness.command(.fills) { $0.account = 7; $0.since_ns = 1_699_996_400_000_000_000 }
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>"
      + "&start=1699996400" && harness.requests.last?.charges == [Output.Limit.calls.bucket: 2])
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"trades\":{\(trade(2, "XXBTZUSD")),"
      + "\(trade(3, "NEWCOIN"))},\"count\":3}}")
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>&start=1699996400"
      + "&ofs=2" && harness.replies(command).isEmpty)
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"trades\":{\(trade(1, "XBTUSD"))},\"count\":3}}")
    #expect(harness.fills.map(\.trade) == ["T2", "T1"] && harness.fills.map(\.venue) == ["OQ", "OQ"])
    let fill = harness.fills[1].fields
    #expect(fill.liquidity == Liquidity.maker.rawValue && fill.price.value == Decimal64("30010")
      && fill.fee.value == Decimal64("0.09"))
    #expect(harness.fills[1].asset == "USD" && fill.venue_ns == 1_699_997_001_130_600_000 && fill.command == command)
    #expect(harness.completed.map(\.what) == [PB_EV_FILL] && harness.refusal(command) == nil)
  }

  @Test func feeRatesAreFractions() throws {
    let harness = try trading()
    let command = harness.command(.fees) { $0.account = 7 }
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>&pair=XXBTZUSD,XDGUSD,XETHXXBT")
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"currency\":\"ZUSD\",\"volume\":\"200709587.4223\","
      + "\"fees\":{\"XXBTZUSD\":{\"fee\":\"0.1000\",\"minfee\":\"0.1000\"},\"XDGUSD\":{\"fee\":\"0.2\"}},"
      + "\"fees_maker\":{\"XXBTZUSD\":{\"fee\":\"0.0500\"}}}}")
    let fees = harness.all(PB_EV_FEES, pb_fees.self).map(\.fields)
    #expect(fees.map(\.instrument) == [1, 2] && fees.map { $0.taker.value } == [Decimal64("0.001"), Decimal64("0.002")])
    #expect(fees.map { $0.maker.value } == [Decimal64("0.0005"), Decimal64("0.002")] && harness.refusal(command) == nil)
    harness.command(.fees) { $0.account = 7; $0.instrument = 3 }
    #expect(harness.requests.last?.body == "nonce=<nonce(2)>&pair=XETHXXBT")
  }
}

@Suite struct UserStreamTests {
  /// A connector whose private stream has its token and has subscribed.
  static func open() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true)
    harness.account(7)
    let open = try #require(harness.opens.last)
    #expect(open.url == "wss://ws-auth.kraken.com/v2")
    harness.opened(open.stream)
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"token\":\"***\",\"expires\":900}}")
    return (harness, open.stream)
  }

  @Test func theTokenStaysWithTheHost() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let (fields, record) = try #require(harness.all(PB_OUT_REQUEST, pb_out_request.self).last)
    #expect(record.sealed(fields.url).hasSuffix("/0/private/GetWebSocketsToken"))
    let captures = record.elements(fields.captures, of: pb_capture.self)
    #expect(captures.map { record.text($0.path) } == ["/result/token"] && captures.map(\.slot) == [1])
    harness.forget()
    harness.reply(fields.request, "{\"error\":[],\"result\":{\"token\":\"***\",\"expires\":900}}")
    #expect(harness.requests.map(\.body) == [
      "{\"method\":\"subscribe\",\"params\":{\"channel\":\"executions\",\"token\":\"<slot(1)>\",\"snap_orders\":true,"
        + "\"snap_trades\":true},\"req_id\":\(harness.requests[0].id)}",
      "{\"method\":\"subscribe\",\"params\":{\"channel\":\"balances\",\"token\":\"<slot(1)>\",\"snapshot\":true},"
        + "\"req_id\":\(harness.requests[1].id)}",
    ])
    #expect(harness.requests.allSatisfy { $0.account == 7 && $0.permission == "subscribe" && $0.stream == stream })
  }

  @Test func accountsWaitForTheInstruments() throws {
    let harness = try ConnectorHarness(KrakenSpot.self)
    harness.start()
    harness.account(7)
    #expect(harness.opens.isEmpty)
    harness.command(.instruments)
    harness.reply(harness.lastRequest, assetPairs)
    #expect(harness.opens.map(\.url) == ["wss://ws-auth.kraken.com/v2"])
    harness.account(7, present: false)
    #expect(harness.all(PB_OUT_CLOSE, pb_out_close.self).count == 1)
  }

  /// What is remembered of an order has the time of its last report, at which it lived.
  @Test func theAnswerToACancelSaysNoTime() throws {
    let (harness, stream) = try UserStreamTests.open()
    harness.frame(stream, "{\"channel\":\"executions\",\"type\":\"snapshot\",\"data\":[],\"sequence\":1}")
    harness.frame(stream, "{\"channel\":\"executions\",\"type\":\"update\",\"data\":[{\"order_id\":\"OK4GJX\","
      + "\"cl_ord_id\":\"a1\",\"symbol\":\"BTC/USD\",\"order_qty\":0.005,\"exec_type\":\"new\",\"side\":\"sell\","
      + "\"order_type\":\"limit\",\"limit_price\":26500.0,\"order_status\":\"new\","
      + "\"timestamp\":\"2023-09-22T10:33:05.709950Z\"}],\"sequence\":2}")
    #expect(harness.orders.map { $0.fields.venue_ns > 0 } == [true])
    harness.command(.cancel, client: "a1", venue: "OK4GJX") { $0.account = 7; $0.instrument = 1 }
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"count\":1}}")
    let cancelled = try #require(harness.orders.last)
    #expect(cancelled.state == .cancelled && cancelled.fields.quantity.value == Decimal64("0.005"))
    #expect(cancelled.fields.venue_ns == 0)
  }

  @Test func reportsNameOnlyWhatChanged() throws {
    let (harness, stream) = try UserStreamTests.open()
    harness.frame(stream, "{\"channel\":\"executions\",\"type\":\"snapshot\",\"data\":[],\"sequence\":1}")
    #expect(harness.states.last?.state == .live && harness.states.last?.channels == .privateUpdates)
    harness.forget()
    let report = { (sequence: Int, text: String) in
      _ = harness.frame(stream, "{\"channel\":\"executions\",\"type\":\"update\",\"data\":[{\(text),"
        + "\"timestamp\":\"2023-09-22T10:33:05.709950Z\"}],\"sequence\":\(sequence)}")
    }
    report(2, "\"order_id\":\"OK4GJX\",\"cl_ord_id\":\"a1\",\"symbol\":\"BTC/USD\",\"order_qty\":0.005,"
      + "\"cum_cost\":0.0,\"time_in_force\":\"GTC\",\"exec_type\":\"pending_new\",\"side\":\"sell\","
      + "\"order_type\":\"limit\",\"limit_price\":26500.0,\"stop_price\":0.0,\"order_status\":\"pending_new\"")
    #expect(harness.orders.isEmpty)
    report(3, "\"order_id\":\"OK4GJX\",\"exec_type\":\"new\",\"order_status\":\"new\"")
    report(4, "\"order_id\":\"OK4GJX\",\"exec_id\":\"TGBB7L\",\"exec_type\":\"trade\",\"trade_id\":62887576,"
      + "\"symbol\":\"BTC/USD\",\"side\":\"sell\",\"last_qty\":0.002,\"last_price\":26599.9,\"liquidity_ind\":\"t\","
      + "\"cost\":53.1998,\"order_status\":\"partially_filled\",\"cum_qty\":0.002,\"cum_cost\":53.1998,"
      + "\"avg_price\":26599.9,\"fee_usd_equiv\":0.1383,\"fees\":[{\"asset\":\"USD\",\"qty\":0.1383}]")
    report(5, "\"order_id\":\"OK4GJX\",\"exec_type\":\"canceled\",\"order_status\":\"canceled\","
      + "\"reason\":\"User requested\",\"cum_qty\":0.002")
    #expect(harness.orders.map(\.state) == [.open, .partial, .cancelled]
      && harness.orders.allSatisfy { $0.client == "a1" && $0.venue == "OK4GJX" })
    let last = harness.orders[2]
    #expect(last.fields.price.value == Decimal64("26500") && last.fields.quantity.value == Decimal64("0.005"))
    #expect(last.fields.filled.value == Decimal64("0.002") && last.reason == "User requested"
      && last.fields.side == Side.sell.rawValue)
    let fill = try #require(harness.fills.first)
    #expect(fill.trade == "TGBB7L" && fill.client == "a1" && fill.asset == "USD"
      && fill.fields.fee.value == Decimal64("0.1383"))
    #expect(fill.fields.liquidity == Liquidity.taker.rawValue && fill.fields.instrument == 1)
    #expect(harness.faults.isEmpty)
  }

  @Test func theStreamMayBeFasterThanRest() throws {
    let (harness, stream) = try UserStreamTests.open()
    harness.frame(stream, "{\"channel\":\"executions\",\"type\":\"snapshot\",\"data\":[],\"sequence\":1}")
    harness.command(.place, client: "a1", limit())
    let first = harness.lastRequest
    harness.command(.place, client: "a2", limit())
    let second = harness.lastRequest
    harness.forget()
    let head = "\"symbol\":\"BTC/USD\",\"side\":\"buy\",\"order_type\":\"limit\",\"timestamp\":\"2023-09-22T10:33:05Z\""
    harness.frame(
      stream,
      "{\"channel\":\"executions\",\"type\":\"update\",\"data\":[{\"order_id\":\"O1\",\"cl_ord_id\":\"a1\","
        + "\"cum_qty\":0.012,"
        + "\"exec_type\":\"filled\",\"order_status\":\"filled\",\(head)},{\"order_id\":\"O2\",\"cl_ord_id\":\"a2\","
        + "\"cum_qty\":0.001,\"exec_type\":\"trade\",\"exec_id\":\"T\",\"last_qty\":0.001,\"last_price\":1,\"fees\":[],"
        + "\"order_status\":\"partially_filled\",\(head)}],\"sequence\":2}")
    #expect(harness.orders.map(\.state) == [.filled, .partial])
    harness.reply(first, "{\"error\":[],\"result\":{\"txid\":[\"O1\"]}}")
    harness.reply(second, "{\"error\":[],\"result\":{\"txid\":[\"O2\"]}}")
    // An order that has ended does not open again, and one that is partly filled stays so.
    #expect(harness.orders.map(\.venue) == ["O1", "O2", "O2"] && harness.orders.last?.state == .partial)
    #expect(harness.replies.map(\.outcome) == [.done, .done])
  }

  @Test func whatCannotBeReadOfASnapshotIsLeftOut() throws {
    let (harness, stream) = try UserStreamTests.open()
    harness.forget()
    harness.frame(
      stream,
      "{\"channel\":\"executions\",\"type\":\"snapshot\",\"data\":[{\"order_id\":\"O1\",\"order_qty\":\"lots\"},"
        + "{\"order_id\":\"O2\",\"symbol\":\"BTC/USD\",\"exec_type\":\"new\",\"order_status\":\"new\"}],"
          + "\"sequence\":1}")
    #expect(harness.orders.map(\.venue) == ["O2"] && harness.states.map(\.state) == [.live])
    // Of an update it may be what matters: the stream is opened again.
    harness.frame(
      stream,
      "{\"channel\":\"executions\",\"type\":\"update\",\"data\":[{\"order_id\":\"O2\",\"cum_qty\":\"lots\"}],"
        + "\"sequence\":2}")
    #expect(harness.all(PB_OUT_CLOSE, pb_out_close.self).count == 1)
  }

  @Test func stopsWaitUntilTheyAreTriggered() throws {
    let (harness, stream) = try UserStreamTests.open()
    harness.frame(stream, "{\"channel\":\"executions\",\"type\":\"snapshot\",\"data\":[{\"order_id\":\"OS\","
      + "\"symbol\":\"ETH/BTC\",\"order_qty\":1,\"exec_type\":\"new\",\"side\":\"sell\",\"order_type\":\"stop-loss\","
      + "\"order_status\":\"new\",\"triggers\":{\"reference\":\"last\",\"price\":0.05,\"price_type\":\"static\","
      + "\"status\":\"untriggered\"},\"timestamp\":\"2023-09-22T10:33:05Z\"},{\"order_id\":\"OLD\",\"exec_id\":\"T1\","
      + "\"exec_type\":\"trade\",\"symbol\":\"BTC/USD\",\"side\":\"buy\",\"last_qty\":1,\"last_price\":2.5,"
      + "\"order_status\":\"partially_filled\",\"fees\":[],\"timestamp\":\"2023-09-22T10:33:05Z\"}],\"sequence\":1}")
    #expect(harness.orders.map(\.state) == [.untriggered] && harness.orders[0].fields.stop.value == Decimal64("0.05"))
    #expect(harness.fills.map(\.trade) == ["T1"], "the trades of a snapshot say nothing of their orders' state")
    harness.frame(stream, "{\"channel\":\"executions\",\"type\":\"update\",\"data\":[{\"order_id\":\"OS\","
      + "\"exec_type\":\"status\",\"order_status\":\"new\",\"triggers\":{\"status\":\"triggered\"},"
      + "\"timestamp\":\"2023-09-22T10:33:06Z\"}],\"sequence\":2}")
    #expect(harness.orders.last?.state == .open)
  }

  @Test func aMissingMessageOpensTheStreamAnew() throws {
    let (harness, stream) = try UserStreamTests.open()
    harness.frame(stream, "{\"channel\":\"executions\",\"type\":\"snapshot\",\"data\":[],\"sequence\":1}")
    harness.forget()
    let late = "{\"channel\":\"executions\",\"type\":\"update\",\"data\":[{\"order_id\":\"O\",\"symbol\":\"BTC/USD\","
      + "\"exec_type\":\"new\",\"order_status\":\"new\",\"timestamp\":\"2023-09-22T10:33:06Z\"}],\"sequence\":3}"
    harness.frame(stream, late)
    harness.frame(stream, late)
    #expect(harness.all(PB_OUT_CLOSE, pb_out_close.self).count == 1 && harness.orders.isEmpty)
    harness.closed(stream, code: 1000)
    #expect(harness.states.map(\.state) == [.down, .pending])
    let again = try #require(harness.opens.last).stream
    #expect(again != stream)
    harness.opened(again)
    #expect(harness.requests.last?.url.hasSuffix("GetWebSocketsToken") == true, "a new token each time")
  }

  @Test func refusalsWithoutWordsHaveSome() throws {
    let (harness, stream) = try UserStreamTests.open()
    let request = try #require(harness.requests.last { $0.stream == stream }?.id)
    harness.frame(stream, "{\"method\":\"subscribe\",\"success\":false,\"req_id\":\(request),\"error\":null}")
    #expect(harness.logs.last == "private stream: channel balances: refused without words; next attempt in 1 s")
    #expect(harness.states.last?.state == .down)
    let other = try ready(trading: true)
    other.account(7)
    other.opened(try #require(other.opens.last).stream)
    other.reply(other.lastRequest, status: 403, "<html>403</html>")
    #expect(other.logs.last == "private stream: no token: HTTP status 403; next attempt in 60 s")
  }

  /// The stream reports the totals but not what orders hold, so the balances are asked for, now and then.
  @Test func changesOfBalancesAreAskedForTogether() throws {
    let (harness, stream) = try UserStreamTests.open()
    harness.forget()
    let change = { (sequence: Int) in
      _ = harness.frame(stream, "{\"channel\":\"balances\",\"type\":\"\(sequence == 1 ? "snapshot" : "update")\","
        + "\"data\":[{\"asset\":\"USD\",\"balance\":1.5}],\"sequence\":\(sequence)}")
    }
    change(1)
    #expect(harness.requests.map { $0.url.hasSuffix("BalanceEx") } == [true])
    change(2)
    change(3)
    #expect(harness.requests.count == 1)
    let pushed = harness.all(PB_EV_BALANCE, pb_balance.self).map(\.fields)
    #expect(pushed.count == 3 && pushed.allSatisfy { $0.total.value == Decimal64("1.5") && $0.command == 0 })
    #expect(pushed.allSatisfy { $0.available.state == UInt32(PB_DEC_ABSENT) }, "what orders hold is not said")
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"ZUSD\":{\"balance\":\"1.5\","
      + "\"hold_trade\":\"0.5\"}}}")
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).last).fields
    #expect(balance.command == 0 && balance.available.value == Decimal64("1") && harness.replies.isEmpty)
    #expect(harness.requests.count == 1)
    harness.run(for: 3_000_000_000)
    #expect(harness.requests.count == 2)
  }

  /// Orders use the wallet spot/main: what lies elsewhere is neither added nor taken for it.
  @Test func pushedTotalsAreThoseOfTheWalletThatOrdersUse() throws {
    let (harness, stream) = try UserStreamTests.open()
    harness.forget()
    _ = harness.frame(stream, """
      {"channel":"balances","type":"snapshot","sequence":1,"data":[
       {"asset":"XBT","asset_class":"currency","balance":3.5,"wallets":[
        {"type":"earn","id":"flex","balance":2.25},{"type":"spot","id":"main","balance":1.25}]},
       {"asset":"ETH","balance":7.0,"wallets":[{"type":"earn","id":"bonded","balance":7.0}]},
       {"asset":"SOL","balance":2.0,"wallets":[{"type":"spot","id":"main","balance":"x"}]},{"asset":5}]}
      """)
    _ = harness.frame(stream, """
      {"channel":"balances","type":"update","sequence":2,"data":[
       {"asset":"USD","type":"trade","wallet_type":"spot","wallet_id":"main","amount":-1.5,"fee":0.0,"balance":98.5},
       {"asset":"USD","type":"earn","wallet_type":"earn","wallet_id":"flex","amount":5.0,"fee":0.0,"balance":5.0}]}
      """)
    let pushed = harness.all(PB_EV_BALANCE, pb_balance.self)
    #expect(pushed.map { $0.record.text($0.fields.asset) } == ["BTC", "USD"])
    #expect(pushed.map { $0.fields.total.value } == [Decimal64("1.25"), Decimal64("98.5")])
    #expect(harness.logs.last == "balances that cannot be read: SOL, one without a name")
  }

  /// Each refused token costs a stream and a request: what chance may change is tried soon, a permission is not, and a
  /// lockout ends first.
  @Test(arguments: [
    ("EService:Busy", Failure.transient, Int64(0), [Int64(1), 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]),
    ("EGeneral:Permission denied", .authentication, 0, [60, 120, 240, 480, 900, 900]),
    ("EGeneral:Temporary lockout", .authentication, 900, [900, 900, 900]),
  ])
  func aRefusedTokenIsTriedAgainWithANewStreamLaterEachTime(
    error: String, failure: Failure, silence: Int64, waits: [Int64]
  ) throws {
    let harness = try ready(trading: true)
    harness.account(7)
    for wait in waits {
      let stream = try #require(harness.opens.last).stream
      harness.opened(stream)
      harness.reply(harness.lastRequest, "{\"error\":[\"\(error)\"]}")
      let state = try #require(harness.all(PB_EV_STATE, pb_state.self).last).fields
      #expect(Int(state.state) == PB_STATE_DOWN && state.error == failure.rawValue && state.account == 7)
      #expect(state.retry_after_ns == silence * Venue.second, "the host keeps the account's other requests back")
      #expect(harness.all(PB_OUT_CLOSE, pb_out_close.self).count == 1)
      harness.forget()
      harness.closed(stream, code: 1000)
      harness.run(for: wait * Venue.second - 1)
      #expect(harness.opens.isEmpty && harness.requests.isEmpty && harness.states.isEmpty)
      harness.run(for: 1)
      #expect(harness.opens.count == 1)
    }
  }

  /// The token came and both channels are asked for, and nothing comes but heartbeats.
  @Test func aPrivateStreamThatTellsNothingIsOpenedAgain() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"token\":\"t\",\"expires\":900}}")
    harness.forget()
    for _ in 0..<9 {
      harness.run(for: Venue.second)
      harness.frame(stream, "{\"channel\":\"heartbeat\"}")
    }
    #expect(harness.states.isEmpty && harness.all(PB_OUT_CLOSE, pb_out_close.self).isEmpty)
    harness.run(for: Venue.second)
    #expect(harness.states.map(\.state) == [.down] && harness.all(PB_OUT_CLOSE, pb_out_close.self).count == 1)
    harness.closed(stream, code: 1000)
    harness.run(for: Venue.second)
    #expect(harness.opens.count == 1)
    // One that has reported its snapshot is left alone.
    let next = try #require(harness.opens.last).stream
    harness.opened(next)
    harness.reply(harness.lastRequest, "{\"error\":[],\"result\":{\"token\":\"t\",\"expires\":900}}")
    harness.frame(next, "{\"channel\":\"executions\",\"type\":\"snapshot\",\"data\":[],\"sequence\":1}")
    harness.forget()
    harness.run(for: 60 * Venue.second)
    #expect(!harness.states.contains { $0.state == .down })
  }

  @Test func anAccountThatGoesWaitsForNothing() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.reply(harness.lastRequest, "{\"error\":[\"EGeneral:Permission denied\"]}")
    harness.closed(stream, code: 1000)
    harness.account(7, present: false)
    harness.forget()
    harness.run(for: 3600 * Venue.second)
    #expect(harness.opens.isEmpty && harness.requests.isEmpty)
  }
}
