extension Config {
  /// Several hosts that share the work over NATS: docs/cluster.md.
  public struct Cluster: Sendable, Equatable {
    /// Where the journal of an order has to be before the order leaves.
    public enum Durable: String, CaseIterable, Sendable {
      /// On this machine's disk.
      case local
      /// There, and in the cluster's stream.
      case cluster
    }

    /// Files in PEM, as seen from the program's working folder.
    public struct TLS: Sendable, Equatable {
      /// Whom to trust; nil = the system's.
      public var authorities: String?
      /// Who this host is, where servers ask for it.
      public var certificate: String?
      public var key: String?
    }

    /// This host among the others.
    public var host: String
    /// Of all hosts that share the work; a part of the names of streams and subjects.
    public var name = "patchbay"
    /// `nats://host:port` or `tls://host:port`.
    public var servers: [String]
    /// A file of credentials as `nsc` makes it, as seen from the program's working folder; nil = none.
    public var loginFile: String?
    public var tls: TLS?
    /// For how long the right to trade on an account lasts when it is not renewed.
    public var leaseSeconds = 6
    public var durable = Durable.local
    /// On how many servers leases and journals are kept.
    public var replicas = 1
    /// Whether a host without the lease may still cancel.
    public var cancelsWithoutLease = true
  }
}

extension FieldReader {
  func cluster() -> Config.Cluster? {
    allow(only: [
      "host", "name", "servers", "login_file", "tls", "lease_seconds", "durable", "replicas", "cancel_without_lease",
    ])
    let host = required("host")?.clusterName()
    let servers = required("servers")?.servers() ?? []
    var cluster = Config.Cluster(host: host ?? "", servers: servers)
    cluster.name = optional("name")?.clusterName() ?? cluster.name
    cluster.loginFile = optional("login_file")?.clusterFile()
    cluster.tls = optional("tls")?.clusterTLS()
    cluster.leaseSeconds = optional("lease_seconds")?.int(in: 2...300) ?? cluster.leaseSeconds
    cluster.durable = optional("durable")?.choice(Config.Cluster.Durable.self) ?? cluster.durable
    if let field = optional("replicas"), let count = field.int(in: 1...5) {
      if count % 2 == 1 {
        cluster.replicas = count
      } else {
        field.report(.value, "\(count) servers bear no more than \(count - 1) do", remedy: "Take 1, 3 or 5")
      }
    }
    cluster.cancelsWithoutLease = optional("cancel_without_lease")?.bool() ?? cluster.cancelsWithoutLease
    return host == nil || servers.isEmpty ? nil : cluster
  }

  private func clusterName() -> String? {
    string("1 to 32 of a-z, 0-9 and _") { text in
      (1...32).contains(text.utf8.count)
        && text.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" }
    }
  }

  private func clusterFile() -> String? {
    string("a path") { !$0.isEmpty && !$0.contains("\0") }.map {
      Files.resolve($0, in: Files.folder(of: log.file))
    }
  }

  private func servers() -> [String] {
    let found = elements()
    if found.isEmpty { report(.value, "names no server", remedy: "Write nats://127.0.0.1:4222, for example") }
    for element in found {
      guard let text = element.value.string else { continue }
      let place = ["nats://", "tls://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
      guard let place, !place.isEmpty, !place.contains(where: { $0 == "/" || $0 == " " }) else {
        element.report(.value, "\"\(text)\" is no server of NATS", remedy: "Write nats://HOST:PORT or tls://HOST:PORT")
        continue
      }
    }
    return strings()
  }

  private func clusterTLS() -> Config.Cluster.TLS {
    allow(only: ["authorities", "certificate", "key"])
    var tls = Config.Cluster.TLS()
    tls.authorities = optional("authorities")?.clusterFile()
    tls.certificate = optional("certificate")?.clusterFile()
    tls.key = optional("key")?.clusterFile()
    if (tls.certificate == nil) != (tls.key == nil) {
      report(.conflict, "a certificate needs its key, and a key its certificate", remedy: "Name both, or neither")
    }
    return tls
  }
}
