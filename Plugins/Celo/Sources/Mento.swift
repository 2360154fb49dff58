import AMM
import ConnectorKit

/// What an exchange of Mento's BiPoolManager is, as far as it does not change.
struct MentoTerms {
  var isSum = false
  var isBaseAsset0 = false
  var multipliers: (base: UInt256, quote: UInt256) = (.one, .one)
  var oracles = Address.none
  var breakers = Address.none
  /// The rate that its price follows, and the size of its first bucket when it does.
  var feed = Address.none
  /// As the contract has them at the block that is being read, and as an oracle would set them.
  var stored: BucketExchange?
  var updated: BucketExchange?
}

/// Mento's exchanges: https://docs.mento.org/mento-v3/other/mento-v2
///
/// Which buckets count, the stored ones or new ones by the oracle's rate, depends on times that the manager compares
/// itself. So it is asked for whole units both ways: the buckets that give its own four answers to the last unit are
/// the ones that count, and where none do, there is no state. Trading limits are the Broker's, and show in the
/// simulation of a swap.
extension CeloPools {
  /// Swap(address,bytes32,address,address,address,uint256,uint256)
  static let mentoSwap = "e7b046415cac9de47940c3087e06db13a0e058ccf53ac5f0edd49ebb4c2c3a6f"
  /// Words of a PoolExchange: two assets, pricing module, two buckets, time, spread, feed, reset frequency, least
  /// reports, reset size.
  private static let words = 11

  private func terms(_ pool: Pool) -> Int? { exchanges.firstIndex { $0.pool == pool.symbol } }

  func mentoChecks(_ pool: Pool) -> [NodeCall] {
    guard let id = pool.contractID else { return [] }
    // getPoolExchange(bytes32), tokenPrecisionMultipliers(address), sortedOracles(), breakerBox(),
    // pricingModules(bytes32) of ConstantSum and ConstantProduct, isExchangeProvider(address)
    return [
      CallData("278488a4", id), CallData("45b2b467", pool.base.address.value),
      CallData("45b2b467", pool.quote.address.value), CallData("132e8aa7"), CallData("f414c5e4"),
      CallData("eaaba701", Self.sum), CallData("eaaba701", Self.product),
    ].map { .call(manager, $0, at: .latest) } + [.call(broker, CallData("d1d786b1", manager.value), at: .latest)]
  }

  /// The digests of the modules' names.
  private static let sum = UInt256(
    high: 0x9d40_ac42_989a_30ac_93e3_61dd_494f_c0f1, low: 0x3677_a142_23e3_e8e7_3b6a_9765_afa2_9696)
  private static let product = UInt256(
    high: 0x31c7_5901_5c4f_afd8_4bbd_33a9_466c_eb80, low: 0xb83e_0b8a_5467_aa90_84b4_3778_fdda_531f)

  func mentoMisfit(_ pool: Pool, _ answers: ArraySlice<NodeAnswer>) -> String {
    let list = Array(answers)
    guard list.count == 8, pool.address == broker else {
      return "the manager \(manager.text) does not answer to the broker \(broker.text)"
    }
    guard let allowed = list[7].word(), allowed == .one else {
      return "the broker \(broker.text) does not know the manager \(manager.text)"
    }
    guard let first = list[0].word(0), let second = list[0].word(1), let module = list[0].word(2),
      let feed = list[0].word(7), list[0].word(Self.words - 1) != nil
    else { return "the manager has no exchange \(pool.symbol) of this id\(Self.reason(list[0]))" }
    var terms = MentoTerms()
    terms.isBaseAsset0 = Address(first) == pool.base.address
    let (base, quote) = terms.isBaseAsset0 ? (first, second) : (second, first)
    guard Address(base) == pool.base.address, Address(quote) == pool.quote.address else {
      return "the exchange of \(pool.symbol) is of \(Address(first).text) and \(Address(second).text)"
    }
    guard let baseScale = list[1].word(), let quoteScale = list[2].word(), let oracles = list[3].word(),
      let breakers = list[4].word(), baseScale == UInt256.powerOfTen(18 - pool.base.decimals),
      quoteScale == UInt256.powerOfTen(18 - pool.quote.decimals)
    else { return "the manager counts the tokens of \(pool.symbol) with other decimals" }
    guard module == list[5].word() || module == list[6].word() else {
      return "the exchange of \(pool.symbol) prices by a module that is neither a constant sum nor a constant product"
    }
    terms.isSum = module == list[5].word()
    terms.multipliers = (baseScale, quoteScale)
    (terms.oracles, terms.breakers, terms.feed) = (Address(oracles), Address(breakers), Address(feed))
    if let place = self.terms(pool) {
      exchanges[place].terms = terms
    } else {
      exchanges.append((pool.symbol, terms))
    }
    return ""
  }

  private static func reason(_ answer: NodeAnswer) -> String { answer.fault.isEmpty ? "" : ": \(answer.fault)" }

  // MARK: State

  func mentoQuestions(_ pool: Pool, step: Int, at block: NodeCall.Block) -> [NodeCall] {
    guard let id = pool.contractID, let place = terms(pool) else { return [] }
    let terms = exchanges[place].terms
    switch step {
    case 0:
      // getPoolExchange(bytes32), medianRate(address), getRateFeedTradingMode(address)
      return [
        .call(manager, CallData("278488a4", id), at: block),
        .call(terms.oracles, CallData("ef90e1b0", terms.feed.value), at: block),
        .call(terms.breakers, CallData("c0b05da0", terms.feed.value), at: block),
      ]
    case 1:
      let (base, quote) = (pool.base.address.value, pool.quote.address.value)
      // getAmountOut and getAmountIn(bytes32,address,address,uint256)
      return [
        CallData("93c7e3bc", id, base, quote, pool.base.unit), CallData("93c7e3bc", id, quote, base, pool.quote.unit),
        CallData("f670dde1", id, base, quote, pool.quote.unit), CallData("f670dde1", id, quote, base, pool.base.unit),
      ].map { .call(manager, $0, at: block) }
    default: return []
    }
  }

  func mentoRead(_ pool: Pool, step: Int, _ answers: ArraySlice<NodeAnswer>) -> String {
    guard let place = terms(pool) else { return "it was not checked" }
    let list = Array(answers)
    return step == 0 ? mentoState(pool, place, list) : mentoProve(pool, place, list)
  }

  private func mentoState(_ pool: Pool, _ place: Int, _ list: [NodeAnswer]) -> String {
    let terms = exchanges[place].terms
    guard list.count == 3, let first = list[0].word(3), let second = list[0].word(4), let spread = list[0].word(6),
      let size = list[0].word(Self.words - 1), spread <= UInt256(1_000_000_000_000_000_000_000_000)
    else { return list.first?.fault ?? "no exchange" }
    guard let mode = list[2].word() else { return list[2].fault }
    func exchange(_ asset0: UInt256, _ asset1: UInt256) -> BucketExchange {
      let (base, quote) = terms.isBaseAsset0 ? (asset0, asset1) : (asset1, asset0)
      let isFirst = pool.isBaseFirst
      return BucketExchange(
        bucket0: isFirst ? base : quote, bucket1: isFirst ? quote : base, spread: spread,
        multiplier0: isFirst ? terms.multipliers.base : terms.multipliers.quote,
        multiplier1: isFirst ? terms.multipliers.quote : terms.multipliers.base, isSum: terms.isSum)
    }
    var stored = exchange(first, second)
    var updated: BucketExchange?
    if let over = list[1].word(0), let under = list[1].word(1), let bucket = try? under.times(size, over: over) {
      updated = exchange(size, bucket)
    }
    // Bidirectional trading is zero; anything else is suspended.
    stored.isSuspended = !mode.isZero
    updated?.isSuspended = !mode.isZero
    (exchanges[place].terms.stored, exchanges[place].terms.updated) = (stored, updated)
    pool.setPart(spread, of: 24)
    return ""
  }

  private func mentoProve(_ pool: Pool, _ place: Int, _ list: [NodeAnswer]) -> String {
    let terms = exchanges[place].terms
    guard list.count == 4 else { return "no answers" }
    for candidate in [terms.stored, terms.updated] {
      guard let candidate else { continue }
      // What the manager quotes although trading is suspended says the price all the same.
      var open = candidate
      open.isSuspended = false
      let isBaseFirst = pool.isBaseFirst
      let own = [
        try? open.quote(exactIn: pool.base.unit, zeroForOne: isBaseFirst),
        try? open.quote(exactIn: pool.quote.unit, zeroForOne: !isBaseFirst),
        try? open.quote(exactOut: pool.quote.unit, zeroForOne: isBaseFirst),
        try? open.quote(exactOut: pool.base.unit, zeroForOne: !isBaseFirst),
      ]
      guard own[0] != nil || own[1] != nil else { continue }
      if zip(own, list).allSatisfy({ $0 == $1.word() }) {
        pool.model = .buckets(candidate)
        return ""
      }
    }
    guard list[0].fault.isEmpty || list[1].fault.isEmpty else { return "the manager gives no price: \(list[0].fault)" }
    return "the manager's answers are of no formula that is known here, and nothing is quoted that it would not pay"
  }

  // MARK: Events

  func mentoEvent(_ log: ChainLog, _ pool: Pool) -> PoolTrade? {
    guard log.topics.count == 4, log.topics[0].word == Self.mentoSwap, log.topics[1] == pool.contractID,
      let provider = log.data.word(0), Address(provider) == manager, let out = log.data.word(1),
      let paid = log.data.word(2), let got = log.data.word(3)
    else { return nil }
    let (from, to) = (Address(log.topics[3]), Address(out))
    if from == pool.token0.address, to == pool.token1.address {
      return PoolTrade(token0: paid, token1: got, zeroForOne: true)
    }
    guard from == pool.token1.address, to == pool.token0.address else { return nil }
    return PoolTrade(token0: got, token1: paid, zeroForOne: false)
  }
}
