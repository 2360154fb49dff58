import CPatchbay
import ConnectorKit
import DeriveConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: DeriveManifest.derive) { makeConnector(DeriveSpot.self, $0, $1, $2) },
  connectorTable(descriptor: DeriveManifest.derivePerpetual) { makeConnector(DerivePerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
