import CPatchbay
import CoinZoomConnector
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: CoinZoomManifest.coinzoom) { makeConnector(CoinZoomSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
