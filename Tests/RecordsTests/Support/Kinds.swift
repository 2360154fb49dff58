@testable import Records

/// Every record kind of the contract, with its direction and its shape.
struct Kind: Sendable, CustomStringConvertible {
  let isInput: Bool
  let value: Int
  let shape: Int

  var description: String { "\(isInput ? "input" : "output") \(value)" }

  static let all: [Kind] = (0...0xFFFF).flatMap { value in
    [(true, RecordShapes.input), (false, RecordShapes.output)].compactMap { isInput, lookUp in
      lookUp(UInt16(value)).map { Kind(isInput: isInput, value: value, shape: $0) }
    }
  }

  func check(_ checker: RecordChecker, _ record: UnsafeRawPointer, available: Int) -> RecordFault? {
    isInput
      ? checker.checkInput(record, available: available) : checker.checkOutput(record, available: available)
  }
}
