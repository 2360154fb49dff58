import CPatchbay
import ConnectorKit
import Decimals

/// The base of connectors to pools: what a node says of them, looked at again and again, as instruments, pool states,
/// quotes, trades, and books that are ladders computed from the pool.
///
/// It derives a state from one block at a time. What a look at the chain has read counts only when the node names the
/// same block before and after; a node that lags, or a chain that was reorganised, is said in words.
open class PoolConnector: Connector {
  let node: NodeLink
  let settings: PoolSettings
  private let limits: [Output.Limit]
  let pools: [Pool]
  var subscriptions = Subscriptions()
  /// The block that all states are of, or were last read at.
  var head: BlockHeader?
  /// What waits for the end of the look that is going on, or of the next.
  var waitingQuotes: [OwnedQuote] = []
  var waitingLists: [pb_id] = []
  var waitingSwaps: [Swap] = []
  /// Under way, in the order of their nonces, with those that the node refused until their deadline is over.
  var swaps: [Swap] = []
  var approvals: [Approval] = []
  /// Addresses of accounts. For look-ups alone.
  var wallets: [pb_id: Address] = [:]
  var isTracking = false
  /// By the monotonic clock.
  var started: Int64 = 0
  /// What the manifest permits with an account; `nil` = nothing is signed.
  let acts: SwapActs?
  static let mostSwaps = 64
  /// Of a transaction, as the manifest has it.
  static let mostGas: UInt64 = 1_000_000
  var isLooking = false
  var isSetUp = false
  /// When a look last ended well, by the monotonic clock; 0 = never.
  var lastLook: Int64 = 0
  /// Looks in a row that did not end well, and polls that were left out since the last one.
  var failures = 0
  private var skipped = 0
  /// How often in a row the node has named a block below the last one.
  var timesBehind = 0
  static let timer: pb_id = 1

  /// - Parameters:
  ///   - node: scheme and host, as the manifest has it; the operator's configuration says where it is.
  ///   - limits: each question is charged to all of them.
  ///   - usual: what holds where the configuration names nothing else.
  ///   - acts: how swaps are sent; `nil` = they are not.
  public init(
    config: ConnectorConfig, out: Output, node: String, act: PermittedAct, limits: [Output.Limit],
    usual: PoolDefaults, acts: SwapActs?
  ) throws(ConfigFault) {
    settings = try PoolSettings(config, usual)
    self.acts = acts
    (self.node, self.limits) = (NodeLink(out, at: node, by: act, charges: limits.map { $0.charge }), limits)
    var pools: [Pool] = []
    for entry in settings.pools {
      let pool = Pool(id: pb_id(pools.count + 1), entry, symbol: entry.symbol)
      // Every pair of Uniswap v2 takes as much.
      if usual.naming == .pair { pool.fee = 3000 }
      pools.append(pool)
    }
    self.pools = pools
    try super.init(config: config, out: out)
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    // Each kind of pool has an initializer of its own, which names its node and factory.
    throw ConfigFault.field(name: "config", expected: "a connector of one kind of pool")
  }

  // MARK: What a kind of pool says of itself

  /// Whether it is a contract of its own that names its factory and its two tokens.
  open func isContract(_ pool: Pool) -> Bool { true }
  /// The contract that reports what was swapped in it.
  open func reporter(of pool: Pool) -> Address { pool.address }
  /// The contract that swaps in it, and may spend what is swapped.
  open func router(of pool: Pool) -> Address { settings.router }

  /// Asks the factory for the pool's address.
  open func location(of pool: Pool, factory: Address) -> NodeCall { .call(factory, CallData("00000000"), at: .latest) }
  /// Beside token0, token1 and factory: what says that the pool is what it is taken for.
  open func checks(_ pool: Pool) -> [NodeCall] { [] }
  /// Why the answers to `checks` do not fit; empty where they do.
  open func misfit(_ pool: Pool, _ answers: ArraySlice<NodeAnswer>) -> String { "" }
  /// What is asked for the state at a block: in steps, each of which may depend on the one before. None ends them.
  open func questions(_ pool: Pool, step: Int, at block: NodeCall.Block) -> [NodeCall] { [] }
  /// Reads the answers of a step; gives why they are none, or an empty text.
  open func read(_ pool: Pool, step: Int, _ answers: ArraySlice<NodeAnswer>) -> String { "" }
  /// What was read of the pool before may not hold any more.
  open func distrust(_ pool: Pool) {}
  /// Events to ask for; of 64 hexadecimal digits each.
  open var topics: [String] { [] }
  /// Reads one of these events; what it traded, signed from the pool's side, where it is a swap.
  open func event(_ log: ChainLog, _ pool: Pool) -> PoolTrade? { nil }
  /// The router's call of a swap to the wallet itself.
  /// - Parameters:
  ///   - base: exactly so much is given, or taken.
  ///   - limit: in quote units, the least that comes out or the most that goes in.
  ///   - deadline: seconds since 1970.
  open func call(
    _ pool: Pool, side: Side, base: UInt256, limit: UInt256, wallet: Address, deadline: UInt256
  ) -> CallData { CallData("00000000") }
  /// The other amount, as the router answers to that call.
  open func simulated(_ answer: NodeAnswer, side: Side) -> UInt256? { nil }
  /// The same where pools are of several kinds.
  open func simulated(_ answer: NodeAnswer, side: Side, _ pool: Pool) -> UInt256? { simulated(answer, side: side) }
  /// Whether a swap ends by itself; one without a deadline may be included as long as its nonce is free.
  open func hasDeadline(_ pool: Pool) -> Bool { true }
  /// The chain's own asset where it is a token as well: gas is paid of it.
  open var nativeToken: Address? { nil }
  /// Gas that a swap takes, about.
  open func gas(_ pool: Pool) -> UInt64 { 150_000 }

  // MARK: Inputs

  open override func start(trading: Bool) {
    out.limits(limits)
    started = out.now.mono
    out.timer(Self.timer, after: settings.poll)
    if pools.isEmpty {
      out.log(.warning, "no pools: name tokens and pools in this connector's config, and the node in endpoint.urls")
    }
  }

  open override func stop() { node.close() }

  open override func timer(_ id: pb_id) {
    guard id == Self.timer else { return }
    out.timer(Self.timer, after: settings.poll)
    guard !subscriptions.entries.isEmpty || !swaps.isEmpty || !approvals.isEmpty else { return }
    // A node that fails again and again is asked more and more seldom.
    guard failures < 3 || skipped >= min(failures - 2, 15) else {
      skipped += 1
      return
    }
    skipped = 0
    look()
  }

  open override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status { node.reply(reply, body) }

  open override func sent(_ notice: Reply) { node.sent(notice) }

  open override func account(_ account: Account) {
    guard account.isPresent else {
      wallets[account.id] = nil
      return
    }
    let text = account.publicFields.first { $0.name == "address" }?.value ?? ""
    guard let wallet = Address(text) else {
      return out.state(
        .rejected, .privateUpdates, account: account.id, error: .authentication,
        "the account's address is none: 0x and 40 hexadecimal digits")
    }
    wallets[account.id] = wallet
    out.state(.live, .privateUpdates, account: account.id)
  }

  open override func command(_ command: Command) -> Status {
    switch command.verb {
    case .instruments:
      waitingLists.append(command.id)
      if waitingLists.count == 1 { setUp() }
    case .subscribe: subscribe(command)
    case .unsubscribe:
      let (_, orphans) = subscriptions.remove(command.instrument, command.channels)
      for orphan in orphans { out.refuse(orphan, .other, "unsubscribed") }
      out.done(command.id)
    case .resync:
      guard let pool = pool(command.instrument) else { return unknown(command) }
      out.gap(instrument: pool.id, reason: .command)
      pool.isChanged = true
      out.done(command.id)
      look()
    case .quote: quote(command)
    case .place: place(OwnedCommand(command))
    case .amend: amend(OwnedCommand(command))
    case .cancel: cancel(OwnedCommand(command))
    case .approve: approve(OwnedCommand(command))
    case .balances: balances(command.account, command: command.id)
    case .openOrders: openOrders(OwnedCommand(command))
    case .order: order(OwnedCommand(command))
    default: return .unsupported
    }
    return .ok
  }

  private func subscribe(_ command: Command) {
    guard let pool = pool(command.instrument), pool.fault.isEmpty else {
      return out.refuse(command.id, .unknownInstrument, pool(command.instrument)?.fault ?? "no such pool")
    }
    let offered: Channels = [.book, .trades, .pool]
    guard command.channels.isSubset(of: offered), !command.channels.isEmpty else {
      return out.refuse(command.id, .unsupported, "a pool has the channels book, trades and pool")
    }
    let (new, isDone) = subscriptions.add(pool.id, command.channels, command: command.id)
    for channel in new.each { out.state(.pending, channel, instrument: pool.id) }
    if isDone { out.done(command.id) }
    pool.isChanged = true
    look()
  }

  func pool(_ id: pb_id) -> Pool? { id >= 1 && id <= pb_id(pools.count) ? pools[Int(id) - 1] : nil }

  private func unknown(_ command: Command) -> Status {
    out.refuse(command.id, .unknownInstrument, "no such pool")
    return .ok
  }
}

/// What a swap's event says, from the pool's side.
public struct PoolTrade: Sendable {
  /// In smallest units; what went in is positive.
  public var token0: UInt256
  public var token1: UInt256
  /// token0 went in and token1 came out.
  public var zeroForOne: Bool

  public init(token0: UInt256, token1: UInt256, zeroForOne: Bool) {
    (self.token0, self.token1, self.zeroForOne) = (token0, token1, zeroForOne)
  }
}
