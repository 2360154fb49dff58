/// The types of what a program works on, in a check. Bounded in number, and each in bytes, as the values are.
struct SealStack {
  private var values: [SealType] = []

  var count: Int { values.count }

  /// Another program begins; memory is kept.
  mutating func removeAll() { values.removeAll(keepingCapacity: true) }

  /// - Throws: `stackOverflow`, or `tooLarge` for a value that may have more than `SealLimits.bytes`.
  mutating func push(_ value: SealType) throws(SealFault) {
    guard values.count < SealLimits.stack else { throw .stackOverflow }
    guard value.greatest <= SealLimits.bytes else { throw .tooLarge(limit: SealLimits.bytes) }
    values.append(value)
  }

  /// - Parameter operation: whose value it is, for the fault.
  mutating func pop(_ operation: String) throws(SealFault) -> SealType {
    guard let value = values.popLast() else { throw .stackUnderflow(operation: operation) }
    return value
  }

  /// The value that was pushed last, which stays.
  func top(_ operation: String) throws(SealFault) -> SealType {
    guard let value = values.last else { throw .stackUnderflow(operation: operation) }
    return value
  }

  /// Takes so many values, the one pushed first in front.
  mutating func pop(_ count: Int, _ operation: String) throws(SealFault) -> ArraySlice<SealType> {
    guard values.count >= count else { throw .stackUnderflow(operation: operation) }
    defer { values.removeLast(count) }
    return values.suffix(count)
  }

  /// The one value that a program leaves.
  mutating func result() throws(SealFault) -> SealType {
    guard values.count == 1, let value = values.popLast() else { throw .notOneValue(count: values.count) }
    return value
  }
}
