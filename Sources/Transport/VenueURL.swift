/// A URL that a connector's request goes to, taken apart strictly: what is not plainly one of `https`, `wss`, `http`
/// and `ws` is no URL at all, so that the host that was checked is the host that is called.
public struct VenueURL: Sendable, Equatable {
  public enum Scheme: String, Sendable { case https, wss, http, ws }

  public var scheme: Scheme
  /// In lower case, without brackets.
  public var host: String
  public var port: UInt16
  /// Path and query; starts with `/`.
  public var target: String

  public var isEncrypted: Bool { scheme == .https || scheme == .wss }
  public var isStream: Bool { scheme == .wss || scheme == .ws }
  /// `host:port`, as manifests name it.
  public var endpoint: String { "\(host):\(port)" }

  /// The `Host` header.
  public var authority: String { port == (isEncrypted ? 443 : 80) ? host : endpoint }

  /// For the library that connects, which knows sockets by their plain scheme only.
  var connectText: String { "\(isEncrypted ? "https" : "http")://\(endpoint)\(target)" }

  /// `nil` for anything but scheme, host, optional port, path and query in plain ASCII: no user, no fragment, no
  /// blanks, no backslash, no address in brackets.
  public init?(_ bytes: [UInt8]) {
    let isPlain = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x5C && $0 != 0x23 }
    guard bytes.count <= 8192, isPlain else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://"),
      let scheme = Scheme(rawValue: text[..<colon].lowercased())
    else { return nil }
    let rest = text[text.index(colon, offsetBy: 3)...]
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let parts = rest[..<end].split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), VenueURL.isName(parts[0]) else { return nil }
    self.scheme = scheme
    host = parts[0].lowercased()
    port = scheme == .https || scheme == .wss ? 443 : 80
    if parts.count == 2 {
      let isNumber = parts[1].utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
      guard isNumber, let number = UInt16(parts[1]), number > 0 else { return nil }
      port = number
    }
    let tail = String(rest[end...])
    target = tail.hasPrefix("/") ? tail : "/" + tail
  }

  public init?(_ text: String) { self.init(Array(text.utf8)) }

  private static func isName(_ name: Substring) -> Bool {
    (1...253).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2D || $0 == 0x2E
      } && !name.hasPrefix(".") && !name.hasPrefix("-") && !name.contains("..")
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
