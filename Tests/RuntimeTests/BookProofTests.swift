import CPatchbay
import MarketModel
import Testing

@testable import Runtime

/// When the books of a new version are taken for those of the running one, and by which numbers instruments are known.
@Suite struct BookProofTests {
  private let running = OrderBook(priceExponent: -2, quantityExponent: -3)
  /// The same market with finer exponents.
  private let candidate = OrderBook(priceExponent: -4, quantityExponent: -3)
  private let calm: Int64 = 3

  private func put(_ bid: Int64, into book: OrderBook, _ scale: Int64 = 1) throws {
    let bids = [Level(price: bid * scale, quantity: 5)]
    let asks = [Level(price: (bid + 10) * scale, quantity: 7)]
    try bids.withUnsafeBufferPointer { bids in
      try asks.withUnsafeBufferPointer { try book.apply(snapshot: bids, asks: $0, sequence: 0, time: 0) }
    }
  }

  @Test func threeStatesThatBothHaveHadAreEnough() throws {
    var proof = BookProof(calm: calm)
    for (step, bid) in [100, 101, 102, 103].enumerated() as EnumeratedSequence<[Int64]> {
      try put(bid, into: running)
      proof.runningChanged(running, now: Int64(step))
      #expect(!proof.isProved(isRunningReady: true, now: Int64(step)))
      // One behind.
      if bid > 100 {
        try put(bid - 1, into: candidate, 100)
        proof.candidateChanged(candidate, now: Int64(step))
      }
    }
    #expect(proof.isProved(isRunningReady: true, now: 4))
    // Once it was lost it has to be proved anew.
    candidate.invalidate(reason: .sequenceGap)
    proof.candidateChanged(candidate, now: 5)
    #expect(!proof.isProved(isRunningReady: true, now: 100))
  }

  @Test func aBookThatStandsStillWhileTheOtherMovesIsNotProved() throws {
    var proof = BookProof(calm: calm)
    try put(100, into: candidate, 100)
    proof.candidateChanged(candidate, now: 0)
    for step in 0..<1000 as Range<Int64> {
      try put(100 + step, into: running)
      proof.runningChanged(running, now: step)
    }
    #expect(!proof.isProved(isRunningReady: true, now: 2000))
    #expect(proof.isProved(isRunningReady: false, now: 2000), "there is nothing to compare with")
  }

  @Test func booksThatStandStillAreComparedAfterAWhile() throws {
    var proof = BookProof(calm: calm)
    try put(100, into: running)
    proof.runningChanged(running, now: 0)
    try put(100, into: candidate, 100)
    proof.candidateChanged(candidate, now: 1)
    #expect(!proof.isProved(isRunningReady: true, now: 3))
    #expect(proof.isProved(isRunningReady: true, now: 4))
    try put(101, into: candidate, 100)
    proof.candidateChanged(candidate, now: 5)
    #expect(!proof.isProved(isRunningReady: true, now: 100))
  }

  @Test func numbersOfInstrumentsGoBothWays() {
    var numbers = InstrumentNumbers()
    #expect(numbers.isPlain && numbers.own(7) == 7 && numbers.peer(7) == 7)
    numbers = InstrumentNumbers(base: 100)
    numbers.map(2, to: 1)
    numbers.map(1, to: 2)
    numbers.map(1 << 40, to: 3)
    #expect([0, 1, 2, 3, 1 << 40].map(numbers.own) == [0, 2, 1, 103, 3])
    #expect([0, 2, 1, 103, 3].map(numbers.peer) == [0, 1, 2, 3, 1 << 40])
  }
}
