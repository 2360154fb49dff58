import Foundation

@testable import Runtime

/// Recorded traffic that stands beside the project; absent in a bare checkout.
enum ConformanceData {
  static let folder: String? = {
    let named = ProcessInfo.processInfo.environment["PATCHBAY_SHARED"]
    let candidate = (named ?? packageRoot + "/../shared") + "/data"
    return FileManager.default.fileExists(atPath: candidate + "/captures") ? candidate : nil
  }()

  static func json(_ path: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }
}

/// The checkout's top folder.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// Where the libraries of this build are: beside the test bundle.
let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
