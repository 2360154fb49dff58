import CPatchbay
import ConnectorKit
import KrakenConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: KrakenManifest.kraken) { makeConnector(KrakenSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
