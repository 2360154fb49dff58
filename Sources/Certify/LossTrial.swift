import MarketModel
import Runtime

/// Finds out whether a lost update of a book is noticed at all: some feeds number nothing and prove nothing, so that a
/// book may be wrong and nobody can know. That is the exchange's doing, and whoever trades by such a book must know it.
struct LossTrial {
  let subject: Subject

  /// How many lines are left out, one at a time, before it is said that nothing is noticed.
  static let trials = 6

  /// Why losses go unnoticed; nil where one is noticed, or the recording has no updates to lose.
  func words(_ proof: Proof) throws -> String? {
    let lines = try updates(of: proof)
    guard lines.count >= 2 * Self.trials else { return nil }
    for trial in 1...Self.trials {
      let line = lines[trial * lines.count / (Self.trials + 1)]
      let replay = try proof.replay(by: subject, dropping: [line])
      replay.run()
      if replay.gaps.contains(where: { $0.line > line }) { return nil }
    }
    return "of \(Self.trials) updates left out of \(proof.name), none was noticed: a book may be wrong without a sign"
  }

  /// The lines (from 0) that changed a book without beginning it anew.
  private func updates(of proof: Proof) throws -> [Int] {
    let replay = try proof.replay(by: subject)
    var lines: [Int] = []
    var known: [String: UInt64] = [:]
    for line in proof.capture.entries.indices {
      let entry = proof.capture.entries[line]
      replay.run(lines: line + 1)
      guard entry.isIncoming, entry.kind == .text || entry.kind == .binary else { continue }
      var isUpdate = false
      for symbol in replay.books {
        guard let counters = replay.session.view.market(symbol: symbol)?.book.counters else { continue }
        isUpdate = isUpdate || counters.updates > known[symbol] ?? 0
        known[symbol] = counters.updates
      }
      if isUpdate { lines.append(line) }
    }
    return lines
  }
}
