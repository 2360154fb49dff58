import AMM
import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing
import UniswapV3Connector

/// Swaps of a run before this one, of which the host has kept hash and nonce.
extension PoolConnectorTests {
  private static let wallet = "0x5000000000000000000000000000000000000005"
  private static let router = "0xe592427a0aece92de3edee1f18e0157c05861564"
  private static let hash = "0x" + String(repeating: "ab", count: 32)

  /// One that sells 0.1 WETH.
  private static func transaction(
    from: String = wallet, nonce: Int = 7, to: String = router, amount: UInt128 = 100_000_000_000_000_000,
    recipient: String = wallet, data: String? = nil
  ) -> String {
    let call = "414bf389" + word(weth) + word(usdc) + word(3000) + word(recipient) + word(1_700_000_100) + word(amount)
      + word(290_000_000) + word(0)
    return "{\"hash\":\"\(hash)\",\"from\":\"\(from)\",\"to\":\"\(to)\",\"nonce\":\"0x\(nonce)\","
      + "\"input\":\"0x\(data ?? call)\",\"maxFeePerGas\":\"0x77359400\",\"maxPriorityFeePerGas\":\"0x1\"}"
  }

  /// Asks for the order by the name that the host has kept.
  private func asked(_ told: String?, name: String = hash + "-7") throws -> ConnectorHarness {
    let node = Self.node()
    let harness = try Self.made(node)
    harness.account(1, algorithm: PB_ALGORITHM_SECP256K1, publicFields: [("address", Self.wallet)])
    node.transactions[Self.hash] = told
    harness.forget()
    harness.command(.order, client: "c1", venue: name) {
      ($0.account, $0.instrument, $0.order, $0.side) = (1, 1, 9, Side.sell.rawValue)
      ($0.type, $0.quantity) = (OrderType.market.rawValue, pb_dec(Decimal64("0.1")))
    }
    node.serve(harness)
    return harness
  }

  @Test(arguments: [nil, transaction(), transaction(to: wallet, data: "")])
  func aSwapOfBeforeTheRestartIsFound(told: String?) throws {
    let harness = try asked(told)
    #expect(harness.replies.last?.outcome == .done && harness.faults.isEmpty)
    let order = try #require(harness.emitted.last { $0.kind == PB_EV_ORDER })
    let fields = order.fields(pb_order.self)
    #expect(fields.state == UInt32(PB_ORDER_STATE_OPEN) && fields.order == 9)
    #expect(order.text(fields.venue_order) == Self.hash + "-7" && order.text(fields.client_order) == "c1")
    #expect(order.text(fields.reason).contains("knows nothing of it") == (told == nil))
  }

  /// A node that lies about what was sent: nothing of it is taken over.
  @Test(arguments: [
    transaction(from: usdc), transaction(nonce: 8), transaction(to: usdc), transaction(recipient: usdc),
    transaction(amount: 100_000_000_000_000_001), transaction(data: "414bf389"), transaction(data: ""),
  ])
  func anotherTransactionIsNotBelieved(told: String) throws {
    let harness = try asked(told)
    #expect(harness.replies.last?.outcome == .refused && harness.replies.last?.failure == .transient)
    #expect(harness.replies.last?.text.contains("not believed") == true, "\(harness.replies.last?.text ?? "")")
    #expect(!harness.emitted.contains { $0.kind == PB_EV_ORDER })
  }

  @Test(arguments: ["0xab-7", hash, hash + "-", hash + "--7", hash + "-7-8", hash + "-99999999999999999999"])
  func whatIsNoNameIsNotLookedFor(name: String) throws {
    let harness = try asked(Self.transaction(), name: name)
    #expect(harness.replies.last?.outcome == .refused && !harness.emitted.contains { $0.kind == PB_EV_ORDER })
  }
}
