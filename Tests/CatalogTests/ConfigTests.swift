import JSONTree
import SeededNumbers
import Testing

@testable import Catalog

private func problems(_ text: String, _ environment: [String: String] = [:]) -> [Problem] {
  do {
    _ = try Config.parse(bytes: Array(text.utf8), file: "patchbay.json", environment: environment)
    return []
  } catch { return error.all }
}

private func config(_ text: String, _ environment: [String: String] = [:]) throws -> Config {
  try Config.parse(bytes: Array(text.utf8), file: "patchbay.json", environment: environment)
}

@Suite struct ConfigTests {
  @Test func readsEveryField() throws {
    let hash = String(repeating: "ab", count: 32)
    let config = try config(
      """
      { "schema": 1, "data_folder": "d", "plugin_folder": "/p", "registry": "r.json",
        "accounts": { "main": { "connector": "binance" } },
        "connectors": {
          "binance": {
            "enabled": true, "sha256": "\(hash)", "replaces_registry": true,
            "markets": { "spot": { "pairs": ["BTC-USDT", "ETH-BTC"] }, "perp": {} },
            "permit": { "run": "worker", "trading": true, "markets": ["spot"], "notional_cap": 1000.50,
              "balances": { "USDT": "5000", "BTC": 0.5 }, "loss_limit": { "USDT": "250" } },
            "fees": { "maker": "0", "taker": 0.00075, "from": "returns" },
            "endpoint": { "domain": "testnet", "urls": { "api.binance.com:443": "http://127.0.0.1:8080" },
              "authorities": "/tmp/ca.pem" },
            "config": { "seed": 42, "nested": { "list": [1, "x"] } }, // trailing commas are fine
          },
          "paper": {},
        },
        "recording": { "folder": "rec", "maximum_megabytes": 10 },
        "instance": "a1", "limits": { "share_percent": 40 }, "orders": { "on_stop": "keep", "strays": "cancel" },
      }
      """)
    #expect(config.dataFolder == "d" && config.pluginFolder == "/p" && config.registry == "r.json")
    #expect(config.accounts.map(\.name) == ["main"] && config.accounts.first?.connector == "binance")
    let binance = try #require(config["binance"])
    #expect(binance.enabled && binance.sha256 == hash && binance.replacesRegistry)
    #expect(binance.markets.map(\.market) == [.spot, .perp])
    #expect(binance.markets[0].pairs == ["BTC-USDT", "ETH-BTC"] && binance.markets[1].pairs.isEmpty)
    #expect(binance.permit.run == .worker && binance.permit.trading && binance.permit.markets == [.spot])
    #expect(binance.permit.notionalCap == "1000.50", "digits are kept as written")
    #expect(binance.permit.balances == ["USDT": "5000", "BTC": "0.5"])
    #expect(binance.permit.lossLimit == Config.LossLimit(asset: "USDT", most: "250"))
    #expect(binance.fees == Config.Fees(maker: "0", taker: "0.00075", from: .returns))
    #expect(binance.endpoint.domain == "testnet")
    #expect(binance.endpoint.urls == ["api.binance.com:443": "http://127.0.0.1:8080"])
    #expect(binance.endpoint.authorities == "/tmp/ca.pem")
    #expect(binance.settings == ["seed": 42, "nested": ["list": [1, "x"]]])
    let paper = try #require(config["paper"])
    #expect(paper.enabled && !paper.permit.trading && paper.permit.run == nil && paper.settings == [:])
    #expect(config.recording == Config.Recording(enabled: true, folder: "rec", maximumMegabytes: 10))
    #expect(config.instance == "a1" && config.sharePercent == 40)
    #expect(config.orders == Config.Orders(onStop: .keep, strays: .cancel))
  }

  @Test func defaultsAndPaths() throws {
    let least = try config(#"{"schema":1}"#)
    #expect(least.dataFolder == "data" && least.pluginFolder == "plugins.d" && least.registry == nil)
    #expect(least.connectors.isEmpty && !least.recording.enabled)
    #expect(least.instance == "0" && least.sharePercent == 100)
    #expect(least.orders == Config.Orders(onStop: .cancel, strays: .adopt))
    var placed = least
    placed.file = "/etc/patchbay/patchbay.json"
    #expect(placed.resolve("data") == "/etc/patchbay/data")
    #expect(placed.resolve("/data") == "/data")
    #expect(least.resolve("data") == "data")
  }

  /// Each row: a member of the file, the field, the kind, a part of the message or remedy.
  @Test(arguments: [
    (#""instance":"A""#, "instance", Problem.Kind.value, "1 to 8 of a-z and 0-9"),
    (#""instance":"ninechars""#, "instance", .value, "unlike that of any other host"),
    (#""instance":"""#, "instance", .value, "1 to 8"),
    (#""limits":{"share_percent":0}"#, "limits.share_percent", .value, "100"),
    (#""limits":{"share":50}"#, "limits.share", .unknownKey, "share_percent"),
    (#""orders":{"on_stop":"leave"}"#, "orders.on_stop", .value, "cancel, keep"),
    (#""orders":{"strays":"adpt"}"#, "orders.strays", .value, "Did you mean \"adopt\"?"),
  ])
  func mistakesAtTheTopAreNamed(_ member: String, _ field: String, _ kind: Problem.Kind, _ words: String) throws {
    let found = problems("{\"schema\":1,\(member)}")
    try #require(found.count == 1, "\(found)")
    #expect(found[0].field == field && found[0].kind == kind, "\(found[0])")
    #expect(found[0].description.contains(words), "\(found[0])")
  }

  /// Each row: a text for `connectors.binance`, the field, the kind, a part of the message or remedy.
  @Test(arguments: [
    (#"{"enabld":true}"#, "enabld", Problem.Kind.unknownKey, "Did you mean \"enabled\"?"),
    (#"{"enabled":"yes"}"#, "enabled", .type, "must be true or false, not string"),
    (#"{"markets":["spot"]}"#, "markets", .type, "must be an object, not array"),
    (#"{"markets":{"sopt":{}}}"#, "markets.sopt", .unknownKey, "Did you mean \"spot\"?"),
    (#"{"markets":{"spot":{"pairs":["BTCUSDT"]}}}"#, "markets.spot.pairs[0]", .value, "BASE-QUOTE"),
    (#"{"markets":{"spot":{"pairs":["A-B","A-B"]}}}"#, "markets.spot.pairs[1]", .conflict, "stands twice"),
    (#"{"permit":{"run":"in-process"}}"#, "permit.run", .value, "Did you mean \"in_process\"?"),
    (#"{"permit":{"trading":1}}"#, "permit.trading", .type, "not number"),
    (#"{"permit":{"notional_cap":"1e5"}}"#, "permit.notional_cap", .value, "plain decimal"),
    (#"{"permit":{"notional_cap":-5}}"#, "permit.notional_cap", .value, "above zero"),
    (#"{"permit":{"notional_cap":0.00}}"#, "permit.notional_cap", .value, "above zero"),
    // More digits than are counted in: it must not pass for "no cap".
    (#"{"permit":{"notional_cap":"1234567890123456789012"}}"#, "permit.notional_cap", .value, "18 digits"),
    (#"{"permit":{"balances":{"USDT":"-1"}}}"#, "permit.balances.USDT", .value, "above zero"),
    (#"{"permit":{"loss_limit":"250"}}"#, "permit.loss_limit", .type, "must be an object"),
    (#"{"permit":{"loss_limit":{"USDT":"0"}}}"#, "permit.loss_limit.USDT", .value, "above zero"),
    (#"{"permit":{"loss_limit":{"USDT":"1","EUR":"1"}}}"#, "permit.loss_limit", .value, "one quote asset"),
    (#"{"fees":{"maker":"-0.1"}}"#, "fees.maker", .value, "from 0 to 1"),
    (#"{"fees":{"taker":2}}"#, "fees.taker", .value, "from 0 to 1"),
    (#"{"fees":{"from":"quote"}}"#, "fees.from", .value, "cost"),
    (#"{"permit":{"markets":["option"]}}"#, "permit.markets[0]", .value, "Known: spot, perp, amm"),
    (#"{"endpoint":{"urls":{"api.binance.com":"https://x"}}}"#, "endpoint.urls.api.binance.com", .value, "host"),
    (#"{"endpoint":{"urls":{"a.b:1":"ftp://x"}}}"#, "endpoint.urls.a.b:1", .value, "URL"),
    (#"{"endpoint":{"urls":{"a.b:1":"https://me:pw@x/"}}}"#, "endpoint.urls.a.b:1", .secret, "Secrets"),
    (#"{"endpoint":{"authorities":""}}"#, "endpoint.authorities", .value, "path"),
    (#"{"sha256":"AB"}"#, "sha256", .value, "64"),
    (#"{"config":[1]}"#, "config", .type, "must be an object"),
    (#"{"config":{"deep":[{"API-Key":"x"}]}}"#, "config.deep[0].API-Key", .secret, "looks like a secret"),
    (#"{"config":{"pem":"-----BEGIN EC PRIVATE KEY-----"}}"#, "config.pem", .secret, "looks like a secret"),
    (#"5"#, "", .type, "must be an object"),
  ]) func mistakesAreNamed(row: (text: String, field: String, kind: Problem.Kind, part: String)) throws {
    let found = problems("{\"schema\":1,\n\"connectors\":{\"binance\":\(row.text)}}")
    let field = row.field.isEmpty ? "connectors.binance" : "connectors.binance.\(row.field)"
    let problem = try #require(found.first { $0.field == field && $0.kind == row.kind }, "\(found)")
    #expect(problem.description.contains(row.part), "\(problem)")
    #expect(problem.position?.line == 2)
    #expect(problem.description.hasPrefix("patchbay.json:2:"))
  }

  @Test func mistakesElsewhereAreNamed() {
    #expect(problems("{}").map(\.field) == ["schema"])
    #expect(problems(#"{"schema":2}"#).map(\.message) == ["2 is not from 1 to 1"])
    #expect(problems(#"{"schema":1,"acounts":{}}"#).map(\.remedy) == ["Did you mean \"accounts\"?"])
    #expect(problems(#"{"schema":1,"accounts":{"A b":{"connector":"x"}}}"#).map(\.kind) == [.value])
    #expect(problems(#"{"schema":1,"accounts":{"a":{}}}"#).map(\.field) == ["accounts.a.connector"])
    #expect(problems(#"{"schema":1,"accounts":{"a":{"connector":"x","secret_key":"s"}}}"#).contains {
      $0.kind == .secret && $0.field == "accounts.a.secret_key"
    })
    #expect(problems(#"{"schema":1,"recording":{"maximum_megabytes":0}}"#).map(\.kind) == [.value])
    #expect(problems(#"{"schema":1,"data_folder":""}"#).map(\.kind) == [.value])
    #expect(problems("[]").map(\.kind) == [.type])
    #expect(problems("{\"schema\":1,\n  \"x\" 2}").map(\.description)
      == ["patchbay.json:2:7: ':' behind a key must stand here, not '2'"])
  }

  @Test func allMistakesAreToldInOrder() {
    let found = problems(
      """
      {
        "connectors": { "a": { "permit": { "trading": "${NOPE}" } } },
        "recording": { "enabled": 1 },
        "typo": true
      }
      """)
    #expect(found.map(\.field) == ["schema", "connectors.a.permit.trading", "connectors.a.permit.trading",
      "recording.enabled", "typo"])
    #expect(found.map { $0.position?.line } == [1, 2, 2, 3, 4])
  }

  @Test(arguments: [
    "secret", "secret_key", "apiKey", "API-KEY", "password", "passPhrase", "private_key", "mnemonic", "access_token",
    "jwt",
  ]) func secretsAreRecognised(key: String) { #expect(SecretGuard.looksSecret(key)) }

  @Test(arguments: ["seed", "token", "tokens", "key_id_length", "account", "pass_rate", "domain", "public_key"])
  func ordinaryNamesAreNotSecrets(key: String) { #expect(!SecretGuard.looksSecret(key)) }

  @Test func everyTruncationAndMutationOfTheTemplateIsHandled() {
    let bytes = Array(Config.template.utf8)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      _ = try? Config.parse(bytes: Array(bytes[..<length]), file: "t", environment: [:])
    }
    var random = SplitMix(state: 11)
    var accepted = 0
    for _ in 0..<2000 {
      var mutant = bytes
      mutant[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      do {
        _ = try Config.parse(bytes: mutant, file: "t", environment: [:])
        accepted += 1
      } catch { #expect(!error.all.isEmpty) }
    }
    #expect(accepted > 100 && accepted < 2000)
  }
}

@Suite struct StandInTests {
  private func value(_ text: String, _ environment: [String: String]) throws -> JSONValue? {
    try config("{\"schema\":1,\"connectors\":{\"a\":{\"config\":{\"x\":\(text)}}}}", environment)["a"]?.settings["x"]
  }

  @Test func areReplacedInsideTexts() throws {
    let environment = ["HOST": "h.example", "PORT": "80", "EMPTY": "", "_x1": "ok"]
    #expect(try value(#""http://${HOST}:${PORT}/""#, environment) == "http://h.example:80/")
    #expect(try value(#""a${EMPTY}b""#, environment) == "ab")
    #expect(try value(#""${EMPTY:-full}""#, environment) == "full")
    #expect(try value(#""${NONE:-}""#, environment) == "")
    #expect(try value(#""${NONE:-a:-b}""#, environment) == "a:-b")
    #expect(try value(#""$${HOST} $5 $""#, environment) == "${HOST} $5 $")
    #expect(try value(#"["${_x1}",{"y":"${HOST}"}]"#, environment) == ["ok", ["y": "h.example"]])
    #expect(try value(#""${PORT}""#, ["PORT": "${HOST}"]) == "${HOST}", "values are not expanded again")
  }

  @Test func standForNumbersAndBooleansWhenWhole() throws {
    let environment = ["ON": "true", "SIZE": "12", "CAP": "10.50", "TEXT": "0x1"]
    #expect(try value(#""${ON}""#, environment) == true)
    #expect(try value(#""${SIZE}""#, environment) == 12)
    #expect(try value(#""${SIZE} ""#, environment) == "12 ")
    #expect(try value(#""${TEXT}""#, environment) == "0x1")
    #expect(try value(#""12""#, environment) == "12", "a plain text stays a text")
    let config = try config(
      #"""
      {"schema":1,"connectors":{"a":{"enabled":"${ON}","permit":{"notional_cap":"${CAP}"}}},
       "recording":{"maximum_megabytes":"${SIZE}"},"data_folder":"${SIZE}"}
      """#, environment)
    #expect(config["a"]?.enabled == true && config["a"]?.permit.notionalCap == "10.50")
    #expect(config.recording.maximumMegabytes == 12 && config.dataFolder == "12")
  }

  @Test func missingAndMalformedOnesAreNamed() {
    func one(_ text: String) -> String? { problems("{\"schema\":1,\"data_folder\":\(text)}").first?.description }
    #expect(one(#""${NOPE}/x""#)
      == "patchbay.json:1:27: data_folder: the environment variable NOPE is not set. "
      + "Set it, or give a default: ${NOPE:-value}")
    #expect(one(#""${NOPE""#)?.contains("without \"}\"") == true)
    #expect(one(#""${1A}""#)?.contains("is not the name") == true)
    #expect(one(#""${}""#)?.contains("is not the name") == true)
    #expect(one(#""${A B}""#)?.contains("is not the name") == true)
  }

  @Test func secretsThroughTheEnvironmentAreRefusedAsWell() {
    let text = #"{"schema":1,"connectors":{"a":{"config":{"secret_key":"${KEY}"}}}}"#
    #expect(problems(text, ["KEY": "s3cr3t"]).map(\.kind) == [.secret])
    #expect(problems(text, ["KEY": "s3cr3t"]).allSatisfy { !$0.description.contains("s3cr3t") })
  }
}
