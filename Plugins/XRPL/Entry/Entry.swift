import CPatchbay
import ConnectorKit
import XRPLConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: XRPLManifest.xrpl) { makeConnector(XRPLSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
