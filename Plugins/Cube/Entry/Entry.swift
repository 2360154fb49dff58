import CPatchbay
import ConnectorKit
import CubeConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: CubeManifest.cube) { makeConnector(CubeSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
