/// What a program works on: values, or in a check their types. Bounded in number, and each in bytes.
struct SealStack<Value: SealSized> {
  private var values: [Value] = []

  var count: Int { values.count }

  /// Another program begins; memory is kept.
  mutating func removeAll() { values.removeAll(keepingCapacity: true) }

  /// - Throws: `stackOverflow`, or `tooLarge` for a value that may have more than `SealLimits.bytes`.
  mutating func push(_ value: Value) throws(SealFault) {
    guard values.count < SealLimits.stack else { throw .stackOverflow }
    guard value.greatest <= SealLimits.bytes else { throw .tooLarge(limit: SealLimits.bytes) }
    values.append(value)
  }

  /// - Parameter operation: whose value it is, for the fault.
  mutating func pop(_ operation: String) throws(SealFault) -> Value {
    guard let value = values.popLast() else { throw .stackUnderflow(operation: operation) }
    return value
  }

  /// The value that was pushed last, which stays.
  func top(_ operation: String) throws(SealFault) -> Value {
    guard let value = values.last else { throw .stackUnderflow(operation: operation) }
    return value
  }

  /// How large so many values are that were pushed last.
  func size(ofTop count: Int) -> Int { values.suffix(count).reduce(0) { $0 + $1.greatest } }

  /// Looks at so many values, the one pushed first in front, and takes them away.
  mutating func take(_ count: Int, _ operation: String, _ body: (Value) -> Void) throws(SealFault) {
    guard values.count >= count else { throw .stackUnderflow(operation: operation) }
    for index in (values.count - count)..<values.count { body(values[index]) }
    values.removeLast(count)
  }

  /// Takes so many values, the one pushed first in front.
  mutating func pop(_ count: Int, _ operation: String) throws(SealFault) -> ArraySlice<Value> {
    guard values.count >= count else { throw .stackUnderflow(operation: operation) }
    defer { values.removeLast(count) }
    return values.suffix(count)
  }

  /// The one value that a program leaves.
  mutating func result() throws(SealFault) -> Value {
    guard values.count == 1, let value = values.popLast() else { throw .notOneValue(count: values.count) }
    return value
  }
}

/// What a stack holds.
protocol SealSized {
  /// Bytes, or the most that there may be.
  var greatest: Int { get }
}

extension SealType: SealSized {}

extension SealValue: SealSized {
  var greatest: Int { bytes.count }
}
