import CNet

/// Values that left with a request or over a stream and depend on a secret: exchanges echo what they are sent, and what
/// comes back must not reach a connector. The first line of defence is that such values leave only at places that are
/// not echoed; this is the second.
///
/// Keeps the last eight values of eight bytes and more. Cost: one search for each in what came.
public struct EchoMask: Sendable, Equatable {
  private static let limit = 8
  /// Shorter ones stand in any text by chance.
  private static let least = 8
  private var values: [[UInt8]] = []
  /// Hides what the exchange calls a token as well; see `TokenMembers`.
  private var hidesTokens = false

  public init() {}

  public var isEmpty: Bool { values.isEmpty && !hidesTokens }

  /// - Parameter hidesTokens: from now on; see `OutgoingRequest.hidesTokens`.
  public mutating func add(_ hidden: [[UInt8]], hidesTokens: Bool = false) {
    self.hidesTokens = self.hidesTokens || hidesTokens
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
