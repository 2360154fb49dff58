import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import AltMarketsConnector

/// What is odd about Peatio, by the connector to AltMarkets.
@Suite struct FeedTests {
  private func ready(trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(AltMarketsSpot.self)
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"id":"btcusdt","name":"BTC/USDT","base_unit":"btc","quote_unit":"usdt","min_price":"0.01","max_price":"0.0",
      "min_amount":"0.0001","amount_precision":4,"price_precision":2,"state":"enabled"}]
      """)
    return harness
  }

  /// A book of one bid and one ask.
  private func booked(_ number: String = "") throws -> (ConnectorHarness, pb_id) {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(
      stream, #"{"btcusdt.ob-snap":{"asks":[["101.00","2"]],"bids":[["100.00","1"]]\#(number)}}"#)
    #expect(harness.books.map(\.isSnapshot) == [true], "\(harness.logs)")
    return (harness, stream)
  }

  @Test func assetsAreCapitalsAndNoGreatestPriceIsZero() throws {
    let instrument = try #require(try ready().instruments.first)
    #expect(instrument.symbol == "btcusdt" && instrument.base == "BTC" && instrument.quote == "USDT")
    #expect(instrument.fields.price_exp == -2 && instrument.fields.tick.value?.plain == "0.01")
    #expect(instrument.fields.max_price.value == nil)
  }

  /// A change is one level or a list of them; what it takes away has no quantity, an empty one or zero.
  @Test func changesAreWrittenInFourWays() throws {
    let (harness, stream) = try booked()
    for change in [
      #""asks":["101.00","3"]"#, #""asks":[["101.00",""]]"#, #""bids":["100.00"]"#,
      #""bids":[[100.5,0.25],["100.00","0.0"]],"asks":[]"#,
    ] { harness.frame(stream, "{\"btcusdt.ob-inc\":{\(change)}}") }
    let updates = harness.books.dropFirst()
    #expect(updates.map(\.asks) == [[[10100, 30000]], [[10100, 0]], [], []])
    #expect(updates.map(\.bids) == [[], [], [[10000, 0]], [[10050, 2500], [10000, 0]]])
    #expect(harness.gaps.isEmpty)
  }

  /// The engine numbers its messages in later versions: a number that is missing loses the book.
  @Test func aNumberThatIsMissingLosesTheBook() throws {
    let (harness, stream) = try booked(#","sequence":7"#)
    func change(_ number: Int) {
      harness.frame(stream, #"{"btcusdt.ob-inc":{"bids":["100.00","2"],"sequence":\#(number)}}"#)
    }
    change(8)
    change(8)
    #expect(harness.books.count == 2 && harness.gaps.isEmpty)
    change(10)
    #expect(harness.books.count == 2 && harness.gaps.map(\.reason) == [.sequence])
  }

  /// An answer lists all that the connection carries; an error names nothing.
  @Test func answersListWhatIsCarried() throws {
    let harness = try ready()
    let command = harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels.trades.rawValue
    }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let request = try #require(harness.requests.last)
    #expect(request.body == #"{"event":"subscribe","streams":["btcusdt.trades"]}"#)
    harness.sent(request.id)
    harness.frame(stream, #"{"success":{"message":"subscribed","streams":["ethusdt.trades"]}}"#)
    #expect(harness.replies(command).isEmpty)
    harness.frame(stream, #"{"success":{"message":"subscribed","streams":["ethusdt.trades","btcusdt.trades"]}}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    harness.frame(
      stream,
      """
      {"btcusdt.trades":{"trades":[{"tid":9,"taker_type":"sell","date":1586958619,"price":"51.0","amount":"0.02"}]}}
      """)
    #expect(harness.trades.map(\.time) == [1_586_958_619_000_000_000])
  }

  /// The handshake is signed as requests are, and each channel is subscribed to and answered.
  @Test func theAccountsStreamIsSignedInItsHandshake() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let open = try #require(harness.opens.last, "\(harness.logs)")
    #expect(open.url == "wss://v2.altmarkets.io/api/v2/ranger/private" && open.permission == "private_stream")
    #expect(open.headers.map { $0.prefix { $0 != ":" } } == ["X-Auth-Apikey", "X-Auth-Nonce", "X-Auth-Signature"])
    harness.opened(open.stream)
    let sent = harness.requests.suffix(3)
    #expect(sent.map(\.body) == ["balance", "order", "trade"].map { #"{"event":"subscribe","streams":["\#($0)"]}"# })
    for request in sent { harness.sent(request.id) }
    harness.frame(open.stream, #"{"success":{"message":"subscribed","streams":["balance","order"]}}"#)
    #expect(harness.states.last?.state != .live)
    harness.frame(open.stream, #"{"success":{"message":"subscribed","streams":["balance","order","trade"]}}"#)
    #expect(harness.states.last?.state == .live)
    harness.frame(
      open.stream,
      """
      {"trade":{"id":3,"price":"100.5","amount":"0.4","total":"40.2","market":"btcusdt","side":"buy",
      "taker_type":"sell","created_at":1764288000,"order_id":77}}
      """)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.fields.liquidity == UInt32(PB_LIQUIDITY_MAKER))
  }

  /// The exchange knows orders by its own ids alone: one that is known by the client's is looked up.
  @Test func anOrderIsLookedUpBeforeItIsCancelled() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    harness.command(.cancel, client: "a1") { ($0.instrument, $0.account) = (1, 7) }
    let look = try #require(harness.requests.last { $0.stream == 0 })
    #expect(look.url == "https://v2.altmarkets.io/api/v2/peatio/market/orders?market=btcusdt&state=wait", "\(look.url)")
    harness.reply(
      look.id,
      """
      [{"id":5,"client_id":"a1","market":"btcusdt","side":"buy","ord_type":"limit","price":"100.0","state":"wait",
      "origin_volume":"1.0","remaining_volume":"1.0","executed_volume":"0.0","created_at":"2020-03-12T17:01:56+01:00"}]
      """)
    let cancel = try #require(harness.requests.last { $0.stream == 0 })
    #expect(cancel.url == "https://v2.altmarkets.io/api/v2/peatio/market/orders/5/cancel" && cancel.body.isEmpty)
  }
}
