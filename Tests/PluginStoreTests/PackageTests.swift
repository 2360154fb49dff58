import Foundation
import JSONTree
import SeededNumbers
import Testing

@testable import Catalog
@testable import PluginStore

@Suite struct PackageTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  @Test func aPackageHoldsWhatWasPacked() throws {
    let path = try Sample.package(folder)
    let source = try PluginSource(path: path)
    #expect(source.platforms == [.x86, .arm] && source.manifest.version == "1.0.0")
    #expect(source.manifest.artifacts.map(\.platform) == ["linux-x86_64", "linux-aarch64"])
    for platform in Platform.allCases {
      #expect(try source.sha256(platform) == source.manifest.sha256(platform: platform.rawValue))
      #expect(try source.sha256(platform) == SHA256Hex.of(Sample.library(platform, "1.0.0")))
    }
    #expect(try source.judge(by: Sample.rules(Sample.key())).status == .signed)
    // Any tar reads it, and it is the same whenever it is made.
    let first = try folder.read("1.0.0.tar")
    _ = try PluginPacker(folder: "\(folder.path)/source-1.0.0").pack(to: path)
    #expect(try folder.read("1.0.0.tar") == first)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["tar", "-xf", path, "-C", folder.path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try folder.read("linux-aarch64/libexample.so") == Sample.library(.arm, "1.0.0"))
  }

  /// What an author makes with the tools that every system has.
  @Test(arguments: ["ustar", "gnu"]) func aPackageMayBeMadeByTar(format: String) throws {
    _ = try Sample.package(folder)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "tar", "--format=\(format)", "-C", "\(folder.path)/source-1.0.0", "-cf", "\(folder.path)/own.tar", ".",
    ]
    try process.run()
    process.waitUntilExit()
    let source = try PluginSource(path: "\(folder.path)/own.tar")
    #expect(try source.judge(by: Sample.rules(Sample.key())).status == .signed)
  }

  @Test func hashesAreWrittenOnceAndSignaturesCoverThem() throws {
    try folder.write(Array(Sample.manifest().utf8), "own/manifest.json")
    try folder.write(Sample.library(.x86), "own/libexample.so")
    let own = "\(folder.path)/own"
    let early = refusal { _ = try PluginPacker(folder: own).sign(with: Sample.key(), time: 1) }
    #expect(early?.message.contains("does not name the hashes") == true)
    #expect(refusal { _ = try PluginPacker(folder: own).pack(to: "\(own).tar") } != nil)
    #expect(try PluginPacker(folder: own).writeHashes())
    let written = try folder.read("own/manifest.json")
    #expect(try !PluginPacker(folder: own).writeHashes() && folder.read("own/manifest.json") == written)
    #expect(String(decoding: written, as: UTF8.self).contains("linux-x86_64"))
    // Another build: its hash is another, and the old signature is none of it.
    _ = try PluginPacker(folder: own).sign(with: Sample.key(), time: 1)
    try folder.write(Sample.library(.x86, "other code"), "own/libexample.so")
    #expect(try PluginSource(path: own).judge(by: Sample.rules(Sample.key())).status == .modified)
    #expect(refusal { _ = try PluginPacker(folder: own).pack(to: "\(own).tar") } != nil)
    #expect(try PluginPacker(folder: own).writeHashes())
    #expect(try PluginSource(path: own).judge(by: Sample.rules(Sample.key())).status == .invalid)
    // The other platform's, from elsewhere.
    let arm = try folder.write(Sample.library(.arm), "build/lib.so")
    let both = try PluginPacker(folder: own, libraries: [.init(platform: .arm, path: arm)])
    #expect(both.platforms == [.x86, .arm])
    let mixed = refusal { _ = try PluginPacker(folder: own, libraries: [.init(platform: .x86, path: arm)]) }
    #expect(mixed?.kind == .unfit)
  }

  /// Of another platform's library, too, it is said when it is not the one that is named.
  @Test func theOtherPlatformsLibraryIsCheckedToo() throws {
    _ = try Sample.package(folder)
    let other = Platform.allCases.first { $0.rawValue != Platform.current } ?? .arm
    try folder.write(Sample.library(other, "changed"), "source-1.0.0/\(other.rawValue)/libexample.so")
    let finding = try PluginSource(path: "\(folder.path)/source-1.0.0").judge(by: Sample.rules(Sample.key()))
    #expect(finding.status == .modified && finding.reason.contains(other.rawValue))
  }

  // MARK: Hostile packages

  private struct Entry {
    var name: String
    var kind: UInt8 = UInt8(ascii: "0")
    var bytes: [UInt8] = []
    var size: Int?
    var link = ""
  }

  /// An archive as no packer of ours makes it.
  private func archive(_ entries: [Entry], end: [UInt8] = TarArchive.end) throws -> String {
    var bytes: [UInt8] = []
    for entry in entries {
      var header = TarArchive.header(entry.name, size: entry.size ?? entry.bytes.count)
      header[156] = entry.kind
      for (offset, byte) in entry.link.utf8.enumerated() { header[157 + offset] = byte }
      bytes += checked(header) + entry.bytes + TarArchive.filling(entry.bytes.count)
    }
    return try folder.write(bytes + end, "hostile.tar")
  }

  /// With its check sum made right.
  private func checked(_ header: [UInt8]) -> [UInt8] {
    var header = header
    header.replaceSubrange(148..<156, with: Array("        ".utf8))
    let octal = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    let text = String(repeating: "0", count: 6 - octal.utf8.count) + octal + "\0 "
    header.replaceSubrange(148..<156, with: Array(text.utf8))
    return header
  }

  private func refused(_ entries: [Entry], end: [UInt8] = TarArchive.end) throws -> StoreFault? {
    let path = try archive([manifest] + entries, end: end)
    return refusal { _ = try PluginSource(path: path) }
  }

  private var manifest: Entry { Entry(name: "manifest.json", bytes: Array(Sample.manifest().utf8)) }

  @Test(arguments: [
    "../evil.so", "/etc/cron.d/evil", "linux-x86_64/../../evil.so", "a//b", "./../x", ".",
    "linux-x86_64/./libexample.so",
  ]) func namesThatLeadOutAreRefused(name: String) throws {
    let fault = try refused([Entry(name: name, bytes: [1])])
    #expect(fault?.kind == .unsafe && fault?.message.contains("leads out of the package") == true, "\(name)")
  }

  @Test func namesThatNoPackageHasAreRefused() throws {
    let names = ["libexample.so", "o.txt", "linux-riscv/libexample.so", "linux-x86_64/libother.so", "Manifest.json"]
    for name in names {
      #expect(try refused([Entry(name: name, bytes: [1])])?.kind == .unsafe, "\(name)")
    }
    #expect(try refused([Entry(name: "linux-riscv/", kind: UInt8(ascii: "5"))])?.kind == .unsafe)
    #expect(try refused([manifest])?.message == "manifest.json is in it twice")
  }

  @Test(arguments: [
    ("1", "is a link"), ("2", "is a link"), ("3", "is a device"), ("4", "is a device"), ("6", "is a pipe"),
    ("7", "no plain file"), ("L", "no plain file"), ("x", "no plain file"), ("g", "no plain file"),
    ("S", "no plain file"),
  ])
  func whatIsNoFileIsRefused(kind: String, words: String) throws {
    let fault = try refused([
      Entry(name: "linux-x86_64/libexample.so", kind: kind.utf8.first ?? 0, link: "/etc/passwd")
    ])
    #expect(fault?.kind == .unsafe && fault?.message.contains(words) == true, "\(fault.debugDescription)")
  }

  @Test func whatIsTooMuchIsRefused() throws {
    let many = (0..<20).map { _ in Entry(name: "linux-x86_64/", kind: UInt8(ascii: "5")) }
    #expect(try refused(many)?.kind == .tooLarge)
    #expect(try refused([Entry(name: "manifest.json.minisig", bytes: [UInt8](repeating: 65, count: 1 << 17))])?.kind
      == .tooLarge)
    #expect(try refused([Entry(name: "linux-x86_64/libexample.so", bytes: [1], size: 1 << 32)])?.message
      .contains("cut short") == true)
    // A file with a hole: gigabytes that take no room on the disk.
    let path = try archive([manifest])
    #expect(truncate(path, 3 << 30) == 0)
    #expect(refusal { _ = try PluginSource(path: path) }?.kind == .tooLarge)
    let huge = try folder.write(Sample.library(.x86), "huge/libexample.so")
    try folder.write(Array(Sample.manifest().utf8), "huge/manifest.json")
    #expect(truncate(huge, 1 << 30) == 0)
    #expect(refusal { _ = try PluginSource(path: "\(folder.path)/huge") }?.kind == .tooLarge)
  }

  @Test func whatIsDamagedOrGoesOnIsRefused() throws {
    #expect(try refused([], end: [])?.message.contains("cut short") == true)
    #expect(try refused([], end: TarArchive.end + [1])?.message == "something stands behind its end")
    let path = try archive([manifest])
    var bytes = try folder.read("hostile.tar")
    bytes[0] ^= 1
    try folder.write(bytes, "hostile.tar")
    #expect(refusal { _ = try PluginSource(path: path) }?.kind == .notAPackage)
    let zip = try folder.write(Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 2000), "x.zip")
    #expect(refusal { _ = try PluginSource(path: zip) }?.message.contains("no tar archive") == true)
    let wrong = try archive([manifest, Entry(name: "linux-x86_64/libexample.so", bytes: Sample.library(.arm))])
    #expect(refusal { _ = try PluginSource(path: wrong) }?.kind == .unfit)
    #expect(refusal { _ = try PluginSource(path: "\(folder.path)/nowhere") }?.message == "No such file or directory")
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    #expect(refusal { _ = try PluginSource(path: "\(folder.path)/pipe") }?.kind == .unsafe, "and nothing waits for it")
  }

  @Test func aFoldersLinksAreNotFollowed() throws {
    _ = try Sample.package(folder)
    for name in ["manifest.json", "manifest.json.minisig", "linux-x86_64/libexample.so", "linux-x86_64"] {
      let copy = try Folder()
      try FileManager.default.copyItem(atPath: "\(folder.path)/source-1.0.0", toPath: "\(copy.path)/p")
      try FileManager.default.moveItem(atPath: "\(copy.path)/p/\(name)", toPath: "\(copy.path)/elsewhere")
      try FileManager.default.createSymbolicLink(
        atPath: "\(copy.path)/p/\(name)", withDestinationPath: "\(copy.path)/elsewhere")
      #expect(refusal { _ = try PluginSource(path: "\(copy.path)/p") }?.kind == .unsafe, "\(name)")
    }
  }

  /// The manifest's own words on where its library is: it has none but a name.
  @Test(arguments: ["../libexample.so", "/tmp/libexample.so", "a/libexample.so", ".so", "libexample.so\\u0000.so"])
  func aManifestCannotNamePathsOutside(library: String) throws {
    let text = Sample.manifest().replacing("libexample.so", with: library)
    try folder.write(Array(text.utf8), "m/manifest.json")
    #expect(throws: Problems.self) { try PluginSource(path: "\(folder.path)/m") }
  }

  @Test func damagedPackagesNeverCrashAndNeverPass() throws {
    var numbers = SplitMix(state: 17)
    _ = try Sample.package(folder)
    let right = try folder.read("1.0.0.tar")
    let rules = Sample.rules(try Sample.key())
    let whole = try PluginSource(path: "\(folder.path)/1.0.0.tar")
    for round in 0..<1500 {
      var bytes = right
      for _ in 0..<Int.random(in: 1...3, using: &numbers) {
        let place = Int.random(in: 0..<bytes.count, using: &numbers)
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
        case 2: bytes = Array(bytes.prefix(max(512, place)))
        default:
          let header = place / 512 * 512
          guard header + 512 <= bytes.count else { break }
          bytes.replaceSubrange(header..<(header + 512), with: checked(Array(bytes[header..<(header + 512)])))
        }
      }
      let path = try folder.write(bytes, "damaged.tar")
      guard let source = try? PluginSource(path: path), let finding = try? source.judge(by: rules) else { continue }
      guard finding.status == .signed else { continue }
      // What still counts as signed is the same in all that counts.
      let isSame = source.manifestBytes == whole.manifestBytes
        && finding.librarySHA256 == source.manifest.sha256(platform: Platform.current)
      #expect(isSame, "round \(round)")
    }
  }
}
