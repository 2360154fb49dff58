import AMM
import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing
import UniswapConnector
import UniswapV3Connector

/// A connector before a node that answers what a test says. Its pool is the one of PoolsAsTheContracts, so that quotes
/// are known: USDC is token0.
@Suite struct PoolConnectorTests {
  static let usdc = "0x1000000000000000000000000000000000000001"
  static let weth = "0x2000000000000000000000000000000000000002"
  static let pool = "0x3000000000000000000000000000000000000003"
  static let factory = "0x4000000000000000000000000000000000000004"
  static let liquidity: [(Int32, Int128)] = [
    (136200, 19_217_020_856_537), (190200, 2_130_547_749_472_985), (194400, 77_168_869_449_204_815),
    (195600, 3_404_307_484_582_342), (195900, -77_168_869_449_204_815), (196140, 5_746_024_742_054_603),
    (196320, -5_746_024_742_054_603), (196380, 7_389_800_995_904_207), (196800, -3_404_307_484_582_342),
    (197400, -7_389_800_995_904_207), (202200, -2_130_547_749_472_985), (256200, -19_217_020_856_537),
  ]

  static func config(decimals: Int = 6) -> String {
    """
    {"factory":"\(factory)","tokens":[{"symbol":"WETH","address":"\(weth)","decimals":18},
    {"symbol":"USDC","address":"\(usdc)","decimals":\(decimals)}],
    "pools":[{"base":"WETH","quote":"USDC","fee":3000}]}
    """
  }

  static func word(_ value: UInt256) -> String { value.word }
  static func word(_ value: UInt128) -> String { UInt256(value).word }
  static func word(_ address: String) -> String { Address(address)?.value.word ?? "" }
  static func word(signed value: Int128) -> String {
    let size = UInt256(value.magnitude)
    guard value < 0 else { return size.word }
    return (UInt256(high: ~size.high, low: ~size.low).addingReportingOverflow(.one).partialValue).word
  }

  /// A node with that pool.
  static func node() -> FakeNode {
    let node = FakeNode()
    node.answers = [
      "\(usdc) 313ce567": word(6), "\(weth) 313ce567": word(18),
      "\(factory) 1698ee82\(word(usdc))\(word(weth))\(word(3000))": word(pool),
      "\(pool) 0dfe1681": word(usdc), "\(pool) d21220a7": word(weth), "\(pool) c45a0155": word(factory),
      "\(pool) ddca3f43": word(3000), "\(pool) d0c93a7c": word(60),
      "\(pool) 3850c7bd": word(UInt256("1446501726624926496477173928747177")!) + word(196256)
        + String(repeating: word(0), count: 5),
      "\(pool) 1a686502": word(11_300_096_996_966_467), "\(pool) 5339c296": word(0),
    ]
    var maps: [Int32: UInt256] = [:]
    for (tick, net) in liquidity {
      let place = tick / 60
      let bit = UInt256.one.shiftedLeft(Int(place & 255))
      maps[place >> 8] = maps[place >> 8, default: .zero].addingReportingOverflow(bit).partialValue
      node.answers["\(pool) f30dba93\(word(UInt256(signed: tick)))"] = word(0) + word(signed: net)
    }
    for (place, map) in maps { node.answers["\(pool) 5339c296\(word(UInt256(signed: place)))"] = word(map) }
    return node
  }

  /// One that has its instruments.
  static func made(_ node: FakeNode = node(), config: String = config()) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(UniswapRanges.self, config: config)
    harness.start()
    harness.command(.instruments)
    node.serve(harness)
    return harness
  }

  func quote(
    _ harness: ConnectorHarness, _ node: FakeNode, _ side: Side, _ quantity: String, slippage: String? = nil
  ) -> (quote: pb_quote?, reply: ConnectorHarness.ReplyFact?) {
    let command = harness.command(.quote) {
      $0.instrument = 1
      $0.side = side.rawValue
      $0.quantity = pb_dec(Decimal64(quantity))
      $0.value = pb_dec(slippage.flatMap { Decimal64($0) })
    }
    node.serve(harness)
    let found = harness.all(PB_EV_QUOTE, pb_quote.self).last { $0.fields.command == command }
    return (found?.fields, harness.replies(command).last)
  }

  func text(_ value: pb_u256) -> String {
    UInt256(
      high: UInt128(value.w3) << 64 | UInt128(value.w2), low: UInt128(value.w1) << 64 | UInt128(value.w0)
    ).text
  }

  // MARK: Instruments

  @Test func aPoolBecomesAnInstrument() throws {
    let harness = try Self.made()
    let found = try #require(harness.instruments.last)
    #expect(found.symbol == "WETH-USDC-3000" && found.base == "WETH" && found.quote == "USDC")
    #expect(found.fields.kind == UInt32(PB_KIND_POOL) && found.fields.state == UInt32(PB_INSTRUMENT_TRADING))
    // 2999.98 USDC: ten digits of it.
    #expect(found.fields.price_exp == -6 && found.fields.quantity_exp == -8)
    #expect(harness.completed.count == 1 && harness.faults.isEmpty)
  }

  /// Each with what the node says, and the words by which the operator learns of it.
  @Test(arguments: [
    ("\(usdc) 313ce567", word(18), "says that it has 18 decimals, and the configuration says 6"),
    ("\(weth) 313ce567", "", "no token WETH is at"),
    ("\(pool) 0dfe1681", word(pool), "trades 0x3000000000000000000000000000000000000003, and not USDC"),
    ("\(pool) d21220a7", word(usdc), "and not WETH"),
    ("\(pool) c45a0155", word(pool), "is not of the factory"),
    ("\(pool) ddca3f43", word(500), "has another fee than 3000"),
    ("\(factory) 1698ee82\(word(usdc))\(word(weth))\(word(3000))", word(0), "the factory has no pool WETH-USDC-3000"),
  ])
  func whatIsNotWhatItIsTakenForIsUnusable(key: String, answer: String, words: String) throws {
    let node = Self.node()
    node.answers[key] = answer
    let harness = try Self.made(node)
    let found = try #require(harness.instruments.last)
    #expect(found.fields.state == UInt32(PB_INSTRUMENT_UNUSABLE) && found.reason.contains(words), "\(found.reason)")
    let refused = quote(harness, node, .sell, "1")
    #expect(refused.quote == nil && refused.reply?.outcome == .refused)
    #expect(refused.reply?.text.contains(words) == true)
  }

  @Test func anotherChainIsRefused() throws {
    let node = Self.node()
    node.chain = "0xa"
    let harness = try Self.made(node)
    #expect(harness.instruments.isEmpty)
    #expect(harness.replies.last?.text == "the node is of chain 10, and chain_id of the configuration is 1")
  }

  // MARK: Quotes

  @Test func quotesAreWhatTheContractsGive() throws {
    let node = Self.node()
    let harness = try Self.made(node)
    let bought = try #require(quote(harness, node, .buy, "0.000000000014154514").quote)
    #expect(text(bought.amount_in) == "2" && text(bought.amount_out) == "14154514")
    let sold = try #require(quote(harness, node, .sell, "0.051750481268633424", slippage: "0.01").quote)
    #expect(text(sold.amount_in) == "51750481268633424" && text(sold.amount_out) == "154746989")
    // 153199519.11: what must come out is rounded up, so that it is never a little more than one percent less.
    #expect(text(sold.amount_limit) == "153199520")
    #expect(sold.price.exponent < 0 && sold.gas.mantissa > 0)
    let large = try #require(quote(harness, node, .buy, "0.625242518620052072").quote)
    #expect(text(large.amount_in) == "1887090666" && text(large.amount_limit) == "1896526119")
  }

  @Test(arguments: [
    ("5000", Failure.funds, "the pool has not that much liquidity"),
    ("0.0000000000000000001", .invalidOrder, "no whole number of its smallest unit"),
    ("0", .invalidOrder, "a quantity above zero"),
    ("0.000000000000000001", .invalidOrder, "nothing would come out"),
  ])
  func whatCannotBeQuotedIsRefusedWithWords(quantity: String, failure: Failure, words: String) throws {
    let node = Self.node()
    let harness = try Self.made(node)
    let refused = quote(harness, node, .sell, quantity)
    #expect(refused.quote == nil && refused.reply?.failure == failure)
    #expect(refused.reply?.text.contains(words) == true, "\(refused.reply?.text ?? "")")
  }

  @Test func aQuoteIsOfTheNewestBlock() throws {
    let node = Self.node()
    let harness = try Self.made(node)
    let before = try #require(quote(harness, node, .sell, "1").quote)
    // Liquidity was put in; a quote after the polling interval sees it.
    node.mine()
    node.answers["\(Self.pool) 1a686502"] = Self.word(12_300_096_996_966_467)
    harness.now += 3_000_000_000
    let after = try #require(quote(harness, node, .sell, "1").quote)
    #expect(text(after.amount_out) != text(before.amount_out))
  }

  // MARK: Channels

  private func subscribed(_ node: FakeNode) throws -> ConnectorHarness {
    let harness = try Self.made(node)
    let command = harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels([.book, .trades, .pool]).rawValue
    }
    node.serve(harness)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    return harness
  }

  @Test func theLadderSurroundsThePrice() throws {
    let harness = try subscribed(Self.node())
    let book = try #require(harness.books.last)
    let pool = try #require(harness.all(PB_EV_POOL, pb_pool.self).last?.fields)
    let price = Decimal64(mantissa: pool.price.mantissa, exponent: pool.price.exponent)
    // 2999.98 USDC, in units of the sixth place.
    let middle = try #require(price.roundedDown(toMultipleOf: Decimal64(mantissa: 1, exponent: -6))?.mantissa(at: -6))
    #expect(book.isSnapshot && book.last == 100 && book.bids.count > 5 && book.asks.count > 5)
    #expect(book.bids.allSatisfy { $0[0] < middle && $0[1] > 0 })
    #expect(book.asks.allSatisfy { $0[0] > middle && $0[1] > 0 })
    #expect(book.bids.map { $0[0] } == book.bids.map { $0[0] }.sorted(by: >))
    #expect(book.asks.map { $0[0] } == book.asks.map { $0[0] }.sorted())
    #expect(pool.base_decimals == 18 && pool.quote_decimals == 6 && pool.height == 100)
    #expect(harness.faults.isEmpty)
  }

  static func log(_ topic: String, _ data: String, index: Int = 0, block: Int) -> String {
    "{\"address\":\"\(pool)\",\"topics\":[\"0x\(topic)\"],\"data\":\"0x\(data)\",\"blockNumber\":\"0x"
      + String(block, radix: 16) + "\",\"logIndex\":\"0x\(index)\",\"transactionHash\":\"0xaa\"}"
  }
  private static let swap = "c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"
  private static let mint = "7a53080ba414158be7ec69b987b5fb7d07dee101fe85488f0853ae16239d0bde"

  func next(_ harness: ConnectorHarness, _ node: FakeNode) {
    harness.forget()
    harness.now += 2_000_000_000
    harness.timer(1)
    node.serve(harness)
  }

  @Test func swapsAreTrades() throws {
    let node = Self.node()
    let harness = try subscribed(node)
    node.mine()
    // 2 WETH went out for 6000 USDC, and 1 WETH came in for 2990.
    node.logs = [
      Self.log(
        Self.swap, Self.word(signed: 6_000_000_000) + Self.word(signed: -2_000_000_000_000_000_000),
        block: 101),
      Self.log(
        Self.swap, Self.word(signed: -2_990_000_000) + Self.word(signed: 1_000_000_000_000_000_000), index: 1,
        block: 101),
    ]
    next(harness, node)
    #expect(harness.trades.map(\.price) == [3_000_000_000, 2_990_000_000])
    #expect(harness.trades.map(\.quantity) == [200_000_000, 100_000_000])
    #expect(harness.trades.map(\.taker) == [.buy, .sell])
    #expect(harness.trades.map(\.time) == Array(repeating: (FakeNode.start + 12) * 1_000_000_000, count: 2))
    #expect(harness.books.last?.last == 101)
    // The same block brings nothing again.
    next(harness, node)
    #expect(harness.trades.isEmpty && harness.books.isEmpty)
  }

  @Test func ticksAreReadAgainWhenLiquidityChanges() throws {
    let node = Self.node()
    let harness = try subscribed(node)
    func reads() -> Int { node.asked.filter { $0.contains("f30dba93") }.count }
    let before = reads()
    node.mine()
    next(harness, node)
    #expect(reads() == before)
    node.mine()
    node.logs = [Self.log(Self.mint, Self.word(1), block: 102)]
    next(harness, node)
    #expect(reads() == 2 * before)
  }

  /// Of two pools only the other one was followed: what happened to this one meanwhile nobody has read.
  @Test func aPoolThatWasNotFollowedIsReadAnew() throws {
    let node = Self.node()
    let other = "0x5000000000000000000000000000000000000005"
    for (key, answer) in node.answers where key.hasPrefix(Self.pool) {
      node.answers[other + key.dropFirst(Self.pool.utf8.count)] = answer
    }
    node.answers["\(Self.factory) 1698ee82\(Self.word(Self.usdc))\(Self.word(Self.weth))\(Self.word(500))"] =
      Self.word(other)
    node.answers["\(other) ddca3f43"] = Self.word(500)
    let second = #","fee":3000},{"base":"WETH","quote":"USDC","fee":500}"#
    let harness = try Self.made(node, config: Self.config().replacing(",\"fee\":3000}", with: second))
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (2, Channels.book.rawValue) }
    node.serve(harness)
    #expect(quote(harness, node, .sell, "1").quote != nil)
    func reads() -> Int { node.asked.filter { $0.contains(Self.pool) && $0.contains("f30dba93") }.count }
    let before = reads()
    // Blocks with the other pool alone; then this one is asked for again.
    node.mine()
    next(harness, node)
    #expect(reads() == before)
    harness.now += 3_000_000_000
    #expect(quote(harness, node, .sell, "1").quote != nil)
    #expect(before > 0 && reads() == 2 * before)
  }

  @Test func aPoolThatTurnsOutWrongIsLost() throws {
    let node = Self.node()
    let harness = try subscribed(node)
    node.answers["\(Self.usdc) 313ce567"] = Self.word(7)
    harness.forget()
    harness.command(.instruments)
    node.serve(harness)
    #expect(harness.gaps.count == 1 && harness.states.filter { $0.state == .down }.count == 3)
    node.mine()
    next(harness, node)
    #expect(harness.books.isEmpty && !node.asked.contains { $0.contains("\"address\":[]") })
  }

  @Test func aReorganisedChainIsSaidAndReadAnew() throws {
    let node = Self.node()
    let harness = try subscribed(node)
    node.reorganise(hash: "0xother")
    node.mine()
    next(harness, node)
    #expect(harness.logs.contains { $0.contains("reorganised") })
    #expect(harness.books.last?.last == 101)
  }

  @Test func aNodeThatLagsIsNoSource() throws {
    let node = Self.node()
    let harness = try subscribed(node)
    harness.forget()
    // Ten minutes without a block.
    harness.now += 600_000_000_000
    harness.timer(1)
    node.serveNow(harness)
    #expect(harness.gaps.map(\.instrument) == [1])
    #expect(harness.states.filter { $0.state == .down }.count == 3)
    #expect(harness.states.last?.text.contains("seconds old: the node lags") == true)
    let command = harness.command(.quote) {
      ($0.instrument, $0.side, $0.quantity) = (1, Side.sell.rawValue, pb_dec(Decimal64(1)))
    }
    node.serveNow(harness)
    #expect(harness.replies(command).last?.failure == .transient)
    // It has caught up.
    node.blocks[0].time += 600
    node.mine()
    node.blocks[1].time += 600
    next(harness, node)
    #expect(harness.books.count == 1 && harness.states.filter { $0.state == .live }.count == 3)
  }

  @Test func anEarlierBlockIsNoNews() throws {
    let node = Self.node()
    node.mine()
    let harness = try subscribed(node)
    node.blocks.removeLast()
    next(harness, node)
    #expect(harness.books.isEmpty && harness.gaps.isEmpty)
    next(harness, node)
    next(harness, node)
    // Three times in a row: the node will not come back to it.
    #expect(harness.gaps.count == 1)
    // One poll is left out by then.
    next(harness, node)
    #expect(harness.books.isEmpty)
    next(harness, node)
    #expect(harness.books.last?.last == 100)
  }

  @Test(arguments: [
    "", "{", "[]", "[{}]", "[{\"id\":9,\"result\":\"0x1\"}]", "[{\"id\":0,\"result\":\"0xzz\"}]",
    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"batches are off\"}}",
    "[{\"id\":0,\"result\":\"0x\(String(repeating: "f", count: 70))\"}]", "[{\"id\":0,\"result\":null}]",
    "[{\"id\":-1,\"result\":1}]", "[{\"id\":99999999999999999999,\"result\":1}]",
  ])
  func answersThatAreNoneRefuseTheCommand(body: String) throws {
    for skipped in 0..<4 {
      let node = Self.node()
      let harness = try ConnectorHarness(UniswapRanges.self, config: Self.config())
      harness.start()
      let command = harness.command(.instruments)
      node.serve(harness, good: skipped, then: body)
      #expect(harness.replies(command).count == 1, "after \(skipped) answers")
      #expect(harness.faults.isEmpty)
    }
  }

  @Test(arguments: [
    ("{\"tokens\":[{\"symbol\":\"A\",\"address\":\"0x12\",\"decimals\":1}]}", "tokens"),
    ("{\"pools\":[{\"base\":\"A\",\"quote\":\"B\",\"fee\":500}]}", "pools"),
    ("{\"factory\":\"somewhere\"}", "factory"), ("{\"chain_id\":0}", "chain_id"), ("{\"slippage\":1}", "slippage"),
    ("{\"poll_ms\":1}", "poll_ms"),
  ])
  func aConfigurationThatCannotBeUsedIsNamed(config: String, field: String) {
    #expect { try ConnectorHarness(UniswapRanges.self, config: config) } throws: { error in
      (error as? ConnectorHarness.Refused)?.text.contains("config.\(field)") == true
    }
  }
}
