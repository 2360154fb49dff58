import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import OKXConnector

/// Perpetuals: contracts of 0.01 BTC on the exchange's side, base on the other.
@Suite struct PerpetualTests {
  private static let list = """
    {"code":"0","msg":"","data":[
    {"instType":"SWAP","instId":"BTC-USDT-SWAP","uly":"BTC-USDT","baseCcy":"","quoteCcy":"","settleCcy":"USDT",
     "ctVal":"0.01","ctMult":"1","ctValCcy":"BTC","ctType":"linear","tickSz":"0.1","lotSz":"0.01","minSz":"0.01",
     "maxLmtSz":"100000000","lever":"100","state":"live"},
    {"instType":"SWAP","instId":"BTC-USD-SWAP","uly":"BTC-USD","settleCcy":"BTC","ctVal":"100","ctMult":"1",
     "ctValCcy":"USD","ctType":"inverse","tickSz":"0.1","lotSz":"1","minSz":"1","lever":"100","state":"live"},
    {"instType":"SWAP","instId":"PEPE-USDT-SWAP","uly":"PEPE-USDT","settleCcy":"USDT","ctVal":"10000000","ctMult":"1",
     "ctValCcy":"PEPE","ctType":"linear","tickSz":"0.0000000001","lotSz":"0.1","minSz":"0.1","lever":"50",
     "state":"live"},
    {"instType":"SWAP","instId":"ODD-USDT-SWAP","uly":"ODD-USDT","settleCcy":"USDT","ctVal":"","ctMult":"1",
     "ctValCcy":"ODD","ctType":"linear","tickSz":"0.1","lotSz":"1","minSz":"1","state":"live"}]}
    """

  private func ready(_ config: String = "{}", trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(OKXPerpetual.self, config: config)
    harness.start(trading: trading)
    if trading { harness.account(7) }
    harness.command(.instruments)
    harness.reply(try #require(harness.requests.last).id, Self.list)
    return harness
  }

  private func trading(_ config: String = "{}") throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(config, trading: true)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, #"{"event":"login","code":"0","msg":""}"#)
    for channel in ["orders", "account", "positions", "liquidation-warning"] {
      harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"\#(channel)"}}"#)
    }
    _ = try business(harness)
    #expect(harness.states.map(\.state) == [.pending, .live])
    harness.forget()
    return (harness, stream)
  }

  private func place(
    _ harness: ConnectorHarness, _ side: Side = .buy, _ change: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_id {
    harness.command(.place, client: "a1") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.side, $0.type) = (side.rawValue, OrderType.limit.rawValue)
      ($0.quantity, $0.price) = (pb_dec(Decimal64("0.0123")), pb_dec(Decimal64(50_000)))
      change(&$0)
    }
  }

  @Test func contractsOfOneQuoteAreLeftOutAndWhatCannotBeReadIsNamed() throws {
    let harness = try ready()
    #expect(harness.instruments.map(\.symbol) == ["BTC-USDT-SWAP", "PEPE-USDT-SWAP"])
    let first = harness.instruments[0]
    #expect(first.base == "BTC" && first.quote == "USDT" && first.fields.kind == UInt32(PB_KIND_PERP))
    #expect(first.fields.lot.value == Decimal64("0.0001") && first.fields.quantity_exp == -4)
    #expect(first.fields.max_quantity.value == Decimal64(1_000_000))
    #expect(first.fields.max_leverage.value == Decimal64(100))
    #expect(harness.instruments[1].fields.lot.value == Decimal64(1_000_000))
    #expect(harness.logs.contains { $0.contains("ODD-USDT-SWAP") })
  }

  @Test func booksTradesAndTickersAreInBase() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades, .ticker])
    func channel(_ name: String, _ rest: String) {
      harness.frame(stream, #"{"arg":{"channel":"\#(name)","instId":"BTC-USDT-SWAP"},\#(rest)}"#)
    }
    channel(
      "books",
      #""action":"snapshot","data":[{"asks":[],"bids":[["50000","1.23","0","4"]],"ts":"1","seqId":3,"prevSeqId":-1}]"#)
    #expect(harness.books.last?.bids == [[500_000, 123]])
    channel(
      "trades",
      #""data":[{"instId":"BTC-USDT-SWAP","tradeId":"9","px":"50000.1","sz":"70","side":"sell","ts":"1700000000000"}]"#)
    #expect(harness.trades.last?.quantity == 7000)
    channel(
      "tickers",
      #""data":[{"instId":"BTC-USDT-SWAP","last":"5","bidPx":"5","bidSz":"2","vol24h":"700","volCcy24h":"7"}]"#)
    #expect(harness.tickers.last?.bid_quantity == 200 && harness.tickers.last?.base_volume.value == Decimal64(7))
    #expect(harness.tickers.last?.quote_volume.value == nil)
  }

  /// One subscription is to all instruments, whichever is wanted: it is given up with the last of them.
  @Test func liquidationsOfAllComeByOneSubscription() throws {
    let harness = try ready()
    for instrument: pb_id in [1, 2] {
      harness.command(.subscribe) { ($0.instrument, $0.channel) = (instrument, Channels.liquidations.rawValue) }
    }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let args = #""args":[{"channel":"liquidation-orders","instType":"SWAP"}]}"#
    let wishes = harness.requests.filter { $0.stream == stream }
    #expect(wishes.map(\.body) == wishes.map { #"{"id":"\#($0.id)","op":"subscribe","# + args } && wishes.count == 2)
    for wish in wishes {
      harness.sent(wish.id)
      harness.frame(
        stream,
        #"{"id":"\#(wish.id)","event":"subscribe","arg":{"channel":"liquidation-orders","instType":"SWAP"}}"#)
    }
    #expect(harness.states.map(\.state).filter { $0 == .live }.count == 2)
    func push(_ symbol: String, _ time: Int) -> String {
      #"{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"instId":"\#(symbol)","instType":"SWAP","#
        + #""details":[{"bkLoss":"0","bkPx":"50000.1","ccy":"","posSide":"short","side":"buy","sz":"13","#
        + #""ts":"\#(time)"}]}]}"#
    }
    harness.forget()
    for time in [1_692_266_434_010, 1_692_266_434_010, 1_692_266_434_000] {
      #expect(harness.frame(stream, push("BTC-USDT-SWAP", time)) == .ok)
    }
    harness.frame(stream, push("XYZ-USDT-SWAP", 1_692_266_434_011))
    let forced = harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).map(\.fields)
    #expect(forced.map(\.instrument) == [1] && forced.first?.quantity.value == Decimal64("0.13"), "once, of ours")
    #expect(forced.first?.side == Side.buy.rawValue && forced.first?.price.value == Decimal64("50000.1"))
    #expect(forced.first?.venue_ns == 1_692_266_434_010_000_000)
    for (instrument, op) in [(pb_id(1), "subscribe"), (2, "unsubscribe")] {
      harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (instrument, Channels.liquidations.rawValue) }
      harness.run(for: 1_000_000_000)
      let last = try #require(harness.requests.last { $0.stream == stream })
      #expect(last.body == #"{"id":"\#(last.id)","op":"\#(op)","# + args)
      harness.sent(last.id)
      harness.frame(
        stream,
        #"{"id":"\#(last.id)","event":"\#(op)","arg":{"channel":"liquidation-orders","instType":"SWAP"}}"#)
    }
  }

  /// Price and quantity of a conditional order can be changed, under the names of what it is.
  @Test(arguments: [(OrderType.takeLimit, "newTpOrdPx"), (.stopLimit, "newSlOrdPx"), (.stopMarket, "")])
  func aConditionalOrderIsAmended(_ type: OrderType, _ name: String) throws {
    let (harness, _) = try trading()
    let command = harness.command(.amend, client: "s1", venue: "77") {
      ($0.account, $0.instrument, $0.order, $0.type) = (7, 1, 5, type.rawValue)
      $0.quantity = pb_dec(Decimal64("0.13"))
      if type.hasLimit { $0.price = pb_dec(Decimal64(48_000)) }
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "perp_amend_algo" && request.url.hasSuffix("/api/v5/trade/amend-algos"))
    let price = name.isEmpty ? "" : ",\"\(name)\":\"48000\""
    #expect(request.body == #"{"instId":"BTC-USDT-SWAP","algoId":"77","newSz":"13"\#(price)}"#)
    harness.reply(request.id, #"{"code":"0","msg":"","data":[{"algoId":"77","algoClOrdId":"s1","sCode":"0"}]}"#)
    #expect(harness.refusal(command) == nil)
  }

  @Test func theIndexComesUnderItsOwnName() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .mark)
    #expect(
      harness.requests.last { $0.stream == stream }?.body.contains(
        #"[{"channel":"mark-price","instId":"BTC-USDT-SWAP"},{"channel":"index-tickers","instId":"BTC-USDT"},"#
          + #"{"channel":"funding-rate","instId":"BTC-USDT-SWAP"}]"#) == true)
    harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"index-tickers","instId":"BTC-USDT"}}"#)
    #expect(harness.states.last?.state == .live)
    harness.frame(
      stream,
      #"{"arg":{"channel":"index-tickers","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","idxPx":"50010"}]}"#)
    harness.frame(
      stream,
      #"{"arg":{"channel":"mark-price","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","#
        + #""markPx":"50001"}]}"#)
    #expect(harness.markFacts.map(\.mark.value) == [Decimal64(50_001)])
    #expect(harness.markFacts.map(\.index.value) == [Decimal64(50_010)])
    harness.frame(
      stream,
      #"{"arg":{"channel":"funding-rate","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","fundingRate":"#
        + #""-0.0001","fundingTime":"1700006400000","nextFundingTime":"1700035200000","ts":"1700000000000"}]}"#)
    let rate = try #require(harness.fundingFacts.last)
    #expect(rate.rate.value == Decimal64("-0.0001") && rate.next_ns == 1_700_006_400_000_000_000)
    #expect(rate.interval_ns == 28_800_000_000_000)
  }

  @Test func ordersCountContractsAndSayTheirMarginAndLeg() throws {
    let (harness, _) = try trading()
    _ = place(harness)
    #expect(
      harness.requests.last?.body == #"{"instId":"BTC-USDT-SWAP","tdMode":"cross","clOrdId":"a1","side":"buy","#
        + #""ordType":"limit","sz":"1.23","px":"50000"}"#)
    #expect(harness.requests.last?.permission == "perp_place")
    _ = place(harness) { $0.flags = OrderFlags.reduceOnly.rawValue }
    #expect(harness.requests.last?.body.contains(#""side":"buy","reduceOnly":true,"#) == true)
    _ = place(harness, .sell) {
      ($0.flags, $0.position) = (OrderFlags.close.rawValue, PositionLeg.long.rawValue)
    }
    #expect(harness.requests.last?.body.contains(#""side":"sell","posSide":"long","ordType":"limit","sz""#) == true)
    let opens = place(harness) { ($0.flags, $0.position) = (OrderFlags.close.rawValue, PositionLeg.long.rawValue) }
    #expect(harness.refusal(opens) == .invalidOrder, "buying opens a long leg")
    let odd = place(harness) { $0.quantity = pb_dec(Decimal64("0.00001")) }
    #expect(harness.refusal(odd) == .invalidOrder, "a thousandth of a contract")
    let (isolated, _) = try trading(#"{"margin_mode":"isolated"}"#)
    _ = place(isolated)
    #expect(isolated.requests.last?.body.contains(#""tdMode":"isolated""#) == true)
    #expect(throws: (any Error).self) { try ready(#"{"margin_mode":"none"}"#) }
  }

  @Test func aFillOfTheExchangesOwnIsALiquidation() throws {
    let (harness, stream) = try trading()
    harness.frame(
      stream,
      #"{"arg":{"channel":"orders","instType":"SWAP"},"data":[{"instId":"BTC-USDT-SWAP","ordId":"5","clOrdId":"","#
        + #""category":"partial_liquidation","side":"sell","posSide":"long","ordType":"market","sz":"3","#
        + #""state":"filled","#
        + #""accFillSz":"3","fillSz":"3","fillPx":"40000","tradeId":"8","fillFee":"-1","fillFeeCcy":"USDT","#
        + #""fillPnl":"-20","execType":"T","uTime":"1700000000000"}]}"#)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).last).fields
    #expect(fill.flags == UInt32(PB_FILL_FORCED) && fill.position == UInt32(PB_POSITION_LONG))
    #expect(fill.quantity.value == Decimal64("0.03") && fill.realized.value == Decimal64(-20))
    let own = try #require(harness.liquidationFacts.last)
    #expect(own.account == 7 && own.what == UInt32(PB_LIQUIDATION_FORCED) && own.quantity.value == Decimal64("0.03"))
    harness.frame(
      stream,
      #"{"arg":{"channel":"liquidation-warning","instType":"SWAP"},"data":[{"instId":"BTC-USDT-SWAP","posSide":"net","#
        + #""pos":"-7","markPx":"51000","uTime":"1700000000000"}]}"#)
    let warning = try #require(harness.liquidationFacts.last)
    #expect(warning.what == UInt32(PB_LIQUIDATION_MARGIN_CALL) && warning.side == Side.buy.rawValue)
    #expect(warning.quantity.value == Decimal64("0.07"))
  }

  @Test func positionsHaveTheSignOfTheirLeg() throws {
    let (harness, stream) = try trading()
    harness.frame(
      stream,
      #"{"arg":{"channel":"positions","instType":"SWAP"},"data":[{"instId":"BTC-USDT-SWAP","posSide":"short","#
        + #""pos":"4","avgPx":"50000","markPx":"49000","liqPx":"","upl":"40","lever":"5","mgnMode":"isolated","#
        + #""margin":"400","uTime":"1700000000000"},{"instId":"BTC-USDT-SWAP","posSide":"net","pos":"0","avgPx":""}]}"#)
    #expect(harness.positionFacts.map(\.quantity.value) == [Decimal64("-0.04"), .zero])
    #expect(harness.positionFacts.map(\.position) == [UInt32(PB_POSITION_SHORT), UInt32(PB_POSITION_NET)])
    #expect(harness.positionFacts[0].margin_mode == UInt32(PB_MARGIN_ISOLATED))
    let command = harness.command(.positions) { ($0.account, $0.instrument) = (7, 1) }
    #expect(harness.requests.last?.url == "https://www.okx.com/api/v5/account/positions?instId=BTC-USDT-SWAP")
    harness.reply(try #require(harness.requests.last).id, #"{"code":"0","msg":"","data":[]}"#)
    #expect(harness.refusal(command) == nil && harness.completed.last?.what == PB_EV_POSITION)
  }

  @Test func fundingThatIsolatedMarginPaidCounts() throws {
    let (harness, _) = try trading()
    let command = harness.command(.fundingPayments) { ($0.account, $0.since_ns) = (7, 1_699_999_000_000_000_000) }
    #expect(
      harness.requests.last?.url
        == "https://www.okx.com/api/v5/account/bills-archive?instType=SWAP&type=8&begin=1699999000000")
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"0","msg":"","data":[{"billId":"2","instId":"BTC-USDT-SWAP","pnl":"-0.5","balChg":"0","ccy":"USDT","#
        + #""ts":"1700000000000"},{"billId":"1","instId":"BTC-USDT-SWAP","pnl":"","balChg":"0.25","ccy":"USDT","#
        + #""ts":"1699999999000"}]}"#)
    #expect(harness.paymentFacts.map(\.fields.amount.value) == [Decimal64("-0.5"), Decimal64("0.25")])
    #expect(harness.paymentFacts.map(\.id) == ["2", "1"] && harness.refusal(command) == nil)
  }

  @Test func leverageAndModesAreSetAndReadBack() throws {
    let (harness, _) = try trading()
    let set = harness.command(.leverage) { ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64(5))) }
    #expect(harness.requests.last?.body == #"{"instId":"BTC-USDT-SWAP","lever":"5","mgnMode":"cross"}"#)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"0","msg":"","data":[{"instId":"BTC-USDT-SWAP","lever":"5","mgnMode":"cross","posSide":""}]}"#)
    #expect(harness.refusal(set) == nil && harness.modeFacts.last?.leverage.value == Decimal64(5))
    let hedge = harness.command(.positionMode) { ($0.account, $0.mode) = (7, UInt32(PB_POSITION_MODE_HEDGE)) }
    #expect(harness.requests.last?.body == #"{"posMode":"long_short_mode"}"#)
    harness.reply(try #require(harness.requests.last).id, #"{"code":"59000","msg":"there are positions","data":[]}"#)
    #expect(harness.refusal(hedge) != nil)
    let modes = harness.command(.modes) { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(
      try #require(harness.requests.last).id, #"{"code":"0","msg":"","data":[{"posMode":"long_short_mode"}]}"#)
    #expect(
      harness.requests.last?.url
        == "https://www.okx.com/api/v5/account/leverage-info?instId=BTC-USDT-SWAP&mgnMode=cross")
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"0","msg":"","data":[{"instId":"BTC-USDT-SWAP","mgnMode":"cross","posSide":"net","lever":"7"}]}"#)
    #expect(harness.refusal(modes) == nil && harness.modeFacts.last?.leverage.value == Decimal64(7))
    #expect(harness.modeFacts.contains { $0.position_mode == UInt32(PB_POSITION_MODE_HEDGE) && $0.instrument == 0 })
  }

  @Test func equityIsAvailable() throws {
    let (harness, _) = try trading()
    harness.command(.balances) { $0.account = 7 }
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"0","msg":"","data":[{"details":[{"ccy":"USDT","cashBal":"","eq":"110","upl":"10","availEq":"80","#
        + #""availBal":"","frozenBal":"30","uTime":"1700000000000"}]}]}"#)
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).last).fields
    #expect(balance.total.value == Decimal64(100) && balance.available.value == Decimal64(80))
  }
}
