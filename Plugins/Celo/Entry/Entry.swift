import CPatchbay
import ConnectorKit
import CeloConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: CeloManifest.celo) { makeConnector(CeloPools.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
