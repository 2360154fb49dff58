import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import KuCoinConnector

@Suite struct PrivateTests {
  @Test func theTokenNeverComesToLight() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let question = try #require(harness.requests.last)
    #expect(question.permission == "bullet_private" && question.url.hasSuffix("/api/v1/bullet-private"))
    let stream = try opened(harness, address("wss://ws-api-spot.kucoin.com", token: "*****"))
    let open = try #require(harness.opens.last)
    #expect(open.permission == "private_stream" && open.account == 7)
    #expect(open.url.hasPrefix("wss://ws-api-spot.kucoin.com/?token=") && !open.url.contains("*"))
    let topics = harness.requests.filter { $0.stream == stream }
    #expect(topics.map { $0.body.contains(#""privateChannel":true"#) } == [true, true, true])
    #expect(harness.states.map(\.state) == [.pending])
    for request in topics { harness.frame(stream, #"{"id":"\#(request.id)","type":"ack"}"#) }
    #expect(harness.states.map(\.state) == [.pending, .live])
    harness.closed(stream, code: 1006)
    harness.run(for: 1_000_000_000)
    #expect(harness.requests.last?.url.hasSuffix("/api/v1/bullet-private") == true, "a token is good for one stream")
  }

  @Test func anAddressThatCannotBeReadIsAskedForAgainLater() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    harness.reply(try #require(harness.requests.last).id, #"{"code":"200000","data":{"token":"*"}}"#)
    #expect(harness.states.map(\.state) == [.pending, .down] && harness.opens.isEmpty)
    harness.forget()
    harness.run(for: 1_000_000_000)
    _ = try opened(harness, address(token: "*****"))
  }

  private func order(_ type: String, _ members: String) -> String {
    """
    {"topic":"/spotMarket/tradeOrdersV2","type":"message","subject":"orderChange","channelType":"private","data":{
    "symbol":"BTC-USDT","orderType":"limit","side":"sell","orderId":"671124","type":"\(type)","price":"50000",
    "orderTime":1764288000450000128,"clientOid":"a-1","ts":1764288000650000128,\(members)}}
    """
  }

  @Test func aMatchIsAFillAndAnOrderEndsByAMessageOfItsOwn() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(stream, order("received", #""status":"new","originSize":"2""#))
    harness.frame(
      stream,
      order(
        "match",
        #""originSize":"2","size":"2","filledSize":"0.5","matchPrice":"50000.1","matchSize":"0.5","tradeId":"99","#
          + #""liquidity":"maker","feeType":"makerFee""#))
    harness.frame(stream, order("canceled", #""originSize":"2","size":"2","filledSize":"0.5","canceledSize":"1.5""#))
    #expect(harness.emitted.map(\.kind) == [PB_EV_ORDER, PB_EV_FILL, PB_EV_ORDER, PB_EV_ORDER])
    let orders = harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
    #expect(orders.map(\.state) == [OrderState.open, .partial, .cancelled].map(\.rawValue))
    #expect(orders.allSatisfy { $0.quantity.value == Decimal64(2) })
    #expect(orders.last?.venue_ns == 1_764_288_000_650_000_128)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first).fields
    #expect(fill.liquidity == UInt32(PB_LIQUIDITY_MAKER) && fill.fee.value == nil)
  }

  @Test func anOrderByValueHasNoQuantity() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    let frame = order("received", #""originSize":"0","originFunds":"10""#)
    harness.frame(stream, frame.replacing(#""orderType":"limit""#, with: #""orderType":"market""#))
    let fields = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(fields.quantity.value == nil && fields.flags == OrderFlags.byValue.rawValue)
  }

  @Test func onlyTheTradingAccountsBalancesCount() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    func change(_ event: String, _ total: String) -> String {
      """
      {"topic":"/account/balance","type":"message","subject":"account.balance","channelType":"private","data":{
      "total":"\(total)","available":"1","currency":"USDT","hold":"0","relationEvent":"\(event)",
      "time":"1764288000000"}}
      """
    }
    for event in ["main.deposit", "margin.hold", "trade.setted"] { harness.frame(stream, change(event, "5")) }
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).count == 1 && harness.requests.isEmpty)
    harness.frame(stream, change("other", "6"))
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/api/v1/accounts?type=trade_hf"), "whose it is, is asked for")
    harness.reply(
      question.id,
      #"""
      {"code":"200000","data":[{"currency":"USDT","type":"main","balance":"9","available":"9","holds":"0"},
      {"currency":"USDT","type":"trade","balance":"7","available":"6","holds":"1"}]}
      """#)
    let balances = harness.all(PB_EV_BALANCE, pb_balance.self).map { $0.fields.total.value }
    #expect(balances == [Decimal64(5), Decimal64(7)])
  }

  @Test func aReportThatCannotBeReadStartsTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    #expect(harness.frame(stream, order("match", #""filledSize":"x""#)) == .parse)
    #expect(harness.closes == [stream] && harness.states.last?.state == .down)
  }
}
