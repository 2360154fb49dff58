import CPatchbay
import ConnectorKit
import BlocktaneConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BlocktaneManifest.blocktane) { makeConnector(BlocktaneSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
