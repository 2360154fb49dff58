import CPatchbay
import ConnectorKit
import CryptoComConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: CryptoComManifest.cryptoCom) { makeConnector(CryptoComSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
