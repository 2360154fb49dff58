// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "tideway",
  products: [
    // Becomes libtideway.so.
    .library(name: "tideway", type: .dynamic, targets: ["TidewayEntry"])
  ],
  dependencies: [
    // Where Patchbay's source is.
    .package(name: "patchbay", path: "../..")
  ],
  targets: [
    // All of the connector's logic.
    .target(name: "Tideway", dependencies: [.product(name: "ConnectorKit", package: "patchbay")]),
    // The C entry point alone, so that tests can link the logic without it.
    .target(
      name: "TidewayEntry",
      dependencies: ["Tideway", .product(name: "ConnectorKit", package: "patchbay")],
      // The library brings its own Swift runtime: the host may have been built by another compiler.
      linkerSettings: [.unsafeFlags(["-static-stdlib"])]),
    // The connector against a host in miniature.
    .testTarget(
      name: "TidewayTests",
      dependencies: ["Tideway", .product(name: "ConnectorTestKit", package: "patchbay")]),
  ],
  swiftLanguageModes: [.v6]
)
