import CPatchbay
import ConnectorKit

/// One instrument: its names, its exponents, and the state of its book. What every update touches is not checked for
/// exclusive access at run time: the host enters a connector once at a time.
final class Market {
  let id: pb_id
  let symbol: String
  /// Streams name symbols in lower case.
  let topicName: String
  let priceExponent: Int32
  let quantityExponent: Int32

  /// Channels that data has come for, so that the usual frame costs one test.
  @exclusivity(unchecked) var live: Channels = []

  // The book; see Book.swift.
  @exclusivity(unchecked) var sync: BookSync
  let queue = FrameQueue()
  @exclusivity(unchecked) var wantsBook = false
  /// Levels per side of a snapshot.
  var snapshotLevels = 1000
  /// The request that will bring the snapshot, or 0.
  var snapshotRequest: pb_id = 0
  /// The timer that will ask for one, or 0.
  var snapshotTimer: pb_id = 0
  var snapshotFailures = 0
  /// First update id in the queue: an older snapshot cannot be joined to it.
  var firstQueued: UInt64 = 0

  init(id: pb_id, symbol: String, priceExponent: Int32, quantityExponent: Int32, rule: BookSync.Rule) {
    self.id = id
    self.symbol = symbol
    topicName = symbol.lowercased()
    self.priceExponent = priceExponent
    self.quantityExponent = quantityExponent
    sync = BookSync(rule)
  }

  /// Its place in the connector's list.
  var number: Int { Int(id) - 1 }
}
