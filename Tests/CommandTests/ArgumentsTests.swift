import Testing

@testable import patchbay

private let syntax = CommandSyntax(
  usage: "x", summary: "y",
  options: [
    CommandSyntax.Option(name: "tier", value: "T", help: "a"),
    CommandSyntax.Option(name: "json", value: nil, help: "b"),
  ], positionals: 1...2)

@Suite struct ArgumentsTests {
  @Test func takesOptionsFlagsAndWordsApart() throws {
    let parsed = try Arguments(["a", "--tier", "gold", "--json", "b", "--tier=x=y"], syntax)
    #expect(parsed.words == ["a", "b"])
    #expect(parsed.values == ["tier": ["gold", "x=y"]] && parsed["tier"] == "x=y")
    #expect(parsed.flags == ["json"] && !parsed.wantsHelp)
    #expect(try Arguments(["--", "--tier", "-h"], syntax).words == ["--tier", "-h"])
    #expect(try Arguments(["--tier", "-1", "w"], syntax)["tier"] == "-1")
    #expect(try Arguments(["--tier=", "w"], syntax)["tier"] == "")
    #expect(try Arguments(["--help"], syntax).wantsHelp && Arguments(["-h", "1", "2", "3"], syntax).wantsHelp)
  }

  @Test(arguments: [
    (["--teir", "x"], Arguments.UsageError.unknownOption("teir", nearest: "tier")),
    (["--zzzz"], .unknownOption("zzzz", nearest: nil)), (["--hepl"], .unknownOption("hepl", nearest: "help")),
    (["a", "--tier"], .missingValue("tier")), (["--tier", "--json", "a"], .missingValue("tier")),
    (["--json=1", "a"], .unexpectedValue("json")), (["a", "b", "c"], .unexpectedWord("c")), ([], .missingWord),
  ]) func mistakesAreNamed(row: (arguments: [String], error: Arguments.UsageError)) {
    #expect(throws: row.error) { try Arguments(row.arguments, syntax) }
  }

  @Test func helpNamesEveryOption() {
    #expect(syntax.help == "usage: x\n\ny\n\n  --tier T  a\n  --json    b\n  --help    show this text\n")
    for column in ["type", "tier", "lifecycle", "trust", "json", "config", "registry"] {
      #expect(ConnectorsCommand.syntax.help.contains("--\(column) "))
    }
  }
}
