import Catalog
import Foundation
import JSONTree
import Testing

@testable import Runtime

/// `patchbay plugin` as an author and an operator use it, with a connector in C that was not built from this tree.
@Suite struct PluginCommandTests {
  private let deployment: Deployment
  private var scratch: Scratch { deployment.scratch }

  init() throws {
    deployment = try Deployment()
    for file in ["manifest.json", "libmetronome.so"] {
      try scratch.write(readBytes("\(Examples.metronome.get())/\(file)"), "author/metronome/\(file)")
    }
    try deployment.configure(#"{"metronome": {"markets": {"spot": {"pairs": ["TIC-TOC"]}}}}"#)
  }

  private func plugin(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
    try run(["\(buildFolder)/patchbay", "plugin"] + arguments + ["--config", deployment.configPath])
  }

  /// As the author's verbs, which know no configuration.
  private func author(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
    try run(["\(buildFolder)/patchbay", "plugin"] + arguments)
  }

  private func package(_ version: String? = nil, key: String = "author.key") throws -> String {
    if let version {
      let text = try String(contentsOfFile: scratch.path("author/metronome/manifest.json"), encoding: .utf8)
      try scratch.write(
        text.replacing(#/"version": "[0-9.]+"/#, with: #""version": "\#(version)""#), "author/metronome/manifest.json")
    }
    let path = scratch.path("metronome-\(version ?? "1.0.0").tar")
    let packed = try author(
      "pack", scratch.path("author/metronome"), "--key", scratch.path(key), "--output", path)
    #expect(packed.status == 0 && packed.output.contains(", signed"), "\(packed)")
    return path
  }

  private func keyPair(_ name: String = "author.key") throws -> String {
    let made = try author("keygen", scratch.path(name), "--no-password")
    #expect(made.status == 0, "\(made.errors)")
    return scratch.path("\(name).pub")
  }

  private func trust() throws -> (status: String?, reason: String?) {
    let listed = try deployment.patchbay(
      "connectors", "--config", deployment.configPath, "--json", "--id", "metronome")
    let row = try JSONDocument.parse(text: listed.output).array?.first { $0["id"]?.string == "metronome" }
    return (row?["trust"]?.string, row?["trust_reason"]?.string)
  }

  private func runs() throws -> (status: Int32, output: String, errors: String) {
    try deployment.patchbay("run", "--config", deployment.configPath, "--for", "0.3", "--every", "0.1", "--json")
  }

  @Test func fromTheAuthorsFolderToARunningHost() throws {
    let key = try keyPair()
    let path = try package()
    let stranger = try plugin("verify", path)
    #expect(stranger.status == 2 && stranger.output.contains("which nobody here trusts"), "\(stranger)")
    let refused = try plugin("install", path)
    #expect(refused.status == 1 && refused.errors.contains("patchbay plugin trust add metronome KEY"), "\(refused)")
    #expect(!scratch.exists("plugins.d/metronome"))
    #expect(try plugin("trust", "add", "metronome", key, "--name", "author-2026").status == 0)
    #expect(try plugin("verify", path).status == 0)
    let installed = try plugin("install", path)
    #expect(installed.status == 0 && installed.output.contains("signed with the key author-2026"), "\(installed)")
    #expect(try plugin("install", path).output.contains("is installed already"))
    #expect(try trust().status == "signed")
    #expect(try deployment.patchbay("config", "check", "--config", deployment.configPath).errors == "")
    let ran = try runs()
    #expect(ran.status == 0 && ran.output.contains("TIC-TOC") && ran.errors == "", "\(ran)")
    let shown = try deployment.patchbay("connectors", "show", "metronome", "--config", deployment.configPath)
    #expect(shown.output.contains("signed: signed with the key author-2026 of trust.json"), "\(shown.output)")
    let list = try plugin("list")
    #expect(list.output.contains("metronome  1.0.0    signed  author-2026"), "\(list)")
  }

  @Test func oneByteIsNoticedEverywhere() throws {
    _ = try plugin("trust", "add", "metronome", keyPair())
    _ = try plugin("install", package())
    let library = "plugins.d/metronome/libmetronome.so"
    let right = try readBytes(scratch.path(library))
    var bytes = right
    bytes[bytes.count - 1] ^= 1
    try scratch.write(bytes, library)
    #expect(try trust().status == "modified" && trust().reason?.contains("its manifest names") == true)
    #expect(try plugin("verify", "metronome").status == 1)
    let check = try deployment.patchbay("config", "check", "--config", deployment.configPath)
    #expect(check.status == 1 && check.errors.contains("connectors.metronome: it does not run: modified:"), "\(check)")
    let ran = try runs()
    #expect(ran.status == 1 && ran.errors.contains("metronome: is not run: modified: its library's SHA-256"), "\(ran)")
    try scratch.write(right, library)
    // And of the manifest: another act, another host.
    let manifest = "plugins.d/metronome/manifest.json"
    let text = try String(contentsOfFile: scratch.path(manifest), encoding: .utf8)
    try scratch.write(text.replacing(#""hosts": []"#, with: #""hosts": ["evil.example.com:443"]"#), manifest)
    #expect(try trust().status == "invalid" && trust().reason?.contains("not of these bytes") == true)
    #expect(try runs().errors.contains("metronome: is not run: invalid:"))
    // Nor does it help to take the signature away.
    try FileManager.default.removeItem(atPath: scratch.path("plugins.d/metronome/manifest.json.minisig"))
    #expect(try trust().status == "invalid" && runs().status == 1)
    let replayed = try deployment.patchbay(
      "replay", "\(packageRoot)/examples/harbour/data/captures/harbour-2026-01-05.jsonl", "--connector", "metronome",
      "--config", deployment.configPath)
    #expect(try plugin("install", scratch.path("metronome-1.0.0.tar")).status == 0 && trust().status == "signed")
    #expect(replayed.status == 1 && replayed.errors.contains("is not run: invalid"), "\(replayed)")
  }

  @Test func aSignatureIsOfOneManifestAndOneKey() throws {
    _ = try plugin("trust", "add", "metronome", keyPair())
    _ = try keyPair("other.key")
    let forged = try plugin("install", package(key: "other.key"))
    #expect(forged.status == 1 && forged.errors.contains("wants it signed with the key"), "\(forged)")
    #expect(!scratch.exists("plugins.d/metronome"))
    // The right signature, of another version.
    _ = try package()
    let signature = try readBytes(scratch.path("author/metronome/manifest.json.minisig"))
    _ = try package("2.0.0")
    try scratch.write(signature, "author/metronome/manifest.json.minisig")
    let mixed = try plugin("install", scratch.path("author/metronome"))
    #expect(mixed.status == 1 && mixed.errors.contains("not of these bytes"), "\(mixed)")
  }

  @Test func keysEndAndAreBoundToIds() throws {
    let key = try keyPair()
    let path = try package()
    let past = try plugin("trust", "add", "metronome", key, "--until", "2020-01-01")
    #expect(past.status == 1 && past.errors.contains("is over"))
    #expect(try plugin("trust", "add", "other", key).status == 0)
    #expect(try plugin("install", path).errors.contains("is trusted for other, and not for metronome"))
    #expect(try plugin("trust", "add", "metronome", key).status == 0)
    #expect(try plugin("install", path).status == 0)
    let file = try String(contentsOfFile: scratch.path("trust.json"), encoding: .utf8)
    try scratch.write(file.replacing(#/"until": "[0-9-]+"/#, with: #""until": "2024-02-29""#), "trust.json")
    #expect(try runs().errors.contains("expired on 2024-02-29"))
    #expect(try plugin("trust", "list").output.contains("expired 2024-02-29"))
    let removed = try (0..<2).map { _ in try plugin("trust", "remove", "metronome").status }
    #expect(removed == [0, 1])
  }

  @Test func versionsGoForwardAndBack() throws {
    _ = try plugin("trust", "add", "metronome", keyPair())
    let (old, new) = (try package("1.0.0"), try package("1.1.0"))
    _ = try plugin("install", new)
    let older = try plugin("install", old)
    #expect(older.status == 1 && older.errors.contains("1.0.0 is older than 1.1.0"), "\(older)")
    #expect(try plugin("install", old, "--downgrade").status == 0)
    #expect(try plugin("install", new).status == 0)
    let back = try plugin("rollback", "metronome")
    #expect(back.status == 0 && back.output.contains("metronome is 1.0.0 again"), "\(back)")
    #expect(try runs().status == 0)
    // One that was stopped meanwhile does not come back.
    let file = try String(contentsOfFile: scratch.path("trust.json"), encoding: .utf8)
    let advisory = #"{"connector": "metronome", "date": "2026-11-30", "versions": ["1.1.0"], "text": "swings wrong"}"#
    try scratch.write(file.replacing(#""advisories": []"#, with: #""advisories": [\#(advisory)]"#), "trust.json")
    let stopped = try plugin("rollback", "metronome")
    #expect(stopped.status == 1 && stopped.errors.contains("swings wrong"), "\(stopped)")
    #expect(try plugin("remove", "metronome").status == 0 && !scratch.exists("plugins.d/metronome"))
    #expect(try plugin("remove", "../author").status == 1 && scratch.exists("author/metronome/manifest.json"))
  }

  @Test func hashesAndUnsignedOnes() throws {
    let folder = scratch.path("author/metronome")
    #expect(try author("pack", folder, "--output", scratch.path("plain.tar")).output.contains("not signed"))
    let plain = try plugin("verify", scratch.path("plain.tar"), "--json")
    let hash = try #require(JSONDocument.parse(text: plain.output)["trust"]?["manifest_sha256"]?.string)
    #expect(plain.status == 2)
    #expect(try plugin("install", scratch.path("plain.tar")).status == 1)
    #expect(try plugin("install", scratch.path("plain.tar"), "--unsigned").status == 0)
    #expect(try trust().status == "unsigned" && runs().errors == "", "it runs in a worker")
    #expect(try plugin("trust", "add", "metronome", "sha256:\(hash)").status == 0)
    #expect(try plugin("verify", "metronome").status == 0 && runs().errors == "")
    #expect(try plugin("trust", "add", "metronome", "sha256:\(hash.dropLast())").errors.contains("64 hexadecimal"))
    #expect(try plugin("trust", "remove", "metronome", "sha256:\(hash)").status == 0)
    try scratch.write(
      try String(contentsOfFile: deployment.configPath, encoding: .utf8)
        .replacing(#""schema": 1,"#, with: #""schema": 1, "trust": {"require": "signed"},"#), "patchbay.json")
    let strict = try runs()
    #expect(strict.status == 1 && strict.errors.contains("trust.require in the configuration wants a signature"))
  }

  @Test func anotherConnectorsPlaceIsNotTaken() throws {
    _ = try keyPair()
    let text = try String(contentsOfFile: scratch.path("author/metronome/manifest.json"), encoding: .utf8)
    for (id, words) in [("binance", "is an entry of the registry"), ("b1nance", "looks like \"binance\"")] {
      let own = text.replacing(#""id": "metronome""#, with: #""id": "\#(id)""#)
        .replacing(#""connector": "metronome""#, with: #""connector": "x_\#(id)""#)
      try scratch.write(own, "author/metronome/manifest.json")
      let refused = try plugin("install", package(), "--unsigned")
      #expect(refused.status == 1 && refused.errors.contains(words), "\(refused)")
    }
    let thief = text.replacing(#""connector": "metronome""#, with: #""connector": "kraken""#)
    try scratch.write(thief, "author/metronome/manifest.json")
    let theft = try plugin("install", package(), "--unsigned")
    #expect(theft.status == 1 && theft.errors.contains(#"the connector "kraken" belongs to "kraken""#), "\(theft)")
    for odd in ["Metronome", "m\u{0435}tronome"] {
      let other = text.replacing(#""id": "metronome""#, with: #""id": "\#(odd)""#)
      try scratch.write(other, "author/metronome/manifest.json")
      #expect(try plugin("install", scratch.path("author/metronome"), "--unsigned").errors.contains("is not an id"))
    }
  }

  @Test func anAdvisoryStopsCoreConnectorsAndThoseThatAreEnabledAgain() throws {
    try deployment.configure(#"{"paper": {"markets": {"spot": {"pairs": ["BTC-USDT"]}}}}"#)
    let program = try RunningProgram(deployment)
    try program.wait { try program.ask("status").status == 0 }
    #expect(try program.json("status")["connectors"]?.array?.first?["trust"] == "core")
    #expect(try program.ask("disable", "paper").status == 0)
    let advisory = #"{"connector": "paper", "date": "2026-11-30", "before": "9.0.0", "text": "fills too well"}"#
    try scratch.write(#"{"schema": 1, "advisories": [\#(advisory)]}"#, "trust.json")
    let enabled = try program.ask("enable", "paper")
    #expect(enabled.status == 1 && enabled.errors.contains("fills too well"), "\(enabled)")
    try scratch.write("{", "trust.json")
    #expect(try program.ask("enable", "paper").errors.contains("the advisories cannot be read"))
    try FileManager.default.removeItem(atPath: scratch.path("trust.json"))
    #expect(try program.ask("enable", "paper").status == 0)
    program.signal(SIGTERM)
    _ = program.ended()
    try scratch.write(#"{"schema": 1, "advisories": [\#(advisory)]}"#, "trust.json")
    let ran = try runs()
    #expect(ran.status == 1 && ran.errors.contains("paper: is not run: stopped by an advisory of trust.json"), "\(ran)")
    try scratch.write("{", "trust.json")
    #expect(try runs().status == 1, "what may stop something is not passed over")
  }

  /// The file is another one by the time it is loaded.
  @Test func aLibraryThatIsSwappedAfterItWasJudgedIsNotLoaded() throws {
    _ = try plugin("install", scratch.path("author/metronome"), "--unsigned")
    let catalog = try deployment.catalog()
    let path = try #require(catalog["metronome"]?.libraryPath)
    try scratch.write(CLibrary.constructor(leaving: scratch.path("has-run")), "evil.c")
    try CLibrary.compile(scratch.path("evil.c").withIncludes(scratch), to: path)
    let host = Host(lane: Lane(clock: ManualClock()), transport: OfflineTransport())
    let faults = host.load(try deployment.config(), catalog: catalog, libraryFolders: [])
    #expect(faults.count == 1 && faults[0].description.contains("it was changed after it was judged"), "\(faults)")
    #expect(!scratch.exists("has-run"))
  }

  /// Debian's minisign signs, and everything here believes it; and the other way round.
  @Test(.enabled(if: hasMinisign, "minisign is not installed: nothing was compared; apt-get install minisign"))
  func itIsSignedByMinisign() throws {
    #expect(try run("minisign", "-G", "-W", "-p", scratch.path("m.pub"), "-s", scratch.path("m.sec")).status == 0)
    let folder = scratch.path("author/metronome")
    #expect(try author("pack", folder, "--output", scratch.path("m.tar")).output.contains("not signed"))
    #expect(try run("minisign", "-S", "-s", scratch.path("m.sec"), "-m", "\(folder)/manifest.json").status == 0)
    #expect(try author("pack", folder, "--output", scratch.path("m.tar")).output.contains(", signed"))
    #expect(try plugin("verify", scratch.path("m.tar"), "--key", scratch.path("m.pub")).status == 0)
    #expect(try plugin("trust", "add", "metronome", scratch.path("m.pub")).status == 0)
    #expect(try plugin("install", scratch.path("m.tar")).status == 0 && runs().status == 0)
    #expect(try author("sign", folder, "--key", scratch.path("m.sec")).status == 0)
    #expect(
      try run("minisign", "-V", "-p", scratch.path("m.pub"), "-m", "\(folder)/manifest.json").output
        .contains("connector:metronome 1.0.0"))
  }

  static let hasMinisign = (try? run("minisign", "-v"))?.status == 0
}

extension String {
  /// A C file with what a constructor needs before it.
  fileprivate func withIncludes(_ scratch: Scratch) throws -> String {
    let text = try String(contentsOfFile: self, encoding: .utf8)
    return try scratch.write("#include <stdio.h>\n" + text, "with-includes.c")
  }
}
