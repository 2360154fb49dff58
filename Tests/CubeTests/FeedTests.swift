import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import CubeConnector

/// A message of Protocol Buffers.
struct Proto {
  var bytes: [UInt8] = []

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 127 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  func number(_ field: Int, _ value: UInt64) -> Proto {
    var copy = self
    copy.varint(UInt64(field) << 3)
    copy.varint(value)
    return copy
  }

  func message(_ field: Int, _ value: Proto) -> Proto {
    var copy = self
    copy.varint(UInt64(field) << 3 | 2)
    copy.varint(UInt64(value.bytes.count))
    copy.bytes += value.bytes
    return copy
  }
}

/// A connector with one market: SOL for USDC, with prices and quantities of two decimals.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(CubeSpot.self)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  #expect(request.url == "https://api.cube.exchange/ir/v0/markets")
  harness.sent(request.id)
  #expect(harness.reply(request.id, markets) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.map(\.symbol) == ["100006", "100007"])
  return harness
}

private let markets = """
  {"result":{"assets":[{"assetId":5,"symbol":"SOL","decimals":9},{"assetId":7,"symbol":"USDC","decimals":6},\
  {"assetId":9,"symbol":"ODD","decimals":2}],"markets":[\
  {"marketId":100006,"symbol":"SOLUSDC","baseAssetId":5,"baseLotSize":"10000000","quoteAssetId":7,\
  "quoteLotSize":"100","status":1},{"marketId":100001,"symbol":"SOLUSDC","baseAssetId":5,"baseLotSize":"1",\
  "quoteAssetId":7,"quoteLotSize":"1","status":3},{"marketId":100007,"symbol":"ODDUSDC","baseAssetId":9,\
  "baseLotSize":"25","quoteAssetId":7,"quoteLotSize":"100","status":1}]}}
  """

func level(_ price: UInt64, _ quantity: UInt64, isAsk: Bool = false, op: UInt64? = nil) -> Proto {
  let level = Proto().number(1, price).number(2, quantity).number(3, isAsk ? 1 : 0)
  return op.map { level.number(4, $0) } ?? level
}

/// `MdMessages` with one message of market 100006.
func push(_ field: Int, _ data: Proto) -> [UInt8] {
  Proto().message(1, Proto().message(field, data).number(9, 100_006)).bytes
}

@Suite struct FeedTests {
  private func snapshot(_ chunk: UInt64, of count: UInt64, _ levels: Proto...) -> [UInt8] {
    push(6, levels.reduce(Proto()) { $0.message(1, $1) }.number(2, chunk).number(3, count))
  }

  @Test func lotsThatAreNoPowersOfTenAreNotTraded() throws {
    let harness = try ready()
    #expect(harness.instruments.map(\.fields.state) == [
      InstrumentState.trading.rawValue, InstrumentState.unusable.rawValue,
    ])
    #expect(harness.instruments[0].base == "SOL" && harness.instruments[0].fields.tick.value?.plain == "0.01")
  }

  @Test func aMarketHasASocketOfItsOwnThatIsConfigured() throws {
    let harness = try ready()
    harness.forget()
    _ = try harness.subscribed([.book, .trades])
    #expect(harness.opens.map(\.url) == ["wss://api.cube.exchange/md/book/100006?mbp=true&trades=true"])
    let frame = try #require(harness.all(PB_OUT_REQUEST, pb_out_request.self).first { $0.fields.stream != 0 })
    #expect(frame.fields.opcode == UInt32(PB_OPCODE_BINARY))
    #expect(Array(try #require(harness.requests.last).body.utf8) == [0x12, 4, 8, 1, 0x18, 1])
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.book.rawValue) }
    #expect(Array(try #require(harness.requests.last).body.utf8) == [0x12, 2, 0x18, 1])
  }

  @Test func aBookComesInPieces() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, snapshot(0, of: 2, level(1000, 5), level(1001, 7, isAsk: true)), isBinary: true)
    #expect(harness.books.isEmpty)
    harness.frame(stream, snapshot(1, of: 2, level(999, 3)), isBinary: true)
    #expect(harness.books.map(\.isSnapshot) == [true])
    #expect(harness.books[0].bids == [[1000, 5], [999, 3]] && harness.books[0].asks == [[1001, 7]])
    harness.frame(
      stream,
      push(7, Proto().message(1, level(1000, 5, op: 1)).message(1, level(1002, 4, isAsk: true, op: 0)).number(2, 1)),
      isBinary: true)
    #expect(harness.books[1].bids == [[1000, 0]] && harness.books[1].asks == [[1002, 4]])
    #expect(harness.gaps.isEmpty && harness.faults.isEmpty)
  }

  /// A piece that is missing, or is not the next one, makes no book.
  @Test func aPieceThatIsMissingLosesTheBook() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, snapshot(0, of: 3, level(1000, 5)), isBinary: true)
    #expect(harness.frame(stream, snapshot(2, of: 3, level(999, 3)), isBinary: true) == .parse)
    #expect(harness.books.isEmpty && harness.gaps.map(\.reason) == [.malformed])
  }

  @Test(arguments: [UInt64(1) << 63, .max]) func aLevelThatDoesNotFitIsNamed(quantity: UInt64) throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, snapshot(0, of: 1, level(1000, 5), level(1001, 7, isAsk: true)), isBinary: true)
    #expect(harness.frame(stream, push(7, Proto().message(1, level(999, quantity, op: 2))), isBinary: true) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
    #expect(harness.logs.contains { $0.hasPrefix("100006: a level's quantity of \(quantity) does not fit") })
  }

  @Test(arguments: [(0, .buy), (1, .sell), (2, .buy), (3, .sell)] as [(UInt64, Side)])
  func aTradeSaysWhoTookIt(side: UInt64, taker: Side) throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    let trade = Proto().number(1, 97).number(2, 1000).number(3, side).number(5, 3).number(6, 1_764_288_000_300_000_000)
    harness.frame(stream, push(3, Proto().message(1, trade)), isBinary: true)
    #expect(harness.trades.map(\.id) == ["97"] && harness.trades.map(\.taker) == [taker])
    #expect(harness.trades.map(\.price) == [1000] && harness.trades.map(\.quantity) == [3])
  }

  @Test func aMarketThatTakesCancelsAloneIsHalted() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.forget()
    harness.frame(stream, push(10, Proto().number(1, 5).number(2, 2)), isBinary: true)
    #expect(harness.instruments.map(\.fields.state) == [InstrumentState.halted.rawValue])
  }
}
