import Catalog
import Foundation
import JSONTree
import Testing

@testable import Runtime

/// A host whose connector trades at a local exchange, over real sockets and in a worker.
private final class TradingProgram {
  let versions: Versions
  let program: RunningProgram
  private let venue: BackgroundProgram

  /// - Parameter more: of the configuration.
  init(_ more: String = "") throws {
    let deployment = try Deployment()
    versions = Versions(deployment: deployment)
    venue = try BackgroundProgram(
      "exec \(buildFolder)/patchbay venue --seed 3 --dialects okx --for 300",
      in: deployment.scratch.folder)
    try venue.read { $0.contains("account bob of okx") && $0.hasSuffix("}\n") }
    let lines = venue.text.split(separator: "\n").map(String.init)
    let place = try #require(lines.firstIndex { $0.hasPrefix("in patchbay.json, connectors.okx:") })
    let endpoint = lines[place + 1].drop { $0 == " " }.dropFirst().dropLast()
    let bob = try #require(lines.firstIndex { $0.hasPrefix("account bob of okx") })
    for version in 1...3 { try versions.make(version) }
    try versions.trust("[]")
    try versions.put(1)
    try deployment.configure(
      #"""
      {"okx": {"replaces_registry": true, "markets": {"spot": {"pairs": ["BTC-USDT", "ETH-USDT"]}},
        "permit": {"trading": true, "allow_trading": true, "notional_cap": "100000"}, \#(endpoint)}}\#(more)
      """#, accounts: #"{"bob": {"connector": "okx"}}"#)
    let pin = try deployment.addKeys(of: "okx", account: "bob", lines[bob + 1])
    program = try RunningProgram(deployment, "--password-file", pin)
    try program.wait { [program] in try program.ask("status").status == 0 }
  }

  func process() throws -> String {
    try #require(program.json("status")["connectors"]?[0]?["worker"]?["pid"]?.number)
  }
}

/// Versions of a connector: the same library with more bytes behind its end.
private struct Versions {
  let deployment: Deployment

  /// Nobody vouches for the third.
  func trust(_ advisories: String) throws {
    let hashes = try (1...2).map { version in
      let hash = try LibraryLoader.sha256(file: deployment.scratch.path("version\(version)/manifest.json"))
      return #"{"connector": "okx", "sha256": "\#(hash)"}"#
    }
    _ = try deployment.scratch.write(
      #"{"schema": 1, "keys": [], "hashes": [\#(hashes.joined(separator: ", "))], "advisories": \#(advisories)}"#,
      "trust.json")
  }

  func make(_ version: Int) throws {
    let library = try readBytes("\(buildFolder)/libokx.so") + [UInt8](repeating: 0, count: version)
    let path = try deployment.scratch.write(library, "version\(version)/libokx.so")
    let text = String(decoding: try readBytes("\(packageRoot)/Plugins/OKX/manifest.json"), as: UTF8.self)
    let hash = try LibraryLoader.sha256(file: path)
    let artifacts = #""artifacts": [{"platform": "\#(Platform.current)", "sha256": "\#(hash)"}], "library":"#
    // The descriptor's version has to be the manifest's: what tells them apart is the hash.
    _ = try deployment.scratch.write(
      text.replacing("\"library\":", with: artifacts, maxReplacements: 1), "version\(version)/manifest.json")
  }

  func put(_ version: Int) throws {
    for name in ["libokx.so", "manifest.json"] {
      _ = try deployment.scratch.write(
        readBytes(deployment.scratch.path("version\(version)/\(name)")), "plugins.d/okx/\(name)")
    }
  }
}

/// A connector that trades gives way to other versions of itself.
@Suite struct UpgradeTests {
  @Test func whatTradesGoesOnAndSoDoItsOrders() throws {
    let trading = try TradingProgram()
    let program = trading.program
    let resting = try program.json("order", "place", "BTC-USDT", "buy", "0.001", "--price", "55000")
    let order = try #require(resting["order"])
    #expect(order["state"] == "open")
    let first = try trading.process()
    // Forward, and back by the same act.
    for version in [2, 1] {
      try trading.versions.put(version)
      let answer = try program.json("plugin", "upgrade", "okx")
      #expect(answer["connector"] == "okx")
      #expect(try program.json("book", "BTC-USDT")["ready"] == true)
      try program.wait { try program.ask("status").status == 0 }
      let open = try #require(program.json("order", "list")["orders"]?.array)
      #expect(open.count == 1 && open[0]["client_order_id"] == order["client_order_id"])
      #expect(open.first?["order"] == order["order"])
      let filled = try program.json("order", "place", "ETH-USDT", "buy", "0.01")
      #expect(filled["order"]?["state"] == "filled")
    }
    #expect(try trading.process() != first)
    let id = try #require(order["order"]?.number)
    #expect(try program.json("order", "cancel", id)["orders"]?[0]?["state"] == "cancelled")
    #expect(!program.output.contains("gap"), "\(program.output)")
    #expect(try program.ask("stop").status == 0 && program.ended() == 0)
  }

  @Test func whateverIsWrongLeavesTheOldOneInPlace() throws {
    let trading = try TradingProgram()
    let (program, scratch) = (trading.program, trading.versions.deployment.scratch)
    let first = try trading.process()
    func refused(_ words: String) throws {
      let said = try program.ask("plugin", "upgrade", "okx")
      #expect(said.status == 1 && said.errors.contains(words), "\(said.errors)")
      #expect(said.errors.contains("okx goes on as it is"))
      #expect(try trading.process() == first && program.ask("status").status == 0)
    }
    try refused("is what runs already")
    try trading.versions.put(3)
    try refused("trust.json trusts 2 others")
    // One that no longer is what its manifest names.
    try trading.versions.put(2)
    _ = try scratch.write([UInt8]("no library".utf8), "plugins.d/okx/libokx.so")
    try refused("modified")
    #expect(try program.ask("stop").status == 0 && program.ended() == 0)
  }

  /// The configuration lets a host do it by itself, and an advisory that comes meanwhile stops what runs then.
  @Test func aChangedFileTakesOverAndAnAdvisoryStopsIt() throws {
    let trading = try TradingProgram(#", "upgrades": {"on_change": true}"#)
    let program = trading.program
    let first = try trading.process()
    _ = try program.json("order", "place", "BTC-USDT", "buy", "0.001", "--price", "55000")
    try trading.versions.put(2)
    try program.wait { (program.output + program.errors).contains("has taken over") }
    // Its private stream has to be live first.
    try program.wait { try program.ask("status").status == 0 }
    #expect(try trading.process() != first)
    #expect(try program.json("order", "list")["orders"]?.array?.count == 1)
    // One that is damaged stops nothing.
    _ = try trading.versions.deployment.scratch.write([UInt8]("{".utf8), "trust.json")
    try program.wait { (program.output + program.errors).contains("cannot be read, and what runs goes on") }
    let hash = try LibraryLoader.sha256(file: trading.versions.deployment.scratch.path("version2/libokx.so"))
    try trading.versions.trust(
      #"[{"connector": "okx", "date": "2026-11-30", "sha256": ["\#(hash)"], "text": "it loses orders"}]"#)
    try program.wait { (program.output + program.errors).contains("is being stopped") }
    try program.wait { try program.json("order", "list")["orders"]?.array?.isEmpty == true }
    let refused = try program.ask("order", "place", "BTC-USDT", "buy", "0.001", "--price", "55000")
    #expect(refused.status != 0)
    try program.wait { try program.ask("status").output.contains("disabled while the host runs") }
    #expect(try program.ask("enable", "okx").errors.contains("it loses orders"))
    #expect(try program.ask("stop").status == 0)
  }
}
