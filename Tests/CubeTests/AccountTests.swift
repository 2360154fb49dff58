import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import CubeConnector

@Suite struct AccountTests {
  /// Account 7 with its stream, which holds one order and is live.
  private func trading(_ harness: ConnectorHarness) throws -> pb_id {
    harness.account(7)
    let stream = try #require(harness.opens.last)
    #expect(stream.url == "wss://api.cube.exchange/os" && stream.permission == "private_stream")
    harness.opened(stream.stream)
    let login = try #require(harness.requests.last { $0.permission == "login" })
    harness.sent(login.id)
    let rest = Proto().number(1, 11).number(2, 22).number(3, 100_006).number(4, 1000).number(5, 50).number(6, 1)
      .number(7, 1).number(8, 0).number(9, 30).number(10, 1_764_288_000_300_000_000).number(12, 20)
    harness.frame(stream.stream, Proto().message(2, Proto().message(1, rest)).bytes, isBinary: true)
    #expect(harness.states.last?.state != .live)
    harness.frame(stream.stream, Proto().message(1, Proto().number(1, 5)).bytes, isBinary: true)
    #expect(harness.states.last?.state == .live && harness.faults.isEmpty)
    return stream.stream
  }

  @Test func whatRestsIsReportedBeforeTheStreamIsLive() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.record.text(order.fields.venue_order) == "22" && order.record.text(order.fields.client_order) == "11")
    #expect(order.fields.state == OrderState.partial.rawValue && order.fields.side == Side.sell.rawValue)
    #expect(order.fields.price.value?.plain == "10" && order.fields.filled.value?.plain == "0.2")
  }

  /// A fee is a share of what is received: of a sale the quote.
  @Test func aFillTakesItsFeeFromWhatIsReceived() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    let fill = Proto().number(2, 100_006).number(3, 11).number(4, 22).number(5, 1000).number(6, 30).number(7, 0)
      .number(8, 1_764_288_000_400_000_000).number(10, 50).number(11, 1)
      .message(13, Proto().number(1, 8).number(2, UInt64(bitPattern: -4))).number(14, 97)
    harness.frame(stream, Proto().message(7, fill).bytes, isBinary: true)
    let report = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(report.fields.fee.value?.plain == "0.0024" && report.record.text(report.fields.fee_asset) == "USDC")
    #expect(report.fields.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == OrderState.filled.rawValue && order.filled.value?.plain == "0.5")
  }

  /// An acknowledgement of a cancel names the order and no more: what it was is known from before.
  @Test func aCancelKeepsWhatIsKnown() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    let ack = Proto().number(2, 11).number(4, 1_764_288_000_400_000_000).number(6, 3).number(7, 100_006).number(8, 22)
    harness.frame(stream, Proto().message(2, ack).bytes, isBinary: true)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.cancelled.rawValue && order.fields.filled.value?.plain == "0.2")
    #expect(order.record.text(order.fields.reason) == "not filled at once")
  }

  /// 256 bits in four words: of 20 units of an asset with 18 decimals the lowest is not enough.
  @Test func aBalanceIsAWideNumber() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    func sum(_ words: UInt64...) -> Proto {
      words.enumerated().reduce(Proto()) { $1.element == 0 ? $0 : $0.number($1.offset + 1, $1.element) }
    }
    // 2^64 + 5 units of a billionth.
    let position = Proto().number(2, 5).message(3, sum(5, 1)).message(4, sum(1_000_000_000))
    harness.frame(stream, Proto().message(9, position).bytes, isBinary: true)
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).first).fields
    #expect(balance.available.value?.plain == "1")
    #expect(balance.total.mantissa != 0 && harness.faults.isEmpty)
    harness.frame(
      stream, Proto().message(9, Proto().number(2, 5).message(3, sum(0, 0, 1))).bytes, isBinary: true)
    #expect(harness.logs.last?.contains("too large") == true)
  }

  @Test func partsOfTheAccountStandInThePath() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.balances) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasPrefix("https://api.cube.exchange/ir/v0/users/subaccount/"))
    #expect(request.url.hasSuffix("/positions") && !request.url.contains("*"))
    #expect(request.headers.contains { $0.hasPrefix("x-api-signature: ") })
    harness.reply(
      request.id,
      #"{"result":{"38393":{"name":"primary","inner":[{"amount":"1486310","assetId":7,"accountingType":"asset"}]}}}"#)
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).first)
    #expect(balance.fields.total.value?.plain == "1.48631" && balance.record.text(balance.fields.asset) == "USDC")
  }

  @Test func ordersAreNotOffered() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    #expect(harness.send(Verb.place.rawValue) { ($0.account, $0.instrument) = (7, 1) } == .unsupported)
    #expect(harness.send(Verb.cancel.rawValue) { ($0.account, $0.instrument) = (7, 1) } == .unsupported)
  }
}
