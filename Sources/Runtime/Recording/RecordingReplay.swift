import CPatchbay
import Catalog
import Records

/// Delivers a recording's inputs to a new instance and digests what it gives back: the same connector gives the same digest, in
/// any process.
public final class RecordingReplay: RecordSink {
  public private(set) var outputs = 0
  public private(set) var malformed: UInt64 = 0
  private let watch: (RecordReader) -> Void
  private let digest = DigestBox()

  private final class DigestBox { let value = OutputDigest() }

  private init(watch: @escaping (RecordReader) -> Void) { self.watch = watch }

  /// Runs a whole recording.
  /// - Parameter watch: sees every output, in order.
  /// - Returns: the digest of the outputs, as in the recording's end, and how many records there were.
  public static func run(
    _ recording: Recording, connector: PeerConnector, watch: @escaping (RecordReader) -> Void = { _ in }
  ) throws(InstanceFault) -> (sha256: String, outputs: Int) {
    let replay = RecordingReplay(watch: watch)
    let config = Array(JSONWriter.compact(recording.header.config).utf8)
    let instance = try ConnectorInstance(connector, config: config, sink: replay)
    recording.forEach { record, payload in replay.digest.value.add(instance.deliver(recorded: record, payload: payload)) }
    return (replay.digest.value.finish(), replay.outputs)
  }

  public func receive(_ record: RecordReader) {
    outputs += 1
    digest.value.add(record.base.assumingMemoryBound(to: pb_rec.self))
    watch(record)
  }
}
