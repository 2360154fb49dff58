import BitstampConnector
import CPatchbay
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BitstampManifest.bitstamp) { makeConnector(BitstampSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
