import CPatchbay
import ConnectorKit
import UniswapConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: UniswapManifest.uniswap) { makeConnector(UniswapPairs.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
