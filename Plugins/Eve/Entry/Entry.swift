import CPatchbay
import ConnectorKit
import EveConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: EveManifest.eve) { makeConnector(EveSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
