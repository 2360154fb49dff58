import CHost
import CPatchbay
import HostileInput
import JSONTree
import Records
import Runtime

/// Whether memory grows with what an exchange says: its messages again and again, first as they were, then each time
/// with other ids and symbols.
struct MemoryTrial {
  let subject: Subject
  let stories: Stories

  /// Inputs of each of three phases.
  private static let inputs = 12_000
  /// Growth that tables may still have between the second phase and the third.
  private static let slack = 1 << 18

  func run(_ judge: CheckJudge) throws {
    for name in stories.names where !judge.isFull {
      try stories.tell(name) { recording in
        for isRenamed in [false, true] { try run(recording, name, isRenamed, judge) }
      }
    }
  }

  private func run(_ recording: Recording, _ name: String, _ isRenamed: Bool, _ judge: CheckJudge) throws {
    var samples = Stories.samples(of: recording, name, most: 40)
    samples.removeAll { $0.payload.count > 1 << 16 }
    guard !samples.isEmpty else { return }
    var asked: [pb_id] = []
    let trial = RecordingVariants(recording, code: try subject.code()) { record in
      guard record.kind == PB_OUT_REQUEST else { return }
      let request = record.head(as: pb_out_request.self)
      if request.stream != 0 { asked.append(request.request) }
    }
    try trial.begin()
    var records: [(bytes: [UInt64], payload: [UInt8])] = []
    var place = 0
    recording.forEach { record, payload in
      _ = trial.deliver(record, payload)
      if Int(record.pointee.kind) == PB_IN_FRAME, let sample = samples.first(where: { $0.place == place }) {
        let words = (Int(record.pointee.size) + 7) / 8
        var copy = [UInt64](repeating: 0, count: words)
        let bytes = UnsafeRawBufferPointer(start: record, count: Int(record.pointee.size))
        copy.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
        records.append((copy, sample.payload + [UInt8](repeating: 0, count: Int(PB_PAYLOAD_SLACK))))
      }
      place += 1
    }
    guard !records.isEmpty else { return }
    asked.removeAll()
    var peaks = [0, 0, 0]
    let words = "frames of \(name) again and again" + (isRenamed ? ", each time with other ids" : "")
    for number in 0..<3 * Self.inputs {
      let one = records[number % records.count]
      // Made and let go in each round, in all phases alike.
      let payload = isRenamed ? TextFuzz.renamed(one.payload, number) : one.payload
      let count = payload.count - Int(PB_PAYLOAD_SLACK)
      payload.withUnsafeBufferPointer { all in
        one.bytes.withUnsafeBytes { record in
          guard let start = record.baseAddress else { return }
          let body = UnsafeBufferPointer(rebasing: all[..<count])
          judge.begin(words, body)
          _ = trial.deliver(start.assumingMemoryBound(to: pb_rec.self), body)
        }
      }
      // The host says of every frame that it has left: a pong that is kept until then is no growth.
      for request in asked { Self.sent(request, at: one.bytes, trial) }
      asked.removeAll(keepingCapacity: true)
      if number % 64 == 0 {
        let phase = number / Self.inputs
        peaks[phase] = max(peaks[phase], chost_heap_bytes())
      }
    }
    let growth = peaks[2] - peaks[1]
    guard growth >= Self.slack else { return }
    judge.report(
      "memory grows by \(growth / 1024) KiB in \(Self.inputs) \(words)",
      remedy: "keep what a message says in tables that have a bound, and drop the oldest", kind: "\(isRenamed)")
  }
}

extension MemoryTrial {
  /// Says that a frame has left, at the time of another input.
  private static func sent(_ request: pb_id, at input: [UInt64], _ trial: RecordingVariants) {
    var notice = pb_in_reply()
    notice.in = input.withUnsafeBytes { $0.load(as: pb_input.self) }
    notice.in.rec.kind = UInt16(PB_IN_SENT)
    notice.in.rec.size = UInt32(MemoryLayout<pb_in_reply>.size)
    (notice.request, notice.outcome) = (request, UInt32(PB_SENT))
    let nothing = [UInt8](repeating: 0, count: Int(PB_PAYLOAD_SLACK))
    nothing.withUnsafeBufferPointer { all in
      withUnsafeBytes(of: &notice) { bytes in
        guard let start = bytes.baseAddress else { return }
        _ = trial.deliver(start.assumingMemoryBound(to: pb_rec.self), UnsafeBufferPointer(rebasing: all[..<0]))
      }
    }
  }
}

/// How long inputs take: as they were recorded, and how much more a message of many times the size.
struct TimeTrial {
  let subject: Subject
  let stories: Stories

  /// Nanoseconds for one recorded input; a market moves on meanwhile.
  private static let usual: Int64 = 500_000_000

  func run(_ judge: CheckJudge) throws {
    for name in stories.names where !judge.isFull {
      try stories.tell(name) { recording in
        let trial = RecordingVariants(recording, code: try subject.code())
        try trial.begin()
        recording.forEach { record, payload in
          let words = "input \(record.pointee.seq) of \(name)"
          judge.begin(words, payload)
          let start = CPUTime.now
          _ = trial.deliver(record, payload)
          let spent = CPUTime.now - start
          guard spent > Self.usual else { return }
          judge.report(
            "\(words), of \(payload.count) bytes, took \(spent / 1_000_000) ms",
            remedy: "measure what it does with them: an exchange sends hundreds of messages a second", kind: "slow")
        }
        for sample in Stories.samples(of: recording, name, most: 8) { try growth(sample, recording, judge) }
      }
    }
  }

  /// Sixteen times the bytes may take forty times the time, no more: an exchange, or whoever stands between, chooses
  /// how long a message is.
  private func growth(_ sample: StorySample, _ recording: Recording, _ judge: CheckJudge) throws {
    let sizes = [1 << 15, 1 << 19]
    var spent: [Int64] = []
    for size in sizes {
      guard let giant = TextFuzz.giant(of: sample.payload, count: size) else { return }
      let trial = RecordingVariants(recording, code: try subject.code())
      try trial.begin()
      let padded = giant + [UInt8](repeating: 0, count: Int(PB_PAYLOAD_SLACK))
      var place = 0
      recording.forEach { record, payload in
        defer { place += 1 }
        if place < sample.place { _ = trial.deliver(record, payload) }
        guard place == sample.place else { return }
        padded.withUnsafeBufferPointer { all in
          let body = UnsafeBufferPointer(rebasing: all[..<giant.count])
          judge.begin(sample.words + ", made long", body)
          let start = CPUTime.now
          _ = trial.deliver(record, body)
          spent.append(CPUTime.now - start)
        }
      }
    }
    guard spent.count == 2, spent[1] > 200_000_000, spent[1] > 40 * max(spent[0], 100_000) else { return }
    judge.report(
      "\(sample.words), made long: \(sizes[0]) bytes take \(spent[0] / 1000) us and \(sizes[1]) bytes "
        + "\(spent[1] / 1000) us", remedy: "something is looked for anew for each entry: keep it by its key",
      kind: "square")
  }
}
