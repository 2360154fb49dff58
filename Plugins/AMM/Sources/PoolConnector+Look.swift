import CPatchbay
import ConnectorKit
import Decimals

/// Looks at the chain: the newest block, the states at it, and what happened since the last one.
extension PoolConnector {
  /// Blocks whose events are reported at most; of more, after a pause, the earlier ones are left out and that is said.
  static let mostBlocks: UInt64 = 32

  func look() {
    guard isSetUp, !isLooking else { return }
    isLooking = true
    node.ask([.header(.latest)]) { answers, fault in
      guard case .header(let header)? = answers.first else {
        return self.fail(fault.isEmpty ? answers.first?.fault ?? "" : fault)
      }
      self.judge(header)
    }
  }

  private func judge(_ header: BlockHeader) {
    let age = out.now.wall.subtractingSaturated(header.time.multipliedSaturated(by: 1_000_000_000))
    guard age <= settings.greatestAge else {
      return fail(
        "the node's newest block, \(header.number), is \(age / 1_000_000_000) seconds old: the node lags, or the chain "
          + "stands still")
    }
    if let head, header.number < head.number, timesBehind < 3 {
      timesBehind += 1
      return fail("the node names block \(header.number) after block \(head.number): it lags")
    }
    timesBehind = 0
    if let head, header.hash == head.hash, usable.allSatisfy({ $0.header?.hash == header.hash }) { return end() }
    read(header)
  }

  /// Pools that are there, and of which a state is wanted.
  private var usable: [Pool] {
    pools.filter { pool in
      guard pool.fault.isEmpty else { return false }
      return pool.exponents == nil || subscriptions.entries.contains { $0.instrument == pool.id }
        || waitingQuotes.contains { $0.pool === pool } || waitingSwaps.contains { $0.pool === pool }
    }
  }

  // MARK: Events

  private func read(_ header: BlockHeader) {
    let pools = usable
    // A pool that was not looked at meanwhile: nobody has read its events.
    for pool in pools where pool.header == nil || pool.header?.hash != head?.hash { distrust(pool) }
    guard !pools.isEmpty else { return adopt(pools, header) }
    guard let last = head, last.hash != header.hash else { return readStates(pools, header, step: 0) }
    guard header.number > last.number else { return reorganised(pools, header) }
    let oldest = header.number >= Self.mostBlocks ? header.number - Self.mostBlocks + 1 : 0
    let from = max(last.number + 1, oldest)
    if from > last.number + 1 {
      for pool in pools { distrust(pool) }
      out.log(.warning, "trades of the blocks \(last.number + 1) to \(from - 1) are not reported: too many at once")
    }
    var calls = [NodeCall.logs(of: reporters(of: pools), from: from, to: header.number, topics: topics)]
    for number in from...header.number { calls.append(.header(.number(number))) }
    node.ask(calls) { answers, fault in
      guard fault.isEmpty else { return self.fail(fault) }
      self.follow(pools, header, last, from: from, answers)
    }
  }

  private func reporters(of pools: [Pool]) -> [Address] {
    var list: [Address] = []
    for pool in pools where !list.contains(reporter(of: pool)) { list.append(reporter(of: pool)) }
    return list
  }

  private func follow(
    _ pools: [Pool], _ header: BlockHeader, _ last: BlockHeader, from: UInt64, _ answers: [NodeAnswer]
  ) {
    var blocks: [BlockHeader] = []
    for answer in answers.dropFirst() {
      guard case .header(let block) = answer else { return fail("a block is missing: \(answer.fault)") }
      blocks.append(block)
    }
    guard blocks.last?.hash == header.hash else { return fail("the chain changed while it was read") }
    for (earlier, later) in zip(blocks, blocks.dropFirst()) where later.parent != earlier.hash {
      return fail("the chain changed while it was read")
    }
    if from == last.number + 1, blocks.first?.parent != last.hash { return reorganised(pools, header) }
    guard case .logs(let logs)? = answers.first else { return fail(answers.first?.fault ?? "") }
    for log in logs {
      let own = pools.filter { reporter(of: $0) == log.contract }
      guard !own.isEmpty else { continue }
      guard log.block >= from, log.block <= header.number else { return fail("the node gave events of another block") }
      for pool in own {
        // Known before the instrument is: nobody has subscribed to it yet.
        if let trade = event(log, pool) { report(trade, log, pool, blocks[Int(log.block - from)]) }
      }
    }
    head = header
    readStates(pools, header, step: 0)
  }

  private func reorganised(_ pools: [Pool], _ header: BlockHeader) {
    out.log(
      .warning,
      "the chain was reorganised at or before block \(header.number): trades that were reported of it since may not "
        + "have happened")
    for pool in self.pools { distrust(pool) }
    head = nil
    readStates(pools, header, step: 0)
  }

  private func report(_ trade: PoolTrade, _ log: ChainLog, _ pool: Pool, _ block: BlockHeader) {
    guard let exponents = pool.exponents, subscriptions.state(pool.id, .trades) == .live else { return }
    let (base, quote) = pool.isBaseFirst ? (trade.token0, trade.token1) : (trade.token1, trade.token0)
    let amounts = Pool.Amounts(base: base, quote: quote)
    guard let price = pool.ticks(amounts, exponents.price, up: false), price > 0,
      let quantity = pool.lots(base, exponents.quantity), quantity > 0
    else { return }
    // Whoever gives the base sells it.
    let taker: Side = trade.zeroForOne == pool.isBaseFirst ? .sell : .buy
    var record = pb_trade()
    out.begin(pb_trade.self)
    record.trade = out.text("\(log.transaction)-\(log.index)")
    record.instrument = pool.id
    record.venue_ns = block.time.multipliedSaturated(by: 1_000_000_000)
    (record.price, record.quantity, record.side) = (price, quantity, taker.rawValue)
    out.emit(record, kind: PB_EV_TRADE)
  }

  // MARK: States

  private func readStates(_ pools: [Pool], _ header: BlockHeader, step: Int) {
    var calls: [NodeCall] = []
    var spans: [(pool: Pool, range: Range<Int>)] = []
    for pool in pools {
      let own = questions(pool, step: step, at: .number(header.number))
      guard !own.isEmpty else { continue }
      spans.append((pool, calls.count..<calls.count + own.count))
      calls += own
    }
    guard !calls.isEmpty else { return adopt(pools, header) }
    calls.append(.header(.number(header.number)))
    node.ask(calls) { answers, fault in
      guard fault.isEmpty else { return self.fail(fault) }
      guard case .header(let now)? = answers.last, now.hash == header.hash else {
        for pool in pools { self.distrust(pool) }
        return self.fail("the chain changed while it was read")
      }
      var left = pools
      for (pool, range) in spans {
        let words = self.read(pool, step: step, answers[range])
        guard !words.isEmpty else { continue }
        self.distrust(pool)
        left.removeAll { $0 === pool }
        self.doubt(pool, "the state of \(pool.symbol) cannot be read: \(words)")
      }
      // Where nothing can be read, it is the node rather than the pools.
      guard let last = spans.last?.pool, left.isEmpty else { return self.readStates(left, header, step: step + 1) }
      self.fail(last.trouble)
    }
  }

  /// One pool that cannot be read does not keep the others from being read.
  private func doubt(_ pool: Pool, _ words: String) {
    (pool.trouble, pool.troubles) = (words, pool.troubles + 1)
    guard pool.troubles >= 3 || isOld else { return }
    if pool.troubles == 3 { out.log(.warning, words) }
    lose(pool, words)
  }

  private func adopt(_ pools: [Pool], _ header: BlockHeader) {
    head = header
    for pool in pools {
      pool.header = header
      pool.isChanged = true
      (pool.trouble, pool.troubles) = ("", 0)
      settle(pool)
    }
    end()
  }

  // MARK: The end of a look

  private func end() {
    (isLooking, failures, lastLook) = (false, 0, out.now.mono)
    list()
    for pool in pools where pool.isChanged && pool.header?.hash == head?.hash { publish(pool) }
    let waiting = waitingQuotes
    waitingQuotes = []
    for quote in waiting { answer(quote) }
    let orders = waitingSwaps
    waitingSwaps = []
    for swap in orders { proceed(swap) }
    track()
  }

  func fail(_ words: String) {
    isLooking = false
    failures += 1
    refuseLists(.transient, words)
    let waiting = waitingQuotes
    waitingQuotes = []
    for quote in waiting { out.refuse(quote.command, .transient, words) }
    let orders = waitingSwaps
    waitingSwaps = []
    for swap in orders { out.refuse(swap.command.id, .transient, words) }
    // One answer that fails says little; a state that has grown old is no state.
    guard failures >= 3 || isOld else { return }
    if failures == 3 { out.log(.warning, words) }
    for pool in pools { lose(pool, words) }
  }

  var isOld: Bool {
    guard let head else { return true }
    let time = head.time.multipliedSaturated(by: 1_000_000_000)
    return out.now.wall.subtractingSaturated(time) > settings.greatestAge
  }

  /// What was published of a pool does not hold any more.
  func lose(_ pool: Pool, _ words: String) {
    for channel: Channels in [.book, .trades, .pool] where subscriptions.down(pool.id, channel) {
      if channel == .book { out.gap(instrument: pool.id, reason: .closed) }
      out.state(.down, channel, instrument: pool.id, error: .transient, words)
    }
    pool.isChanged = true
  }
}
