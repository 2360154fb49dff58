import Catalog
import Control
import JSONTree
import Runtime

/// `enable` and `disable`: connectors that are loaded are taken out of use and back while the host runs.
///
/// A connector is disabled only when none of its orders is open: with `cancel` they are cancelled first, without it the
/// request is refused. New orders are stopped before that is looked at, so none comes in between.
package enum ParkingVerbs {
  static func all(_ host: RunningHost) -> [ControlVerb] {
    [
      ControlVerb("disable", fields: ["connector", "cancel", "wait_ms"], isUrgent: true) { disable($0, host) },
      ControlVerb("enable", fields: ["connector"]) { enable($0, host) },
      ControlVerb("upgrade", fields: ["connector", "wider"]) { upgrade($0, host) },
    ]
  }

  private static func choice(_ call: ControlCall, _ host: RunningHost) -> SeatChoice? {
    guard call["connector"] != nil else {
      call.fail("missing_field", "\"connector\" is needed", field: "connector")
      return nil
    }
    return SeatChoice(call, host)
  }

  package static func disable(_ call: ControlCall, _ host: RunningHost) {
    guard let choice = choice(call, host), let cancels = call.flag("cancel"), let wait = call.wait() else { return }
    let now = host.clock.now().mono
    Disabling(call: call, host: host, choice: choice, cancels: cancels, deadline: now.addingSaturated(wait)).begin()
  }

  package static func enable(_ call: ControlCall, _ host: RunningHost) {
    // One that has closed does not run, and that is what whoever wants it is to hear.
    if let name = call["connector"], case .none = NameRule.find(name, among: host.names),
      let closure = host.advisories.closure(named: name)
    {
      return refuse(call, closure)
    }
    guard let choice = choice(call, host) else { return }
    let chosen = host.places.filter { choice.names.contains($0.name) }
    if let refusal = chosen.lazy.compactMap(host.upgrades.refusal).first {
      return call.fail("advisory", refusal, field: "connector")
    }
    if let closure = chosen.lazy.compactMap(host.advisories.closure).first { return refuse(call, closure) }
    change(call, host, choice) { seat in
      // Where disabling was given up, orders may not be taken.
      (seat.trader as? TradeDesk)?.unparked(wasParked: seat.isParked)
      seat.unpark()
    }
  }

  private static func refuse(_ call: ControlCall, _ closure: Closure) {
    call.fail("exchange_closed", "\(closure.words): nothing connects to it", field: "connector")
  }

  /// Another version takes the place of one that runs.
  package static func upgrade(_ call: ControlCall, _ host: RunningHost) {
    guard let choice = choice(call, host), let isWiderFine = call.flag("wider") else { return }
    let exchanges = Set(host.places.filter { choice.names.contains($0.name) }.map(\.exchange))
    guard let id = exchanges.first, exchanges.count == 1 else {
      return call.fail("ambiguous", "it names several exchanges", field: "connector")
    }
    host.upgrades.begin(id, isWiderFine: isWiderFine, host) { end in
      switch end {
      case .success(let done):
        call.reply([
          "connector": JSONValue(.string(id)), "version": JSONValue(.string(done.version)),
          "milliseconds": JSONValue(.number("\(done.milliseconds)")),
        ])
      case .failure(let refusal): call.fail("not_upgraded", "\(id) goes on as it is: \(refusal.text)")
      }
    }
  }

  private static func change(
    _ call: ControlCall, _ host: RunningHost, _ choice: SeatChoice, _ body: @escaping @Sendable (Host.Seat) -> Void
  ) {
    host.gather(for: call, choice) { host, _ in
      choice.seats(host).map { seat -> (String, Bool) in
        body(seat)
        return (seat.session.name, !seat.isParked)
      }
    } then: { found in
      call.reply(reply(found.flatMap { $0 }))
    }
  }
  static func reply(_ found: [(name: String, isEnabled: Bool)]) -> JSONValue {
    let rows = found.map { name, isEnabled -> JSONValue in
      ["connector": JSONValue(.string(name)), "enabled": JSONValue(.bool(isEnabled))]
    }
    return ["connectors": JSONValue(.array(rows))]
  }
}
