import AMM
import CPatchbay
import CeloConnector
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

/// Mento's formulas, beside whole numbers of Python that were computed from its documentation; its contracts are in no
/// package. What the connector does with a manager that answers so, and with one that does not.
@Suite struct MentoTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var exchange: BucketExchange
    var isExactIn: Bool
    var zeroForOne: Bool
    var amount: String
    var other: String
    var testDescription: String { "\(isExactIn ? "exact in" : "exact out") \(amount)" }

    init(
      _ bucket0: String, _ bucket1: String, _ spread: String, _ places0: Int, _ places1: Int, _ isSum: Bool,
      _ isExactIn: Bool, _ zeroForOne: Bool, _ amount: String, _ other: String
    ) {
      exchange = BucketExchange(
        bucket0: UInt256(bucket0) ?? .zero, bucket1: UInt256(bucket1) ?? .zero, spread: UInt256(spread) ?? .zero,
        multiplier0: UInt256.powerOfTen(places0) ?? .zero, multiplier1: UInt256.powerOfTen(places1) ?? .zero,
        isSum: isSum)
      (self.isExactIn, self.zeroForOne, self.amount, self.other) = (isExactIn, zeroForOne, amount, other)
    }
  }

  static let rows = [
    Row(
      "9106453828234732859351791", "4917384616709233089788023", "0", 0, 0, false, true, true,
      "170948054693649889", "92310062125428789"),
    Row(
      "5505973453811242365590178", "3187198931794283391784261", "0", 0, 0, true, false, true,
      "45835742514852425", "79182500660675410"),
    Row(
      "202782885814992852687033", "4268019200251601082052347", "5000000000000000000000", 0, 0, false, true, false,
      "4967265165202241537", "234825284365547794"),
    Row(
      "4061007110656115090017348", "7512619231715321848041110", "200000000000000000000", 0, 0, true, true, true,
      "53519191951495121", "98987489040267844"),
    Row(
      "5929121908694790169231104", "1377055878575869647274923", "200000000000000000000", 0, 12, false, false, true,
      "379285", "1633395937686822592"),
    Row(
      "5055276125025908274115764", "542296457621842132213736", "200000000000000000000", 0, 12, true, true, false,
      "677521", "6314573285935943239"),
    Row(
      "275610074867724709384013", "2402194179072052388115022", "5000000000000000000000", 0, 12, false, true, true,
      "4202513366851403265", "36445055"),
    Row(
      "2190043088366495972846429", "8474970059150086748617473", "0", 0, 0, true, true, false,
      "389435849215628345345", "100635315993358805840"),
    Row(
      "1880950962728874813556985", "6227799674193616402431810", "200000000000000000000", 0, 0, false, false, false,
      "40334362900901969921", "133576033470298879188"),
    Row(
      "9457940974492867405710588", "1039137024824661862121123", "0", 12, 0, true, false, true,
      "153703238913199873", "1398964"),
  ]

  @Test(arguments: rows) func quotesAsThePricingModules(row: Row) throws {
    let amount = try #require(UInt256(row.amount))
    let other =
      row.isExactIn
      ? try row.exchange.quote(exactIn: amount, zeroForOne: row.zeroForOne)
      : try row.exchange.quote(exactOut: amount, zeroForOne: row.zeroForOne)
    #expect(other.text == row.other)
  }

  @Test func whatAnExchangeHasNotIsRefused() {
    var exchange = BucketExchange(
      bucket0: UInt256(1000), bucket1: UInt256(1000), spread: .zero, isSum: true)
    #expect(throws: PoolFault.noLiquidity) { try exchange.quote(exactOut: UInt256(1001), zeroForOne: true) }
    #expect(throws: PoolFault.noLiquidity) { try exchange.quote(exactIn: UInt256(1001), zeroForOne: true) }
    #expect(throws: PoolFault.zeroAmount) { try exchange.quote(exactIn: .zero, zeroForOne: true) }
    #expect(throws: PoolFault.arithmetic(.overflow)) { try exchange.quote(exactIn: .max, zeroForOne: true) }
    exchange.isSum = false
    #expect(throws: PoolFault.noLiquidity) { try exchange.quote(exactOut: UInt256(1000), zeroForOne: true) }
    exchange.isSuspended = true
    #expect(throws: PoolFault.suspended) { try exchange.quote(exactIn: UInt256(10), zeroForOne: true) }
  }

  // MARK: The connector

  static let celo = "0x471ece3750da237f93b8e339c536989b8978a438"
  static let usdm = "0x765de816845861e75a25fca122bb6898b8b1282a"
  static let broker = "0x777a8255ca72412f0d706dc03c9d1987306b4cad"
  static let manager = "0x22d9db95e6ae61c104a7b6f6c78d7993b94ec901"
  static let oracles = "0x5000000000000000000000000000000000000005"
  static let breakers = "0x6000000000000000000000000000000000000006"
  static let feed = "0x7000000000000000000000000000000000000007"
  static let module = "0x8000000000000000000000000000000000000008"
  static let id = "3135b662c38265d0655177091f1b647b4fef511103d06c016efdf18b46930d2c"
  static let config = """
    {"tokens":[{"symbol":"CELO","address":"\(celo)","decimals":18},
    {"symbol":"USDm","address":"\(usdm)","decimals":18}],
    "pools":[{"base":"CELO","quote":"USDm","id":"0x\(id)"}]}
    """

  /// The configuration with another end.
  static func beside(_ end: String) -> String { config.dropLast(3) + end }
  static func word(_ value: UInt128) -> String { UInt256(value).word }
  static func word(_ address: String) -> String { Address(address)?.value.word ?? "" }
  private static let unit: UInt128 = 1_000_000_000_000_000_000

  /// Of 3,000,000 USDm and 10,000,000 CELO, with half a percent of spread.
  private static func exchange(_ usdm: UInt128, _ celo: UInt128) -> BucketExchange {
    // CELO's address is the lower one.
    BucketExchange(
      bucket0: UInt256(celo), bucket1: UInt256(usdm), spread: UInt256(5_000_000_000_000_000_000_000), isSum: false)
  }

  /// A manager whose answers are of these buckets; stored ones of 3 and 10 million, and an oracle that says 0.4.
  static func node(answering used: BucketExchange) -> FakeNode {
    let node = FakeNode()
    node.chain = "0xa4ec"
    let (stable, native) = (word(3_000_000 * unit), word(10_000_000 * unit))
    node.answers = [
      "\(celo) 313ce567": word(18), "\(usdm) 313ce567": word(18), "\(manager) abff0110": word(broker),
      "\(manager) 278488a4\(id)": [
        word(usdm), word(celo), word(module), stable, native, word(1), word(5_000_000_000_000_000_000_000), word(feed),
        word(300), word(3), word(4_000_000 * unit),
      ].joined(),
      "\(manager) 45b2b467": word(1), "\(manager) 132e8aa7": word(oracles), "\(manager) f414c5e4": word(breakers),
      "\(manager) eaaba7019d40": word(0), "\(manager) eaaba70131c7": word(module), "\(broker) d1d786b1": word(1),
      "\(oracles) ef90e1b0\(word(feed))": word(400_000) + word(1_000_000), "\(breakers) c0b05da0\(word(feed))": word(0),
    ]
    let (base, quote, one) = (word(celo), word(usdm), UInt256(unit))
    func told(_ value: UInt256?) -> String { value?.word ?? "" }
    node.answers["\(manager) 93c7e3bc\(id)\(base)"] = told(try? used.quote(exactIn: one, zeroForOne: true))
    node.answers["\(manager) 93c7e3bc\(id)\(quote)"] = told(try? used.quote(exactIn: one, zeroForOne: false))
    node.answers["\(manager) f670dde1\(id)\(base)"] = told(try? used.quote(exactOut: one, zeroForOne: true))
    node.answers["\(manager) f670dde1\(id)\(quote)"] = told(try? used.quote(exactOut: one, zeroForOne: false))
    return node
  }

  static func made(_ node: FakeNode, config: String = config) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(CeloPools.self, config: config)
    harness.start()
    harness.command(.instruments)
    node.serve(harness)
    return harness
  }

  func quote(
    _ harness: ConnectorHarness, _ node: FakeNode, _ instrument: pb_id = 1
  ) -> (out: String, words: String) {
    let command = harness.command(.quote) {
      ($0.instrument, $0.side, $0.quantity) = (instrument, Side.sell.rawValue, pb_dec(Decimal64(1000)))
    }
    node.serve(harness)
    let found = harness.all(PB_EV_QUOTE, pb_quote.self).last { $0.fields.command == command }
    let amount = found?.fields.amount_out
    let text = UInt256(UInt128(amount?.w1 ?? 0) << 64 | UInt128(amount?.w0 ?? 0)).text
    return (text, harness.replies(command).last?.text ?? "")
  }

  /// Which of the two prices counts, the manager's own answers say.
  @Test func theBucketsAreThoseThatTheManagerUses() throws {
    let unit = Self.unit, amount = UInt256(1000 * unit)
    for used in [
      Self.exchange(3_000_000 * unit, 10_000_000 * unit), Self.exchange(4_000_000 * unit, 10_000_000 * unit),
    ] {
      let node = Self.node(answering: used)
      let harness = try Self.made(node)
      #expect(harness.instruments.last?.symbol == "CELO-USDm", "\(harness.replies.map(\.text))")
      #expect(try quote(harness, node).out == used.quote(exactIn: amount, zeroForOne: true).text)
    }
  }

  @Test func answersOfNoKnownFormulaAreNoState() throws {
    let node = Self.node(answering: Self.exchange(3_000_001 * Self.unit, 10_000_000 * Self.unit))
    let harness = try Self.made(node)
    #expect(harness.instruments.isEmpty)
    #expect(harness.replies.last?.text.contains("of no formula that is known here") == true)
  }

  /// One exchange that cannot be read keeps nobody from trading in the others.
  @Test func aPoolThatCannotBeReadIsAloneInIt() throws {
    let used = Self.exchange(3_000_000 * Self.unit, 10_000_000 * Self.unit), node = Self.node(answering: used)
    let odd = String(repeating: "ab", count: 32)
    node.answers["\(Self.manager) 278488a4\(odd)"] = node.answers["\(Self.manager) 278488a4\(Self.id)"]
    for call in ["93c7e3bc", "f670dde1"] { node.answers["\(Self.manager) \(call)\(odd)"] = Self.word(7) }
    let harness = try Self.made(
      node, config: Self.beside(#"},{"base":"CELO","quote":"USDm","name":"odd","id":"0x\#(odd)"}]}"#))
    #expect(harness.instruments.map(\.symbol) == ["CELO-USDm", "CELO-USDm-odd"], "\(harness.replies.map(\.text))")
    #expect(harness.instruments.map(\.reason.isEmpty) == [true, false])
    #expect(harness.instruments.last?.reason.contains("of no formula that is known here") == true)
    let amount = UInt256(1000 * Self.unit)
    let other = quote(harness, node, 2)
    #expect(other.out == "0" && other.words.contains("the state of CELO-USDm-odd cannot be read"))
    for _ in 0..<5 {
      node.mine()
      harness.now += 12_000_000_000
      harness.timer(1)
      node.serve(harness)
    }
    #expect(try quote(harness, node).out == used.quote(exactIn: amount, zeroForOne: true).text)
    #expect(harness.logs.filter { $0.contains("CELO-USDm-odd") }.count <= 1 && harness.faults.isEmpty)
  }

  /// Two pools that would have one name: which is meant, nobody could say.
  @Test func namesAreUnlike() {
    let pools = Self.beside(#","name":"500"},{"base":"CELO","quote":"USDm","fee":500}]}"#)
    #expect(throws: (any Error).self) { try ConnectorHarness(CeloPools.self, config: pools) }
  }

  @Test func suspendedTradingIsSaid() throws {
    let node = Self.node(answering: Self.exchange(3_000_000 * Self.unit, 10_000_000 * Self.unit))
    node.answers["\(Self.breakers) c0b05da0\(Self.word(Self.feed))"] = Self.word(3)
    let harness = try Self.made(node)
    #expect(quote(harness, node).words == "trading is suspended by the contract")
  }

  @Test(arguments: [
    ("\(manager) abff0110", word(module), "does not answer to the broker"),
    ("\(broker) d1d786b1", word(0), "does not know the manager"),
    ("\(manager) eaaba70131c7", word(0), "neither a constant sum nor a constant product"),
    ("\(manager) 45b2b467", word(2), "with other decimals"),
    ("\(manager) 278488a4", "", "has no exchange CELO-USDm"),
  ])
  func whatIsNotWhatItIsTakenForIsUnusable(key: String, answer: String, words: String) throws {
    let node = Self.node(answering: Self.exchange(3_000_000 * Self.unit, 10_000_000 * Self.unit))
    node.answers = node.answers.filter { !$0.key.hasPrefix(key) }
    node.answers[key] = answer
    let harness = try Self.made(node)
    let found = try #require(harness.instruments.last)
    #expect(found.fields.state == UInt32(PB_INSTRUMENT_UNUSABLE) && found.reason.contains(words), "\(found.reason)")
  }

  /// The Broker reports for all exchanges: each is told its own alone.
  @Test func swapsAreTrades() throws {
    let node = Self.node(answering: Self.exchange(3_000_000 * Self.unit, 10_000_000 * Self.unit))
    let harness = try Self.made(node)
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.trades.rawValue) }
    node.serve(harness)
    node.mine()
    func log(_ exchange: String, _ from: String, _ to: String, _ index: Int) -> String {
      let topics = [
        "e7b046415cac9de47940c3087e06db13a0e058ccf53ac5f0edd49ebb4c2c3a6f", exchange, Self.word(1), Self.word(from),
      ]
      let data = Self.word(Self.manager) + Self.word(to) + Self.word(2 * Self.unit) + Self.word(Self.unit)
      return "{\"address\":\"\(Self.broker)\",\"topics\":[\(topics.map { "\"0x\($0)\"" }.joined(separator: ","))],"
        + "\"data\":\"0x\(data)\",\"blockNumber\":\"0x65\",\"logIndex\":\"0x\(index)\",\"transactionHash\":\"0xaa\"}"
    }
    node.logs = [
      log(Self.id, Self.celo, Self.usdm, 0), log(Self.id, Self.usdm, Self.celo, 1),
      log(Self.word(7), Self.celo, Self.usdm, 2),
    ]
    harness.forget()
    harness.now += 2_000_000_000
    harness.timer(1)
    node.serve(harness)
    #expect(harness.trades.map(\.taker) == [.sell, .buy])
    #expect(harness.trades.map(\.quantity) == [200_000_000, 100_000_000])
  }
}
