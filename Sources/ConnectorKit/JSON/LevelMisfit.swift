import Decimals

/// Finds the level of a book that cannot be kept, in a message that could not be read: for the words with which the
/// book's loss is told. Walks the whole message, so not for hot paths.
public enum LevelMisfit {
  /// - Parameters: `price`, `quantity`: the instrument's exponents.
  /// - Returns: which number does not fit and why; `nil` when something else is wrong with the message.
  public static func words(
    _ message: UnsafeBufferPointer<UInt8>, price: Int32, quantity: Int32
  ) -> String? {
    var json = JSONScanner(message)
    return find(&json, Exponents(price: price, quantity: quantity), depth: 0)
  }

  private struct Exponents {
    let price: Int32
    let quantity: Int32
  }

  /// A level is an array that begins with two numbers, or an object with "price" and "qty".
  private static func find(_ json: inout JSONScanner, _ exponents: Exponents, depth: Int) -> String? {
    guard depth < 8 else {
      json.skip()
      return nil
    }
    var level: (price: JSONText?, quantity: JSONText?)
    var found: String?
    switch json.peek() {
    case UInt8(ascii: "["):
      json.enterArray()
      var place = 0
      while found == nil, json.nextElement() {
        if let inner = inside(&json, exponents, depth) {
          found = inner
        } else if place < 2, isNumber(json.peek()) {
          let text = json.scalar()
          if place == 0 { level.price = text } else { level.quantity = text }
        } else {
          json.skip()
        }
        place += 1
      }
    case UInt8(ascii: "{"):
      json.enterObject()
      while found == nil, let key = json.nextKey() {
        if let inner = inside(&json, exponents, depth) {
          found = inner
        } else if key == "price" {
          level.price = json.scalar()
        } else if key == "qty" {
          level.quantity = json.scalar()
        } else {
          json.skip()
        }
      }
    default: json.skip()
    }
    guard found == nil, let price = level.price, let quantity = level.quantity else { return found }
    return misfit(quantity, exponents.quantity, "quantity") ?? misfit(price, exponents.price, "price")
  }

  /// Steps over a container and gives what does not fit in it; `nil` with nothing moved when none is next.
  private static func inside(_ json: inout JSONScanner, _ exponents: Exponents, _ depth: Int) -> String?? {
    let next = json.peek()
    guard next == UInt8(ascii: "[") || next == UInt8(ascii: "{") else { return nil }
    return .some(find(&json, exponents, depth: depth + 1))
  }

  private static func isNumber(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "-") || byte &- 48 <= 9
  }

  private static func misfit(_ text: JSONText, _ exponent: Int32, _ what: String) -> String? {
    let shown = String(text.text.prefix(40))
    switch DecimalText.parse(text.bytes) {
    case .notANumber: return nil
    case .exact(let value) where value.mantissa(at: exponent) != nil: return nil
    case .exact(let value) where value.normalized.exponent < exponent:
      return "a level's \(what) of \(shown) is finer than \(-exponent) places"
    case .exact, .rounded:
      return "a level's \(what) of \(shown) does not fit 64 bits at \(-exponent) places"
    }
  }
}
