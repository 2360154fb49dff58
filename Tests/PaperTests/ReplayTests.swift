import CPatchbay
import ConnectorKit
import Decimals
import Matching
import Testing

@testable import PaperConnector

/// Outputs depend on the configuration and the inputs alone.
@Suite struct ReplayTests {
  /// Random inputs of all kinds; the random numbers decide the inputs only.
  func script(_ table: UnsafePointer<pb_connector>, _ config: String, inputs seed: UInt64) throws -> Harness {
    let harness = try Harness(table, config)
    var random = Random(seed: seed)
    harness.start()
    for account in 1...3 as ClosedRange<pb_id> { harness.account(account) }
    for instrument in 1...2 as ClosedRange<pb_id> {
      harness.command(.subscribe) { $0.instrument = instrument; $0.channel = 7 }
    }
    let verbs = Verb.allCases
    for step in 0..<400 {
      let number = random.next()
      let price = Decimal64(mantissa: 59_900 + Int64(number >> 40 % 200), exponent: 0)
      let client = String(number % 40)
      switch random.below(5) {
      case 0: harness.run(for: Int64(number % 1_000_000_000))
      case 1:
        let verb = verbs[Int(random.below(Int64(verbs.count)))]
        harness.command(verb, client: client) {
          $0.account = 1 + number % 4
          $0.instrument = number >> 8 % 3
          $0.channel = UInt32(number >> 16 & 31)
          $0.mode = UInt32(number >> 24 & 3)
          $0.value = pb_dec(Decimal64(Int64(number >> 32 & 63)))
        }
      default:
        harness.place(
          1 + number % 3, number & 1 == 0 ? .buy : .sell, number & 2 == 0 ? "0.05" : "0.3",
          at: number & 12 == 0 ? nil : price.plain, client: "\(step)-\(client)",
          flags: number & 48 == 0 ? .postOnly : [], force: number & 64 == 0 ? .goodTilCancelled : .immediateOrCancel)
      }
    }
    harness.stop()
    #expect(harness.faults.isEmpty)
    return harness
  }

  @Test(arguments: [false, true], [1, 2, 3] as [UInt64])
  func sameInputsSameBytes(isPerpetual: Bool, seed: UInt64) throws {
    let table = isPerpetual ? perpetualTable : spotTable
    let config = #"{"seed": \#(seed), "ack_delay_ms": 3}"#
    let first = try script(table, config, inputs: seed)
    let second = try script(table, config, inputs: seed)
    #expect(first.emitted.count > 2000)
    #expect(first.emitted == second.emitted)
    let other = try script(table, #"{"seed": \#(seed + 10), "ack_delay_ms": 3}"#, inputs: seed)
    #expect(first.emitted != other.emitted)
  }

  /// Every command that is taken is answered exactly once, after its facts.
  @Test(arguments: [false, true]) func oneReplyForEachCommand(isPerpetual: Bool) throws {
    let harness = try script(isPerpetual ? perpetualTable : spotTable, "{}", inputs: 9)
    var answered: Set<pb_id> = []
    for record in harness.emitted {
      switch record.kind {
      case PB_EV_REPLY:
        let command = record.fields(pb_reply.self).command
        #expect(answered.insert(command).inserted)
      case PB_EV_ORDER: #expect(!answered.contains(record.fields(pb_order.self).command))
      case PB_EV_FILL: #expect(!answered.contains(record.fields(pb_fill.self).command))
      case PB_EV_COMPLETE: #expect(!answered.contains(record.fields(pb_complete.self).command))
      default: break
      }
    }
    // 2 subscriptions and 400 inputs, of which a fifth only let time pass; a few verbs are not offered.
    #expect(answered.count > 250)
  }
}
