import Foundation
import HeaderTool
import Testing

/// The header itself: that compilers take it, and that what is written from it is what is committed.
struct HeaderTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func header() throws -> Header {
    let url = root.appending(path: "Sources/CPatchbay/include/patchbay.h")
    return try parseHeader(String(contentsOf: url, encoding: .utf8))
  }

  @Test(arguments: GeneratedFile.allCases)
  func committedFileIsWhatTheHeaderGives(_ file: GeneratedFile) throws {
    let committed = try String(contentsOf: Self.root.appending(path: file.path), encoding: .utf8)
    let isCurrent = try file.text(Self.header()) == committed
    #expect(isCurrent, "\(file.path) does not follow from patchbay.h: run `make abi` and commit what it writes")
  }

  @Test(arguments: GeneratedFeedFile.allCases)
  func committedFileIsWhatTheFeedsHeaderGives(_ file: GeneratedFeedFile) throws {
    let source = try String(contentsOf: Self.root.appending(path: GeneratedFeedFile.header), encoding: .utf8)
    let committed = try String(contentsOf: Self.root.appending(path: file.path), encoding: .utf8)
    let isCurrent = try file.text(source) == committed
    #expect(isCurrent, "\(file.path) does not follow from patchbay_feed.h: run `make abi` and commit what it writes")
  }

  /// The assertions in layout.c prove the layout table on the way. `cc` is whatever the machine has, clang the one that
  /// comes with Swift.
  @Test(arguments: [
    ["cc", "-x", "c", "-std=c11"], ["c++", "-x", "c++", "-std=c++17"],
    ["clang", "-x", "c", "-std=c11"], ["clang++", "-x", "c++", "-std=c++17"],
  ])
  func compilersAcceptHeadersAndLayouts(_ compiler: [String]) throws {
    for folder in ["CPatchbay", "CFeed"] { try compile(compiler, Self.root.appending(path: "Sources/\(folder)")) }
  }

  private func compile(_ compiler: [String], _ sources: URL) throws {
    let arguments =
      compiler + [
        "-Wall", "-Wextra", "-Wpadded", "-Wpedantic", "-Werror", "-fsyntax-only",
        "-I", sources.appending(path: "include").path, sources.appending(path: "layout.c").path,
      ]
    let (status, output) = try run(arguments)
    // 127: no such compiler here. `cc` must be there: the package's own C targets need one.
    if status == 127, compiler[0].hasPrefix("clang") { return }
    #expect(status == 0, "\(compiler.joined(separator: " ")): \(output)")
  }

  @Test func aWrongOffsetInTheTableWouldNotCompile() throws {
    let sources = Self.root.appending(path: "Sources/CPatchbay")
    let layout = try String(contentsOf: sources.appending(path: "layout.c"), encoding: .utf8)
    let wrong = layout.replacing("PB_FIELD(pb_book, depth, 52, 4)", with: "PB_FIELD(pb_book, depth, 56, 4)")
    #expect(wrong != layout)
    let file = FileManager.default.temporaryDirectory.appending(path: "layout-\(UUID().uuidString).c")
    defer { try? FileManager.default.removeItem(at: file) }
    try wrong.write(to: file, atomically: true, encoding: .utf8)
    let (status, output) = try run(
      ["cc", "-std=c11", "-fsyntax-only", "-I", sources.appending(path: "include").path, file.path])
    #expect(status != 0 && output.contains("pb_book.depth is not at 56"))
  }

  private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
