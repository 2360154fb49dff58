import Foundation
import Synchronization

/// The checkout's tracked files.
enum Tree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Why the tree could not be listed.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Paths from the root, sorted; what is deleted and not yet committed is left out.
  static let files = Result {
    let git = Process()
    git.executableURL = URL(filePath: "/usr/bin/env")
    git.arguments = ["git", "-C", root, "ls-files", "-z"]
    let pipe = Pipe()
    git.standardOutput = pipe
    try git.run()
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    git.waitUntilExit()
    guard git.terminationStatus == 0 else { throw Failure(description: "git ls-files: \(git.terminationStatus)") }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.sorted()
      .filter { FileManager.default.fileExists(atPath: "\(root)/\($0)") }
  }

  /// The tracked files whose names end so.
  static func files(_ endings: String...) throws -> [String] {
    try files.get().filter { path in endings.contains { path.hasSuffix($0) } }
  }

  static func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: "\(root)/\(path)")), as: UTF8.self)
  }

  /// A file's lines; lines count from 1 in what is reported. Each file is read and taken apart once for all tests.
  static func lines(_ path: String) throws -> [Substring] {
    if let known = known.withLock({ $0[path] }) { return known }
    let lines = text(try Data(contentsOf: URL(filePath: "\(root)/\(path)")))
    known.withLock { $0[path] = lines }
    return lines
  }

  private static let known = Mutex<[String: [Substring]]>([:])

  /// By bytes: going by characters takes most of a minute for the whole tree.
  private static func text(_ data: Data) -> [Substring] {
    data.withUnsafeBytes { bytes in
      var lines: [Substring] = []
      var start = bytes.baseAddress
      var left = bytes.count
      while let begin = start {
        let end = memchr(begin, 0x0a, left)
        let length = end.map { UnsafeRawPointer($0) - begin } ?? left
        lines.append(Substring(decoding: UnsafeRawBufferPointer(start: begin, count: length), as: UTF8.self))
        start = end.map { UnsafeRawPointer($0) + 1 }
        left -= length + 1
      }
      return lines
    }
  }
}

/// What a rule does not hold for, each with the reason. Nothing is exempt but what stands here.
struct Exemption {
  let path: String
  let why: String

  static let longLines = [
    Exemption(path: "docs/abi.md", why: "generated from patchbay.h, one line a paragraph"),
    Exemption(path: "LICENSE", why: "the licence's own words"),
  ]

  /// Where time may be read.
  static let clocks = [
    Exemption(path: "Sources/Runtime/Host/HostClock.swift", why: "the host's clock"),
    Exemption(path: "Sources/Cluster/Machine.swift", why: "the clock of leases, and names of runs, handed in"),
    Exemption(path: "Sources/Certify/Check/CPUTime.swift", why: "the processor time of one input, which is judged"),
    Exemption(path: "Sources/Certify/Check/StaticTrials.swift", why: "names what a connector must not import"),
    Exemption(path: "Sources/CHost/confine.c", why: "names the calls that a worker may make"),
    Exemption(path: "Sources/CHost/worker.c", why: "the processor time that a worker has used"),
    Exemption(path: "Sources/CNet/cnet.c", why: "masks, keys and jitter of real connections, handed in"),
  ]
}

extension [Exemption] {
  func covers(_ path: String) -> Bool { contains { path.hasPrefix($0.path) } }
}
