import CPatchbay
import ConnectorKit
import BitMartConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BitMartManifest.bitmart) { makeConnector(BitMartSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
