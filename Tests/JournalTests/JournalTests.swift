import Decimals
import MarketModel
import Testing

@testable import Journal

@Suite struct JournalTests {
  /// Marks rise; one that was set by a wrong clock can be put back.
  @Test func aMarkMayBePutBack() throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.journal, settings: quick)
    func put(_ time: Int64, replaces: Bool = false) throws -> Int64? {
      try journal.commit([
        .mark(JournalMark(exchange: "e", account: "a", topic: "account", time: time, replaces: replaces))
      ])
      return try journal.marks().first?.time
    }
    #expect(try put(5) == 5 && put(4) == 5)
    #expect(try put(3, replaces: true) == 3 && put(9) == 9)
  }

  @Test func whatIsCommittedIsThereAfterOpeningAgain() throws {
    let folder = try Folder()
    let fill = Fill(
      trade: "77", price: try decimal("100.10"), quantity: try decimal("0.50"), fee: try decimal("-0.00012"),
      feeAsset: "BNB", liquidity: .maker, time: 5_000)
    let report = OrderReport(.open, filled: 0, quantity: 1, time: 4_000, reason: "")
    let position = PositionEntry(
      exchange: "binance", account: "main", instrument: "BTCUSDT", pair: "BTC-USDT", leg: .short,
      position: Position(quantity: try decimal("-0.5"), entry: 100, leverage: 3, time: 9), time: 10)
    let balance = BalanceEntry(
      exchange: "binance", account: "main", asset: "USDT",
      balance: Balance(total: try decimal("1000.5"), available: try decimal("900.25"), time: 8), time: 9)
    let funding = FundingEntry(
      exchange: "binance", account: "main", instrument: "BTCUSDT", pair: "BTC-USDT", payment: "f1",
      rate: try decimal("0.0001"), amount: try decimal("-0.05"), asset: "USDT", time: 7)
    let mark = JournalMark(exchange: "binance", account: "main", topic: "fills", time: 5_000)
    var mode = ModeEntry(exchange: "binance", account: "main", instrument: "BTCUSDT", leverage: 5, time: 6)
    let isolated = ModeEntry(
      exchange: "binance", account: "main", instrument: "BTCUSDT", marginMode: "isolated", time: 7)
    let run = RunEntry(instance: "a", version: "1", started: 1)
    do {
      let journal = try Journal(path: folder.journal, settings: quick)
      try journal.commit([
        .run(run), .counter(name: "client-order", next: 8), .order(entry("a7")),
        .event(event("a7", .outcome(CommandID(10), .done), .open)),
        .event(event("a7", .report(report), .open, venue: "v1", time: 3_000)),
        .event(event("a7", .fill(fill), .partiallyFilled, filled: fill.quantity, time: 4_000)),
        .event(
          event(
            "a7", .amendRequested(CommandID(10), price: 100, quantity: 3), .partiallyFilled, filled: fill.quantity,
            time: 4_500)),
        .event(event("a7", .cancelRequested(CommandID(11)), .pendingCancel, filled: fill.quantity, time: 5_000)),
        .mode(mode), .mode(isolated), .position(position), .balance(balance), .funding(funding), .funding(funding),
        .mark(mark),
      ])
    }
    // What is not set stays as it was.
    (mode.marginMode, mode.time) = ("isolated", 7)
    let state = try Journal(path: folder.journal, settings: quick).restore(since: 0)
    let expected = RestoredOrder(
      entry: entry("a7"), state: .pendingCancel, filled: fill.quantity,
      events: [
        RestoredOrder.Event(event: .outcome(CommandID(10), .done), venueOrderID: "", state: .open, time: 2_000),
        RestoredOrder.Event(event: .report(report), venueOrderID: "v1", state: .open, time: 3_000),
        RestoredOrder.Event(event: .fill(fill), venueOrderID: "", state: .partiallyFilled, time: 4_000),
        RestoredOrder.Event(
          event: .amendRequested(CommandID(10), price: 100, quantity: 3), venueOrderID: "", state: .partiallyFilled,
          time: 4_500),
        RestoredOrder.Event(
          event: .cancelRequested(CommandID(11)), venueOrderID: "", state: .pendingCancel, time: 5_000),
      ])
    #expect(
      state
        == JournalState(
          orders: [expected], counters: ["client-order": 8], nextOrder: OrderID(2), nextCommand: CommandID(12),
          marks: [mark], positions: [position], modes: [mode], balances: [balance], funding: [funding], lastRun: run))
    #expect(state.time("fills", exchange: "binance", account: "main") == 5_000)
    #expect(state.time("fills", exchange: "binance", account: "other") == nil)
  }

  @Test func theTimeInForceThatIsReportedStandsInTheOrder() throws {
    let journal = try Journal(path: Journal.memory)
    try journal.commit([.order(entry("a"))])
    let before = try journal.restore(since: 0).orders[0].entry.draft.timeInForce
    for (told, expected) in [(nil, before), (TimeInForce.fillOrKill, .fillOrKill), (nil, .fillOrKill)] {
      try journal.commit([.event(event("a", .report(OrderReport(.open, timeInForce: told)), .open))])
      #expect(try journal.restore(since: 0).orders[0].entry.draft.timeInForce == expected)
    }
  }

  /// The figures in the tables are the order's, whatever orders it has been at the venue.
  @Test func anOrderThatGoesOnAsAnotherComesBack() throws {
    let folder = try Folder()
    let first = OrderReport(.partiallyFilled, filled: 2, quantity: 5, part: VenuePart("v1"))
    let second = OrderReport(
      .partiallyFilled, filled: 1, quantity: 6, part: VenuePart("v2", continues: "v1", carried: 2))
    do {
      let journal = try Journal(path: folder.journal, settings: quick)
      try journal.commit([
        .order(entry("a")), .event(event("a", .report(first), .partiallyFilled, filled: 2, venue: "v1")),
        .event(event("a", .report(second), .partiallyFilled, filled: 3, venue: "v2")),
      ])
    }
    let order = try Journal(path: folder.journal, settings: quick).restore(since: 0).orders[0]
    #expect(order.events.map(\.event) == [.report(first), .report(second)])
    let reader = try JournalReader(path: folder.journal)
    var rows: [[String?]] = []
    try reader.read(.events) { rows.append($0) }
    let columns = HistoryTable.events.columns.map(\.name)
    let shown = ["filled", "quantity", "continues", "carried"].compactMap { columns.firstIndex(of: $0) }
    #expect(rows.map { row in shown.map { row[$0] } } == [["2", "5", nil, "0"], ["3", "8", "v1", "2"]])
    var tracker = OrderTracker()
    #expect(order.restore(into: &tracker, account: AccountID(1), instrument: InstrumentID(1), now: 0))
    let restored = tracker[order.entry.order]
    #expect(restored?.filled == 3 && restored?.quantity == 8 && restored?.venueOrderID == "v2")
  }

  @Test func everyKindOfOrderComesBackAsItWasSent() throws {
    let journal = try Journal(path: Journal.memory)
    var orders: [OrderEntry] = []
    for type in OrderType.allCases {
      for (side, leg) in zip(Side.allCases, [PositionLeg.long, .short]) {
        for time in [nil] + TimeInForce.allCases.map(Optional.some) {
          for flags: OrderFlags in [[], .byValue, [.postOnly, .reduceOnly, .close]] {
            var order = entry("o\(orders.count)", number: UInt64.max - UInt64(orders.count) * 11)
            order.createCommand = CommandID(UInt64(orders.count))
            order.draft = OrderDraft(
              side: side, type: type, quantity: Decimal64(mantissa: .max, exponent: -18),
              price: type.hasPrice ? Decimal64(mantissa: 150, exponent: -2) : nil,
              stop: type.hasStop ? Decimal64(mantissa: 1, exponent: -64) : nil, timeInForce: time, flags: flags,
              expiry: time == .goodTillDate ? .max - Int64(orders.count) : 0)
            order.leg = leg
            order.isAdopted = orders.count.isMultiple(of: 2)
            orders.append(order)
          }
        }
      }
    }
    try journal.commit(orders.map { .order($0) })
    let restored = try journal.restore(since: 0).orders
    #expect(restored.map(\.entry) == orders)
    // Places are kept, not only values.
    #expect(restored.first?.entry.draft.price?.exponent == -2)
    #expect(try journal.row("SELECT count(*) FROM orders WHERE value IS NOT NULL AND quantity IS NULL") == ["60"])
  }

  @Test func anOrderIsEnteredOnceInItsAccount() throws {
    let journal = try Journal(path: Journal.memory)
    try journal.commit([.order(entry("a"))])
    #expect(throws: JournalFault.duplicateOrder(name("a"))) { try journal.commit([.order(entry("a", number: 2))]) }
    try journal.commit([.order(entry("a", account: "second"))])
    #expect(try journal.restore(since: 0).orders.map(\.entry.name.account) == ["main", "second"])
  }

  @Test func aGroupAtFaultIsLeftOutWholeAndHindersNoOther() throws {
    let journal = try Journal(path: Journal.memory)
    let faults = journal.commit([
      [.order(entry("a")), .counter(name: "n", next: 2)],
      [.counter(name: "n", next: 9), .order(entry("a"))],
      [.event(event("strange", .cancelRequested(CommandID(1)), .pendingCancel))],
      [.order(entry("b", number: 2))],
    ])
    #expect(faults == [nil, .duplicateOrder(name("a")), .unknownOrder(name("strange")), nil])
    let state = try journal.restore(since: 0)
    #expect(state.counters == ["n": 2] && state.orders.map(\.entry.name.clientOrderID) == ["a", "b"])
  }

  @Test func countersAndMarksNeverGoBack() throws {
    let journal = try Journal(path: Journal.memory)
    func mark(_ time: Int64, _ instrument: String = "") -> JournalEntry {
      .mark(JournalMark(exchange: "kraken", account: "main", instrument: instrument, topic: "fills", time: time))
    }
    try journal.commit([.counter(name: "n", next: 5), mark(50), mark(7, "XBT/USD")])
    try journal.commit([.counter(name: "n", next: 3), mark(40), .counter(name: "big", next: .max)])
    var state = try journal.restore(since: 0)
    #expect(state.counters == ["n": 5, "big": UInt64(Int64.max)])
    #expect(state.time("fills", exchange: "kraken", account: "main") == 50)
    #expect(state.time("fills", exchange: "kraken", account: "main", instrument: "XBT/USD") == 7)
    try journal.commit([.counter(name: "n", next: 6), mark(60)])
    state = try journal.restore(since: 0)
    #expect(state.counters["n"] == 6 && state.time("fills", exchange: "kraken", account: "main") == 60)
  }

  @Test func fillsCountOnceAndTheVenuesFeeReplacesAnEstimate() throws {
    let journal = try Journal(path: Journal.memory)
    var fill = Fill(trade: "1", price: 100, quantity: try decimal("0.5"), fee: 2, isFeeEstimated: true, time: 5)
    try journal.commit([.order(entry("a")), .order(entry("b", number: 2))])
    func take(_ fill: Fill, _ id: String = "a") throws {
      try journal.commit([.event(event(id, .fill(fill), .partiallyFilled, filled: fill.quantity))])
    }
    try take(fill)
    (fill.fee, fill.isFeeEstimated, fill.quantity) = (3, false, try decimal("0.50"))
    try take(fill)
    fill.fee = 4
    try take(fill)
    fill.price = 101
    try take(fill)
    #expect(try journal.row("SELECT count(*), price, quantity, fee FROM fills") == ["1", "100", "0.50", "3"])
    try take(Fill(trade: "", price: 1, quantity: 1))
    try take(Fill(trade: "2", price: 1, quantity: 0))
    #expect(try journal.row("SELECT count(*) FROM fills") == ["1"])
    // Both sides of a trade with oneself have one trade id.
    try take(fill, "b")
    #expect(try journal.row("SELECT count(*), count(DISTINCT trade) FROM fills") == ["2", "1"])
  }

  @Test func aFillOfAnOrderThatIsNotInMindIsKeptOnce() throws {
    let journal = try Journal(path: Journal.memory)
    var stray = StrayFillEntry(
      exchange: "binance", account: "main",
      StrayFill(symbol: "BTCUSDT", pair: "BTC-USDT", fill: Fill(trade: "1", price: 100, quantity: 1), time: 5))
    try journal.commit([.strayFill(stray), .strayFill(stray), .order(entry("a"))])
    #expect(try journal.row("SELECT count(*), count(order_row), side FROM fills") == ["1", "0", "NULL"])
    try journal.commit([.event(event("a", .fill(Fill(trade: "2", price: 100, quantity: 1)), .filled, filled: 1))])
    (stray.stray.fill.trade, stray.stray.side) = ("2", .buy)
    try journal.commit([.strayFill(stray)])
    #expect(try journal.row("SELECT count(*), count(order_row) FROM fills") == ["2", "1"])
    #expect(try journal.restore(since: 0).orders.first?.fills.map(\.trade) == ["2"])
  }

  @Test func aLateFillLeavesTheOrderAsItStood() throws {
    let journal = try Journal(path: Journal.memory)
    let late = Fill(trade: "9", price: 100, quantity: 1, time: 3)
    try journal.commit([
      .order(entry("a")), .event(event("a", .report(OrderReport(.cancelled)), .cancelled, filled: 2)),
    ])
    let stray = StrayFill(
      symbol: "BTCUSDT", pair: "BTC-USDT", side: .buy, clientOrderID: "a", kind: .own, fill: late, time: 5_000)
    try journal.commit([.strayFill(StrayFillEntry(exchange: "binance", account: "main", stray))])
    let order = try #require(try journal.restore(since: 5_000).orders.first)
    #expect(order.state == .cancelled && order.filled == 2 && order.fills == [late])
    #expect(order.events.map(\.state) == [.cancelled, .cancelled])
    // One with the host's mark that a journal begun anew does not know is kept all the same.
    var other = stray
    (other.clientOrderID, other.fill.trade) = ("b", "10")
    try journal.commit([.strayFill(StrayFillEntry(exchange: "binance", account: "main", other))])
    #expect(
      try journal.row("SELECT order_row, kind, client_order FROM fills WHERE trade = '10'") == ["NULL", "own", "b"])
  }

  @Test func aStateMayBeToldWithoutItsCause() throws {
    let journal = try Journal(path: Journal.memory)
    try journal.commit([
      .order(entry("a")),
      .state(OrderStateEntry(name: name("a"), state: .open, filled: 0, venueOrderID: "v1", time: 5)),
      .state(OrderStateEntry(name: name("a"), state: .pendingCancel, filled: 0, venueOrderID: "v2", time: 6)),
      .state(OrderStateEntry(name: name("a"), state: .cancelled, filled: 0, reason: "too far", time: 7)),
    ])
    let order = try #require(try journal.restore(since: 7).orders.first)
    #expect(order.state == .cancelled && order.venueOrderIDs == ["v1", "v2"] && order.isCancelRequested)
    #expect(order.events.map(\.event) == [nil, nil, nil])
    #expect(try journal.row("SELECT venue_order, reason, changed_ns FROM orders") == ["v2", "too far", "7"])
    #expect(try journal.restore(since: 8).orders.isEmpty)
  }

  @Test func theLastFundingOfEachAccountIsKnownHoweverOldItIs() throws {
    let journal = try Journal(path: Journal.memory)
    func payment(_ account: String, _ id: String, _ time: Int64) -> JournalEntry {
      .funding(
        FundingEntry(
          exchange: "x", account: account, instrument: "I", pair: "A-B", payment: id, amount: 1, asset: "B",
          time: time))
    }
    try journal.commit([
      payment("a", "1", 10), payment("a", "2", 20), payment("a", "3", 20), payment("b", "4", 5), payment("b", "5", 30),
    ])
    #expect(try journal.restore(since: 25).funding.map(\.payment) == ["2", "3", "5"])
  }

  @Test func ordersThatEndedAreRestoredForAWhile() throws {
    let journal = try Journal(path: Journal.memory)
    for (number, (state, time)) in [(OrderState.filled, 10), (.cancelled, 20), (.unknown, 1), (.open, 1)].enumerated() {
      let id = "\(number)"
      try journal.commit([.order(entry(id, number: UInt64(number)))])
      try journal.commit([.event(event(id, .report(OrderReport(.open)), state, time: Int64(time)))])
    }
    #expect(try journal.restore(since: 15).orders.map(\.entry.name.clientOrderID) == ["1", "2", "3"])
    #expect(try journal.restore(since: 0).orders.count == 4)
    #expect(try journal.restore(since: .max).orders.map(\.entry.name.clientOrderID) == ["2", "3"])
  }

  @Test func positionsKeepTheirHistoryButNotTheirMarkPrices() throws {
    let journal = try Journal(path: Journal.memory)
    func put(_ quantity: Decimal64, mark: Decimal64, leg: PositionLeg = .net) throws {
      try journal.commit([
        .position(
          PositionEntry(
            exchange: "x", account: "main", instrument: "I", pair: "A-B", leg: leg,
            position: Position(quantity: quantity, mark: mark, time: 1), time: 2))
      ])
    }
    try put(1, mark: 100)
    try put(1, mark: 101)
    try put(1, mark: 101, leg: .long)
    try put(try decimal("1.0"), mark: 102)
    try put(0, mark: 103)
    #expect(try journal.row("SELECT count(*) FROM position_changes") == ["3"])
    let positions = try journal.restore(since: 0).positions
    #expect(positions.map(\.position.quantity) == [1, 0] && positions.map(\.position.mark) == [101, 103])
  }
}
