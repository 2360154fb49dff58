import SeededNumbers
import Testing

@testable import JSONTree

private func schema(_ text: String) throws -> JSONSchema { try JSONSchema(JSONDocument.parse(text: text)) }

private func isValid(_ schema: String, _ value: String) throws -> Bool {
  try JSONSchema(JSONDocument.parse(text: schema)).check(JSONDocument.parse(text: value)).isEmpty
}

@Suite struct JSONSchemaTests {
  /// Each row: a schema, a value that fits, a value that does not.
  @Test(arguments: [
    (#"{"type":"string"}"#, #""a""#, "1"),
    (#"{"type":["null","boolean"]}"#, "null", "0"),
    (#"{"type":"integer"}"#, "1.0", "1.5"),
    (#"{"type":"number"}"#, "1.5", #""1.5""#),
    (#"{"enum":["a",null,1]}"#, "1.00", #""b""#),
    (#"{"const":{"a":[1,2]}}"#, #"{"a":[1,2.0]}"#, #"{"a":[2,1]}"#),
    (#"{"pattern":"^[a-z]+$"}"#, #""abc""#, #""aBc""#),
    (#"{"pattern":"b"}"#, #""abc""#, #""acc""#),
    (#"{"minLength":2,"maxLength":3}"#, #""éé""#, #""é""#),
    (#"{"maxLength":3}"#, #""abc""#, #""abcd""#),
    (#"{"minimum":-1,"maximum":0.30}"#, "0.3", "0.31"),
    (#"{"minimum":-1}"#, "-1.0", "-1.01"),
    (#"{"required":["a"]}"#, #"{"a":null}"#, #"{"b":1}"#),
    (#"{"properties":{"a":{"type":"null"}}}"#, #"{"b":1}"#, #"{"a":1}"#),
    (#"{"properties":{"a":true},"additionalProperties":false}"#, #"{"a":1}"#, #"{"a":1,"b":2}"#),
    (#"{"additionalProperties":{"type":"null"}}"#, #"{"a":null}"#, #"{"a":1}"#),
    (#"{"propertyNames":{"enum":["x"]}}"#, #"{"x":1}"#, #"{"y":1}"#),
    (#"{"items":{"type":"null"}}"#, "[null]", "[null,1]"),
    (#"{"minItems":1,"maxItems":2}"#, "[1,1]", "[1,1,1]"),
    (#"{"minItems":1}"#, "[0]", "[]"),
    (#"{"uniqueItems":true}"#, "[1,2]", "[1,2,1.0]"),
    (#"{"oneOf":[{"type":"integer"},{"minimum":5}]}"#, "1", "7"),
    (#"{"oneOf":[{"type":"integer"},{"minimum":5}]}"#, "7.5", "1.5"),
    (#"{"anyOf":[{"type":"null"},{"type":"string"}]}"#, #""""#, "1"),
    (#"{"allOf":[{"minimum":1},{"maximum":2}]}"#, "1", "3"),
    (#"{"not":{"type":"null"}}"#, "1", "null"),
    (#"{"if":{"minimum":5},"then":{"maximum":6},"else":{"const":0}}"#, "6", "7"),
    (#"{"if":{"minimum":5},"then":{"maximum":6},"else":{"const":0}}"#, "0", "1"),
    (##"{"$defs":{"x":{"items":{"$ref":"#/$defs/x"},"type":"array"}},"$ref":"#/$defs/x"}"##, "[[],[[]]]", "[[],[1]]"),
    (#"{"properties":{"a":false}}"#, "{}", #"{"a":1}"#),
  ]) func keyword(row: (schema: String, good: String, bad: String)) throws {
    #expect(try isValid(row.schema, row.good))
    #expect(try !isValid(row.schema, row.bad))
  }

  @Test func keywordsIgnoreValuesOfOtherTypes() throws {
    let all = #"{"pattern":"x","minLength":3,"minimum":9,"required":["a"],"items":false,"minItems":2}"#
    #expect(try isValid(all, "null"))
    #expect(try isValid(all, "true"))
  }

  @Test func tellsEveryPlace() throws {
    let schema = try schema(
      #"""
      {"properties":{"a":{"items":{"type":"string"}},"b":{"const":1}},"required":["c"],"additionalProperties":false}
      """#)
    let found = schema.check(try JSONDocument.parse(text: "{\"a\":[\"x\",\n2,3],\"b\":2,\"d\":0}"))
    #expect(found.map(\.path) == ["c", "a[1]", "a[2]", "b", "d"])
    #expect(found[1].position == JSONPosition(line: 2, column: 1))
    #expect(found[1].description == "a[1]: must be string, not number")
  }

  @Test func refusesASchemaItCannotCheck() throws {
    #expect(throws: JSONSchema.SchemaError.unknownKeyword("patern", path: "#/properties/a/patern")) {
      try schema(#"{"properties":{"a":{"patern":"x"}}}"#)
    }
    #expect(throws: JSONSchema.SchemaError.badReference("#/$defs/y")) { try schema(##"{"$ref":"#/$defs/y"}"##) }
    #expect(throws: JSONSchema.SchemaError.badReference("other.json")) { try schema(#"{"$ref":"other.json"}"#) }
    #expect(throws: JSONSchema.SchemaError.badKeyword("pattern", path: "#/pattern")) { try schema(#"{"pattern":"("}"#) }
    #expect(throws: JSONSchema.SchemaError.badKeyword("required", path: "#/required")) {
      try schema(#"{"required":1}"#)
    }
    #expect(throws: JSONSchema.SchemaError.badKeyword("a schema", path: "#/not")) { try schema(#"{"not":1}"#) }
    #expect(throws: JSONSchema.SchemaError.badReference("#/$defs/nothing")) {
      try JSONSchema(["$defs": [:]], definition: "nothing")
    }
  }
}

@Suite struct JSONNumberOrderTests {
  @Test func orderAgreesWithIntegers() throws {
    var random = SplitMix(state: 3)
    for _ in 0..<2000 {
      let (a, b) = (Int.random(in: -5000...5000, using: &random), Int.random(in: -5000...5000, using: &random))
      let left = try #require(JSONNumber("\(a)e-2"))
      let right = try #require(JSONNumber("\(b)00e-4"))
      #expect((left < right) == (a < b))
      #expect((left == right) == (a == b))
    }
  }

  @Test func wholeNumbersAreThoseWithoutAFraction() {
    #expect(JSONNumber("1e2")?.isInteger == true)
    #expect(JSONNumber("1.5")?.isInteger == false)
  }
}
