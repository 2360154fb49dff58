import MarketModel
import Testing

@testable import Trading

@Suite struct ClientIDFormTests {
  /// The forms of the connectors of this tree, and of venues with other rules.
  @Test func idsFitTheVenuesRule() throws {
    let forms: [(pattern: String, length: Int)] = [
      (#"^[\.A-Z\:/a-z0-9_-]{1,36}$"#, 36), ("^[A-Za-z0-9_.-]{1,18}$", 18), ("^[A-Za-z0-9_-]{1,36}$", 36),
      ("^0x[0-9a-f]{32}$", 34), ("^[0-9]{1,18}$", 18), ("^[a-z0-9]+$", 32), ("^[a-zA-Z0-9]{1,32}$", 32),
    ]
    for (pattern, length) in forms {
      let form = try ClientIDForm(length: length, pattern: pattern)
      for instance in ["a1s", "a rather long name, with commas", "7", "0"] {
        var ids = try form.ids(instance: instance, start: 12345)
        let first = try ids.next()
        let expression = try Regex(pattern)
        #expect(first.wholeMatch(of: expression) != nil && first.utf8.count <= length, "\(pattern): \(first)")
        let second = try ids.next()
        #expect(ids.counter(of: first) == 12345 && ids.counter(of: second) == 12346)
        if pattern.contains("[0-9]{1") { #expect(first.first != "0", "\(first)") }
      }
    }
  }

  @Test func instancesDoNotSeeEachOthersIds() throws {
    let form = try ClientIDForm(length: 18, pattern: "^[A-Za-z0-9_.-]{1,18}$")
    let names = ["a", "b", "desk one", "desk two", "desk-1", "desk-2"]
    let makers = try names.map { try form.ids(instance: $0) }
    for (index, maker) in makers.enumerated() {
      var maker = maker
      let id = try maker.next()
      #expect(makers.indices.filter { makers[$0].counter(of: id) != nil } == [index], "\(names[index]): \(id)")
    }
  }

  @Test func aBrokersMarkStandsInFrontWhereItFits() throws {
    var ids = try ClientIDForm(length: 36, pattern: "^[A-Za-z0-9_-]{1,36}$").ids(instance: "q", broker: "x-MARK")
    #expect(try ids.next().hasPrefix("x-MARKq"))
    var plain = try ClientIDForm(length: 18, pattern: "^[0-9]{1,18}$").ids(instance: "7", broker: "x-MARK")
    #expect(try plain.next().hasPrefix("7"))
  }

  @Test func aStrangeRuleIsRefused() {
    for pattern in ["", "[a-z]", "^a|b$", "^[a-z]{3,2}$", "^[_-]{1,36}$", "^[a-z0-9$"] {
      #expect(throws: ClientIDForm.Fault.pattern(pattern)) { try ClientIDForm(length: 36, pattern: pattern) }
    }
    #expect(throws: ClientIDForm.Fault.tooShort(length: 6)) { try ClientIDForm(length: 6, pattern: "^[a-z0-9]{1,36}$") }
  }
}
