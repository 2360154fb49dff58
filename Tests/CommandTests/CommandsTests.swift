import Foundation
import JSONTree
import Testing

@testable import Catalog
@testable import patchbay

/// Runs a command in an empty folder with the committed registry and collects what it prints.
private final class Session {
  let folder: String
  private(set) var output = ""
  private(set) var errors = ""
  let registry: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    registry = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "registry.json").path
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ text: String, _ name: String) throws -> String {
    let url = URL(filePath: "\(folder)/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  func run(_ arguments: String...) -> Int32 {
    (output, errors) = ("", "")
    let environment = CommandEnvironment(
      variables: ["ON": "true"], executableFolder: folder, terminalWidth: nil,
      output: { self.output += $0 }, error: { self.errors += $0 + "\n" })
    let rest = Array(arguments.dropFirst()) + ["--registry", registry]
    return arguments.first == "config"
      ? ConfigCommand.run(rest, environment: environment) : ConnectorsCommand.run(rest, environment: environment)
  }
}

@Suite struct ConnectorsCommandTests {
  @Test func listsFiltersAndPrintsJSON() throws {
    let session = try Session()
    #expect(session.run("connectors") == 0)
    #expect(session.output.contains("\nbinance ") && session.errors.isEmpty)
    #expect(session.run("connectors", "--tier", "gold", "--json") == 0)
    let rows = try JSONDocument.parse(text: session.output)
    #expect(rows.array?.compactMap { $0["id"]?.string } == ["binance", "paper"])
    #expect(session.run("connectors", "--width", "60", "--perp=ready") == 0)
    #expect(session.output.split(separator: "\n").allSatisfy { $0.count <= 60 })
  }

  @Test func showsOneOrSuggestsTheNearest() throws {
    let session = try Session()
    #expect(session.run("connectors", "show", "okx") == 0)
    #expect(session.output.hasPrefix("OKX (okx)\n"))
    #expect(session.run("connectors", "show", "okx", "--json") == 0)
    #expect(try JSONDocument.parse(text: session.output)["entry"]?["id"] == "okx")
    #expect(session.run("connectors", "show", "bing_x_perpetual") == 0 && session.output.contains("(bing_x)\n"))
    #expect(session.run("connectors", "show", "krakn") == 1)
    #expect(session.errors == "there is no connector \"krakn\"; did you mean \"kraken\"?\n")
  }

  @Test func wrongUsageIsTold() throws {
    let session = try Session()
    #expect(session.run("connectors", "--teir", "gold") == 64)
    #expect(session.errors.hasPrefix("unknown option --teir. Did you mean --tier?\nusage: "))
    #expect(session.run("connectors", "list") == 64)
    #expect(session.errors.hasPrefix("there is no \"list\"; there are show, hash\nusage: "))
    #expect(session.run("connectors", "shwo", "kraken") == 64 && session.errors.contains("did you mean \"show\"?"))
    #expect(session.run("config", "chek") == 64 && session.errors.contains("did you mean \"check\"?"))
    #expect(Command.unknown("statsu")?.contains("did you mean \"status\"?") == true)
    #expect(Command.unknown("frobnicate") == nil && Command.unknown("certify-workr")?.contains("worker") != true)
    #expect(session.run("connectors", "show") == 64)
    #expect(session.run("connectors", "--help") == 0)
    #expect(session.output.hasPrefix("usage: patchbay connectors"))
  }

  @Test func dropInsAppearAndBadOnesAreTold() throws {
    let session = try Session()
    let manifest = """
      {"id":"tiny","name":"Tiny","type":"CLOB","version":"0.1.0","library":"tiny.so","abi":{"revision":1},
       "extensions":[],"credentials":[],"markets":{"spot":{"connector":"tiny"}},"permissions":{"hosts":[]}}
      """
    _ = try session.write(manifest, "plugins.d/tiny/manifest.json")
    _ = try session.write("", "plugins.d/tiny/tiny.so")
    _ = try session.write("{}", "plugins.d/broken/manifest.json")
    let config = try session.write(#"{"schema":1,"connectors":{"tiny":{"enabled":"${ON}"}}}"#, "patchbay.json")
    #expect(session.run("connectors", "--config", config, "--id", "tiny") == 0)
    let cells = session.output.split(separator: "\n")[1].split(separator: " ").map(String.init)
    #expect(cells.prefix(2) == ["tiny", "Tiny"] && cells.suffix(4) == ["yes", "yes", "unsigned", "worker"])
    #expect(session.errors.contains("plugins.d/broken/manifest.json:1:1: id: this field is missing. Add \"id\""))
  }
}

@Suite struct VenueScriptTests {
  /// What `patchbay venue --script FILE` says.
  private func said(_ file: String, _ registry: String) -> (code: Int32, text: String) {
    var text = ""
    let environment = CommandEnvironment(
      variables: [:], executableFolder: ".", terminalWidth: nil, output: { text += $0 }, error: { text += $0 + "\n" })
    let words = ["--script", file, "--plain", "--for", "0", "--registry", registry]
    return (VenueCommand.run(words, environment: environment), text)
  }

  @Test func aScriptIsForAConnectorThatThereIs() throws {
    let session = try Session()
    func script(_ exchange: String, _ connector: String, _ host: String) throws -> String {
      try session.write(
        """
        { "exchange": "\(exchange)", "connector": "\(connector)", "market": "spot", "pairs": ["BTC-USDT"],
          "hosts": ["\(host)"], "requests": [] }
        """, "script.json")
    }
    let host = "api.kraken.com:443"
    let served = said(try script("kraken", "kraken", host), session.registry)
    #expect(served.code == 0 && served.text.contains("kraken at http"), "\(served.text)")
    for (exchange, connector, host, text) in [
      ("krakn", "kraken", host, "exchange: there is no connector \"krakn\". Did you mean \"kraken\"?"),
      ("kraken", "krakenx", host, "connector: kraken has no connector \"krakenx\""),
      ("kraken", "kraken", "api.krakn.com:443", "hosts: kraken has no host \"api.krakn.com:443\""),
    ] {
      let refused = said(try script(exchange, connector, host), session.registry)
      #expect(refused.code == 1 && refused.text.contains(text), "\(refused.text)")
    }
  }

  @Test func whatCannotBeReadIsSaidOnceWithItsPlace() throws {
    let session = try Session()
    let missing = said("\(session.folder)/none.json", session.registry)
    #expect(missing.code == 1 && missing.text.contains("none.json") && !missing.text.contains("Error Domain"))
    let broken = try session.write("{\n  \"exchange\": }", "broken.json")
    let text = said(broken, session.registry).text
    #expect(text.hasPrefix("\(broken):2:15: ") && !text.contains("0:0"), "\(text)")
  }
}

@Suite struct ConfigCommandTests {
  @Test func initWritesAndRefusesToOverwrite() throws {
    let session = try Session()
    let path = "\(session.folder)/p.json"
    #expect(session.run("config", "init", path) == 0)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == Config.template)
    _ = try session.write("mine", "p.json")
    #expect(session.run("config", "init", path) == 1)
    #expect(session.errors == "\(path): it exists already; --force overwrites it\n")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    #expect(session.run("config", "init", path, "--force") == 0)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == Config.template)
    #expect(session.run("config", "init", "\(session.folder)/no/such/folder") == 1)
    #expect(session.errors.contains("No such file or directory"))
  }

  @Test func checkTellsEverythingThatIsWrong() throws {
    let session = try Session()
    #expect(session.run("config", "check", "\(session.folder)/none.json") == 1)
    #expect(session.errors.contains("`patchbay config init` writes one"))
    let wrong = try session.write("{ \"schema\": 1,\n  \"conectors\": {} }", "a.json")
    #expect(session.run("config", "check", wrong) == 1)
    #expect(session.errors == "\(wrong):2:3: conectors: unknown key. Did you mean \"connectors\"?\n")
    let closed = try session.write(
      #"{"schema":1,"connectors":{"ftx":{"permit":{"trading":true}},"papr":{}}}"#, "b.json")
    #expect(session.run("config", "check", closed) == 1)
    #expect(session.errors.contains("FTX is closed since 2022-11"))
    #expect(session.errors.contains("Did you mean \"paper\"?"))
  }

  /// Names are found without case, and everything that is wrong is said at once.
  @Test func namesOfConnectorsAreFoundWithoutCase() throws {
    let session = try Session()
    func check(_ members: String) throws -> Int32 {
      session.run("config", "check", try session.write(#"{"schema":1,\#(members)}"#, "names.json"))
    }
    #expect(
      try check(#""connectors":{"Kraken":{"permit":{"trading":true}}},"accounts":{"alice":{"connector":"KRAKEN"}}"#)
        == 0, "\(session.errors)")
    #expect(session.output.contains("it enables kraken\n"))
    #expect(try check(#""connectors":{"Kraken":{},"kraken":{}}"#) == 1)
    #expect(session.errors.contains("is the connector \"Kraken\" once more"), "\(session.errors)")
    let wrong = #""connectors":{"krakn":{},"Paper":{"enabld":true}},"accounts":{"alice":{"connector":"KRAKN"}},"fed":1"#
    #expect(try check(wrong) == 1)
    for words in [
      "connectors.krakn: there is", "accounts.alice.connector: there is", "enabld: unknown", "fed: unknown",
    ] {
      #expect(session.errors.contains(words), "\(words) in \(session.errors)")
    }
  }

  /// What a connector does not read would pass for its default.
  @Test func checkLooksAtTheConnectorsOwnFields() throws {
    let session = try Session()
    func check(_ exchange: String, _ members: String) throws -> Int32 {
      let path = try session.write(#"{"schema":1,"connectors":{"\#(exchange)":{\#(members)}}}"#, "own.json")
      return session.run("config", "check", path)
    }
    let spot = #""markets":{"spot":{"pairs":["BTC-USDT"]}},"#
    #expect(try check("paper", #"\#(spot)"config":{"seeed":7}"#) == 1)
    #expect(session.errors.contains("config.seeed: Paper reads no such field here. Did you mean \"seed\"?"))
    #expect(try check("paper", #"\#(spot)"config":{"funding_interval_s":60}"#) == 1, "only its perpetual reads it")
    #expect(try check("paper", #""config":{"funding_interval_s":60}"#) == 0)
    for (field, wanted) in [
      (#""seed":"x""#, "an integer, not string"), (#""seed":1.5"#, "an integer, not number"),
      (#""balances":[]"#, "an object, not array"), (#""markets":{}"#, "an array, not object"),
      (#""maker_fee":true"#, "a decimal, not boolean"),
    ] {
      #expect(try check("paper", #"\#(spot)"config":{\#(field)}"#) == 1)
      #expect(session.errors.contains("must be \(wanted)"), "\(session.errors)")
    }
    #expect(try check("paper", #"\#(spot)"config":{"seed":null,"maker_fee":0.001,"taker_fee":"0.002"}"#) == 0)
    #expect(try check("kraken", #""config":{"domain":"live"}"#) == 0)
    #expect(try check("kraken", #""config":{"domian":"live"}"#) == 1)
  }

  @Test func checkAcceptsTheTemplate() throws {
    let session = try Session()
    _ = try session.write("", "libpaper.so")
    let path = try session.write(Config.template, "p.json")
    #expect(session.run("config", "check", path) == 0)
    #expect(session.output == "\(path) is fine; it enables paper\n" && session.errors.isEmpty)
    #expect(session.run("config", "sing") == 64)
    #expect(session.run("config") == 64)
  }
}
