import Decimals
import MarketModel
import Testing

func decimal(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> Decimal64 {
  try #require(Decimal64(text), sourceLocation: location)
}

extension OrderBook {
  func snapshot(
    bids: [Level], asks: [Level], sequence: UInt64 = 0, time: Int64 = 0
  ) throws(BookFault) {
    try withBoth(bids, asks) { (bids, asks) throws(BookFault) in
      try apply(snapshot: bids, asks: asks, sequence: sequence, time: time)
    }
  }

  func update(
    bids: [Level] = [], asks: [Level] = [], first: UInt64 = 0, last: UInt64 = 0, time: Int64 = 0
  ) throws(BookFault) {
    try withBoth(bids, asks) { (bids, asks) throws(BookFault) in
      try apply(update: bids, asks: asks, firstSequence: first, lastSequence: last, time: time)
    }
  }

  private func withBoth(
    _ bids: [Level], _ asks: [Level],
    _ body: (UnsafeBufferPointer<Level>, UnsafeBufferPointer<Level>) throws(BookFault) -> Void
  ) throws(BookFault) {
    var result: Result<Void, BookFault> = .success(())
    bids.withUnsafeBufferPointer { bids in
      asks.withUnsafeBufferPointer { asks in
        result = Result { () throws(BookFault) in try body(bids, asks) }
      }
    }
    try result.get()
  }
}

func levels(_ pairs: (Int64, Int64)...) -> [Level] { pairs.map { Level(price: $0.0, quantity: $0.1) } }
