import CPatchbay
import ConnectorKit
import ProBitConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: ProBitManifest.probit) { makeConnector(ProBitSpot.self, $0, $1, $2) },
  connectorTable(descriptor: ProBitManifest.probitKorea) { makeConnector(ProBitKorea.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
