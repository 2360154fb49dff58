import CPatchbay
import HostileInput
import JSONTree
import Records
import Runtime

/// The messages of the stories, each with something in it that no exchange sends, delivered where they came.
struct VariantTrial {
  let subject: Subject
  let stories: Stories

  /// Inputs that may be delivered again so that a variant meets the connector as the message found it.
  private static let again = 60_000
  /// Bytes of the variants of one message.
  private static let bytes = 4 << 20

  func run(_ judge: CheckJudge) throws {
    for name in stories.names where !judge.isFull {
      try stories.tell(name) { recording in
        let samples = Stories.samples(of: recording, name, most: judge.trial == .giants ? 8 : 40)
        for sample in samples where !judge.isFull {
          try run(variants(of: sample.payload, judge.trial), of: sample, recording, samples.count, judge)
        }
      }
    }
  }

  private func variants(of payload: [UInt8], _ trial: Trial) -> [[UInt8]] {
    let most = max(24, min(600, Self.bytes / max(1, payload.count)))
    switch trial {
    case .numbers:
      var all: [[UInt8]] = []
      NumberFuzz.forEachVariant(of: payload, most: max(1, most / NumberFuzz.values.count)) { all.append($0) }
      return all
    case .texts: return TextFuzz.variants(of: payload, most: most) + TextFuzz.strangers
    case .giants: return GiantFuzz.variants(of: payload)
    default: return []
    }
  }

  private func run(
    _ variants: [[UInt8]], of sample: StorySample, _ recording: Recording, _ samples: Int, _ judge: CheckJudge
  ) throws {
    let trial = RecordingVariants(recording, code: try subject.code())
    // Whole stories for each variant while they are short; for long ones several variants behind one another.
    let stories = max(1, Self.again / samples / max(1, sample.place + 1))
    let chunk = max(1, (variants.count + stories - 1) / stories)
    for start in stride(from: 0, to: variants.count, by: chunk) where !judge.isFull {
      try trial.begin()
      var place = 0
      recording.forEach { record, payload in
        defer { place += 1 }
        let isAround = place < sample.place || place > sample.place && place < sample.place + 4
        if isAround { _ = trial.deliver(record, payload) }
        guard place == sample.place else { return }
        for variant in variants[start..<min(start + chunk, variants.count)] {
          deliver(variant, record, trial, sample, judge)
        }
        _ = trial.deliver(record, payload)
      }
      judge.judge(trial, since: nil, "\(sample.words), changed")
    }
  }

  private func deliver(
    _ variant: [UInt8], _ record: UnsafePointer<pb_rec>, _ trial: RecordingVariants, _ sample: StorySample,
    _ judge: CheckJudge
  ) {
    let before = trial.counters
    let start = CPUTime.now
    let padded = variant + [UInt8](repeating: 0, count: Int(PB_PAYLOAD_SLACK))
    padded.withUnsafeBufferPointer { all in
      let payload = UnsafeBufferPointer(rebasing: all[..<variant.count])
      judge.begin(sample.words + ", changed", payload)
      _ = trial.deliver(record, payload)
    }
    let spent = CPUTime.now - start
    let words = "\(sample.words), changed: \(CheckNote.shown(variant, of: variant.count))"
    judge.judge(trial, since: before, words)
    CPUTime.judge(spent, variant.count, words, judge)
  }
}

/// Messages of megabytes.
enum GiantFuzz {
  static func variants(of payload: [UInt8]) -> [[UInt8]] {
    var all: [[UInt8]] = []
    for count in [1 << 16, 1 << 20, 4 << 20] {
      if let giant = TextFuzz.giant(of: payload, count: count) { all.append(giant) }
    }
    if let place = NumberFuzz.numbers(in: payload).first {
      all.append(TextFuzz.replacing(place, of: payload, with: [UInt8](repeating: 0x39, count: 1 << 20)))
    }
    all.append([UInt8](repeating: UInt8(ascii: "["), count: 2 << 20))
    all.append(Array("{\"a\":".utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20))
    all.append([UInt8](repeating: UInt8(ascii: " "), count: 4 << 20))
    all.append(Array("\"".utf8) + [UInt8](repeating: UInt8(ascii: "\\"), count: 2 << 20))
    return all + bombs
  }

  /// Zeros in a thousandth of their size: a connector that inflates by itself must have an end to it.
  private static let bombs = CompressedZeros.Form.allCases.map { CompressedZeros.bytes($0, count: 256 << 20) }
}
