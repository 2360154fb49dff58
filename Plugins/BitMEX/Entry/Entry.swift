import BitMEXConnector
import CPatchbay
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BitMEXManifest.bitmex) { makeConnector(BitMEXSpot.self, $0, $1, $2) },
  connectorTable(descriptor: BitMEXManifest.bitmexPerpetual) { makeConnector(BitMEXPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
