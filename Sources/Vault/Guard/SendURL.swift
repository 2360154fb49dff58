import Catalog

/// An evaluated URL, taken apart strictly: whatever two parsers could read differently is refused, so that the host and
/// path judged here are the ones the request goes to.
struct SendURL {
  /// Where its parts are.
  struct Split: Sendable, Equatable {
    /// Of the host's name.
    var host: Range<Int>
    var port: UInt16
    /// Behind scheme, host and port.
    var authorityEnd: Int
    /// Where the query's `?` stands, or the end.
    var query: Int
  }

  let bytes: [UInt8]
  let split: Split

  var host: String { String(decoding: bytes[split.host], as: UTF8.self) }
  var port: UInt16 { split.port }
  /// Begins with `/`; without the query.
  var path: ArraySlice<UInt8> {
    split.authorityEnd == split.query ? [UInt8(ascii: "/")][...] : bytes[split.authorityEnd..<split.query]
  }
  /// Bytes of scheme, host and port.
  var authorityEnd: Int { split.authorityEnd }

  /// - Parameter isStream: it must be `wss`, otherwise `https`.
  init(_ bytes: [UInt8], isStream: Bool) throws(SendRefusal) {
    let scheme: StaticString = isStream ? "wss://" : "https://"
    guard Self.starts(bytes, scheme) else { throw .url("it must begin with \(scheme)") }
    try Self.checkCharacters(bytes[...])
    let rest = bytes[scheme.utf8CodeUnitCount...]
    let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
    let (host, port) = try Self.authority(rest[..<end])
    let query = bytes[end...].firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
    self.bytes = bytes
    split = Split(host: host, port: port, authorityEnd: end, query: query)
    try Self.checkPath(path)
  }

  /// A URL whose part before the query was found permitted before.
  init(_ bytes: [UInt8], known split: Split) throws(SendRefusal) {
    try Self.checkCharacters(bytes[split.query...])
    (self.bytes, self.split) = (bytes, split)
  }

  private static func starts(_ bytes: [UInt8], _ text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes.starts(with: $0) }
  }

  private static func checkCharacters(_ bytes: ArraySlice<UInt8>) throws(SendRefusal) {
    let isFit = permitted.withUnsafeBufferPointer { permitted in
      bytes.withUnsafeBufferPointer { bytes in
        for byte in bytes where !permitted[Int(byte)] { return false }
        return true
      }
    }
    guard isFit else { throw .url("it has a character that must be percent-encoded, or a fragment") }
  }

  /// RFC 3986's characters but `#`.
  private static let permitted: [Bool] = (0...255).map { byte in
    switch UInt8(byte) {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._~%!$&'()*+,;=:@/?[]".utf8.contains(UInt8(byte))
    }
  }

  /// `name` or `name:port`, the name in lower case; no user, no address in brackets.
  private static func authority(_ text: ArraySlice<UInt8>) throws(SendRefusal) -> (Range<Int>, UInt16) {
    let sides = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard sides.count <= 2, let name = sides.first else { throw .url("its host is malformed") }
    let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let isName = labels.allSatisfy { label in
      !label.isEmpty && label.first != UInt8(ascii: "-")
        && label.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            || $0 == UInt8(ascii: "-")
        }
    }
    guard isName, name.count <= 253 else { throw .url("its host must be a plain name in lower case") }
    guard sides.count == 2 else { return (name.startIndex..<name.endIndex, 443) }
    let digits = String(decoding: sides[1], as: UTF8.self)
    guard let port = UInt16(digits), port > 0, String(port) == digits else { throw .url("its port is malformed") }
    return (name.startIndex..<name.endIndex, port)
  }

  /// No empty segments but the one behind a last slash, no dot segments, no parameters behind `;`, no encoding that
  /// would hide a slash, a dot or another encoding.
  private static func checkPath(_ path: ArraySlice<UInt8>) throws(SendRefusal) {
    for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard !segment.isEmpty || segment.endIndex == path.endIndex else {
        throw .url("its path has an empty segment")
      }
      guard !segment.contains(UInt8(ascii: ";")), !segment.contains(UInt8(ascii: "[")) else {
        throw .url("its path has a character that must be percent-encoded")
      }
      guard segment.contains(UInt8(ascii: "%")) else {
        guard segment.isEmpty || segment.contains(where: { $0 != UInt8(ascii: ".") }) else {
          throw .url("its path has a dot segment")
        }
        continue
      }
      guard let (decoded, hidden) = decode(segment) else { throw .url("its path has a malformed percent-encoding") }
      guard decoded.isEmpty || decoded.contains(where: { $0 != UInt8(ascii: ".") }) else {
        throw .url("its path has a dot segment")
      }
      guard !hidden.contains(where: { $0 <= 0x20 || $0 == 0x7F || "/\\%.?#;".utf8.contains($0) }) else {
        throw .url("its path hides a separator in a percent-encoding")
      }
    }
  }

  /// The segment decoded, and the bytes of it that were encoded.
  private static func decode(_ segment: ArraySlice<UInt8>) -> (decoded: [UInt8], hidden: [UInt8])? {
    var decoded: [UInt8] = []
    var hidden: [UInt8] = []
    var rest = segment
    while let byte = rest.popFirst() {
      if byte != UInt8(ascii: "%") {
        decoded.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(Encoding.hexDigit), let low = rest.popFirst().flatMap(Encoding.hexDigit)
      else { return nil }
      hidden.append(high << 4 | low)
      decoded.append(high << 4 | low)
    }
    return (decoded, hidden)
  }

  /// Whether one of the manifest's hosts is this one: `name:port`, or `*.name:port` for any name below it.
  func isPermitted(by hosts: [String]) -> Bool {
    let endpoint = "\(host):\(port)"
    return hosts.contains { permitted in
      guard permitted.hasPrefix("*.") else { return permitted == endpoint }
      return endpoint.hasSuffix(permitted.dropFirst()) && endpoint.utf8.count > permitted.utf8.count - 1
    }
  }

  /// Whether the path is an act's, segment by segment and byte by byte; `*` stands for one segment.
  func matches(_ pattern: String) -> Bool {
    let wanted = pattern.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let given = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard wanted.count == given.count else { return false }
    return zip(wanted, given).allSatisfy { wanted, given in
      wanted.elementsEqual("*".utf8) ? !given.isEmpty : wanted.elementsEqual(given)
    }
  }
}
