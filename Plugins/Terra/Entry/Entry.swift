import CPatchbay
import ConnectorKit
import TerraConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: TerraManifest.terra) { makeConnector(TerraGateway.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
