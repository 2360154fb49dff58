import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

/// What must hold of books whatever the exchange calls things.
@Suite struct BookTests {
  /// A level that 64 bits cannot hold is named, since the same will come again, and its book is lost with a reason.
  @Test(arguments: Exchange.all, ["95000000000000000000", "9" + String(repeating: "0", count: 30)])
  func aLevelThatDoesNotFitIsNamedAndLosesTheBook(exchange: Exchange, quantity: String) throws {
    let world = try World(exchange)
    let stream = try world.liveBook()
    #expect(world.deliver(exchange.change(2, quantity), on: stream) == .parse)
    #expect(world.harness.gaps.map(\.reason) == [.malformed] && world.harness.books.isEmpty)
    let symbol = try #require(world.symbol)
    #expect(
      world.harness.logs.contains {
        $0.hasPrefix("\(symbol): a level's quantity of \(quantity) does not fit 64 bits")
      }, "\(world.harness.logs)")
  }

  /// Nothing of an update that cannot be read is used, and the book is not called ready with old levels.
  @Test(arguments: Exchange.all, ["x", "", "-", "1e", "0x10", "NaN", "1.2.3"])
  func anUpdateThatCannotBeReadLosesTheBook(exchange: Exchange, quantity: String) throws {
    // Peatio takes a level away by an empty quantity.
    if exchange.id == "altmarkets", quantity.isEmpty { return }
    let world = try World(exchange)
    let stream = try world.liveBook()
    let status = world.deliver(exchange.change(2, quantity), on: stream)
    #expect(status == .parse, "\(status)")
    #expect(world.harness.gaps.map(\.reason) == [.malformed] && world.harness.books.isEmpty)
  }

  /// Whatever stands where a quantity should, nothing traps and nothing malformed comes out.
  @Test(arguments: Exchange.all) func quantitiesAtTheirExtremes(exchange: Exchange) throws {
    for value in NumberFuzz.values {
      let world = try World(exchange)
      let stream = try world.liveBook()
      world.deliver(exchange.change(2, value), on: stream)
      world.deliver(exchange.change(3, "0.5"), on: stream)
      #expect(world.harness.faults.isEmpty, "\(value)")
      let whole = try World(exchange)
      whole.bid = value
      _ = try whole.askBook()
      #expect(whole.harness.faults.isEmpty, "\(value)")
    }
  }

  /// The same of a whole book, which comes on the stream or by request.
  @Test(arguments: Exchange.all) func aWholeBookWithALevelThatDoesNotFitNamesIt(exchange: Exchange) throws {
    let world = try World(exchange)
    world.bid = "95000000000000000000"
    _ = try world.askBook()
    #expect(world.harness.books.isEmpty && world.harness.gaps.first?.reason == .malformed)
    let words = "\(try #require(world.symbol)): a level's quantity of \(world.bid) does not fit 64 bits"
    #expect(world.harness.logs.contains { $0.hasPrefix(words) }, "\(world.harness.logs)")
  }

  /// A book that is asked for over HTTP and comes as something else is wanting, and status says that it is that.
  @Test(arguments: Exchange.all) func aSnapshotThatCannotBeReadIsReported(exchange: Exchange) throws {
    // Three ask for it by a frame.
    guard exchange.snapshot.isEmpty, !["htx", "ndax", "eve", "ascend_ex"].contains(exchange.id) else { return }
    let world = try World(exchange)
    world.bid = "x"
    let stream = try world.askBook()
    let state = try #require(world.harness.states.last)
    #expect(state.state == .down && state.channels == .book && state.text.contains("no snapshot"), "\(state)")
    world.bid = exchange.bid
    for _ in 0..<60 {
      world.harness.run(for: 1_000_000_000)
      world.turn()
    }
    world.deliver(exchange.change(1, "0.5"), on: stream)
    #expect(world.harness.books.last != nil && world.harness.states.last?.state == .live, "\(world.harness.states)")
  }
}
