import Testing

@testable import patchbay

@Suite struct VenueChainTests {
  private func chain(_ words: [String], _ folders: [String], _ files: Set<String>) throws -> VenueChain {
    try VenueChain(try Arguments(["--chain"] + words, VenueCommand.syntax), folders: folders) { files.contains($0) }
  }

  @Test func theNearestCheckoutAboveIsTaken() throws {
    let files: Set<String> = ["/a/Tests/Chain/run.sh", "/a/b/c/Tests/Chain/run.sh"]
    #expect(try chain([], ["/a/b/c/d/e", "/a"], files).checkout == "/a/b/c")
    #expect(try chain([], ["/x/y", "/a/.build/debug/patchbay"], files).checkout == "/a")
    #expect(try chain([], ["/x"], ["/Tests/Chain/run.sh"]).checkout == "/")
    let words = try chain(["--port", "7", "--for", "9"], ["/a"], files).words(folder: "/here")
    #expect(words == ["/bin/sh", "/a/Tests/Chain/run.sh", "serve", "/here", "7", "9"])
    #expect(try chain([], ["/a"], files).words(folder: "/here").last == "8545")
  }

  @Test(arguments: [
    (["--dialects", "okx"], "--dialects is of other venues"), (["--plain"], "--plain is of other venues"),
    (["--port", "65536"], "--port takes a number"), (["--for", "-1"], "--for takes a number"),
  ]) func whatDoesNotFitIsRefusedByName(row: (words: [String], told: String)) throws {
    let fault = #expect(throws: VenueChain.Failure.self) { try chain(row.words, ["/a"], ["/a/Tests/Chain/run.sh"]) }
    #expect(fault?.description.contains(row.told) == true, "\(fault?.description ?? "")")
  }

  @Test func withoutACheckoutItSaysWhere() throws {
    let fault = #expect(throws: VenueChain.Failure.self) { try chain([], ["/a/b"], []) }
    #expect(fault?.description.contains("Tests/Chain/run.sh") == true)
  }
}
