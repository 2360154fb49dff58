import CPatchbay
import ConnectorKit
import DigiFinexConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: DigiFinexManifest.digifinex) { makeConnector(DigiFinexSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
