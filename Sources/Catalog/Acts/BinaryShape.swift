/// Which fields a frame may have that is a message of Protocol Buffers, as an operation names them: `<4{1,2}>` is a
/// message whose only field is 4, which holds a message with no fields but 1 and 2. A field without braces is a number
/// or a short text.
public struct BinaryShape: Sendable, Equatable {
  public struct Field: Sendable, Equatable {
    public let number: UInt64
    /// Empty = it is a number or a text.
    public let inside: [Field]
  }

  public let fields: [Field]
  /// Fields of one message, and messages within one another, at most.
  static let most = 8, deepest = 4

  /// Nil for other texts.
  public init?(_ operation: String) {
    guard operation.hasPrefix("<"), operation.hasSuffix(">") else { return nil }
    var rest = Array(operation.utf8.dropFirst().dropLast())[...]
    guard let fields = Self.fields(&rest, depth: 0), rest.isEmpty else { return nil }
    self.fields = fields
  }

  /// Whether one frame could be of both: it has one field at least, and no field is in all its frames.
  func overlaps(_ other: BinaryShape) -> Bool {
    fields.contains { field in other.fields.contains { $0.number == field.number } }
  }

  private static func fields(_ text: inout ArraySlice<UInt8>, depth: Int) -> [Field]? {
    guard depth < deepest else { return nil }
    var fields: [Field] = []
    while true {
      var number: UInt64 = 0
      let digits = text.prefix { $0 &- UInt8(ascii: "0") <= 9 }
      guard (1...3).contains(digits.count), digits.first != UInt8(ascii: "0") else { return nil }
      for digit in digits { number = number * 10 + UInt64(digit - UInt8(ascii: "0")) }
      text = text.dropFirst(digits.count)
      var inside: [Field] = []
      if text.first == UInt8(ascii: "{") {
        text = text.dropFirst()
        guard let own = Self.fields(&text, depth: depth + 1), text.first == UInt8(ascii: "}") else { return nil }
        (inside, text) = (own, text.dropFirst())
      }
      guard fields.count < most, !fields.contains(where: { $0.number == number }) else { return nil }
      fields.append(Field(number: number, inside: inside))
      guard text.first == UInt8(ascii: ",") else { return fields }
      text = text.dropFirst()
    }
  }
}
