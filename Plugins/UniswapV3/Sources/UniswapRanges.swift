import AMM
import ConnectorKit

/// Uniswap v3: pools with liquidity in ranges of ticks.
/// https://docs.uniswap.org/contracts/v3/reference/core/UniswapV3Pool
open class UniswapRanges: PoolConnector {
  /// Words of the bitmap that are read on either side of the price: all at tick spacings of 60 and more, a factor of
  /// some millions in the price at 10, of 4.6 at 1.
  private static let reach: Int32 = 60

  /// The ticks around the price, by pool; read again when liquidity was put in or taken out.
  private struct Window {
    var spacing: Int32
    /// The price's state at the block that is being read.
    var sqrtPrice = UInt256.zero
    var tick: Int32 = 0
    var liquidity: UInt128 = 0
    var words: ClosedRange<Int32>?
    var ticks: [ConcentratedPool.Tick] = []
    /// Initialized ticks whose liquidity is still to be asked for.
    var found: [Int32] = []
    var isTrusted = false
  }
  /// In the order in which the pools were checked.
  private var windows: [(address: Address, window: Window)] = []

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    // The factory on Ethereum and several other chains; where it is another, the configuration names it.
    try super.init(
      config: config, out: out, node: "https://node.invalid", act: .node, limits: Output.Limit.all,
      usual: PoolDefaults(
        factory: "0x1F98431c8aD98523631AE4a59f267346ea31F984", router: "0xE592427A0AEce92De3Edee1F18E0157C05861564",
        naming: .fee),
      acts: SwapActs(place: .swap, amend: .reswap, cancel: .cancel, approve: .approve))
  }

  /// The same contracts elsewhere, by a connector with its own manifest.
  public override init(
    config: ConnectorConfig, out: Output, node: String, act: PermittedAct, limits: [Output.Limit], usual: PoolDefaults,
    acts: SwapActs?
  ) throws(ConfigFault) {
    try super.init(config: config, out: out, node: node, act: act, limits: limits, usual: usual, acts: acts)
  }

  open override func location(of pool: Pool, factory: Address) -> NodeCall {
    // getPool(address,address,uint24)
    let (first, second) = (pool.token0.address.value, pool.token1.address.value)
    return .call(factory, CallData("1698ee82", first, second, UInt256(UInt128(pool.fee))), at: .latest)
  }

  open override func checks(_ pool: Pool) -> [NodeCall] {
    // fee(), tickSpacing()
    [.call(pool.address, CallData("ddca3f43"), at: .latest), .call(pool.address, CallData("d0c93a7c"), at: .latest)]
  }

  open override func misfit(_ pool: Pool, _ answers: ArraySlice<NodeAnswer>) -> String {
    guard let fee = answers.first?.word(), fee == UInt256(UInt128(pool.fee)) else {
      return "the pool has another fee than \(pool.fee) millionths"
    }
    guard let spacing = answers.last?.word()?.tick, spacing > 0, spacing < 16384 else {
      return "the pool's tick spacing cannot be read"
    }
    if place(pool) == nil { windows.append((pool.address, Window(spacing: spacing))) }
    return ""
  }

  private func place(_ pool: Pool) -> Int? { windows.firstIndex { $0.address == pool.address } }

  open override func distrust(_ pool: Pool) {
    if let place = place(pool) { windows[place].window.isTrusted = false }
  }

  // MARK: State

  open override func questions(_ pool: Pool, step: Int, at block: NodeCall.Block) -> [NodeCall] {
    guard let place = place(pool) else { return [] }
    switch step {
    case 0:
      // slot0(), liquidity()
      return [
        .call(pool.address, CallData("3850c7bd"), at: block), .call(pool.address, CallData("1a686502"), at: block),
      ]
    case 1:
      guard !isEnough(windows[place].window) else { return [] }
      let words = wanted(windows[place].window)
      windows[place].window.words = words
      // Until all of it is read, the ticks are of other words than these.
      windows[place].window.isTrusted = false
      // tickBitmap(int16)
      return words.map { .call(pool.address, CallData("5339c296", UInt256(signed: $0)), at: block) }
    case 2:
      // ticks(int24)
      let found = windows[place].window.found
      return found.map { .call(pool.address, CallData("f30dba93", UInt256(signed: $0)), at: block) }
    default: return []
    }
  }

  private func isEnough(_ window: Window) -> Bool {
    guard window.isTrusted, let words = window.words else { return false }
    let own = ConcentratedPool.word(of: window.tick, window.spacing)
    let all = ConcentratedPool.allWords(window.spacing)
    // Near an end, more is read before a swap could run into it.
    let margin = (words.upperBound - words.lowerBound) / 8
    return (own - margin >= words.lowerBound || words.lowerBound == all.lowerBound)
      && (own + margin <= words.upperBound || words.upperBound == all.upperBound)
  }

  private func wanted(_ window: Window) -> ClosedRange<Int32> {
    let own = ConcentratedPool.word(of: window.tick, window.spacing)
    let all = ConcentratedPool.allWords(window.spacing)
    return max(all.lowerBound, own - Self.reach)...min(all.upperBound, own + Self.reach)
  }

  open override func read(_ pool: Pool, step: Int, _ answers: ArraySlice<NodeAnswer>) -> String {
    guard let place = place(pool) else { return "it was not checked" }
    switch step {
    case 0:
      guard let first = answers.first, let price = first.word(0), let tick = first.word(1)?.tick,
        let liquidity = try? answers.last?.word()?.narrow()
      else { return answers.first?.fault ?? "" }
      guard !price.isZero else { return "it was never given a price" }
      windows[place].window.sqrtPrice = price
      windows[place].window.tick = tick
      windows[place].window.liquidity = liquidity
      return isEnough(windows[place].window) ? make(pool, windows[place].window) : ""
    case 1:
      windows[place].window.found = []
      guard let words = windows[place].window.words else { return "it was not asked for" }
      for (word, answer) in zip(words, answers) {
        guard let map = answer.word() else { return answer.fault }
        for bit in 0..<256 where map.shiftedRight(bit).low & 1 == 1 {
          windows[place].window.found.append((word * 256 + Int32(bit)) * windows[place].window.spacing)
        }
      }
      windows[place].window.ticks = []
      windows[place].window.isTrusted = windows[place].window.found.isEmpty
      return windows[place].window.found.isEmpty ? make(pool, windows[place].window) : ""
    default:
      var ticks: [ConcentratedPool.Tick] = []
      for (index, answer) in zip(windows[place].window.found, answers) {
        guard let net = answer.word(1)?.signed128 else { return answer.fault }
        ticks.append(ConcentratedPool.Tick(index, net: net))
      }
      windows[place].window.found = []
      windows[place].window.ticks = ticks
      windows[place].window.isTrusted = true
      return make(pool, windows[place].window)
    }
  }

  private func make(_ pool: Pool, _ window: Window) -> String {
    guard
      let model = ConcentratedPool(
        sqrtPrice: window.sqrtPrice, tick: window.tick, liquidity: window.liquidity, feeParts: pool.fee,
        tickSpacing: window.spacing, ticks: window.ticks, words: window.words)
    else { return "it is in a state that no pool can have" }
    pool.model = .concentrated(model)
    return ""
  }

  // MARK: Events

  /// Swap(address,address,int256,int256,uint160,uint128,int24)
  private static let swap = "c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"
  /// Mint(address,address,int24,int24,uint128,uint256,uint256) and Burn(address,int24,int24,uint128,uint256,uint256)
  private static let changes = [
    "7a53080ba414158be7ec69b987b5fb7d07dee101fe85488f0853ae16239d0bde",
    "0c396cd989a39f4459b5fa1aed6a9a8dcdbc45908acfd67e028cd568da98982c",
  ]
  open override var topics: [String] { [Self.swap] + Self.changes }

  open override func event(_ log: ChainLog, _ pool: Pool) -> PoolTrade? {
    guard log.topics.first?.word == Self.swap else {
      distrust(pool)
      return nil
    }
    guard let first = log.data.word(0)?.signed, let second = log.data.word(1)?.signed else { return nil }
    // What goes into the pool is positive.
    return PoolTrade(token0: first.magnitude, token1: second.magnitude, zeroForOne: second.isNegative)
  }

  open override func call(
    _ pool: Pool, side: Side, base: UInt256, limit: UInt256, wallet: Address, deadline: UInt256
  ) -> CallData {
    let isSale = side == .sell
    let (from, to) = isSale ? (pool.base, pool.quote) : (pool.quote, pool.base)
    let words = [
      from.address.value, to.address.value, UInt256(UInt128(pool.fee)), wallet.value, deadline, base, limit, .zero,
    ]
    // exactInputSingle and exactOutputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))
    return isSale ? CallData("414bf389", words) : CallData("db3e2198", words)
  }

  open override func simulated(_ answer: NodeAnswer, side: Side) -> UInt256? { answer.word() }

  open override func gas(_ pool: Pool) -> UInt64 { 130_000 }
}
