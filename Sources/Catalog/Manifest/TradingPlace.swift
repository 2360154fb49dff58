import JSONTree

/// Where a connector's orders go on one of its domains: `markets.X.trading` of a manifest, see docs/registry.md.
public struct TradingPlace: Sendable, Equatable {
  /// A header of every order, as the exchange wants it.
  public struct Header: Sendable, Equatable {
    /// In lower case.
    public var name: String
    public var value: String
  }

  public var domain: String
  /// Of the manifest's hosts; what trades goes to no other.
  public var hosts: [String]
  /// The exchange hands out what is traded there for nothing.
  public var isTest: Bool
  /// Without it the same host takes an order for one with real money.
  public var header: Header?

  public init(domain: String, hosts: [String], isTest: Bool = false, header: Header? = nil) {
    (self.domain, self.hosts, self.isTest, self.header) = (domain, hosts, isTest, header)
  }

  /// For people.
  var words: String {
    let condition = header.map { " with \($0.name): \($0.value)" } ?? ""
    let at = hosts.isEmpty ? "nowhere" : hosts.joined(separator: " ") + condition
    return "\(domain): \(at)" + (isTest ? ", play money" : "")
  }
}

extension Manifest {
  /// Where a connector's orders go; nil for a domain that its manifest does not know.
  /// - Parameters:
  ///   - connector: its id.
  ///   - domain: that it was configured with; nil = its usual one.
  public func tradingPlace(of connector: String, in domain: String?) -> TradingPlace? {
    guard let own = connectors.first(where: { $0.id == connector }) else { return nil }
    let wanted = domain ?? own.usualDomain
    // A manifest that does not say: wherever an act that trades may go.
    guard !own.trading.isEmpty else { return TradingPlace(domain: wanted, hosts: hostsOfTrades) }
    return own.trading.first { $0.domain == wanted }
  }

  /// Every host that an act that trades may go to, on any domain.
  private var hostsOfTrades: [String] {
    let acts = acts.filter(isWayOfTrades)
    if acts.contains(where: \.rules.hosts.isEmpty) { return hosts }
    return hosts.filter { host in acts.contains { $0.rules.hosts.contains(host) } }
  }

  /// A request that trades, or the opening of a stream on which frames may trade.
  private func isWayOfTrades(_ act: PermittedAct) -> Bool {
    guard case .http = act.target else { return false }
    return act.kind == .trade || act.rules.operations.contains { name in
      acts.contains { $0.name == name && $0.kind == .trade }
    }
  }

  /// This manifest for one connector on one domain: what trades goes to that place's hosts, with its header, and not at
  /// all where there are none.
  public func trading(at place: TradingPlace?) -> Manifest {
    var result = self
    result.acts = acts.compactMap { act in
      guard isWayOfTrades(act) else { return act }
      var act = act
      let own = act.rules.hosts.isEmpty ? hosts : act.rules.hosts
      let wanted = place?.hosts ?? []
      // Of a pattern and a host that it covers, the host.
      act.rules.hosts =
        wanted.filter { host in own.contains { HostPattern.covers($0, host) } }
        + own.filter { host in !wanted.contains(host) && wanted.contains { HostPattern.covers($0, host) } }
      act.rules.neededHeader = place?.header
      return act.rules.hosts.isEmpty ? nil : act
    }
    return result
  }
}

extension Manifest {
  /// This manifest for one connector as it is configured: what orders must say of a setting is what the setting is.
  /// Acts that speak of a setting which the connector does not have, or not so, are not its own, and go.
  /// - Parameter configured: what the instance is made with, a JSON object.
  public func settled(_ connector: String, _ configured: JSONValue) -> Manifest {
    let market = connectors.first { $0.id == connector }?.market
    let own = market.flatMap { settings[$0] } ?? []
    func value(_ name: String) -> String? {
      own.first { $0.name == name }.flatMap { configured[name]?.string ?? $0.usual }
    }
    func settle(_ allowed: inout [ActRules.Allowed]) -> Bool {
      for index in allowed.indices {
        guard let name = allowed[index].setting else { continue }
        guard let value = value(name), allowed[index].values.contains(value) else { return false }
        allowed[index].values = [value]
      }
      return true
    }
    var result = self
    result.acts = acts.compactMap { act in
      var act = act
      guard act.rules.when.allSatisfy({ value($0.key) == $0.value }) else { return nil }
      guard settle(&act.rules.allowed) else { return nil }
      for index in act.rules.items.indices where !settle(&act.rules.items[index].allowed) { return nil }
      act.signs = act.signs.map { rule in
        guard case .transaction(let transaction) = rule else { return rule }
        return .transaction(
          transaction.settled(
            text: value, number: { name in configured[name]?.int ?? own.first { $0.name == name }?.usualNumber },
            list: { configured[$0]?.array ?? [] }))
      }
      return act
    }
    return result
  }
}

/// Hosts of manifests: `name:port`, or `*.name:port` for any name below it.
enum HostPattern {
  static func covers(_ pattern: String, _ host: String) -> Bool {
    pattern == host || (pattern.hasPrefix("*.") && host.hasSuffix(pattern.dropFirst()))
  }

  /// Whether two patterns have a host in common.
  static func meet(_ left: String, _ right: String) -> Bool { covers(left, right) || covers(right, left) }
}

extension FieldReader {
  /// `trading` of a market, by domain: `{"live": {"hosts": ["api.example.com:443"]}, "testnet": {"hosts":
  /// ["test.example.com:443"], "test": true}}`.
  /// - Parameters:
  ///   - hosts: of the manifest's permissions.
  ///   - domains: of the market.
  func tradingPlaces(hosts: [String], domains: [String]) -> [TradingPlace] {
    let places = members().compactMap { domain, member -> TradingPlace? in
      member.allow(only: ["hosts", "test", "header"])
      if !domains.contains(domain) {
        member.report(
          .unknownName, "\"\(domain)\" is not among the market's domains",
          remedy: NearestName.remedy(domain, among: domains))
      }
      let own = member.required("hosts")?.names("a host such as api.example.com:443", NameForm.isHost) ?? []
      for host in own where !hosts.contains(where: { HostPattern.covers($0, host) }) {
        member.report(
          .unknownName, "\(host) is not in permissions.hosts", remedy: NearestName.remedy(host, among: hosts))
      }
      let isTest = member.optional("test")?.bool() ?? false
      return TradingPlace(
        domain: domain, hosts: own, isTest: isTest, header: member.optional("header")?.neededHeader())
    }
    for domain in domains where !places.contains(where: { $0.domain == domain }) {
      report(
        .missing, "it does not say where orders of the domain \(domain) go", remedy: "Add it, without hosts if none")
    }
    checkTests(places)
    return places
  }

  /// One host does not take orders with real money and others alike, unless a header tells them apart.
  private func checkTests(_ places: [TradingPlace]) {
    for test in places where test.isTest && test.header == nil {
      for host in test.hosts {
        let real = places.first { !$0.isTest && $0.hosts.contains { HostPattern.meet($0, host) } }
        guard let real else { continue }
        report(
          .conflict, "\(host) is said to take test orders on \(test.domain), and real ones on \(real.domain)",
          remedy: "Say in \"header\" what tells them apart, or leave \"test\" away")
      }
    }
  }

  /// `x-simulated-trading: 1`
  private func neededHeader() -> TradingPlace.Header? {
    let text = string("a header with its value, such as x-simulated-trading: 1") { text in
      let sides = text.split(separator: ": ", maxSplits: 1, omittingEmptySubsequences: false)
      return sides.count == 2 && RequestPlace.isName(String(sides[0])) && RequestPlace.isName(String(sides[1]))
    }
    guard let sides = text?.split(separator: ": ", maxSplits: 1), sides.count == 2 else { return nil }
    return TradingPlace.Header(name: sides[0].lowercased(), value: String(sides[1]))
  }
}
