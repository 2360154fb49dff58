import Catalog
import Runtime

/// Whether orders of an instance cost real money.
package enum Stakes: Equatable, Sendable {
  case real
  /// Why they do not.
  case play(String)

  /// Domains on which exchanges hand out money for nothing.
  private static let tests: Set<String> = ["testnet", "demo", "sandbox", "paper"]

  /// Money is real unless the connector has no hosts at all, or runs on a test domain, or its requests go to this
  /// machine: the connector's first host, which takes the orders of its usual domain, and every other that the
  /// configuration replaces, are replaced by loopback addresses. On another domain any host may take the orders, so all
  /// must be replaced. What cannot be told is real.
  /// - Parameters:
  ///   - hosts: of this connector, in the order of its descriptor.
  ///   - domain: the one that it was made with.
  package init(hosts: [String], domain: String?, urls: [String: String]) {
    let own = hosts.compactMap { urls[$0] }
    if hosts.isEmpty {
      self = .play("it is inside the connector")
    } else if let domain, Self.tests.contains(domain) {
      self = .play("domain \(domain)")
    } else if own.count == hosts.count || domain ?? "live" == "live" && urls[hosts[0]] != nil,
      own.allSatisfy(Self.isLoopback)
    {
      self = .play("on this machine")
    } else {
      self = .real
    }
  }

  package var isReal: Bool { self == .real }

  package static func isLoopback(_ url: String) -> Bool {
    guard let scheme = url.firstRange(of: "://") else { return false }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.contains("@") else { return false }
    if authority.hasPrefix("[::1]") { return ["", ":"].contains(authority.dropFirst(5).prefix(1)) }
    let host = authority.prefix { $0 != ":" }
    if host == "localhost" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

extension Stakes {
  /// Of a seat that `config` enables.
  package init(_ seat: Host.Seat, _ config: Config) {
    let descriptor = seat.library.descriptors.first { $0["id"]?.string == seat.session.name }
    self.init(
      hosts: (descriptor?["hosts"]?.array ?? []).compactMap(\.string), domain: seat.settings["domain"]?.string,
      urls: config[seat.exchange]?.endpoint.urls ?? [:])
  }
}
