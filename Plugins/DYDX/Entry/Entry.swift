import CPatchbay
import ConnectorKit
import DYDXConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: DYDXManifest.dydxPerpetual) { makeConnector(DYDXPerpetual.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
