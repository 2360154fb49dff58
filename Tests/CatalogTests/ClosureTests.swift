import JSONTree
import Testing

@testable import Catalog

/// What has closed is shown as what it is, and connected to by nobody, whatever its name.
@Suite struct ClosureTests {
  /// The registry in which an exchange that has a connector was closed.
  private func registry(_ states: JSONValue) throws -> Registry {
    let tree = try TestFiles.registryTree()
    let index = try #require(tree["connectors"]?.array?.firstIndex { $0["id"]?.string == "binance" })
    return try Registry.parse(
      bytes: tree.setting("connectors.\(index).lifecycle.states", states).bytes, file: "registry.json")
  }

  private func catalog(_ states: JSONValue) throws -> Catalog {
    Catalog.discover(registry: try registry(states), pluginFolder: nil)
  }

  private static func state(_ state: String, _ since: String, market: String? = nil) -> JSONValue {
    let entry: JSONValue = [
      "state": JSONValue(.string(state)), "since": JSONValue(.string(since)), "mark": "E", "evidence": "it ended",
    ]
    return market.map { entry.setting("market", JSONValue(.string($0))) } ?? entry
  }

  private static let closed: JSONValue = [state("live", "2017"), state("closed", "2026-11-01")]

  private func problems(_ connector: String, _ states: JSONValue) throws -> [String] {
    let text = #"{"schema":1,"accounts":{"main":{"connector":"binance"}},"connectors":{"binance":\#(connector)}}"#
    let config = try Config.parse(bytes: Array(text.utf8), file: "p.json", environment: [:])
    return config.problems(in: try catalog(states)).filter { !$0.isWarning }.map(\.message)
  }

  @Test func aMarketThatClosedIsRefusedAndTheOtherOneIsNot() throws {
    let words = "Binance is closed since 2026-11-01 (it ended): nothing connects to it"
    #expect(try problems(#"{"markets":{"spot":{},"perp":{}}}"#, Self.closed) == [words], "said once")
    let perpetual: JSONValue = [Self.state("live", "2017"), Self.state("closed", "2026-11-01", market: "perp")]
    #expect(try problems(#"{"markets":{"perp":{}}}"#, perpetual) == [words])
    #expect(try problems(#"{"markets":{"spot":{}},"permit":{"trading":true}}"#, perpetual) == [])
    let back: JSONValue = [Self.state("closed", "2024-07"), Self.state("live", "2025-10")]
    #expect(try problems(#"{"markets":{"spot":{}}}"#, back) == [], "it trades again")
  }

  /// What a script plays on this machine is not the exchange; a host that is left out, or looks like this one, is.
  @Test func anAddressOfThisMachineIsNoExchange() throws {
    let hosts = try #require(try catalog(Self.closed)["binance"]?.manifest?.hosts)
    func found(_ url: String, leavingOut left: String? = nil) throws -> [String] {
      let urls = hosts.filter { $0 != left }.map { "\"\($0)\":\"\(url)\"" }.joined(separator: ",")
      return try problems("{\"markets\":{\"spot\":{}},\"endpoint\":{\"urls\":{\(urls)}}}", Self.closed)
    }
    for url in ["https://127.0.0.1:8443/a", "http://localhost", "https://localhost:1"] { #expect(try found(url) == []) }
    #expect(try found("https://127.0.0.1:8443", leavingOut: hosts[0]).count == 1)
    for url in ["https://127.0.0.1.example.com", "https://localhosts:1", "https://10.0.0.1"] {
      #expect(try found(url).contains { $0.contains("nothing connects to it") }, "\(url)")
    }
  }

  @Test func theTableSaysReplayOnly() throws {
    let catalog = try catalog(Self.closed)
    let row = try #require(ConnectorRow.rows(of: catalog, config: nil).first { $0.id == "binance" })
    #expect(row.cell(.spot) == "replay" && row.cell(.perp) == "replay" && row.isReplayOnly)
    #expect(row.cell(.lifecycle) == "replay only (closed 2026-11-01)")
    #expect(row.matches([.init(.lifecycle, "closed")]) && !row.matches([.init(.spot, "ready")]))
    #expect(ConnectorTable.render([row], width: nil).contains("replay: a connector exists here"))
    let detail = ConnectorDetail(
      try #require(catalog["binance"]), registry: catalog.registry, config: nil, width: nil).render()
    #expect(detail.contains("replay only: Binance is closed since 2026-11-01 (it ended)"))
    let half = try self.catalog([Self.state("live", "2017"), Self.state("closed", "2026-11-01", market: "perp")])
    let other = try #require(ConnectorRow.rows(of: half, config: nil).first { $0.id == "binance" })
    #expect(other.cell(.spot) == "ready" && other.cell(.perp) == "replay" && !other.isReplayOnly)
  }
}
