import CPatchbay
import ConnectorTestKit
import Decimals
import Records
import Testing

@testable import ConnectorKit

/// Whatever a connector says through `Output`, the host's checker accepts.
struct OutputTests {
  private typealias Write = (Output, inout SeededGenerator) -> Void

  @Test func everyFunctionWritesWellFormedRecords() {
    var kinds: Set<Int> = []
    for seed in 0..<300 as Range<UInt64> {
      let probe = OutputProbe()
      var random = SeededGenerator(seed: seed)
      for write in writes { write(probe.out, &random) }
      #expect(probe.faults.isEmpty, "seed \(seed): \(probe.faults)")
      // A reply to no command is not written.
      #expect(probe.emitted.count >= writes.count - 3)
      kinds.formUnion(probe.emitted.map(\.kind))
    }
    let pools = [PB_EV_POOL, PB_EV_QUOTE, PB_EV_TRANSACTION]
    let all =
      Array(PB_OUT_OPEN...PB_OUT_FAULT) + Array(PB_EV_STATE...PB_EV_COMPLETE) + Array(PB_EV_POSITION...PB_EV_MODE)
    #expect(kinds == Set(all), "and none of the draft \(pools)")
  }

  @Test func theSameCallsGiveTheSameBytes() {
    func run() -> [[UInt8]] {
      let probe = OutputProbe()
      var random = SeededGenerator(seed: 9)
      for _ in 0..<5 { for write in writes.reversed() { write(probe.out, &random) } }
      return probe.emitted.map(\.bytes)
    }
    #expect(run() == run())
  }

  // MARK: Texts

  @Test func textsAreRepaired() {
    let cases: [([UInt8], String)] = [
      ([], ""), (Array("plain".utf8), "plain"), (Array("é漢😀".utf8), "é漢😀"), ([0x61, 0, 0x62], "a?b"),
      ([0x61, 0xFF, 0x62], "a?b"), ([0xC3, 0xA9, 0xC3], "???"), ([0, 0], "??"), ([0xED, 0xA0, 0x80], "???"),
    ]
    for (bytes, expected) in cases {
      let probe = OutputProbe()
      let out = probe.out
      out.begin(pb_out_log.self)
      var record = pb_out_log()
      record.text = bytes.withUnsafeBufferPointer { out.block.text($0) }
      out.emit(record, kind: PB_OUT_LOG)
      #expect(probe.faults.isEmpty)
      #expect(probe.emitted.map { $0.text($0.fields(pb_out_log.self).text) } == [expected])
    }
  }

  @Test func textOfAFrameGoesIntoATrade() throws {
    let memory = try GuardedText()
    for (text, expected) in [("\"t\\u0000-\\n1\"", "t?-\n1"), ("77", "77"), ("\"\"", "")] {
      let probe = OutputProbe()
      var json = JSONScanner(memory.place(text))
      probe.out.trade(instrument: 1, id: json.scalar(), price: 5, quantity: 6, taker: .sell, time: 7, backfill: true)
      #expect(probe.faults.isEmpty)
      let trade = try #require(probe.emitted.first)
      let fields = trade.fields(pb_trade.self)
      #expect(trade.text(fields.trade) == expected)
      #expect(fields.side == UInt32(PB_SIDE_SELL) && fields.flags == UInt32(PB_TRADE_BACKFILL))
    }
  }

  // MARK: Books

  /// Levels straight from text, of all sizes: the block grows in the middle of them.
  @Test func levelsOfAllSizes() throws {
    let memory = try GuardedText()
    let probe = OutputProbe()
    var random = SeededGenerator(seed: 10)
    for size in [0, 1, 2, 250, 251, 252, 253, 254, 255, 256, 257, 600, 1500] + (0..<40).map({ _ in random.below(300) })
    {
      let sides = [size, random.below(300)].map { count in
        (0..<count).map { _ in [Int64(random.below(1 << 40)), Int64(random.below(1 << 40))] }
      }
      probe.out.beginBook()
      var lists: [pb_list] = []
      for side in sides {
        var json = JSONScanner(memory.place(render(side, &random)))
        lists.append(probe.out.levels(&json, price: -3, quantity: -2))
        let isComplete = json.isComplete()
        #expect(isComplete)
      }
      probe.out.book(
        instrument: 3, snapshot: true, first: 1, last: 2, time: 4, depth: 5, bids: lists[0], asks: lists[1])
      let book = try #require(probe.emitted.last)
      let fields = book.fields(pb_book.self)
      #expect(book.levels(fields.bids) == sides[0] && book.levels(fields.asks) == sides[1], "\(size)")
    }
    #expect(probe.faults.isEmpty)
  }

  private func render(_ side: [[Int64]], _ random: inout SeededGenerator) -> String {
    let levels = side.map { level -> String in
      let price = Decimal64(mantissa: level[0], exponent: -3), quantity = Decimal64(mantissa: level[1], exponent: -2)
      return "[\"\(price)\",\(quantity)\(random.oneIn(3) ? ",0,[\"x\"]" : "")]"
    }
    return "[\(levels.joined(separator: random.oneIn(2) ? "," : " , "))]"
  }

  @Test func levelsThatCannotBeReadFail() throws {
    let memory = try GuardedText()
    for text in ["[[1]]", "[[]]", "[1]", "{}", "[[1,2]", "[[1,2],]", "[[\"x\",1]]", "[[1,0.001]]", "[[1,1],[2,2]}"] {
      let probe = OutputProbe()
      probe.out.beginBook()
      var json = JSONScanner(memory.place(text))
      _ = probe.out.levels(&json, price: 0, quantity: -2)
      let isValid = json.isComplete()
      #expect(!isValid, "\(text)")
    }
  }

  @Test func levelsAsMembersOfAnObject() throws {
    let memory = try GuardedText()
    let probe = OutputProbe()
    probe.out.beginBook()
    var json = JSONScanner(memory.place(#"{"50000.00" : "1.5","3":0,"0.000000001":"2"}"#))
    let bids = probe.out.levelMembers(&json, price: -9, quantity: -1)
    let isComplete = json.isComplete()
    #expect(isComplete)
    probe.out.book(instrument: 1, snapshot: true, first: 0, last: 0, time: 0, bids: bids, asks: pb_list())
    let book = try #require(probe.emitted.first)
    #expect(
      book.levels(book.fields(pb_book.self).bids) == [[50_000_000_000_000, 15], [3_000_000_000, 0], [1, 20]])
    for text in [
      "[]", "{", #"{"x":"1"}"#, #"{"1":"x"}"#, #"{"1.5":"1"}"#, #"{"":"1"}"#, #"{"1":["1"]}"#, #"{"\u0031":"1"}"#,
    ] {
      probe.out.beginBook()
      var json = JSONScanner(memory.place(text))
      _ = probe.out.levelMembers(&json, price: 0, quantity: 0)
      let isValid = json.isComplete()
      #expect(!isValid, "\(text)")
    }
  }

  @Test func levelsOneByOneBehindAText() throws {
    let probe = OutputProbe()
    let out = probe.out
    out.beginBook()
    var (bids, asks) = (pb_list(), pb_list())
    for index in 0..<400 as Range<Int64> { out.level(price: index, quantity: -index, to: &bids) }
    for index in 0..<3 as Range<Int64> { out.level(price: 1000 + index, quantity: 1, to: &asks) }
    out.book(instrument: 1, snapshot: false, first: 0, last: 0, time: 0, bids: bids, asks: asks)
    let book = try #require(probe.emitted.first)
    #expect(book.levels(book.fields(pb_book.self).bids) == (0..<400).map { [$0, -$0] })
    #expect(book.levels(book.fields(pb_book.self).asks) == [[1000, 1], [1001, 1], [1002, 1]])

    // A list behind five bytes of text starts at a multiple of eight.
    out.begin(pb_out_close.self)
    _ = out.block.text("bytes")
    var list = pb_list()
    out.level(price: 1, quantity: 2, to: &list)
    #expect(list.offset % 8 == 0)
  }

  // MARK: Random calls

  private let writes: [Write] = [
    { out, random in out.log(random.pick([.debug, .info, .warning, .error]), text(&random)) },
    { out, random in out.fault(.transient, text(&random)) },
    { out, random in out.timer(random.next(), after: number(&random)) },
    { out, random in
      out.state(
        .down, [.book, .trades], instrument: random.next(), account: random.next(), error: .clock, text(&random))
    },
    { out, random in out.clock(request: random.next(), venue: moment(&random)) },
    { out, random in out.done(random.next()) },
    { out, random in out.refuse(random.next(), .funds, code: text(&random), text(&random)) },
    { out, random in out.reply(random.next() % 2, .unknown, .other, retryAfter: 5, code: text(&random), text(&random))
    },
    { out, random in
      out.complete(PB_EV_ORDER, command: random.next(), account: 1, instrument: 2, partial: random.oneIn(2))
    },
    { out, random in
      var fields = pb_instrument()
      fields.tick = pb_dec(decimal(&random))
      out.instrument(
        fields, symbol: text(&random), base: text(&random), quote: text(&random), settle: text(&random),
        reason: text(&random))
    },
    { out, random in out.order(pb_order(), client: text(&random), venue: text(&random), reason: text(&random)) },
    { out, random in
      var fields = pb_fill()
      fields.fee = pb_dec(decimal(&random))
      out.fill(fields, trade: text(&random), client: text(&random), venue: text(&random), feeAsset: text(&random))
    },
    { out, random in
      out.balance(
        account: 1, asset: text(&random), total: decimal(&random), available: decimal(&random), time: 5, command: 6)
    },
    { out, random in out.fees(account: 1, maker: decimal(&random), taker: decimal(&random), command: 3) },
    { out, random in out.fundingPayment(pb_funding_payment(), asset: text(&random), id: text(&random)) },
    { out, random in out.position(pb_position()) },
    { out, random in out.fundingRate(pb_funding_rate()) },
    { out, random in out.mark(pb_mark()) },
    { out, random in out.liquidation(pb_liquidation()) },
    { out, random in out.mode(pb_mode()) },
    { out, random in out.ticker(pb_ticker()) },
    { out, random in out.gap(instrument: 1, reason: .checksum, expected: random.next(), got: random.next(), time: 4) },
    { out, random in out.trade(instrument: 1, id: JSONText(), price: 1, quantity: 2, taker: .buy, time: 3) },
    { out, random in
      out.beginBook()
      var bids = pb_list()
      for _ in 0..<random.below(400) { out.level(price: 1, quantity: 1, to: &bids) }
      out.book(instrument: 1, snapshot: false, first: 2, last: 3, time: 4, bids: bids, asks: pb_list())
    },
    { out, random in out.abort(random.next()) },
    { out, random in out.close(random.next(), code: 1001, reason: text(&random)) },
    { out, random in
      out.limits(
        (0..<random.below(4)).map { index in
          Output.Limit(
            bucket: UInt32(index), name: text(&random), scope: .account, capacity: 5, interval: 6,
            tokens: random.oneIn(2),
            usedHeader: text(&random))
        })
    },
    { out, random in
      out.open(
        random.next(), sealed(&random), account: 1, permission: text(&random), headers: headers(&random),
        charges: charges(&random), idle: 7, deflate: random.oneIn(2))
    },
    { out, random in
      var request = random.oneIn(2) ? Request(.post, sealed(&random)) : Request(frame: sealed(&random), on: 4)
      request.body = sealed(&random)
      request.headers = headers(&random)
      request.charges = charges(&random)
      request.captures = (0..<random.below(3)).map { Capture(text(&random), slot: UInt32($0 + 1)) }
      request.isBinary = random.oneIn(2)
      request.isOrdered = random.oneIn(2)
      request.permission = text(&random)
      out.send(request, id: random.next())
    },
  ]
}

private func text(_ random: inout SeededGenerator) -> String {
  let long = String(repeating: "long ", count: 2000)
  let pieces = ["", "a", "price is off", "\0", "é", "漢字", "😀", "\u{FFFD}", long]
  return (0..<random.below(4)).map { _ in random.oneIn(20) ? random.pick(pieces) : random.pick(pieces.dropLast()) }
    .joined()
}

/// A moment of the venue's clock.
private func moment(_ random: inout SeededGenerator) -> Int64 { Int64(random.next() >> 2) }

private func number(_ random: inout SeededGenerator) -> Int64 { Int64(bitPattern: random.next()) }

private func decimal(_ random: inout SeededGenerator) -> Decimal64 {
  Decimal64(mantissa: number(&random), exponent: Int32(random.below(129)) - 64)
}

private func sealed(_ random: inout SeededGenerator) -> SealedText {
  (0..<random.below(5)).reduce(into: SealedText()) { result, _ in
    switch random.below(5) {
    case 0: result += SealedText(bytes: (0..<random.below(9)).map { _ in UInt8(random.below(256)) })
    case 1: result += SealedText(text(&random))
    case 2: result += SealedText(.bytes([]))
    case 3: result += SealedText(result.hmac(.sha256, key: .field("key")).hex)
    default: result += SealedText(.milliseconds.moved(by: 5))
    }
  }
}

private func headers(_ random: inout SeededGenerator) -> [(name: String, value: SealedText)] {
  (0..<random.below(4)).map { _ in (text(&random), sealed(&random)) }
}

private func charges(_ random: inout SeededGenerator) -> [Charge] {
  (0..<random.below(3)).map { Charge(UInt32($0), UInt32(1 + random.below(9))) }
}

extension Array {
  fileprivate func dropLast() -> [Element] { Array(self[..<(count - 1)]) }
}
