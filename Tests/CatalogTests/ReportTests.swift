import JSONTree
import Testing

@testable import Catalog

private func catalog() throws -> Catalog {
  Catalog.discover(registry: try TestFiles.registry(), pluginFolder: nil)
}

private func rows(_ filters: (ConnectorRow.Column, String)...) throws -> [String] {
  try ConnectorRow.rows(of: catalog(), config: nil).filter { row in
    row.matches(filters.map { ConnectorRow.Filter($0.0, $0.1) })
  }.map(\.id)
}

@Suite struct ConnectorTableTests {
  @Test func everyColumnFilters() throws {
    let all = try rows()
    #expect(all.count == 56)
    #expect(try rows((.type, "amm")) == ["balancer", "celo", "perpetual_finance", "terra", "uniswap", "uniswap_v3"])
    #expect(try rows((.tier, "Gold")) == ["binance", "paper"])
    #expect(try rows((.tier, "silver")) == ["ascend_ex", "gate_io", "kucoin"])
    #expect(try rows((.maintainer, "foundation")) == ["ascend_ex", "binance", "gate_io", "kucoin"])
    let entries = try TestFiles.registry().entries
    func ready(_ market: Market) -> [String] {
      entries.filter { $0.markets[market]?.available == true && $0.lifecycle.current(market)?.state != .closed }
        .map(\.id)
    }
    #expect(try rows((.spot, "ready")) == ready(.spot) && ready(.spot).contains("binance"))
    #expect(try rows((.perp, "ready")) == ready(.perp) && ready(.perp).contains("paper"))
    #expect(try rows((.perp, "yes")).contains("dydx") && !rows((.spot, "yes")).contains("dydx"))
    #expect(try Set(rows((.spot, "yes")) + rows((.spot, "no"))) == Set(all))
    #expect(try rows((.amm, "yes")).count == 6)
    let first = try rows((.standard, "1.0"))
    #expect(first.contains("bybit") && !first.contains("kraken") && !first.contains("binance"))
    #expect(try rows((.standard, "2.0")).contains("kraken"), "what was measured goes before what a list said")
    #expect(try rows((.status, "red")) == ["perpetual_finance"])
    #expect(try rows((.lifecycle, "closing")) == ["bitmart"])
    #expect(try rows((.lifecycle, "closed")).contains("eve"), "a doubtful state is found by its name as well")
    #expect(try rows((.installed, "yes")).isEmpty && rows((.enabled, "no")).count == 56)
    #expect(try rows((.trust, "core")) == entries.filter { $0.implementation == .core }.map(\.id))
    #expect(try rows((.id, "okx"), (.tier, "bronze")) == ["okx"])
    #expect(try rows((.id, "okx"), (.tier, "gold")).isEmpty)
    #expect(try rows((.name, "global")) == ["hashkey", "probit"])
  }

  @Test func configAndPluginsShowInTheirColumns() throws {
    try TestFiles.withFolder { folder in
      let manifest = JSONWriter.pretty(sampleManifest.setting("artifacts", []))
      try TestFiles.write(manifest, to: "\(folder)/plugins.d/example/manifest.json")
      try TestFiles.write("", to: "\(folder)/plugins.d/example/libexample.so")
      let hash = SHA256Hex.of([])
      func row(_ text: String) throws -> ConnectorRow {
        let config = try Config.parse(bytes: Array(text.utf8), file: "\(folder)/c", environment: [:])
        let catalog = Catalog.discover(registry: try TestFiles.registry(), config: config, libraryFolders: [])
        return try #require(ConnectorRow.rows(of: catalog, config: config).first { $0.id == "example" })
      }
      let plain = try row(#"{"schema":1,"connectors":{}}"#)
      #expect(ConnectorRow.Column.allCases.map(plain.cell)
        == [
          "example", "Example", "CLOB", "-", "-", "ready", "ready", "-", "-", "-", "-", "yes", "no", "unsigned",
          "worker",
        ])
      let trusted = try row("{\"schema\":1,\"connectors\":{\"example\":{\"sha256\":\"\(hash)\"}}}")
      #expect(trusted.cell(.enabled) == "yes" && trusted.finding?.hashTrust == .library(.config))
      #expect(trusted.matches([.init(.trust, "yes"), .init(.enabled, "yes"), .init(.installed, "yes")]))
      #expect(plain.matches([.init(.trust, "unsigned"), .init(.trust, "no")]))
    }
  }

  @Test(arguments: [40, 60, 80, 100, 120, 140, 160, 200]) func keepsToTheWidth(width: Int) throws {
    let rows = try ConnectorRow.rows(of: catalog(), config: nil)
    let lines = ConnectorTable.render(rows, width: width).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= width }, "\(lines.map(\.count).max() ?? 0)")
    #expect(lines.count { $0.hasPrefix("binance ") } == 1)
    #expect(lines.allSatisfy { $0.last != " " })
    let header = try #require(lines.first).split(separator: " ").map(String.init)
    let missing = ConnectorRow.Column.allCases.map(\.rawValue).filter { !header.contains($0) }
    let text = ConnectorTable.render(rows, width: width)
    #expect(text.contains("Left out for want of width") == !missing.isEmpty)
    let note = text.split(separator: "Left out for want of width: ").last.map(String.init) ?? ""
    #expect(missing.allSatisfy { note.contains($0) })
  }

  @Test func showsEverythingWithoutAWidth() throws {
    let rows = try ConnectorRow.rows(of: catalog(), config: nil)
    let lines = ConnectorTable.render(rows, width: nil).split(separator: "\n")
    #expect(lines[0].split(separator: " ").map(String.init) == ConnectorRow.Column.allCases.map(\.rawValue))
    let closed = try #require(lines.first { $0.hasPrefix("terra") }).split(separator: " ").map(String.init)
    #expect(closed == [
      "terra", "Terra", "AMM", "-", "CoinAlpha", "-", "-", "replay", "-", "(green)", "replay", "only", "(closed",
      "2022-05)", "no", "no", "core", "in_process",
    ])
    #expect(ConnectorTable.render([], width: nil) == "no connector matches\n")
  }

  @Test func jsonCarriesTheSame() throws {
    let json = ConnectorTable.json(try ConnectorRow.rows(of: catalog(), config: nil))
    let back = try JSONDocument.parse(text: JSONWriter.pretty(json))
    #expect(back == json)
    let row = try #require(back.array?.first { $0["id"]?.string == "ascend_ex" })
    let unmeasured = try #require(back.array?.first { $0["id"]?.string == "terra" })
    #expect(unmeasured["status"]?["amm"] == "green" && unmeasured["status"]?["measured"] == false)
    #expect(row["amm"]?.isNull == true && row["installed"]?.bool == false && row["trust"] == "core")
    #expect(back.array?.first { $0["id"]?.string == "bitmart" }?["lifecycle"]
      == ["state": "closing", "since": "2026-07-26", "mark": "E"])
    let keys = ConnectorRow.Column.allCases.map(\.rawValue) + ["trust_reason", "advisory"]
    #expect(back.array?.allSatisfy { $0.object?.map(\.key) == keys } == true)
  }

  @Test func measuredLabelsTakeThePlaceOfListedOnes() throws {
    let tree = try TestFiles.registryTree()
    let index = try #require(tree["connectors"]?.array?.firstIndex { $0["id"]?.string == "binance" })
    let measured: JSONValue = [
      "date": "2026-12-01", "markets": ["spot": ["standard": "2.0", "status": "green", "passed": 90, "of": 96]],
    ]
    let changed = tree.setting("connectors.\(index).measured", measured)
    #expect(try TestFiles.schema().check(changed) == [])
    let registry = try Registry.parse(bytes: changed.bytes, file: "r")
    let row = try #require(
      ConnectorRow.rows(of: Catalog.discover(registry: registry, pluginFolder: nil), config: nil)
        .first { $0.id == "binance" })
    #expect(row.cell(.standard) == "2.0" && row.cell(.status) == "green" && !row.isBracketed)
  }
}

@Suite struct ConnectorDetailTests {
  private func detail(_ id: String, width: Int? = nil) throws -> String {
    let catalog = try catalog()
    return ConnectorDetail(try #require(catalog[id]), registry: catalog.registry, config: nil, width: width).render()
  }

  @Test func tellsWhatEachListSaidAndWhatChanged() throws {
    let text = try detail("binance")
    #expect(text.contains("2022a         \"Binance Futures\" under \"perp\": kind perp, perp yes, maintainer"))
    #expect(text.contains("maintainer    2022a: CoinAlpha; 2023: Hummingbot Foundation"))
    #expect(text.contains("public: GET /api/v3/depth"))
    #expect(text.contains("REST snapshot + diff U/u + pu==last u"))
    #expect(text.contains("referral      spot: FQQNNGCD"))
  }

  @Test func tellsLifecycleAndSuccessor() throws {
    let text = try detail("vertex")
    #expect(text.contains("2025-08-14    closed: shutdown complete [E]"))
    #expect(text.contains("successor     Nado [K]"))
    #expect(text.contains("2024          not listed"))
    #expect(try detail("celo").contains("an Ethereum layer 2 in March 2025"))
  }

  @Test func everyEntryCanBeShownAtAnyWidth() throws {
    let catalog = try catalog()
    for item in catalog.items {
      let narrow = ConnectorDetail(item, registry: catalog.registry, config: nil, width: 80)
      let long = narrow.render().split(separator: "\n").filter { $0.count > 80 }
      // A single word, such as a link, may be longer than a line.
      #expect(long.allSatisfy { !$0.dropFirst(17).contains(" ") }, "\(item.id): \(long)")
      #expect(narrow.json["entry"] == item.entry?.tree)
    }
    #expect(try !detail("paper").contains("History"))
  }
}
