import CPatchbay
import Records

extension RecordReader {
  /// A text for people, cut off behind `InstanceBounds.proseBytes`.
  func prose(_ ref: pb_ref) -> String {
    guard Int(ref.length) > InstanceBounds.proseBytes else { return text(ref) }
    return String(decoding: bytes(ref).prefix(InstanceBounds.proseBytes), as: UTF8.self) + "…"
  }
}
