import Decimals

@testable import ConnectorKit

/// Any bytes as a JSON text. A walk and a skip agree on whether it is one, give the same whatever bytes follow, and
/// read a number as `DecimalText` does. The address sanitizer ends the run at the first read behind the promised 64
/// bytes.
///
/// The first input byte chooses the exponent for numbers.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzScanner(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeBufferPointer(start: bytes, count: count)
  guard let first = input.first else { return 0 }
  let exponent = Int32(first % 24) - 20
  let text = Array(input.dropFirst())
  let plain = Reading(text, slack: 0, exponent)
  precondition(plain == Reading(text, slack: UInt8(ascii: "9"), exponent), "digits behind the text make a difference")
  precondition(plain == Reading(text, slack: UInt8(ascii: "\""), exponent), "quotes behind the text make a difference")
  precondition(plain.isDocument == plain.isSkippable, "walk and skip disagree")
  return 0
}

/// Everything that the scanner says about a text.
private struct Reading: Equatable {
  let isDocument: Bool
  let isSkippable: Bool
  let fixed: Int64?
  let unsigned: UInt64?
  let milliseconds: Int64?
  /// Of all keys and values, in order.
  let hash: UInt64

  init(_ text: [UInt8], slack: UInt8, _ exponent: Int32) {
    // A block of just this size, so that the sanitizer sees its end.
    let block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count + 64)
    defer { block.deallocate() }
    for (index, byte) in text.enumerated() { block[index] = byte }
    for index in text.count..<block.count { block[index] = slack }
    let bytes = UnsafeBufferPointer(rebasing: block[..<text.count])

    var walk = Walk()
    var json = JSONScanner(bytes)
    walk.value(&json, exponent)
    isDocument = json.isComplete()
    hash = isDocument ? walk.hash : 0
    json = JSONScanner(bytes)
    json.skip()
    // Skipping is bounded in depth, walking by this walk.
    isSkippable = json.isComplete()
    fixed = Self.read(bytes) { $0.fixed(exponent) }
    unsigned = Self.read(bytes) { $0.unsigned() }
    milliseconds = Self.read(bytes) { $0.milliseconds() }
    compareWithDecimalText(bytes, exponent)
  }

  private static func read<T>(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (inout JSONScanner) -> T) -> T? {
    var json = JSONScanner(bytes)
    let value = body(&json)
    return json.isComplete() ? value : nil
  }

  /// A text that is a scalar, quoted or bare, is the number that the slow reader finds in it, or none.
  private func compareWithDecimalText(_ bytes: UnsafeBufferPointer<UInt8>, _ exponent: Int32) {
    var json = JSONScanner(bytes)
    guard json.peek() != UInt8(ascii: "{"), json.peek() != UInt8(ascii: "[") else {
      precondition(fixed == nil && unsigned == nil, "a container is no number")
      return
    }
    let scalar = json.scalar()
    var expected: Int64?
    if json.isComplete(), !scalar.isEscaped, isWrittenAsExchangesDo(scalar.bytes),
      case .exact(let value) = DecimalText.parse(scalar.bytes)
    {
      expected = value.mantissa(at: exponent)
    }
    precondition(fixed == expected, "fixed is not what DecimalText reads")
    if let unsigned { precondition(UInt64(scalar.text) == unsigned, "unsigned is not what the text says") }
  }
}

/// Whether a number has no plus sign in front, and digits on both sides of its point: `DecimalText` reads more than the
/// scanner does.
private func isWrittenAsExchangesDo(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  guard text.first != UInt8(ascii: "+") else { return false }
  guard let point = text.firstIndex(of: UInt8(ascii: ".")) else { return true }
  guard point > 0, point + 1 < text.count else { return false }
  return text[point - 1] &- 48 <= 9 && text[point + 1] &- 48 <= 9
}

/// Reads a document to its last scalar, every value also in the other ways that its first byte allows.
private struct Walk {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  private var depth = 0

  mutating func value(_ json: inout JSONScanner, _ exponent: Int32) {
    switch json.peek() {
    case UInt8(ascii: "{"):
      guard enter(&json) else { return }
      json.enterObject()
      while let key = json.nextKey() {
        add(key.unescaped)
        precondition(key == "price" ? key.unescaped == Array("price".utf8) : true)
        value(&json, exponent)
      }
      depth -= 1
    case UInt8(ascii: "["):
      guard enter(&json) else { return }
      json.enterArray()
      while json.nextElement() { value(&json, exponent) }
      depth -= 1
    default:
      var again = json.mark.scanner()
      let number = again.fixed(exponent)
      if again.isValid { add([1] + withUnsafeBytes(of: number) { Array($0) }) }
      again = json.mark.scanner()
      if let decimal = again.optionalDecimal() { add(Array("\(decimal)".utf8)) }
      again = json.mark.scanner()
      if again.boolean() { add([2]) }
      add(json.scalar().unescaped)
    }
  }

  /// No deeper than `skip` goes.
  private mutating func enter(_ json: inout JSONScanner) -> Bool {
    guard depth < 64 else {
      json.fail()
      return false
    }
    depth += 1
    return true
  }

  private mutating func add(_ bytes: [UInt8]) {
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ 0xFF) &* 0x100_0000_01B3
  }
}
