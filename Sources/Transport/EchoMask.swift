import CNet

/// Values that left with a request or over a stream and depend on a secret: exchanges echo what they are sent, and what
/// comes back must not reach a connector. The first line of defence is that such values leave only at places that are
/// not echoed; this is the second.
///
/// What the connector has written itself, in the same request or on the same stream, is not hidden: it would otherwise
/// learn which of its guesses is right. That is looked for in what a stream has carried last, percent-encodings and
/// escapes of JSON resolved.
///
/// Keeps the last eight values of eight bytes and more. Cost: one search for each in what came.
public struct EchoMask: Sendable, Equatable {
  private static let limit = 8
  /// Shorter ones stand in any text by chance.
  private static let least = 8
  private var values: [[UInt8]] = []
  /// What the stream's connector wrote itself.
  private var written: [UInt8] = []
  private static let mostWritten = 16 << 10
  /// Hides what the exchange calls a token as well; see `TokenMembers`.
  private var hidesTokens = false

  public init() {}

  public var isEmpty: Bool { values.isEmpty && !hidesTokens }

  /// - Parameter hidesTokens: from now on; see `OutgoingRequest.hidesTokens`.
  public mutating func add(_ hidden: [[UInt8]], hidesTokens: Bool = false) {
    self.hidesTokens = self.hidesTokens || hidesTokens
    guard written.isEmpty || !hidden.contains(where: { Self.stands($0, in: written) }) else {
      let text = written
      written = []
      add(hidden.filter { !Self.stands($0, in: text) })
      written = text
      return
    }
    // Mostly one signature in hex, and the first: it is kept as it is.
    if values.isEmpty, let only = hidden.first, hidden.count == 1, only.count >= Self.least,
      !only.contains(UInt8(ascii: "/"))
    {
      values = hidden
      return
    }
    for value in hidden where value.count >= Self.least && !values.contains(value) {
      if values.count == Self.limit { values.removeFirst() }
      values.append(value)
      // Some write a slash in JSON with a backslash.
      guard value.contains(UInt8(ascii: "/")) else { continue }
      let slashed = value.flatMap { $0 == UInt8(ascii: "/") ? [UInt8(ascii: "\\"), $0] : [$0] }
      if values.count == Self.limit { values.removeFirst() }
      values.append(slashed)
    }
  }

  /// The connector has written a text on the stream, beside what depends on a secret.
  /// - Parameter isKept: it is remembered for values that are added later.
  public mutating func wrote(_ text: [UInt8], isKept: Bool = true) {
    if !values.isEmpty { values.removeAll { Self.stands($0, in: text) } }
    guard isKept, !text.isEmpty else { return }
    written.append(0)
    written.append(contentsOf: text.suffix(Self.mostWritten))
    if written.count > Self.mostWritten { written.removeFirst(written.count - Self.mostWritten / 2) }
  }

  /// Whether a value of eight bytes or more stands in a text, percent-encoded and escaped ones among them.
  public static func stands(_ value: [UInt8], in text: [UInt8]) -> Bool {
    guard let first = value.first, value.count >= least, text.count >= value.count else { return false }
    if cnet_find(text, text.count, value, value.count) >= 0 { return true }
    guard text.contains(UInt8(ascii: "%")) || text.contains(UInt8(ascii: "\\")) else { return false }
    return text.withUnsafeBufferPointer { text in
      for start in text.indices {
        var place = start
        guard next(text, &place) == first else { continue }
        var count = 1
        while count < value.count, next(text, &place) == value[count] { count += 1 }
        if count == value.count { return true }
      }
      return false
    }
  }

  /// The byte that stands at a place once what encodes it is resolved, however often; steps behind it.
  private static func next(_ text: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> UInt8? {
    guard place < text.count else { return nil }
    let byte = text[place]
    place += 1
    switch byte {
    case UInt8(ascii: "%"):
      // `%2561` is an `a` that was encoded twice.
      var digits = place
      while digits + 1 < text.count, text[digits] == UInt8(ascii: "2"), text[digits + 1] == UInt8(ascii: "5") {
        digits += 2
      }
      guard let value = hex(text, digits, 2) else { return byte }
      place = digits + 2
      return UInt8(value)
    case UInt8(ascii: "\\"):
      guard place < text.count else { return byte }
      if text[place] == UInt8(ascii: "u"), let value = hex(text, place + 1, 4), value < 256 {
        place += 5
        return UInt8(value)
      }
      place += 1
      return text[place - 1]
    default: return byte
    }
  }

  private static func hex(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
    guard start + count <= text.count else { return nil }
    var value = 0
    for byte in text[start..<start + count] {
      switch byte {
      case 0x30...0x39: value = value << 4 | Int(byte - 0x30)
      case 0x41...0x46, 0x61...0x66: value = value << 4 | Int((byte | 0x20) - 0x57)
      default: return nil
      }
    }
    return value
  }

  /// Overwrites the values with `*`, wherever they stand.
  public func hide(in bytes: inout [UInt8]) {
    if hidesTokens {
      for token in bytes.withUnsafeBytes({ TokenMembers.values(in: $0) }) {
        for index in token { bytes[index] = UInt8(ascii: "*") }
      }
    }
    for value in values {
      bytes.withUnsafeMutableBytes { text in
        var start = 0
        while true {
          let found = cnet_find(text.baseAddress.map { $0 + start }, text.count - start, value, value.count)
          guard found >= 0 else { return }
          for index in start + found..<start + found + value.count { text[index] = UInt8(ascii: "*") }
          start += found + value.count
        }
      }
    }
  }

  /// The bytes with the values overwritten; nil = none is in them.
  public func hidden(in bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    let hasEcho = values.contains { cnet_find(bytes.baseAddress, bytes.count, $0, $0.count) >= 0 }
    guard hasEcho || hidesTokens && !TokenMembers.values(in: bytes).isEmpty else { return nil }
    var copy = Array(bytes)
    hide(in: &copy)
    return copy
  }

  /// The value of a header for a connector.
  public func hide(header name: String, _ value: String) -> String {
    guard hidesTokens, TokenMembers.isToken(Array(name.utf8)) else { return hide(in: value) }
    return String(repeating: "*", count: value.utf8.count)
  }

  /// Text of the peer for a connector.
  public func hide(in text: String) -> String {
    guard !isEmpty else { return text }
    var bytes = Array(text.utf8)
    hide(in: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
