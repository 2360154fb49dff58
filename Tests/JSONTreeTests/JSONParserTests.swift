import Testing

@testable import JSONTree

private func parse(_ text: String, _ options: JSONOptions = .strict) throws(JSONError) -> JSONValue {
  try JSONDocument.parse(text: text, file: "t.json", options: options)
}

private func reason(_ text: String, _ options: JSONOptions = .strict) -> JSONError.Reason? {
  do {
    _ = try parse(text, options)
    return nil
  } catch { return error.reason }
}

@Suite struct JSONParserTests {
  @Test func readsEveryKindOfValue() throws {
    let value = try parse(#"{"a":[1,-2.50,3e-7,true,false,null,"x"],"b":{},"c":[]}"#)
    #expect(value["a"]?[0]?.int == 1)
    #expect(value["a"]?[1]?.number == "-2.50")
    #expect(value["a"]?[2]?.number == "3e-7")
    #expect(value["a"]?[3]?.bool == true)
    #expect(value["a"]?[4]?.bool == false)
    #expect(value["a"]?[5]?.isNull == true)
    #expect(value["a"]?[6]?.string == "x")
    #expect(value["a"]?[7] == nil)
    #expect(value["b"]?.object?.count == 0)
    #expect(value["c"]?.array?.count == 0)
    #expect(value["d"] == nil)
    #expect(value["a"]?[1]?.int == nil)
  }

  @Test func keepsPositionsOfValuesAndKeys() throws {
    let value = try parse("{\n  \"a\": 1,\n\t\"bc\": [true,\n  \"é\", 7]}\n")
    #expect(value.position == JSONPosition(line: 1, column: 1))
    let members = try #require(value.object)
    #expect(members[0].keyPosition == JSONPosition(line: 2, column: 3))
    #expect(members[0].value.position == JSONPosition(line: 2, column: 8))
    #expect(members[1].keyPosition == JSONPosition(line: 3, column: 2))
    #expect(value["bc"]?[1]?.position == JSONPosition(line: 4, column: 3))
    #expect(value["bc"]?[2]?.position == JSONPosition(line: 4, column: 9), "columns count bytes")
  }

  @Test func decodesEscapes() throws {
    #expect(try parse(#""\"\\\/\b\f\n\r\tA\u00e9\uD83D\ude00""#).string == "\"\\/\u{8}\u{c}\n\r\tAé😀")
    #expect(try parse(#""\u0000""#).string == "\0")
    for bad in [#""\x""#, #""\u12G4""#, #""\ud800""#, #""\ud800A""#, #""\udc00""#] {
      #expect(reason(bad) == .badEscape, "\(bad)")
    }
    #expect(reason(#""\u12"#) == .unexpectedEnd)
  }

  @Test func keepsNumbersDigitForDigit() throws {
    for text in ["0", "-0", "0.10", "12345678901234567890.000000000000000001", "1E+05", "10e-2"] {
      #expect(try parse(text).number == text)
    }
    for bad in ["01", "-", "1.", "1.e3", "1e", "1e+", "-x", "00"] { #expect(reason(bad) == .badNumber, "\(bad)") }
    #expect(reason(".5") == .unexpected(byte: UInt8(ascii: "."), wanted: "a value"))
    #expect(reason("+1") == .unexpected(byte: UInt8(ascii: "+"), wanted: "a value"))
    #expect(reason("1 2") == .trailing(byte: UInt8(ascii: "2")))
  }

  @Test func refusesWhatStrictJSONDoesNotKnow() {
    #expect(reason("") == .unexpectedEnd)
    #expect(reason("// c\n1") == .comment)
    #expect(reason("[1,]") == .trailingComma)
    #expect(reason("{\"a\":1,}") == .trailingComma)
    #expect(reason("[,]") == .unexpected(byte: UInt8(ascii: ","), wanted: "a value"))
    #expect(reason("[1 2]") == .unexpected(byte: UInt8(ascii: "2"), wanted: "',' or ']'"))
    #expect(reason("{\"a\" 1}") == .unexpected(byte: UInt8(ascii: "1"), wanted: "':' behind a key"))
    #expect(reason("{a:1}") == .unexpected(byte: UInt8(ascii: "a"), wanted: "a key in double quotes"))
    #expect(reason("nul") == .unknownWord("nul"))
    #expect(reason("NaN") == .unknownWord("NaN"))
    #expect(reason("\"a\nb\"") == .controlCharacter(10))
    #expect(reason("[1}") == .unexpected(byte: UInt8(ascii: "}"), wanted: "',' or ']'"))
  }

  @Test func acceptsCommentsAndTrailingCommasWhenAsked() throws {
    let text = "// start\n{ /* a * b */ \"a\": [1, 2, /* x\n y */ ], // end\n \"b\": 2, }\n// last"
    let value = try parse(text, .relaxed)
    #expect(value["a"]?.array?.count == 2)
    #expect(value["b"]?.position == JSONPosition(line: 4, column: 7))
    #expect(reason("/* never closed", .relaxed) == .unclosedComment)
    #expect(reason("[,]", .relaxed) == .unexpected(byte: UInt8(ascii: ","), wanted: "a value"))
    #expect(reason("1 /", .relaxed) != nil)
    #expect(try parse("\"// no comment\"", .relaxed).string == "// no comment")
  }

  @Test func refusesDuplicateKeysInSmallAndLargeObjects() {
    #expect(reason(#"{"a":1,"b":2,"a":3}"#) == .duplicateKey("a"))
    #expect(reason(#"{"a":1,"\u0061":3}"#) == .duplicateKey("a"))
    let many = (0..<100).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
    #expect(reason("{\(many)}") == nil)
    for repeated in [0, 15, 16, 17, 99] {
      #expect(reason("{\(many),\"k\(repeated)\":0}") == .duplicateKey("k\(repeated)"))
    }
  }

  @Test func refusesInvalidUTF8() {
    for inside in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0x5C, 0x6E, 0x80]] as [[UInt8]] {
      #expect(throws: JSONError.self) { try JSONDocument.parse(bytes: [0x22] + inside + [0x22]) }
    }
  }

  @Test func keepsItsLimits() {
    let deep = JSONOptions(maximumBytes: 1000, maximumDepth: 3)
    #expect(reason("[[[1]]]", deep) == nil)
    #expect(reason("[[[[1]]]]", deep) == .tooDeep(limit: 3))
    #expect(reason("[[[1]],{\"a\":[1]}]", deep) == nil, "depth is counted down again")
    #expect(reason(String(repeating: " ", count: 1001), deep) == .tooLarge(limit: 1000))
    #expect(reason(String(repeating: "[", count: 1_000_000)) == .tooDeep(limit: 128))
  }

  @Test func namesFileLineAndColumn() {
    #expect(throws: JSONError(file: "t.json", position: .init(line: 3, column: 6), reason: .unknownWord("yes"))) {
      try parse("{\n\n \"a\":yes}")
    }
    do {
      _ = try parse("[1,\n  2,\n]")
      Issue.record("a trailing comma was accepted")
    } catch {
      #expect(error.description == "t.json:2:4: a comma before a closing bracket; remove it")
    }
  }

  @Test func readsALongLineOfARecording() throws {
    let row = #"{"symbol":"BTCUSDT","price":"27123.10","qty":0.00100000,"ids":[1,2,3]}"#
    let text = "[" + Array(repeating: row, count: 30_000).joined(separator: ",") + "]"
    let value = try parse(text)
    #expect(value.array?.count == 30_000)
    #expect(value[29_999]?["qty"]?.number == "0.00100000")
    #expect(value[29_999]?.position.column == UInt32(2 + 29_999 * (row.utf8.count + 1)))
  }
}
