import Catalog
import Control
import JSONTree
import Runtime

/// Everything that a running host can be asked over its socket. To add a request is to add a row here; docs/control.md
/// describes each.
package enum HostVerbs {
  /// - Parameter stop: asks the host to end; called on the server's thread.
  package static func all(
    _ host: RunningHost, _ events: RunEvents, _ cluster: ClusterNode? = nil, stop: @escaping @Sendable () -> Void
  ) -> [ControlVerb] {
    OrderVerbs.all(host) + AccountVerbs.all(host, events) + ParkingVerbs.all(host) + [
      ControlVerb("status") { call in
        host.status(call.submit) { seats, silent in
          call.reply([
            "connectors": JSONValue(.array(seats.map { StatusText.json($0) })),
            "silent_lanes": JSONValue(.array(silent.map(StatusText.number))),
            "not_loaded": JSONValue(.array(host.faults.map { JSONValue(.string("\($0)")) })),
          ])
        }
      },
      ControlVerb("book", fields: ["connector", "pair", "depth", "watch", "interval_ms"]) {
        MarketVerbs.book($0, host)
      },
      ControlVerb("trades", fields: ["connector", "pair", "limit", "watch", "interval_ms"]) {
        MarketVerbs.trades($0, host)
      },
      ControlVerb("ticker", fields: ["connector", "pair"]) { MarketVerbs.ticker($0, host) },
      ControlVerb("quote", fields: ["connector", "pair", "side", "quantity", "slippage"]) {
        QuoteVerbs.quote($0, host)
      },
      ControlVerb("subscribe", fields: ["connector", "pair", "channels"]) { SubscriptionVerbs.subscribe($0, host) },
      ControlVerb("unsubscribe", fields: ["connector", "pair", "channels"]) { SubscriptionVerbs.unsubscribe($0, host) },
      ControlVerb("record", fields: ["connector", "on"]) { RecordingVerbs.record($0, host) },
      ControlVerb("log", fields: ["connector", "level"]) { LogVerbs.log($0, host, events) },
      ControlVerb("cluster") { ClusterVerbs.cluster($0, cluster) },
      ControlVerb("stop", isUrgent: true) { call in
        call.reply(["stopping": true])
        host.stopCalls.withLock { calls in if calls.count < RunningHost.mostStopCalls { calls.append(call) } }
        stop()
      },
    ]
  }
}

/// Which instances a request means: by the connector's id, or else by the exchange's.
package struct SeatChoice: Sendable {
  /// Ids of connectors.
  package let names: Set<String>
  /// The lanes that they run on, rising.
  package let lanes: [Int]

  /// `nil` after refusing the call: no such connector runs.
  package init?(_ call: ControlCall, _ host: RunningHost) {
    var found = host.places
    if let wanted = call["connector"] {
      let all = host.places.map(\.name)
      switch NameRule.find(wanted, among: host.names) {
      // The id of a connector may be that of its exchange, which may have others.
      case .one(let name): found = host.places.filter { all.contains(name) ? $0.name == name : $0.exchange == name }
      case .several(let names):
        call.fail(
          "ambiguous", NameFault.ambiguous(wanted, kind: "connector", names: names).description, field: "connector")
        return nil
      case .none:
        let nearest = NearestName.suggest(wanted, among: all).map { "; did you mean \"\($0)\"?" } ?? ""
        let there = all.joined(separator: ", ")
        call.fail(
          "unknown_connector", "no connector \"\(wanted)\" runs here; there are \(there)\(nearest)",
          field: "connector")
        return nil
      }
    }
    names = Set(found.map(\.name))
    lanes = Set(found.map(\.lane)).sorted()
  }

  package func seats(_ host: Host) -> [Host.Seat] { host.seats.filter { names.contains($0.session.name) } }
}

extension ControlCall {
  /// The pair of the request as it was written; `nil` after refusing the call.
  package func pair() -> String? {
    guard let pair = self["pair"], !pair.isEmpty else {
      fail("missing_field", "\"pair\" is needed, such as BTC-USDT", field: "pair")
      return nil
    }
    return pair
  }

  /// A whole number within a range, or what stands for its absence; `nil` after refusing the call.
  package func number(_ field: String, _ range: ClosedRange<Int>, otherwise: Int) -> Int? {
    guard let value = request[field], !value.isNull else { return otherwise }
    guard let number = value.int, range.contains(number) else {
      fail(
        "bad_field", "\"\(field)\" is a whole number from \(range.lowerBound) to \(range.upperBound)", field: field)
      return nil
    }
    return number
  }

  package var isWatch: Bool { request["watch"]?.bool ?? false }
}
