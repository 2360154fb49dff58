import AscendEXConnector
import CPatchbay
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: AscendEXManifest.ascendEx) { makeConnector(AscendEXSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
