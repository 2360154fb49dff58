import CPatchbay
import ConnectorKit
import WazirXConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: WazirXManifest.wazirx) { makeConnector(WazirXSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
