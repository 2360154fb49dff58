import CBench
import MarketModel
import Records
import Runtime

/// How the cost of a message grows with the number of books, and memory with the number of messages.
struct ScaleBench {
  let connector: PeerConnector

  /// Updates of `count` books in turn, on one stream, four levels each.
  func measure(books count: Int, messages total: Int, rounds: Int) throws -> Measured {
    let (session, stream) = try ready(count)
    var best: Measured?
    // Every round goes on where the last one ended: an update that came before would not be applied.
    var depths = (0..<count).map { GeneratedDepth(levels: 4, seed: UInt64($0) + 7) }
    for round in 0..<rounds {
      var messages: [[UInt8]] = []
      messages.reserveCapacity(total)
      for index in 0..<total {
        let place = (index * 7919) % count
        messages.append(depths[place].next(symbol: GeneratedDepth.symbol(place)))
      }
      let feed = Feed(name: "\(count) books", messages: messages)
      var measurement = Measurement(feed)
      measurement.round { for message in feed.messages { session.frame(stream, message, .text) } }
      feed.free()
      // The first round fills caches and tables.
      let result = measurement.result
      if round > 0, result.connector < best?.connector ?? .infinity { best = result }
    }
    let applied = session.view.all.reduce(UInt64(0)) { $0 + $1.book.counters.updates }
    guard let best, applied == UInt64(total * rounds), session.view.all.allSatisfy({ $0.book.isReady }) else {
      throw BenchFault.wrongBook("\(count) books")
    }
    return best
  }

  /// Resident memory of this process in MiB after each of several equal parts of `total` messages for 50 books.
  func memory(total: Int, parts: Int) throws -> [(messages: Int, mebibytes: Double)] {
    let count = 50
    let (session, stream) = try ready(count)
    var depths = (0..<count).map { GeneratedDepth(levels: 4, seed: UInt64($0) + 7) }
    var readings: [(messages: Int, mebibytes: Double)] = []
    let chunk = 20_000
    for part in 1...parts {
      for _ in 0..<(total / parts / chunk) {
        let feed = Feed(
          name: "", messages: (0..<chunk).map { depths[$0 % count].next(symbol: GeneratedDepth.symbol($0 % count)) })
        for message in feed.messages { session.frame(stream, message, .text) }
        feed.free()
      }
      readings.append((part * (total / parts), Double(cbench_resident()) / 1_048_576))
    }
    guard session.view.all.allSatisfy({ $0.book.isReady }) else { throw BenchFault.wrongBook("memory") }
    return readings
  }

  private func ready(_ count: Int) throws -> (Session, UInt64) {
    let transport = BenchTransport([
      ("exchangeInfo", GeneratedDepth.instruments(count)),
      ("depth", GeneratedDepth(levels: 4, seed: 7).snapshot),
    ])
    var options = OrderBook.Options()
    options.checksInvariants = false
    let session = try Session(
      name: "binance", connector: connector, config: Array("{}".utf8), transport: transport, observer: nil,
      times: SystemClock().now(), bookOptions: options)
    session.start(trading: false)
    session.send(CommandDraft(.instruments)) { _ in }
    for market in session.view.all {
      var subscribe = CommandDraft(.subscribe)
      subscribe.instrument = market.instrument.id.rawValue
      subscribe.channels = .book
      session.send(subscribe) { _ in }
    }
    // A connector spaces its subscriptions and snapshots out by timers.
    for _ in 0..<100_000 {
      guard let due = session.nextTimer, !session.view.all.allSatisfy({ $0.book.isReady }) else { break }
      session.times.mono = max(session.times.mono, due)
      session.fireTimers()
    }
    guard session.view.all.count == count else { throw BenchFault.wrongBook("\(count) instruments") }
    return (session, transport.stream)
  }
}

func printMemory(_ readings: [(messages: Int, mebibytes: Double)]) {
  print("\nresident memory while 50 books are kept")
  for reading in readings {
    print(pad("\(reading.messages)", 14) + " messages" + pad(number(reading.mebibytes, 1), 10) + " MiB")
  }
}
