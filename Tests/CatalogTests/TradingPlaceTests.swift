import JSONTree
import Testing

@testable import Catalog

/// Where a manifest says that orders go.
@Suite struct TradingPlaceTests {
  private static let hosts = #"["api.example.com:443", "test.example.com:443", "feed.example.com:443"]"#
  private static let place =
    #"{"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/orders"}"#

  private func manifest(
    _ trading: String?, acts: String = place, hosts: String = hosts, domains: String = #"["live", "testnet"]"#
  ) throws -> Manifest {
    let own = trading.map { ", \"trading\": \($0)" } ?? ""
    let text = """
      {"id": "example", "name": "Example", "type": "CLOB",
       "markets": {"spot": {"connector": "example", "domains": \(domains)\(own)}},
       "version": "1.0.0", "abi": {"revision": 1}, "library": "libexample.so", "extensions": [], "credentials": [],
       "permissions": {"hosts": \(hosts), "acts": [\(acts)]}}
      """
    let manifest = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
    #expect(try TestFiles.schema("manifest").check(JSONDocument.parse(bytes: Array(text.utf8), file: "m")) == [])
    return manifest
  }

  private func problems(_ trading: String) -> [String] {
    do {
      _ = try manifest(trading)
      return []
    } catch { return (error as? Problems)?.all.map(\.description) ?? ["\(error)"] }
  }

  private static let usual = #"""
    {"live": {"hosts": ["api.example.com:443"]}, "testnet": {"hosts": ["test.example.com:443"], "test": true}}
    """#

  @Test func eachDomainHasItsHosts() throws {
    let own = try manifest(Self.usual)
    #expect(
      own.tradingPlace(of: "example", in: nil) == TradingPlace(domain: "live", hosts: ["api.example.com:443"]))
    let test = TradingPlace(domain: "testnet", hosts: ["test.example.com:443"], isTest: true)
    #expect(own.tradingPlace(of: "example", in: "testnet") == test)
    #expect(own.tradingPlace(of: "example", in: "eea") == nil && own.tradingPlace(of: "other", in: nil) == nil)
    #expect(own.trading(at: test).acts.map(\.rules.hosts) == [["test.example.com:443"]])
    // A domain that is not known, and one without hosts: nothing trades.
    #expect(own.trading(at: nil).acts.isEmpty)
    #expect(own.trading(at: TradingPlace(domain: "data", hosts: [])).acts.isEmpty)
  }

  /// A manifest that does not say: wherever its acts may go.
  @Test func withoutAWordItIsEveryHostOfItsTrades() throws {
    let all = ["api.example.com:443", "test.example.com:443", "feed.example.com:443"]
    let place = try manifest(nil).tradingPlace(of: "example", in: "testnet")
    #expect(place == TradingPlace(domain: "testnet", hosts: all))
    #expect(try manifest(nil).trading(at: place).acts.map(\.rules.hosts) == [all])
    let limited = Self.place.replacing(#""path""#, with: #""hosts": ["test.example.com:443"], "path""#)
    #expect(
      try manifest(nil, acts: limited).tradingPlace(of: "example", in: nil)?.hosts == ["test.example.com:443"])
  }

  /// A stream on which frames may trade is a way of orders, whatever its own class.
  @Test func streamsThatCarryOrdersGoWhereOrdersGo() throws {
    let acts = """
      {"name": "user_stream", "class": "read", "method": "GET", "path": "/ws", "operations": ["order"]},
      {"name": "feed", "class": "public", "method": "GET", "path": "/feed", "operations": ["subscribe"]},
      {"name": "subscribe", "class": "public", "operation": "subscribe"},
      {"name": "order", "class": "trade", "verb": "place", "operation": "order.place"}
      """
    let own = try manifest(Self.usual, acts: acts)
    let place = try #require(own.tradingPlace(of: "example", in: "testnet"))
    #expect(own.trading(at: place).acts.map(\.rules.hosts) == [["test.example.com:443"], [], [], []])
    #expect(own.trading(at: nil).acts.map(\.name) == ["feed", "subscribe", "order"])
    #expect(try manifest(nil, acts: acts).tradingPlace(of: "example", in: nil)?.hosts.count == 3)
  }

  /// Of a pattern among an act's hosts, the hosts of the domain that it covers.
  @Test func patternsAreNarrowed() throws {
    let hosts = #"["*.example.com:443", "b.example.com:443"]"#
    let act = Self.place.replacing(#""path""#, with: #""hosts": ["*.example.com:443"], "path""#)
    let own = try manifest(
      #"{"live": {"hosts": ["a.example.com:443"]}}"#, acts: act, hosts: hosts, domains: #"["live"]"#)
    let place = try #require(own.tradingPlace(of: "example", in: nil))
    #expect(own.trading(at: place).acts.map(\.rules.hosts) == [["a.example.com:443"]])
  }

  @Test(arguments: [
    (#"{"live": {"hosts": []}}"#, "it does not say where orders of the domain testnet go"),
    (#"{"live": {"hosts": []}, "testnet": {"hosts": []}, "demo": {"hosts": []}}"#, "is not among the market's domains"),
    (#"{"live": {"hosts": ["evil.test:443"]}, "testnet": {"hosts": []}}"#, "is not in permissions.hosts"),
    (#"{"live": {"hosts": []}, "testnet": {"hosts": [], "tset": true}}"#, "tset"),
    // One that calls the host of real orders a test.
    (
      #"{"live": {"hosts": ["api.example.com:443"]}, "testnet": {"hosts": ["api.example.com:443"], "test": true}}"#,
      "is said to take test orders on testnet, and real ones on live"
    ),
    (#"{"live": {"hosts": []}, "testnet": {"hosts": [], "header": "x-demo"}}"#, "a header with its value"),
    (#"{"live": {"hosts": []}, "testnet": {"hosts": [], "header": "x: a\nb: c"}}"#, "a header with its value"),
  ]) func mistakesAreNamed(trading: String, problem: String) {
    #expect(problems(trading).contains { $0.contains(problem) }, "\(problems(trading))")
  }

  @Test func aHeaderTellsTestsApart() throws {
    let text = #"""
      {"live": {"hosts": ["api.example.com:443"]},
       "testnet": {"hosts": ["api.example.com:443"], "test": true, "header": "X-Demo: 1"}}
      """#
    let place = try manifest(text).tradingPlace(of: "example", in: "testnet")
    #expect(place?.header == TradingPlace.Header(name: "x-demo", value: "1") && place?.isTest == true)
    #expect(place?.words == "testnet: api.example.com:443 with x-demo: 1, play money")
  }

  /// Each connector of the registry says of each of its domains where orders go.
  @Test func theRegistrySaysItOfAllDomains() throws {
    for entry in try TestFiles.registry().entries {
      guard let manifest = entry.manifest, !manifest.hosts.isEmpty else { continue }
      for connector in manifest.connectors {
        let domains = entry.tree["markets"]?[connector.market.rawValue]?["domains"]?.array?.compactMap(\.string)
        #expect(connector.trading.map(\.domain) == domains, "\(connector.id)")
        #expect(connector.usualDomain == "live" && connector.trading.contains { !$0.hosts.isEmpty })
      }
    }
  }
}
