import Catalog
import Decimals
import JSONTree
import PrintableText
import Runtime

/// How a running host stands, in words. Numbers are exact.
package enum StatusText {
  /// The pairs that have a book, each with its name and its line.
  package static func books(_ seat: SeatStatus) -> [(name: String, line: String)] {
    seat.pairs.compactMap { pair in book(seat, pair).map { ("\(seat.name) \(pair.pair)", $0) } }
  }

  private static func book(_ seat: SeatStatus, _ pair: PairStatus) -> String? {
    guard let counters = pair.counters, let bid = pair.bid, let ask = pair.ask else { return nil }
    let age = pair.age.map { ", \(duration($0)) old" } ?? ""
    return "\(seat.name) \(pair.pair): \(text(bid)) / \(text(ask)), \(pair.trades) trades, "
      + "\(counters.updates) updates\(age)"
  }

  /// What an instance waits for, and what is broken, without numbers that grow.
  package static func troubles(_ seat: SeatStatus) -> [String] {
    seat.missing.map { "\(seat.name): waiting: \($0)" }
      + (seat.counters.malformed > 0
        ? ["\(seat.name): malformed records are dropped" + (seat.firstFault.map { ": \($0)" } ?? "")] : [])
      + (seat.recording?.fault.map { ["\(seat.name): recording broken: \($0)"] } ?? [])
  }

  /// All of a host on one line.
  package static func summary(_ seats: [SeatStatus]) -> String {
    let pairs = seats.flatMap(\.pairs)
    let updates = pairs.reduce(UInt64(0)) { $0 &+ ($1.counters?.updates ?? 0) }
    let trades = pairs.reduce(UInt64(0)) { $0 &+ UInt64(clamping: $1.trades) }
    let dropped = seats.reduce(UInt64(0)) { $0 &+ UInt64(clamping: $1.counters.malformed) }
    let books = pairs.filter { $0.bid != nil && $0.ask != nil }.count
    return "patchbay: \(seats.filter(\.isReady).count) of \(seats.count) connectors ready, \(books) of \(pairs.count) "
      + "books, \(updates) updates, \(trades) trades" + (dropped > 0 ? ", \(dropped) malformed records dropped" : "")
  }

  /// For a terminal: a line on the whole, a table of the pairs, and what is missing.
  package static func picture(_ seats: [SeatStatus], seconds: Int64, _ width: Int?, _ height: Int?) -> [String] {
    let ready = seats.filter(\.isReady).count
    let recording = seats.contains(where: \.isRecording) ? ", recording" : ""
    let head = "patchbay run: \(ready) of \(seats.count) ready, \(seconds) s\(recording); Ctrl-C stops"
    var rest = seats.flatMap { seat in
      seat.missing.map { "\(seat.name): waiting: \($0)" }
        + (seat.recording?.fault.map { ["\(seat.name): recording broken: \($0)"] } ?? [])
    }
    let rows = seats.flatMap { seat in seat.pairs.map { row(seat, $0) } }
    let room = max(4, (height ?? .max) - 6)
    if rest.count > room / 2 { rest = rest.prefix(room / 2) + ["and \(rest.count - room / 2) more"] }
    let shown = rows.prefix(max(1, room - rest.count))
    if shown.count < rows.count { rest.append("\(rows.count - shown.count) more pairs; patchbay status lists all") }
    let table = TextTable.render(columns, Array(shown), width: width).text.split(separator: "\n").map(String.init)
    // Escaped before it is cut: a picture's lines must not be longer than the terminal is wide.
    return ([head, ""] + table + rest.map(\.printable)).map { line in width.map { String(line.prefix($0)) } ?? line }
  }

  private static let columns: [TextTable.Column] = [
    TextTable.Column(title: "connector", importance: 9), TextTable.Column(title: "pair", importance: 9),
    TextTable.Column(title: "state", importance: 8), TextTable.Column(title: "bid", importance: 7),
    TextTable.Column(title: "ask", importance: 7), TextTable.Column(title: "last", importance: 3),
    TextTable.Column(title: "age", importance: 6), TextTable.Column(title: "trades", importance: 2),
    TextTable.Column(title: "updates", importance: 4), TextTable.Column(title: "gaps", importance: 5),
  ]

  private static func row(_ seat: SeatStatus, _ pair: PairStatus) -> [String] {
    [
      seat.name, pair.pair, pair.missing == nil ? "ready" : "waiting", pair.bid?.price.plain ?? "-",
      pair.ask?.price.plain ?? "-", pair.last?.plain ?? "-", pair.age.map(duration) ?? "-", "\(pair.trades)",
      "\(pair.counters?.updates ?? 0)", "\(pair.counters?.invalidations ?? 0)",
    ]
  }

  /// The line of one pair for programs.
  package static func json(_ seat: SeatStatus, _ pair: PairStatus) -> JSONValue {
    JSONValue(.object([JSONMember("connector", JSONValue(.string(seat.name)))] + members(pair)))
  }

  /// An instance for programs; docs/control.md names every member.
  package static func json(_ seat: SeatStatus) -> JSONValue {
    let pairs = seat.pairs.map { JSONValue(.object(members($0))) }
    var object = [
      JSONMember("connector", JSONValue(.string(seat.name))),
      JSONMember("exchange", JSONValue(.string(seat.exchange))),
      JSONMember("market", JSONValue(.string(seat.market.rawValue))),
      JSONMember("lane", number(seat.lane)), JSONMember("ready", JSONValue(.bool(seat.isReady))),
      JSONMember("enabled", JSONValue(.bool(!seat.isParked))),
      JSONMember("trading", JSONValue(.bool(seat.isTrading))),
      JSONMember("order_types", JSONValue(.array(seat.orderTypes.map { JSONValue(.string($0)) }))),
      JSONMember("halted", seat.haltReason.map { JSONValue(.string($0)) } ?? nil),
      JSONMember("real_money", seat.isReal.map { JSONValue(.bool($0)) } ?? nil),
      JSONMember("trust", seat.trust.map { JSONValue(.string($0.status.rawValue)) } ?? nil),
      JSONMember("trust_reason", seat.trust.map { JSONValue(.string($0.reason)) } ?? nil),
      JSONMember("missing", JSONValue(.array(seat.missing.map { JSONValue(.string($0)) }))),
      JSONMember("inputs", number(seat.counters.inputs)), JSONMember("outputs", number(seat.counters.outputs)),
      JSONMember("malformed", number(seat.counters.malformed)),
      JSONMember("unreadable", number(seat.counters.unreadable)),
      JSONMember("open_commands", number(seat.openCommands)), JSONMember("open_orders", number(seat.openOrders)),
      JSONMember("recording", json(seat.recording, isOn: seat.isRecording)),
      JSONMember("pairs", JSONValue(.array(pairs))),
    ]
    object.append(JSONMember("worker", seat.worker.map(json) ?? nil))
    if let wire = seat.wire { object += members(wire) }
    object.append(JSONMember("first_fault", seat.firstFault.map { JSONValue(.string($0)) } ?? nil))
    return JSONValue(.object(object))
  }

  private static func json(_ worker: WorkerStatus) -> JSONValue {
    let missing = worker.layers.missing.map { name, reason -> JSONValue in
      ["layer": JSONValue(.string(name)), "reason": JSONValue(.string(reason))]
    }
    return [
      "pid": worker.pid.map { JSONValue(.number("\($0)")) } ?? nil, "state": JSONValue(.string(worker.stage)),
      "restarts": number(worker.restarts),
      "last_fault": worker.lastFault.isEmpty ? nil : JSONValue(.string(worker.lastFault)),
      "layers": JSONValue(.array(worker.layers.holding.map { JSONValue(.string($0)) })),
      "missing_layers": JSONValue(.array(missing)),
    ]
  }

  private static func members(_ wire: WireStatus) -> [JSONMember] {
    let limits = wire.limits.map { limit -> JSONValue in
      [
        "name": JSONValue(.string(limit.name)), "account": limit.account == 0 ? nil : number(limit.account),
        "used": number(limit.used), "capacity": number(limit.capacity), "held_ms": number(limit.held / 1_000_000),
      ]
    }
    return [
      JSONMember(
        "streams", ["open": number(wire.open), "opened": number(wire.opened), "ended": number(wire.ended)]),
      JSONMember(
        "round_trips", [
          "bounds_ms": JSONValue(.array(RoundTrips.bounds.map(number))),
          "counts": JSONValue(.array(wire.roundTrips.counts.map(number))),
        ]),
      JSONMember("limits", JSONValue(.array(limits))),
    ]
  }

  private static func json(_ recording: RecordingStatus?, isOn: Bool) -> JSONValue {
    guard let recording else { return ["on": false] }
    return [
      "on": JSONValue(.bool(isOn)), "file": JSONValue(.string(recording.file)), "inputs": number(recording.inputs),
      "bytes": number(recording.written), "replayable": JSONValue(.bool(recording.isFromStart)),
      "fault": recording.fault.map { JSONValue(.string($0)) } ?? nil,
    ]
  }

  private static func members(_ pair: PairStatus) -> [JSONMember] {
    [
      JSONMember("pair", JSONValue(.string(pair.pair))), JSONMember("ready", JSONValue(.bool(pair.missing == nil))),
      JSONMember("missing", pair.missing.map { JSONValue(.string($0)) } ?? nil),
      JSONMember("channels", JSONValue(.array(pair.channels.words.map { JSONValue(.string($0)) }))),
      JSONMember("bid", level(pair.bid)), JSONMember("ask", level(pair.ask)),
      JSONMember("last", pair.last.map(decimal) ?? nil),
      JSONMember("last_from", pair.lastSource.map { JSONValue(.string($0.rawValue)) } ?? nil),
      JSONMember("age_ms", pair.age.map { number($0 / 1_000_000) } ?? nil),
      JSONMember("updates", number(pair.counters?.updates ?? 0)),
      JSONMember("snapshots", number(pair.counters?.snapshots ?? 0)),
      JSONMember("rejected", number(pair.counters?.rejected ?? 0)),
      JSONMember("gaps", number(pair.counters?.invalidations ?? 0)), JSONMember("trades", number(pair.trades)),
    ]
  }

  package static func number(_ number: some BinaryInteger) -> JSONValue { JSONValue(.number("\(number)")) }
  package static func decimal(_ number: Decimal64) -> JSONValue { JSONValue(.string(number.plain)) }

  package static func level(_ level: QuotedLevel?) -> JSONValue {
    guard let level else { return nil }
    return JSONValue(.array([decimal(level.price), decimal(level.quantity)]))
  }

  private static func text(_ level: QuotedLevel) -> String { "\(level.price.plain) x \(level.quantity.plain)" }

  /// `850 ms`, `12 s`, `3 min`.
  package static func duration(_ nanoseconds: Int64) -> String {
    switch nanoseconds {
    case ..<10_000_000_000: "\(nanoseconds / 1_000_000) ms"
    case ..<600_000_000_000: "\(nanoseconds / 1_000_000_000) s"
    default: "\(nanoseconds / 60_000_000_000) min"
    }
  }
}
