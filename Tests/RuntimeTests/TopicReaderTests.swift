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

  /// A channel's name may have the marks that part names from each other.
  @Test(arguments: [
    ("spot@public.aggre.depth.v3.api.pb@100ms@1", true), ("spot@public.aggre.deals.v3.api.pb@100ms@1", false),
    ("x.spot@public.aggre.depth.v3.api.pbs@1", false),
  ]) func aNameOfSeveralPartsIsFoundWhole(text: String, isKnown: Bool) {
    var reader = reader()
    reader.aliases = ["spot@public.aggre.depth.v3.api.pb": .book]
    let frame = Array(#"{"method":"SUBSCRIPTION","params":["\#(text)"]}"#.utf8)
    #expect(reader.topics(frame: frame) == (isKnown ? [Topic(symbol: "1", channel: .book)] : []))
    #expect(reader.unmapped(frame: frame).isEmpty == isKnown)
  }

  /// A channel and its market may be one word.
  @Test(arguments: [
    ("diff_order_book_btcusd", true), ("diff_order_book_xyz", false), ("my_order_book_btcusd", false),
    ("order_book_btcusd_500", true), ("order_book_btcusd_eur_500", false),
  ])
  func aNameMayStandInFrontOfItsSymbol(text: String, isKnown: Bool) {
    let reader = TopicReader(symbols: NameIndex(["btcusd"]), aliases: ["diff_order_book": .book, "order_book": .book])
    let frame = Array(#"{"event":"bts:subscribe","data":{"channel":"\#(text)"}}"#.utf8)
    #expect(reader.topics(frame: frame) == (isKnown ? [Topic(symbol: "btcusd", channel: .book)] : []))
  }

  /// A stream whose address names its market may name the channel in front of it.
  @Test(arguments: [
    ("wss://x.test/ws/book/BTCUSD@depth20", Channels.book), ("wss://x.test/ws/trades/BTCUSD", .trades),
    ("wss://x.test/ws/BTCUSD", []),
  ] as [(String, Channels)])
  func aPathNamesItsChannelInFrontOfItsSymbol(url: String, channel: Channels) {
    let reader = TopicReader(
      symbols: NameIndex(["BTCUSD"]), aliases: ["book": .book, "depth20": .book, "trades": .trades])
    #expect(reader.topics(url: url) == (channel.isEmpty ? [] : [Topic(symbol: "BTCUSD", channel: channel)]))
  }
}
