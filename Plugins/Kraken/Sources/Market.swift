import CPatchbay
import ConnectorKit
import Decimals

/// One pair: its names, its rules, and the state of its book.
final class Market {
  let id: pb_id
  /// Its place in `KrakenSpot.markets`, which is its symbol's number.
  let number: Int
  /// As the public socket writes it: `BTC/USD` in version 2, `XBT/USD` in version 1.
  let symbol: String
  /// As REST requests name it: `XXBTZUSD`.
  let pair: String
  let priceExponent: Int32
  let quantityExponent: Int32
  var info: PairInfo
  /// Its order counter has been declared.
  var hasOrderLimit = false

  /// Channels that data has come for, so that the usual frame costs one test.
  var live: Channels = []
  /// The newest trade told, so that a snapshot of recent trades repeats none.
  var lastTrade: UInt64 = 0

  // The book; see Book.swift.
  var sync = BookSync(.unnumbered)
  let book = ChecksumBook(depth: 1000)
  /// Exponents of the numbers under a version 2 checksum: the precisions of the instrument channel.
  var checksumPriceExponent: Int32
  var checksumQuantityExponent: Int32
  /// Decimals of prices and quantities in a version 1 book, as its snapshot has them; -1 before that.
  var pricePlaces: Int32 = -1
  var quantityPlaces: Int32 = -1
  /// The checksum of the book as it was when the ten best levels last changed.
  var checksum: UInt32 = 0
  var isTopChanged = true
  var resync = Resync.none
  var losses = LossPace()
  /// The timer that will ask again, or 0.
  var resyncTimer: pb_id = 0

  /// How far a lost book is on its way back.
  enum Resync {
    case none, unsubscribing, subscribing
    /// It was lost again and again, and is asked for later.
    case waiting
    /// The first snapshot of a subscription has not come yet.
    case awaiting
  }

  init(id: pb_id, number: Int, symbol: String, info: PairInfo) {
    self.id = id
    self.number = number
    self.symbol = symbol
    pair = info.pair
    self.info = info
    priceExponent = info.priceExponent
    quantityExponent = info.quantityExponent
    checksumPriceExponent = -info.priceDecimals
    checksumQuantityExponent = -info.quantityDecimals
  }

  /// Whether a description is one of this instrument: its name and exponents never change. A coarser tick or lot can
  /// be told at the same exponents.
  func isSame(_ info: PairInfo) -> Bool {
    pair == info.pair && priceExponent <= info.priceExponent && quantityExponent <= info.quantityExponent
  }

  var bucket: UInt32 { Venue.Bucket.firstPair + UInt32(id) }
}
