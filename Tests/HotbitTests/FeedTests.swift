import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HotbitConnector

@Suite struct FeedTests {
  private func ready(trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(HotbitSpot.self)
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      {"error":null,"result":[{"name":"BTCUSDT","stock":"BTC","money":"USDT","fee_prec":4,"stock_prec":4,"money_prec":2,
      "min_amount":"0.0001"}],"id":1}
      """)
    return harness
  }

  private func live(_ harness: ConnectorHarness) throws -> pb_id {
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    var answered: Set<pb_id> = []
    while let next = harness.requests.first(where: { $0.stream == stream && !answered.contains($0.id) }) {
      answered.insert(next.id)
      harness.sent(next.id)
      harness.frame(stream, #"{"error":null,"result":{"status":"success"},"id":\#(next.id)}"#)
    }
    return stream
  }

  private func order(_ event: Int, filled: String, cost: String, fee: String) -> String {
    """
    {"method":"order.update","params":[\(event),{"id":422458,"market":"BTCUSDT","source":"","type":1,"side":2,"user":5,\
    "ctime":1513819599.987308,"mtime":1513819599.987308,"price":"8000","amount":"3","taker_fee":"0.002",\
    "maker_fee":"0.001","left":"3","deal_stock":"\(filled)","deal_money":"\(cost)","deal_fee":"\(fee)"}],"id":102}
    """
  }

  @Test func socketsAndReportsNameMarketsInTwoWays() throws {
    #expect(try ready().instruments.map(\.symbol) == ["BTC/USDT"])
  }

  /// The first push of deals is what happened before, newest first.
  @Test func theFirstDealsAreHistory() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    func deal(_ id: Int) -> String {
      #"{"id":\#(id),"time":1512454847.188796,"price":"8000","amount":"1","type":"buy"}"#
    }
    func push(_ ids: [Int]) {
      let list = ids.map(deal).joined(separator: ",")
      harness.frame(stream, #"{"method":"deals.update","params":["BTC/USDT",[\#(list)]],"id":null}"#)
    }
    push([26, 25])
    push([28, 27])
    #expect(harness.trades.map(\.id) == ["25", "26", "27", "28"], "\(harness.logs)")
    let flags = harness.all(PB_EV_TRADE, pb_trade.self).map { $0.fields.flags == UInt32(PB_TRADE_BACKFILL) }
    #expect(flags == [true, true, false, false])
  }

  /// A side that did not change may be left out.
  @Test func changesOfOneSideAreWhole() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    let whole = #"{"asks":[["101","2"]],"bids":[["100","1"]]}"#
    harness.frame(stream, #"{"method":"depth.update","params":[true,\#(whole),"BTC/USDT"],"id":null}"#)
    harness.frame(
      stream, #"{"method":"depth.update","params":[false,{"asks":[["101","0"]]},"BTC/USDT"],"id":null}"#)
    #expect(harness.books.map(\.isSnapshot) == [true, false])
    harness.frame(stream, #"{"method":"depth.update","params":[false,{},"BTC/USDT"],"id":null}"#)
    #expect(harness.gaps.count == 1)
  }

  /// What grew since the last report is one execution; of an order that nobody heard of before it is not known.
  @Test func fillsAreWhatGrew() throws {
    let harness = try ready(trading: true)
    let stream = try live(harness)
    #expect(harness.states.last?.state == .live, "\(harness.logs)")
    harness.frame(stream, order(2, filled: "1", cost: "8000", fee: "0.001"))
    #expect(harness.all(PB_EV_FILL, pb_fill.self).isEmpty)
    harness.frame(stream, order(2, filled: "1.5", cost: "11990", fee: "0.0015"))
    harness.frame(stream, order(3, filled: "3", cost: "23990", fee: "0.003"))
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map { $0.fields.price.value?.plain } == ["7980", "8000"])
    #expect(fills.map { $0.fields.quantity.value?.plain } == ["0.5", "1.5"])
    #expect(fills.map { $0.fields.fee.value?.plain } == ["0.0005", "0.0015"])
    #expect(fills.map { $0.record.text($0.fields.fee_asset) } == ["BTC", "BTC"])
    let states = harness.all(PB_EV_ORDER, pb_order.self).map { OrderState(rawValue: $0.fields.state) }
    #expect(states == [.partial, .partial, .filled])
  }

  /// The parameters are signed in the order of their names.
  @Test func anOrderIsSignedByItsSortedParameters() throws {
    let harness = try ready(trading: true)
    _ = try live(harness)
    _ = harness.placeLimit(client: "a1")
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.hotbit.io/v2/p2/order.put_limit" && request.permission == "place")
    let plain = "amount=0.012&api_key=<field(api_key)>&isfee=0&market=BTC%2FUSDT&price=50000&side=2&sign="
    #expect(request.body.hasPrefix(plain), "\(request.body)")
  }
}
