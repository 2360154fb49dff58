import CPatchbay
import ConnectorKit
import PaperConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: PaperSpot.descriptor) { makeConnector(PaperSpot.self, $0, $1, $2) },
  connectorTable(descriptor: PaperPerpetual.descriptor) { makeConnector(PaperPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>! { library }
