import CPatchbay
import Catalog
import MarketModel
import Records
import Testing

@testable import Runtime

private let second: Int64 = 1_000_000_000
private let minute = 60 * second

/// What the host does of its own accord, on virtual time.
@Suite struct KeeperTests {
  // MARK: When books are built anew

  private func books(_ count: Int, snapshots: [UInt64]? = nil) -> [BookRefreshes.Book] {
    (0..<count).map { BookRefreshes.Book(pair: "P\($0)-Q", isReady: true, snapshots: snapshots?[$0] ?? 1) }
  }

  /// 300 books that came together: each is refreshed within every hour, never two within the spacing, and not in a
  /// crowd.
  @Test func everyBookIsRefreshedWithinTheHourAndSpread() {
    let times = KeeperTimes()
    var plan = BookRefreshes(interval: times.book, spacing: times.bookSpacing)
    var snapshots = [UInt64](repeating: 1, count: 300)
    var last = [Int64](repeating: 0, count: 300)
    var (previous, oldest, perMinute) = (Int64.min, Int64(0), [Int64: Int]())
    for now in stride(from: Int64(0), to: 3 * 3600 * second, by: 2 * Int(second)) {
      if let pair = plan.next(books(300, snapshots: snapshots), now: now) {
        let number = Int(pair.dropFirst().prefix { $0 != "-" }) ?? -1
        #expect(previous == .min || now - previous >= times.bookSpacing)
        oldest = max(oldest, now - last[number])
        perMinute[now / minute, default: 0] += 1
        (previous, last[number]) = (now, now)
        snapshots[number] += 1
      }
    }
    #expect(last.allSatisfy { 3 * 3600 * second - $0 <= 3600 * second })
    #expect(oldest <= 3600 * second && snapshots.allSatisfy { $0 >= 3 })
    #expect((perMinute.values.max() ?? 0) <= 15, "300 in half an hour are 11 a minute when they are spread")
  }

  @Test func aSnapshotThatCameOfItselfCounts() {
    var plan = BookRefreshes(interval: 60 * minute, spacing: 0)
    #expect(plan.next(books(1, snapshots: [1]), now: 0) == nil)
    #expect(plan.next(books(1, snapshots: [2]), now: 29 * minute) == nil)
    #expect(plan.next(books(1, snapshots: [2]), now: 58 * minute) == nil, "its place lies half an hour behind the last")
    #expect(plan.next(books(1, snapshots: [2]), now: 90 * minute) == "P0-Q")
    #expect(plan.next(books(1, snapshots: [2]), now: 91 * minute) == nil, "it is on its way")
    #expect(plan.next(books(1, snapshots: [3]), now: 92 * minute) == nil)
    #expect(plan.next(books(1, snapshots: [3]), now: 151 * minute) == nil)
    #expect(plan.next(books(1, snapshots: [3]), now: 152 * minute) == "P0-Q")
  }

  @Test func aBookThatIsNotReadyIsLeftAlone() {
    var plan = BookRefreshes(interval: 60 * minute, spacing: 0)
    var book = books(1)
    _ = plan.next(book, now: 0)
    book[0].isReady = false
    #expect(plan.next(book, now: 300 * minute) == nil)
    book[0].isReady = true
    #expect(plan.next(book, now: 301 * minute) == "P0-Q")
  }

  @Test func tradesThatDoNotComeAreNoticed() {
    var silence = TradeSilence(limit: 3 * minute)
    silence.look([("A-B", 0), ("C-D", 5)], now: 0)
    #expect(!silence.isAnySilent(now: 3 * minute - 1) && silence.isSilent("A-B", now: 3 * minute))
    silence.look([("A-B", 0), ("C-D", 6)], now: 3 * minute)
    #expect(silence.isSilent("A-B", now: 3 * minute) && !silence.isSilent("C-D", now: 3 * minute))
    silence.look([("C-D", 6)], now: 4 * minute)
    #expect(!silence.isSilent("A-B", now: 9 * minute), "what is not wanted is not missed")
    #expect(!silence.isSilent("X-Y", now: 9 * minute))
  }

  // MARK: A running host

  @Test func booksOfARunningHostAreBuiltAnewWithinTheHour() throws {
    let running = try VirtualHost(#"{"step_ms": 60000}"#)
    defer { running.host.stop() }
    running.pass(second)
    let before = running.seat.markets.map(\.book.counters.snapshots)
    #expect(before == [1, 1])
    for _ in 0..<3600 {
      running.pass(second)
      #expect(running.seat.missing.isEmpty, "its readiness does not flap")
    }
    let after = running.seat.markets.map(\.book.counters.snapshots)
    #expect(after == [2, 2])
  }

  @Test func theLastPriceComesFromTheTickerWhenThereAreNoTrades() throws {
    let running = try VirtualHost(#"{"step_ms": 60000}"#)
    defer { running.host.stop() }
    let pair = "ETH-USDT"
    let market = try #require(running.seat.session.view.market(pair: pair))
    func passUntilATrade() {
      let before = market.tape.total
      for _ in 0..<60 where market.tape.total == before { running.pass(minute) }
      #expect(market.tape.total > before)
    }
    passUntilATrade()
    #expect(running.seat.lastPrice(market)?.source == .trade)
    try running.seat.unsubscribe(pair, [.trades, .ticker]) { #expect($0 == nil) }
    let told = try #require(market.ticker?.time)
    running.pass(165 * second)
    #expect(running.seat.lastPrice(market)?.source == .trade && market.ticker?.time == told)
    running.pass(35 * second)
    let last = try #require(running.seat.lastPrice(market))
    #expect(last.source == .ticker && last.price == market.ticker?.last?.price)
    #expect((market.ticker?.time ?? 0) > told + 165 * second, "it was asked for")
    try running.seat.subscribe(pair, .trades) { #expect($0 == nil) }
    passUntilATrade()
    running.pass(10 * second)
    #expect(running.seat.lastPrice(market)?.source == .trade, "and is no longer when trades come again")
  }

  @Test func instrumentsAreAskedForAgainUntilTheyCome() throws {
    let quiet = try QuietSeat()
    quiet.seat.askInstruments()
    #expect(quiet.transport.requests == 1 && quiet.seat.missing.first?.hasPrefix("instruments: ") == true)
    let asked = quiet.questions(180)
    let gaps = zip(asked.dropFirst(), asked).map { $0 - $1 }
    #expect(gaps.prefix(3) == [10, 20, 40] && gaps.dropFirst(3).allSatisfy { $0 == 60 } && gaps.count >= 4)
    quiet.seat.session.stop()
  }

  @Test func whatAnAccountHoldsIsAskedForAgainUntilItComes() throws {
    let account = PublicAccount(
      id: 1, label: "carol", algorithm: UInt32(PB_ALGORITHM_HMAC), publicFields: [("api_key", "k")])
    let quiet = try QuietSeat(accounts: [account])
    quiet.seat.session.account(account)
    quiet.seat.ask(account, .balances)
    #expect(quiet.seat.missing.first?.hasPrefix("carol: balances: ") == true)
    #expect(quiet.questions(60).count >= 10)
    #expect(quiet.seat.missing.filter { $0.hasPrefix("carol: balances: ") }.count == 1)
    quiet.seat.session.stop()
  }

  /// What is halted may be traded again soon: the list is asked for every five minutes, and every half hour else.
  @Test(arguments: [
    (.trading, true), (.postOnly, true), (.halted, false), (.closed, false), (.unusable, false),
  ] as [(Instrument.State, Bool)])
  func aListWithoutWhatIsWantedIsSoonAskedForAgain(row: (state: Instrument.State, isComplete: Bool)) throws {
    let running = try VirtualHost(#"{"step_ms": 60000}"#)
    defer { running.host.stop() }
    running.pass(second)
    let market = try #require(running.seat.session.view.market(pair: "BTC-USDT"))
    var instrument = market.instrument
    instrument.state = row.state
    market.update(instrument)
    let keeper = try #require(running.seat.keeper)
    keeper.instrumentsAnswered(true)
    let times = KeeperTimes()
    let wait = try #require(keeper.nextInstruments) - running.seat.session.times.wall
    #expect(wait == (row.isComplete ? times.instruments : times.instrumentsMissing))
    let before = running.seat.instrumentsAsOf
    running.pass(6 * minute)
    #expect((running.seat.instrumentsAsOf > before) == !row.isComplete)
  }

  /// Who asks for what was not listed a moment ago waits for the shortest time between two lists, not for half an hour.
  @Test func aListThatIsAskedForTooSoonComesAsSoonAsItMay() throws {
    let quiet = try QuietSeat()
    let keeper = try #require(quiet.seat.keeper)
    quiet.clock.nanoseconds += second
    quiet.lane.step()
    keeper.instrumentsAnswered(true)
    let answered = try #require(keeper.nextInstruments)
    #expect(answered - quiet.seat.session.times.wall == KeeperTimes().instrumentsMissing)
    #expect(!quiet.seat.hurryInstruments())
    let next = try #require(keeper.nextInstruments)
    #expect(next - quiet.seat.session.times.wall == KeeperTimes().instrumentsLeast)
    let now = quiet.clock.nanoseconds / second
    #expect(quiet.questions(40).first == now + 30)
  }
}

/// A seat of the Binance connector that gets no answers, on virtual time.
private struct QuietSeat {
  let transport = CountingTransport()
  let clock = VirtualClock()
  let lane: Lane
  let seat: Host.Seat

  init(accounts: [PublicAccount] = []) throws {
    let library = try LibraryLoader.load(
      file: "\(buildFolder)/libbinance.so",
      manifests: try Registry.load(path: packageRoot + "/registry.json").manifests(library: "libbinance.so"))
    let connector = try #require(library.connectors["binance"])
    let session = try Session(
      name: "binance", connector: connector, config: Array("{}".utf8), transport: transport, observer: nil,
      times: clock.now())
    seat = Host.Seat(
      exchange: "binance", market: .spot, session: session, library: library, settings: [:], pairs: ["BTC-USDT"],
      accounts: accounts)
    lane = Lane(clock: clock)
    let keeper = SeatKeeper(seat)
    seat.keeper = keeper
    lane.add(session)
    lane.add(keeper)
    session.start(trading: !accounts.isEmpty)
  }

  /// The seconds of so many in which something was asked for.
  func questions(_ seconds: Int) -> [Int64] {
    (0..<seconds).compactMap { _ in
      let before = transport.requests
      clock.nanoseconds += second
      lane.step()
      return transport.requests > before ? clock.nanoseconds / second : nil
    }
  }
}

/// Refuses every request, and counts; streams never open.
private final class CountingTransport: Transport {
  var requests = 0
  private let offline = OfflineTransport()

  func open(_ record: RecordReader, for session: Session) {}
  func close(_ record: RecordReader, for session: Session) {}
  func abort(_ record: RecordReader, for session: Session) {}
  func request(_ record: RecordReader, for session: Session) {
    requests += 1
    offline.request(record, for: session)
  }
}
