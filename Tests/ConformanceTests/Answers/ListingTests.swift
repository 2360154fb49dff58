import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

/// Lists of instruments that change while a connector runs: the host asks again now and then, and when somebody names
/// a symbol that it does not know.
@Suite struct ListingTests {
  /// Exchanges that name instruments by numbers.
  private static let numbered: Set<String> = ["ndax", "eve"]

  /// Bitcoin under another name, however the exchange writes it.
  private static func renamed(_ exchange: Exchange) -> [Exchange.Edit] {
    let names = [Exchange.Edit("BTC", "XYZ"), Exchange.Edit("btc", "xyz"), Exchange.Edit("XBT", "XYZ")]
    guard numbered.contains(exchange.id) else { return names }
    return names + [Exchange.Edit("\"InstrumentId\":1,", "\"InstrumentId\":2,")]
  }

  private func relist(_ world: World, _ edits: [Exchange.Edit]) throws -> [ConnectorHarness.InstrumentFact] {
    world.forget()
    world.edits = edits
    let command = world.harness.command(.instruments)
    world.turn()
    #expect(world.harness.faults.isEmpty && world.harness.refusal(command) == nil, "\(world.harness.logs)")
    return world.harness.instruments
  }

  @Test(arguments: Exchange.all) func aSymbolThatIsListedLaterIsFound(exchange: Exchange) throws {
    let world = try World(exchange)
    let found = try relist(world, Self.renamed(exchange))
    let new = try #require(found.first { $0.fields.instrument == 2 }, "\(found.map(\.symbol)) \(world.harness.logs)")
    #expect(new.fields.state == InstrumentState.trading.rawValue && new.symbol != world.symbol)
    #expect(new.base.uppercased() == "XYZ")
    // It is asked for as the others are.
    let command = world.harness.command(.subscribe) {
      $0.instrument = 2
      $0.channel = Channels.trades.rawValue
    }
    world.turn()
    #expect(world.harness.replies(command).allSatisfy { $0.outcome == .done })
    // In a message, or in the address of a stream.
    let names = world.harness.requests.map(\.body) + world.harness.opens.map(\.url)
    #expect(names.contains { $0.lowercased().contains("xyz") || Self.numbered.contains(exchange.id) }, "\(names)")
  }

  @Test(arguments: Exchange.all) func aSymbolThatIsDelistedIsClosedAndComesAgain(exchange: Exchange) throws {
    let world = try World(exchange)
    let gone = try relist(world, Self.renamed(exchange)).first { $0.fields.instrument == 1 }
    #expect(gone?.symbol == world.symbol && gone?.fields.state == InstrumentState.closed.rawValue)
    #expect(gone?.reason.isEmpty == false)
    let back = try relist(world, []).first { $0.symbol == world.symbol }
    #expect(back?.fields.instrument == 1 && back?.fields.state == InstrumentState.trading.rawValue)
  }

  /// What each exchange writes where trading stands still, or a symbol is on its way out.
  private static let halts: [String: Exchange.Edit] = [
    "binance": Exchange.Edit("\"TRADING\"", "\"BREAK\""),
    "binance_perpetual": Exchange.Edit("\"TRADING\"", "\"SETTLING\""),
    "kraken": Exchange.Edit("\"online\"", "\"maintenance\""),
    "kraken v1": Exchange.Edit("\"online\"", "\"maintenance\""),
    "okx": Exchange.Edit("\"live\"", "\"suspend\""), "okx_perpetual": Exchange.Edit("\"live\"", "\"suspend\""),
    "bybit": Exchange.Edit("\"Trading\"", "\"PreLaunch\""),
    "bybit_perpetual": Exchange.Edit("\"Trading\"", "\"Delivering\""),
    "kucoin": Exchange.Edit("\"enableTrading\":true", "\"enableTrading\":false"),
    "kucoin_perpetual": Exchange.Edit("\"Open\"", "\"Paused\""),
    "gate_io": Exchange.Edit("\"tradable\"", "\"untradable\""),
    "gate_io_perpetual": Exchange.Edit("\"status\":\"trading\"", "\"status\":\"circuit_breaker\""),
    "htx": Exchange.Edit("\"online\"", "\"suspend\""),
    "htx_perpetual": Exchange.Edit("\"contract_status\":1", "\"contract_status\":3"),
    "bitget": Exchange.Edit("\"online\"", "\"halt\""),
    "bitget_perpetual": Exchange.Edit("\"normal\"", "\"maintain\""),
    "coinbase": Exchange.Edit("\"online\"", "\"online\",\"trading_disabled\":true"),
    "mexc": Exchange.Edit("\"status\":\"1\"", "\"status\":\"2\""),
    "bing_x": Exchange.Edit("\"status\":1", "\"status\":0"),
    "bing_x_perpetual": Exchange.Edit("\"status\":1", "\"status\":0"),
    "ndax": Exchange.Edit("\"Running\"", "\"Paused\""),
    "derive": Exchange.Edit("\"is_active\":true", "\"is_active\":false"),
    "derive_perpetual": Exchange.Edit("\"is_active\":true", "\"is_active\":false"),
    "ascend_ex": Exchange.Edit("\"Normal\"", "\"NoTrading\""),
    "ftx": Exchange.Edit("\"enabled\":true", "\"enabled\":false"),
    "probit": Exchange.Edit("\"closed\":false", "\"closed\":true"),
    "hitbtc": Exchange.Edit("\"working\"", "\"suspended\""),
    "crypto_com": Exchange.Edit("\"tradable\":true", "\"tradable\":false"),
    "bitrue": Exchange.Edit("\"TRADING\"", "\"HALT\""),
    "btc_markets": Exchange.Edit("\"Online\"", "\"Offline\""),
    "bitstamp": Exchange.Edit("\"trading\":\"Enabled\"", "\"trading\":\"Disabled\""),
    "phemex_perpetual": Exchange.Edit("\"Listed\"", "\"Suspended\""),
    "bitmex": Exchange.Edit("\"Open\"", "\"Closed\""), "bitmex_perpetual": Exchange.Edit("\"Open\"", "\"Closed\""),
    "wazirx": Exchange.Edit("\"trading\"", "\"suspended\""),
    "altmarkets": Exchange.Edit("\"enabled\"", "\"disabled\""), "eve": Exchange.Edit("\"Running\"", "\"Paused\""),
    "hashkey": Exchange.Edit("\"TRADING\"", "\"HALT\""),
    "hashkey_perpetual": Exchange.Edit("\"TRADING\"", "\"HALT\""),
    "bitmart": Exchange.Edit("\"trading\"", "\"pre-trade\""),
    "dydx_perpetual": Exchange.Edit("\"ACTIVE\"", "\"PAUSED\""),
    "liquid": Exchange.Edit("\"disabled\":false", "\"disabled\":true"),
    "beaxy": Exchange.Edit("\"suspendedForTrading\":false", "\"suspendedForTrading\":true"),
  ]

  /// Exchanges whose list does not say that trading stands still.
  private static let haltsUnsaid: Set<String> = [
    "bitfinex", "foxbit", "digifinex", "coinflex", "coinflex_perpetual", "hotbit", "coinzoom",
  ]

  @Test(arguments: Exchange.all) func aSymbolThatIsHaltedSaysSo(exchange: Exchange) throws {
    guard !Self.haltsUnsaid.contains(exchange.id) else { return }
    let world = try World(exchange)
    let halt = try #require(Self.halts[exchange.id], "what does \(exchange.id) write?")
    let found = try relist(world, [halt])
    #expect(found.map(\.symbol) == [world.symbol] && found.first?.fields.instrument == 1)
    #expect(found.first?.fields.state == InstrumentState.halted.rawValue, "\(found.map(\.fields.state))")
    let again = try relist(world, [])
    #expect(again.first?.fields.state == InstrumentState.trading.rawValue && again.first?.fields.instrument == 1)
  }

  /// A reply that is no list, or half of one, says nothing of what is traded.
  @Test(arguments: Exchange.all, ["", "{", "[]x", "<html>"])
  func aListThatCannotBeReadClosesNothing(exchange: Exchange, body: String) throws {
    let world = try World(exchange)
    world.forget()
    let command = world.harness.command(.instruments)
    let request = try #require(world.harness.requests.last, "\(exchange.id) asks nothing")
    world.harness.sent(request.id)
    world.harness.reply(request.id, body)
    #expect(world.harness.replies(command).count == 1 && world.harness.refusal(command) != nil)
    #expect(world.harness.instruments.isEmpty && world.harness.faults.isEmpty)
  }
}
