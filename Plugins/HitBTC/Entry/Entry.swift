import CPatchbay
import ConnectorKit
import HitBTCConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: HitBTCManifest.hitbtc) { makeConnector(HitBTCSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
