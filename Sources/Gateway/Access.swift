import CNet
import COpenSSL
import Catalog
import Glibc

/// Who asks: a token's owner, or whoever may open the Unix socket.
struct Client: Sendable, Hashable {
  var name: String
  var scope: Config.Gateway.Scope
  /// A token was named, which is the operator's word that money may move.
  var hasToken: Bool

  func allows(_ wanted: Config.Gateway.Scope) -> Bool {
    let all = Config.Gateway.Scope.allCases
    return (all.firstIndex(of: scope) ?? 0) >= (all.firstIndex(of: wanted) ?? 0)
  }

  /// The scopes in words.
  var scopes: [String] { Config.Gateway.Scope.allCases.filter(allows).map(\.rawValue) }
}

/// Decides who may ask. Tokens are compared by their digests, so the time that it takes says nothing of them.
struct Access {
  private var clients: [[UInt8]: Client] = [:]
  private let origins: Set<String>
  private let hosts: Set<String>

  init(_ config: Config.Gateway, ownToken: String?) {
    for token in config.tokens {
      clients[Self.bytes(token.sha256)] = Client(name: token.name, scope: token.scope, hasToken: true)
    }
    if let ownToken { clients[digest(ownToken.utf8)] = Client(name: "api.token", scope: .admin, hasToken: true) }
    origins = Set(config.origins)
    hosts = Set(config.hosts.map { $0.lowercased() })
  }

  func client(token: some StringProtocol) -> Client? { clients[digest(token.utf8)] }

  /// A page in a browser says where it is from; it is nobody's program unless it came from this host itself, by a name
  /// that was found to be its own, or the configuration names it.
  /// - Parameter own: this host's origin, by the name it was called by; `nil` = it serves no page.
  func permits(origin: String?, own: String? = nil) -> Bool {
    origin.map { $0.lowercased() == own?.lowercased() || origins.contains($0) } ?? true
  }

  /// By which name it was called: a page whose name leads here (DNS rebinding) calls by its own. A numeric address is
  /// nobody's name.
  func permits(host: String?) -> Bool {
    guard let host = host?.lowercased(), !host.isEmpty else { return false }
    if host.hasPrefix("[") {
      guard let end = host.firstIndex(of: "]"), Self.isPort(host[host.index(after: end)...]) else { return false }
      // Only a numeric address stands in brackets.
      return host[host.index(after: host.startIndex)..<end].allSatisfy { $0.isHexDigit || $0 == ":" }
    }
    let name = host.prefix { $0 != ":" }
    guard Self.isPort(host[name.endIndex...]) else { return false }
    if name == "localhost" || hosts.contains(String(name)) { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }

  /// What may follow a name: nothing, or a port.
  private static func isPort(_ text: Substring) -> Bool {
    text.isEmpty || text.first == ":" && UInt16(text.dropFirst()) != nil
  }

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.map { $0 < 0x3a ? $0 &- 0x30 : $0 &- 0x57 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

/// SHA-256.
func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  let input = Array(bytes)
  var output = [UInt8](repeating: 0, count: 32)
  SHA256(input, input.count, &output)
  return output
}

func hex(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
  return String(decoding: text, as: UTF8.self)
}

/// The token that a host makes for itself: in its data folder, for its owner alone, gone when it ends.
struct OwnToken {
  let file: String
  let text: String

  init(folder: String) throws(GatewayFault) {
    file = "\(folder)/api.token"
    var bytes = [UInt8](repeating: 0, count: 32)
    guard cnet_random(&bytes, bytes.count) == 0 else { throw .file(file, "the system gives no random bytes") }
    text = hex(bytes)
    unlink(file)
    let made = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard made >= 0 else { throw .file(file, String(cString: strerror(errno))) }
    defer { cnet_close(made) }
    let line = Array("\(text)\n".utf8)
    guard write(made, line, line.count) == line.count else { throw .file(file, String(cString: strerror(errno))) }
  }

  func remove() { unlink(file) }
}

/// Why the gateway cannot serve.
package enum GatewayFault: Error, CustomStringConvertible {
  case file(String, String)
  case listen(String, String)
  case system(String)

  package var description: String {
    switch self {
    case .file(let file, let reason): "\(file): \(reason)"
    case .listen(let address, let reason):
      "gateway.listen: \(address): \(reason); name another address or port, or leave it out"
    case .system(let what): "the interface for programs: \(what)"
    }
  }
}
