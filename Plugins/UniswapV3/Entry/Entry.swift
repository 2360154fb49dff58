import CPatchbay
import ConnectorKit
import UniswapV3Connector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: UniswapV3Manifest.uniswapV3) { makeConnector(UniswapRanges.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
