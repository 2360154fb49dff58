import CPatchbay
import ConnectorKit
import OKXConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: OKXManifest.okx) { makeConnector(OKXSpot.self, $0, $1, $2) },
  connectorTable(descriptor: OKXManifest.okxPerpetual) { makeConnector(OKXPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
