import Decimals

/// An object of which a few members are read, and seldom: each is looked for by its name, in any order. What is absent
/// or `null` is empty; what is there and cannot be read makes the object invalid.
///
///     var pair = JSONObject(&json)
///     let (name, decimals) = (pair.string("symbol"), pair.integer("price_precision"))
///     guard pair.isValid else { return json.fail() }
///
/// Valid as long as the bytes are. Each look-up walks the members before it: for frames that come often there is
/// `JSONScanner.members`.
public struct JSONObject {
  private let mark: JSONMark
  public private(set) var isValid: Bool

  /// The value at hand, which is stepped over.
  public init(_ json: inout JSONScanner) {
    mark = json.passed()
    isValid = json.isValid
  }

  /// The value at a place of a whole text, such as `data/0`; `nil` where the text is no JSON or has no such place.
  public init?(_ text: UnsafeBufferPointer<UInt8>, at place: String = "") {
    var json = JSONScanner(text)
    guard json.isWhole, let mark = json.find(place) else { return nil }
    (self.mark, isValid) = (mark, true)
  }

  public mutating func string(_ name: StaticString) -> String { read(name) { $0.string().text } ?? "" }
  /// A string, number or word as text.
  public mutating func words(_ name: StaticString) -> String { read(name) { $0.words() } ?? "" }
  public mutating func integer(_ name: StaticString) -> Int64? { read(name) { $0.integer() } }
  public mutating func flag(_ name: StaticString) -> Bool? { read(name) { $0.boolean() } }
  /// `nil` for an empty text too.
  public mutating func decimal(_ name: StaticString) -> Decimal64? { read(name) { $0.optionalDecimal() } ?? nil }
  public mutating func wideDecimal(_ name: StaticString) -> WideDecimal? {
    read(name) { $0.optionalWideDecimal() } ?? nil
  }

  /// The elements of a list, each an object.
  public mutating func objects(_ name: StaticString) -> [JSONObject]? {
    read(name) { json in
      var list: [JSONObject] = []
      json.elements { list.append(JSONObject(&$0)) }
      return list
    }
  }

  private mutating func read<Value>(_ name: StaticString, _ value: (inout JSONScanner) -> Value) -> Value? {
    var json = mark.scanner()
    json.enterObject()
    while let key = json.nextKey() {
      guard key == name else {
        json.skip()
        continue
      }
      if json.skipNull() { return nil }
      let result = value(&json)
      if !json.isValid { isValid = false }
      return result
    }
    if !json.isValid { isValid = false }
    return nil
  }
}
