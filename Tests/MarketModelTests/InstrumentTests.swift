import Decimals
import MarketModel
import SeededNumbers
import Testing

func instrument(
  id: UInt64 = 1, kind: Instrument.Kind = .spot, state: Instrument.State = .trading, symbol: String = "BTCUSDT",
  base: String = "BTC", quote: String = "USDT", priceExponent: Int32 = -8, quantityExponent: Int32 = -8,
  expiry: Int64 = 0, rules: TradingRules = TradingRules()
) -> Instrument {
  Instrument(
    id: InstrumentID(id), kind: kind, state: state, symbol: symbol, base: base, quote: quote,
    priceExponent: priceExponent, quantityExponent: quantityExponent, expiry: expiry, rules: rules)
}

@Suite struct Quantisation {
  @Test(arguments: [
    ("0.01", "123.456", "123.45"), ("0.01", "123.4", "123.40"), ("0.5", "10.74", "10.5"), ("5", "123.9", "120"),
    ("10", "129", "120"), ("0.00000001", "0.000000029", "0.00000002"), ("0.0001", "2.2504", "2.2504"),
    ("0.010", "1.5", "1.50"), ("0.01", "1.50000", "1.50"), ("1", "0.9", "0"),
  ])
  func pricesGoDownToTheTick(tick: String, price: String, expected: String) throws {
    let tested = instrument(rules: TradingRules(tick: try decimal(tick)))
    #expect(try tested.quantize(price: decimal(price), side: .sell).description == expected)
  }

  @Test func passivePricesMoveAwayFromTheTouch() throws {
    let tested = instrument(rules: TradingRules(tick: try decimal("0.05")))
    let price = try decimal("1.12")
    #expect(try tested.quantize(price: price, side: .buy, rounding: .passive).description == "1.10")
    #expect(try tested.quantize(price: price, side: .sell, rounding: .passive).description == "1.15")
    #expect(try tested.quantize(price: decimal("1.10"), side: .sell, rounding: .passive).description == "1.10")
    #expect(throws: OrderRefusal.offTick(tick: try decimal("0.05"))) {
      try tested.quantize(price: price, side: .buy, rounding: .refuse)
    }
  }

  @Test(arguments: [
    ("1234.56", "1234.5", "1234.6"), ("123456.7", "123456", "123457"), ("123456", "123456", "123456"),
    ("0.00123456", "0.001234", "0.001235"), ("99999.5", "99999", "100000"), ("9.99996", "9.9999", "10"),
    ("0.0123456", "0.012345", "0.012346"), ("12.300", "12.3", "12.3"), ("1e-8", "0", "0.000001"),
  ])
  func fiveSignificantDigitsButIntegersAlways(price: String, down: String, up: String) throws {
    let rules = TradingRules(tick: try decimal("0.000001"), priceDigits: 5)
    let tested = instrument(rules: rules)
    #expect(try tested.quantize(price: decimal(price), side: .buy).description == down)
    #expect(try tested.quantize(price: decimal(price), side: .sell, rounding: .passive).description == up)
  }

  @Test func digitsAndAnOddTickTogether() throws {
    let tested = instrument(rules: TradingRules(tick: try decimal("0.25"), priceDigits: 3))
    // Around 12.x the digits allow 0.1, the tick 0.25: both hold at multiples of 0.5.
    #expect(try tested.quantize(price: decimal("12.9"), side: .buy).description == "12.5")
    #expect(throws: OrderRefusal.tooManyDigits(limit: 3)) {
      try tested.quantize(price: decimal("12.75"), side: .buy, rounding: .refuse)
    }
  }

  @Test(arguments: [UInt64(1), 2])
  func resultsAreValidAndNearest(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    for _ in 0..<5000 {
      let tick = Decimal64(mantissa: [1, 5, 25][Int(random.next() % 3)], exponent: -Int32(random.next() % 7))
      let digits = Int(random.next() % 4) * 2
      let tested = instrument(rules: TradingRules(tick: tick, priceDigits: digits))
      let price = Decimal64(mantissa: Int64(random.next() % 10_000_000) + 1, exponent: -Int32(random.next() % 9))
      let down = try tested.quantize(price: price, side: .buy, rounding: .passive)
      let up = try tested.quantize(price: price, side: .sell, rounding: .passive)
      #expect(down <= price && price <= up)
      for result in [down, up] {
        #expect(result.steps(of: tick)?.exact == true)
        #expect(digits == 0 || result.decimalPlaces == 0 || result.significantDigits <= digits)
        let places = result.description.split(separator: ".").dropFirst().first?.count ?? 0
        #expect(places <= tick.decimalPlaces && !result.description.contains("e"))
        #expect(try tested.quantize(price: result, side: .buy, rounding: .refuse) == result)
      }
      if down != up, digits == 0 { #expect(down.adding(tick) == up) }
    }
  }

  @Test func withoutATickTheExponentIsTheUnit() throws {
    let tested = instrument(priceExponent: -2, quantityExponent: -3)
    #expect(try tested.quantize(price: decimal("1.239"), side: .buy).description == "1.23")
    #expect(try tested.quantize(quantity: decimal("0.0019")).description == "0.001")
  }
}

@Suite struct OrderPreparation {
  private func tested(state: Instrument.State = .trading) throws -> Instrument {
    let rules = TradingRules(
      tick: try decimal("0.01"), lot: try decimal("0.001"), minPrice: try decimal("1"), maxPrice: try decimal("1000"),
      minQuantity: try decimal("0.01"), maxQuantity: try decimal("50"), minNotional: try decimal("5"),
      maxNotional: try decimal("20000"), types: [.limit, .market, .stopLimit], timesInForce: [.goodTillCancelled],
      flags: [.postOnly, .byValue])
    return instrument(state: state, rules: rules)
  }

  @Test func goodOrdersComeOutReadyToSend() throws {
    let draft = OrderDraft(side: .buy, type: .limit, quantity: try decimal("0.12399"), price: try decimal("100.019"))
    let order = try tested().prepare(draft)
    #expect(order.quantity.description == "0.123" && order.price?.description == "100.01" && order.stop == nil)
    let stop = OrderDraft(
      side: .sell, type: .stopLimit, quantity: 1, price: try decimal("9.999"), stop: try decimal("10.019"))
    let prepared = try tested().prepare(stop, rounding: .passive)
    #expect(prepared.price?.description == "10.00" && prepared.stop?.description == "10.01")
    let market = try tested().prepare(OrderDraft(side: .buy, type: .market, quantity: 1))
    #expect(market.price == nil && market.quantity.description == "1.000")
    let value = try tested().prepare(OrderDraft(side: .buy, type: .market, quantity: 12, flags: .byValue))
    #expect(value.quantity == 12)
  }

  @Test func eachBrokenRuleHasItsOwnRefusal() throws {
    func limit(_ quantity: String, _ price: String) throws -> OrderDraft {
      OrderDraft(side: .buy, type: .limit, quantity: try decimal(quantity), price: try decimal(price))
    }
    var cases: [(OrderRefusal, OrderDraft)] = [
      (.belowMinPrice(1), try limit("10", "0.999")), (.aboveMaxPrice(1000), try limit("1", "1000.01")),
      (.belowMinQuantity(try decimal("0.01")), try limit("0.0099", "900")),
      (.belowMinQuantity(try decimal("0.01")), try limit("0", "900")),
      (.belowMinQuantity(try decimal("0.01")), try limit("-1", "900")),
      (.aboveMaxQuantity(50), try limit("50.001", "1")), (.belowMinNotional(5), try limit("0.1", "49.99")),
      (.aboveMaxNotional(20000), try limit("50", "401")),
      (.missingPrice, OrderDraft(side: .buy, type: .limit, quantity: 1)),
      (.missingStop, OrderDraft(side: .buy, type: .stopLimit, quantity: 1, price: 10)),
      (.strayPrice(.market), OrderDraft(side: .buy, type: .market, quantity: 1, price: 7)),
      (.strayStop(.limit), OrderDraft(side: .buy, type: .limit, quantity: 1, price: 10, stop: 9)),
      (.strayStop(.market), OrderDraft(side: .buy, type: .market, quantity: 1, stop: 9)),
      (.unsupportedType(.takeMarket), OrderDraft(side: .buy, type: .takeMarket, quantity: 1)),
      (.unsupportedFlags(.postOnly), OrderDraft(side: .buy, type: .market, quantity: 1, flags: .postOnly)),
      (.belowMinNotional(5), OrderDraft(side: .buy, type: .market, quantity: 4, flags: .byValue)),
    ]
    var draft = try limit("1", "10")
    draft.timeInForce = .fillOrKill
    cases.append((.unsupportedTimeInForce(.fillOrKill), draft))
    draft = try limit("1", "10")
    draft.flags = [.postOnly, .reduceOnly]
    cases.append((.unsupportedFlags(.reduceOnly), draft))
    draft = try limit("1", "10")
    draft.flags = .byValue
    cases.append((.unsupportedFlags(.byValue), draft))
    for (refusal, draft) in cases {
      #expect(throws: refusal) { try tested().prepare(draft) }
    }
  }

  @Test func exactOrdersAreNotRounded() throws {
    let offLot = OrderDraft(side: .buy, type: .limit, quantity: try decimal("1.0001"), price: 10)
    #expect(throws: OrderRefusal.offLot(lot: try decimal("0.001"))) { try tested().prepare(offLot, rounding: .refuse) }
    let good = OrderDraft(side: .buy, type: .limit, quantity: try decimal("1.001"), price: 10)
    #expect(try tested().prepare(good, rounding: .refuse).quantity == decimal("1.001"))
  }

  @Test func marketOrdersAreJudgedByTheReference() throws {
    let market = OrderDraft(side: .sell, type: .market, quantity: try decimal("0.01"))
    #expect(try tested().prepare(market).quantity == decimal("0.01"))
    #expect(throws: OrderRefusal.belowMinNotional(5)) { try tested().prepare(market, reference: 499) }
    #expect(try tested().prepare(market, reference: 500).quantity == decimal("0.01"))
  }

  @Test func statesDecide() throws {
    var draft = OrderDraft(side: .buy, type: .limit, quantity: 1, price: 10)
    #expect(throws: OrderRefusal.notTrading(.halted)) { try tested(state: .halted).prepare(draft) }
    #expect(throws: OrderRefusal.onlyWith(.reduceOnly)) { try tested(state: .reduceOnly).prepare(draft) }
    #expect(throws: OrderRefusal.onlyWith(.postOnly)) { try tested(state: .postOnly).prepare(draft) }
    draft.flags = .postOnly
    #expect(try tested(state: .postOnly).prepare(draft).price == 10)
  }

  @Test func numbersBeyondExactArithmeticAreRefused() throws {
    let huge = OrderDraft(side: .buy, type: .limit, quantity: Decimal64(mantissa: .max, exponent: 40), price: 10)
    #expect(throws: OrderRefusal.outOfRange(.quantity)) { try tested().prepare(huge) }
    #expect("\(OrderRefusal.outOfRange(.quantity))" == "the quantity is too large or too fine for exact arithmetic")
    var dear = OrderDraft(side: .buy, type: .limit, quantity: 1, price: Decimal64(mantissa: .max, exponent: 40))
    #expect(throws: OrderRefusal.outOfRange(.price)) { try tested().prepare(dear) }
    (dear.price, dear.quantity) = (9_999_999_999_999_999, 999_999_999_999)
    let unlimited = instrument(
      priceExponent: -2, quantityExponent: -3,
      rules: TradingRules(
        tick: try decimal("0.01"), lot: try decimal("0.001"), types: [.limit], timesInForce: [.goodTillCancelled]))
    #expect(throws: OrderRefusal.outOfRange(.worth)) { try unlimited.prepare(dear) }
  }
}

@Suite struct InstrumentFaults {
  @Test func contradictionsAreNamed() throws {
    let tick = try decimal("0.001")
    let cases: [(InstrumentFault, Instrument)] = [
      (.missingName("symbol"), instrument(symbol: "")), (.missingName("base"), instrument(base: "")),
      (.missingName("quote"), instrument(quote: "")), (.exponentOutOfRange(-33), instrument(priceExponent: -33)),
      (.exponentOutOfRange(40), instrument(quantityExponent: 40)),
      (.notPositive(field: "tick", value: 0), instrument(rules: TradingRules(tick: 0))),
      (.notPositive(field: "lot", value: -1), instrument(rules: TradingRules(lot: -1))),
      (.finerThanExponent(field: "tick", value: tick), instrument(priceExponent: -2, rules: TradingRules(tick: tick))),
      (.notPositive(field: "multiplier", value: 0), instrument(rules: TradingRules(multiplier: 0))),
      (.minimumAboveMaximum("quantity"), instrument(rules: TradingRules(minQuantity: 3, maxQuantity: 2))),
      (.negative(field: "min_notional", value: -1), instrument(rules: TradingRules(minNotional: -1))),
    ]
    var table = InstrumentTable()
    try table.insert(instrument())
    for (fault, faulty) in cases {
      #expect(throws: fault) { try table.insert(faulty) }
    }
    #expect(table.all == [instrument()])
  }
}

@Suite struct InstrumentTables {
  @Test func isABijection() throws {
    var table = InstrumentTable()
    #expect(try table.insert(instrument(id: 1)) == .added)
    #expect(try table.insert(instrument(id: 2, kind: .perp)) == .added)
    #expect(table.instrument(symbol: "BTCUSDT", kind: .perp)?.id == InstrumentID(2))
    #expect(table.instrument(pair: "BTC-USDT")?.id == InstrumentID(1))
    #expect(table.instrument(pair: "BTC-USDT", kind: .perp)?.id == InstrumentID(2))
    #expect(try table.insert(instrument(id: 1, state: .halted)) == .updated)
    #expect(table.instrument(pair: "BTC-USDT")?.id == InstrumentID(2))
    #expect(throws: InstrumentFault.identityChanged(InstrumentID(1))) {
      try table.insert(instrument(id: 1, priceExponent: -3))
    }
    #expect(try table.insert(instrument(id: 3, priceExponent: -3)) == .replaced(InstrumentID(1)))
    #expect(table[InstrumentID(1)] == nil && table.instrument(symbol: "BTCUSDT", kind: .spot)?.id == InstrumentID(3))
    table.remove(InstrumentID(3))
    table.remove(InstrumentID(2))
    #expect(table.count == 0 && table.instrument(pair: "BTC-USDT") == nil && table.conflicts.isEmpty)
  }

  @Test func pairConflictsDoNotDependOnArrival() throws {
    let rivals = [
      instrument(id: 1, kind: .future, symbol: "BTCUSDT_0326", expiry: 200),
      instrument(id: 2, kind: .future, symbol: "BTCUSDT_1225", expiry: 100),
      instrument(id: 3, kind: .perp, symbol: "BTCUSDT-B"), instrument(id: 4, kind: .perp, symbol: "BTCUSDT-A"),
      instrument(id: 5, kind: .perp, state: .closed, symbol: "BTCUSDT"),
    ]
    var random = SplitMix(state: 3)
    for _ in 0..<50 {
      var table = InstrumentTable()
      for rival in rivals.shuffled(using: &random) { try table.insert(rival) }
      #expect(table.instrument(pair: "BTC-USDT")?.symbol == "BTCUSDT-A")
      #expect(table.instrument(pair: "BTC-USDT", kind: .future)?.symbol == "BTCUSDT_1225")
      let perps = ["BTCUSDT-A", "BTCUSDT-B", "BTCUSDT"]
      #expect(table.conflicts.map(\.symbols) == [perps, ["BTCUSDT_1225", "BTCUSDT_0326"]])
    }
  }
}
