import JSONTree
import MarketModel
import Runtime

/// R03: frames are cut short or altered; what cannot be read must not be believed.
extension ReplayChecks {
  /// A line (from 0) whose frame was changed.
  private struct Damage {
    let line: Int
    let before: [UInt8]
    let after: [UInt8]

    /// The frame as it was and as it came: around the first difference, where it is long.
    var words: String {
      let same = zip(before, after).prefix { $0 == $1 }.count
      let start = max(0, min(same - 60, before.count - 160))
      func part(_ bytes: [UInt8]) -> String {
        let shown = bytes.dropFirst(start).prefix(160)
        return (start > 0 ? "..." : "") + String(decoding: shown, as: UTF8.self)
          + (start + shown.count < bytes.count ? "..." : "")
      }
      return "line \(line), where \(part(before)) became \(part(after))"
    }
  }

  func mutated(_ proof: Proof, seed: UInt64, _ report: inout Report) throws {
    let isTruncating = seed % 2 == 1
    let (entries, damages) = damaged(proof.capture.entries, seed: seed, isTruncating: isTruncating)
    guard !damages.isEmpty else { return }
    let replay = try proof.replay(by: subject, Capture(name: proof.name, entries: entries))
    let label = "mutation \(seed)"
    var found: [Failure] = []
    // One frame at a time, so that it is known which of them did it.
    for damage in damages {
      replay.run(lines: damage.line)
      let malformed = replay.session.counters.malformed
      replay.run(lines: damage.line + 1)
      if replay.session.counters.malformed > malformed {
        let fault = replay.session.firstFault.map { "\($0)" } ?? "a malformed record"
        found.append(Failure(name: label, expected: "well-formed records", got: "\(fault) at \(damage.words)"))
      }
      if replay.session.isFaulted {
        found.append(Failure(name: label, expected: "it goes on", got: "it gave up at \(damage.words)"))
        break
      }
      found += crossed(replay, label, damage)
      if !found.isEmpty { break }
    }
    replay.run()
    if found.isEmpty, let last = damages.last { found += crossed(replay, label, last) }
    // An altered digit may still be a number; a part of a message never is a message.
    if isTruncating {
      found += wrongBooks(replay, proof.expected, label).map { failure in
        let last = damages.last { damage in replay.gaps.allSatisfy { $0.line != damage.line } }
        let words = last.map { "; not noticed was the damage of \($0.words)" } ?? ""
        return Failure(name: failure.name, expected: failure.expected, got: failure.got + words)
      }
    }
    report.check("R03", Array(found.prefix(2)))
  }

  private func crossed(_ replay: Replay, _ label: String, _ damage: Damage) -> [Failure] {
    for market in replay.books.sorted().compactMap({ replay.session.view.market(symbol: $0) }) {
      guard market.book.isReady, !market.instrument.mayCross, let bid = market.book.bestBid,
        let ask = market.book.bestAsk, bid.price >= ask.price else { continue }
      let got = "\(market.instrument.symbol) is crossed behind \(damage.words)"
      return [Failure(name: label, expected: "an uncrossed book", got: got)]
    }
    return []
  }

  /// The recording with some of its frames changed, the first of them first.
  private func damaged(
    _ whole: [CaptureEntry], seed: UInt64, isTruncating: Bool
  ) -> ([CaptureEntry], [Damage]) {
    var random = SplitMix(state: seed)
    var entries = whole
    let places = entries.indices.filter { entries[$0].isIncoming && entries[$0].kind == .text }
    guard !places.isEmpty else { return (whole, []) }
    for _ in 0..<max(1, places.count / 40) {
      let place = places[Int(random.next() % UInt64(places.count))]
      let old = entries[place]
      guard old.data.count > 2 else { continue }
      var bytes = old.data
      if isTruncating {
        bytes = Array(bytes[..<(Int(random.next() % UInt64(bytes.count - 1)) + 1)])
      } else {
        for _ in 0...Int(random.next() % 4) {
          bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
      }
      entries[place] = CaptureEntry(
        time: old.time, connection: old.connection, isIncoming: true, kind: old.kind, url: old.url, data: bytes)
    }
    let damages = entries.indices.filter { entries[$0].data != whole[$0].data }.map {
      Damage(line: $0, before: whole[$0].data, after: entries[$0].data)
    }
    return (entries, damages)
  }
}

/// A small generator for damage: the same seed does the same damage.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
