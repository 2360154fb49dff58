import AMM
import ConnectorKit

/// Uniswap v2: pairs of tokens. https://docs.uniswap.org/contracts/v2/reference/smart-contracts/pair
public final class UniswapPairs: PoolConnector {
  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    // The factory on Ethereum; other chains have their own.
    try super.init(
      config: config, out: out, node: "https://node.invalid", act: .node, limits: Output.Limit.all,
      usual: PoolDefaults(
        factory: "0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f", router: "0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D",
        naming: .pair),
      acts: SwapActs(place: .swap, amend: .reswap, cancel: .cancel, approve: .approve))
  }

  public override func location(of pool: Pool, factory: Address) -> NodeCall {
    // getPair(address,address)
    .call(factory, CallData("e6a43905", pool.token0.address.value, pool.token1.address.value), at: .latest)
  }

  public override func questions(_ pool: Pool, step: Int, at block: NodeCall.Block) -> [NodeCall] {
    // getReserves()
    step == 0 ? [.call(pool.address, CallData("0902f1ac"), at: block)] : []
  }

  public override func read(_ pool: Pool, step: Int, _ answers: ArraySlice<NodeAnswer>) -> String {
    guard let answer = answers.first, let first = answer.word(0), let second = answer.word(1),
      first.bitWidth <= 112, second.bitWidth <= 112
    else { return answers.first?.fault ?? "no reserves" }
    pool.model = .constantProduct(ConstantProductPool(reserve0: first, reserve1: second))
    return ""
  }

  /// Swap(address,uint256,uint256,uint256,uint256,address)
  public override var topics: [String] { ["d78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"] }

  public override func event(_ log: ChainLog, _ pool: Pool) -> PoolTrade? {
    guard let in0 = log.data.word(0), let in1 = log.data.word(1), let out0 = log.data.word(2),
      let out1 = log.data.word(3)
    else { return nil }
    // Both may go in at once; what counts is what the trader gave and got in all.
    if let first = try? in0 - out0, !first.isZero, let second = try? out1 - in1, !second.isZero {
      return PoolTrade(token0: first, token1: second, zeroForOne: true)
    }
    guard let first = try? out0 - in0, let second = try? in1 - out1 else { return nil }
    return PoolTrade(token0: first, token1: second, zeroForOne: false)
  }

  public override func call(
    _ pool: Pool, side: Side, base: UInt256, limit: UInt256, wallet: Address, deadline: UInt256
  ) -> CallData {
    // amount and limit, where the path stands, to whom, until when, and the path's two tokens
    var words = [base, limit, UInt256(160), wallet.value, deadline, UInt256(2)]
    words += side == .sell ? [pool.base.address.value, pool.quote.address.value]
      : [pool.quote.address.value, pool.base.address.value]
    // swapExactTokensForTokens and swapTokensForExactTokens(uint256,uint256,address[],address,uint256)
    return side == .sell ? CallData("38ed1739", words) : CallData("8803dbee", words)
  }

  public override func simulated(_ answer: NodeAnswer, side: Side) -> UInt256? {
    // A list of what goes in and what comes out.
    guard answer.word(1) == UInt256(2) else { return nil }
    return answer.word(side == .sell ? 3 : 2)
  }

  public override func gas(_ pool: Pool) -> UInt64 { 125_000 }
}
