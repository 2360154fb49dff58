import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// Messages of Protocol Buffers: as the encoding is documented, and as nobody should write them.
struct ProtobufScannerTests {
  /// Hands a message with the slack behind it that frames have; what stands there is no part of it.
  private func scan<T>(_ bytes: [UInt8], _ read: (inout ProtobufScanner) -> T) -> T {
    let padded = bytes + [UInt8](repeating: 0x31, count: 64)
    return padded.withUnsafeBufferPointer { buffer in
      var message = ProtobufScanner(UnsafeBufferPointer(rebasing: buffer[..<bytes.count]))
      return read(&message)
    }
  }

  /// protobuf.dev, "Encoding": field 1 as 150, field 2 as "testing", field 3 as a message with field 1 as 150.
  private static let documented: [UInt8] = [
    0x08, 0x96, 0x01, 0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67, 0x1A, 0x03, 0x08, 0x96, 0x01,
  ]

  @Test func fieldsAreReadInTheirOrder() {
    scan(Self.documented) { message in
      #expect(message.next() == 1 && message.unsigned() == 150)
      #expect(message.next() == 2 && message.text().text == "testing")
      #expect(message.next() == 3)
      var inner = message.message()
      #expect(inner.next() == 1 && inner.integer() == 150 && inner.next() == nil && inner.isValid)
      #expect(message.next() == nil && message.isValid)
    }
  }

  @Test func whatIsNotReadIsSteppedOver() {
    // A varint, eight bytes, a text, four bytes; then field 313 as 7, and -2 as an int64.
    let odd: [UInt8] = [
      0x08, 0xFF, 0xFF, 0x03, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1A, 0x02, 0x61, 0x62, 0x25, 1, 2, 3, 4, 0xC8, 0x13, 0x07,
      0x30, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01,
    ]
    scan(odd) { message in
      var found: [UInt32] = []
      var value: Int64 = 0
      while let field = message.next() {
        found.append(field)
        if field == 313 { #expect(message.unsigned() == 7) }
        if field == 6 { value = message.integer() }
      }
      #expect(found == [1, 2, 3, 4, 313, 6] && value == -2 && message.isValid)
    }
  }

  @Test(arguments: [
    [0x08], [0x08, 0x96], [0x12, 0x07, 0x74], [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    [0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
    [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [0x00, 0x01], [0x0B, 0x0C], [0x0E],
    [0x0F], [0x11, 1, 2, 3], [0x25, 1, 2, 3], [0xF8, 0xFF, 0xFF, 0xFF, 0x1F, 0x01],
  ] as [[UInt8]])
  func whatIsCutOrTooLongFails(_ bytes: [UInt8]) {
    scan(bytes) { message in
      while message.next() != nil {}
      #expect(!message.isValid && message.next() == nil)
    }
  }

  @Test func aValueOfAnotherKindFails() {
    scan(Self.documented) { message in
      #expect(message.next() == 1 && message.text().isEmpty && !message.isValid)
    }
    scan(Self.documented) { message in
      _ = message.next()
      _ = message.next()
      #expect(message.unsigned() == 0 && !message.isValid && message.next() == nil)
    }
    scan(Self.documented) { message in
      _ = message.next()
      var inner = message.message()
      #expect(inner.next() == nil && !inner.isValid)
    }
  }

  /// The byte behind a number may be a digit: the tag of field 6 is `2`.
  @Test func numbersEndWithTheirText() {
    func field(_ text: String) -> [UInt8] { [0x2A, UInt8(text.utf8.count)] + Array(text.utf8) + [0x32, 0x01, 0x39] }
    let numbers: [(String, Int32, Int64)] = [("2345.67", -2, 234_567), ("1", 0, 1), ("0.000", -3, 0)]
    for (text, exponent, value) in numbers {
      scan(field(text)) { message in
        #expect(message.next() == 5 && message.fixed(exponent) == value && message.isValid, "\(text)")
        #expect(message.next() == 6 && message.text().text == "9")
      }
    }
    for text in ["", "x", "1.5", "1e400", "-"] {
      scan(field(text)) { message in
        _ = message.next()
        #expect(message.fixed(0) == 0 && !message.isValid, "\(text)")
      }
    }
  }

  /// Any bytes at all, and changed messages: it ends, and what it gives lies within the message.
  @Test func anyBytesAreReadWithinTheirBounds() {
    var random = SeededGenerator(seed: 2)
    for round in 0..<20_000 {
      var bytes = Self.documented + Self.documented
      if round % 2 == 0 {
        bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      } else {
        for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random) }
      }
      walk(bytes, &random)
    }
  }

  private func walk(_ bytes: [UInt8], _ random: inout SeededGenerator) {
    // No slack: a checker of addresses finds each byte too many.
    bytes.withUnsafeBufferPointer { buffer in
      var message = ProtobufScanner(buffer)
      var left = bytes.count
      while message.next() != nil {
        #expect(left > 0)
        left -= 1
        switch Int.random(in: 0..<4, using: &random) {
        case 0: _ = message.unsigned()
        case 1:
          let text = message.text().bytes
          if text.count > 0, let start = text.baseAddress, let whole = buffer.baseAddress {
            #expect(start >= whole && start + text.count <= whole + buffer.count)
          }
        case 2:
          var inner = message.message()
          while inner.next() != nil {}
        default: break
        }
      }
    }
  }
}
