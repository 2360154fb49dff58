import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

/// Candles out of each exchange's history, in the exchange's own writing: of one that opens at 100, rises to 110, falls
/// to 90 and closes at 105, with a volume of 7.
@Suite struct CandleTests {
  private static let arrays = #"[[{ms},"100","110","90","105","7",{end},"700",3,"0","0","0"]]"#
  private static let data = #"{"code":0,"data":"#
  private static let bodies: [String: String] = [
    "binance": arrays, "binance_perpetual": arrays, "mexc": arrays, "bing_x": data + arrays + "}",
    "bing_x_perpetual": data
      + #"[{"open":"100","close":"105","high":"110","low":"90","volume":"7","time":{ms}}]}"#,
    "okx": #"{"code":"0","msg":"","data":[["{ms}","100","110","90","105","7","700","700","1"]]}"#,
    "okx_perpetual": #"{"code":"0","msg":"","data":[["{ms}","100","110","90","105","700","7","700","1"]]}"#,
    "bybit": #"{"retCode":0,"result":{"list":[["{ms}","100","110","90","105","7","700"]]}}"#,
    "bybit_perpetual": #"{"retCode":0,"result":{"list":[["{ms}","100","110","90","105","7","700"]]}}"#,
    "coinbase": #"{"candles":[{"start":"{s}","low":"90","high":"110","open":"100","close":"105","volume":"7"}]}"#,
    "kucoin": #"{"code":"200000","data":[["{s}","100","105","110","90","7","700"]]}"#,
    "gate_io": #"[["{s}","700","105","110","90","100","7","true"]]"#,
    "gate_io_perpetual": #"[{"t":{s},"v":7,"c":"105","h":"110","l":"90","o":"100","sum":"700"}]"#,
    "kucoin_perpetual": #"{"code":"200000","data":[[{ms},100,110,90,105,7,700]]}"#,
    "htx": """
    {"status":"ok","data":[{"id":{s},"open":100,"close":105,"low":90,"high":110,"amount":7,"vol":700,"count":3}]}
    """,
    "htx_perpetual": """
    {"status":"ok","data":[{"id":{s},"vol":14,"count":3,"open":100,"close":105,"low":90,"high":110,"amount":7,\
    "trade_turnover":700}],"ts":1}
    """,
    "kraken": #"{"error":[],"result":{"last":{s},"XXBTZUSD":[[{s},"100","110","90","105","101","7",3]]}}"#,
    "kraken v1": #"{"error":[],"result":{"XXBTZUSD":[[{s},"100","110","90","105","101","7",3]],"last":{s}}}"#,
    "ndax": "[[{ms},110,90,100,105,7,104,106,1]]", "eve": "[[{ms},110,90,100,105,7,104,106,1]]",
    "derive": derive, "derive_perpetual": derive,
    "hitbtc": """
    [{"timestamp":"{iso}","open":"100","close":"105","min":"90","max":"110","volume":"7","volume_quote":"700"}]
    """,
    "crypto_com": #"{"code":0,"result":{"data":[{"o":"100","h":"110","l":"90","c":"105","v":"7","t":{ms}}]}}"#,
    "bitfinex": "[[{ms},100,105,110,90,7]]",
    "bitrue": #"{"data":[{"i":{s},"a":"700","v":"7","c":"105","h":"110","l":"90","o":"100"}]}"#,
    "btc_markets": #"[["{iso}","100","110","90","105","7"]]"#,
    "bitstamp": """
    {"data":{"pair":"BTC/USD","ohlc":[{"timestamp":"{s}","open":"100","close":"105","low":"90","high":"110",\
    "volume":"7"}]}}
    """,
    "phemex_perpetual": #"{"code":0,"data":{"rows":[[{s},60,"100","100","110","90","105","7","700"]]}}"#,
    "bitget": bitget, "bitget_perpetual": bitget, "bitmex": bitMEX, "bitmex_perpetual": bitMEX,
    "wazirx": #"[[{s},"100","110","90","105","7"]]"#,
    "hashkey": arrays, "hashkey_perpetual": arrays,
    "bitmart": #"{"code":1000,"message":"success","data":[["{s}","100","110","90","105","7","700"]]}"#,
    "digifinex": #"{"data":[[{s},7,105,110,90,100]],"code":0}"#,
    "dydx_perpetual": """
    {"candles":[{"startedAt":"{iso}","low":"90","high":"110","open":"100","close":"105","baseTokenVolume":"7",\
    "usdVolume":"700","trades":3}]}
    """,
    "foxbit": #"[["{ms}","100","110","90","105","{ms}","7","700",3]]"#,
  ]
  private static let bitget = #"{"code":"00000","data":[["{ms}","100","110","90","105","7","700","700"]]}"#
  /// Named by when it ends.
  private static let bitMEX = """
    [{"timestamp":"{isoEnd}","symbol":"XBTUSDT","open":100,"high":110,"low":90,"close":105,"trades":3,"volume":7}]
    """
  private static let derive = """
    {"id":"1","result":[{"timestamp":{s}7,"timestamp_bucket":{s},"open_price":"100","high_price":"110",\
    "low_price":"90","close_price":"105","volume_contracts":"7","volume_usd":"700"}]}
    """

  /// One that is not there offers none, and says so.
  @Test(arguments: Exchange.all.filter { bodies[$0.id] == nil })
  func everyExchangeIsThere(exchange: Exchange) throws {
    let harness = try World(exchange).harness
    let status = harness.send(Verb.candles.rawValue) { ($0.instrument, $0.interval_ns) = (1, 60_000_000_000) }
    #expect(status == .unsupported, "\(exchange.id)")
  }

  @Test(arguments: Exchange.all.filter { bodies[$0.id] != nil })
  func aCandleIsReadAsTheExchangeWritesIt(exchange: Exchange) throws {
    let body = try #require(Self.bodies[exchange.id])
    let world = try World(exchange)
    let harness = world.harness
    let minute: Int64 = 60_000_000_000
    let start = (harness.epoch + harness.now) / minute * minute - 10 * minute
    let command = harness.command(.candles) {
      ($0.instrument, $0.interval_ns, $0.since_ns, $0.until_ns) = (1, minute, start, start + 2 * minute)
    }
    let request = try #require(harness.requests.last, "\(exchange.id): \(harness.replies)")
    #expect(request.account == 0 && harness.requests.count == 1 && request.deadline > 0)
    let seconds = start / 1_000_000_000
    let text = body.replacing("{ms}", with: "\(seconds)000").replacing("{s}", with: "\(seconds)")
      .replacing("{end}", with: "\(seconds + 59)999").replacing("{iso}", with: RFC3339.text(start))
      .replacing("{isoEnd}", with: RFC3339.text(start + minute))
    harness.reply(request.id, text)
    #expect(harness.faults.isEmpty && harness.replies(command).first?.outcome == .done, "\(harness.replies)")
    let candle = try #require(harness.candles.first, "\(exchange.id) \(request.url): \(harness.logs)")
    #expect(harness.candles.count == 1 && candle.open_ns == start && candle.interval_ns == minute)
    #expect(candle.flags & UInt32(PB_CANDLE_CLOSED) != 0 && candle.command == command)
    #expect(candle.open > 0 && candle.high * 100 == candle.open * 110 && candle.low * 100 == candle.open * 90)
    #expect(candle.close * 100 == candle.open * 105)
    #expect(candle.base_volume.mantissa % 7 == 0 && candle.base_volume.mantissa > 0)
    harness.command(.candles) { ($0.instrument, $0.interval_ns, $0.since_ns) = (1, 7 * minute, start) }
    #expect(harness.replies.last?.failure == .unsupported, "there are none of seven minutes")
  }
}
