import Foundation
import Synchronization

/// The connectors of `examples/`, built once per test run as their READMEs say. Each is a folder with the library and
/// its manifest, as it is dropped into a plugin folder.
enum Examples {
  private static let scratch = Result { try Scratch() }

  /// Built by `cc` from patchbay.h alone.
  static let metronome = Result { try made("metronome", example: "c-connector") }

  /// Built by `rustc`, where there is one.
  static let escapement = Result { try made("escapement", example: "rust-connector") }
  static let hasRust = (try? run("rustc", "--version"))?.status == 0
  static let hasC = (try? run("cc", "--version"))?.status == 0

  /// Bybit's spot market on the kits for Rust and C.
  static let bybitInRust = Result { try made("bybit_rust", example: "rust-bybit") }
  static let bybitInC = Result { try made("bybit_c", example: "c-bybit") }

  private static func made(_ name: String, example: String) throws -> String {
    let folder = try scratch.get().path(name)
    let make = try run("make", "-C", "\(packageRoot)/examples/\(example)", "OUT=\(folder)")
    guard make.status == 0 else { throw ToolFailure(description: make.output + make.errors) }
    return folder
  }

  static let lantern = Result { try build("lantern", package: "swift-connector", files: ["manifest.json"]) }
  static let lanternBuild = buildFolder(of: "lantern")

  static let harbour = Result {
    try build("harbour", package: "harbour", files: ["manifest.json", "certification.json"])
  }

  /// The same connector, built with Embedded Swift.
  static let embeddedHarbour = Result {
    let sources = "\(packageRoot)/examples/harbour/Sources"
    return try embedded(
      "harbour", ["Harbour=\(sources)/Harbour", "HarbourEntry=\(sources)/HarbourEntry"],
      files: ["manifest.json", "certification.json"].map { "\(packageRoot)/examples/harbour/\($0)" })
  }

  /// Connectors of this tree, built with Embedded Swift: their folders, by the names of their libraries.
  static let embeddedConnectors = Result {
    [
      "okx": try embedded(plugin: "OKX", "okx", ["certification.json", "certification.okx_perpetual.json"]),
      "kraken": try embedded(plugin: "Kraken", "kraken", ["certification.json"]),
    ]
  }

  private static func embedded(plugin: String, _ library: String, _ certifications: [String]) throws -> String {
    let folder = "\(packageRoot)/Plugins/\(plugin)"
    return try embedded(
      library, ["\(plugin)Connector=\(folder)/Sources", "\(plugin)Entry=\(folder)/Entry"],
      files: (["manifest.json"] + certifications).map { "\(folder)/\($0)" })
  }

  /// Where a Swift example is built: apart from this build, which is locked while the tests run, and kept for the next
  /// run.
  static func buildFolder(of name: String) -> String { "\(EndToEndTests.buildFolder)/examples/\(name)" }

  /// Built by the script in `examples/embedded`, one after the other: they share the kit.
  private static func embedded(_ name: String, _ modules: [String], files: [String]) throws -> String {
    try embeddedBuilds.withLock { _ in
      let folder = try scratch.get().path("embedded-\(name)/\(name)")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let build = try run(
        ["BUILD=\(buildFolder(of: "embedded"))", "\(packageRoot)/examples/embedded/build.sh"]
          + ["\(folder)/lib\(name).so"] + modules)
      guard build.status == 0 else { throw ToolFailure(description: build.output + build.errors) }
      for file in files {
        let target = "\(folder)/\(URL(fileURLWithPath: file).lastPathComponent)"
        try FileManager.default.copyItem(atPath: file, toPath: target)
      }
      return folder
    }
  }

  private static let embeddedBuilds = Mutex(())

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
