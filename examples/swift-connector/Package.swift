// swift-tools-version: 6.0
import PackageDescription

// A connector lives in its own package: it needs ConnectorKit and nothing else of Patchbay. Its logic and its C entry
// point are two targets, so that the logic can be unit-tested.
let package = Package(
  name: "lantern",
  products: [
    // Becomes liblantern.so.
    .library(name: "lantern", type: .dynamic, targets: ["LanternEntry"])
  ],
  dependencies: [
    // Where Patchbay's source is; outside of this tree its URL and a version.
    .package(name: "patchbay", path: "../..")
  ],
  targets: [
    // All of the connector's logic.
    .target(name: "Lantern", dependencies: [.product(name: "ConnectorKit", package: "patchbay")]),
    // The C entry point alone.
    .target(
      name: "LanternEntry",
      dependencies: ["Lantern", .product(name: "ConnectorKit", package: "patchbay")],
      // The library brings its own Swift runtime: the host may have been built by another compiler.
      linkerSettings: [.unsafeFlags(["-static-stdlib"])]),
    .testTarget(name: "LanternTests", dependencies: ["Lantern", .product(name: "ConnectorKit", package: "patchbay")]),
  ],
  swiftLanguageModes: [.v6]
)
