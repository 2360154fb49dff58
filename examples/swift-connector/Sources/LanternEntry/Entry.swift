import CPatchbay
import ConnectorKit
import Lantern

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: LanternSpot.descriptor) { makeConnector(LanternSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>! { library }
