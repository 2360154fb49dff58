import CPatchbay
import Catalog
import Foundation
import MarketModel
import Testing

@testable import Runtime

/// Pairs that come and go while an instance runs, and which lane it runs on.
@Suite struct SeatTests {
  @Test func aPairIsAddedAndReadinessFollows() throws {
    let running = try VirtualHost()
    defer { running.host.stop() }
    let seat = running.seat
    var ends: [SubscriptionFault?] = []
    try seat.unsubscribe("ETH-USDT", seat.offered) { ends.append($0) }
    let market = try #require(seat.session.view.market(pair: "ETH-USDT"))
    #expect(ends == [nil] && seat.pairs == ["BTC-USDT"] && seat.missing.isEmpty)
    #expect(market.book.state == .notReady(.unsubscribed) && market.book.bestBid == nil, "nobody reads a stale book")
    let trades = market.tape.total
    running.pass(20_000_000_000)
    #expect(market.tape.total == trades && !market.book.isReady)
    try seat.subscribe("ETH-USDT", .book) { ends.append($0) }
    #expect(ends == [nil, nil] && seat.pairs == ["BTC-USDT", "ETH-USDT"] && seat.missing.isEmpty)
    #expect(market.book.isReady && market.tape.total == trades)
    try seat.subscribe("ETH-USDT", .trades) { ends.append($0) }
    running.pass(20_000_000_000)
    #expect(seat.subscriptions.last?.channels == [.book, .trades] && market.tape.total > trades)
  }

  /// An answer that comes after it was taken out of use begins nothing.
  @Test func aListThatComesLateSubscribesToNothing() throws {
    let running = try VirtualHost()
    defer { running.host.stop() }
    let seat = running.seat
    let market = try #require(seat.session.view.market(pair: "BTC-USDT"))
    seat.park()
    seat.askInstruments()
    running.pass(20_000_000_000)
    #expect(!market.book.isReady && seat.subscriptions.allSatisfy { $0.instrument == 0 })
    seat.unpark()
    running.pass(1_000_000_000)
    #expect(market.book.isReady)
  }

  @Test func writtenNamesBecomeThoseOfTheInstruments() throws {
    let running = try VirtualHost(pairs: ["btc-usdt", "ETH-USDT", "BTC-USDT", "eth-usdd"])
    defer { running.host.stop() }
    let seat = running.seat
    #expect(seat.pairs == ["BTC-USDT", "ETH-USDT", "eth-usdd"])
    #expect(seat.session.view.market(pair: "BTC-USDT")?.book.isReady == true)
    let words = "eth-usdd: paper has no such instrument. Did you mean \"ETH-USDT\"? (listed at "
    #expect(seat.missing.count == 1 && seat.missing[0].hasPrefix(words))
  }

  @Test func channelsAreGivenUpOneByOne() throws {
    let running = try VirtualHost()
    defer { running.host.stop() }
    let seat = running.seat
    let market = try #require(seat.session.view.market(pair: "BTC-USDT"))
    try seat.unsubscribe("BTC-USDT", .book) { #expect($0 == nil) }
    #expect(seat.subscriptions.first?.channels == [.trades, .ticker] && !market.book.isReady)
    #expect(seat.missing.isEmpty, "a book that nobody wants is not missing")
    #expect(throws: SubscriptionFault.notSubscribed(connector: "paper", pair: "BTC-USDT")) {
      try seat.unsubscribe("BTC-USDT", .book) { _ in }
    }
  }

  @Test func whatCannotBeHadIsToldAndLeavesNothing() throws {
    let running = try VirtualHost()
    defer { running.host.stop() }
    let seat = running.seat
    let before = seat.subscriptions
    let unknown = #expect(throws: SubscriptionFault.self) { try seat.subscribe("XRP-USDT", .book) { _ in } }
    #expect(unknown?.description.hasPrefix("paper: has no instrument XRP-USDT (listed at ") == true)
    let fault = #expect(throws: SubscriptionFault.self) { try seat.subscribe("ETH-USDT", [.book, .mark]) { _ in } }
    #expect(fault?.description == "paper: does not offer mark; it offers book, trades, ticker")
    #expect(throws: SubscriptionFault.notSubscribed(connector: "paper", pair: "XRP-USDT")) {
      try seat.unsubscribe("XRP-USDT", .book) { _ in }
    }
    #expect(seat.subscriptions == before && seat.missing.isEmpty)
  }

  @Test func aCopyOfTheStatusNamesWhatIsMissing() throws {
    let running = try VirtualHost()
    defer { running.host.stop() }
    running.pass(1_000_000_000)
    var status = running.seat.status(lane: 3)
    #expect(status.isReady && status.lane == 3 && status.pairs.map(\.pair) == ["BTC-USDT", "ETH-USDT"])
    #expect(status.pairs.allSatisfy { $0.bid != nil && $0.ask != nil && ($0.age ?? -1) >= 0 })
    running.seat.session.view.market(pair: "ETH-USDT")?.book.invalidate(reason: .streamClosed)
    status = running.seat.status(lane: 3)
    #expect(status.missing == ["ETH-USDT: book not ready: the stream was cut"])
    #expect(status.pairs[1].missing == "book not ready: the stream was cut" && status.pairs[1].bid == nil)
  }

  @Test func aPrivateStreamThatIsNotLiveIsMissingWithItsReason() throws {
    let running = try VirtualHost(permit: #"{"trading": true}"#)
    defer { running.host.stop() }
    let (seat, session) = (running.seat, running.seat.session)
    func say(_ state: StreamState, _ reason: String = "") {
      _ = session.accounts.apply(.stream(AccountID(1), state, reason: reason), now: 0)
    }
    for (state, reason, words) in [
      (StreamState.pending, "", ["account main: private stream: opening"]),
      (.down, "Permission denied", ["account main: private stream: down: Permission denied"]),
      // The next attempt does not hide why the last one failed.
      (.pending, "", ["account main: private stream: opening: Permission denied"]), (.live, "", []),
      (.rejected, "no key", ["account main: private stream: rejected: no key"]), (.ended, "", []),
    ] {
      say(state, reason)
      #expect(seat.missing == words && seat.status(lane: 1).isReady == words.isEmpty)
    }
  }

  @Test func channelsThatAreDownAndHaltsAreMissing() throws {
    let running = try VirtualHost()
    defer { running.host.stop() }
    let seat = running.seat
    let market = try #require(seat.session.view.market(pair: "BTC-USDT"))
    market.note(PB_STATE_REJECTED, of: .trades, "not for you")
    #expect(seat.missing == ["BTC-USDT: trades is down: not for you"])
    market.note(PB_STATE_PENDING, of: .trades, "")
    #expect(seat.missing.count == 1)
    market.note(PB_STATE_LIVE, of: .trades, "")
    market.note(PB_STATE_DOWN, of: .mark, "nobody wants it")
    #expect(seat.missing.isEmpty)
    // A book that is not there says what keeps it away.
    market.book.invalidate(reason: .malformedUpdate)
    #expect(seat.missing == ["BTC-USDT: book not ready: an update could not be read"])
    market.note(PB_STATE_DOWN, of: .book, "no snapshot: HTTP status 503")
    #expect(
      seat.missing == [
        "BTC-USDT: book not ready: an update could not be read; book is down: no snapshot: HTTP status 503"
      ])
    market.note(PB_STATE_LIVE, of: .book, "")
    for (state, words) in [
      (Instrument.State.halted, "halted at the exchange: maintenance"),
      (.closed, "closed at the exchange: maintenance"), (.unusable, "cannot be used: maintenance"),
    ] {
      var instrument = market.instrument
      (instrument.state, instrument.reason) = (state, "maintenance")
      market.update(instrument)
      // It says of when the list is, and what is wrong with the book of what is halted.
      let book = state == .unusable ? "" : "; book not ready: an update could not be read"
      let all = "\(words)\(seat.listAge)\(book)"
      #expect(seat.missing == ["BTC-USDT: \(all)"] && seat.status(lane: 1).pairs[0].missing == all)
      #expect(seat.listAge.hasPrefix(" (listed at "))
    }
  }

  /// Why a book was out of use before it was given up says nothing of a new subscription.
  @Test func aNewSubscriptionWaitsForItsFirstSnapshot() throws {
    let running = try VirtualHost()
    defer { running.host.stop() }
    running.pass(1_000_000_000)
    let seat = running.seat
    let book = try #require(seat.session.view.market(pair: "BTC-USDT")).book
    try seat.unsubscribe("BTC-USDT", .book) { #expect($0 == nil) }
    #expect(book.state == .notReady(.unsubscribed))
    seat.awaitBook("BTC-USDT", [.trades, .ticker])
    #expect(book.state == .notReady(.unsubscribed))
    seat.awaitBook("BTC-USDT", .book)
    #expect(book.state == .empty, "its first snapshot has not come")
    try seat.subscribe("BTC-USDT", .book) { #expect($0 == nil) }
    #expect(book.isReady && seat.missing.isEmpty)
    seat.awaitBook("BTC-USDT", .book)
    #expect(book.isReady, "what is in use stays so")
    book.invalidate(reason: .malformedUpdate)
    #expect(seat.missing == ["BTC-USDT: book not ready: an update could not be read"], "the newest reason stands")
  }

  // MARK: Lanes

  private func lanes(_ connectors: String) throws -> LaneAssignment {
    let text = #"{"schema": 1, "connectors": {\#(connectors)}}"#
    return LaneAssignment(try Config.parse(bytes: Array(text.utf8), file: "test", environment: ["LANE": "2"]))
  }

  @Test func withoutALaneThereIsOne() throws {
    let found = try lanes(#""a": {}, "b": {"lane": "automatic"}"#)
    #expect(found.count == 1 && found.lanes == ["a": 1, "b": 1])
  }

  @Test func theOthersGoWhereTheLeastIsToDo() throws {
    let pairs = #""markets": {"spot": {"pairs": ["A-B", "C-D", "E-F"]}}"#
    let found = try lanes(
      #""a": {"lane": 3, \#(pairs)}, "b": {\#(pairs)}, "c": {}, "d": {"lane": "${LANE}"}, "e": {"enabled": false}"#)
    #expect(found.count == 3 && found.lanes == ["a": 3, "d": 2, "b": 1, "c": 2])
  }

  @Test func aLaneIsANumberInItsRange() {
    for wrong in ["0", "33", "-1", "\"two\"", "1.5", "true"] {
      #expect(throws: Problems.self, "\(wrong)") { try lanes("\"a\": {\"lane\": \(wrong)}") }
    }
  }

  /// Two lanes at once: jobs run on their own lane, and what they give back is copied.
  @Test func lanesRunAndEnd() throws {
    let lanes = try (1...2).map { number -> HostLane in
      let text = #"{"schema": 1, "connectors": {"paper": {"markets": {"spot": {"pairs": ["BTC-USDT"]}}}}}"#
      let config = try Config.parse(bytes: Array(text.utf8), file: "test", environment: [:])
      let registry = try Registry.load(path: packageRoot + "/registry.json")
      let catalog = Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [buildFolder])
      let host = Runtime.Host(lane: Lane(clock: SystemClock()), transport: OfflineTransport())
      #expect(host.load(config, catalog: catalog, libraryFolders: [buildFolder]).isEmpty)
      return HostLane(number: number, host: host)
    }
    for lane in lanes { lane.start() }
    let answers = Answers()
    for lane in lanes {
      lane.perform { host in
        let isReady = host.seats.allSatisfy { $0.missing.isEmpty }
        answers.put(lane.number, isReady, pthread_self())
      }
    }
    let all = answers.wait(for: 2)
    #expect(all.allSatisfy { $0.isReady } && Set(all.map(\.lane)) == [1, 2] && Set(all.map(\.thread)).count == 2)
    for lane in lanes { lane.end() }
  }

  private final class Answers: @unchecked Sendable {
    private let condition = NSCondition()
    private var all: [(lane: Int, isReady: Bool, thread: pthread_t)] = []

    func put(_ lane: Int, _ isReady: Bool, _ thread: pthread_t) {
      condition.lock()
      all.append((lane, isReady, thread))
      condition.signal()
      condition.unlock()
    }

    func wait(for count: Int) -> [(lane: Int, isReady: Bool, thread: pthread_t)] {
      condition.lock()
      defer { condition.unlock() }
      while all.count < count { condition.wait() }
      return all
    }
  }
}
