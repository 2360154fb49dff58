import CPatchbay
import JSONTree
import Records

/// An instance that is given a recording, and between its inputs others that an exchange might have sent instead. Used
/// by `patchbay check`. What the connector asks for is answered by nobody.
package final class RecordingVariants: RecordSink {
  private let recording: Recording
  private let code: ConnectorCode
  private let watch: (RecordReader) -> Void
  private var instance: ConnectorInstance?
  private var seq: UInt64 = 0
  /// Where the record stands whose number is changed.
  private var record = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  package private(set) var hasGivenUpByItself = false
  /// An input was answered by more than the host takes, or by a record that is larger than the host keeps: bounds that
  /// an exchange's own excess can reach, and no fault of a record.
  package private(set) var hasExceeded = false
  private var digest = OutputDigest()

  /// - Parameter watch: sees every well-formed record.
  package init(
    _ recording: Recording, code: ConnectorCode, watch: @escaping (RecordReader) -> Void = { _ in }
  ) {
    (self.recording, self.code, self.watch) = (recording, code, watch)
  }

  deinit { record.deallocate() }

  package var counters: InstanceCounters { instance?.counters ?? InstanceCounters() }
  /// The first record that broke the contract; one that is whole and larger than the host keeps does not.
  package var firstFault: RecordFault? { instance?.firstFault.flatMap { $0.isOfABound ? nil : $0 } }
  /// Whether a record that was dropped broke the contract, as far as that is known.
  package var isMalformed: Bool {
    guard let instance, instance.counters.malformed > 0 else { return false }
    return firstFault != nil || instance.firstFault == nil && !hasExceeded
  }

  /// Makes a new instance in the place of the one there was.
  package func begin() throws(InstanceFault) {
    instance = nil
    (seq, hasGivenUpByItself, hasExceeded) = (0, false, false)
    let config = Array(JSONWriter.compact(recording.header.config).utf8)
    instance = try ConnectorInstance(code, config: config, sink: self)
  }

  /// Delivers an input of the recording, with another payload where one is given. The payload must be followed by
  /// `PB_PAYLOAD_SLACK` readable bytes.
  package func deliver(_ input: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>) -> pb_status {
    guard let instance else { return pb_status(PB_E_STATE) }
    let size = Int(input.pointee.size)
    if record.count < size {
      record.deallocate()
      record = .allocate(byteCount: 2 * size, alignment: 16)
    }
    guard let place = record.baseAddress else { return pb_status(PB_E_STATE) }
    place.copyMemory(from: input, byteCount: size)
    seq += 1
    let own = place.assumingMemoryBound(to: pb_rec.self)
    own.pointee.seq = seq
    let status = instance.deliver(recorded: UnsafePointer(own), payload: payload)
    digest.add(status)
    return status
  }

  /// The digest of all that came since it was asked for last.
  package func takeDigest() -> String {
    defer { digest = OutputDigest() }
    return digest.finish()
  }

  override package func exceeded() { hasExceeded = true }

  override package func receive(_ record: RecordReader) {
    if record.kind == PB_OUT_FAULT { hasGivenUpByItself = true }
    digest.add(record.base.assumingMemoryBound(to: pb_rec.self))
    watch(record)
  }
}

extension RecordFault {
  /// A record of a right form that is larger than this host keeps.
  package var isOfABound: Bool {
    if case .size(let size) = self { size % 8 == 0 && size >= 16 && size <= UInt32(PB_MAX_RECORD) } else { false }
  }
}
