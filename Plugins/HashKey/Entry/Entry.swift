import CPatchbay
import ConnectorKit
import HashKeyConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: HashKeyManifest.hashkey) { makeConnector(HashKeySpot.self, $0, $1, $2) },
  connectorTable(descriptor: HashKeyManifest.hashkeyPerpetual) { makeConnector(HashKeyPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
