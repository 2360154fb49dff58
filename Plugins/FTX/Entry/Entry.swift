import CPatchbay
import ConnectorKit
import FTXConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: FTXManifest.ftx) { makeConnector(FTXSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
