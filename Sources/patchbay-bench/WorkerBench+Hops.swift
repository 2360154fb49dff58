import CPatchbay
import Catalog
import Decimals
import Glibc
import MarketModel
import Records
import Runtime

/// What a worker does to one message, and to one order, that comes alone, so that both sides have gone to sleep before
/// it; and what a change of versions does to a book.
extension WorkerBench {
  /// Sorted times in nanoseconds.
  private struct Spread {
    private let times: [Int64]

    init(_ times: [Int64]) { self.times = times.sorted() }

    /// In microseconds.
    func at(_ percent: Int) -> Double { Double(times[times.count * percent / 100]) / 1000 }
  }

  func printHops() throws {
    // In turn, so that what else the machine does concerns both.
    var inside: [Int64] = [], remote: [Int64] = []
    for _ in 0..<4 {
      inside += try hops(.library(found.connector))
      remote += try hops(found.located.inWorker().code)
    }
    line("a message that comes alone, until it is in the book", Spread(inside), Spread(remote))
    (inside, remote) = ([], [])
    for _ in 0..<4 {
      inside += try orders(.library(found.connector))
      remote += try orders(found.located.inWorker().code)
    }
    line("an order, from its command to its request", Spread(inside), Spread(remote))
  }

  private func line(_ name: String, _ inside: Spread, _ remote: Spread) {
    func text(_ percent: Int) -> String {
      let (own, other) = (inside.at(percent), remote.at(percent))
      return "p\(percent) \(number(own, 1)) µs inside the host, \(number(other, 1)) in a worker, "
        + "ratio \(number(other / own, 1))"
    }
    print("  \(name): \(text(50)); \(text(99))")
  }

  /// Microseconds between two of them, in which both sides go to sleep.
  private static let pause: UInt32 = 500

  private func hops(_ code: ConnectorCode) throws -> [Int64] {
    var depth = GeneratedDepth(levels: 4, seed: 7)
    let (session, stream) = try readySession(code, depth.snapshot)
    let feed = Feed(name: "", messages: depth.messages(600))
    defer { feed.free() }
    let clock = SystemClock()
    var times: [Int64] = []
    for (index, message) in feed.messages.enumerated() {
      usleep(Self.pause)
      let start = clock.now().mono
      session.frame(stream, message, .text)
      session.settle()
      // By the first ones the connector asks for its snapshot.
      if index >= 100 { times.append(clock.now().mono - start) }
    }
    guard let book = session.view[1]?.book, book.isReady, book.counters.updates == UInt64(feed.messages.count) else {
      throw BenchFault.wrongBook("worker hops")
    }
    return times
  }

  private func orders(_ code: ConnectorCode) throws -> [Int64] {
    let transport = OrderExit()
    let session = try Session(
      name: "binance", code: code, config: Array("{}".utf8), transport: transport, observer: nil,
      times: SystemClock().now())
    session.start(trading: true)
    session.account(PublicAccount(id: 1, label: "bench", algorithm: UInt32(PB_ALGORITHM_HMAC)))
    session.settle()
    session.send(CommandDraft(.instruments)) { _ in }
    session.settle()
    var times: [Int64] = []
    for number in 0..<400 {
      usleep(Self.pause)
      var place = CommandDraft(.place)
      (place.account, place.instrument, place.order) = (1, 1, UInt64(number + 1))
      (place.side, place.type, place.timeInForce) = (.buy, .limit, .goodTillCancelled)
      (place.price, place.quantity) = (Decimal64("60000"), Decimal64("0.01"))
      place.clientOrder = "bench-\(100_000_000_000 + number)"
      let start = SystemClock().now().mono
      transport.last = 0
      session.send(place) { _ in }
      session.settle()
      guard transport.last > start else { throw BenchFault.wrongBook("worker orders") }
      if number >= 100 { times.append(transport.last - start) }
    }
    return times
  }

  // MARK: A change of versions

  /// The paper exchange in a worker gives way to another one: how long its book is away, and the lane is held up.
  func printUpgrade() throws {
    let clock = SystemClock()
    guard let (host, lane) = try paperHost(clock), let seat = host.seats.first else { return }
    run(lane, clock) { seat.missing.isEmpty }
    guard let market = seat.markets.first else { return print("  no book to change over") }
    let found = try LocatedConnector.find("paper", in: catalog, folders: [])
    let start = clock.now().mono
    let candidate = try Session(
      name: "paper", code: found.inWorker().code, config: Array("{}".utf8), transport: OfflineTransport(),
      observer: nil, times: clock.now())
    var limits = RehearsalTimes()
    limits.calm = 100_000_000
    var (begun, over): (Int64, Int64) = (0, 0)
    let rehearsal = Rehearsal(of: candidate, beside: seat.session, accounts: [], limits: limits, isSameMarket: false) {
      [("BTC-USDT", [.book, .trades])]
    } then: { rehearsal in
      over = clock.now().mono
      lane.remove(rehearsal.candidate)
      lane.remove(rehearsal)
    }
    rehearsal.willTakeOver = { begun = clock.now().mono }
    lane.add(candidate)
    lane.add(rehearsal)
    rehearsal.begin()
    var unready: Int64 = 0
    var last = clock.now().mono
    run(lane, clock) {
      let now = clock.now().mono
      if !market.book.isReady { unready += now - last }
      last = now
      return over != 0
    }
    guard rehearsal.stage == .done else { return print("  no upgrade: \(rehearsal.stage)") }
    let updates = market.book.counters.updates
    run(lane, clock) { market.book.counters.updates > updates }
    print(
      "  an upgrade: taken over after \(number(Double(over - start) / 1e6, 0)) ms, of which 100 its book had to stay "
        + "ready; the lane was held up for \(number(Double(over - begun) / 1e3, 0)) µs, and the book was not ready "
        + "for \(number(Double(unready) / 1e6, 1)) ms; the next update came "
        + "\(number(Double(clock.now().mono - over) / 1e6, 1)) ms later")
    host.stop()
  }
}

/// Notes when a request for a command leaves; answers the list of instruments, and nothing else.
private final class OrderExit: Transport {
  private let answers = BenchTransport([("exchangeInfo", GeneratedDepth.instruments(1))])
  /// Monotonic; 0 = none has left.
  var last: Int64 = 0

  func open(_ record: RecordReader, for session: Session) { answers.open(record, for: session) }
  func close(_ record: RecordReader, for session: Session) {}
  func abort(_ record: RecordReader, for session: Session) {}

  func request(_ record: RecordReader, for session: Session) {
    if record.head(as: pb_out_request.self).command != 0 { last = SystemClock().now().mono }
    answers.request(record, for: session)
  }
}
