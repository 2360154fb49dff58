import CPatchbay
import ConnectorKit
import LiquidConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: LiquidManifest.liquid) { makeConnector(LiquidSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
