import Foundation
import JSONTree
import Testing

/// `patchbay venue` and `patchbay run` as two processes, the second configured with what the first one printed.
@Suite struct VenueCommandTests {
  /// Two symbols of Binance, made up: three changes each.
  private static let recording: String = {
    let symbols = ["SALTUSDT", "PEPPERUSDT"]
    func entry(_ kind: String, _ url: String, _ data: String, _ second: Int) -> String {
      JSONWriter.compact([
        "t": JSONValue(.number("16280000\(second).5")), "conn": "c", "dir": "in", "kind": JSONValue(.string(kind)),
        "url": JSONValue(.string(url)), "data": JSONValue(.string(data)),
      ])
    }
    let described = symbols.map { symbol in
      "{\"symbol\":\"\(symbol)\",\"status\":\"TRADING\",\"baseAsset\":\"\(symbol.dropLast(4))\","
        + "\"quoteAsset\":\"USDT\",\"isSpotTradingAllowed\":true,\"orderTypes\":[\"LIMIT\"],\"filters\":["
        + "{\"filterType\":\"PRICE_FILTER\",\"minPrice\":\"0.01\",\"maxPrice\":\"1000\",\"tickSize\":\"0.01\"},"
        + "{\"filterType\":\"LOT_SIZE\",\"minQty\":\"0.1\",\"maxQty\":\"900\",\"stepSize\":\"0.1\"}]}"
    }
    let info = "{\"serverTime\":1628000000000,\"rateLimits\":[],\"symbols\":[\(described.joined(separator: ","))]}"
    var lines = [entry("http_response", "https://made.test/api/v3/exchangeInfo", info, 10)]
    for symbol in symbols {
      lines.append(
        entry(
          "http_response", "https://made.test/api/v3/depth?symbol=\(symbol)&limit=1000",
          #"{"lastUpdateId":10,"bids":[["9.00","1.0"]],"asks":[["9.50","2.0"]]}"#, 11))
      for step in 0..<3 {
        let data =
          "{\"e\":\"depthUpdate\",\"E\":1628000012000,\"s\":\"\(symbol)\",\"U\":\(11 + step),\"u\":\(11 + step),"
          + "\"b\":[[\"9.0\(step)\",\"3.0\"]],\"a\":[]}"
        lines.append(
          entry("ws_text", "", "{\"stream\":\"\(symbol.lowercased())@depth@100ms\",\"data\":\(data)}", 12 + step))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }()

  /// A `patchbay` that runs beside the test, with what it has printed.
  private final class Running {
    private let process = Process()
    private let output = Pipe()
    private(set) var text = ""

    init(_ arguments: [String], in folder: String) throws {
      process.executableURL = URL(fileURLWithPath: "\(buildFolder)/patchbay")
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      process.arguments = arguments
      process.standardOutput = output
      try process.run()
    }

    deinit {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }

    /// Reads what it prints until `condition` holds; `false` when it ends before.
    func read(until condition: (String) -> Bool) -> Bool {
      while !condition(text) {
        let more = output.fileHandleForReading.availableData
        if more.isEmpty { return false }
        text += String(decoding: more, as: UTF8.self)
      }
      return true
    }
  }

  @Test func aHostRunsOnWhatIsPrinted() throws {
    let scratch = try Scratch()
    let recording = try scratch.write(Self.recording, "made.jsonl")
    let venue = try Running(
      ["venue", "--recording", recording, "--for", "60", "--pace", "20"], in: scratch.folder)
    #expect(venue.read { $0.hasSuffix("}}\n") }, "\(venue.text)")
    #expect(venue.text.contains("PEPPERUSDT SALTUSDT"))
    let printed = try #require(venue.text.split(separator: "\n").last.map { $0.drop { $0 == " " } })
    let markets = #""markets":{"spot":{"pairs":["SALT-USDT","PEPPER-USDT"]}},"#
    let config = try scratch.write(
      "{\"schema\":1,\"registry\":\"\(packageRoot)/registry.json\",\"connectors\":{\"binance\":{"
        + markets + printed.dropFirst() + "}}", "patchbay.json")
    let host = try Running(["run", "--config", config, "--for", "60", "--json"], in: scratch.folder)
    #expect(
      host.read { text in
        ["SALT-USDT", "PEPPER-USDT"].allSatisfy { text.contains("\"pair\":\"\($0)\",\"ready\":true") }
      }, "\(host.text)")
  }

  @Test func aHostFollowsTheExchanges() throws {
    let scratch = try Scratch()
    let venue = try Running(["venue", "--seed", "3", "--for", "60"], in: scratch.folder)
    #expect(venue.read { $0.contains("account bob of kraken") }, "\(venue.text)")
    let lines = venue.text.split(separator: "\n").map(String.init)
    func endpoint(_ connector: String) throws -> String {
      let place = try #require(lines.firstIndex { $0.hasPrefix("in patchbay.json, connectors.\(connector):") })
      return String(lines[place + 1].drop { $0 == " " }.dropFirst())
    }
    let binance = #""markets":{"spot":{"pairs":["BTC-USDT"]},"perp":{"pairs":["ETH-USDT"]}},"#
    let kraken = #""markets":{"spot":{"pairs":["BTC-USD"]}},"#
    let config = try scratch.write(
      "{\"schema\":1,\"registry\":\"\(packageRoot)/registry.json\",\"connectors\":{\"binance\":{"
        + binance + (try endpoint("binance")) + ",\"kraken\":{" + kraken + (try endpoint("kraken")) + "}}",
      "patchbay.json")
    let host = try Running(["run", "--config", config, "--for", "60", "--json"], in: scratch.folder)
    #expect(
      host.read { text in
        ["BTC-USDT", "ETH-USDT", "BTC-USD"].allSatisfy { text.contains("\"pair\":\"\($0)\",\"ready\":true") }
      }, "\(host.text)")
  }

  @Test func wrongUsageIsTold() throws {
    func told(_ arguments: String...) throws -> String {
      let result = try run(["\(buildFolder)/patchbay", "venue"] + arguments)
      #expect(result.status != 0)
      return result.errors
    }
    #expect(try told("--dialects", "binance,bitmex").hasPrefix("there is no dialect \"bitmex\"; there are binance, "))
    #expect(try told("--recording", "x", "--pace", "slow").hasPrefix("--port, --seed and --for take numbers"))
    #expect(try told("--recording", "none.gz", "--plain").contains("none.gz: cannot be opened"))
    #expect(try told("--recording", "x", "--plain", "--faults", "dorp").contains("there is no fault \"dorp\""))
  }
}
