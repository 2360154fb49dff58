import AMM
import ConnectorKit
import UniswapV3Connector

/// Celo, an Ethereum layer 2 since March 2025: pools of Uniswap v3, and Mento's exchanges of stable tokens.
/// https://docs.celo.org/tooling/contracts/uniswap-contracts
///
/// Of Uniswap there is SwapRouter02 alone, whose swaps have no deadline: they go in its multicall, which has one.
public final class CeloPools: UniswapRanges {
  /// Mento's contract that swaps, and the one that knows its exchanges.
  let broker: Address
  let manager: Address
  /// CELO, which is the chain's own asset and a token at once.
  private let native: Address
  /// What was found of Mento's exchanges when they were checked, by pool's id in the configuration.
  var exchanges: [(pool: String, terms: MentoTerms)] = []

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    func address(_ name: String, _ usual: String) throws(ConfigFault) -> Address {
      guard let address = Address(try config.string(name) ?? usual) else {
        throw .field(name: name, expected: "an address: 0x and 40 hexadecimal digits")
      }
      return address
    }
    broker = try address("broker", "0x777A8255cA72412f0d706dc03C9D1987306B4CaD")
    manager = try address("manager", "0x22d9db95E6Ae61c104A7B6F6C78D7993B94ec901")
    native = try address("native_token", "0x471EcE3750Da237f93B8E339c536989b8978a438")
    try super.init(
      config: config, out: out, node: "https://node.invalid", act: .node, limits: Output.Limit.all,
      usual: PoolDefaults(
        chain: 42220, factory: "0xAfE208a311B21f13EF87E33A90049fC17A7acDEc",
        router: "0x5615CDAb10dc425a742d643d949a7F474C01abc4", native: "CELO", gasPrice: 1000, naming: .feeOrID),
      acts: SwapActs(place: .swap, amend: .reswap, cancel: .cancel, approve: .approve))
  }

  public override var nativeToken: Address? { native }

  // MARK: Which contracts

  func isMento(_ pool: Pool) -> Bool { pool.contractID != nil }

  public override func isContract(_ pool: Pool) -> Bool { !isMento(pool) }
  public override func reporter(of pool: Pool) -> Address { isMento(pool) ? broker : pool.address }
  public override func router(of pool: Pool) -> Address { isMento(pool) ? broker : super.router(of: pool) }
  public override func hasDeadline(_ pool: Pool) -> Bool { !isMento(pool) }

  public override func location(of pool: Pool, factory: Address) -> NodeCall {
    // broker()
    isMento(pool) ? .call(manager, CallData("abff0110"), at: .latest) : super.location(of: pool, factory: factory)
  }

  public override func checks(_ pool: Pool) -> [NodeCall] {
    isMento(pool) ? mentoChecks(pool) : super.checks(pool)
  }

  public override func misfit(_ pool: Pool, _ answers: ArraySlice<NodeAnswer>) -> String {
    isMento(pool) ? mentoMisfit(pool, answers) : super.misfit(pool, answers)
  }

  public override func questions(_ pool: Pool, step: Int, at block: NodeCall.Block) -> [NodeCall] {
    isMento(pool) ? mentoQuestions(pool, step: step, at: block) : super.questions(pool, step: step, at: block)
  }

  public override func read(_ pool: Pool, step: Int, _ answers: ArraySlice<NodeAnswer>) -> String {
    isMento(pool) ? mentoRead(pool, step: step, answers) : super.read(pool, step: step, answers)
  }

  public override var topics: [String] { super.topics + [Self.mentoSwap] }

  public override func event(_ log: ChainLog, _ pool: Pool) -> PoolTrade? {
    isMento(pool) ? mentoEvent(log, pool) : super.event(log, pool)
  }

  // MARK: Swaps

  public override func call(
    _ pool: Pool, side: Side, base: UInt256, limit: UInt256, wallet: Address, deadline: UInt256
  ) -> CallData {
    let isSale = side == .sell
    let (from, to) = isSale ? (pool.base, pool.quote) : (pool.quote, pool.base)
    if let id = pool.contractID {
      let words = [manager.value, id, from.address.value, to.address.value, base, limit]
      // swapIn and swapOut(address,bytes32,address,address,uint256,uint256)
      return isSale ? CallData("ddbbe850", words) : CallData("d163b135", words)
    }
    let words = [
      from.address.value, to.address.value, UInt256(UInt128(pool.fee)), wallet.value, base, limit, .zero,
    ]
    // exactInputSingle and exactOutputSingle((address,address,uint24,address,uint256,uint256,uint160))
    let inner = isSale ? CallData("04e45aaf", words) : CallData("5023b4df", words)
    // multicall(uint256,bytes[])
    return CallData("5ae401dc", [deadline, UInt256(64)], listing: inner)
  }

  public override func simulated(_ answer: NodeAnswer, side: Side, _ pool: Pool) -> UInt256? {
    // A multicall answers a list of one answer.
    isMento(pool) ? answer.word() : answer.word(4)
  }

  public override func gas(_ pool: Pool) -> UInt64 { isMento(pool) ? 350_000 : 150_000 }
}
