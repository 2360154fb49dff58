import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitMEXConnector

@Suite struct OrderTests {
  private let harness: ConnectorHarness
  private let stream: pb_id

  init() throws {
    harness = try ready(trading: true)
    harness.account(7)
    stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let login = try #require(harness.requests.last { $0.permission == "login" })
    #expect(login.body.hasPrefix(#"{"op":"authKeyExpires","args":[""#))
    harness.frame(stream, #"{"success":true,"request":{"op":"authKeyExpires","args":["k",1,"s"]}}"#)
    for table in ["order", "execution", "margin", "wallet", "position"] {
      harness.frame(
        stream, #"{"success":true,"subscribe":"\#(table)","request":{"op":"subscribe","args":["\#(table)"]}}"#)
    }
    #expect(harness.states.last?.state == .live && harness.faults.isEmpty)
    harness.forget()
  }

  private func place(_ set: (inout pb_in_command) -> Void) -> pb_id {
    harness.command(.place, client: "a1") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.side, $0.type) = (Side.buy.rawValue, OrderType.limit.rawValue)
      ($0.quantity, $0.price) = (pb_dec(Decimal64("0.01")), pb_dec(Decimal64(50000)))
      set(&$0)
    }
  }

  private func row(_ status: String, _ more: String = "") -> String {
    #"{"orderID":"o-1","clOrdID":"a1","account":9,"symbol":"XBTUSDT","side":"Buy","orderQty":10000,"price":50000,"#
      + #""stopPx":null,"currency":"USDT","settlCurrency":"USDt","ordType":"Limit","timeInForce":"GoodTillCancel","#
      + #""execInst":"ParticipateDoNotInitiate,ReduceOnly","ordStatus":"\#(status)","triggered":"","cumQty":0,"#
      + #""leavesQty":10000,"avgPx":null,"text":"Submitted via API.","timestamp":"2025-01-01T00:00:00.000Z"\#(more)}"#
  }

  private func table(_ table: String, _ action: String, _ rows: String) {
    harness.frame(stream, #"{"table":"\#(table)","action":"\#(action)","data":[\#(rows)]}"#)
  }

  private var orders: [pb_order] { harness.all(PB_EV_ORDER, pb_order.self).map(\.fields) }

  @Test func quantitiesAreContracts() throws {
    let command = place { $0.flags = (OrderFlags.postOnly.union(.reduceOnly)).rawValue }
    let request = try #require(harness.requests.last)
    #expect(
      request.body == #"{"symbol":"XBTUSDT","side":"Buy","orderQty":10000,"ordType":"Limit","price":50000,"#
        + #""clOrdID":"a1","execInst":"ParticipateDoNotInitiate,ReduceOnly"}"#)
    #expect(request.headers.contains { $0.hasPrefix("api-expires: ") })
    harness.reply(request.id, row("New"))
    #expect(harness.refusal(command) == nil)
    let order = try #require(orders.last)
    #expect(order.quantity.value == Decimal64("0.01") && order.state == OrderState.open.rawValue)
    #expect(OrderFlags(rawValue: order.flags) == [.postOnly, .reduceOnly])
  }

  @Test func aQuantityBetweenContractsIsRefused() throws {
    let command = place { $0.quantity = pb_dec(Decimal64("0.0100005")) }
    #expect(harness.requests.isEmpty && harness.refusal(command) == .invalidOrder)
  }

  @Test func anInverseContractTakesNoOrders() throws {
    let command = place { $0.instrument = 2 }
    #expect(harness.requests.isEmpty && harness.refusal(command) == .unsupported)
  }

  @Test func whatClosesAPositionNeedsNoQuantity() throws {
    _ = place {
      ($0.type, $0.price, $0.quantity) = (OrderType.market.rawValue, pb_dec(), pb_dec())
      $0.flags = OrderFlags.close.rawValue
    }
    #expect(
      harness.requests.last?.body
        == #"{"symbol":"XBTUSDT","side":"Buy","ordType":"Market","clOrdID":"a1","execInst":"Close"}"#)
  }

  /// Left out, the price that a stop waits for would be the mark price.
  @Test func aStopWaitsForTheLastPrice() throws {
    _ = place {
      ($0.type, $0.price, $0.stop) = (OrderType.stopMarket.rawValue, pb_dec(), pb_dec(Decimal64(60000)))
    }
    #expect(harness.requests.last?.body.contains(#""ordType":"Stop","stopPx":60000,"#) == true)
    #expect(harness.requests.last?.body.contains(#""execInst":"LastPrice""#) == true)
  }

  @Test func aSetIsCancelledInOneRequestAndEachEndsByItself() throws {
    let command = harness.command(
      .cancelMany, items: ["o-1", "o-2"].map { venue in ConnectorHarness.Item(venue: venue) { $0.instrument = 1 } }
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(harness.requests.count == 1 && request.body == #"{"orderID":["o-1","o-2"]}"#)
    harness.reply(
      request.id, "[" + #"{"orderID":"o-2","error":"Unable to cancel order due to existing state: Filled"},"#
        + row("Canceled", #","ordRejReason":"""#) + "]")
    let reply = try #require(harness.replies(command).last)
    #expect(reply.outcome == .done && reply.text.contains("1 of 2 refused") && reply.text.contains("Filled"))
    #expect(orders.map(\.state) == [OrderState.cancelled.rawValue])
  }

  /// A row of the table names what changed; the rest is what it was.
  @Test func aChangeKeepsWhatItDoesNotName() throws {
    table("order", "insert", row("New"))
    table(
      "order", "update", #"{"orderID":"o-1","clOrdID":"a1","account":9,"symbol":"XBTUSDT","cumQty":4000,"#
        + #""ordStatus":"PartiallyFilled","avgPx":50000,"timestamp":"2025-01-01T00:00:01.000Z"}"#)
    table(
      "order", "update", #"{"orderID":"o-1","clOrdID":"a1","account":9,"symbol":"XBTUSDT","ordStatus":"Canceled","#
        + #""text":"Canceled: Canceled via API.\nSubmitted via API.","timestamp":"2025-01-01T00:00:02.000Z"}"#)
    #expect(orders.map(\.state) == [.open, .partial, .cancelled].map(\OrderState.rawValue))
    #expect(orders.last?.filled.value == Decimal64("0.004") && orders.last?.price.value == Decimal64(50000))
    #expect(harness.faults.isEmpty)
  }

  @Test func anExecutionIsAFillAndItsFeeIsInWholeUnits() throws {
    table(
      "execution", "insert", #"{"execID":"e-1","orderID":"o-1","clOrdID":"a1","symbol":"XBTUSDT","side":"Buy","#
        + #""lastQty":4000,"lastPx":50000,"lastLiquidityInd":"RemovedLiquidity","execType":"Trade","#
        + #""settlCurrency":"USDt","currency":"USDT","execComm":100000,"commission":0.0005,"#
        + #""timestamp":"2025-01-01T00:00:01.000Z"},"#
        + #"{"execID":"e-2","orderID":"o-1","symbol":"XBTUSDT","side":"Buy","execType":"Canceled","#
        + #""timestamp":"2025-01-01T00:00:01.000Z"},"#
        + #"{"execID":"e-3","orderID":"00000000-0000-0000-0000-000000000000","symbol":"XBTUSDT","side":"","#
        + #""lastQty":4000,"lastPx":50000,"execType":"Funding","settlCurrency":"USDt","execComm":-7000,"#
        + #""commission":-0.0001,"timestamp":"2025-01-01T04:00:00.000Z"}"#)
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    let fill = try #require(fills.first)
    #expect(fills.count == 1 && fill.fields.quantity.value == Decimal64("0.004"))
    #expect(fill.fields.fee.value == Decimal64("0.1") && fill.record.text(fill.fields.fee_asset) == "USDT")
    let payment = try #require(harness.all(PB_EV_FUNDING_PAYMENT, pb_funding_payment.self).last?.fields)
    #expect(payment.amount.value == Decimal64("0.007") && harness.faults.isEmpty)
  }

  @Test func aPositionKeepsWhatAChangeDoesNotName() throws {
    table(
      "position", "partial", #"{"account":9,"symbol":"XBTUSDT","currency":"USDt","currentQty":-20000,"leverage":10,"#
        + #""crossMargin":false,"avgEntryPrice":50000,"liquidationPrice":60000,"posMargin":100000000,"#
        + #""unrealisedPnl":-5000000,"timestamp":"2025-01-01T00:00:00.000Z"}"#)
    table(
      "position", "update", #"{"account":9,"symbol":"XBTUSDT","currency":"USDt","markPrice":50100,"#
        + #""unrealisedPnl":-2000000,"timestamp":"2025-01-01T00:00:01.000Z"}"#)
    let all = harness.all(PB_EV_POSITION, pb_position.self).map(\.fields)
    let last = try #require(all.last)
    #expect(all.count == 2 && last.quantity.value == Decimal64("-0.02") && last.entry.value == Decimal64(50000))
    #expect(last.unrealized.value == Decimal64(-2) && last.margin.value == Decimal64(100))
    #expect(last.margin_mode == MarginMode.isolated.rawValue && last.leverage.value == Decimal64(10))
  }

  /// The numbers of a currency mean nothing before its smallest unit is known.
  @Test func anUnknownCurrencyIsAskedFor() throws {
    table("margin", "partial", #"{"account":9,"currency":"XBt","walletBalance":150000000,"availableMargin":100000000}"#)
    let known = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).last)
    #expect(known.fields.total.value == Decimal64("1.5") && known.record.text(known.fields.asset) == "BTC")
    table("margin", "update", #"{"account":9,"currency":"XBt","availableMargin":50000000}"#)
    let later = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).last?.fields)
    #expect(later.total.value == Decimal64("1.5") && later.available.value == Decimal64("0.5"))
    harness.forget()
    table("wallet", "insert", #"{"account":9,"currency":"NEWt","amount":1000}"#)
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).isEmpty)
    let question = try #require(harness.requests.first { $0.url.hasSuffix("/wallet/assets") })
    harness.reply(question.id, #"[{"asset":"NEW","currency":"NEWt","scale":3}]"#)
    harness.forget()
    table("wallet", "update", #"{"account":9,"currency":"NEWt","amount":2000}"#)
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).last?.fields.total.value == Decimal64(2))
  }

  @Test(arguments: [
    (404, "HTTPError", "Not Found", Failure.unknownOrder, Outcome.refused),
    (400, "ValidationError", "orderQty is invalid", .invalidOrder, .refused),
    (400, "HTTPError", "Account has insufficient Available Balance, 5000 XBt required", .funds, .refused),
    (400, "HTTPError", "Duplicate clOrdID", .invalidOrder, .unknown),
    (401, "HTTPError", "Invalid API Key.", .authentication, .refused),
    (401, "HTTPError", "This request has expired - `expires` is in the past.", .clock, .refused),
    (429, "RateLimitError", "Rate limit exceeded, retry in 7 seconds.", .rateLimit, .refused),
    (503, "HTTPError", "The system is currently overloaded. Please try again later.", .transient, .refused),
    (500, "HTTPError", "Internal Server Error", .transient, .unknown),
    (400, "HTTPError", "Something that was never heard of", .other, .unknown),
  ])
  func wordsAreErrors(_ status: Int, _ name: String, _ text: String, _ failure: Failure, _ outcome: Outcome) throws {
    let command = place { _ in }
    harness.reply(
      try #require(harness.requests.last).id, status: status,
      #"{"error":{"message":"\#(text)","name":"\#(name)"}}"#)
    let reply = try #require(harness.replies(command).last)
    #expect(reply.failure == failure && reply.outcome == outcome)
    if failure == .rateLimit { #expect(reply.retryAfter == 7_000_000_000) }
  }
}
