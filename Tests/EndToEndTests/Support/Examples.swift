import Foundation

/// The connectors of `examples/`, built once per test run as their READMEs say. Each is a folder with the library and
/// its manifest, as it is dropped into a plugin folder.
enum Examples {
  private static let scratch = Result { try Scratch() }

  /// Built by `cc` from patchbay.h alone.
  static let metronome = Result {
    let folder = try scratch.get().path("metronome")
    let make = try run("make", "-C", "\(packageRoot)/examples/c-connector", "OUT=\(folder)")
    guard make.status == 0 else { throw ToolFailure(description: make.output + make.errors) }
    return folder
  }

  static let lantern = Result { try build("lantern", package: "swift-connector", files: ["manifest.json"]) }
  static let lanternBuild = buildFolder(of: "lantern")

  static let harbour = Result {
    try build("harbour", package: "harbour", files: ["manifest.json", "certification.json"])
  }

  /// Where a Swift example is built: apart from this build, which is locked while the tests run, and kept for the next
  /// run.
  static func buildFolder(of name: String) -> String { "\(EndToEndTests.buildFolder)/examples/\(name)" }

  /// Built by `swift build` in a package of its own.
  private static func build(_ name: String, package: String, files: [String]) throws -> String {
    let package = "\(packageRoot)/examples/\(package)"
    let scratchPath = buildFolder(of: name)
    let build = try run(
      "swift", "build", "--package-path", package, "--scratch-path", scratchPath, "--product", name, "-j", "2")
    guard build.status == 0 else { throw ToolFailure(description: build.output + build.errors) }
    let folder = try scratch.get().path(name)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for file in files {
      try FileManager.default.copyItem(atPath: "\(package)/\(file)", toPath: "\(folder)/\(file)")
    }
    try FileManager.default.copyItem(
      atPath: "\(scratchPath)/debug/lib\(name).so", toPath: "\(folder)/lib\(name).so")
    return folder
  }
}
