import CHost
import Catalog
import Control
import Gateway
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// Looks at a machine and a configuration, and says what keeps a host from running well. Changes nothing; asks nobody
/// over a network.
struct Examination {
  let machine: Machine
  /// Where libraries are looked for.
  let libraryFolders: [String]
  let page: PageFiles

  // MARK: The machine

  /// What a host needs of any machine.
  var ofMachine: [Finding] { [descriptors, clock, loading, authorities] }

  private var descriptors: Finding {
    let (now, most) = machine.descriptors
    let text = "\(now) files and sockets at once, raised to \(most) at the start"
    guard most < 1024 else { return .good("files", text) }
    return .error(
      "files", "only \(most) files and sockets at once", "ulimit -Hn 65536, or LimitNOFILE=65536 in the systemd unit")
  }

  private var clock: Finding {
    // Before the first release: the machine does not know what time it is.
    guard machine.wall > 1_767_225_600_000_000_000 else {
      return .error("clock", "the clock is years behind", "set it, and install systemd-timesyncd or chrony")
    }
    switch machine.isClockKept {
    case true?: return .good("clock", "something keeps it in time")
    case false?:
      return .warning(
        "clock", "nothing keeps it in time; exchanges refuse requests whose time is off, and the host measures that "
          + "only for those that say theirs", "apt-get install systemd-timesyncd, or chrony")
    case nil: return .warning("clock", "the kernel does not say whether it is kept in time", "see timedatectl")
    }
  }

  private var loading: Finding {
    guard machine.hasProc else {
      return .error("loading", "/proc is not there, through which libraries are loaded", "mount -t proc proc /proc")
    }
    if let rule = machine.memoryFileRule, rule >= 2 {
      return .error(
        "loading", "the kernel forbids to run what lies in memory (vm.memfd_noexec = \(rule)), where libraries are "
          + "sealed before they run", "sysctl vm.memfd_noexec=1")
    }
    return .good("loading", "libraries can be sealed in memory and loaded")
  }

  private var authorities: Finding {
    let places = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
    guard let place = places.first(where: machine.canRead) else {
      return .error(
        "tls", "no certificates of authorities: no exchange can be trusted", "apt-get install ca-certificates")
    }
    return .good("tls", "authorities are in \(place)")
  }

  // MARK: The configuration

  /// What a configuration says against the catalog and the machine.
  func of(_ config: Config, _ catalog: Catalog) -> [Finding] {
    let problems = config.problems(in: catalog, revision: LibraryLoader.revision)
      + config.trustProblems(in: catalog) + catalog.problems
    var findings = problems.map { Finding("config", $0) }
    let enabled = config.connectors.filter(\.enabled)
    let names = enabled.map(\.id).joined(separator: ", ")
    if findings.isEmpty {
      findings.append(.good("config", "\(config.file) enables \(names.isEmpty ? "nothing" : names)"))
    }
    findings += file(config.file) + file(TrustFile.path(for: config))
    findings += dataFolder(config.resolve(config.dataFolder)) + recordings(config) + feed(config)
    findings += enabled.compactMap { connector in catalog[connector.id].flatMap { library($0, connector, catalog) } }
    return findings + gateway(config)
  }

  private func file(_ path: String) -> [Finding] {
    let mode = chost_mode(path)
    guard mode >= 0, mode & 0o022 != 0 else { return [] }
    return [
      .error("config", "others can write to \(path), and so say what runs and may trade", "chmod go-w \(path)")
    ]
  }

  /// Loads a library as the host would: in a process of its own first.
  private func library(_ item: Catalog.Item, _ wanted: Config.Connector, _ catalog: Catalog) -> Finding? {
    guard let path = item.libraryPath, let manifest = item.manifest else { return nil }
    // What names another revision was reported already.
    guard manifest.abiRevision == LibraryLoader.revision, catalog.decision(for: item.id, wanted).mayLoad else {
      return nil
    }
    do throws(LoadFault) {
      let loaded = try LibraryLoader.load(
        file: path, manifests: catalog.manifests(of: path), trusted: wanted.sha256, judged: catalog.judged(path))
      let names = loaded.connectors.keys.sorted().joined(separator: ", ")
      return .good("library", "\(path) loads, and offers \(names)")
    } catch {
      let isLacking = "\(error)".contains("cannot open shared object")
      return .error(
        "library", "\(error)",
        isLacking
          ? "install the package that has it; apt-file search finds it" : "docs/loading.md explains every refusal")
    }
  }

  // MARK: The interface for programs

  private func gateway(_ config: Config) -> [Finding] {
    guard let listen = config.gateway.listen else { return [] }
    var findings: [Finding] = []
    if let tls = config.gateway.tls {
      let fault = TLSFiles.fault(certificate: tls.certificate, key: tls.key, wall: machine.wall)
      if let fault { findings.append(.error("gateway", fault.text, fault.remedy)) }
      let mode = chost_mode(tls.key)
      if mode >= 0, mode & 0o077 != 0 {
        findings.append(.warning("gateway", "others can read the key \(tls.key)", "chmod 600 \(tls.key)"))
      }
    }
    if listen.port != 0, !isRunning(config), let reason = GatewayServer.fault(of: listen) {
      findings.append(
        .error(
          "gateway", "\(listen.address):\(listen.port): \(reason)",
          "end what listens there, or name another address or port"))
    }
    if !page.isThere {
      findings.append(
        .warning("page", "the web page is not there", "put the folder page at \(page.folders.first ?? "page")"))
    } else if !page.hasCharts {
      findings.append(.warning("page", "the web page has no charts", "apt-get install libjs-dygraphs"))
    }
    return findings.isEmpty ? [.good("gateway", "\(listen.address):\(listen.port) can be served")] : findings
  }
}
