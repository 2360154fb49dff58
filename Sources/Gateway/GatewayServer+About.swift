import Catalog
import Control
import JSONTree
import PatchbayHost
import Runtime
import SharedFeed

/// What was counted since the start.
struct GatewayCounters {
  var requests: UInt64 = 0
  /// By the first digit of their status.
  var answers: [UInt32: UInt64] = [:]
  var streams: UInt64 = 0
  var messages: UInt64 = 0
  /// Streams that were cut off because they did not read.
  var slow: UInt64 = 0

  mutating func count(_ status: UInt32) { answers[status / 100, default: 0] += 1 }
}

/// The host itself: what it is, whether it is ready, what it counted.
extension GatewayServer {
  func about(_ client: Client) -> JSONValue {
    let feed = host.feed.map { feed -> JSONValue in
      [
        "path": JSONValue(.string(feed.filePath)), "generation": JSONValue(.string("\(feed.generation)")),
        "bell": host.feedDoor.map { JSONValue(.string($0.path)) } ?? nil,
      ]
    }
    return [
      "api": "v1", "instance": JSONValue(.string(host.config.instance)),
      "time_ns": StatusText.number(host.clock.now().wall),
      "scopes": JSONValue(.array(client.scopes.map { JSONValue(.string($0)) })), "feed": feed ?? nil,
    ]
  }

  var registry: JSONValue {
    let rows = ConnectorTable.json(ConnectorRow.rows(of: host.catalog, config: host.config)).array ?? []
    let items = zip(host.catalog.items, rows).map { item, row -> JSONValue in
      let markets = item.manifest.map { manifest in Market.allCases.filter { manifest.connector($0) != nil } }
      let listed = item.entry.map { entry in Market.allCases.filter { entry.markets[$0]?.connector != nil } }
      // As `patchbay connectors --json` has it, and the markets in one list.
      let names = (markets ?? listed ?? []).map { JSONValue(.string($0.rawValue)) }
      return JSONValue(.object((row.object ?? []) + [JSONMember("markets", JSONValue(.array(names)))]))
    }
    return ["exchanges": JSONValue(.array(items))]
  }

  /// Asks every lane how its connectors stand; `then` is called on the gateway's thread.
  func status(then: @escaping @Sendable ([SeatStatus], [Int]) -> Void) {
    host.running.status({ [self] in submit(after: $0, $1) }) { [self] seats, silent in
      submit { then(seats, silent) }
    }
  }

  func readiness(_ request: APIRequest) {
    nonisolated(unsafe) let request = request
    status { [self] seats, silent in
      var missing = seats.filter { !$0.isParked }.flatMap { seat in seat.missing.map { "\(seat.name): \($0)" } }
      if !silent.isEmpty { missing.append(RunningHost.words(silent)) }
      missing += host.running.faults.map { "\($0)" }
      let value: JSONValue = [
        "ready": JSONValue(.bool(missing.isEmpty)),
        "missing": JSONValue(.array(missing.map { JSONValue(.string($0)) })),
      ]
      finish(request.exchange, HTTPAnswer(missing.isEmpty ? 200 : 503, value))
    }
  }

  func metrics(_ request: APIRequest) {
    nonisolated(unsafe) let request = request
    status { [self] seats, silent in
      var text = MetricsText()
      text.add("connector_ready", "gauge", "Whether nothing is missing.", seats.map { ($0.label, $0.isReady ? 1 : 0) })
      text.add("inputs_total", "counter", "Inputs of a connector.", seats.map { ($0.label, $0.counters.inputs) })
      text.add("outputs_total", "counter", "Records of a connector.", seats.map { ($0.label, $0.counters.outputs) })
      text.add(
        "malformed_total", "counter", "Records that broke the contract.",
        seats.map { ($0.label, $0.counters.malformed) })
      let wires = seats.compactMap { seat in seat.wire.map { (seat.label, $0) } }
      text.add("streams_opened_total", "counter", "Streams to an exchange.", wires.map { ($0.0, $0.1.opened) })
      text.add("streams_ended_total", "counter", "Streams that ended.", wires.map { ($0.0, $0.1.ended) })
      text.add("open_orders", "gauge", "Orders that have not ended.", seats.map { ($0.label, UInt64($0.openOrders)) })
      let pairs = seats.flatMap { seat in seat.pairs.map { (seat, $0) } }
      func each(_ name: String, _ help: String, _ value: (PairStatus) -> UInt64) {
        text.add(name, "counter", help, pairs.map { ($0.0.label(of: $0.1), value($0.1)) })
      }
      each("book_updates_total", "Updates of a book.") { $0.counters?.updates ?? 0 }
      each("book_snapshots_total", "Snapshots of a book.") { $0.counters?.snapshots ?? 0 }
      each("book_gaps_total", "Losses of a book.") { $0.counters?.invalidations ?? 0 }
      each("trades_total", "Public trades.") { $0.trades }
      text.add("silent_lanes", "gauge", "Lanes that do not answer.", [("", UInt64(silent.count))])
      if let cluster = host.cluster?.status {
        text.add(
          "cluster_joined", "gauge", "Whether this host has joined its cluster.", [("", cluster.isJoined ? 1 : 0)])
        text.add(
          "cluster_connected", "gauge", "Whether a server of the cluster answers.", [("", cluster.isConnected ? 1 : 0)])
        text.add(
          "cluster_lease", "gauge", "The fencing number of this host's right to trade on an account; 0 = it has none.",
          cluster.leases.map { lease in
            var fence: UInt64 = 0
            if case .holder(let number, _) = lease.standing, !lease.isClosed { fence = number }
            return ("{account=\"\(lease.key.dropFirst("lease.".count))\"}", fence)
          })
      }
      text.add(
        "api_answers_total", "counter", "Answers over HTTP.",
        counters.answers.sorted { $0.key < $1.key }.map { ("{class=\"\($0.key)xx\"}", $0.value) })
      text.add("api_streams", "gauge", "Streams that are open.", [("", UInt64(hub.count))])
      text.add("api_stream_messages_total", "counter", "Messages to streams.", [("", counters.messages)])
      text.add("api_slow_streams_total", "counter", "Streams cut off as too slow.", [("", counters.slow)])
      finish(request.exchange, HTTPAnswer(text: text.text, type: "text/plain; version=0.0.4"))
    }
  }
}

/// Prometheus' text format 0.0.4.
private struct MetricsText {
  var text = ""

  mutating func add(_ name: String, _ type: String, _ help: String, _ rows: [(label: String, value: UInt64)]) {
    text += "# HELP patchbay_\(name) \(help)\n# TYPE patchbay_\(name) \(type)\n"
    for row in rows { text += "patchbay_\(name)\(row.label) \(row.value)\n" }
  }
}

extension SeatStatus {
  fileprivate var label: String { "{connector=\"\(Self.escaped(name))\"}" }

  fileprivate func label(of pair: PairStatus) -> String {
    "{connector=\"\(Self.escaped(name))\",pair=\"\(Self.escaped(pair.pair))\"}"
  }

  private static func escaped(_ text: String) -> String {
    text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : $0 == "\n" ? "\\n" : "\($0)" }.joined()
  }
}
