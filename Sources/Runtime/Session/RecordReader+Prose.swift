import CPatchbay
import Records

extension RecordReader {
  /// A text for people, cut off behind so many bytes.
  public func prose(_ ref: pb_ref, most bytes: Int = InstanceBounds.proseBytes) -> String {
    guard Int(ref.length) > bytes else { return text(ref) }
    return String(decoding: self.bytes(ref).prefix(bytes), as: UTF8.self) + "…"
  }
}
