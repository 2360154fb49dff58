import CPatchbay
import JSONTree
import Records

/// Delivers a recording's inputs to a new instance and digests what it gives back: the same connector gives the same
/// digest, in any process.
public final class RecordingReplay: RecordSink {
  public private(set) var outputs = 0
  public private(set) var malformed: UInt64 = 0
  private let watch: (RecordReader) -> Void
  private var digest = DigestBox()

  private final class DigestBox { let value = OutputDigest() }

  private let isDigesting: Bool

  private init(watch: @escaping (RecordReader) -> Void, isDigesting: Bool = true) {
    self.watch = watch
    self.isDigesting = isDigesting
  }

  /// Runs a whole recording.
  /// - Parameter watch: sees every output, in order.
  /// - Returns: the digest of the outputs, as in the recording's end, and how many records there were.
  public static func run(
    _ recording: Recording, connector: PeerConnector, watch: @escaping (RecordReader) -> Void = { _ in }
  ) throws(InstanceFault) -> (sha256: String, outputs: Int) {
    try run(recording, code: .library(connector), watch: watch)
  }

  /// The same with code that may be in a worker.
  public static func run(
    _ recording: Recording, code: ConnectorCode, watch: @escaping (RecordReader) -> Void = { _ in }
  ) throws(InstanceFault) -> (sha256: String, outputs: Int) {
    let results = try run([recording], code: code, watch: watch)
    return (results[0].sha256, results[0].outputs)
  }

  /// Runs the files of one recording, the first of which begins with the instance, one after the other.
  /// - Returns: for each file the digest of the outputs, as in its end, and how many records there were.
  public static func run(
    _ parts: [Recording], connector: PeerConnector, watch: @escaping (RecordReader) -> Void = { _ in }
  ) throws(InstanceFault) -> [(sha256: String, outputs: Int)] {
    try run(parts, code: .library(connector), watch: watch)
  }

  /// The same with code that may be in a worker, to which inputs are given as fast as it takes them.
  public static func run(
    _ parts: [Recording], code: ConnectorCode, watch: @escaping (RecordReader) -> Void = { _ in }
  ) throws(InstanceFault) -> [(sha256: String, outputs: Int)] {
    let replay = RecordingReplay(watch: watch)
    let config = Array(JSONWriter.compact(parts.first?.header.config ?? [:]).utf8)
    let instance = try ConnectorInstance(code, config: config, sink: replay)
    instance.onAnswer = { [replay] in replay.digest.value.add($0) }
    var results: [(sha256: String, outputs: Int)] = []
    for part in parts {
      var fault: InstanceFault?
      part.forEach { record, payload in
        guard fault == nil else { return }
        let status = instance.deliver(recorded: record, payload: payload)
        if instance.worker == nil { return replay.digest.value.add(status) }
        do throws(InstanceFault) { try instance.keepUp() } catch { fault = error }
      }
      if let fault { throw fault }
      try instance.awaitAnswers()
      results.append((replay.digest.value.finish(), replay.outputs))
      (replay.digest, replay.outputs) = (DigestBox(), 0)
    }
    return results
  }

  /// Delivers a recording, then its frames again and again under later times, and calls `after` behind each pass: for
  /// watching what an instance costs that runs long. Nothing is answered any more in those passes.
  package static func loop(
    _ recording: Recording, code: ConnectorCode, passes: Int, watch: @escaping (RecordReader) -> Void = { _ in },
    after: (Int) -> Void
  ) throws(InstanceFault) {
    let replay = RecordingReplay(watch: watch)
    let config = Array(JSONWriter.compact(recording.header.config).utf8)
    let instance = try ConnectorInstance(code, config: config, sink: replay)
    var fault: InstanceFault?
    func keepUp() {
      guard instance.worker != nil, fault == nil else { return }
      do throws(InstanceFault) { try instance.keepUp() } catch { fault = error }
    }
    recording.forEach { record, payload in
      // A worker ends with this one, and what was stopped may be deaf.
      guard Int(record.pointee.kind) != PB_IN_STOP else { return }
      _ = instance.deliver(recorded: record, payload: payload)
      keepUp()
    }
    recording.forEach { record, _ in
      let input = UnsafeRawPointer(record).load(as: pb_input.self)
      instance.times = Times(mono: input.mono_ns, wall: input.wall_ns, venue: input.venue_ns)
    }
    after(0)
    for pass in 1...max(1, passes) where fault == nil {
      recording.forEach { record, payload in
        guard Int(record.pointee.kind) == PB_IN_FRAME else { return }
        let input = RecordReader(checked: record).head(as: pb_in_stream.self)
        instance.times.mono += 1_000_000
        instance.frame(input.stream, payload, FrameKind(rawValue: input.opcode) ?? .text)
        keepUp()
      }
      if let fault { throw fault }
      try instance.awaitAnswers()
      after(pass)
    }
  }

  /// Delivers a recording and calls `after` behind each input.
  package static func step(
    _ recording: Recording, connector: PeerConnector, watch: @escaping (RecordReader) -> Void,
    before: @escaping () -> Void, after: (UnsafePointer<pb_rec>) -> Void
  ) throws(InstanceFault) {
    let replay = RecordingReplay(watch: watch, isDigesting: false)
    let config = Array(JSONWriter.compact(recording.header.config).utf8)
    let instance = try ConnectorInstance(connector, config: config, sink: replay)
    recording.forEach { record, payload in
      before()
      _ = instance.deliver(recorded: record, payload: payload)
      after(record)
    }
  }

  public override func receive(_ record: RecordReader) {
    outputs += 1
    if isDigesting { digest.value.add(record.base.assumingMemoryBound(to: pb_rec.self)) }
    watch(record)
  }
}
