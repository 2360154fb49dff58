import MarketModel

/// Whether two books of one market, built by two instances from two connections, are the same book. They are never at
/// the same place at the same time, so what is compared is what they have been lately: a book is proved when it has
/// been `wanted` times where the other was, or when both have stood still for a while and are the same.
struct BookProof {
  /// What a book looked like, by the best levels of both sides; the exponents do not matter.
  struct Look: Equatable {
    let digest: UInt64

    init(_ book: OrderBook) {
      var digest: UInt64 = 0xCBF2_9CE4_8422_2325
      func mix(_ word: UInt64) { digest = (digest ^ word) &* 0x100_0000_01B3 }
      func mix(_ mantissa: Int64, _ exponent: Int32) {
        var (mantissa, exponent) = (mantissa, exponent)
        while mantissa != 0, mantissa % 10 == 0 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        mix(UInt64(bitPattern: mantissa))
        mix(UInt64(bitPattern: Int64(exponent)))
      }
      for side in [BookSide.bid, .ask] {
        book.withLevels(side) { levels in
          for level in levels.suffix(Look.depth).reversed() {
            mix(level.price, book.priceExponent)
            mix(level.quantity, book.quantityExponent)
          }
        }
        mix(.max)
      }
      self.digest = digest
    }

    private static let depth = 5
  }

  /// One of the two.
  private struct Course {
    private var looks: [Look] = []
    private var next = 0
    private(set) var since: Int64 = 0
    private(set) var last: Look?
    private static let kept = 512

    mutating func add(_ look: Look, now: Int64) -> Bool {
      guard look != last else { return false }
      (last, since) = (look, now)
      if looks.count < Self.kept { looks.append(look) } else { looks[next] = look }
      next = (next + 1) % Self.kept
      return true
    }

    func was(_ look: Look) -> Bool { looks.contains(look) }

    mutating func forget() { self = Course() }
  }

  private var running = Course()
  private var candidate = Course()
  private var matches: [Look] = []
  private let wanted: Int
  private let calm: Int64
  /// Since when the candidate's book has been ready without a break.
  private(set) var readySince: Int64?

  init(wanted: Int = 3, calm: Int64) { (self.wanted, self.calm) = (wanted, calm) }

  /// The candidate's book has changed, or is lost.
  mutating func candidateChanged(_ book: OrderBook, now: Int64) {
    guard book.isReady else {
      candidate.forget()
      (matches, readySince) = ([], nil)
      return
    }
    if readySince == nil { readySince = now }
    let look = Look(book)
    if candidate.add(look, now: now), running.was(look) { note(look) }
  }

  /// The running one's has.
  mutating func runningChanged(_ book: OrderBook, now: Int64) {
    guard book.isReady else { return running.forget() }
    let look = Look(book)
    if running.add(look, now: now), candidate.was(look) { note(look) }
  }

  private mutating func note(_ look: Look) {
    if matches.count < wanted, !matches.contains(look) { matches.append(look) }
  }

  /// Whether the candidate's book may take the other's place.
  /// - Parameter isRunningReady: else there is nothing to compare with, and one that stays ready is enough.
  func isProved(isRunningReady: Bool, now: Int64) -> Bool {
    guard let readySince, let last = candidate.last else { return false }
    guard isRunningReady else { return now - readySince >= calm }
    if matches.count >= wanted { return true }
    return last == running.last && now - max(candidate.since, running.since) >= calm
  }

  /// Whether it was ever like the running one's.
  var hasMatched: Bool { !matches.isEmpty || candidate.last != nil && candidate.last == running.last }
}
