import Foundation

/// The two connectors of `examples/`, built once per test run as their READMEs say. Each is a folder with the library
/// and its manifest, as it is dropped into a plugin folder.
enum Examples {
  private static let scratch = Result { try Scratch() }

  /// Built by `cc` from patchbay.h alone.
  static let metronome = Result {
    let folder = try scratch.get().path("metronome")
    let make = try run("make", "-C", "\(packageRoot)/examples/c-connector", "OUT=\(folder)")
    guard make.status == 0 else { throw ToolFailure(description: make.output + make.errors) }
    return folder
  }

  /// Where the Swift example is built: apart from this build, which is locked while the tests run, and kept for the
  /// next run.
  static let lanternBuild = "\(buildFolder)/examples/lantern"

  /// Built by `swift build` in a package of its own.
  static let lantern = Result {
    let package = "\(packageRoot)/examples/swift-connector"
    let build = try run(
      "swift", "build", "--package-path", package, "--scratch-path", lanternBuild, "--product", "lantern", "-j", "2")
    guard build.status == 0 else { throw ToolFailure(description: build.output + build.errors) }
    let folder = try scratch.get().path("lantern")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: "\(package)/manifest.json", toPath: "\(folder)/manifest.json")
    try FileManager.default.copyItem(
      atPath: "\(lanternBuild)/debug/liblantern.so", toPath: "\(folder)/liblantern.so")
    return folder
  }
}
