import CPatchbay
import ConnectorKit
import PerpetualFinanceConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: PerpetualFinanceManifest.perpetualFinance) {
    makeConnector(PerpetualGateway.self, $0, $1, $2)
  }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
