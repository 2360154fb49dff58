import CPatchbay
import ConnectorKit
import FoxbitConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: FoxbitManifest.foxbit) { makeConnector(FoxbitSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
