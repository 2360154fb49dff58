import JSONTree
import MarketModel
import Runtime

/// A recording by which market data are judged, and what must come of it.
struct Proof {
  let name: String
  let capture: Capture
  let expected: JSONValue
  /// What it is subscribed to where it names nothing itself, and its list of instruments where it has none.
  var channels: Channels = []
  var lent: LentInstruments?
  /// How it was made, where no exchange sent it; nil for what one did.
  var origin: String?

  /// - Parameter changed: the recording as it is to be fed, where that is not how it is.
  func replay(
    by subject: Subject, _ changed: Capture? = nil, dropping: Set<Int> = [], recorder: InstanceRecorder? = nil
  ) throws -> Replay {
    try subject.replay(
      changed ?? capture, dropping: dropping, defaultChannels: channels, lent: lent, recorder: recorder)
  }
}

/// The recordings of a data folder by which a connector's market data are judged: the captures of its exchange. Where
/// there is none, short sequences from which whole books must come stand for them. Those that were made from an
/// exchange's documentation prove that it is followed, and not that the exchange follows it.
struct Proofs {
  let subject: Subject
  let data: DataFolder

  /// Names alone: what lies behind one is read when it is asked for.
  var names: [String] {
    let captures = subject.manifest.captures.flatMap(data.captures).filter {
      subject.manifest.reasonNotApplicable("captures:\($0)") == nil && data.hasFile("expected/\($0).json")
    }
    return captures.isEmpty ? sequences.map(\.name) : captures
  }

  func load(_ name: String) throws -> Proof {
    guard let sequence = sequences.first(where: { $0.name == name }) else {
      return Proof(name: name, capture: try data.capture(name), expected: try data.json("expected/\(name).json"))
    }
    let part = SequencePart(subject: subject, data: data)
    let origin = sequence.expected["origin"]?.string ?? ""
    return Proof(
      name: name, capture: sequence.capture, expected: sequence.expected, channels: part.defaultChannels,
      lent: part.lent(for: sequence), origin: origin.hasPrefix("recorded") ? nil : origin)
  }

  /// Whole ones: a fragment has no checkpoints.
  private var sequences: [SequencePart.Sequence] {
    SequencePart(subject: subject, data: data).readable.filter {
      $0.has("books") && $0.expected["checkpoints"]?[0] != nil
    }
  }
}
