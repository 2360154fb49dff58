import CPatchbay

/// JSON that stands as a text inside JSON: `{"n": "SubscribeLevel2", "o": "{\"Depth\": 10}"}`.
///
/// A text without escapes, such as one of numbers alone, is read where it stands. Escapes are resolved into memory of
/// its own, which is kept from one text to the next: a steady stream allocates nothing. It never holds more than the
/// longest text that was read.
public final class EmbeddedJSON {
  private var memory: UnsafeMutablePointer<UInt8>
  private var capacity = 0

  public init() { memory = UnsafeMutablePointer.allocate(capacity: 1) }

  deinit { memory.deallocate() }

  /// Steps over the next value and gives the JSON in it: what a string holds, or the value itself where the exchange
  /// embeds it as it is. Valid until the next call, and as long as the scanned bytes are. Empty where it is no JSON.
  public func body(_ json: inout JSONScanner) -> Body {
    guard json.peek() == UInt8(ascii: "\"") else {
      let start = json.cursor
      json.skip()
      return Body(start: start, count: json.isValid ? json.cursor - start : 0)
    }
    let text = json.string()
    return text.isEscaped ? resolved(text) : text.bytes
  }

  private func resolved(_ text: JSONText) -> Body {
    let slack = Int(PB_PAYLOAD_SLACK)
    if text.count + slack > capacity {
      memory.deallocate()
      capacity = 2 * text.count + slack
      memory = UnsafeMutablePointer.allocate(capacity: capacity)
      memory.initialize(repeating: 0, count: capacity)
    }
    var count = 0
    text.resolve { byte in
      memory[count] = byte
      count += 1
    }
    return Body(start: memory, count: count)
  }
}
