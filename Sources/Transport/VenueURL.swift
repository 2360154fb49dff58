/// A URL that a connector's request goes to, taken apart strictly: what is not plainly one of `https`, `wss`, `http`
/// and `ws` is no URL at all, so that the host that was checked is the host that is called.
public struct VenueURL: Sendable, Equatable {
  public enum Scheme: String, Sendable { case https, wss, http, ws }

  public var scheme: Scheme
  /// In lower case, without brackets.
  public let host: String
  public let port: UInt16
  /// `host:port`, as manifests name it.
  public let endpoint: String
  /// Path and query; starts with `/`.
  public var target: String

  public var isEncrypted: Bool { scheme == .https || scheme == .wss }
  public var isStream: Bool { scheme == .wss || scheme == .ws }

  /// The `Host` header.
  public var authority: String { port == (isEncrypted ? 443 : 80) ? host : endpoint }

  /// For the library that connects, which knows sockets by their plain scheme only.
  var connectText: String { "\(isEncrypted ? "https" : "http")://\(endpoint)\(target)" }

  /// `nil` for anything but scheme, host, optional port, path and query in plain ASCII: no user, no fragment, no
  /// blanks, no backslash, no address in brackets. It is on the way of every request: one pass over bytes.
  public init?(_ bytes: [UInt8]) {
    let isPlain = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x5C && $0 != 0x23 }
    guard bytes.count <= 8192, isPlain, let colon = bytes.firstIndex(of: 0x3A),
      let scheme = Scheme(rawValue: Self.lowercase(bytes[..<colon])), bytes[colon...].starts(with: "://".utf8)
    else { return nil }
    let rest = bytes[(colon + 3)...]
    let end = rest.firstIndex { $0 == 0x2F || $0 == 0x3F } ?? rest.endIndex
    let name = rest[..<end].prefix { $0 != 0x3A }
    guard Self.isName(name) else { return nil }
    self.scheme = scheme
    host = Self.lowercase(name)
    if name.endIndex == end {
      port = scheme == .https || scheme == .wss ? 443 : 80
    } else {
      guard let number = Self.port(rest[(name.endIndex + 1)..<end]) else { return nil }
      port = number
    }
    endpoint = "\(host):\(port)"
    let tail = String(decoding: rest[end...], as: UTF8.self)
    target = end < rest.endIndex && rest[end] == 0x2F ? tail : "/" + tail
  }

  public init?(_ text: String) { self.init(Array(text.utf8)) }

  private static func lowercase(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
    guard (1...253).contains(name.count), let first = name.first, first != 0x2D, first != 0x2E else { return false }
    var last: UInt8 = 0
    for byte in name {
      let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
      let isDigit = byte >= 0x30 && byte <= 0x39
      guard isLetter || isDigit || byte == 0x2D || byte == 0x2E && last != 0x2E else { return false }
      last = byte
    }
    return true
  }

  /// Decimal digits alone, above zero.
  private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
    var port: UInt16 = 0
    for byte in digits {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      let (ten, isOver) = port.multipliedReportingOverflow(by: 10)
      let (sum, isMore) = ten.addingReportingOverflow(UInt16(byte - 0x30))
      guard !isOver, !isMore else { return nil }
      port = sum
    }
    return port > 0 ? port : nil
  }
}

/// Which hosts a connector may reach: what its manifest lists as `host:port`, where `*.` stands for any name below.
public struct PermittedHosts: Sendable, Equatable {
  private var exact: Set<String> = []
  private var suffixes: [String] = []

  public init(_ hosts: [String]) {
    for host in hosts.map({ $0.lowercased() }) {
      if host.hasPrefix("*.") { suffixes.append(String(host.dropFirst())) } else { exact.insert(host) }
    }
  }

  public func contains(_ url: VenueURL) -> Bool {
    let endpoint = url.endpoint
    return exact.contains(endpoint)
      || suffixes.contains { endpoint.hasSuffix($0) && endpoint.utf8.count > $0.utf8.count }
  }
}
