import JSONTree

extension Config {
  /// Compares the config with what exists: unknown ids, markets without a connector, hosts that are not the
  /// connector's, exchanges that have closed, files that are not there. In the order of the file; some are warnings.
  /// - Parameter revision: of the contract that this host has; `nil` = libraries of another one are not looked for.
  public func problems(in catalog: Catalog, revision: Int? = nil) -> [Problem] {
    var problems = gatewayProblems()
    for account in accounts where catalog[account.connector] == nil {
      problems.append(
        Problem(
          .unknownName, file: file, position: account.position, field: "accounts.\(account.name).connector",
          message: "there is no connector \"\(account.connector)\"",
          remedy: NearestName.remedy(account.connector, among: catalog.items.map(\.id))))
    }
    for connector in connectors {
      guard let item = catalog[connector.id] else {
        problems.append(
          Problem(
            .unknownName, file: file, position: connector.position, field: "connectors.\(connector.id)",
            message: "there is no connector \"\(connector.id)\"",
            remedy: NearestName.remedy(connector.id, among: catalog.items.map(\.id))))
        continue
      }
      guard connector.enabled else { continue }
      problems += checked(connector, item) + budgetProblems(connector, catalog)
      if let revision, let manifest = item.manifest, manifest.abiRevision != revision {
        problems.append(
          Problem(
            .conflict, file: file, position: connector.position, field: "connectors.\(connector.id)",
            message: "\(manifest.library) was built for revision \(manifest.abiRevision) of the contract, and this "
              + "host has revision \(revision)",
            remedy: "Build it with the patchbay.h of this host, or set enabled to false"))
      }
    }
    return Config.sorted(problems)
  }

  /// Files that the interface for programs needs.
  private func gatewayProblems() -> [Problem] {
    guard let tls = gateway.tls else { return [] }
    return [("certificate", tls.certificate), ("key", tls.key)].compactMap { name, path in
      let reason = !Files.exists(path) ? "is not there" : Files.isFolder(path) ? "is a folder"
        : Files.isReadable(path) ? nil : "cannot be read by who runs this"
      return reason.map { reason in
        Problem(
          .missing, file: file, field: "gateway.tls.\(name)", message: "\(path) \(reason)",
          remedy: "Name a file in PEM; a relative path starts at the folder of this configuration")
      }
    }
  }

  private func checked(_ connector: Connector, _ item: Catalog.Item) -> [Problem] {
    let field = "connectors.\(connector.id)"
    var result = placementProblems(connector, item) + permitProblems(connector, item)
    result += closureProblems(connector, item)
    guard let manifest = item.manifest else {
      result.append(
        Problem(
          .unavailable, file: file, position: connector.position, field: field,
          message: "no connector exists yet for \(item.name)", remedy: "Remove it or set enabled to false"))
      return result
    }
    if item.libraryPath == nil {
      result.append(
        Problem(
          .unavailable, file: file, position: connector.position, field: field,
          message: "\(manifest.library) is not installed", remedy: "Build it, or put it into the plugin folder",
          isWarning: true))
    }
    let needsAccount = manifest.credentials.contains(where: \.required)
    if connector.permit.trading, connector.paper == nil, needsAccount,
      !accounts.contains(where: { $0.connector == connector.id })
    {
      result.append(
        Problem(
          .missing, file: file, position: connector.permit.position, field: "\(field).permit.trading",
          message: "trading is permitted, but no account is named for \(item.name)",
          remedy: "Add one to accounts", isWarning: true))
    }
    if let path = connector.endpoint.authorities, !Files.exists(path) {
      result.append(
        Problem(
          .missing, file: file, position: connector.endpoint.position, field: "\(field).endpoint.authorities",
          message: "\(path) is not there",
          remedy: "Start what writes it, such as patchbay venue, or name another file"))
    }
    result += marketProblems(connector, item, manifest) + domainProblems(connector, item, manifest)
    result += settingProblems(connector, item, manifest)
    for host in connector.endpoint.urls.keys.sorted() where !manifest.hosts.contains(host) {
      result.append(
        Problem(
          .unknownName, file: file, position: connector.endpoint.position, field: "\(field).endpoint.urls.\(host)",
          message: "\(item.name) has no host \"\(host)\"", remedy: NearestName.remedy(host, among: manifest.hosts)))
    }
    return result
  }

  private func marketProblems(_ connector: Connector, _ item: Catalog.Item, _ manifest: Manifest) -> [Problem] {
    let offered = manifest.connectors.map(\.market.rawValue).joined(separator: ", ")
    return connector.markets.compactMap { market in
      guard manifest.connector(market.market) == nil else { return nil }
      let known = item.entry?.markets[market.market]?.connector != nil
      return Problem(
        .unavailable, file: file, position: market.position,
        field: "connectors.\(connector.id).markets.\(market.market)",
        message: known
          ? "no \(market.market) connector exists yet for \(item.name)"
          : "\(item.name) has no \(market.market) market here",
        remedy: "Its markets: \(offered)")
    }
  }

  /// A domain, in `endpoint` or in `config`, that a connector which is enabled here does not have.
  private func domainProblems(_ connector: Connector, _ item: Catalog.Item, _ manifest: Manifest) -> [Problem] {
    let field = "connectors.\(connector.id)"
    let own = connector.settings["domain"]
    let wanted = [
      (field: "\(field).endpoint.domain", name: connector.endpoint.domain, position: connector.endpoint.position),
      (field: "\(field).config.domain", name: own?.string, position: own?.position ?? connector.position),
    ]
    return wanted.compactMap { field, name, position -> Problem? in
      guard let name else { return nil }
      let lacking = enabled(connector, manifest).first { manifest.domains[$0].map { !$0.contains(name) } ?? false }
      guard let lacking, let known = manifest.domains[lacking] else { return nil }
      return Problem(
        .unknownName, file: file, position: position, field: field,
        message: "\(manifest.connector(lacking) ?? item.id) has no domain \"\(name)\"; it has "
          + known.joined(separator: ", "), remedy: NearestName.remedy(name, among: known))
    }
  }

  /// The markets that run; all that there are where none is named.
  private func enabled(_ connector: Connector, _ manifest: Manifest) -> [Market] {
    let named = connector.markets.map(\.market).filter { manifest.connector($0) != nil }
    return named.isEmpty ? manifest.connectors.map(\.market) : named
  }

  /// Fields of `config` that no connector which is enabled here reads.
  private func settingProblems(_ connector: Connector, _ item: Catalog.Item, _ manifest: Manifest) -> [Problem] {
    let lists = enabled(connector, manifest).map { manifest.settings[$0] }
    // Where one does not say what it reads, it may be any.
    guard !lists.contains(where: { $0 == nil }) else { return [] }
    let known = lists.flatMap { $0 ?? [] } + [Manifest.Setting(name: "domain", type: "string")]
    return (connector.settings.object ?? []).compactMap { member in
      let field = "connectors.\(connector.id).config.\(member.key)"
      let fitting = known.filter { $0.name == member.key }
      guard let first = fitting.first else {
        return Problem(
          .unknownKey, file: file, position: member.keyPosition, field: field,
          message: "\(item.name) reads no such field here",
          remedy: NearestName.remedy(member.key, among: known.map(\.name)))
      }
      guard !fitting.contains(where: { $0.takes(member.value) }) else {
        return choiceProblem(member, fitting, field: field)
      }
      let article = "aeiou".contains(first.type.first ?? " ") ? "an" : "a"
      return Problem(
        .type, file: file, position: member.value.position, field: field,
        message: "must be \(article) \(first.type), not \(member.value.typeName)")
    }
  }

  /// A text that is not among those that a setting takes.
  private func choiceProblem(_ member: JSONMember, _ fitting: [Manifest.Setting], field: String) -> Problem? {
    guard let text = member.value.string else { return nil }
    let lists = fitting.map(\.choices)
    guard !lists.contains(where: { $0?.contains(text) ?? true }) else { return nil }
    let known = Set(lists.flatMap { $0 ?? [] }).sorted()
    return Problem(
      .value, file: file, position: member.value.position, field: field,
      message: "\"\(text)\" is not one of \(known.joined(separator: ", "))",
      remedy: NearestName.remedy(text, among: known))
  }

  /// Code that is to run where it may not.
  private func placementProblems(_ connector: Connector, _ item: Catalog.Item) -> [Problem] {
    guard connector.permit.run == .inProcess, let finding = item.trust else { return [] }
    let decision = TrustPolicy.decide(finding, id: item.id, connector, requiresSigned: trust.requiresSigned)
    guard decision.mayLoad, !decision.mayRunInProcess else { return [] }
    let remedy =
      "Name its hash in connectors.\(connector.id).sha256, or by patchbay plugin trust add \(item.id), once you trust "
      + "the file; or leave run out: it then runs in a worker"
    return [
      Problem(
        .conflict, file: file, position: connector.permit.position, field: "connectors.\(connector.id).permit.run",
        message: "a dropped-in library would run inside the host on nobody's word", remedy: remedy)
    ]
  }

  private func permitProblems(_ connector: Connector, _ item: Catalog.Item) -> [Problem] {
    var problems: [Problem] = []
    let permit = connector.permit
    let field = "connectors.\(connector.id).permit"
    func add(
      _ kind: Problem.Kind, _ field: String, _ message: String, _ remedy: String, isWarning: Bool = false
    ) {
      problems.append(
        Problem(
          kind, file: file, position: permit.position, field: field, message: message, remedy: remedy,
          isWarning: isWarning))
    }
    let running = Set(connector.markets.map(\.market))
    for market in permit.markets ?? [] where !running.contains(market) {
      add(.conflict, "\(field).markets", "\(market) is permitted but not enabled", "Add it to markets")
    }
    let pairs = connector.markets.flatMap(\.pairs)
    if let limit = permit.lossLimit,
      !pairs.contains(where: { $0.lowercased().hasSuffix("-\(limit.asset)".lowercased()) })
    {
      add(
        .conflict, "\(field).loss_limit", "no pair here is quoted in \(limit.asset), so nothing would count towards it",
        "Name the quote asset of a pair that is traded")
    }
    problems += trustProblems(connector, item, field)
    if case .dropIn = item.origin {
      for secret in item.manifest?.credentials ?? [] where secret.secret && secret.disclose {
        let hosts = item.manifest?.hosts.joined(separator: ", ") ?? ""
        problems.append(
          Problem(
            .secret, file: file, position: permit.position, field: "connectors.\(connector.id)",
            message: "\(item.name) sends the secret \(secret.name) itself to \(hosts), not only what is signed with it",
            remedy: "Do not give it a key unless the exchange asks for that", isWarning: true))
      }
    }
    if case .dropIn = item.origin, !permit.unbound {
      for act in item.manifest?.acts ?? [] where !act.unbound.isEmpty {
        // Of a trade, whoever permits trading must know; what else is not bound is refused when it is to leave.
        let isTrade = act.kind == .trade
        guard !isTrade || permit.trading else { continue }
        let name = "the act \"\(act.name)\" of \(item.name)", what = act.unbound.joined(separator: ", ")
        add(
          .conflict, "\(field).unbound",
          isTrade
            ? "\(name) does not bind \(what) to its command"
            : "\(name) is refused, as nobody vouches for it: \(what)",
          "Read patchbay connectors show \(item.id); set unbound to true to take its manifest's word for it",
          isWarning: !isTrade)
      }
    }
    guard permit.trading else { return problems }
    var told: [Lifecycle.Entry] = []
    for market in permit.markets ?? (running.isEmpty ? Market.allCases : running.sorted()) {
      // Of one that has closed, more is said than that nothing trades.
      guard let state = item.entry?.lifecycle.current(market), state.state != .live, state.state != .closed,
        !told.contains(state)
      else { continue }
      told.append(state)
      add(
        .closed, "\(field).trading", "\(item.name) is \(state.words)", "Open nothing new there", isWarning: true)
    }
    return problems
  }

  /// Exchanges that have closed, which nothing may connect to.
  private func closureProblems(_ connector: Connector, _ item: Catalog.Item) -> [Problem] {
    connector.closures(item).map { market, closure in
      let field = "connectors.\(connector.id)" + (market.map { ".markets.\($0.market)" } ?? "")
      return Problem(
        .closed, file: file, position: market?.position ?? connector.position, field: field,
        message: "\(closure.words): nothing connects to it", remedy: closure.remedy)
    }
  }

  /// Who vouches for its bytes, where that bears on how it is to run.
  private func trustProblems(_ connector: Connector, _ item: Catalog.Item, _ field: String) -> [Problem] {
    guard let finding = item.trust else { return [] }
    let permit = connector.permit
    let decision = TrustPolicy.decide(finding, id: item.id, connector, requiresSigned: trust.requiresSigned)
    guard permit.trading, connector.paper == nil, decision.mayLoad, !decision.mayTrade else { return [] }
    return [
      Problem(
        .untrusted, file: file, position: permit.position, field: "\(field).trading", message: decision.reason,
        remedy: decision.remedy.capitalizedFirst)
    ]
  }
}
