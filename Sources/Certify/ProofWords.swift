import Catalog

/// What a certification's labels rest on, in sentences.
extension Report {
  /// What is not proved by this, and what the next label needs; a line each, below a table.
  public var proofWords: String {
    guard status != nil || self[.checks].of > 0 else {
      return "\n\(id): nothing was proved: there was no recording, and no check could be tried\n"
    }
    var lines = [
      "Not proved: that the exchange itself takes what was signed, or that it still speaks as in the recordings; "
        + "nothing was sent to it."
    ]
    if let next = nextVersion {
      let missing = next.missing.joined(separator: ", ")
      lines.append("For standard \(next.version.rawValue) it needs: \(missing).")
    }
    var legend: [String] = []
    if !alternative.isEmpty {
      legend.append(
        "alternative: cases that it solves in another documented way than the prepared one, and by that way's words")
    }
    if !notApplicable.isEmpty {
      legend.append("n/a: cases of another key form or market than it offers; they count neither way")
    }
    if !notOffered.isEmpty { legend.append("not offered: what the exchange has and this connector does not") }
    return "\n\(id)\n" + (lines + legend).map { "  \($0)\n" }.joined()
  }

  /// The version after the one that was reached, and what it lacks; `nil` = there is none, or nothing is known to lack.
  var nextVersion: (version: StandardVersion, missing: [String])? {
    guard let step = Report.owed.first(where: { $0.version > standard }) else { return nil }
    let checksOwed = step.spot + (kind == "perp" ? step.perpetual : [])
    var missing = checksOwed.filter { checks[$0] == false }.map { "check \($0) to pass" }
    missing += checksOwed.filter { checks[$0] == nil }.map { "check \($0) to be tried" }
    missing += dataMissing(for: step.version)
    return missing.isEmpty ? nil : (step.version, missing)
  }

  /// The parts without which a version is not given.
  private func dataMissing(for version: StandardVersion) -> [String] {
    let parts: [Part] =
      switch version {
      case .v1: [.captures, .trades]
      case .v2: [.captures, .checkpoints, .trades, .vectors]
      case .none, .v21: []
      }
    var missing = parts.filter { self[$0].of == 0 }.map { "data for \($0.rawValue)" }
    missing += parts.filter { self[$0].of > 0 && !self[$0].isComplete }.map { "all \($0.rawValue) to pass" }
    guard version == .v2 else { return missing }
    missing += [Part.payloads, .sequences].filter { !self[$0].isComplete }.map { "all \($0.rawValue) to pass" }
    let lacksRequests = notOffered.contains { $0.name.hasPrefix("vectors:") }
    if lacksRequests { missing.append("every prepared request to be offered") }
    return missing
  }
}
