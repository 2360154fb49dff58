// swift-tools-version: 6.0
import PackageDescription

// A strategy with the host inside its own process: it needs PatchbayHost and nothing else.
let package = Package(
  name: "quoter",
  dependencies: [
    // Where Patchbay's source is; outside of this tree its URL and a version.
    .package(name: "patchbay", path: "../..")
  ],
  targets: [
    // Keeps one bid below the market of the paper exchange, and says what happens.
    .executableTarget(name: "Quoter", dependencies: [.product(name: "PatchbayHost", package: "patchbay")])
  ],
  swiftLanguageModes: [.v6]
)
