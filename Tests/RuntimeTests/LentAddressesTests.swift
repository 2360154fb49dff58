import Catalog
import JSONTree
import Testing

@testable import Runtime

@Suite struct LentAddressesTests {
  private func lent(_ text: String, _ problems: inout [Problem]) throws -> LentAddresses {
    LentAddresses(try JSONDocument.parse(bytes: Array(text.utf8)), &problems, file: "certification.json")
  }

  @Test func anAnswerIsMadeOfARecordedSocketsOwnAddress() throws {
    var problems: [Problem] = []
    let lent = try lent(#"[{"path": "/token", "body": {"endpoint": "{}", "token": "t"}}]"#, &problems)
    #expect(problems.isEmpty)
    let sockets = ["wss://a.example/endpoint?token=T", "wss://b.example/"]
    func endpoint(_ path: String, asked: Int, _ sockets: [String]) throws -> String? {
      try lent.body(path: path, asked: asked, sockets: sockets)
        .map { try JSONDocument.parse(bytes: $0)["endpoint"]?.string ?? "" }
    }
    #expect(try endpoint("/token", asked: 0, sockets) == "wss://a.example/endpoint", "without its query")
    #expect(try endpoint("/token", asked: 1, sockets) == "wss://b.example/")
    #expect(try endpoint("/token", asked: 7, sockets) == "wss://b.example/")
    #expect(try endpoint("/book", asked: 0, sockets) == nil && endpoint("/token", asked: 0, []) == nil)
  }

  @Test(arguments: [#"[{"path": "/token", "body": {"bids": []}}]"#, #"[{"body": {"endpoint": "{}"}}]"#])
  func anAnswerWithoutAnAddressIsAMistake(_ text: String) throws {
    var problems: [Problem] = []
    _ = try lent(text, &problems)
    #expect(problems.map(\.field) == ["addresses[0]"])
  }
}
