import CPatchbay
import ConnectorKit
import Decimals

/// Whether the chain, the tokens and the pools are what the configuration takes them for.
extension PoolConnector {
  func setUp() {
    guard !pools.isEmpty else { return list() }
    node.ask([.chainID]) { answers, fault in
      guard case .number(let chain)? = answers.first else {
        return self.refuseLists(.transient, fault.isEmpty ? answers.first?.fault ?? "" : fault)
      }
      guard chain == UInt256(UInt128(self.settings.chainID)) else {
        self.isSetUp = false
        let words = "the node is of chain \(chain.text), and chain_id of the configuration is \(self.settings.chainID)"
        return self.refuseLists(.other, words)
      }
      self.locate()
    }
  }

  private func locate() {
    var calls: [NodeCall] = []
    for pool in pools {
      calls.append(location(of: pool, factory: settings.factory))
      for token in [pool.base, pool.quote] { calls.append(.call(token.address, CallData("313ce567"), at: .latest)) }
    }
    node.ask(calls) { answers, fault in
      guard fault.isEmpty else { return self.refuseLists(.transient, fault) }
      for (place, pool) in self.pools.enumerated() { self.locate(pool, answers[(3 * place)...].prefix(3)) }
      self.check()
    }
  }

  private func locate(_ pool: Pool, _ answers: ArraySlice<NodeAnswer>) {
    let first = answers.startIndex
    pool.fault = ""
    for (token, answer) in zip([pool.base, pool.quote], answers.dropFirst()) {
      guard let decimals = answer.word() else {
        pool.fault = "no token \(token.symbol) is at \(token.address.text)\(Self.reason(answer))"
        return
      }
      if decimals != UInt256(UInt128(token.decimals)) {
        pool.fault =
          "the token \(token.symbol) at \(token.address.text) says that it has \(decimals.text) decimals, and the "
          + "configuration says \(token.decimals)"
        return
      }
    }
    guard let place = answers[first].word() else {
      let words = isContract(pool) ? "no factory is at \(settings.factory.text)" : "no such pool is known"
      pool.fault = "\(words)\(Self.reason(answers[first]))"
      return
    }
    let address = Address(place)
    if address == .none { pool.fault = "the factory has no pool \(pool.symbol)" }
    if address != pool.address { distrust(pool) }
    pool.address = address
  }

  private static func reason(_ answer: NodeAnswer) -> String { answer.fault.isEmpty ? "" : ": \(answer.fault)" }

  private func check() {
    var calls: [NodeCall] = []
    var spans: [(pool: Pool, range: Range<Int>)] = []
    for pool in pools where pool.fault.isEmpty {
      let start = calls.count
      if isContract(pool) {
        for selector: StaticString in ["0dfe1681", "d21220a7", "c45a0155"] {
          calls.append(.call(pool.address, CallData(selector), at: .latest))
        }
      }
      calls += checks(pool)
      spans.append((pool, start..<calls.count))
    }
    node.ask(calls) { answers, fault in
      guard fault.isEmpty else { return self.refuseLists(.transient, fault) }
      for (pool, range) in spans { pool.fault = self.fault(pool, answers[range]) }
      for pool in self.pools where !pool.fault.isEmpty { self.lose(pool, pool.fault) }
      self.isSetUp = true
      // Prices say how fine an instrument is; without any usable pool there is nothing to look at.
      if spans.contains(where: { $0.pool.fault.isEmpty && $0.pool.exponents == nil }) {
        self.look()
      } else {
        self.list()
      }
    }
  }

  private func fault(_ pool: Pool, _ answers: ArraySlice<NodeAnswer>) -> String {
    guard isContract(pool) else { return misfit(pool, answers) }
    let first = answers.startIndex
    for (place, token) in [pool.token0, pool.token1].enumerated() {
      guard let word = answers[first + place].word() else {
        return "what is at \(pool.address.text) is no pool\(Self.reason(answers[first + place]))"
      }
      if Address(word) != token.address {
        return "the pool \(pool.address.text) trades \(Address(word).text), and not \(token.symbol)"
      }
    }
    guard let factory = answers[first + 2].word(), Address(factory) == settings.factory else {
      return "the pool \(pool.address.text) is not of the factory \(settings.factory.text)"
    }
    return misfit(pool, answers.dropFirst(3))
  }

  // MARK: The list

  func refuseLists(_ failure: Failure, _ words: String) {
    let waiting = waitingLists
    waitingLists = []
    for command in waiting { out.refuse(command, failure, words) }
  }

  /// Answers those who wait for the instruments.
  func list() {
    let waiting = waitingLists
    waitingLists = []
    guard !waiting.isEmpty else { return }
    for pool in pools { describe(pool) }
    for command in waiting {
      out.complete(PB_EV_INSTRUMENT, command: command)
      out.done(command)
    }
  }

  private func describe(_ pool: Pool) {
    var fields = pb_instrument()
    fields.instrument = pool.id
    fields.kind = UInt32(PB_KIND_POOL)
    let none = pool.trouble.isEmpty ? "the pool has no price" : pool.trouble
    let reason = pool.exponents == nil && pool.fault.isEmpty ? none : pool.fault
    fields.state = UInt32(reason.isEmpty ? PB_INSTRUMENT_TRADING : PB_INSTRUMENT_UNUSABLE)
    if let exponents = pool.exponents {
      (fields.price_exp, fields.quantity_exp) = (exponents.price, exponents.quantity)
      fields.tick = pb_dec(Decimal64(mantissa: 1, exponent: exponents.price))
      fields.lot = pb_dec(Decimal64(mantissa: 1, exponent: exponents.quantity))
    }
    // What trading on paper fills from the ladder; no order leaves, since there is no command for it.
    fields.order_types = 1 << UInt64(PB_TYPE_LIMIT) | 1 << UInt64(PB_TYPE_MARKET)
    fields.multiplier = pb_dec(Decimal64.one)
    // What a pool takes is in its prices already.
    (fields.maker_fee, fields.taker_fee) = (pb_dec(Decimal64.zero), pb_dec(Decimal64.zero))
    out.instrument(fields, symbol: pool.symbol, base: pool.base.symbol, quote: pool.quote.symbol, reason: reason)
  }

  /// As fine as ten digits of the price, and eight places of a quantity: a thousand of the largest swaps then fit.
  func settle(_ pool: Pool) {
    guard pool.exponents == nil, let price = pool.midPrice?.value, price.isPositive else { return }
    let magnitude = Int32(price.significantDigits) + price.normalized.exponent
    pool.exponents = (max(-32, min(8, magnitude - 10)), -Int32(min(8, pool.base.decimals)))
  }
}
