import VenueServer

/// What was compared at the end.
struct SoakCounts {
  /// At a venue and in the journal.
  var orders = 0
  /// Of those, still open.
  var open = 0
  var fills = 0
  /// In the journal as never sent, refused or given up, and not at a venue.
  var absent = 0
  var balances = 0
  var positions = 0
  /// Ready books that were held against what was reported last, while the markets stood still.
  var lastBooks = 0
}

extension SoakRun {
  /// What people read at the end.
  func report(_ seconds: Int64) -> String {
    let faults = server.perform { [stages] in stages.map(\.faulty.counts) }
    var total: [String: Int] = [:]
    for counts in faults { total.merge(counts) { $0 + $1 } }
    var lines = [
      "\(counts.orders) orders at the venues and in the journal, \(counts.open) of them open, \(counts.fills) fills; "
        + "\(counts.absent) in the journal never reached a venue",
      "\(tally.kills) kills, \(total.values.reduce(0, +)) faults, \(tally.gusts) gusts on the line, \(seconds) s",
      books, "\(counts.balances) balances and \(counts.positions) positions compared, "
        + "\(counts.lastBooks) books at the end",
      "faults: " + total.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
    ]
    for (note, count) in tally.notes.sorted(by: { $0.value > $1.value }).prefix(20) {
      lines.append("said \(count) times: \(note)")
    }
    lines += tally.problems.prefix(40).map { "wrong: \($0)" }
    if tally.problems.isEmpty {
      lines.append("PASS seed \(options.seed): nothing lost, doubled or unknown")
    } else {
      lines.append(
        "FAIL seed \(options.seed): \(tally.problems.count) problems; the journal is in \(folder); again: "
          + "trade-soak --seed \(options.seed) --orders \(options.orders) --kills \(options.kills) "
          + "--life \(options.life) --venues " + options.venues.map(\.rawValue).joined(separator: ","))
    }
    return lines.joined(separator: "\n")
  }
}
