import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import KrakenConnector

/// A connector with the instruments of `assetPairs`: 1 is BTC/USD, 2 is DOGE/USD, 3 is ETH/BTC.
func ready(_ config: String = "{}", trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(KrakenSpot.self, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, assetPairs) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 3)
  harness.forget()
  return harness
}

let assetPairs = """
  {"error":[],"result":{
   "XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT\\/USD","aclass_base":"currency","base":"XXBT","aclass_quote":"currency",
    "quote":"ZUSD","cost_decimals":5,"pair_decimals":1,"lot_decimals":8,"lot_multiplier":1,"leverage_buy":[2,3],
    "fees":[[0,0.40],[10000,0.35]],"fees_maker":[[0,0.25],[10000,0.2]],"fee_volume_currency":"ZUSD",
    "ordermin":"0.00005",
    "costmin":"0.5","tick_size":"0.1","status":"online"},
   "XXBTZUSD.d":{"altname":"XBTUSD.d","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8,
   "lot_multiplier":1},
   "BROKEN":{"altname":"BROKEN","wsname":"BRO/KEN","base":"BRO","quote":"KEN","pair_decimals":"one"},
   "XDGUSD":{"altname":"XDGUSD","wsname":"XDG/USD","base":"XXDG","quote":"ZUSD","pair_decimals":7,"lot_decimals":8,
    "lot_multiplier":1,"fees":[[0,0.4]],"ordermin":"13","costmin":"0.5","tick_size":"0.0000001","status":"post_only"},
   "XETHXXBT":{"altname":"ETHXBT","wsname":"ETH/XBT","base":"XETH","quote":"XXBT","pair_decimals":5,"lot_decimals":8,
    "lot_multiplier":1,"fees":[[0,0.4]],"ordermin":"0.002","tick_size":"0.00001","status":"cancel_only"}}}
  """

/// Subscribes and lets the stream open; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ instrument: pb_id, _ channels: Channels,
  depth: UInt32 = 10) throws -> pb_id {
  harness.command(.subscribe) {
    $0.instrument = instrument
    $0.channel = channels.rawValue
    $0.depth = depth
  }
  let open = try #require(harness.opens.last)
  harness.opened(open.stream)
  return open.stream
}

/// A book as the venue keeps it, written for the tests alone: dictionaries and text, none of the connector's code.
struct VenueBook {
  let depth: Int
  let priceDecimals: Int
  var bids: [Int64: Int64] = [:]
  var asks: [Int64: Int64] = [:]

  init(depth: Int, priceDecimals: Int = 1) {
    self.depth = depth
    self.priceDecimals = priceDecimals
  }

  mutating func set(_ price: Int64, _ quantity: Int64, isBid: Bool) {
    if isBid { bids[price] = quantity == 0 ? nil : quantity } else { asks[price] = quantity == 0 ? nil : quantity }
  }

  mutating func trim() {
    for price in bids.keys.sorted(by: >).dropFirst(depth) { bids[price] = nil }
    for price in asks.keys.sorted(by: <).dropFirst(depth) { asks[price] = nil }
  }

  var sortedBids: [[Int64]] { bids.sorted { $0.key > $1.key }.map { [$0.key, $0.value] } }
  var sortedAsks: [[Int64]] { asks.sorted { $0.key < $1.key }.map { [$0.key, $0.value] } }

  var checksum: UInt32 {
    let levels = sortedAsks.prefix(10) + sortedBids.prefix(10)
    return slowCRC(levels.map { "\($0[0])\($0[1])" }.joined())
  }

  static func text(_ value: Int64, _ decimals: Int) -> String {
    var digits = String(value)
    while digits.utf8.count <= decimals { digits = "0" + digits }
    return "\(digits.dropLast(decimals)).\(digits.suffix(decimals))"
  }

  /// Version 2, its numbers without trailing zeros, as JSON writers leave them.
  func levelsV2(_ levels: [[Int64]]) -> String {
    "["
      + levels.map { level in
        "{\"price\":\(VenueBook.text(level[0], priceDecimals)),\"qty\":\(shortened(VenueBook.text(level[1], 8)))}"
      }.joined(separator: ",") + "]"
  }

  private func shortened(_ text: String) -> String {
    var text = text
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? text + "0" : text
  }

  func snapshotV2(_ symbol: String, checksum: UInt32? = nil) -> String {
    """
    {"channel":"book","type":"snapshot","data":[{"symbol":"\(symbol)","bids":\(levelsV2(sortedBids)),\
    "asks":\(levelsV2(sortedAsks)),"checksum":\(checksum ?? self.checksum)}]}
    """
  }

  func updateV2(_ symbol: String, bids: [[Int64]], asks: [[Int64]]) -> String {
    """
    {"channel":"book","type":"update","data":[{"symbol":"\(symbol)","bids":\(levelsV2(bids)),"asks":\(levelsV2(asks)),\
    "checksum":\(checksum),"timestamp":"2023-10-06T17:35:55.440295Z"}]}
    """
  }
}

/// CRC-32 one bit at a time.
func slowCRC(_ text: String) -> UInt32 {
  var crc: UInt32 = 0xFFFF_FFFF
  for byte in text.utf8 {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
  }
  return ~crc
}

/// What a host would have built from the emitted facts; nil while the book is not ready.
struct HostBook {
  private(set) var book: VenueBook?

  mutating func apply(_ harness: ConnectorHarness, _ instrument: pb_id = 1) {
    for record in harness.emitted {
      if record.kind == PB_EV_GAP, record.fields(pb_gap.self).instrument == instrument { book = nil }
      guard record.kind == PB_EV_BOOK else { continue }
      let fields = record.fields(pb_book.self)
      guard fields.instrument == instrument else { continue }
      if fields.snapshot == 1 { book = VenueBook(depth: Int(fields.depth)) }
      for level in record.levels(fields.bids) { book?.set(level[0], level[1], isBid: true) }
      for level in record.levels(fields.asks) { book?.set(level[0], level[1], isBid: false) }
      book?.trim()
    }
    harness.forget()
  }
}

extension VenueBook: Equatable {
  static func == (left: VenueBook, right: VenueBook) -> Bool { left.bids == right.bids && left.asks == right.asks }
}
