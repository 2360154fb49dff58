/// Arithmetic for numbers that peers give: venues, connectors, files. It stops at the ends of the range where plain
/// operators would end the process.
extension Int64 {
  /// The sum, or the end of the range that it passes.
  @inlinable @inline(__always)
  public func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, isOver) = addingReportingOverflow(other)
    return isOver ? (other < 0 ? .min : .max) : sum
  }

  /// The difference, or the end of the range that it passes.
  @inlinable @inline(__always)
  public func subtractingSaturated(_ other: Int64) -> Int64 {
    let (difference, isOver) = subtractingReportingOverflow(other)
    return isOver ? (other < 0 ? .max : .min) : difference
  }

  /// The product, or the end of the range that it passes.
  @inlinable @inline(__always)
  public func multipliedSaturated(by other: Int64) -> Int64 {
    let (product, isOver) = multipliedReportingOverflow(by: other)
    return isOver ? ((self < 0) == (other < 0) ? .max : .min) : product
  }
}

/// The moments that a peer may name, in nanoseconds since the Unix epoch.
public enum PlausibleTime {
  /// 2^62, in the year 2116: the sum and the difference of two plausible moments fit in 64 bits. patchbay.h says the
  /// same of records.
  public static let end: Int64 = 1 << 62

  /// Whether a moment is from the epoch on and before `end`.
  @inlinable @inline(__always)
  public static func contains(_ nanoseconds: Int64) -> Bool { UInt64(bitPattern: nanoseconds) < UInt64(1) << 62 }
}
