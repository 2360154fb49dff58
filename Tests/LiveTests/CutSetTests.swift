import CPatchbay
import ConnectorKit
import Decimals
import MarketModel
import Runtime
import Testing

extension DispatchTests {
  /// A set of facts of which one cannot be taken is not whole, whatever the connector says of it.
  @Suite struct CutSetTests {
    private final class Witness: AccountObserver {
      var sets: [CompleteFact] = []
      func account(_ fact: AccountFact, _ changes: [OrderChange]) {
        if case .complete(let set) = fact { sets.append(set) }
      }
      func instrument(_ older: InstrumentID, replacedBy newer: InstrumentID) {}
      func accountPathEnded(_ reason: String) {}
    }

    /// Whether the host takes a list of orders for partial that holds what `tell` says.
    private func isPartial(_ tell: @escaping (Output, pb_order) -> Void) throws -> [Bool] {
      let bench = try Bench(accounts: true)
      bench.limit(1000)
      let witness = Witness()
      bench.session.accountObserver = witness
      bench.probe.onCommand = { out, command in
        var order = pb_order()
        (order.account, order.instrument, order.command) = (1, 1, command.id)
        (order.state, order.side, order.type) = (OrderState.open.rawValue, 1, 1)
        tell(out, order)
        out.complete(PB_EV_ORDER, command: command.id, account: 1)
        out.done(command.id)
      }
      var draft = CommandDraft(.openOrders)
      draft.account = 1
      bench.session.send(draft) { _ in }
      return witness.sets.map(\.isPartial)
    }

    @Test func aListThatIsTakenWholeIsWhole() throws {
      #expect(try isPartial { out, order in out.order(order, client: "a", venue: "1") } == [false])
    }

    @Test func anOrderOfAnUnknownStateIsMissing() throws {
      let partial = try isPartial { out, order in
        var strange = order
        strange.state = 99
        out.order(strange, client: "a", venue: "1")
      }
      #expect(partial == [true])
    }

    @Test func anOrderWhoseNameIsTooLongIsMissing() throws {
      let name = String(repeating: "x", count: AccountView.nameLimit + 1)
      #expect(try isPartial { out, order in out.order(order, client: "a", venue: name) } == [true])
    }

    /// The record broke the contract: it may have been one of the list.
    @Test func anOrderThatBreaksTheContractIsMissing() throws {
      let partial = try isPartial { out, order in
        var malformed = order
        malformed.price = pb_dec(mantissa: 1, exponent: 99, state: UInt32(PB_DEC_EXACT))
        malformed.venue_ns = -1
        out.order(malformed, client: "a", venue: "1")
      }
      #expect(partial == [true])
    }
  }
}
