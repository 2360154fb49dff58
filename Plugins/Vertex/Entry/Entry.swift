import CPatchbay
import ConnectorKit
import VertexConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: VertexManifest.vertex) { makeConnector(VertexSpot.self, $0, $1, $2) },
  connectorTable(descriptor: VertexManifest.vertexPerpetual) { makeConnector(VertexPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
