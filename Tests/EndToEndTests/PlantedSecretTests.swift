import Foundation
import Glibc
import Testing

/// The program with known secrets, and everything that it writes searched for them: what it prints, each file that it
/// leaves, and its memory.
@Suite(.serialized) struct PlantedSecretTests {
  /// What the program works in, and where the secrets come from; only the first is searched.
  private let work: Scratch
  private let given: Scratch
  private let store: String

  init() throws {
    (work, given) = (try Scratch(), try Scratch())
    store = work.path("data/keys")
    try FileManager.default.createDirectory(atPath: work.path("data"), withIntermediateDirectories: true)
    chmod(work.path("data"), 0o700)
    for (name, text) in [
      ("shared", Planted.shared), ("other", Planted.other), ("edwards", Planted.edwards), ("curve", Planted.curve),
      ("words", Planted.words + " m/44'/60'/0'/0/0"), ("short", Planted.words + " legal m/0"),
      ("json", #"{"api_key": "id-of-json", "secret_key": "\#(Planted.shared)"}"#),
      ("hidden", #"{"api_key": "id-of-hidden", "secret_key": "\#(Planted.other)\u0007"}"#),
      ("pin", Planted.password + "\n"),
    ] {
      try given.write(text, name)
    }
    try given.write(Self.openRegistry(), "registry.json")
  }

  /// The registry, but that Binance's secret may have every form that the store knows: each is searched for. What an
  /// exchange takes is narrower, and whatever else is given is refused.
  private static func openRegistry() throws -> String {
    let text = try String(contentsOfFile: "\(packageRoot)/registry.json", encoding: .utf8)
    let declared = #/,\s*"encoding": \["text", "pem"\],\s*"length": \{[^}]*\}/#
    let open = text.replacing(declared, with: "")
    try #require(open != text)
    return open
  }

  /// Swift's crash reports are asked for: they would print the memory that registers point to.
  private var program: [String] {
    ["SWIFT_BACKTRACE=enable=yes", "PATCHBAY_PASSWORD=\(Planted.password)", "\(buildFolder)/patchbay"]
  }

  private func keys(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
    try run(program + ["keys"] + arguments + ["--store", store, "--registry", given.path("registry.json")])
  }

  /// Every file below the folder.
  private func searchFiles(_ count: Int) throws {
    let files = try Planted.files(below: work.folder)
    for path in files { #expect(try Planted.found(in: readBytes(work.path(path))) == [], "\(path)") }
    #expect(files.count >= count, "there is something to search")
  }

  @Test func theSearchFindsWhatIsThere() throws {
    #expect(try Planted.found(in: readBytes(given.path("shared"))).contains("secret 1 as it is"))
    let folded = Data("user:\(Planted.shared):".utf8).base64EncodedString()
    #expect(Planted.found(in: Array(folded.utf8)) == ["secret 1 in base64 at 2", "secret 1 in base64url at 2"])
    #expect(Planted.found(in: Array(Planted.edwards.uppercased().utf8)) == ["secret 6 in upper hex"])
    #expect(Planted.found(in: Array("nothing".utf8)) == [])
  }

  @Test func nothingThatIsPrintedOrKeptHoldsASecret() throws {
    var shown = ""
    func expect(_ status: Int32, _ result: (status: Int32, output: String, errors: String)) {
      #expect(result.status == status, "\(result.output)\(result.errors)")
      shown += result.output + result.errors
    }
    func add(_ name: String, _ file: String, _ form: String) throws -> (Int32, String, String) {
      try keys(
        "add", "binance", "--account", name, "--field", "api_key=id-of-\(name)", "--field",
        "secret_key=@\(given.path(file))", "--form", "secret_key=\(form)")
    }
    for (name, file, form) in [
      ("one", "shared", "base64"), ("two", "other", "raw"), ("three", "edwards", "ed25519-hex"),
      ("four", "curve", "secp256k1-hex"), ("five", "words", "mnemonic"),
    ] {
      expect(0, try add(name, file, form))
      expect(0, try keys("test", "binance", "--account", name))
    }
    expect(0, try keys("add", "kraken", "--from-file", given.path("json")))
    expect(0, try keys("list"))
    // Mistakes, each with a secret in its way.
    expect(1, try keys("add", "binance_us", "--from-file", given.path("hidden")))
    expect(1, try add("one", "other", "raw"))
    expect(1, try add("six", "other", "hex"))
    expect(1, try add("six", "other", "secp256k1-hex"))
    expect(1, try add("six", "words", "pem"))
    expect(1, try add("six", "short", "mnemonic"))
    expect(1, try keys("add", "binance", "--account", "six", "--field", "secret_key=\(Planted.shared)"))
    expect(1, try keys("add", "binance", "--account", "six", "--from-file", given.path("shared")))
    expect(1, try keys("list", "--password-file", given.path("other")))
    expect(0, try keys("list", "--password-file", given.path("pin")))
    expect(0, try keys("remove", "binance", "--account", "two"))
    #expect(shown.contains("EVM address: 0x") && shown.contains("a sample was signed"))
    #expect(Planted.found(in: Array(shown.utf8)) == [])
    try searchFiles(2)
  }

  /// A configuration that a secret was put into by mistake, and one that is right, with the store beside it. No server
  /// answers at the addresses.
  @Test func neitherConfigurationsNorRunsTellASecret() throws {
    #expect(try keys("add", "kraken", "--from-file", given.path("json")).status == 0)
    let mistaken = try given.write(
      #"{"schema": 1, "connectors": {"kraken": {"config": {"secret_key": "\#(Planted.shared)"}}}}"#, "patchbay.json")
    var shown = ""
    for command in [["run", "--config"], ["config", "check"]] {
      let result = try run(program + command + [mistaken])
      #expect(result.status == 1)
      shown += result.output + result.errors
    }
    let nowhere = ["api", "ws", "ws-auth"].map { #""\#($0).kraken.com:443": "http://127.0.0.1:1""# }
    let config = try work.write(
      """
      {"schema": 1, "accounts": {"main": {"connector": "kraken"}}, "recording": {"enabled": true},
       "connectors": {"kraken": {"markets": {"spot": {"pairs": ["BTC-USD"]}},
         "permit": {"run": "in_process", "trading": true},
         "endpoint": {"urls": {\(nowhere.joined(separator: ", "))}}}}}
      """, "patchbay.json")
    for options in [["--json"], []] {
      let result = try run(
        program + ["run", "--config", config, "--registry", "\(packageRoot)/registry.json", "--for", "0.3"] + options)
      shown += result.output + result.errors
    }
    #expect(shown.utf8.count > 200, "\(shown)")
    #expect(Planted.found(in: Array(shown.utf8)) == [])
    try searchFiles(2)
  }

  /// A fault leaves no core file, whatever the shell's limit was, and no report of what memory held.
  @Test func aFaultLeavesNoCoreFile() throws {
    try whileHoldingSecrets { process, _ in
      let limits = try String(contentsOfFile: "/proc/\(process.processIdentifier)/limits", encoding: .utf8)
      let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
      #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
      kill(process.processIdentifier, SIGSEGV)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGSEGV)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: work.folder) == ["data"])
    let errors = try String(decoding: readBytes(work.path("data/errors")), as: UTF8.self)
    #expect(!errors.contains("crashed") && !errors.contains("Registers"), "\(errors)")
    try searchFiles(2)
  }

  /// What a debugger writes down: refused to a user, and without any secret for the superuser, who may.
  @Test func aDumpOfItsMemoryHoldsNone() throws {
    try whileHoldingSecrets { process, pipe in
      let dump = try run("gcore", "-o", given.path("core"), "\(process.processIdentifier)")
      if dump.status == 0 {
        let memory = try readBytes(given.path("core.\(process.processIdentifier)"))
        #expect(memory.count > 1 << 20 && Planted.found(in: memory) == [])
      } else {
        #expect((dump.output + dump.errors).contains("ptrace: Operation not permitted"), "\(dump)")
      }
      #expect(write(pipe, "id-of-last", 10) == 10)
      close(pipe)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    try searchFiles(1)
  }

  /// Stops the program at a moment when it holds the password, the opened store and a secret just read: it waits for
  /// the other field from a pipe, whose writing end is lent and is for the body to close.
  private func whileHoldingSecrets(_ body: (Process, Int32) throws -> Void) throws {
    for (name, form) in [("curve", "secp256k1-hex"), ("edwards", "ed25519-hex"), ("shared", "raw")] {
      let result = try keys(
        "add", "binance", "--account", name, "--field", "api_key=id-of-\(name)", "--field",
        "secret_key=@\(given.path(name))", "--form", "secret_key=\(form)")
      #expect(result.status == 0, "\(result.errors)")
    }
    let pipe = given.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", #"ulimit -c unlimited; exec env "$@""#, "sh"] + program + [
      "keys", "add", "binance", "--account", "last", "--field", "secret_key=@\(given.path("other"))", "--field",
      "api_key=@\(pipe)", "--store", store, "--registry", "\(packageRoot)/registry.json",
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: work.folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(
      forWritingTo: URL(fileURLWithPath: work.write("", "data/errors")))
    try process.run()
    // The pipe can be opened for writing once the program has opened it for reading.
    var writer: Int32 = -1
    while writer < 0, process.isRunning {
      writer = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      sched_yield()
    }
    try #require(writer >= 0, "the program ended before it asked for the field")
    try body(process, writer)
  }
}
