/// The version of this suite: a new check or a stricter one makes a new version.
public enum Suite {
  public static let version = "1.0"
}

/// The numbered checks; docs/certification.md says what each is.
enum NumberedCheck {
  static let ids = [
    "S01", "S02", "S05", "S06", "S09", "S11", "S15", "S16", "S18", "S20", "S22", "S23", "S24", "S30", "S34", "S38",
    "S39", "S41", "S45", "S46", "S48", "S50", "S54", "S56", "S61", "S70", "S71", "S75", "S81", "P82", "P84", "P85",
    "P86", "P87", "R01", "R02", "R03", "R04",
  ]
}

/// What a connector's market has shown, in the terms of the published lists.
public enum StandardVersion: String, Sendable, Comparable {
  case none
  case v1 = "1.0"
  case v2 = "2.0"
  case v21 = "2.1"

  public static func < (left: StandardVersion, right: StandardVersion) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .none: 0
    case .v1: 1
    case .v2: 2
    case .v21: 3
    }
  }
}

public enum StatusColour: String, Sendable { case green, yellow, red }

/// Labels are computed from what was measured, never typed.
extension Report {
  static let owed: [(version: StandardVersion, spot: [String], perpetual: [String])] = [
    (.v1, ["S01", "S02", "S09", "S11", "S38", "S54", "S56", "S61", "S71"], ["P82", "P84"]),
    (
      .v2, ["S06", "S15", "S18", "S20", "S23", "S24", "S39", "S45", "S48", "S81"], ["P85", "P86", "P87"]
    ),
    (.v21, ["S05", "S16", "S22", "S50", "R01", "R02", "R03"], []),
  ]

  /// The highest version all of whose checks, and those of the versions below it, were passed.
  public var standard: StandardVersion {
    var reached = StandardVersion.none
    for step in Report.owed {
      let ids = step.spot + (kind == "perp" ? step.perpetual : [])
      guard ids.allSatisfy({ checks[$0] == true }), hasData(for: step.version) else { break }
      reached = step.version
    }
    return reached
  }

  /// What was not tried does not count as shown.
  private func hasData(for version: StandardVersion) -> Bool {
    func shown(_ parts: [Part]) -> Bool { parts.allSatisfy { self[$0].of > 0 && self[$0].isComplete } }
    switch version {
    case .none: return true
    case .v1: return shown([.captures, .trades])
    case .v2:
      return shown([.captures, .checkpoints, .trades, .vectors]) && self[.payloads].isComplete
        && self[.sequences].isComplete && !notOffered.contains { $0.name.hasPrefix("vectors:") }
    case .v21: return true
    }
  }

  /// `nil` when there was no recording to judge by and nothing failed: then nothing is known.
  public var status: StatusColour? {
    if hasPassed, standard >= .v2 { return .green }
    if self[.captures].of == 0, hasPassed { return nil }
    let market = [Part.captures, .checkpoints, .trades, .faults]
    return self[.captures].of > 0 && market.allSatisfy { self[$0].isComplete } ? .yellow : .red
  }
}
