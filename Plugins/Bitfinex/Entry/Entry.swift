import BitfinexConnector
import CPatchbay
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BitfinexManifest.bitfinex) { makeConnector(BitfinexSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
