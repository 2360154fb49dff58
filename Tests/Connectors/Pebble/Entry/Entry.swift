import CPatchbay
import ConnectorKit
import PebbleConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: Pebble.descriptor) { makeConnector(Pebble.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
