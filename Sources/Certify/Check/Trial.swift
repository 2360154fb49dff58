import JSONTree

/// What `patchbay check` asks of a connector, each in a process of its own.
public enum Trial: String, CaseIterable, Sendable {
  /// In the order they run. What `manifest`, `exports` and `load` find keeps the others from being tried.
  case manifest, exports, load, configuration, strangers, commands, numbers, texts, giants, determinism, memory, time

  /// For people: what is tried.
  public var summary: String {
    switch self {
    case .manifest: "manifest.json can be read and holds together"
    case .exports: "one entry point, and nothing of the system that a connector must not have"
    case .load: "it loads, and its descriptor is what the contract and the manifest say"
    case .configuration: "configurations that are none end in a refusal"
    case .strangers: "every kind of input about what was never there, and of a newer host"
    case .commands: "every command, with extreme numbers and unknown names, ends with one answer"
    case .numbers: "its messages with numbers that no exchange sends"
    case .texts: "its messages cut short, garbled, with bytes that are no text"
    case .giants: "messages of megabytes, deep ones, compressed bombs"
    case .determinism: "the same inputs give the same bytes, twice and in another process"
    case .memory: "memory does not grow with what the exchange says"
    case .time: "each input ends in time, and large ones take no more than their size"
    }
  }

  /// Those by which a library is a connector at all: what fails them is not worth certifying.
  public static let first: [Trial] = [.manifest, .exports, .load]

  /// Those that run in the process of `check` itself: no code of the library runs in them.
  var isStatic: Bool { self == .manifest || self == .exports }
}

/// Something that is wrong with a connector, and what to do about it.
public struct Finding: Equatable, Sendable {
  public enum Weight: String, Sendable {
    /// It must be mended.
    case fault
    /// It may be meant.
    case note
  }

  public var trial: Trial
  public var weight: Weight
  /// What was wrong, and with what.
  public var what: String
  public var remedy: String

  public init(_ trial: Trial, _ what: String, remedy: String, weight: Weight = .fault) {
    (self.trial, self.what, self.remedy, self.weight) = (trial, what, remedy, weight)
  }
}

/// What was found out about one connector.
public struct CheckReport: Sendable {
  public var id: String
  /// Trials that were made, in their order, with how much each delivered: inputs, commands or names.
  public var tried: [(trial: Trial, count: Int)] = []
  public var findings: [Finding] = []
  /// Trade acts that vectors suggest, as `permissions.acts` of a manifest has them; empty where there are no vectors.
  public var suggestions: [JSONValue] = []

  public init(id: String) { self.id = id }

  public var hasPassed: Bool { findings.allSatisfy { $0.weight != .fault } }
}
