import Decimals
import JSONTree

extension Config {
  /// Longest config, in bytes.
  static let maximumBytes = 1 << 20
  /// Most lanes of a host.
  static let mostLanes = 32

  /// Reads a config file. `environment` is where stand-ins such as `${NAME}` come from. All mistakes are reported at
  /// once.
  public static func load(path: String, environment: [String: String]) throws(Problems) -> Config {
    let (config, problems) = try examine(path: path, environment: environment)
    guard let config, problems.isEmpty else { throw Problems(problems) }
    return config
  }

  /// Reads a config file as far as that goes, so that what it names can be looked for although something is wrong.
  /// - Returns: what could be read, and the mistakes.
  /// - Throws: where it is no JSON, or there is nothing to read.
  public static func examine(
    path: String, environment: [String: String]
  ) throws(Problems) -> (config: Config?, problems: [Problem]) {
    let bytes: [UInt8]
    do {
      bytes = try Files.read(path, maximumBytes: maximumBytes)
    } catch {
      guard !Files.exists(path) else { throw error }
      var all = error.all
      for index in all.indices { all[index].remedy = "`patchbay config init` writes one to start from" }
      throw Problems(all)
    }
    return try examine(bytes: bytes, file: path, environment: environment)
  }

  /// Reads the text of a config; `file` names it in messages.
  public static func parse(
    bytes: [UInt8], file: String, environment: [String: String]
  ) throws(Problems) -> Config {
    let (config, problems) = try examine(bytes: bytes, file: file, environment: environment)
    guard let config, problems.isEmpty else { throw Problems(problems) }
    return config
  }

  private static func examine(
    bytes: [UInt8], file: String, environment: [String: String]
  ) throws(Problems) -> (config: Config?, problems: [Problem]) {
    let tree = try JSONDocument.tree(bytes: bytes, file: file, options: .relaxed)
    var environmental: [Problem] = []
    var standIns = StandIns(environment: environment, file: file) { environmental.append($0) }
    let replaced = standIns.replace(in: tree)
    let log = ProblemLog(file: file, standIns: standIns.whole)
    log.problems = environmental
    let top = FieldReader(value: replaced, field: "", log: log)
    SecretGuard.inspect(top)
    let config = Config(top)
    return (config, config == nil || log.hasErrors ? sorted(log.problems) : [])
  }

  /// Problems in the order of the file.
  public static func sorted(_ problems: [Problem]) -> [Problem] {
    problems.enumerated().sorted { left, right in
      let (a, b) = (left.element.position ?? .none, right.element.position ?? .none)
      return (a.line, a.column, UInt32(left.offset)) < (b.line, b.column, UInt32(right.offset))
    }.map(\.element)
  }

  private init?(_ top: FieldReader) {
    top.allow(only: [
      "schema", "registry", "data_folder", "plugin_folder", "accounts", "connectors", "recording", "instance", "limits",
      "orders", "gateway", "feed", "journal", "trust", "upgrades",
      "cluster",
    ])
    guard top.value.object != nil else { return nil }
    _ = top.required("schema")?.int(in: 1...1)
    let folder = { (field: FieldReader) in field.string("a path") { !$0.isEmpty && !$0.contains("\0") } }
    self.init(
      file: top.log.file, dataFolder: top.optional("data_folder").flatMap(folder) ?? "data",
      pluginFolder: top.optional("plugin_folder").flatMap(folder) ?? "plugins.d",
      registry: top.optional("registry").flatMap(folder),
      accounts: top.optional("accounts")?.accounts() ?? [],
      connectors: top.optional("connectors")?.connectors() ?? [],
      recording: top.optional("recording")?.recording(folder)
        ?? Recording(enabled: false, folder: nil, maximumMegabytes: 256),
      instance: top.optional("instance")?.instance() ?? "0", sharePercent: top.optional("limits")?.share() ?? 100,
      orders: top.optional("orders")?.orders() ?? Orders(), gateway: top.optional("gateway")?.gateway() ?? Gateway(),
      feed: top.optional("feed")?.feed() ?? Feed(), journal: top.optional("journal")?.journal() ?? Journal(),
      cluster: top.optional("cluster")?.cluster(),
      trust: top.optional("trust")?.trust(folder) ?? Trust(),
      upgradesOnChange: top.optional("upgrades")?.upgradesOnChange() ?? false)
  }
}

extension FieldReader {
  fileprivate func instance() -> String? {
    string("1 to 8 of a-z and 0-9, unlike that of any other host that trades on these accounts") { text in
      (1...8).contains(text.utf8.count) && text.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) }
    }
  }

  fileprivate func upgradesOnChange() -> Bool? {
    allow(only: ["on_change"])
    return optional("on_change")?.bool()
  }

  fileprivate func share() -> Int? {
    allow(only: ["share_percent"])
    return optional("share_percent")?.int(in: 1...100)
  }

  fileprivate func orders() -> Config.Orders {
    allow(only: ["on_stop", "strays"])
    return Config.Orders(
      onStop: optional("on_stop")?.choice(Config.Orders.OnStop.self) ?? .cancel,
      strays: optional("strays")?.choice(Config.Orders.Strays.self) ?? .adopt)
  }

  fileprivate func accounts() -> [Config.Account] {
    members().compactMap { name, account in
      if !NameForm.isIdentifier(name) {
        account.report(.value, "\"\(name)\" is not a name of an account (a-z, 0-9 and _, a letter first, at most 48)")
      }
      let connector = account.required("connector")?.string().map(FieldReader.connectorID)
      account.allow(only: ["connector"])
      return connector.map { Config.Account(name: name, connector: $0, position: account.value.position) }
    }
  }

  /// Ids of connectors are in lower case; whoever writes one need not care.
  private static func connectorID(_ name: String) -> String { name.lowercased() }

  fileprivate func connectors() -> [Config.Connector] {
    var written: [String: String] = [:]
    return members().compactMap { name, connector in
      let id = Self.connectorID(name)
      if let other = written.updateValue(name, forKey: id) {
        connector.report(.conflict, "is the connector \"\(other)\" once more", remedy: "Keep one of the two")
      }
      return connector.configConnector(id: id)
    }
  }

  private func configConnector(id: String) -> Config.Connector? {
    guard value.object != nil else {
      report(.type, "must be an object, not \(value.typeName)")
      return nil
    }
    allow(only: [
      "enabled", "markets", "permit", "endpoint", "lane", "sha256", "replaces_registry", "fees", "paper", "config",
      "log", "budget",
    ])
    let settings = optional("config")
    if let settings, settings.value.object == nil {
      settings.report(.type, "must be an object, not \(settings.value.typeName)")
    }
    let nothing = JSONValue(.object([]), at: value.position)
    let permit = optional("permit")
    let endpoint = optional("endpoint")
    return Config.Connector(
      id: id, enabled: optional("enabled")?.bool() ?? true, markets: optional("markets")?.marketPairs() ?? [],
      permit: (permit ?? FieldReader(value: nothing, field: field, log: log)).permit(),
      endpoint: (endpoint ?? FieldReader(value: nothing, field: field, log: log)).endpoint(),
      lane: optional("lane")?.lane(),
      sha256: optional("sha256")?.string(
        "a SHA-256 in 64 lower-case hexadecimal digits", where: NameForm.isSHA256),
      replacesRegistry: optional("replaces_registry")?.bool() ?? false,
      fees: optional("fees")?.fees(), paper: optional("paper")?.paper(),
      settings: settings.map { typed($0.value) } ?? nothing, budget: optional("budget")?.budget() ?? Config.Budget(),
      log: optional("log")?.choice(Config.LogWord.self) ?? .warning, position: value.position)
  }

  /// A connector's own settings: a text that was one stand-in becomes the number or boolean that it reads as, since
  /// only the connector knows which it wants.
  private func typed(_ value: JSONValue) -> JSONValue {
    var copy = value
    switch value.kind {
    case .string(let text) where log.standIns.contains(value.position):
      if let scalar = try? JSONDocument.parse(text: text), scalar.number != nil || scalar.bool != nil {
        copy.kind = scalar.kind
      }
    case .array(let elements): copy.kind = .array(elements.map(typed))
    case .object(let members):
      copy.kind = .object(members.map { JSONMember($0.key, typed($0.value), at: $0.keyPosition) })
    default: break
    }
    return copy
  }

  private func marketPairs() -> [Config.MarketPairs] {
    allow(only: Market.allCases.map(\.rawValue))
    return members().compactMap { key, market in
      guard let name = Market(rawValue: key) else { return nil }
      market.allow(only: ["pairs"])
      let pairs = market.optional("pairs")?.names(
        "a pair; pairs are written BASE-QUOTE, such as BTC-USDT", NameForm.isPair)
      return Config.MarketPairs(market: name, pairs: pairs ?? [], position: market.value.position)
    }
  }

  private func permit() -> Config.Permit {
    allow(
      only: ["run", "trading", "unbound", "allow_trading", "markets", "notional_cap", "balances", "loss_limit"])
    let markets = optional("markets").map { list in
      list.elements().compactMap { $0.choice(Market.self) }
    }
    return Config.Permit(
      run: optional("run")?.choice(Config.Permit.Run.self), trading: optional("trading")?.bool() ?? false,
      unbound: optional("unbound")?.bool() ?? false, allowsDropIn: optional("allow_trading")?.bool() ?? false,
      markets: markets,
      notionalCap: optional("notional_cap")?.positiveDecimal(),
      balances: optional("balances")?.amounts() ?? [:], lossLimit: optional("loss_limit")?.lossLimit(),
      position: value.position)
  }

  /// Decimals above zero by asset.
  private func amounts() -> [String: String] {
    var amounts: [String: String] = [:]
    for (asset, amount) in members() { amounts[asset] = amount.positiveDecimal() }
    return amounts
  }

  private func lossLimit() -> Config.LossLimit? {
    let limits = members()
    guard let (asset, amount) = limits.first, limits.count == 1 else {
      report(.value, "must name one quote asset and the largest loss in it, such as { \"USDT\": \"250\" }")
      return nil
    }
    return amount.positiveDecimal().map { Config.LossLimit(asset: asset, most: $0) }
  }

  private func fees() -> Config.Fees {
    allow(only: ["maker", "taker", "from"])
    return Config.Fees(
      maker: optional("maker")?.rate(), taker: optional("taker")?.rate(),
      from: optional("from")?.choice(Config.Fees.From.self) ?? .cost)
  }

  /// A fraction from zero to one.
  private func rate() -> String? {
    guard let text = decimalText() else { return nil }
    if let rate = Decimal64(text), !rate.isNegative, rate <= .one { return text }
    report(.value, "\"\(text)\" is not a fraction from 0 to 1, such as \"0.001\" for 0.1 percent")
    return nil
  }

  private func paper() -> Config.Paper {
    allow(only: ["balances", "latency_ms", "maker_fee", "taker_fee", "resume"])
    return Config.Paper(
      balances: required("balances")?.amounts() ?? [:],
      latencyMilliseconds: optional("latency_ms")?.int(in: 0...60_000) ?? 50,
      makerFee: optional("maker_fee")?.positiveDecimal(), takerFee: optional("taker_fee")?.positiveDecimal(),
      resumes: optional("resume")?.bool() ?? true)
  }

  /// A number, or `automatic`, which is nil.
  private func lane() -> Int? { value.string == "automatic" ? nil : int(in: 1...Config.mostLanes) }

  /// A text or a number; either way its digits are kept as they stand.
  private func decimalText() -> String? {
    if let text = value.string ?? value.number { return text }
    report(.type, "must be a decimal number, not \(value.typeName)")
    return nil
  }

  private func positiveDecimal() -> String? {
    guard let text = decimalText() else { return nil }
    // What cannot be represented must not pass for "no limit".
    if NameForm.isPositiveDecimal(text), Decimal64(text) != nil { return text }
    report(.value, "\"\(text)\" is not a plain decimal number above zero, such as \"1000.00\", of at most 18 digits")
    return nil
  }

  private func endpoint() -> Config.Endpoint {
    allow(only: ["domain", "urls", "authorities"])
    var urls: [String: String] = [:]
    for (host, url) in optional("urls")?.members() ?? [] {
      if !NameForm.isHost(host) { url.report(.value, "\"\(host)\" is not a host such as api.example.com:443") }
      urls[host] = url.string("a URL that starts with https://, wss://, http:// or ws://") { text in
        ["https://", "wss://", "http://", "ws://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
      }
    }
    let authorities = optional("authorities")?.string("a path") { !$0.isEmpty && !$0.contains("\0") }
    return Config.Endpoint(
      domain: optional("domain")?.string(), urls: urls,
      authorities: authorities.map { Files.resolve($0, in: Files.folder(of: log.file)) }, position: value.position)
  }

  fileprivate func recording(_ folder: (FieldReader) -> String?) -> Config.Recording {
    allow(only: ["enabled", "folder", "maximum_megabytes", "keep_days", "keep_megabytes"])
    return Config.Recording(
      enabled: optional("enabled")?.bool() ?? true, folder: optional("folder").flatMap(folder),
      maximumMegabytes: optional("maximum_megabytes")?.int(in: 1...65536) ?? 256,
      keepDays: optional("keep_days")?.int(in: 1...36500),
      keepMegabytes: optional("keep_megabytes")?.int(in: 1...1 << 30))
  }

  fileprivate func trust(_ path: (FieldReader) -> String?) -> Config.Trust {
    allow(only: ["file", "require"])
    return Config.Trust(
      file: optional("file").flatMap(path), require: optional("require")?.choice(Config.Trust.Requirement.self) ?? .any)
  }

  fileprivate func journal() -> Config.Journal {
    allow(only: ["keep_days", "keep_megabytes"])
    var journal = Config.Journal()
    // Late fills and funding are known from known ones by what the journal has of the last days.
    journal.keepDays = optional("keep_days")?.int(in: 7...36500)
    journal.keepMegabytes = optional("keep_megabytes")?.int(in: 1...1 << 30)
    return journal
  }
}
