import CPatchbay
import ConnectorKit
import Decimals
import Testing

/// Orders that wait for the mark price say so in the exchange's word, and those that wait for the last trade do not.
@Suite struct MarkStopTests {
  private static let words = [
    "binance_perpetual": "workingType=MARK_PRICE", "bing_x_perpetual": "workingType=MARK_PRICE",
    "okx_perpetual": #""slTriggerPxType":"mark""#, "bybit_perpetual": #""triggerBy":"MarkPrice""#,
    "kucoin_perpetual": #""stopPriceType":"MP""#, "gate_io_perpetual": #""price_type":1"#,
    "bitget_perpetual": #""triggerType":"mark_price""#,
  ]
  private static let exchanges = Exchange.all.filter { words[$0.id] != nil }

  @Test(arguments: Exchange.all) func whoOffersItIsListed(exchange: Exchange) throws {
    let instrument = try #require(World(exchange, isOdd: true).harness.instruments.first, "\(exchange.id)")
    let offers = instrument.fields.order_flags & UInt64(PB_ORDER_STOP_BY_MARK) != 0
    #expect(offers == (Self.words[exchange.id] != nil || exchange.id.hasPrefix("derive")), "\(exchange.id)")
  }

  @Test(arguments: exchanges) func theMarkPriceIsNamed(exchange: Exchange) throws {
    for isByMark in [true, false] {
      let text = try sent(exchange, isByMark ? [.stopByMark] : [])
      #expect(text.contains(try #require(Self.words[exchange.id])) == isByMark, "\(exchange.id): \(text)")
    }
  }

  @Test(arguments: exchanges) func whatWaitsForNoPriceHasNone(exchange: Exchange) throws {
    let world = try world(exchange)
    let command = world.harness.command(.place, client: exchange.client) {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.side, $0.type) = (Side.sell.rawValue, OrderType.limit.rawValue)
      ($0.quantity, $0.price) = (pb_dec(Decimal64(1)), pb_dec(Decimal64(100)))
      $0.flags = OrderFlags.stopByMark.rawValue
    }
    #expect(world.harness.replies(command).last?.failure == .invalidOrder && world.harness.requests.isEmpty)
  }

  private func world(_ exchange: Exchange) throws -> World {
    let world = try World(exchange, trading: true)
    world.harness.account(7, algorithm: exchange.algorithm, publicFields: [("api_key", "KEY"), ("account_id", "4")])
    world.turn()
    world.forget()
    return world
  }

  /// What a stop order becomes.
  private func sent(_ exchange: Exchange, _ flags: OrderFlags) throws -> String {
    let world = try world(exchange)
    world.harness.command(.place, client: exchange.client) {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.side, $0.type) = (Side.sell.rawValue, OrderType.stopLimit.rawValue)
      ($0.quantity, $0.price, $0.stop) = (pb_dec(Decimal64(1)), pb_dec(Decimal64(100)), pb_dec(Decimal64(101)))
      $0.time_in_force = TimeInForce.goodTilCancelled.rawValue
      $0.flags = flags.rawValue
    }
    // Some look at the price at hand first.
    if let question = world.harness.requests.last, question.account == 0, question.stream == 0 {
      world.harness.reply(question.id, #"{"code":"00000","data":[{"lastPr":"200","markPrice":"200"}]}"#)
    }
    let request = try #require(
      world.harness.requests.last { $0.stream == 0 }, "\(world.harness.replies) \(world.harness.logs)")
    return request.url + " " + request.body
  }
}
