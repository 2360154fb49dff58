import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import HTXConnector

@Suite struct PrivateTests {
  @Test func theStreamIsLetInByASignedFrame() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try stream(harness, "/ws/v2")
    harness.opened(stream)
    let login = try #require(harness.requests.last)
    #expect(login.permission == "login")
    #expect(login.body.hasPrefix(#"{"action":"req","ch":"auth","params":{"authType":"api","accessKey":""#))
    #expect(login.body.contains("GET\napi.huobi.pro\n/ws/v2\naccessKey="))
    harness.frame(stream, #"{"action":"req","code":2002,"ch":"auth","message":"auth.fail"}"#)
    #expect(harness.states.last?.state == .down && harness.states.last?.text.contains("auth.fail") == true)
    #expect(harness.closes == [stream])
  }

  @Test func aHeartbeatIsAnsweredOnTheAccountsStream() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    #expect(harness.frame(stream, #"{"action":"ping","data":{"ts":1575537778295}}"#) == .ok)
    #expect(harness.requests.map(\.body) == [#"{"action":"pong","data":{"ts":1575537778295}}"#])
    #expect(harness.requests[0].permission == "pong")
  }

  @Test func anExecutionIsReportedOnceWithItsFee() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      """
      {"action":"push","ch":"orders#btcusdt","data":{"orderPrice":"43210.5","orderSize":"1","orderId":244,
      "clientOrderId":"pb-1","type":"buy-limit","symbol":"btcusdt","orderStatus":"partial-filled","eventType":"trade",
      "tradePrice":"43210.5","tradeVolume":"0.4","tradeId":7519502,"tradeTime":1764288000650,"aggressor":true,
      "remainAmt":"0.6","execAmt":"0.4"}}
      """)
    harness.frame(stream, clearing(fee: "0.0004", points: "0", of: ""))
    #expect(harness.fills.map(\.trade) == ["7519502"] && harness.orders.count == 1)
    let fill = try #require(harness.fills.first)
    #expect(fill.fields.fee.value?.plain == "0.0004" && fill.feeAsset == "btc")
    #expect(fill.fields.liquidity == UInt32(PB_LIQUIDITY_TAKER) && fill.venue == "244")
    harness.frame(stream, clearing(fee: "0", points: "0.2", of: "ht"))
    #expect(harness.fills.last?.fields.fee.value?.plain == "0.2" && harness.fills.last?.feeAsset == "ht")
  }

  private func clearing(fee: String, points: String, of asset: String) -> String {
    """
    {"ch":"trade.clearing#btcusdt#0","data":{"eventType":"trade","symbol":"btcusdt","orderId":244,
    "tradePrice":"43210.5","tradeVolume":"0.4","orderSide":"buy","aggressor":true,"tradeId":7519502,
    "tradeTime":1764288000700,"transactFee":"\(fee)","feeDeduct":"\(points)","feeDeductType":"\(asset)",
    "feeCurrency":"btc","accountId":33385,"clientOrderId":"pb-1","orderStatus":"partial-filled"}}
    """
  }

  @Test func whatAMarketOrderToBuyExecutedCountsQuote() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      """
      {"action":"push","ch":"orders#btcusdt","data":{"orderValue":"100","orderId":245,"clientOrderId":"pb-2",
      "type":"buy-market","symbol":"btcusdt","orderStatus":"filled","eventType":"trade","tradePrice":"50000",
      "tradeVolume":"0.002","tradeId":1,"tradeTime":1764288000650,"remainAmt":"0","execAmt":"100"}}
      """)
    let order = try #require(harness.orders.last)
    #expect(order.fields.state == OrderState.filled.rawValue && order.fields.filled.value == nil)
  }

  @Test func aConditionalOrderThatFailsIsRejectedByItsClientsId() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      """
      {"action":"push","ch":"orders#btcusdt","data":{"orderSide":"buy","lastActTime":1583853365586,
      "clientOrderId":"abc123","orderStatus":"rejected","symbol":"btcusdt","eventType":"trigger","errCode":2002,
      "errMessage":"invalid.client.order.id(NT)"}}
      """)
    let order = try #require(harness.orders.last)
    #expect(order.client == "abc123" && order.reason == "invalid.client.order.id(NT)")
    #expect(order.fields.state == OrderState.rejected.rawValue)
  }

  @Test func balancesAreOfTheSpotAccountAndWhole() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.command(.balances) { $0.account = 7 }
    try identify(harness)
    let request = try #require(harness.requests.last { $0.url.contains("/v1/account/accounts/1000001/balance?") })
    harness.reply(
      request.id,
      """
      {"status":"ok","data":{"id":1000001,"type":"spot","state":"working","list":[
      {"currency":"usdt","type":"trade","balance":"91.85"},{"currency":"usdt","type":"frozen","balance":"5.16"},
      {"currency":"usdt","type":"loan","balance":"3"},{"currency":"btc","type":"frozen","balance":"1"}]}}
      """)
    #expect(harness.balances.map(\.asset) == ["btc", "usdt"])
    #expect(harness.balances.map { $0.fields.total.value?.plain } == ["1", "97.01"])
    #expect(harness.balances.map { $0.fields.available.value?.plain } == ["0", "91.85"])
    harness.forget()
    func push(_ account: Int, _ rest: String) -> String {
      """
      {"action":"push","ch":"accounts.update#2","data":{"currency":"usdt","accountId":\(account),\(rest),
      "changeType":null,"accountType":"trade","seqNum":1,"changeTime":null}}
      """
    }
    harness.frame(stream, push(1_000_001, #""balance":"90","available":"80""#))
    harness.frame(stream, push(9, #""balance":"7","available":"7""#))
    #expect(harness.balances.map { $0.fields.total.value?.plain } == ["90"])
    // Half of a balance is none: all of them are asked for.
    harness.run(for: 10_000_000_000)
    harness.forget()
    harness.frame(stream, push(1_000_001, #""available":"70""#))
    #expect(harness.balances.isEmpty && harness.requests.contains { $0.url.contains("/balance?") })
  }
}
