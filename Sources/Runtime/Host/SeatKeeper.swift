import Decimals
import MarketModel

/// How often the host looks after an instance of its own accord. All in nanoseconds.
public struct KeeperTimes: Sendable {
  /// Between two looks at what is asked for and recorded.
  public var look: Int64 = 1_000_000_000
  /// Between two looks at all markets, which cost a little for each.
  public var markets: Int64 = 10_000_000_000
  /// Until instruments are asked for again after the first failure; doubles up to `instrumentsRetryMost`.
  public var instrumentsRetry: Int64 = 5_000_000_000
  public var instrumentsRetryMost: Int64 = 60_000_000_000
  /// Until what could not be had of an account is asked for again.
  public var accountRetry: Int64 = 5_000_000_000
  /// Trading rules change: instruments are asked for anew.
  public var instruments: Int64 = 1800 * 1_000_000_000
  /// The same while something is wanted that is not listed, not traded or cannot be used: it may be soon.
  public var instrumentsMissing: Int64 = 300 * 1_000_000_000
  /// Least time between two lists of instruments, however many ask.
  public var instrumentsLeast: Int64 = 30 * 1_000_000_000
  /// The oldest that a snapshot may get before the book is built anew, as a safety net. Below the hour, since books
  /// wait for one another.
  public var book: Int64 = 55 * 60 * 1_000_000_000
  /// Between two books of one instance that are built anew.
  public var bookSpacing: Int64 = 2_000_000_000
  /// Without trades for so long, the last price is asked for.
  public var silence: Int64 = 180 * 1_000_000_000
  /// Between two questions for last prices, and after one that brought nothing.
  public var tickers: Int64 = 60 * 1_000_000_000
  public var tickersRetry: Int64 = 10 * 1_000_000_000

  public init() {}
}

/// Looks after one instance: instruments that could not be had are asked for again and known ones refreshed, books are
/// built anew within the hour, last prices are asked for where no trades come, and what is recorded reaches the file.
final class SeatKeeper: LaneChore {
  private unowned let seat: Host.Seat
  private let limits: KeeperTimes
  private var due: Int64 = 0
  private var refreshes: BookRefreshes
  private var silence: TradeSilence
  private var failures = 0
  private var instrumentsDue = Int64.max
  private var isAskingInstruments = true
  private var instrumentsAsked = Int64.min
  /// Books lost to what could not be read, when it was last looked at.
  private var misreads: UInt64 = 0
  /// What of accounts could not be had.
  var owed: [(account: PublicAccount, verb: Verb)] = []
  private var accountsDue: Int64 = 0
  private var refreshing: String?
  private var booksDue: Int64 = 0
  private var tradesDue: Int64 = 0
  private var tickersDue: Int64 = 0
  private let verbs: Set<String>

  init(_ seat: Host.Seat, limits: KeeperTimes = KeeperTimes()) {
    self.seat = seat
    self.limits = limits
    refreshes = BookRefreshes(interval: limits.book, spacing: limits.bookSpacing)
    silence = TradeSilence(limit: limits.silence)
    verbs = seat.library.words("verbs", of: seat.session.name) ?? []
  }

  func run(_ times: Times) -> Int64? {
    guard times.mono >= due else { return due }
    due = times.mono + limits.look
    guard !seat.session.isFaulted else { return due }
    askInstruments(times.mono)
    hurryAfterMisreads()
    askAccounts(times.mono)
    refreshBooks(times.mono)
    askTickers(times.mono)
    seat.recording?.flush(now: times.mono)
    return due
  }

  // MARK: Instruments

  /// An answer has come; the next question is set.
  func instrumentsAnswered(_ isKnown: Bool) {
    let now = seat.session.times.mono
    isAskingInstruments = false
    instrumentsAsked = now
    failures = isKnown ? 0 : failures + 1
    let wait = min(limits.instrumentsRetryMost, limits.instrumentsRetry << Int64(min(max(failures - 1, 0), 16)))
    let isComplete = seat.subscriptions.allSatisfy { wanted in
      seat.session.view.market(pair: wanted.pair).map { $0.instrument.state.isTraded } ?? false
    }
    instrumentsDue = now + (isKnown ? isComplete ? limits.instruments : limits.instrumentsMissing : wait)
  }

  /// When instruments are asked for next, in wall time; `nil` = they are being asked for.
  var nextInstruments: Int64? {
    let times = seat.session.times
    return isAskingInstruments || instrumentsDue == .max ? nil : times.wall + max(0, instrumentsDue - times.mono)
  }

  /// Asks for instruments before their time; where that was done just now, as soon as it may be done again.
  /// - Returns: whether they are on their way.
  func hurryInstruments() -> Bool {
    if isAskingInstruments { return true }
    let now = seat.session.times.mono
    guard instrumentsAsked == .min || now - instrumentsAsked >= limits.instrumentsLeast else {
      instrumentsDue = min(instrumentsDue, instrumentsAsked + limits.instrumentsLeast)
      return false
    }
    isAskingInstruments = true
    seat.askInstruments()
    return true
  }

  /// A book that cannot be read may have another tick or lot now.
  private func hurryAfterMisreads() {
    let count = seat.session.view.misreads
    if count != misreads, hurryInstruments() { misreads = count }
  }

  private func askInstruments(_ now: Int64) {
    guard !isAskingInstruments, now >= instrumentsDue else { return }
    isAskingInstruments = true
    seat.askInstruments()
  }

  private func askAccounts(_ now: Int64) {
    guard !owed.isEmpty else {
      accountsDue = now + limits.accountRetry
      return
    }
    guard now >= accountsDue else { return }
    accountsDue = now + limits.accountRetry
    let questions = owed
    owed = []
    for (account, verb) in questions { seat.ask(account, verb) }
  }

  // MARK: Books

  private func refreshBooks(_ now: Int64) {
    // Where the connector can, the old book stays in use meanwhile.
    let verb = verbs.contains(Verb.refresh.name) ? Verb.refresh : .resync
    guard now >= booksDue, verbs.contains(verb.name), refreshing == nil else { return }
    booksDue = now + limits.markets
    let books = seat.subscriptions.filter { $0.channels.contains(.book) }.compactMap { wanted in
      seat.session.view.market(pair: wanted.pair).map {
        BookRefreshes.Book(pair: wanted.pair, isReady: $0.book.isReady, snapshots: $0.book.counters.snapshots)
      }
    }
    guard let pair = refreshes.next(books, now: now), let market = seat.session.view.market(pair: pair) else { return }
    refreshing = pair
    // Others may be due as well.
    booksDue = now + limits.bookSpacing
    var command = CommandDraft(verb)
    command.instrument = market.instrument.id.rawValue
    command.channels = .book
    seat.session.send(command) { [weak self] _ in self?.refreshing = nil }
  }

  // MARK: Last prices

  /// Whether no trade of a pair has come for so long that its last price is taken from elsewhere.
  func isSilent(_ pair: String) -> Bool { silence.isSilent(pair, now: seat.session.times.mono) }

  private func askTickers(_ now: Int64) {
    guard now >= tradesDue else { return }
    tradesDue = now + limits.markets
    silence.look(
      seat.subscriptions.compactMap { wanted in
        seat.session.view.market(pair: wanted.pair).map { (wanted.pair, $0.tape.total) }
      }, now: now)
    guard now >= tickersDue, verbs.contains(Verb.tickers.name), silence.isAnySilent(now: now) else { return }
    tickersDue = now + limits.tickers
    seat.session.send(CommandDraft(.tickers)) { [weak self] result in
      guard let self, result.outcome != .done else { return }
      // No answer, or one that could not be read: it is asked for again before its time.
      let wait = max(limits.tickersRetry, result.retryAfter)
      tickersDue = min(tickersDue, seat.session.times.mono.addingSaturated(wait))
    }
  }
}

extension Host.Seat {
  /// Where a last price comes from.
  public enum PriceSource: String, Sendable { case trade, ticker }

  /// The last price of a market: of its last trade, or when no trades come, of its ticker; `nil` when nothing told one.
  public func lastPrice(_ market: MarketState) -> (price: Int64, source: PriceSource)? {
    let ticker = market.ticker?.last.map { ($0.price, PriceSource.ticker) }
    guard let trade = market.tape.last, !(keeper?.isSilent(market.instrument.pair) ?? false) || ticker == nil else {
      return ticker
    }
    return (trade.price, .trade)
  }
}
