import JSONTree
import Runtime

/// Replays of recordings against independently rebuilt books and trades, whole and with lines left out.
struct CapturePart {
  let subject: Subject
  let data: DataFolder

  /// Captures, checkpoints and trades.
  func run(_ report: inout Report, progress: (String) -> Void) {
    for name in subject.manifest.captures.flatMap(data.captures) {
      let isJudged = data.hasFile("expected/\(name).json")
      let reason = subject.manifest.reasonNotApplicable("captures:\(name)")
        ?? (isJudged ? nil : "nothing says what must come of it")
      if let reason { report.notApplicable.append(("captures:\(name)", reason)) }
    }
    let proofs = Proofs(subject: subject, data: data)
    for name in proofs.names {
      progress("captures:\(name)")
      do {
        try judge(try proofs.load(name), &report)
      } catch {
        report.count(.captures, [Failure(name: "captures:\(name)", expected: "a replay", got: "\(error)")])
      }
    }
  }

  private func judge(_ proof: Proof, _ report: inout Report) throws {
    let replay = try proof.replay(by: subject)
    report.proved.append(("captures:\(proof.name)", replay.protocolName ?? ""))
    if let origin = proof.origin { report.constructed.append((proof.name, origin)) }
    ReplayJudge(subject: subject, label: { "\($0.rawValue):\(proof.name)" }).judge(replay, proof.expected) {
      part, failures in
      report.count(part, failures)
    }
  }
}

/// Lines left out, as if the network had lost them.
struct FaultPart {
  let subject: Subject
  let data: DataFolder

  func run(_ report: inout Report, progress: (String) -> Void) {
    let proofs = Proofs(subject: subject, data: data)
    let faults = (try? data.json("expected/FAULTS.json"))?["faults"]
    var noticed: [Failure] = []
    for name in proofs.names {
      guard let proof = try? proofs.load(name) else { continue }
      for fault in (faults?[name] ?? proof.expected["faults"])?.array ?? [] where fault["detected"]?.bool ?? true {
        guard let line = fault["drop_line"]?.int, let deadline = fault["detect_at_line"]?.int else { continue }
        let label = "faults:\(name) line \(line)"
        if let symbol = fault["what"]?.string?.split(separator: " ").first, faults?[name] != nil,
          subject.manifest.symbol(expected: String(symbol)) == nil
        {
          continue
        }
        if let reason = subject.manifest.reasonNotApplicable(label) {
          report.notApplicable.append((label, reason))
          continue
        }
        progress(label)
        let found = drop(line, deadline, of: proof, label)
        report.count(.faults, found)
        noticed += found
      }
    }
    if let name = proofs.names.first {
      progress("faults:\(name) losses")
      report.lossWords = (try? LossTrial(subject: subject).words(proofs.load(name))) ?? nil
    }
    if report[.faults].of > 0 {
      report.check("S48", noticed.prefix(1).map { Failure(name: "continuity", expected: $0.expected, got: $0.got) })
    }
  }

  func drop(_ line: Int, _ deadline: Int, of proof: Proof, _ label: String) -> [Failure] {
    do {
      let replay = try proof.replay(by: subject, dropping: [line])
      replay.run()
      guard let gap = replay.gaps.first(where: { $0.line > line && $0.line <= deadline }) else {
        let got = replay.gaps.first { $0.line > line }.map { "a gap at line \($0.line)" } ?? "no gap"
        return [Failure(name: label, expected: "a gap by line \(deadline)", got: got)]
      }
      guard let market = replay.session.view.market(symbol: gap.symbol), market.book.isReady else { return [] }
      // A later snapshot may have mended it; then it must be right.
      guard let book = proof.expected["books"]?[subject.manifest.expected(symbol: gap.symbol)] else { return [] }
      return ReplayJudge(subject: subject, label: { _ in label }).compareBook(replay, gap.symbol, book, label)
    } catch {
      return [Failure(name: label, expected: "a replay", got: "\(error)")]
    }
  }
}
