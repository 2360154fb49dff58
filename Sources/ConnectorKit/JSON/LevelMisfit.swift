import CPatchbay
import Decimals

/// Finds the level of a book that cannot be kept, in a message that could not be read: for the words with which the
/// book's loss is reported. Walks the whole message, so not for hot paths.
public struct LevelMisfit {
  /// How an exchange writes a level: as an array, as an object, or as a member whose name is the price.
  public struct Shape: Sendable {
    /// Places in an array, of which the price's is the lower one.
    let (price, quantity): (Int, Int)
    let names: (price: StaticString, quantity: StaticString)
    /// Digits behind the quantity's exponent are cut off, which is no misfit.
    let cutsQuantities: Bool

    public init(
      price: Int = 0, quantity: Int = 1, names: (price: StaticString, quantity: StaticString) = ("price", "qty"),
      cutsQuantities: Bool = false
    ) {
      (self.price, self.quantity, self.names, self.cutsQuantities) = (price, quantity, names, cutsQuantities)
    }
  }

  private let price: Int32
  private let quantity: Int32
  /// By which a quantity read at its exponent is multiplied.
  private let factor: Int64
  private let shape: Shape

  /// - Parameters: `price`, `quantity`: the exponents at which the numbers are read.
  init(price: Int32, quantity: Int32, factor: Int64 = 1, _ shape: Shape = Shape()) {
    (self.price, self.quantity, self.factor, self.shape) = (price, quantity, factor, shape)
  }

  public init(_ market: Market, _ shape: Shape = Shape()) {
    self.init(
      price: market.writtenExponent, quantity: market.contractExponent, factor: market.contractFactor, shape)
  }

  /// - Returns: which number of a message does not fit and why; `nil` when something else is wrong with it.
  public func words(_ message: UnsafeBufferPointer<UInt8>) -> String? {
    var json = JSONScanner(message)
    return find(&json, depth: 0)
  }

  /// The same of one level.
  public func words(price text: JSONText, quantity: JSONText) -> String? {
    misfit(quantity, self.quantity, "quantity", factor, isCut: shape.cutsQuantities)
      ?? misfit(text, price, "price", 1, isCut: false)
  }

  private func find(_ json: inout JSONScanner, depth: Int) -> String? {
    guard depth < 8 else {
      json.skip()
      return nil
    }
    switch json.peek() {
    case UInt8(ascii: "["): return findInArray(&json, depth)
    case UInt8(ascii: "{"): return findInObject(&json, depth)
    default:
      json.skip()
      return nil
    }
  }

  private func findInArray(_ json: inout JSONScanner, _ depth: Int) -> String? {
    var (price, quantity): (JSONText?, JSONText?)
    json.enterArray()
    var place = 0
    while json.nextElement() {
      if isContainer(&json) {
        if let found = find(&json, depth: depth + 1) { return found }
      } else if place == shape.price || place == shape.quantity, isNumber(json.peek()) {
        let text = json.scalar()
        if place == shape.price { price = text } else { quantity = text }
      } else {
        json.skip()
      }
      place += 1
    }
    return words(price, quantity)
  }

  private func findInObject(_ json: inout JSONScanner, _ depth: Int) -> String? {
    var (price, quantity): (JSONText?, JSONText?)
    json.enterObject()
    while let key = json.nextKey() {
      if isContainer(&json) {
        if let found = find(&json, depth: depth + 1) { return found }
      } else if key == shape.names.price {
        price = json.scalar()
      } else if key == shape.names.quantity {
        quantity = json.scalar()
      } else if let first = key.bytes.first, first &- 48 <= 9, isNumber(json.peek()) {
        if let found = words(price: key, quantity: json.scalar()) { return found }
      } else {
        json.skip()
      }
    }
    return words(price, quantity)
  }

  private func words(_ price: JSONText?, _ quantity: JSONText?) -> String? {
    guard let price, let quantity else { return nil }
    return words(price: price, quantity: quantity)
  }

  private func isContainer(_ json: inout JSONScanner) -> Bool {
    let next = json.peek()
    return next == UInt8(ascii: "[") || next == UInt8(ascii: "{")
  }

  private func isNumber(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "-") || byte &- 48 <= 9
  }

  private func misfit(
    _ text: JSONText, _ exponent: Int32, _ what: String, _ factor: Int64, isCut: Bool
  ) -> String? {
    let shown = String(text.text.prefix(40))
    switch DecimalText.parse(text.bytes) {
    case .notANumber: return nil
    case .exact(let value):
      if let mantissa = value.mantissa(at: exponent) {
        guard mantissa.multipliedReportingOverflow(by: factor).overflow else { return nil }
      } else if value.normalized.exponent < exponent {
        return isCut ? nil : "a level's \(what) of \(shown) is finer than \(-exponent) places"
      }
    case .rounded(let value):
      if isCut, value.roundedDown(toMultipleOf: Decimal64(mantissa: 1, exponent: exponent)) != nil { return nil }
    }
    return "a level's \(what) of \(shown) does not fit 64 bits at \(-exponent) places"
  }
}
