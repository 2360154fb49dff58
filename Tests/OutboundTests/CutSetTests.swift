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
      var facts: [AccountFact] = []
      func account(_ fact: AccountFact, _ changes: [OrderChange]) { facts.append(fact) }
      func instrument(_ older: InstrumentID, replacedBy newer: InstrumentID) {}
      func accountPathEnded(_ reason: String) {}
    }

    /// Whether the host takes a list of orders for partial that holds what `tell` says.
    private func isPartial(_ tell: @escaping (Output, pb_order) -> Void) throws -> [Bool] {
      try facts(tell).compactMap { if case .complete(let set) = $0 { set.isPartial } else { nil } }
    }

    /// What the host makes of a list of orders.
    private func facts(_ tell: @escaping (Output, pb_order) -> Void) throws -> [AccountFact] {
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
      return witness.facts
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

    @Test func anOrderWhoseNameOfTheFormerIsTooLongIsMissing() throws {
      let name = String(repeating: "x", count: AccountView.nameLimit + 1)
      #expect(try isPartial { out, order in out.order(order, client: "a", venue: "1", continues: name) } == [true])
    }

    /// What a connector says of an order that goes on as another one reaches whoever keeps orders.
    @Test func aPartIsTakenFromTheRecord() throws {
      let zero = pb_dec(mantissa: 0, exponent: 0, state: UInt32(PB_DEC_EXACT))
      for (continues, carried, expected) in [
        ("1", pb_dec(Decimal64(4)), VenuePart("2", continues: "1", carried: 4)), ("", zero, VenuePart("2")),
        ("1", pb_dec(), VenuePart("2", continues: "1")), ("", pb_dec(), nil),
      ] as [(String, pb_dec, VenuePart?)] {
        var told: [VenuePart?] = []
        let facts = try facts { out, order in
          var order = order
          order.carried = carried
          out.order(order, client: "a", venue: "2", continues: continues)
        }
        for case .order(let fact) in facts { told.append(fact.report.part) }
        #expect(told == [expected])
      }
    }

    /// What an order's report or fill has that is none is left out, and its order is named all the same.
    @Test func whatIsNoneInAFillIsNotLost() throws {
      func told(_ change: @escaping (inout pb_fill) -> Void) throws -> [AccountFact] {
        try facts { out, order in
          var fill = pb_fill()
          (fill.account, fill.instrument, fill.command, fill.side) = (1, 1, order.command, 1)
          (fill.price, fill.quantity) = (pb_dec(Decimal64(2)), pb_dec(Decimal64(3)))
          change(&fill)
          out.fill(fill, trade: "t", client: "a", venue: "1", feeAsset: "")
        }
      }
      let reference = OrderReference(
        account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "a", venueOrderID: "1")
      let fills = try told { $0.venue_ns = .max }.compactMap { if case .fill(let fact) = $0 { fact.fill } else { nil } }
      #expect(fills.map(\.quantity) == [3] && fills.map(\.time) == [0], "the venue's time is not needed")
      let strange: [(inout pb_fill) -> Void] = [
        { $0.quantity = pb_dec(mantissa: 1, exponent: -300, state: UInt32(PB_DEC_EXACT)) },
        { $0.price = pb_dec(mantissa: 1, exponent: 300, state: UInt32(PB_DEC_EXACT)) },
        { $0.price = pb_dec() }, { $0.side = 7 }, { $0.side = 257 },
      ]
      for change in strange {
        let facts = try told(change)
        let names = facts.compactMap { if case .unreadable(let reference, _) = $0 { reference } else { nil } }
        #expect(names == [reference])
      }
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
