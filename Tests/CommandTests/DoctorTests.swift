import Foundation
import Gateway
import JSONTree
import Journal
import Testing

@testable import patchbay

/// A machine on which nothing is wrong.
private let sound = Machine(
  descriptors: (1024, 65536), isClockKept: true, wall: 1_790_000_000_000_000_000, hasProc: true, memoryFileRule: nil,
  canRead: { _ in true }, freeBytes: { _ in 8 << 30 }, isRemote: { _ in false })

/// `patchbay doctor` in a folder of its own, on a machine of the test's.
private final class Practice {
  let folder: String
  private(set) var output = ""
  private(set) var errors = ""

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "doctor-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ text: String, _ name: String) throws {
    let url = URL(filePath: "\(folder)/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func run(_ machine: Machine = sound, _ options: String...) -> Int32 {
    (output, errors) = ("", "")
    let registry = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "registry.json").path
    let environment = CommandEnvironment(
      variables: [:], executableFolder: folder, terminalWidth: nil, output: { self.output += $0 },
      error: { self.errors += $0 + "\n" })
    return DoctorCommand.run(
      ["--config", "\(folder)/patchbay.json", "--registry", registry] + options, machine: machine,
      environment: environment)
  }
}

@Suite struct DoctorTests {
  private let plain = #"{ "schema": 1, "connectors": {} }"#

  @Test func aSoundMachineHasNothing() throws {
    let practice = try Practice()
    try practice.write(plain, "patchbay.json")
    #expect(practice.run() == 0 && practice.output.hasPrefix("nothing is wrong; "), "\(practice.output)")
    #expect(practice.run(sound, "--all") == 0)
    for area in ["files", "clock", "loading", "tls", "config", "data"] {
      #expect(practice.output.contains("ok       \(area)"), "\(area)")
    }
    #expect(practice.run(sound, "--json") == 0)
    let findings = try JSONDocument.parse(text: practice.output)["findings"]?.array ?? []
    #expect(findings.count >= 6 && findings.allSatisfy { $0["level"]?.string == "ok" })
  }

  @Test func whatIsWrongWithTheMachineHasARemedy() throws {
    let practice = try Practice()
    try practice.write(plain, "patchbay.json")
    func found(_ change: (inout Machine) -> Void) -> (code: Int32, text: String) {
      var machine = sound
      change(&machine)
      return (practice.run(machine), practice.output)
    }
    let cases: [(change: (inout Machine) -> Void, code: Int32, text: String, remedy: String)] = [
      ({ $0.descriptors = (256, 512) }, 1, "only 512 files", "LimitNOFILE"),
      ({ $0.isClockKept = false }, 0, "nothing keeps it in time", "systemd-timesyncd"),
      ({ $0.wall = 0 }, 1, "the clock is years behind", "set it"),
      ({ $0.hasProc = false }, 1, "/proc is not there", "mount"),
      ({ $0.memoryFileRule = 2 }, 1, "memfd_noexec = 2", "sysctl"),
      ({ $0.canRead = { _ in false } }, 1, "no certificates of authorities", "ca-certificates"),
    ]
    for one in cases {
      let (code, text) = found(one.change)
      #expect(code == one.code && text.contains(one.text) && text.contains("to do"), "\(text)")
      #expect(text.contains(one.remedy), "\(text)")
    }
  }

  @Test func theDataFolderIsLookedAt() throws {
    let practice = try Practice()
    try practice.write(plain, "patchbay.json")
    try practice.write("", "data/journal")
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: "\(practice.folder)/data")
    #expect(practice.run() == 1 && practice.output.contains("others can write to it"))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(practice.folder)/data")
    #expect(practice.run() == 0)
    var full = sound
    full.freeBytes = { _ in 1 << 20 }
    #expect(practice.run(full) == 1 && practice.output.contains("1 MiB are free"))
    var remote = sound
    remote.isRemote = { _ in true }
    #expect(practice.run(remote) == 0 && practice.output.contains("lies on another machine"))
  }

  /// Files where folders are to be, and files of earlier runs that a host cannot read.
  @Test func whatLiesInTheWayIsFound() throws {
    let practice = try Practice()
    func found(_ members: String, _ files: [String: String], _ texts: String...) throws {
      try? FileManager.default.removeItem(atPath: practice.folder)
      for (name, text) in files { try practice.write(text, name) }
      try practice.write(#"{ "schema": 1, \#(members) "connectors": {} }"#, "patchbay.json")
      let isFile = files["data"] != nil
      if files.keys.contains(where: { $0.hasPrefix("data/") }), !isFile {
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(practice.folder)/data")
      }
      #expect(practice.run() == 1, "\(practice.output)")
      for text in texts { #expect(practice.output.contains(text), "\(text): \(practice.output)") }
    }
    try found("", ["data": ""], "data is a file, not a folder", "move it away")
    #expect(!practice.output.contains("chmod"))
    try found(#""data_folder": "file/data","#, ["file": ""], "file is a file, and the data folder is to be in it")
    try found(#""plugin_folder": "plugins","#, ["plugins": ""], "plugins", "this is a file, not a folder")
    try found(
      #""recording": { "enabled": true, "folder": "tapes/new" },"#, ["tapes": ""], "tapes is a file, not a folder")
    try found("", ["data/journal.sqlite": "garbage, and no journal"], "not a journal of Patchbay")
    try found("", ["data/api-orders.log": "{}\ngarbage\n"], "line 1 is damaged", "line 2 is damaged")
    for (folder, text) in [("/proc", "not a file system in memory"), ("/nowhere", "feed.folder")] {
      try found(#""feed": { "folder": "\#(folder)" },"#, [:], folder, text)
    }
    var full = sound
    full.freeBytes = { _ in 1 << 20 }
    try practice.write(plain, "patchbay.json")
    #expect(practice.run(full) == 1 && practice.output.contains("/dev/shm has no room for"), "\(practice.output)")
  }

  /// A journal that knows of ids of programs misses their file.
  @Test func aLedgerThatIsGoneIsMissed() throws {
    let practice = try Practice()
    try practice.write(plain, "patchbay.json")
    try practice.write("", "data/empty")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(practice.folder)/data")
    do {
      let journal = try Journal(path: "\(practice.folder)/data/journal.sqlite")
      try journal.commit([.run(RunEntry(instance: "0", version: "1", started: 1))])
    }
    #expect(practice.run() == 0, "no program ever gave an id: \(practice.output)")
    do {
      let journal = try Journal(path: "\(practice.folder)/data/journal.sqlite")
      try journal.commit([.mark(JournalMark(exchange: "", account: "", topic: GatewayServer.ledgerTopic, time: 1))])
    }
    #expect(practice.run() == 1 && practice.output.contains("api-orders.log is gone"), "\(practice.output)")
  }

  @Test func theConfigurationAndWhatItNamesAreLookedAt() throws {
    let practice = try Practice()
    let config = """
      { "schema": 1, "plugin_folder": "plugins", "connectors": { "krakn": {} },
        "gateway": { "listen": "127.0.0.1:1", "tls": { "certificate": "c.pem", "key": "k.pem" } } }
      """
    try practice.write(config, "patchbay.json")
    try practice.write("", "plugins/forgotten/libx.so")
    try practice.write("no certificate", "c.pem")
    try practice.write("no key", "k.pem")
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: "\(practice.folder)/patchbay.json")
    #expect(practice.run() == 1)
    for text in [
      "there is no connector \"krakn\"", "Did you mean \"kraken\"?", "this folder has no manifest.json",
      "c.pem is no certificate in PEM", "others can write to", "chmod go-w", "others can read the key",
    ] {
      #expect(practice.output.contains(text), "\(text): \(practice.output)")
    }
    try practice.write("{", "patchbay.json")
    #expect(practice.run() == 1 && practice.output.contains("the text ends inside a value"))
  }

  @Test func aTakenPortIsSaid() throws {
    let practice = try Practice()
    let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(taken) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        #expect(bind(taken, $0, size) == 0 && listen(taken, 1) == 0 && getsockname(taken, $0, &size) == 0)
      }
    }
    let port = UInt16(bigEndian: address.sin_port)
    try practice.write(
      #"{ "schema": 1, "connectors": {}, "gateway": { "listen": "127.0.0.1:\#(port)" } }"#, "patchbay.json")
    #expect(practice.run() == 1 && practice.output.contains("127.0.0.1:\(port): Address already in use"))
  }
}

@Suite struct CompletionTests {
  @Test func wordsOfAUsageAreItsVerbs() {
    func words(_ usage: String, _ name: String) -> [String] { CompletedCommand.words(of: usage, after: name) }
    #expect(words(OrderCommand.syntax.usage, "order") == ["place", "amend", "cancel", "list", "watch"])
    #expect(words(ConnectorsCommand.syntax.usage, "connectors") == ["show", "hash"])
    #expect(words(ConfigCommand.syntax.usage, "config") == ["init", "check"])
    #expect(words(CertifyCommand.syntax.usage, "certify") == ["all"])
    #expect(words(BookCommand.syntax.usage, "book") == [])
    #expect(words(HistoryCommand.syntax.usage, "history").contains("fills"))
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func everyCommandAndOptionIsCompleted(shell: String) throws {
    var text = ""
    let environment = CommandEnvironment(
      variables: [:], executableFolder: ".", terminalWidth: nil, output: { text += $0 }, error: { _ in })
    #expect(CompletionCommand.run([shell], environment: environment) == 0)
    for command in Command.shown {
      #expect(text.contains(command.name), "\(command.name)")
      for option in command.syntaxes.flatMap(\.options) {
        #expect(text.contains(shell == "fish" ? "-l \(option.name)" : "--\(option.name)"), "\(option.name)")
      }
    }
    #expect(!text.contains("certify-worker"))
  }

  /// The script is given to bash itself: what it offers behind some words.
  @Test func bashCompletes() throws {
    var script = ""
    let environment = CommandEnvironment(
      variables: [:], executableFolder: ".", terminalWidth: nil, output: { script += $0 }, error: { _ in })
    #expect(CompletionCommand.run(["bash"], environment: environment) == 0)
    func offered(_ words: [String]) throws -> [String] {
      let bash = Process()
      bash.executableURL = URL(filePath: "/bin/bash")
      let list = words.map { "'\($0)'" }.joined(separator: " ")
      let call = "COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1); _patchbay"
      bash.arguments = ["-c", "\(script)\n\(call); printf '%s\\n' \"${COMPREPLY[@]}\""]
      let pipe = Pipe()
      bash.standardOutput = pipe
      try bash.run()
      let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
      bash.waitUntilExit()
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
    #expect(try offered(["patchbay", "con"]) == ["connectors", "config"])
    #expect(try offered(["patchbay", "order", "c"]) == ["cancel"])
    #expect(try offered(["patchbay", "connectors", "--ti"]) == ["--tier"])
    #expect(try offered(["patchbay", "run", "--every", ""]) == [])
  }
}
