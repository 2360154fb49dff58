import Foundation
import Synchronization
import Testing

@testable import Catalog
@testable import PluginStore

@Suite struct StoreTests {
  private let folder: Folder
  private var plugins: String { "\(folder.path)/plugins.d" }

  init() throws { folder = try Folder() }

  private func store() throws -> PluginStore { try PluginStore(path: plugins, isMade: true) }

  private func library() throws -> String {
    String(decoding: try folder.read("plugins.d/example/libexample.so").dropFirst(64), as: UTF8.self)
  }

  @Test func versionsComeAndGoBack() throws {
    let paths = try ["1.0.0", "1.1.0", "1.2.0"].map { try Sample.package(folder, $0) }
    let isUpdate = try paths.map { try Sample.install($0, store()) }
    #expect(isUpdate == [false, true, true])
    #expect(try library() == "1.2.0" && folder.names("plugins.d/example") == [
      "libexample.so", "manifest.json", "manifest.json.minisig",
    ])
    #expect(try store().old("example").map(\.manifest.version) == ["1.1.0", "1.0.0"])
    try store().rollback("example")
    #expect(try library() == "1.1.0" && store().old("example").map(\.manifest.version) == ["1.2.0", "1.0.0"])
    try store().rollback("example")
    #expect(try library() == "1.2.0", "the same again goes forward")
    try store().remove("example", isForGood: false)
    #expect(folder.names("plugins.d") == [".old"])
    try store().rollback("example")
    #expect(try library() == "1.2.0")
    try store().remove("example", isForGood: true)
    #expect(folder.names("plugins.d/.old").isEmpty && folder.names("plugins.d") == [".old"])
    #expect(refusal { try self.store().rollback("example") }?.message.contains("no older version") == true)
    #expect(refusal { try self.store().remove("example", isForGood: false) } != nil)
  }

  @Test func onlySoManyOldVersionsAreKept() throws {
    for minor in 0..<6 { try Sample.install(Sample.package(folder, "1.\(minor).0"), store()) }
    #expect(try store().old("example").map(\.manifest.version) == ["1.4.0", "1.3.0", "1.2.0"])
  }

  /// What is judged is what is copied: another file in its place is noticed, and nothing is left behind.
  @Test func aPackageThatChangesMeanwhileIsNotInstalled() throws {
    let path = try Sample.package(folder)
    let source = try PluginSource(path: path)
    let finding = try source.judge(by: Sample.rules(Sample.key()))
    // In place, through the very file that is open.
    let handle = try #require(fopen(path, "r+"))
    let bytes = try folder.read("1.0.0.tar")
    let own = Sample.library(Platform(rawValue: Platform.current) ?? .x86, "1.0.0")
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: own) })
    fseek(handle, start + 64, SEEK_SET)
    fputs("9", handle)
    fclose(handle)
    let judged = try #require(finding.librarySHA256)
    let fault = refusal { _ = try self.store().install(source, judged: judged) }
    #expect(fault?.message == "it was changed while it was installed")
    #expect(folder.names("plugins.d").isEmpty)
    // A new file at the path is another one: the one that was judged is installed.
    let second = try Sample.package(folder, "1.1.0")
    let other = try PluginSource(path: second)
    let hash = try #require(other.judge(by: Sample.rules(Sample.key())).librarySHA256)
    try FileManager.default.removeItem(atPath: second)
    try folder.write([1, 2, 3], "1.1.0.tar")
    _ = try store().install(other, judged: hash)
    #expect(try library() == "1.1.0")
  }

  @Test func linksInThePluginFolderAreNotFollowed() throws {
    let path = try Sample.package(folder)
    try FileManager.default.createDirectory(atPath: plugins, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: "\(folder.path)/victim", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(plugins)/example", withDestinationPath: "\(folder.path)/victim")
    #expect(refusal { try Sample.install(path, self.store()) }?.kind == .unsafe)
    #expect(refusal { try self.store().remove("example", isForGood: true) }?.kind == .unsafe)
    try FileManager.default.removeItem(atPath: "\(plugins)/example")
    try FileManager.default.createSymbolicLink(atPath: "\(plugins)/.old", withDestinationPath: "\(folder.path)/victim")
    try Sample.install(path, store())
    let second = try Sample.package(folder, "1.1.0")
    #expect(refusal { try Sample.install(second, self.store()) }?.kind == .unsafe)
    #expect(folder.names("victim").isEmpty)
    #expect(try library() == "1.0.0" && folder.names("plugins.d") == [".old", "example"], "and nothing is changed")
  }

  /// Somebody swaps the plugin folder for a link while it is worked on: the work goes on in the folder that was opened.
  @Test func aPluginFolderThatIsSwappedIsNotFollowed() throws {
    let path = try Sample.package(folder)
    let open = try store()
    try FileManager.default.moveItem(atPath: plugins, toPath: "\(folder.path)/aside")
    try FileManager.default.createDirectory(atPath: "\(folder.path)/victim", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: plugins, withDestinationPath: "\(folder.path)/victim")
    try Sample.install(path, open)
    #expect(folder.names("victim").isEmpty && folder.names("aside") == ["example"])
  }

  @Test func aFolderThatOthersCanWriteToIsRefused() throws {
    try FileManager.default.createDirectory(atPath: plugins, withIntermediateDirectories: true)
    #expect(chmod(plugins, 0o777) == 0)
    let fault = refusal { _ = try self.store() }
    #expect(fault?.kind == .unsafe && fault?.message == "others can write to it (mode 777)")
    #expect(chmod(plugins, 0o755) == 0)
    _ = try store()
    if geteuid() == 0 {
      #expect(chown(plugins, 12345, 12345) == 0)
      #expect(refusal { _ = try self.store() }?.message.contains("belongs to the user 12345") == true)
      #expect(chown(plugins, 0, 0) == 0)
    }
  }

  @Test func twoAtOnceDoNotMeet() throws {
    let first = try store()
    #expect(refusal { _ = try self.store() }?.message == "another patchbay plugin works on it")
    withExtendedLifetime(first) {}
  }

  /// A thousand looks while versions come and go: there is always a whole one.
  @Test func whoLooksMeanwhileFindsAWholeVersion() throws {
    let paths = try ["1.0.0", "2.0.0"].map { try Sample.package(folder, $0) }
    let store = try store()
    try Sample.install(paths[0], store)
    let plugins = plugins
    let looks = Looks()
    let thread = Thread {
      while !looks.isOver.load(ordering: .relaxed) {
        let version = (try? PluginSource(path: "\(plugins)/example")).flatMap { source -> Bool? in
          let named = source.manifest.sha256(platform: Platform.current)
          return try? source.sha256(Platform(rawValue: Platform.current) ?? .x86) == named
        }
        // One that was opened before it became the oldest, and was deleted, has nothing any more: that is no mixture.
        if version == true { looks.whole.add(1, ordering: .relaxed) }
        if version == false { looks.broken.add(1, ordering: .relaxed) }
      }
      looks.ended.store(true, ordering: .relaxed)
    }
    thread.start()
    for round in 0..<60 { try Sample.install(paths[(round + 1) % 2], store) }
    looks.isOver.store(true, ordering: .relaxed)
    while !looks.ended.load(ordering: .relaxed) { usleep(1000) }
    #expect(looks.whole.load(ordering: .relaxed) > 10 && looks.broken.load(ordering: .relaxed) == 0)
  }
}
