import SeededNumbers
import Testing

@testable import JSONTree

private func randomText(_ random: inout SplitMix) -> String {
  let alphabet = Array("aZ0 \"\\/\n\t\u{1}é漢😀\u{7f}{,")
  return String((0..<Int.random(in: 0..<12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
}

private func randomValue(_ random: inout SplitMix, depth: Int) -> JSONValue {
  switch Int.random(in: 0..<(depth > 4 ? 4 : 6), using: &random) {
  case 0: return nil
  case 1: return JSONValue(.bool(Bool.random(using: &random)))
  case 2:
    let whole = Int.random(in: -1_000_000...1_000_000, using: &random)
    let tail = ["", ".0", ".125", "e3", "E-12", ".50e+2"].randomElement(using: &random) ?? ""
    return JSONValue(.number("\(whole)\(tail)"))
  case 3: return JSONValue(.string(randomText(&random)))
  case 4: return JSONValue(.array((0..<Int.random(in: 0..<6, using: &random)).map { _ in
    randomValue(&random, depth: depth + 1)
  }))
  default:
    return JSONValue(.object((0..<Int.random(in: 0..<20, using: &random)).map {
      JSONMember("\($0)" + randomText(&random), randomValue(&random, depth: depth + 1))
    }))
  }
}

private let sample = """
  {"id":"binance","n":[-12.50e+3,0,1E-7],"t":"a\\u00e9\\uD83D\\uDE00\\n\\"\\\\é漢",
   "o":{"x":null,"y":true,"z":[[],{}]},
   "list":[false,"",{"a":{"b":[1,2,3]}}]}
  """

@Suite struct JSONPropertyTests {
  @Test(arguments: 0..<200) func writtenTreesReadBackEqual(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    let value = randomValue(&random, depth: 0)
    let compact = JSONWriter.compact(value)
    #expect(try JSONDocument.parse(text: compact) == value)
    #expect(!compact.contains("\n"))
    for width in [20, 60, 120] {
      let pretty = JSONWriter.pretty(value, width: width)
      let back = try JSONDocument.parse(text: pretty)
      #expect(back == value)
      #expect(JSONWriter.compact(back) == compact, "text and order survive")
      #expect(JSONWriter.pretty(back, width: width) == pretty)
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = Array(sample.utf8)
    let whole = try JSONDocument.parse(bytes: bytes)
    #expect(whole["o"]?["z"]?.array?.count == 2)
    for length in 0..<bytes.count {
      #expect(throws: JSONError.self) { try JSONDocument.parse(bytes: Array(bytes[..<length]), options: .relaxed) }
    }
  }

  @Test func everyChangedByteParsesOrErrs() {
    let bytes = Array(sample.utf8)
    var parsed = 0
    var refused = 0
    for index in bytes.indices {
      for byte in UInt8.min...UInt8.max where byte != bytes[index] {
        var mutant = bytes
        mutant[index] = byte
        do {
          let value = try JSONDocument.parse(bytes: mutant, options: .relaxed)
          // What was accepted is a tree that can be written and read again.
          if parsed % 64 == 0 { #expect((try? JSONDocument.parse(text: JSONWriter.compact(value))) == value) }
          parsed += 1
        } catch {
          #expect(error.position.line >= 1 && error.position.column >= 1)
          refused += 1
        }
      }
    }
    #expect(parsed > 1000 && refused > 1000)
  }

  @Test func insertedAndRemovedBytesParseOrErr() {
    let bytes = Array(sample.utf8)
    var random = SplitMix(state: 7)
    for _ in 0..<5000 {
      var mutant = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<mutant.count, using: &random)
        if Bool.random(using: &random) {
          mutant.remove(at: index)
        } else {
          mutant.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: index)
        }
      }
      let strict = try? JSONDocument.parse(bytes: mutant)
      let relaxed = try? JSONDocument.parse(bytes: mutant, options: .relaxed)
      if let strict { #expect(relaxed == strict, "relaxed accepts all that strict accepts, and reads it the same") }
    }
  }

  @Test func randomBytesNeverCrash() {
    var random = SplitMix(state: 99)
    let tokens = Array("{}[]\",:\\/*-+.eE0123456789 \n\ttruefalsn".utf8)
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 0..<40, using: &random)).map { _ in tokens.randomElement(using: &random) ?? 0 }
      if let value = try? JSONDocument.parse(bytes: text, options: .relaxed) {
        #expect((try? JSONDocument.parse(text: JSONWriter.compact(value))) == value)
      }
    }
  }
}

@Suite struct JSONNumberTests {
  @Test(arguments: [
    ("1", "1.0"), ("100", "1e2"), ("0.00", "-0"), ("12.50", "125E-1"), ("1e-3", "0.001"), ("0e99", "0"),
  ]) func sameValues(pair: (String, String)) {
    #expect(JSONValue(.number(pair.0)) == JSONValue(.number(pair.1)))
  }

  @Test func anExponentOutOfRangeIsNotComparable() {
    #expect(JSONNumber("1e99999999999999999999") == nil)
    #expect(JSONNumber("1e9223372036854775807") == nil)
    #expect(JSONValue(.number("1e99999999999999999999")) == JSONValue(.number("1e99999999999999999999")))
  }
}
