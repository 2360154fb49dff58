import CPatchbay
import Records
import Runtime

/// Takes the facts of one session into its lane's feed.
final class FeedTap: FactTap {
  /// Which instance of the segment it is.
  let instance: UInt32
  private unowned(unsafe) let lane: FeedLane
  /// Slots by instrument id; -1 = none. Ids beyond it stand in `sparse`.
  @exclusivity(unchecked) private var dense: UnsafeMutableBufferPointer<Int32>
  private var sparse: [UInt64: Int] = [:]
  private static let denseLimit: UInt64 = 65_536

  init(_ lane: FeedLane, instance: UInt32) {
    (self.lane, self.instance) = (lane, instance)
    dense = .allocate(capacity: 64)
    dense.initialize(repeating: -1)
    super.init()
  }

  deinit { dense.deallocate() }

  /// The slot of an instrument; `nil` where it has none.
  @inline(__always)
  func slot(_ instrument: UInt64) -> Int? {
    if instrument < UInt64(dense.count) {
      let slot = dense[Int(instrument)]
      return slot < 0 ? nil : Int(slot)
    }
    return sparse.isEmpty ? nil : sparse[instrument]
  }

  func set(_ instrument: UInt64, _ slot: Int?) {
    guard instrument < Self.denseLimit else {
      sparse[instrument] = slot
      return
    }
    if instrument >= UInt64(dense.count) {
      let larger = UnsafeMutableBufferPointer<Int32>.allocate(capacity: Int(instrument) * 2)
      larger.initialize(repeating: -1)
      for index in dense.indices { larger[index] = dense[index] }
      dense.deallocate()
      dense = larger
    }
    dense[Int(instrument)] = slot.map(Int32.init) ?? -1
  }

  override func book(_ record: RecordReader, _ times: Times) {
    lane.append(record, instance, times)
    if let slot = slot(record.head(as: pb_book.self).instrument) { lane.changed(slot, times.mono) }
  }

  override func trade(_ record: RecordReader, _ times: Times) {
    lane.append(record, instance, times)
    if let slot = slot(record.head(as: pb_trade.self).instrument) { lane.trade(slot, record, times.mono) }
  }

  override func fact(_ record: RecordReader, _ times: Times) {
    lane.append(record, instance, times)
    guard record.kind == PB_EV_GAP else { return }
    if let slot = slot(record.head(as: pb_gap.self).instrument) { lane.changed(slot, times.mono) }
  }

  /// Who builds a book from the ring must not go on with one that the host has thrown away.
  override func refused(_ instrument: UInt64, _ times: Times) {
    var gap = pb_gap()
    gap.rec.size = UInt32(MemoryLayout<pb_gap>.size)
    gap.rec.head = UInt16(MemoryLayout<pb_gap>.size)
    gap.rec.kind = UInt16(PB_EV_GAP)
    gap.instrument = instrument
    gap.reason = UInt32(PB_GAP_CROSSED)
    withUnsafeBytes(of: gap) { bytes in
      if let base = bytes.baseAddress { lane.append(RecordReader(checked: base), instance, times) }
    }
    if let slot = slot(instrument) { lane.changed(slot, times.mono) }
  }
}
