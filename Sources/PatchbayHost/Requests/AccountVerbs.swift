import Control
import Decimals
import JSONTree
import MarketModel
import Runtime
import Trading

/// `balances`, `positions`, `leverage`, `approve`, `halt`, `resume`, `events`.
package enum AccountVerbs {
  package static func all(_ host: RunningHost, _ events: RunEvents) -> [ControlVerb] {
    [
      ControlVerb("balances", fields: ["connector"]) { copies("balances", $0, host, OrderCopies.balances) },
      ControlVerb("positions", fields: ["connector"]) { copies("positions", $0, host, OrderCopies.positions) },
      ControlVerb("leverage", fields: ["connector", "account", "pair", "leverage", "confirmed"]) { leverage($0, host) },
      ControlVerb("approve", fields: ["connector", "account", "pair", "asset", "quantity", "confirmed"]) {
        approve($0, host)
      },
      ControlVerb("halt", fields: ["connector", "reason", "cancel"], isUrgent: true) { halt($0, host) },
      ControlVerb("resume", fields: ["connector"]) { resume($0, host) },
      ControlVerb("events", fields: ["watch", "interval_ms"]) { watch($0, events) },
    ]
  }

  private static func copies(
    _ name: String, _ call: ControlCall, _ host: RunningHost, _ copy: @escaping @Sendable (TradeDesk) -> [JSONValue]
  ) {
    guard let desks = DeskChoice.desks(call, host) else { return }
    DeskChoice.copies(call, host, desks) { desk, _ in copy(desk) } then: { found in
      call.reply(JSONValue(.object([JSONMember(name, JSONValue(.array(found.flatMap(\.copy))))])))
    }
  }

  // MARK: Leverage

  private static func leverage(_ call: ControlCall, _ host: RunningHost) {
    guard let wanted = call.decimal("leverage") else { return }
    DeskChoice.one(call, host) { desk, pair in
      if wanted != nil, !call.isPermitted(desk) { return }
      desk.act(call) { desk in
        do throws(DeskRefusal) {
          try leverage(call, desk, pair, wanted)
        } catch {
          call.fail(error)
        }
      }
    }
  }

  private static func leverage(
    _ call: ControlCall, _ desk: TradeDesk, _ pair: String, _ wanted: Decimal64?
  ) throws(DeskRefusal) {
    let instrument = try desk.instrument(pair).id
    let account = try desk.account(named: call["account"])
    let reply: (Decimal64?) -> Void = { leverage in
      call.reply([
        "connector": OrderCopies.text(desk.name), "account": OrderCopies.text(desk.account(account)),
        "pair": OrderCopies.text(pair), "leverage": OrderCopies.decimal(leverage),
      ])
    }
    guard let wanted else { return reply(desk.trader.leverage(of: account, instrument)) }
    do throws(TraderRefusal) {
      try desk.trader.setLeverage(wanted, account: account, instrument: instrument) { refusal in
        if let refusal { return call.fail("refused", "the leverage was not set: \(refusal)") }
        reply(wanted)
      }
    } catch {
      throw desk.refusal(error)
    }
  }

  // MARK: What a contract may spend

  private static func approve(_ call: ControlCall, _ host: RunningHost) {
    guard let quantity = call.decimal("quantity") else { return }
    guard let quantity, !quantity.isNegative, let asset = call["asset"], !asset.isEmpty else {
      return call.fail("missing_field", "an approval is of an asset and a quantity from 0 on", field: "quantity")
    }
    DeskChoice.one(call, host) { desk, pair in
      guard call.isPermitted(desk) else { return }
      desk.act(call) { desk in
        do throws(DeskRefusal) {
          try approve(call, desk, asset, quantity)
        } catch {
          call.fail(error)
        }
      }
    }
  }

  private static func approve(
    _ call: ControlCall, _ desk: TradeDesk, _ asset: String, _ quantity: Decimal64
  ) throws(DeskRefusal) {
    let account = try desk.account(named: call["account"])
    do throws(TraderRefusal) {
      try desk.trader.approve(quantity, of: asset, account: account) { refusal in
        if let refusal { return call.fail("refused", "nothing was approved: \(refusal)") }
        call.reply([
          "connector": OrderCopies.text(desk.name), "account": OrderCopies.text(desk.account(account)),
          "asset": OrderCopies.text(asset), "quantity": OrderCopies.decimal(quantity),
        ])
      }
    } catch {
      throw desk.refusal(error)
    }
  }

  // MARK: The kill switch

  private static func halt(_ call: ControlCall, _ host: RunningHost) {
    guard let desks = DeskChoice.desks(call, host) else { return }
    let reason = call["reason"].flatMap { $0.isEmpty ? nil : $0 } ?? "by hand"
    let cancels = call.request["cancel"]?.bool ?? false
    DeskChoice.copies(call, host, desks) { desk, _ in
      desk.trader.halt(reason, cancelAll: cancels)
      return stand(desk)
    } then: { found in
      call.reply(["connectors": JSONValue(.array(found.map(\.copy)))])
    }
  }

  private static func resume(_ call: ControlCall, _ host: RunningHost) {
    guard let desks = DeskChoice.desks(call, host) else { return }
    DeskChoice.copies(call, host, desks) { desk, _ in
      // What has given up takes no orders, whatever anyone says.
      if !desk.session.isFaulted { desk.trader.resume() }
      return stand(desk)
    } then: { found in
      call.reply(["connectors": JSONValue(.array(found.map(\.copy)))])
    }
  }

  private static func stand(_ desk: TradeDesk) -> JSONValue {
    [
      "connector": OrderCopies.text(desk.name), "halted": JSONValue(.bool(desk.trader.haltReason != nil)),
      "reason": desk.trader.haltReason.map(OrderCopies.text) ?? nil,
      "open_orders": StatusText.number(desk.trader.openCount),
    ]
  }

  // MARK: Events

  /// What happens from now on.
  private static func watch(_ call: ControlCall, _ events: RunEvents) {
    guard call.isWatch else {
      return call.fail("missing_field", "\"watch\" must be true: events are sent as they come")
    }
    guard let interval = call.number("interval_ms", 20...60_000, otherwise: 100) else { return }
    let place = Place(events.count)
    call.watch(every: Int64(interval) * 1_000_000) {
      let new = events.since(place.mark)
      place.mark = new.mark
      guard !new.events.isEmpty || new.missed > 0 else { return call.event(nil) }
      call.event([
        "events": JSONValue(.array(new.events.map(\.json))), "missed": StatusText.number(new.missed),
      ])
    }
  }

  /// Up to where a watch has reported; on the server's thread.
  private final class Place: @unchecked Sendable {
    var mark: UInt64
    init(_ mark: UInt64) { self.mark = mark }
  }
}
