import BitgetConnector
import CPatchbay
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BitgetManifest.bitget) { makeConnector(BitgetSpot.self, $0, $1, $2) },
  connectorTable(descriptor: BitgetManifest.bitgetPerpetual) { makeConnector(BitgetPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
