import JSONTree
import Runtime

/// Replays of recordings against independently rebuilt books and trades, whole and with lines left out.
struct CapturePart {
  let subject: Subject
  let data: DataFolder

  /// Captures, checkpoints and trades.
  func run(_ report: inout Report, progress: (String) -> Void) {
    for name in subject.manifest.captures.flatMap(data.captures) {
      if let reason = subject.manifest.reasonNotApplicable("captures:\(name)") {
        report.notApplicable.append(("captures:\(name)", reason))
        continue
      }
      progress("captures:\(name)")
      do {
        guard data.hasFile("expected/\(name).json") else {
          report.notApplicable.append(("captures:\(name)", "nothing says what must come of it"))
          continue
        }
        try replay(name, try data.json("expected/\(name).json"), &report)
      } catch {
        report.count(.captures, [Failure(name: "captures:\(name)", expected: "a replay", got: "\(error)")])
      }
    }
  }

  private func replay(_ name: String, _ expected: JSONValue, _ report: inout Report) throws {
    let replay = try subject.replay(try data.capture(name))
    report.proved.append(("captures:\(name)", replay.protocolName ?? ""))
    ReplayJudge(subject: subject, label: { "\($0.rawValue):\(name)" }).judge(replay, expected) { part, failures in
      report.count(part, failures)
    }
  }
}

/// Lines left out, as if the network had lost them.
struct FaultPart {
  let subject: Subject
  let data: DataFolder

  func run(_ report: inout Report, progress: (String) -> Void) {
    guard data.hasFile("expected/FAULTS.json"), let faults = try? data.json("expected/FAULTS.json")["faults"] else {
      return
    }
    var noticed: [Failure] = []
    for name in subject.manifest.captures.flatMap(data.captures) {
      guard subject.manifest.reasonNotApplicable("captures:\(name)") == nil else { continue }
      for fault in faults[name]?.array ?? [] where fault["detected"]?.bool ?? true {
        guard let line = fault["drop_line"]?.int, let deadline = fault["detect_at_line"]?.int else { continue }
        let label = "faults:\(name) line \(line)"
        if let symbol = fault["what"]?.string?.split(separator: " ").first,
          subject.manifest.symbol(expected: String(symbol)) == nil
        {
          continue
        }
        if let reason = subject.manifest.reasonNotApplicable(label) {
          report.notApplicable.append((label, reason))
          continue
        }
        progress(label)
        let found = drop(line, deadline, label) {
          (try data.capture(name), try data.json("expected/\(name).json"))
        }
        report.count(.faults, found)
        noticed += found
      }
    }
    if let name = subject.manifest.captures.lazy.flatMap(data.captures).first(where: isJudged) {
      progress("faults:\(name) losses")
      report.lossWords = (try? LossTrial(subject: subject).words(data.capture(name))) ?? nil
    }
    if report[.faults].of > 0 {
      report.check("S48", noticed.prefix(1).map { Failure(name: "continuity", expected: $0.expected, got: $0.got) })
    }
  }

  private func isJudged(_ name: String) -> Bool {
    subject.manifest.reasonNotApplicable("captures:\(name)") == nil && data.hasFile("expected/\(name).json")
  }

  /// - Parameter load: gives the recording and what is expected of it.
  func drop(
    _ line: Int, _ deadline: Int, _ label: String, defaultChannels: Channels = [],
    lent: LentInstruments? = nil, _ load: () throws -> (Capture, JSONValue)
  ) -> [Failure] {
    do {
      let (capture, expected) = try load()
      let replay = try subject.replay(capture, dropping: [line], defaultChannels: defaultChannels, lent: lent)
      replay.run()
      guard let gap = replay.gaps.first(where: { $0.line > line && $0.line <= deadline }) else {
        let got = replay.gaps.first { $0.line > line }.map { "a gap at line \($0.line)" } ?? "no gap"
        return [Failure(name: label, expected: "a gap by line \(deadline)", got: got)]
      }
      guard let market = replay.session.view.market(symbol: gap.symbol), market.book.isReady else { return [] }
      // A later snapshot may have mended it; then it must be right.
      guard let book = expected["books"]?[subject.manifest.expected(symbol: gap.symbol)] else { return [] }
      return ReplayJudge(subject: subject, label: { _ in label }).compareBook(replay, gap.symbol, book, label)
    } catch {
      return [Failure(name: label, expected: "a replay", got: "\(error)")]
    }
  }
}
