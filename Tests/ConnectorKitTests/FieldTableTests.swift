import Decimals
import Testing

@testable import ConnectorKit

/// Tables of names: whatever kind a table is of, every reader reads it.
@Suite struct FieldTableTests {
  private func read<T>(_ text: String, _ body: (inout JSONScanner) -> T) -> T {
    withBytes(text) { bytes in
      var json = JSONScanner(bytes)
      return body(&json)
    }
  }

  private let words = Words(
    side: ["buy": .buy, "sell": .sell], type: [:], force: [:], state: [:], leg: ["long": .long], margin: [:])

  @Test func namesAreFoundWhateverTheirLength() {
    let table = FieldTable<Int>([
      "a": 1, "ab": 2, "abcdefg": 7, "abcdefgh": 8, "abcdefghi": 9, "abcdefghj": 10, "abcdefgi": 11,
    ])
    let text = #"{"a":0,"ab":0,"abcdefg":0,"abcdefgh":0,"abcdefghi":0,"abcdefghj":0,"abcdefgi":0,"abcdefghk":0,"":0}"#
    var found: [Int] = []
    read(text) { json in
      json.fields(table) { field, json in
        found.append(field)
        json.skip()
        return true
      }
      let isComplete = json.isComplete()
      #expect(isComplete)
    }
    #expect(found == [1, 2, 7, 8, 9, 10, 11])
  }

  @Test func aNameWithEscapesIsTheNameItStandsFor() {
    let isFound = read(#"{"a\u0062":5}"#) { json in
      var value: Int64 = 0
      json.fields(FieldTable<Int>(["ab": 1])) { _, json in
        value = json.integer()
        return true
      }
      return value == 5
    }
    #expect(isFound)
  }

  @Test func aBalanceInsideOfAnObjectIsRead() {
    let table = FieldTable<BalanceField>(["ccy": .asset], inside: ["amounts": ["sum": .total, "locked": .held]])
    let report = read(#"{"amounts":{"sum":"7.5","locked":"1.25"},"ccy":"BTC"}"#) { BalanceReport(&$0, table) }
    #expect(report.asset == "BTC" && report.total?.narrowed?.value == Decimal64("7.5"))
    #expect(report.held?.narrowed?.value == Decimal64("1.25"))
  }

  @Test func rulesInsideOfTheFirstOfAListAreRead() {
    let table = FieldTable<RuleField>(["s": .symbol], inside: ["filters": ["tick": .tick]])
    let text = #"{"filters":[{"tick":"0.05"},{"tick":"0.5"}],"s":"A/B"}"#
    let (rules, isWhole) = read(text) { json in
      (InstrumentRules(&json, table, state: [:]), json.isComplete())
    }
    #expect(isWhole && rules.symbol == "A/B" && rules.tick == Decimal64("0.05"))
  }

  @Test func aPositionThatIsAnArrayIsReadByItsPlaces() {
    let report = read(#"["A/B",null,"-3"]"#) { json in
      PositionReport(&json, FieldTable(places: [.symbol, nil, .quantity]), words)
    }
    #expect(report.symbol == "A/B" && report.quantity == Decimal64("-3"))
  }

  /// Exchanges give what they derive with the digits of their machine.
  @Test func whatIsOnlyShownMayHaveAnyNumberOfDigits() {
    let table = FieldTable<PositionField>(["s": .symbol, "q": .quantity, "l": .leverage, "m": .mark])
    let text = #"{"l":"8.6954476205089299495699106539379941746","q":"-0.02","m":"1.00000000000000000000005","s":"A"}"#
    let (report, isValid) = read(text) { json in (PositionReport(&json, table, words), json.isValid) }
    #expect(isValid && report.quantity == Decimal64("-0.02"))
    #expect(report.leverage == Decimal64("8.695447620508929949") && report.mark?.narrowed?.isExact == false)
    // The position itself counts.
    #expect(!read(#"{"q":"8.6954476205089299495699106539379941746"}"#) { json in
      _ = PositionReport(&json, table, words)
      return json.isValid
    })
  }

  /// A fill is not lost for the digits of its fee.
  @Test func aFeeIsCut() {
    let table = FieldTable<OrderField>(["fee": .fee, "qty": .fillQuantity])
    for (fee, kept, isRounded) in [("0.1234567890123456789123", "0.123456789012345678", true), ("0.10", "0.1", false)] {
      let (report, isValid) = read(#"{"fee":"\#(fee)","qty":"1"}"#) { json in
        var report = OrderReport()
        report.read(&json, table, words) { _, _, _ in false }
        return (report, json.isValid)
      }
      #expect(isValid && report.isFeeRounded == isRounded && report.fillQuantity == .one)
      let difference = report.fee.flatMap { fee in Decimal64(kept).flatMap { fee.subtracting($0)?.absolute } }
      #expect(difference.map { $0 < Decimal64(mantissa: 1, exponent: -17) } == true)
    }
  }

  @Test func anArrayWhereAnObjectIsDueFails() {
    let isValid = read(#"["BTC","1"]"#) { json in
      _ = BalanceReport(&json, FieldTable(["ccy": .asset, "sum": .total]))
      return json.isValid
    }
    #expect(!isValid)
  }

  @Test func whatIsNoObjectSaysNothing() {
    let table = FieldTable<HeadField>(["event": .kind], inside: ["error": ["code": .code]])
    for error in ["null", "5", "\"x\"", "[]", "[7,{\"code\":1}]"] {
      let head = withBytes(#"{"error":\#(error),"event":"update"}"#) { bytes in
        FrameHead(bytes, table).map { $0.code.isEmpty && $0.kind == "update" }
      }
      #expect(head == true)
    }
  }

  // MARK: Heads

  private let head = FieldTable<HeadField>(
    ["type": .kind, "id": .request, "ok": .success, "code": .code, "msg": .text, "data": .data, "n": .number],
    inside: ["arg": ["channel": .channel, "name": .symbol]])

  @Test func aHeadIsReadInAnyOrder() throws {
    let text = #"{"data":[1,{"type":"x"}],"n":7,"arg":{"name":"A/B","channel":"books"},"id":12,"type":"push"}"#
    try withBytes(text) { bytes in
      let head = try #require(FrameHead(bytes, head))
      let names = [head.channel, head.symbol, head.kind, head.request].map { $0.text }
      #expect(names == ["books", "A/B", "push", "12"] && head.number == 7)
      #expect(head.data?.scanner(at: 0).isValid == true)
    }
  }

  @Test(arguments: [
    (#"{"id":"1"}"#, nil), (#"{"id":"1","code":0}"#, nil), (#"{"id":"1","code":"60012","msg":"no"}"#, "60012 no"),
    (#"{"id":"1","ok":false,"msg":"no"}"#, " no"), (#"{"id":"1","ok":true,"msg":null}"#, nil),
  ] as [(String, String?)])
  func anAnswerRefusesByItsCodeOrItsSuccess(text: String, refusal: String?) throws {
    try withBytes(text) { bytes in
      switch try #require(FrameHead(bytes, head)).answer() {
      case .confirmed: #expect(refusal == nil)
      case .refused(let code, let text): #expect(refusal == "\(code) \(text)")
      case .repeated: Issue.record("nothing says so")
      }
    }
  }

  @Test func whatIsNoWholeObjectHasNoHead() {
    for text in ["", "[]", "{\"type\":\"x\"", "{\"type\":\"x\"}}", "{\"n\":-1}"] {
      #expect(withBytes(text) { FrameHead($0, head) == nil })
    }
  }

  // MARK: Objects

  @Test func membersOfAnObjectAreReadByName() {
    let text = #"{"a":"x","b":5,"c":"1.50","d":true,"e":null,"f":[{"g":1},{"g":2}]}"#
    read(text) { json in
      var object = JSONObject(&json)
      let texts = [object.string("a"), object.words("b"), object.string("e"), object.string("h")]
      let (number, price, flag) = (object.integer("b"), object.decimal("c"), object.flag("d"))
      let list = object.objects("f")?.map { entry in
        var entry = entry
        return entry.integer("g")
      }
      let (none, isComplete) = (object.integer("h"), json.isComplete())
      #expect(texts == ["x", "5", "", ""] && number == 5 && price == Decimal64("1.5") && flag == true)
      #expect(list == [1, 2] && none == nil && object.isValid && isComplete)
    }
  }

  @Test(arguments: [#"{"a":5}"#, #"[]"#, #"{"a":"x}"#])
  func whatCannotBeReadIsInvalid(text: String) {
    read(text) { json in
      var object = JSONObject(&json)
      let text = object.string("a")
      #expect(text == "" && !object.isValid)
    }
  }

  @Test func anObjectIsFoundAtItsPlaceOfAWholeText() {
    withBytes(#"{"data":[{"a":"x"}]}"#) { bytes in
      var object = JSONObject(bytes, at: "data/0")
      let (text, hasOther) = (object?.string("a"), JSONObject(bytes, at: "data/1") != nil)
      #expect(text == "x" && !hasOther)
    }
    let isCutRead = withBytes(#"{"data":[{"a":"x"}]"#) { JSONObject($0, at: "data/0") != nil }
    #expect(!isCutRead)
  }
}

/// Hands over a text with the slack behind it that connectors are promised.
private func withBytes<T>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) throws -> T) rethrows -> T {
  let padded = Array(text.utf8) + [UInt8](repeating: 0, count: 64)
  return try padded.withUnsafeBufferPointer {
    try body(UnsafeBufferPointer(rebasing: $0[..<text.utf8.count]))
  }
}
