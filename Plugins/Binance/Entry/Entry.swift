import BinanceConnector
import CPatchbay
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BinanceDescriptor.spot) { makeConnector(BinanceSpot.self, $0, $1, $2) },
  connectorTable(descriptor: BinanceDescriptor.us) { makeConnector(BinanceUS.self, $0, $1, $2) },
  connectorTable(descriptor: BinanceDescriptor.perpetual) { makeConnector(BinancePerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
