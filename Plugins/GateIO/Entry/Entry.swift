import CPatchbay
import ConnectorKit
import GateIOConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: GateIOManifest.gateIo) { makeConnector(GateSpot.self, $0, $1, $2) },
  connectorTable(descriptor: GateIOManifest.gateIoPerpetual) { makeConnector(GatePerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
