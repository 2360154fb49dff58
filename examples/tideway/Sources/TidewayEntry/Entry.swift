import CPatchbay
import ConnectorKit
import Tideway

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: TidewaySpot.descriptor) { makeConnector(TidewaySpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>! { library }
