import Decimals
import Matching
import Testing
import Venue

@testable import VenueExchange

/// The engine against the naive one, and what must hold whatever happens.
@Suite struct EnginePropertyTests {
  private static func exchange(accounts: Int) throws -> Exchange {
    let market = try #require(
      VenueMarket(
        "XY", base: "X", quote: "Y", tick: "0.01", lot: "0.00001", min: "0.00001", max: "1000", notional: "0",
        start: "100", typical: "1", maker: "0.0007", taker: "0.0013"))
    let owners = (0..<accounts).map {
      VenueAccount(name: "\($0)", key: "\($0)", secret: "", balances: [VenueBalance("X", 3), VenueBalance("Y", 300)])
    }
    return try Exchange(VenueOptions(seed: 1, markets: [market], accounts: owners), Style(), firstOrder: 1)
  }

  private static func request(_ random: inout Random, accounts: Int) -> OrderRequest {
    var request = OrderRequest(
      account: Ledger.firstUser + Int(random.below(Int64(accounts))), market: 0,
      side: random.below(2) == 0 ? .buy : .sell)
    request.quantity = 1 + random.below(60_000)
    switch random.below(10) {
    case 0: request.type = .market
    case 1: request.force = .immediateOrCancel
    case 2: request.force = .fillOrKill
    case 3: request.isPostOnly = true
    default: break
    }
    if request.type == .limit { request.price = 10_000 + random.below(41) - 20 }
    return request
  }

  @Test(arguments: 1...12) func agreesWithTheNaiveExchange(seed: Int) throws {
    var random = Random(seed: UInt64(seed))
    let exchange = try Self.exchange(accounts: 3)
    let owners = Array(Ledger.firstUser..<Ledger.firstUser + 3)
    var naive = NaiveExchange(
      rules: exchange.markets[0].rules,
      start: Dictionary(uniqueKeysWithValues: owners.map { ($0, (3 * unit, 300 * unit)) }))
    var (accepted, refused, ended) = (0, 0, 0)
    for step in 0..<250 {
      if random.below(4) == 0, let id = naive.entries.filter({ $0.status == .open }).randomID(&random) {
        #expect((try? exchange.cancel(id, at: Int64(step))) != nil)
        let wasOpen = naive.cancel(id)
        #expect(wasOpen)
        ended += 1
      } else {
        let request = Self.request(&random, accounts: 3)
        let order = try? exchange.place(request, at: Int64(step))
        let isAccepted = naive.place(request, id: order?.id ?? 0)
        #expect(isAccepted == (order != nil))
        if order != nil { accepted += 1 } else { refused += 1 }
      }
      exchange.finish(at: Int64(step))
      try #require(exchange.checkInvariants())
      for side in [Side.buy, .sell] {
        #expect(
          exchange.markets[0].book.levels(side).levels.reversed().map { [$0.price, $0.total] } == naive.depth(side))
      }
      for owner in owners {
        let (base, quote) = (exchange.ledger.balance(owner, 0), exchange.ledger.balance(owner, 1))
        #expect((base.total, quote.total) == naive.money(owner))
        #expect((base.held, quote.held) == naive.held(owner))
      }
    }
    for entry in naive.entries {
      let order = try #require(exchange.orders[entry.id])
      #expect((order.filled, order.status) == (entry.filled, entry.status))
      #expect(exchange.fills(of: order).reduce(0) { $0 + $1.quantity } == order.filled)
    }
    #expect(accepted > 50 && refused > 0 && ended > 10 && naive.moves.count > 40)
  }

  /// Money only moves: whatever the accounts and the background market do, the sum of an asset stays the same.
  @Test(arguments: ["spot", "futures", "kraken", "okx"], 1...4) func moneyIsConserved(kind: String, seed: Int) throws {
    let isPerpetual = kind == "futures"
    var options = SpotVenue.usual(seed: UInt64(seed))
    if isPerpetual { options = FuturesVenue.usual(seed: UInt64(seed)) }
    if kind == "kraken" { options = KrakenVenue.usual(seed: UInt64(seed)) }
    if kind == "okx" { options = OKXVenue.usual(seed: UInt64(seed)) }
    var style = Style()
    style.isPerpetual = isPerpetual
    style.feeFromReceived = kind == "spot" || kind == "okx"
    style.refusesPostOnly = kind != "okx"
    if kind == "kraken" {
      (style.valueStep, style.cutsFees) = (1000, false)
      // So little that orders use it up.
      options.accounts[0].balances = [
        VenueBalance("USD", 300), VenueBalance("BTC", Decimal64(mantissa: 5, exponent: -3)),
      ]
    }
    let exchange = try Exchange(options, style, firstOrder: 1)
    exchange.scheduleFunding(at: 0)
    exchange.openMarkets(at: 0)
    var random = Random(seed: UInt64(seed))
    func sums() -> [Amount] { exchange.assets.indices.map { Self.sum(exchange, $0) } }
    let before = sums()
    var filled = 0
    for step in 1...300 as ClosedRange<Int64> {
      let now = step * 400_000_000_000
      if isPerpetual { exchange.payFunding(at: now) }
      exchange.step(at: now)
      let market = Int(random.below(2))
      let rules = exchange.markets[market].rules
      var request = OrderRequest(
        account: Ledger.firstUser + Int(random.below(2)), market: market, side: random.below(2) == 0 ? .buy : .sell)
      request.quantity = rules.minQuantity * (20 + random.below(400)) + (kind == "kraken" ? random.below(997) : 0)
      if random.below(3) == 0 { request.type = .market }
      request.reducesOnly = isPerpetual && random.below(4) == 0
      request.isPostOnly = kind == "okx" && request.type == .limit && random.below(2) == 0
      if request.type == .limit {
        request.price = exchange.markets[market].last / rules.tick * rules.tick + (random.below(201) - 100) * rules.tick
      }
      if let order = try? exchange.place(request, at: now), order.filled > 0 { filled += 1 }
      exchange.finish(at: now)
      try #require(exchange.checkInvariants())
      #expect(sums() == before)
    }
    #expect(filled > 20)
  }

  /// All wallets of an asset; what closing every position at its cost would realise stands in the costs.
  private static func sum(_ exchange: Exchange, _ asset: Int) -> Amount {
    let wallets = exchange.ledger.sum(asset)
    guard exchange.style.isPerpetual else { return wallets }
    let costs = exchange.positions.reduce(Amount(0)) { total, own in
      total
        + exchange.markets.indices.reduce(Amount(0)) { sum, market in
          guard exchange.markets[market].rules.quoteAsset == asset else { return sum }
          return PositionSide.allCases.reduce(sum) { $0 + own[exchange.slot(market, leg: $1.rawValue)].cost }
        }
    }
    return wallets - costs
  }

  @Test(arguments: 1...3) func oneSeedIsOneLife(seed: UInt64) throws {
    func life(_ seed: UInt64) throws -> [VenueAction] {
      let venue = try SpotVenue(SpotVenue.usual(seed: seed))
      var actions: [VenueAction] = []
      venue.open(
        1, VenueRequest(method: "GET", path: "/stream", query: "streams=btcusdt@depth@100ms/btcusdt@trade"),
        now: VenueTime(mono: 0, wall: 1_700_000_000_000_000_000), &actions)
      for step in 1...100 as ClosedRange<Int64> {
        let mono = step * 100_000_000
        _ = venue.advance(now: VenueTime(mono: mono, wall: 1_700_000_000_000_000_000 + mono), &actions)
      }
      return actions
    }
    let first = try life(seed)
    #expect(first.count > 100)
    #expect(first == (try life(seed)))
    #expect(first != (try life(seed + 100)))
  }
}

extension [NaiveExchange.Entry] {
  fileprivate func randomID(_ random: inout Random) -> OrderID? {
    isEmpty ? nil : self[Int(random.below(Int64(count)))].id
  }
}

@Suite struct NumberTextTests {
  @Test(arguments: [
    (Int128(0), 0, "0"), (0, 2, "0.00"), (5, 2, "0.05"), (-5, 2, "-0.05"), (12345, 2, "123.45"), (-12345, 0, "-12345"),
    (100, 8, "0.00000100"), (Int128(UInt64.max), 8, "184467440737.09551615"),
    (Int128(UInt64.max) + 1, 8, "184467440737.09551616"), (-(Int128(UInt64.max) + 1), 0, "-18446744073709551616"),
  ]) func textsAreExact(value: Int128, places: Int, text: String) {
    #expect(fixed(value, places: places) == text)
  }
}
