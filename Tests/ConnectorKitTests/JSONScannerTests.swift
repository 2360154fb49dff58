import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// The scanner against a strict parser and a generator's model. A failure names its seed or text.
struct JSONScannerTests {
  let memory: GuardedText

  init() throws { memory = try GuardedText() }

  @Test func anElementBehindTheEndOfAnArrayIsNone() {
    var json = JSONScanner(memory.place(#"{"list":[1],"next":"x","more":"y"}"#))
    let list = json.find("list")
    #expect(list?.scanner(at: 0).isValid == true)
    for place in 1...3 { #expect(list?.scanner(at: place).isValid == false) }
  }

  @Test func readsWhatTheGeneratorMeant() {
    for seed in 0..<3000 as Range<UInt64> {
      let document = RandomJSON(seed: seed)
      let text = memory.place(document.text)
      #expect(JSONModel.scanned(text) == document.model, "seed \(seed)")
      #expect(ReferenceParser.parse(document.text) == document.model, "seed \(seed)")
      #expect(skips(text), "seed \(seed)")
    }
  }

  /// Whole documents, each broken in every place: the scanner accepts what the strict parser accepts, reads the same in
  /// it, and gives the same whatever bytes follow.
  @Test func agreesWithAStrictParserOnEveryTruncationAndMutation() {
    for sample in samples {
      let bytes = Array(sample.utf8)
      for count in 0..<bytes.count { compare(Array(bytes[..<count])) }
      for index in bytes.indices {
        for byte in nasty where byte != bytes[index] {
          var changed = bytes
          changed[index] = byte
          compare(changed)
        }
        compare(Array(bytes[..<index] + bytes[(index + 1)...]))
        compare(Array(bytes[...index] + bytes[index...]))
      }
    }
  }

  @Test func agreesWithAStrictParserOnRandomMutations() {
    for seed in 0..<4000 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var text = RandomJSON(seed: seed).text
      for _ in 0...random.below(3) where !text.isEmpty {
        text[random.below(text.count)] = random.oneIn(2) ? random.pick(nasty) : UInt8(random.below(256))
      }
      compare(text)
    }
  }

  @Test func aValueIsReadOnceItsKeyIsKnown() throws {
    var json = JSONScanner(memory.place(#"{"b":[[1,2],[3]],"p":"7","kind":"x"} "#))
    var marked: JSONMark?
    json.enterObject()
    while let key = json.nextKey() {
      if key == "b" { marked = json.mark }
      json.skip()
    }
    let isComplete = json.isComplete()
    #expect(isComplete)
    var later = try #require(marked).scanner()
    let levels = JSONModel(&later)
    #expect(levels == .array([.array([.bare("1"), .bare("2")]), .array([.bare("3")])]))
  }

  @Test func escapedKeysAreTheKeysTheyMean() throws {
    var json = JSONScanner(memory.place(#"{"\u0070rice": true, "a\/b": "false"}"#))
    json.enterObject()
    let firstKey = json.nextKey()
    let first = try #require(firstKey)
    #expect(first == "price")
    #expect(first != "prices" && first != "pric")
    let yes = json.boolean()
    let secondKey = json.nextKey()
    let second = try #require(secondKey)
    #expect(second == "a/b")
    let no = json.boolean()
    let end = json.nextKey() == nil && json.isComplete()
    #expect(yes && !no && end)
  }

  @Test func aMistakeIsSticky() {
    var json = JSONScanner(memory.place(#"{"a":1,"b":x,"c":2}"#))
    var keys = 0
    json.enterObject()
    while json.nextKey() != nil {
      keys += 1
      json.skip()
    }
    #expect(keys == 2)
    let (isValid, number, text, key) = (json.isValid, json.unsigned(), json.string(), json.nextKey())
    #expect(!isValid && number == 0 && text.isEmpty && key == nil)
    let isComplete = json.isComplete()
    #expect(!isComplete)
  }

  @Test func readingTheWrongTypeFails() {
    for text in ["1", "[]", "{}", "true"] { #expect(fails(text) { _ = $0.string() }) }
    for text in ["1", "[]", "\"\"", "null"] { #expect(fails(text) { $0.enterObject() }) }
    for text in ["1", "{}", "\"\"", "null"] { #expect(fails(text) { $0.enterArray() }) }
    for text in ["1", "{}", "\"yes\"", "null"] { #expect(fails(text) { _ = $0.boolean() }) }
    for text in ["{}", "[]", ""] { #expect(fails(text) { _ = $0.scalar() }) }
  }

  @Test func noTextIsNoDocument() {
    var none = JSONScanner(UnsafeBufferPointer(start: nil, count: 0))
    let isComplete = none.isComplete()
    #expect(!isComplete)
    #expect(JSONModel.scanned(memory.place("")) == nil)
  }

  @Test func skippingIsBoundedInDepth() {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(skips(memory.place(nested(64))))
    #expect(!skips(memory.place(nested(65))))
    #expect(!skips(memory.place("[{]}")))
  }

  @Test func partsOfText() {
    var json = JSONScanner(memory.place("\"btcusdt@depth@100ms\""))
    let text = json.string()
    #expect(text.after(first: UInt8(ascii: "@"))?.text == "depth@100ms")
    #expect(text.after(first: UInt8(ascii: "#")) == nil)
    #expect(text.before(first: UInt8(ascii: "@")).text == "btcusdt")
    #expect(text.before(first: UInt8(ascii: "#")).text == "btcusdt@depth@100ms")
    #expect(text.hasPrefix("btc") && text.hasPrefix("") && !text.hasPrefix("btcusdt@depth@100ms!"))
    #expect(text[0] == UInt8(ascii: "b") && text[text.count] == 0 && text[-1] == 0)
    #expect(JSONText().isEmpty && JSONText().text == "")
  }

  private func compare(_ text: [UInt8]) {
    let expected = ReferenceParser.parse(text)
    for slack in ["9999999\"", "}]\",:1e", "\\\"\\u0041"] {
      let placed = memory.place(text, slack: slack)
      #expect(JSONModel.scanned(placed) == expected, "\(String(decoding: text, as: UTF8.self))")
      #expect(skips(placed) == (expected != nil), "\(String(decoding: text, as: UTF8.self))")
    }
  }

  private func skips(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var json = JSONScanner(text)
    json.skip()
    return json.isComplete()
  }

  private func fails(_ text: String, _ read: (inout JSONScanner) -> Void) -> Bool {
    var json = JSONScanner(memory.place(text))
    read(&json)
    return !json.isValid
  }
}

private let samples = [
  #"{"a":1,"b":[{"c":"x\ny"},[],{}],"d":null,"e":-1.5e+10}"#,
  #"[ "\u00e9\ud83d\ude00", "0123456789abcdef", true, false , 0, [[[]]] ]"#,
  #"{"stream":"btcusdt@depth","data":{"U":157,"u":160,"b":[["0.0024","10"]],"a":[]}}"#,
  #""plain""#, "12", "-0.5", "true", "null", " [1 ,2]\n",
]

private let nasty = Array("{}[]\",:\\ 0-+.eEu9tn\n".utf8) + [0, 1, 0x1F, 0x7F, 0x80, 0xFF]
