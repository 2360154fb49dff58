import CPatchbay
import ConnectorKit
import Harbour

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: HarbourSpot.descriptor) { makeConnector(HarbourSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>! { library }
