import Catalog
import Foundation
import Testing

@testable import Runtime

/// Files that are refused before any of their code can run.
@Suite struct FileRefusals {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A library whose constructor leaves the file `ran` behind.
  private func library(
    export: String = CLibrary().export, as name: String = "libbad.so", flags: [String] = []
  ) throws -> String {
    var library = CLibrary()
    library.helpers = CLibrary.constructor(leaving: scratch.path("ran"))
    library.export = export
    return try library.build(in: scratch, as: name, flags: flags)
  }

  private var hasRun: Bool { scratch.exists("ran") }

  @Test func aSoundOneIsLoadedAndItsConstructorRuns() throws {
    let library = try LibraryLoader.load(file: library(), manifests: [manifest()])
    #expect(hasRun, "else the other tests of this suite prove nothing")
    #expect(library.connectors.keys.sorted() == ["bad"] && library.sha256.count == 64)
  }

  @Test func whatCannotBeRead() throws {
    try expectRefusal(scratch.path("none.so"), "unreadable", "No such file")
    try expectRefusal(scratch.folder, "unreadable", "not a regular file")
    let pipe = scratch.path("pipe.so")
    #expect(mkfifo(pipe, 0o600) == 0)
    try expectRefusal(pipe, "unreadable", "not a regular file")
  }

  @Test func whatIsNoLibrary() throws {
    try expectRefusal(scratch.write("#!/bin/sh\necho hello\n", "text.so"), "notALibrary", "-shared")
    try expectRefusal(scratch.write("", "empty.so"), "notALibrary")
    let source = try scratch.write("int main(void) { return 0; }", "main.c")
    let object = scratch.path("object.so")
    #expect(try run("cc", "-c", "-o", object, source).status == 0)
    try expectRefusal(object, "notALibrary")
  }

  @Test func whatIsCutShort() throws {
    let whole = try readBytes(library())
    #expect(try refusal(scratch.write(Array(whole.prefix(40)), "cut.so"), [manifest()]).name == "notALibrary")
    for count in stride(from: 64, to: whole.count, by: 509) + [whole.count - 1] {
      try expectRefusal(scratch.write(Array(whole.prefix(count)), "cut.so"), "truncated", "again")
    }
    // A whole file whose first segment claims to be longer than it.
    var long = whole
    let segment = Int(whole[32])
    #expect(whole[segment] == 1, "PT_LOAD")
    long[segment + 32 + 3] = 1
    try expectRefusal(scratch.write(long, "long.so"), "truncated")
    #expect(!hasRun)
  }

  @Test func anyBytesInTheHeadersAreReadSafely() throws {
    let whole = try readBytes(library())
    var state: UInt64 = 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    // Where the section headers stand, which name the symbol table.
    let sections = (0..<8).reduce(0) { $0 | Int(whole[40 + $1]) << (8 * $1) }
    var results: [String: Int] = [:]
    for _ in 0..<2000 {
      var bytes = whole
      for _ in 0..<(1 + random(4)) {
        let place = random(2) == 0 ? random(1024) : sections + random(whole.count - sections)
        bytes[place] = [0, 0xFF, 0x7F, UInt8(random(256))][random(4)]
      }
      do throws(ElfImage.Fault) {
        results[try ElfImage(bytes).exports("patchbay_entry") ? "sound" : "no symbol", default: 0] += 1
      } catch {
        results["\(error)".contains("other") ? "other machine" : "\(error)", default: 0] += 1
      }
    }
    #expect(results.count == 5, "every outcome is met: \(results)")
  }

  /// What the linker or a constructor would do to the host happens to a child process, and is reported.
  @Test(arguments: [
    ("*(volatile int *)8 = 1", "crashed"), ("__builtin_trap()", "crashed"), ("abort()", "crashed"),
    ("_exit(3)", "ended the process (exit code 3)"), ("exit(0x11)", "in a process of its own"),
    ("for (;;) pause()", "did not come back within 300 ms"), ("raise(SIGSTOP)", "did not come back within 300 ms"),
  ])
  func aConstructorThatRuinsItsProcess(body: String, words: String) throws {
    var library = CLibrary()
    library.helpers = """
      #include <signal.h>
      #include <stdlib.h>
      #include <unistd.h>
      __attribute__((constructor)) static void ruin(void) { \(body); }
      """
    let file = try library.build(in: scratch, as: "libruin.so")
    // Only what never comes back is waited for in vain.
    try expectRefusal(file, "ruinous", words, patience: words.contains("300 ms") ? 300 : 10_000)
  }

  /// It would run when the host ends, behind everything that the host has to say.
  @Test func aDestructorThatRuinsItsProcess() throws {
    var library = CLibrary()
    library.helpers = "__attribute__((destructor)) static void ruin(void) { *(volatile int *)8 = 1; }"
    try expectRefusal(try library.build(in: scratch, as: "libruin.so"), "ruinous", "crashed")
  }

  @Test func anEntryThatCrashesOrPointsNowhere() throws {
    for export in [
      "const pb_entry *patchbay_entry(void) { __builtin_trap(); }",
      "const pb_entry *patchbay_entry(void) { return (const pb_entry *)0x1000; }",
    ] {
      try expectRefusal(library(export: export), "ruinous", "crashed")
    }
  }

  /// Sound headers over wild insides: whatever the linker makes of them, this process lives, and each file is loaded or
  /// refused by name.
  @Test func anyBytesInsideAreTriedElsewhere() throws {
    let whole = try readBytes(library())
    func number(_ place: Int) -> Int { (0..<8).reduce(0) { $0 | Int(whole[place + $1]) << (8 * $1) } }
    let (segments, count) = (number(32), Int(whole[56]))
    func set(_ bytes: inout [UInt8], _ place: Int, _ value: UInt64) {
      for index in 0..<8 { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    }
    var wild: [(String, [UInt8])] = []
    for (name, type, field, value) in [
      ("memory", 1, 40, UInt64(1) << 62), ("address", 1, 16, 1 << 47), ("dynamic", 2, 16, 0x7F_FFFF_FFFF),
      ("relro", 0x6474_E552, 16, 1 << 46), ("note", 1, 48, 0x10_0000_0000),
    ] as [(String, Int, Int, UInt64)] {
      var bytes = whole
      for index in 0..<count {
        let place = segments + 56 * index
        if Int(whole[place]) | Int(whole[place + 3]) << 24 == type & 0xFF00_00FF { set(&bytes, place + field, value) }
      }
      wild.append((name, bytes))
    }
    // Every entry of the dynamic section in turn: symbols, strings, hashes, relocations, constructors.
    let dynamic = try #require((0..<count).map { segments + 56 * $0 }.first { whole[$0] == 2 })
    for entry in stride(from: number(dynamic + 8), to: number(dynamic + 8) + number(dynamic + 32), by: 16)
    where number(entry) != 0 {
      var bytes = whole
      set(&bytes, entry + 8, 0x7FFF_FFF0_0000)
      wild.append(("tag \(number(entry))", bytes))
    }
    var ruinous = 0
    let sound = [try manifest()]
    for (name, bytes) in wild {
      let file = try scratch.write(bytes, "wild.so")
      do throws(LoadFault) {
        _ = try LibraryLoader.load(file: file, manifests: sound, patience: 2000)
      } catch {
        #expect(["ruinous", "notLoadable", "missingSymbol", "truncated"].contains(error.name), "\(name): \(error)")
        if error.name == "ruinous" { ruinous += 1 }
      }
    }
    #expect(ruinous > 3, "else this proves nothing")
  }

  @Test func whatIsForAnotherProcessor() throws {
    var bytes = try readBytes(library())
    // e_machine: EM_RISCV.
    (bytes[18], bytes[19]) = (243, 0)
    try expectRefusal(scratch.write(bytes, "riscv.so"), "wrongArchitecture", "ELF machine 243")
    #expect(!hasRun)
  }

  @Test func whatExportsNoEntry() throws {
    for export in [
      "const pb_entry *another_entry(void) { return &entry; }",
      "const pb_entry *patchbay_entry(void); const pb_entry *other(void) { return patchbay_entry(); }",
    ] {
      try expectRefusal(library(export: export), "missingSymbol", "patchbay_entry")
    }
    // Data under that name, which would be called as if it were code.
    let source = try scratch.write(
      "#include <stdio.h>\n" + CLibrary.constructor(leaving: scratch.path("ran")) + "\nint patchbay_entry = 7;",
      "data.c")
    try CLibrary.compile(source, to: scratch.path("libdata.so"))
    try expectRefusal(scratch.path("libdata.so"), "missingSymbol", "patchbay_entry")
    #expect(!hasRun)
  }

  @Test func whatHasAnotherHash() throws {
    let file = try library()
    let (right, wrong) = (try LibraryLoader.sha256(file: file), String(repeating: "0a", count: 32))
    func artifact(_ hash: String, _ platform: String = LibraryLoader.platform) throws -> Manifest {
      try manifest(manifestText(artifacts: #"[{"platform": "\#(platform)", "sha256": "\#(hash)"}]"#))
    }
    try expectRefusal(file, "hashMismatch", right, wrong, manifests: [artifact(wrong)])
    try expectRefusal(file, "notTrusted", right, wrong, "config", trusted: wrong)
    try expectRefusal(file, "notTrusted", manifests: [artifact(right)], trusted: wrong)
    #expect(!hasRun)
    _ = try LibraryLoader.load(file: file, manifests: [artifact(right)], trusted: right)
    _ = try LibraryLoader.load(file: file, manifests: [artifact(wrong, "plan9-vax")])
    let sum = try run("sha256sum", file)
    #expect(sum.output.hasPrefix(right + " "), "the hash is what other tools say")
  }

  @Test func whatItsManifestRulesOut() throws {
    let file = try library()
    try expectRefusal(
      file, "otherRevision", "revision 7", "manifest.json", manifests: [manifest(manifestText(revision: 7))])
    try expectRefusal(
      file, "unknownExtension", "patchbay.options/1",
      manifests: [manifest(manifestText(extensions: #"["patchbay.options/1"]"#))])
    #expect(!hasRun)
  }

  @Test func whatNeedsSomethingThatIsNotThere() throws {
    var needy = CLibrary()
    needy.helpers = "void from_somewhere_else(void);"
    needy.deliverBody = "from_somewhere_else(); return PB_OK;"
    try expectRefusal(needy.build(in: scratch), "notLoadable", "from_somewhere_else", "bring everything")

    let other = try scratch.write("void from_somewhere_else(void) {}", "other.c")
    try CLibrary.compile(other, to: scratch.path("libpatchbaygone.so"))
    let file = try needy.build(in: scratch, as: "libneedy.so", flags: ["-L\(scratch.folder)", "-lpatchbaygone"])
    try FileManager.default.removeItem(atPath: scratch.path("libpatchbaygone.so"))
    try expectRefusal(file, "notLoadable", "libpatchbaygone.so")
  }
}
