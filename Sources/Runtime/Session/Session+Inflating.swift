import CPatchbay
import Records

/// Streams whose frames the host inflates.
extension Session {
  /// `PB_OUT_OPEN`: remembers whether its frames are to be inflated.
  func noteInflating(_ open: pb_out_open) {
    if open.flags & UInt32(PB_OPEN_INFLATE) != 0 {
      inflating.insert(open.stream)
      if inflater == nil { inflater = FrameInflater() }
    } else {
      inflating.remove(open.stream)
    }
  }

  /// A binary frame as its connector wants it. What cannot be inflated is handed over as it came: a connector cannot
  /// read it either, and treats it as what it is, a message that was lost.
  @inline(never)
  func inflated(
    _ stream: UInt64, _ payload: UnsafeBufferPointer<UInt8>
  ) -> (UnsafeBufferPointer<UInt8>, FrameKind) {
    guard inflating.contains(stream), let text = inflater?.inflate(payload) else { return (payload, .binary) }
    return (text, .text)
  }
}
