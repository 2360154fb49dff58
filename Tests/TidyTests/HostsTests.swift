import Testing

/// Which hosts a connector reaches stands once, in the manifest of its folder, by which users and the host judge it: an
/// address in its code that is not there would be refused at the first request.
@Suite struct HostsTests {
  nonisolated(unsafe) private static let declared = #/"([a-z0-9*.-]+):(\d+)"/#
  nonisolated(unsafe) private static let address = #/(?:https|wss):\/\/([a-z0-9.-]+\.[a-z]+)(?::(\d+))?/#
  nonisolated(unsafe) private static let bare =
    #/"([a-z0-9.-]+\.(?:com|io|pro|xyz|ws|vision|us|net|exchange|vn))(?::(\d+))?"/#

  @Test func everyHostInAConnectorsCodeStandsInItsManifest() throws {
    var found = 0
    for (folder, hosts) in try Self.manifests() {
      for path in try Tree.files(".swift") where path.hasPrefix("\(folder)Sources/") {
        if path.hasSuffix("/Manifest.swift") { continue }
        for (index, line) in try Tree.lines(path).enumerated() {
          for (host, port) in Self.hosts(SwiftSource.code(line)) {
            found += 1
            if Self.isDeclared(host, port, hosts) { continue }
            Issue.record("\(path):\(index + 1): \(host) does not stand among the hosts of the manifest")
          }
        }
      }
    }
    #expect(found > 30, "the addresses are found at all")
  }

  @Test func theRuleFindsWhatItIsFor() {
    let hosts: Set<String> = ["api.some.com:443", "ws.some.com:9443", "*.other.com:443"]
    func isFine(_ code: Substring) -> [Bool] { Self.hosts(code).map { Self.isDeclared($0, $1, hosts) } }
    #expect(isFine(#"  let rest = "https://api.some.com", feed = "wss://ws.some.com:9443/ws""#) == [true, true])
    #expect(isFine(#"  let rest = "https://api.elsewhere.com/v1""#) == [false])
    #expect(isFine(#"  let feed = "wss://ws.some.com/ws""#) == [false], "another port is another place")
    #expect(isFine(#"  let host = "api.some.com", site = "some.com", other = "x.other.com:443""#) == [true, true, true])
    #expect(isFine(#"  find("data.orders") + "https://\(host)/v1""#).isEmpty)
  }

  /// Hosts with their ports, by the folder of the connector.
  private static func manifests() throws -> [String: Set<String>] {
    var found: [String: Set<String>] = [:]
    for path in try Tree.files(".json") where path.hasPrefix("Plugins/") {
      let parts = path.split(separator: "/")
      guard parts.count == 3, parts[2].hasPrefix("manifest") else { continue }
      let hosts = try Tree.text(path).matches(of: declared).map { "\($0.1):\($0.2)" }
      found["Plugins/\(parts[1])/", default: []].formUnion(hosts)
    }
    return found
  }

  /// The hosts that a line of code names; without a port where it names none.
  private static func hosts(_ code: Substring) -> [(host: String, port: String?)] {
    guard code.contains("\"") else { return [] }
    let urls = code.matches(of: address).map { match in
      (host: String(match.1), port: Optional(match.2.map { String($0) } ?? "443"))
    }
    return urls + code.matches(of: bare).map { (host: String($0.1), port: $0.2.map { String($0) }) }
  }

  /// Whether a manifest has the host, or where no port is named, a host of that site.
  private static func isDeclared(_ host: String, _ port: String?, _ hosts: Set<String>) -> Bool {
    hosts.contains { known in
      let parts = known.split(separator: ":")
      guard parts.count == 2, port == nil || parts[1] == port ?? "" else { return false }
      let name = parts[0].hasPrefix("*") ? parts[0].dropFirst() : parts[0]
      if name == host || parts[0].hasPrefix("*") && host.hasSuffix(name) { return true }
      return port == nil && name.hasSuffix(".\(host)")
    }
  }
}
