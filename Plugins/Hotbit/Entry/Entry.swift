import CPatchbay
import ConnectorKit
import HotbitConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: HotbitManifest.hotbit) { makeConnector(HotbitSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
