import Foundation
import JSONTree
import Testing

/// `patchbay check` on connectors that are broken in one place: each gives the finding of its trial, and the trials
/// behind it go on.
struct CheckTests {
  struct Answer {
    var status: Int32
    var report: JSONValue

    func findings(_ trial: String) -> [JSONValue] {
      (report["findings"]?.array ?? []).filter { $0["trial"]?.string == trial && $0["weight"]?.string == "fault" }
    }

    func says(_ trial: String, _ words: String) -> Bool {
      findings(trial).contains { $0["what"]?.string?.contains(words) ?? false }
    }
  }

  static func check(_ library: String, _ arguments: [String], in root: String) throws -> Answer {
    let file = root + "/check.json"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: PebbleFolder.buildFolder + "/patchbay")
    process.arguments = ["check", library, "--json", file] + arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let value = try JSONDocument.parse(text: String(contentsOfFile: file, encoding: .utf8))
    return Answer(status: process.terminationStatus, report: try #require(value["connectors"]?[0]))
  }

  private static func pebble(_ fault: String, _ trials: String) throws -> Answer {
    let folder = try PebbleFolder(fault: fault)
    defer { folder.remove() }
    return try check(folder.library, ["--data", folder.data, "--only", trials], in: folder.root)
  }

  @Test func whatIsRightHasNoFault() throws {
    let answer = try Self.pebble("", "manifest,exports,load,strangers,determinism,memory,time")
    #expect(answer.status == 0, "\(JSONWriter.compact(answer.report))")
    let tried = try #require(answer.report["tried"]?.object)
    #expect(tried.map(\.key) == ["manifest", "exports", "load", "strangers", "determinism", "memory", "time"])
    #expect(try #require(answer.report["tried"]?["memory"]?.int) > 10_000)
  }

  @Test(arguments: [
    ("brittle", "texts", "it crashed with signal"),
    ("hoarder", "memory", "memory grows by"),
    ("hash_order", "determinism", "was answered otherwise"),
  ])
  func aBrokenConnectorGivesTheFindingOfItsTrial(fault: String, trial: String, words: String) throws {
    let answer = try Self.pebble(fault, "\(trial),time")
    #expect(answer.status == 1 && answer.says(trial, words), "\(JSONWriter.compact(answer.report))")
    #expect(answer.findings(trial).allSatisfy { $0["remedy"]?.string?.isEmpty == false })
    #expect(try #require(answer.report["tried"]?["time"]?.int) > 0, "the others go on")
  }

  // MARK: In C

  /// A library whose functions do what a test says, beside a manifest that fits.
  private struct Broken {
    var deliver = "return PB_OK;"
    var helpers = ""
    var verbs = "[\"instruments\"]"
    var manifest = #"{"permissions": {"hosts": [], "acts": []}}"#

    var source: String {
      let descriptor = #"{"id": "broken", "name": "Broken", "version": "1.0.0", "kind": "spot", "hosts": [], "#
        + #""extensions": [], "credentials": [], "config": [], "verbs": \#(verbs), "channels": ["book"]}"#
      return """
        #include "patchbay.h"
        #include <stdlib.h>
        #include <string.h>
        static const pb_host *the_host;
        static uint64_t seq;
        static void reply(pb_id command) {
          pb_reply fact = {{sizeof fact, PB_EV_REPLY, sizeof fact, seq}, command, PB_OUTCOME_DONE};
          the_host->emit(the_host, &fact.rec);
        }
        \(helpers)
        static pb_status create(const pb_host *host, pb_span config, void **self) {
          (void)config; the_host = host; *self = calloc(1, 8); return PB_OK;
        }
        static pb_status deliver(void *self, const pb_input *input, pb_span payload) {
          (void)self; (void)payload; seq = input->rec.seq;
          if (input->rec.kind == PB_IN_COMMAND && 0) reply(((const pb_in_command *)input)->command);
          \(deliver)
        }
        static void destroy(void *self) { free(self); }
        static const pb_connector connector = {sizeof connector, PB_ABI_REVISION,
          \(String(reflecting: descriptor)), create, deliver, destroy};
        static const pb_connector *const connectors[] = {&connector};
        static const pb_entry entry = {PB_MAGIC, PB_ABI_REVISION, sizeof entry, 1, connectors};
        const pb_entry *patchbay_entry(void) { return &entry; }
        """
    }

    func check(_ trials: String, _ more: [String] = []) throws -> Answer {
      let root = NSTemporaryDirectory() + "patchbay-check-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: root) }
      let manifest = """
        {"id": "broken", "name": "Broken", "type": "CLOB", "maintainer": {"name": "Nobody"}, "version": "1.0.0",
         "library": "libbroken.so", "abi": {"revision": 1}, "extensions": [],
         "markets": {"spot": {"connector": "broken"}}, "permissions": {"hosts": [], "acts": []}, "credentials": []}
        """
      try manifest.write(toFile: root + "/manifest.json", atomically: true, encoding: .utf8)
      try source.write(toFile: root + "/broken.c", atomically: true, encoding: .utf8)
      let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
      let compiler = Process()
      compiler.executableURL = URL(fileURLWithPath: "/usr/bin/cc")
      compiler.arguments = [
        "-std=c11", "-w", "-shared", "-fPIC", "-I", package + "/Sources/CPatchbay/include", "-o",
        root + "/libbroken.so", root + "/broken.c", "-lpthread",
      ]
      try compiler.run()
      compiler.waitUntilExit()
      try #require(compiler.terminationStatus == 0)
      return try CheckTests.check(root + "/libbroken.so", ["--only", trials] + more, in: root)
    }
  }

  private static let answers = "if (input->rec.kind == PB_IN_COMMAND) reply(((const pb_in_command *)input)->command);"

  @Test(arguments: [
    (
      "commands", "answered 2 times", answers + answers + "return PB_OK;", ""
    ),
    ("commands", "was never answered", "return PB_OK;", ""),
    (
      "commands", "answers PB_E_UNSUPPORTED",
      "return input->rec.kind == PB_IN_COMMAND ? PB_E_UNSUPPORTED : PB_OK;", ""
    ),
    (
      "strangers", "breaks the contract",
      "if (input->rec.kind == PB_IN_TIMER) { pb_trade fact = {{20, PB_EV_TRADE, 16, seq}}; the_host->emit(the_host, "
        + "&fact.rec); } return PB_OK;", ""
    ),
    ("strangers", "gave itself up", "return input->rec.kind == PB_IN_CLOSED ? PB_E_INTERNAL : PB_OK;", ""),
    (
      "strangers", "it crashed with signal",
      "if (input->rec.kind == PB_IN_FRAME) *(volatile int *)8 = 1; return PB_OK;", ""
    ),
    (
      "strangers", "it hangs", "if (input->rec.kind == PB_IN_SENT) for (volatile int i = 0;; i++) {} return PB_OK;", ""
    ),
    ("exports", "randomness", "return rand() < 0 ? PB_E_STATE : PB_OK;", ""),
    (
      "exports", "a network", "return socket_of() < 0 ? PB_E_STATE : PB_OK;",
      "extern int socket(int, int, int); static int socket_of(void) { return socket(1, 1, 0); }"
    ),
    ("configuration", "it crashed", "return PB_OK;", "__attribute__((destructor)) static void late(void) { abort(); }"),
  ])
  func aBrokenLibraryGivesTheFindingOfItsTrial(
    trial: String, words: String, deliver: String, helpers: String
  ) throws {
    var broken = Broken()
    (broken.deliver, broken.helpers) = (deliver, helpers)
    let answer = try broken.check(trial, ["--patience", "2"])
    // A library that is not loaded has the finding of its loading.
    let isFound = answer.says(trial, words) || answer.says("load", words)
    #expect(answer.status == 1 && isFound, "\(JSONWriter.compact(answer.report))")
  }

  @Test func wordsThatTheContractHasNotAreFound() throws {
    var broken = Broken()
    broken.verbs = "[\"instrument\"]"
    let answer = try broken.check("load")
    #expect(answer.says("load", "\"instrument\""))
    let remedies = answer.findings("load").compactMap { $0["remedy"]?.string }
    #expect(remedies.contains { $0.contains("instruments") })
  }
}

extension CheckTests {
  /// A connector of this tree has its manifest in the registry: that file is none of a manifest's form.
  @Test func aConnectorOfTheTreeIsJudgedByItsEntryOfTheRegistry() throws {
    let root = NSTemporaryDirectory() + "patchbay-check-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let answer = try Self.check("paper", ["--registry", package + "/registry.json", "--only", "manifest"], in: root)
    #expect(answer.status == 0 && answer.findings("manifest").isEmpty, "\(JSONWriter.compact(answer.report))")
    #expect(answer.report["tried"]?["manifest"]?.int == 1)
  }

  /// Of Pebble's two signed requests: where each fact of the command stands, and what is left.
  @Test func actsAreSuggestedByVectors() throws {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    let acts = try Self.check(folder.library, ["--data", folder.data, "--only", "load"], in: folder.root)
      .report["suggestions"]?.array ?? []
    #expect(acts.compactMap { $0["verb"]?.string } == ["place", "cancel"])
    let place = try #require(acts.first)
    #expect(place["method"]?.string == "POST" && place["path"]?.string == "/order")
    for (fact, at) in [
      ("symbol", "form:symbol"), ("quantity", "form:quantity"), ("price", "form:price"),
      ("client_order", "form:client"),
    ] { #expect(place["bind"]?[fact]?.string == at) }
    #expect(place["allow"]?.array?.compactMap(\.string) == ["form:side", "form:type", "form:time"])
    #expect(acts.last?["bind"]?["venue_order"]?.string == "form:id")
  }
}
