import AMM
import CPatchbay
import CeloConnector
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

/// Swaps of before a restart, in a call within a call, whose words do not begin where those around it do, and by a
/// contract that knows no deadline.
@Suite struct CeloFindingTests {
  private static let wallet = "0x5000000000000000000000000000000000000005"
  private static let router = "0x5615cdab10dc425a742d643d949a7f474c01abc4"
  private static let hash = "0x" + String(repeating: "ab", count: 32)
  private static let weth = PoolConnectorTests.weth, usdc = PoolConnectorTests.usdc

  private static func word(_ value: UInt128) -> String { UInt256(value).word }
  private static func word(_ address: String) -> String { Address(address)?.value.word ?? "" }

  /// What sells 0.1 WETH in SwapRouter02's multicall.
  private static func multicall(recipient: String = wallet, end: String = String(repeating: "0", count: 56)) -> String {
    "5ae401dc" + word(1_700_000_100) + word(64) + word(1) + word(32) + word(228) + "04e45aaf" + word(weth) + word(usdc)
      + word(3000) + word(recipient) + word(100_000_000_000_000_000) + word(290_000_000) + word(0) + end
  }

  /// What sells 0.1 CELO by Mento's broker.
  private static func mento(_ id: String = MentoTests.id) -> String {
    "ddbbe850" + word(MentoTests.manager) + id + word(MentoTests.celo) + word(MentoTests.usdm)
      + word(100_000_000_000_000_000) + word(29_000_000_000_000_000)
  }

  private func asked(_ node: FakeNode, _ config: String, to: String, _ data: String) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(CeloPools.self, config: config)
    harness.start()
    harness.command(.instruments)
    node.serve(harness)
    harness.account(1, algorithm: PB_ALGORITHM_SECP256K1, publicFields: [("address", Self.wallet)])
    node.transactions[Self.hash] =
      "{\"hash\":\"\(Self.hash)\",\"from\":\"\(Self.wallet)\",\"to\":\"\(to)\",\"nonce\":\"0x7\","
      + "\"input\":\"0x\(data)\",\"maxFeePerGas\":\"0x77359400\",\"maxPriorityFeePerGas\":\"0x1\"}"
    harness.forget()
    harness.command(.order, client: "c1", venue: Self.hash + "-7") {
      ($0.account, $0.instrument, $0.order, $0.side) = (1, 1, 9, Side.sell.rawValue)
      ($0.type, $0.quantity) = (OrderType.market.rawValue, pb_dec(Decimal64("0.1")))
    }
    node.serve(harness)
    return harness
  }

  private func ranges(_ data: String, to: String = router) throws -> ConnectorHarness {
    let config = #"{"chain_id":1,"# + PoolConnectorTests.config().dropFirst()
    return try asked(PoolConnectorTests.node(), config, to: to, data)
  }

  private func exchange(_ data: String, to: String = MentoTests.broker) throws -> ConnectorHarness {
    let unit: UInt128 = 1_000_000_000_000_000_000
    let used = BucketExchange(
      bucket0: UInt256(10_000_000 * unit), bucket1: UInt256(3_000_000 * unit),
      spread: UInt256(5_000_000_000_000_000_000_000), isSum: false)
    return try asked(MentoTests.node(answering: used), MentoTests.config, to: to, data)
  }

  @Test func bothKindsAreFound() throws {
    for harness in [try ranges(Self.multicall()), try exchange(Self.mento())] {
      #expect(harness.replies.last?.outcome == .done && harness.faults.isEmpty, "\(harness.replies.last?.text ?? "")")
      let order = try #require(harness.emitted.last { $0.kind == PB_EV_ORDER })
      #expect(order.fields(pb_order.self).state == UInt32(PB_ORDER_STATE_OPEN))
    }
  }

  @Test func othersAreNotBelieved() throws {
    let others = [
      try ranges(Self.multicall(recipient: Self.usdc)),
      try ranges(Self.multicall(end: String(repeating: "1", count: 56))),
      try ranges(Self.multicall(), to: MentoTests.broker), try exchange(Self.mento(), to: Self.router),
      try exchange(Self.mento(String(repeating: "ab", count: 32))),
    ]
    for harness in others {
      #expect(harness.replies.last?.outcome == .refused && harness.replies.last?.failure == .transient)
      #expect(harness.replies.last?.text.contains("not believed") == true, "\(harness.replies.last?.text ?? "")")
      #expect(!harness.emitted.contains { $0.kind == PB_EV_ORDER })
    }
  }
}
