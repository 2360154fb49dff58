import CPatchbay
import ConnectorKit
import AltMarketsConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: AltMarketsManifest.altmarkets) { makeConnector(AltMarketsSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
