import CPatchbay
import ConnectorKit
import DexalotConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: DexalotManifest.dexalot) { makeConnector(DexalotSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
