import Catalog
import Foundation
import JSONTree
import Records
import Testing

@testable import Runtime

/// Recordings: whole, cut short, damaged, and replayed in another process.
struct RecordingTests {
  private static func record(_ file: String) throws -> (digest: String, connector: PeerConnector) {
    let registry = try Registry.load(path: packageRoot + "/registry.json")
    let library = try LibraryLoader.load(
      file: buildFolder + "/libpaper.so", manifests: registry.manifests(library: "libpaper.so"))
    let connector = try #require(library.connectors["paper_trade"] ?? library.connectors["paper"])
    let header = RecordingHeader(
      connector: "paper", librarySHA256: library.sha256, revision: 1, descriptor: ["id": "paper"], config: [:])
    let recorder = try InputRecorder(file: file, header: header)
    let session = try Session(
      name: "recorded", connector: connector, config: Array("{}".utf8), transport: OfflineTransport(), observer: nil,
      times: Times(mono: 1_000_000_000, wall: 1_700_000_000_000_000_000, venue: 1_700_000_000_000_000_000))
    session.recorder = recorder
    session.start(trading: true)
    session.account(PublicAccount(id: 1, label: "a"))
    session.send(CommandDraft(.instruments)) { _ in }
    for market in session.view.all.prefix(2) {
      var subscribe = CommandDraft(.subscribe)
      subscribe.instrument = market.instrument.id.rawValue
      subscribe.channels = [.book, .trades]
      session.send(subscribe) { _ in }
    }
    for _ in 0..<300 {
      session.times.mono += 250_000_000
      session.times.wall += 250_000_000
      session.fireTimers()
    }
    session.stop()
    return (try recorder.finish(), connector)
  }

  private static func temporary() -> String { NSTemporaryDirectory() + "patchbay-" + UUID().uuidString + ".pbrec" }

  @Test func replayGivesTheSameBytes() throws {
    let file = Self.temporary()
    defer { unlink(file) }
    let (digest, connector) = try Self.record(file)
    let recording = try Recording(file: file)
    #expect(Recording.isRecording(file) && recording.fault == nil && recording.outputsSHA256 == digest)
    #expect(recording.count > 300)
    let result = try RecordingReplay.run(recording, connector: connector)
    #expect(result.sha256 == digest && result.outputs > 300)
  }

  @Test func anInputLeftOutChangesTheDigest() throws {
    let file = Self.temporary()
    defer { unlink(file) }
    let (digest, connector) = try Self.record(file)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    bytes.removeLast(40)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    let recording = try Recording(file: file)
    #expect(recording.outputsSHA256 == nil)
    guard case .truncated(_, let inputs)? = recording.fault else {
      Issue.record("a recording without its end was taken for whole")
      return
    }
    #expect(inputs == recording.count && inputs > 300)
    // Every input but the end's digest is there, so the outputs are still those.
    #expect(try RecordingReplay.run(recording, connector: connector).sha256 == digest)
  }

  @Test func damageIsFoundAndWhatIsBeforeItCanBeRead() throws {
    let file = Self.temporary()
    defer { unlink(file) }
    _ = try Self.record(file)
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    for place in stride(from: 8, to: whole.count, by: max(1, whole.count / 60)) {
      var bytes = whole
      bytes[place] ^= 0x10
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      do {
        let recording = try Recording(file: file)
        #expect(recording.fault != nil, "a change at byte \(place) was not noticed")
      } catch {
        #expect("\(error)".contains(file), "the error names the file")
      }
    }
    for count in [0, 3, 8, 20, whole.count / 2, whole.count - 1] {
      try Data(whole[..<count]).write(to: URL(fileURLWithPath: file))
      do {
        #expect(try Recording(file: file).fault != nil)
      } catch {
        #expect("\(error)".contains(file), "the error names the file")
      }
    }
  }

  /// A small file that unpacks to a huge one costs no more than the limit; what stands before can be used.
  @Test func whatUnpacksToTooMuchIsLeftOut() throws {
    let file = Self.temporary()
    defer { unlink(file) }
    _ = try Self.record(file)
    let sound = try Recording(file: file)
    let recorded = try Data(contentsOf: URL(fileURLWithPath: file))
    let header = #"{"connector":"a","library_sha256":"","revision":1,"descriptor":{},"config":{}}"#
    let first = try #require(RecordingFormat.pack(Array(header.utf8), kind: .header))
    let zeros = try #require(RecordingFormat.pack([UInt8](repeating: 0, count: 8 << 20), kind: .inputs))
    try Data(RecordingFormat.magic + first + zeros).write(to: URL(fileURLWithPath: file))
    #expect(try Recording(file: file, limit: 1 << 20).fault == .tooLarge(file: file, limit: 1 << 20, inputs: 0))
    try recorded.write(to: URL(fileURLWithPath: file))
    let cut = try Recording(file: file, limit: 1000)
    #expect(cut.fault == .tooLarge(file: file, limit: 1000, inputs: cut.count) && cut.count < sound.count)
    #expect("\(try #require(cut.fault))".contains("maximum_megabytes"))
    #expect(GzipFile.limit(packed: 1 << 20) == 256 << 20 && GzipFile.limit(packed: .max) == 4 << 30)
  }

  @Test func captureLinesAndTheirSumAreBounded() throws {
    let file = Self.temporary()
    defer { unlink(file) }
    let line = #"{"t":"1","conn":"a","dir":"in","kind":"ws_text","url":"u","data":"x"}"#
    func lines(_ text: String, limit: Int, longest: Int) throws -> [Int] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      var seen: [Int] = []
      try GzipFile.lines(file, limit: limit, longest: longest) { number, bytes throws(CaptureFault) in
        seen.append(number)
        #expect(String(decoding: bytes, as: UTF8.self) == line)
      }
      return seen
    }
    #expect(try lines("\(line)\n\n\(line)\n\(line)", limit: 1000, longest: 100) == [1, 3, 4])
    #expect(throws: CaptureFault.self) { try lines("\(line)\n\(line)\n", limit: 100, longest: 100) }
    let fault = #expect(throws: CaptureFault.self) {
      try lines("\(line)\n" + String(repeating: " ", count: 200), limit: 1000, longest: 100)
    }
    #expect("\(try #require(fault))" == "\(file):2: a line of more than 100 bytes")
  }

  /// A recording holds what an account's answers hold: it is its owner's alone, whatever was there before.
  @Test func aRecordingIsItsOwnersAlone() throws {
    let file = Self.temporary()
    defer { unlink(file) }
    func mode(_ path: String) throws -> Int {
      (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int) ?? 0
    }
    _ = try Self.record(file)
    #expect(try mode(file) == 0o600)
    chmod(file, 0o666)
    _ = try Self.record(file)
    #expect(try mode(file) == 0o600 && (try Recording(file: file).fault) == nil)
    let link = Self.temporary()
    defer { unlink(link) }
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file + ".victim")
    #expect(throws: RecordingFault.self) { try Self.record(link) }
    #expect(access(file + ".victim", F_OK) != 0)
  }

  @Test func otherFilesAreRefused() throws {
    let file = Self.temporary()
    defer { unlink(file) }
    try Data("{\"not\": \"a recording\"}".utf8).write(to: URL(fileURLWithPath: file))
    #expect(!Recording.isRecording(file))
    #expect(throws: RecordingFault.notARecording(file: file)) { try Recording(file: file) }
    try Data(Array("PBREC".utf8) + [0, 0, 9]).write(to: URL(fileURLWithPath: file))
    #expect(throws: RecordingFault.version(file: file, version: 9)) { try Recording(file: file) }
    #expect(throws: RecordingFault.self) { try Recording(file: file + ".none") }
  }
}

/// Every installed connector that has a recording of its exchange: the same inputs give the same bytes in two processes
/// with hash seeds of their own.
@Suite(.enabled(if: ConformanceData.folder != nil, "no recordings beside the project"))
struct DeterminismTests {
  private static func patchbay(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: buildFolder + "/patchbay")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: packageRoot)
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_DETERMINISTIC_HASHING"] = nil
    process.environment = environment
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  static let captures: [(connector: String, capture: String)] = {
    guard let folder = ConformanceData.folder, let registry = try? Registry.load(path: packageRoot + "/registry.json"),
      let files = try? FileManager.default.contentsOfDirectory(atPath: folder + "/captures")
    else { return [] }
    let catalog = Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [buildFolder])
    let connectors = catalog.items.filter { $0.libraryPath != nil }.flatMap { $0.manifest?.connectors ?? [] }
    return connectors.filter { !unrecorded.contains($0.id) }.flatMap { connector in
      let name = connector.id.replacing("_perpetual", with: "_futures")
      return files.sorted().filter { file in
        file.hasPrefix(name + "-") && !ended.contains { file.hasPrefix($0) }
      }.map { (connector.id, "\(folder)/captures/\($0)") }
    }
  }()

  /// Connectors of whose own markets there is no recording, where there is one of others of the exchange.
  private static let unrecorded: Set<String> = {
    func tree(_ path: String) -> JSONValue? {
      FileManager.default.contents(atPath: path).flatMap { try? JSONDocument.parse(bytes: Array($0)) }
    }
    let plugins = (try? FileManager.default.contentsOfDirectory(atPath: packageRoot + "/Plugins")) ?? []
    return Set(plugins.compactMap { plugin in
      let folder = "\(packageRoot)/Plugins/\(plugin)"
      guard tree("\(folder)/certification.json")?["data"]?["captures"]?.array?.isEmpty == true else { return nil }
      return tree("\(folder)/manifest.json")?["markets"]?["spot"]?["connector"]?.string
    })
  }()

  /// Beginnings of the names of recordings that connectors call not applicable, as protocols that have ended.
  private static let ended: [String] = {
    let plugins = (try? FileManager.default.contentsOfDirectory(atPath: packageRoot + "/Plugins")) ?? []
    return plugins.flatMap { plugin -> [String] in
      let path = "\(packageRoot)/Plugins/\(plugin)/certification.json"
      guard let bytes = FileManager.default.contents(atPath: path),
        let members = try? JSONDocument.parse(bytes: Array(bytes))["not_applicable"]?.object
      else { return [] }
      return members.compactMap { member in
        guard member.key.hasPrefix("captures:"), member.key.hasSuffix("*") else { return nil }
        return String(member.key.dropFirst("captures:".count).dropLast())
      }
    }
  }()

  @Test(arguments: captures)
  func twoProcessesGiveTheSameBytes(connector: String, capture: String) throws {
    let file = NSTemporaryDirectory() + "patchbay-" + UUID().uuidString + ".pbrec"
    defer { unlink(file) }
    let recorded = try Self.patchbay(["record", capture, "--connector", connector, "-o", file])
    #expect(recorded.status == 0)
    let digest = try #require(recorded.output.split(separator: "\n").first { $0.hasPrefix("outputs ") })
    for _ in 0..<2 {
      let replayed = try Self.patchbay(["replay", file])
      #expect(replayed.status == 0 && replayed.output.contains(digest))
    }
  }
}
