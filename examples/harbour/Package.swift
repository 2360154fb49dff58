// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "harbour",
  products: [
    // Becomes libharbour.so.
    .library(name: "harbour", type: .dynamic, targets: ["HarbourEntry"])
  ],
  dependencies: [
    // Where Patchbay's source is.
    .package(name: "patchbay", path: "../..")
  ],
  targets: [
    // All of the connector's logic.
    .target(
      name: "Harbour",
      dependencies: [.product(name: "ConnectorKit", package: "patchbay")]),
    // The C entry point alone, so that tests can link the logic without it.
    .target(
      name: "HarbourEntry",
      dependencies: ["Harbour", .product(name: "ConnectorKit", package: "patchbay")],
      // The library brings its own Swift runtime: the host may have been built by another compiler.
      linkerSettings: [.unsafeFlags(["-static-stdlib"])]),
    // The connector against a host in miniature.
    .testTarget(
      name: "HarbourTests",
      dependencies: ["Harbour", .product(name: "ConnectorTestKit", package: "patchbay")]),
  ],
  swiftLanguageModes: [.v6]
)
