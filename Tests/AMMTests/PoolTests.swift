import AMM
import SeededNumbers
import Testing

/// Pools that were made on a local chain with Uniswap's own contracts, and what these answered there: QuoterV2 of v3
/// and the router of v2. `make test-chain` asks them again, with other amounts each time.
@Suite struct PoolsAsTheContracts {
  private static let concentrated = ConcentratedPool(
    sqrtPrice: UInt256("1446501726624926496477173928747177")!, tick: 196256, liquidity: 11_300_096_996_966_467,
    feeParts: 3000, tickSpacing: 60,
    ticks: [
      .init(136200, net: 19_217_020_856_537), .init(190200, net: 2_130_547_749_472_985),
      .init(194400, net: 77_168_869_449_204_815), .init(195600, net: 3_404_307_484_582_342),
      .init(195900, net: -77_168_869_449_204_815), .init(196140, net: 5_746_024_742_054_603),
      .init(196320, net: -5_746_024_742_054_603), .init(196380, net: 7_389_800_995_904_207),
      .init(196800, net: -3_404_307_484_582_342), .init(197400, net: -7_389_800_995_904_207),
      .init(202200, net: -2_130_547_749_472_985), .init(256200, net: -19_217_020_856_537),
    ])!

  struct Answer: Sendable, CustomTestStringConvertible {
    var zeroForOne: Bool
    var isExactIn: Bool
    var amount: String
    var other: String
    var price: String
    var ticksCrossed: Int
    var testDescription: String { "\(isExactIn ? "exact in" : "exact out") \(amount)" }

    init(_ zeroForOne: Bool, _ isExactIn: Bool, _ amount: String, _ other: String, _ price: String, _ crossed: Int) {
      (self.zeroForOne, self.isExactIn, self.amount) = (zeroForOne, isExactIn, amount)
      (self.other, self.price, ticksCrossed) = (other, price, crossed)
    }
  }

  static let answers = [
    Answer(false, false, "36842997698", "13170169969752717416", "1593216033085882312715138355164124", 4),
    Answer(true, true, "401325743540", "113106189177962369692", "90870912504522322481718424282973", 5),
    Answer(true, true, "640215249", "212545672667867237", "1445011509054196436244835692578623", 0),
    Answer(true, false, "73917028591093104", "222498059", "1445983473520076265028541936514017", 0),
    Answer(true, false, "14154514", "2", "1446501726624827255193156324165889", 0),
    Answer(false, true, "106539", "0", "1446501726624927241208497594536127", 0),
    Answer(false, false, "5556653816", "1877367587077558022", "1461032942525301058111316168278088", 2),
    Answer(true, true, "8564143565", "2795908297021426655", "1420578350002239663894680144396667", 2),
    Answer(false, false, "133805", "44735883960852", "1446502039339840356438405537004867", 0),
    Answer(true, true, "1887090666", "625242518620052072", "1442117975238601610397037021937731", 0),
    Answer(false, true, "21137961430646550528", "53438098374", "1885982788314065158389030115198519", 4),
    Answer(false, true, "8135790893", "24", "1446501726681797690760781065702613", 0),
    Answer(false, false, "2586991811", "868773568347825765", "1454087380782965374437088168819725", 1),
  ]

  @Test(arguments: answers) func quotesAsQuoterV2(answer: Answer) throws {
    let amount = try #require(UInt256(answer.amount))
    let swap = try Self.concentrated.swap(
      answer.isExactIn ? .exactIn(amount) : .exactOut(amount), zeroForOne: answer.zeroForOne)
    #expect(swap.isWhole)
    #expect((answer.isExactIn ? swap.amountOut : swap.amountIn).text == answer.other)
    #expect(swap.sqrtPrice.text == answer.price)
    // QuoterV2 itself also counts a tick that lies less than a spacing beyond the price, which nothing crossed.
    #expect(swap.ticksCrossed == answer.ticksCrossed)
  }

  /// More than the pool has: the contract goes to the end of all prices, and QuoterV2 gives what came out.
  @Test func whatIsMoreThanThePoolTakesIsNotWhole() throws {
    let swap = try Self.concentrated.swap(.exactIn(UInt256("45698597128826003456")!), zeroForOne: false)
    #expect(!swap.isWhole && swap.amountOut.text == "56999999995")
    #expect(swap.sqrtPrice.text == "1461446703485210103287273052203988822378723970341")
    let out = try Self.concentrated.swap(.exactOut(UInt256("285940042017")!), zeroForOne: false)
    #expect(!out.isWhole)
  }

  @Test func whatLeavesTheKnownTicksIsRefused() throws {
    let pool = try #require(
      ConcentratedPool(
        sqrtPrice: Self.concentrated.sqrtPrice, tick: 196256, liquidity: 11_300_096_996_966_467, feeParts: 3000,
        tickSpacing: 60, ticks: Self.concentrated.ticks, words: 12...12))
    #expect(try pool.swap(.exactOut(UInt256(133805)), zeroForOne: false).amountIn.text == "44735883960852")
    #expect(throws: PoolFault.beyondKnownTicks) {
      try pool.swap(.exactIn(UInt256("401325743540")!), zeroForOne: true)
    }
  }

  @Test func aPriceLimitEndsTheSwap() throws {
    let limit = UInt256("1442117975238601610397037021937731")!
    let swap = try Self.concentrated.swap(.exactIn(UInt256("401325743540")!), zeroForOne: true, limit: limit)
    #expect(swap.sqrtPrice == limit && !swap.isWhole && swap.amountOut.text == "625242518620052072")
    #expect(throws: PoolFault.priceLimit) {
      try Self.concentrated.swap(.exactIn(.one), zeroForOne: false, limit: limit)
    }
  }

  @Test func refusesAmountsThatNoContractTakes() {
    #expect(throws: PoolFault.zeroAmount) { try Self.concentrated.swap(.exactIn(.zero), zeroForOne: true) }
    #expect(throws: PoolFault.arithmetic(.overflow)) { try Self.concentrated.swap(.exactIn(.max), zeroForOne: true) }
  }

  static let pairAnswers = [
    Answer(true, false, "39943452", "121", "", 0),
    Answer(true, false, "1558837148882614528", "4696513286790", "", 0),
    Answer(false, true, "188374005513", "563426", "", 0),
    Answer(true, true, "3342019", "1110664313334", "", 0),
    Answer(false, false, "3338717330", "1116255546540208", "", 0),
    Answer(true, true, "1173", "389826999", "", 0),
    Answer(true, false, "3022381823605472768", "9116747734330", "", 0),
    Answer(true, false, "1338986414877419", "4029050754", "", 0),
  ]

  @Test(arguments: pairAnswers) func quotesAsTheRouterOfV2(answer: Answer) throws {
    let pool = ConstantProductPool(
      reserve0: UInt256("3703703670370370")!, reserve1: UInt256("1234567890123456789012")!)
    let amount = try #require(UInt256(answer.amount))
    let other =
      answer.isExactIn
      ? try pool.quote(exactIn: amount, zeroForOne: answer.zeroForOne)
      : try pool.quote(exactOut: amount, zeroForOne: answer.zeroForOne)
    #expect(other.text == answer.other)
  }

  @Test func aPairHasNotMoreThanItsReserve() {
    let pool = ConstantProductPool(reserve0: UInt256(1000), reserve1: UInt256(1000))
    #expect(throws: PoolFault.noLiquidity) { try pool.quote(exactOut: UInt256(1000), zeroForOne: true) }
    #expect(throws: PoolFault.zeroAmount) { try pool.quote(exactIn: .zero, zeroForOne: true) }
    #expect(throws: PoolFault.arithmetic(.overflow)) { try pool.quote(exactIn: .max, zeroForOne: true) }
  }
}

@Suite struct PoolsByTheirRules {
  /// The product of the reserves does not fall, and one unit more would make it fall.
  @Test func aPairKeepsItsProduct() throws {
    var random = SplitMix(state: 11)
    for _ in 0..<500 {
      let pool = ConstantProductPool(
        reserve0: UInt256(UInt128(random.next() >> (random.next() % 40)) + 1000),
        reserve1: UInt256(UInt128(random.next() >> (random.next() % 40)) + 1000))
      let amount = UInt256(UInt128(random.next() >> (random.next() % 60)) + 1)
      let out = try pool.quote(exactIn: amount, zeroForOne: true)
      func keeps(_ out: UInt256) throws -> Bool {
        guard out < pool.reserve1 else { return false }
        let thousand = UInt256(1000)
        let net = try (pool.reserve0 + amount) * thousand - amount * UInt256(3)
        return try net * ((pool.reserve1 - out) * thousand) >= pool.reserve0 * pool.reserve1 * UInt256(1_000_000)
      }
      #expect(try keeps(out))
      #expect(try !keeps(out + .one))
    }
  }

  @Test func ticksAndPricesAgree() throws {
    #expect(try TickMath.sqrtPrice(at: 0) == UInt256(1 << 96))
    #expect(try TickMath.sqrtPrice(at: TickMath.leastTick) == TickMath.leastSqrtPrice)
    #expect(try TickMath.sqrtPrice(at: TickMath.greatestTick) == TickMath.greatestSqrtPrice)
    var random = SplitMix(state: 12)
    for _ in 0..<500 {
      let tick = Int32(random.next() % 1_774_543) - 887271
      let price = try TickMath.sqrtPrice(at: tick)
      #expect(try TickMath.tick(at: price) == tick)
      #expect(try TickMath.tick(at: price - .one) == tick - 1 || tick == TickMath.leastTick)
      #expect(try TickMath.sqrtPrice(at: tick + 1) > price)
    }
    #expect(throws: PoolFault.parameter) { try TickMath.sqrtPrice(at: TickMath.greatestTick + 1) }
    #expect(throws: PoolFault.parameter) { try TickMath.tick(at: TickMath.greatestSqrtPrice) }
  }

  /// Whoever buys what he sold for, pays at least what he sold: rounding is never for the trader.
  @Test func roundingIsAgainstTheTrader() throws {
    var random = SplitMix(state: 13)
    for _ in 0..<300 {
      let spacing: Int32 = [1, 10, 60, 200][Int(random.next() % 4)]
      let tick = Int32(random.next() % 200_000) - 100_000
      let here = tick / spacing * spacing
      let wide = UInt128(random.next() >> 8) + 1, narrow = UInt128(random.next() >> 8) + 1
      let price = try TickMath.sqrtPrice(at: tick)
      let isInside = tick >= here - spacing && tick < here + spacing
      let pool = try #require(
        ConcentratedPool(
          sqrtPrice: price, tick: tick, liquidity: wide + (isInside ? narrow : 0), feeParts: 3000,
          tickSpacing: spacing,
          ticks: [
            .init(here - 900 * spacing, net: Int128(wide)), .init(here - spacing, net: Int128(narrow)),
            .init(here + spacing, net: -Int128(narrow)), .init(here + 900 * spacing, net: -Int128(wide)),
          ]))
      let zeroForOne = random.next() % 2 == 0
      let sold = UInt256(UInt128(random.next() >> (20 + random.next() % 40)) + 1)
      let swap = try pool.swap(.exactIn(sold), zeroForOne: zeroForOne)
      guard swap.isWhole, !swap.amountOut.isZero else { continue }
      #expect(swap.amountIn == sold)
      let back = try pool.swap(.exactOut(swap.amountOut), zeroForOne: zeroForOne)
      #expect(back.isWhole && back.amountOut == swap.amountOut && back.amountIn <= sold)
    }
  }

  @Test func whatNoPoolHasIsRefused() {
    func pool(_ price: UInt256, _ tick: Int32, fee: UInt32 = 3000, spacing: Int32 = 60, _ ticks: [Int32] = []) -> Bool {
      ConcentratedPool(
        sqrtPrice: price, tick: tick, liquidity: 1, feeParts: fee, tickSpacing: spacing,
        ticks: ticks.map { .init($0, net: 1) }) != nil
    }
    let one = UInt256(1 << 96)
    #expect(pool(one, 0, [-60, 60]))
    #expect(!pool(.zero, 0) && !pool(.max, 0) && !pool(one, 900_000))
    #expect(!pool(one, 0, fee: 1_000_000) && !pool(one, 0, spacing: 0) && !pool(one, 0, spacing: -1))
    #expect(!pool(one, 0, [60, 60]) && !pool(one, 0, [120, 60]) && !pool(one, 0, [61]))
  }
}
