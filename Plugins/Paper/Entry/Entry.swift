import CPatchbay
import ConnectorKit
import PaperConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: PaperManifest.paper) { makeConnector(PaperSpot.self, $0, $1, $2) },
  connectorTable(descriptor: PaperManifest.paperPerpetual) { makeConnector(PaperPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>! { library }
