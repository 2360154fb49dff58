import CPatchbay
import ConnectorKit
import Sandbar

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: SandbarSpot.descriptor) { makeConnector(SandbarSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>! { library }
