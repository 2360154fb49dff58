#if canImport(Glibc)
  import Glibc
#endif

extension Config {
  /// The interface for programs: who may reach it, and what each may do. See docs/api.md.
  public struct Gateway: Sendable, Equatable {
    /// What a token allows; each includes those before it.
    public enum Scope: String, CaseIterable, Sendable { case read, trade, admin }

    /// A token by its digest: the token itself is a secret, and in no configuration.
    public struct Token: Sendable, Equatable {
      public var name: String
      /// The SHA-256 of the token's text, in lower-case hexadecimal digits.
      public var sha256: String
      public var scope: Scope

      public init(name: String, sha256: String, scope: Scope) {
        (self.name, self.sha256, self.scope) = (name, sha256, scope)
      }
    }

    /// A numeric address and a port; port 0 = the system chooses.
    public struct Listen: Sendable, Equatable {
      public var address: String
      public var isVersion6: Bool
      public var port: UInt16

      public var isLoopback: Bool { isVersion6 ? address == "::1" : address.hasPrefix("127.") }

      /// Reads `127.0.0.1:8765` and `[::1]:8765`.
      public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
          return nil
        }
        let head = text[..<colon]
        isVersion6 = head.hasPrefix("[") && head.hasSuffix("]")
        address = String(isVersion6 ? head.dropFirst().dropLast() : head)
        self.port = port
        var bytes = in6_addr()
        guard inet_pton(isVersion6 ? AF_INET6 : AF_INET, address, &bytes) == 1 else { return nil }
      }
    }

    /// Files in PEM.
    public struct TLS: Sendable, Equatable {
      public var certificate: String
      public var key: String
    }

    /// Whether it is served on `api.sock` in the data folder.
    public var isSocketOn = true
    /// Where it is served over TCP; nil = nowhere.
    public var listen: Listen?
    public var tls: TLS?
    public var tokens: [Token] = []
    /// What browsers may call themselves in `Origin`; any other is refused.
    public var origins: [String] = []
    /// Names besides numeric addresses and `localhost` by which it may be called.
    public var hosts: [String] = []
    /// Requests that a client may make in a second.
    public var requestsPerSecond = 200

    public init() {}
  }
}

extension Config.Gateway {
  /// Why a text is no origin that a browser ever sends, with what to write; `nil` = it is one.
  static func fault(ofOrigin text: String) -> (String, remedy: String)? {
    let form = "Write it as the browser's Origin header has it, such as https://panel.example or http://localhost:3000"
    guard let scheme = ["http", "https"].first(where: { text.hasPrefix("\($0)://") }) else {
      return ("\"\(text)\" is not an origin, which begins with http:// or https://", form)
    }
    let place = text.dropFirst(scheme.count + 3)
    guard !place.isEmpty, !place.contains(where: { "/?#@* ".contains($0) }) else {
      return ("no browser sends \"\(text)\": an origin is a scheme, a host and perhaps a port, without more", form)
    }
    guard place == place.lowercased() else { return ("no browser sends capitals, as in \"\(text)\"", form) }
    if let colon = place.lastIndex(of: ":"), !place[colon...].contains("]") {
      guard let port = UInt16(place[place.index(after: colon)...]), port > 0 else {
        return ("\"\(text)\" has a port that is none", form)
      }
      if port == (scheme == "http" ? 80 : 443) {
        return ("browsers leave out the usual port, which \"\(text)\" has", "Write it without :\(port)")
      }
    }
    return nil
  }

  /// Why a text is no name by which a host is called, with what to write; `nil` = it is one.
  static func fault(ofHost text: String) -> (String, remedy: String)? {
    guard !text.isEmpty, !text.contains(where: { ":/@?#* ".contains($0) }) else {
      return ("\"\(text)\" is not a name of a host", "Write the name alone, without scheme, port or path")
    }
    return nil
  }
}

extension FieldReader {
  /// Texts without repetition, each of which is looked at.
  fileprivate func texts(_ fault: (String) -> (String, remedy: String)?) -> [String] {
    for element in elements() {
      guard let text = element.value.string, let (message, remedy) = fault(text) else { continue }
      element.report(.value, message, remedy: remedy)
    }
    return strings()
  }

  func gateway() -> Config.Gateway {
    allow(only: ["socket", "listen", "tls", "tokens", "origins", "hosts", "requests_per_second"])
    var gateway = Config.Gateway()
    gateway.isSocketOn = optional("socket")?.bool() ?? true
    gateway.tokens = optional("tokens")?.tokens() ?? []
    gateway.tls = optional("tls")?.tls()
    gateway.origins = optional("origins")?.texts(Config.Gateway.fault(ofOrigin:)) ?? []
    gateway.hosts = optional("hosts")?.texts(Config.Gateway.fault(ofHost:)) ?? []
    gateway.requestsPerSecond = optional("requests_per_second")?.int(in: 1...100_000) ?? 200
    guard let field = optional("listen"), let text = field.string() else { return gateway }
    guard let listen = Config.Gateway.Listen(text) else {
      field.report(
        .value, "\"\(text)\" is no numeric address with a port", remedy: "Write 127.0.0.1:8765 or [::1]:8765")
      return gateway
    }
    if !listen.isLoopback, gateway.tls == nil || gateway.tokens.isEmpty {
      let lack = gateway.tls == nil ? "gateway.tls with a certificate and a key" : "a token in gateway.tokens"
      field.report(
        .conflict, "\(text) can be reached from other machines, which needs TLS and a token",
        remedy: "Add \(lack), or listen on 127.0.0.1")
    }
    gateway.listen = listen
    return gateway
  }

  private func tokens() -> [Config.Gateway.Token] {
    members().compactMap { name, token in
      token.allow(only: ["sha256", "scope"])
      if !NameForm.isIdentifier(name) {
        token.report(.value, "\"\(name)\" is not a name of a token (a-z, 0-9 and _, a letter first, at most 48)")
      }
      let digest = token.required("sha256")?.string(
        "the SHA-256 of a token in 64 lower-case hexadecimal digits", where: NameForm.isSHA256)
      let scope = token.required("scope")?.choice(Config.Gateway.Scope.self)
      guard let digest, let scope else { return nil }
      return Config.Gateway.Token(name: name, sha256: digest, scope: scope)
    }
  }

  private func tls() -> Config.Gateway.TLS? {
    allow(only: ["certificate", "key"])
    let path = { (field: FieldReader) in
      field.string("a path") { !$0.isEmpty && !$0.contains("\0") }.map {
        Files.resolve($0, in: Files.folder(of: field.log.file))
      }
    }
    guard let certificate = required("certificate").flatMap(path), let key = required("key").flatMap(path) else {
      return nil
    }
    return Config.Gateway.TLS(certificate: certificate, key: key)
  }
}
