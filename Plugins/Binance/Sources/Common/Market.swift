import CPatchbay
import ConnectorKit

/// One instrument: its names, its exponents, and the state of its book. What every update touches is not checked for
/// exclusive access at run time: the host enters a connector once at a time.
final class Market {
  let id: pb_id
  /// Its place in the connector's list, which is its symbol's number. One whose exponents had to change keeps the place
  /// under another id.
  let number: Int
  let symbol: String
  /// Streams name symbols in lower case.
  let topicName: String
  let priceExponent: Int32
  let quantityExponent: Int32

  /// What the venue's last list said of it; `nil` = it was not in it.
  var info: SymbolInfo?

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
  /// The venue gives no snapshot, and the host was told why.
  var isSnapshotRefused = false
  var losses = LossPace()
  /// First update id in the queue: an older snapshot cannot be joined to it.
  var firstQueued: UInt64 = 0

  init(id: pb_id, number: Int, symbol: String, priceExponent: Int32, quantityExponent: Int32, rule: BookSync.Rule) {
    self.id = id
    self.number = number
    self.symbol = symbol
    topicName = symbol.lowercased()
    self.priceExponent = priceExponent
    self.quantityExponent = quantityExponent
    sync = BookSync(rule)
  }

  /// Whether a description can be told at the exponents of this instrument: a coarser tick or lot can.
  func fits(_ info: SymbolInfo) -> Bool {
    info.priceExponent >= priceExponent && info.quantityExponent >= quantityExponent
  }
}
