import Catalog
import Testing

@testable import Runtime

/// What recorded frames subscribe to.
struct TopicReaderTests {
  private func reader(_ members: Set<String> = ["InstrumentId"]) -> TopicReader {
    TopicReader(
      symbols: NameIndex(["1", "2"]), aliases: ["subscribelevel2": .book, "subscribetrades": .trades],
      symbolMembers: members)
  }

  /// A procedure's payload is JSON as a text, its symbol a number among others.
  @Test func aNumberIsASymbolWhereTheManifestSaysSo() {
    let frame = Array(#"{"m":0,"i":2,"n":"SubscribeLevel2","o":"{\"OMSId\":1,\"InstrumentId\":2,\"Depth\":200}"}"#.utf8)
    #expect(reader().topics(frame: frame) == [Topic(symbol: "2", channel: .book)])
    #expect(reader([]).topics(frame: frame).isEmpty)
    #expect(reader().topics(frame: Array(#"{"n":"SubscribeTrades","o":{"InstrumentId":1}}"#.utf8))
      == [Topic(symbol: "1", channel: .trades)])
  }
}
