import BinanceConnector
import BingXConnector
import BybitConnector
import CoinbaseConnector
import ConnectorKit
import GateIOConnector
import HTXConnector
import KrakenConnector
import KuCoinConnector
import MEXCConnector
import NDAXConnector
import OKXConnector

/// The exchanges of this tree, each with one instrument of bitcoin: prices of one or two places, a whole book of a bid
/// at 100 and an ask at 101.
extension Exchange {
  static let all = [
    binance, binancePerpetual, kraken, krakenV1, okx, okxPerpetual, bybit, bybitPerpetual, kucoin, kucoinPerpetual,
    gate, gatePerpetual, htx, htxPerpetual, coinbase, mexc, bingX, bingXPerpetual, ndax, derive, derivePerpetual,
    bitget, bitgetPerpetual, bitfinex, cryptoCom, hitBTC, btcMarkets, bitrue, bitstamp, phemexPerpetual, bitMEX,
    bitMEXPerpetual, foxbit, wazirX, ascendEX, ftx, proBit,
    coinflex, coinflexPerpetual, hotbit, coinzoom,
    bitMEXPerpetual, foxbit, wazirX, ascendEX, ftx, proBit, altMarkets,
    eve,
    bitMEXPerpetual, foxbit, wazirX, ascendEX, ftx, proBit, hashKey, hashKeyPerpetual,
    bitMEXPerpetual, foxbit, wazirX, ascendEX, ftx, proBit, digiFinex,
    bitMart,
    bitMEXPerpetual, foxbit, wazirX, ascendEX, ftx, proBit, dydxPerpetual,
    eve, liquid,
    beaxy,
  ]

  /// Those that take orders: of some an account is only read.
  static let trading = all.filter { !["dydx_perpetual"].contains($0.id) }

  /// A best price that the message leaves out, or a JSON member.
  static func members(_ pairs: KeyValuePairs<String, String>, quoted: Bool = true) -> String {
    pairs.filter { !$0.value.isEmpty }.map { name, value in
      let text = quoted && value != "null" ? "\"\(value)\"" : value
      return "\"\(name)\":\(text)"
    }.joined(separator: ",")
  }

  // MARK: Binance

  private static func binanceFilters(tick: String, lot: String) -> String {
    #""filters":[{"filterType":"PRICE_FILTER","minPrice":"\#(tick)","maxPrice":"1000000","tickSize":"\#(tick)"},"#
      + #"{"filterType":"LOT_SIZE","minQty":"\#(lot)","maxQty":"9000","stepSize":"\#(lot)"}]"#
  }

  private static let binanceBook =
    #"{"lastUpdateId":100,"E":1,"T":1,"bids":[["100.00","{bid}"]],"asks":[["101.00","2"]]}"#

  private static func binanceTicker(_ bid: String, _ bidSize: String, _ ask: String, _ askSize: String) -> Message {
    let sides = members(["b": bid, "B": bidSize, "a": ask, "A": askSize])
    return .text(#"{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":4,"s":"BTCUSDT",\#(sides)}}"#)
  }

  private static let binanceExpired = (
    status: 400, body: #"{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}"#
  )

  static let binance = Exchange(
    id: "binance", type: BinanceSpot.self,
    answers: [
      (
        "/exchangeInfo",
        #"{"rateLimits":[],"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","#
          + #""orderTypes":["LIMIT"],"isSpotTradingAllowed":true,\#(binanceFilters(tick: "0.01", lot: "0.001"))}]}"#
      ),
      ("/depth?", binanceBook), ("SUBSCRIBE", #"{"result":null,"id":{id}}"#),
    ],
    change: { number, quantity in
      .text(
        #"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000123,"s":"BTCUSDT","#
          + #""U":\#(100 + number),"u":\#(100 + number),"b":[["100.00","\#(quantity)"]],"a":[]}}"#)
    },
    balances: (
      "/api/v3/account?",
      #"{"updateTime":1,"balances":[{"asset":"BTC","free":"{sum}","locked":"0"},{"asset":"USDT","free":"1","#
        + #""locked":"0"}]}"#
    ),
    expired: binanceExpired, ticker: binanceTicker)

  static let binancePerpetual = Exchange(
    id: "binance_perpetual", type: BinancePerpetual.self,
    answers: [
      (
        "/exchangeInfo",
        #"{"rateLimits":[],"symbols":[{"symbol":"BTCUSDT","pair":"BTCUSDT","contractType":"PERPETUAL","#
          + #""status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","marginAsset":"USDT","pricePrecision":2,"#
          + #""quantityPrecision":3,"orderTypes":["LIMIT"],\#(binanceFilters(tick: "0.01", lot: "0.001"))}]}"#
      ),
      ("/depth?", binanceBook), ("SUBSCRIBE", #"{"result":null,"id":{id}}"#),
    ],
    change: { number, quantity in
      .text(
        #"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000123,"T":1,"s":"BTCUSDT","#
          + #""U":\#(99 + number),"u":\#(100 + number),"pu":\#(99 + number),"b":[["100.00","\#(quantity)"]],"a":[]}}"#)
    },
    balances: (
      "/account?",
      #"{"assets":[{"asset":"BTC","walletBalance":"{sum}","availableBalance":"{sum}","updateTime":1},"#
        + #"{"asset":"USDT","walletBalance":"1","availableBalance":"1","updateTime":1}]}"#
    ),
    expired: binanceExpired, ticker: binanceTicker)

  // MARK: Kraken

  private static let krakenPairs = (
    "/AssetPairs",
    #"{"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD","#
      + #""pair_decimals":1,"lot_decimals":8,"lot_multiplier":1,"fees":[[0,0.40]],"ordermin":"0.00005","#
      + #""costmin":"0.5","tick_size":"0.1","status":"online"}}}"#
  )

  private static let krakenBalances = (
    part: "/BalanceEx",
    body: #"{"error":[],"result":{"XXBT":{"balance":"{sum}","hold_trade":"0"},"#
      + #""ZUSD":{"balance":"1","hold_trade":"0"}}}"#
  )
  private static let krakenExpired = (status: 200, body: #"{"error":["EAPI:Invalid nonce"]}"#)

  /// The checksums of the whole book, and of it after its bid has become half a bitcoin.
  static let kraken = Exchange(
    id: "kraken", type: KrakenSpot.self, answers: [krakenPairs],
    snapshot: [
      .text(
        #"{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":100.0,"qty":{bid}}],"#
          + #""asks":[{"price":101.0,"qty":2.0}],"checksum":\#(checksum("1010200000000" + "1000100000000"))}]}"#)
    ],
    bid: "1.0",
    change: { _, quantity in
      .text(
        #"{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":100.0,"qty":\#(quantity)}],"#
          + #""asks":[],"checksum":\#(checksum("1010200000000" + "100050000000")),"#
          + #""timestamp":"2023-10-06T17:35:55.440295Z"}]}"#)
    },
    balances: krakenBalances, expired: krakenExpired,
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["bid": bid, "bid_qty": bidSize, "ask": ask, "ask_qty": askSize], quoted: false)
      return .text(#"{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD",\#(sides)}]}"#)
    })

  static let krakenV1 = Exchange(
    id: "kraken v1", type: KrakenSpot.self, config: #"{"version":"v1"}"#, answers: [krakenPairs],
    snapshot: [
      .text(
        #"[336,{"as":[["101.00000","2.00000000","1534614248.1"]],"bs":[["100.00000","{bid}","1534614248.7"]]},"#
          + #""book-10","XBT/USD"]"#)
    ],
    bid: "1.00000000",
    change: { _, quantity in
      let text = quantity == "0.5" ? "0.50000000" : quantity
      return .text(
        #"[336,{"b":[["100.00000","\#(text)","1534614249.0"]],"#
          + #""c":"\#(checksum("10100000200000000" + "1000000050000000"))"},"book-10","XBT/USD"]"#)
    },
    balances: krakenBalances, expired: krakenExpired,
    ticker: { bid, bidSize, ask, askSize in
      func side(_ name: String, _ price: String, _ size: String) -> String {
        price.isEmpty ? "" : #""\#(name)":["\#(price)",1,"\#(size)"],"#
      }
      return .text(
        #"[340,{\#(side("a", ask, askSize))\#(side("b", bid, bidSize))"c":["100.00000","0.1"]},"ticker","XBT/USD"]"#)
    })

  /// CRC-32 one bit at a time.
  static func checksum(_ text: String) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in text.utf8 {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  // MARK: OKX and Bybit

  private static func okx(_ id: String, _ type: Connector.Type, _ name: String, _ rules: String) -> Exchange {
    @Sendable func book(_ action: String, _ number: Int, _ bids: String, _ asks: String) -> Message {
      .text(
        #"{"arg":{"channel":"books","instId":"\#(name)"},"action":"\#(action)","data":[{"asks":[\#(asks)],"#
          + #""bids":[\#(bids)],"ts":"1764288000000","checksum":0,"seqId":\#(number),"#
          + #""prevSeqId":\#(action == "snapshot" ? -1 : number - 1)}]}"#)
    }
    return Exchange(
      id: id, type: type, answers: [("/public/instruments", #"{"code":"0","msg":"","data":[{\#(rules)}]}"#)],
      snapshot: [book("snapshot", 10, #"["100","{bid}","0","1"]"#, #"["101","2","0","1"]"#)],
      change: { book("update", 10 + $0, #"["100","\#($1)","0","1"]"#, "") },
      balances: (
        "/account/balance",
        #"{"code":"0","data":[{"details":[{"ccy":"BTC","cashBal":"{sum}","availBal":"{sum}","eq":"{sum}","upl":"0","#
          + #""availEq":"{sum}","uTime":"1"},{"ccy":"USDT","cashBal":"1","availBal":"1","eq":"1","upl":"0","#
          + #""availEq":"1","uTime":"1"}]}]}"#
      ),
      expired: (401, #"{"code":"50102","msg":"Timestamp request expired"}"#),
      ticker: { bid, bidSize, ask, askSize in
        let sides = members(["bidPx": bid, "bidSz": bidSize, "askPx": ask, "askSz": askSize])
        return .text(
          #"{"arg":{"channel":"tickers","instId":"\#(name)"},"data":[{"instId":"\#(name)","last":"100",\#(sides)}]}"#)
      })
  }

  static let okx = okx(
    "okx", OKXSpot.self, "BTC-USDT",
    #""instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","tickSz":"0.1","lotSz":"0.00000001","#
      + #""minSz":"0.00001","maxLmtSz":"0","state":"live""#)

  static let okxPerpetual = okx(
    "okx_perpetual", OKXPerpetual.self, "BTC-USDT-SWAP",
    #""instType":"SWAP","instId":"BTC-USDT-SWAP","uly":"BTC-USDT","settleCcy":"USDT","ctVal":"0.01","ctMult":"1","#
      + #""ctValCcy":"BTC","ctType":"linear","tickSz":"0.1","lotSz":"0.01","minSz":"0.01","state":"live""#)

  private static func bybitBook(_ type: String, _ number: Int, depth: Int, _ bids: String, _ asks: String) -> Message {
    .text(
      #"{"topic":"orderbook.\#(depth).BTCUSDT","ts":1672304484978,"type":"\#(type)","data":{"s":"BTCUSDT","#
        + #""b":[\#(bids)],"a":[\#(asks)],"u":\#(number),"seq":7961638724},"cts":1672304484976}"#)
  }

  private static func bybit(
    _ id: String, _ type: Connector.Type, _ rules: String,
    ticker: @escaping @Sendable (String, String, String, String) -> Message
  ) -> Exchange {
    Exchange(
      id: id, type: type,
      answers: [
        ("/instruments-info", #"{"retCode":0,"result":{"category":"x","nextPageCursor":"","list":[{\#(rules)}]}}"#)
      ],
      snapshot: [bybitBook("snapshot", 10, depth: 1000, #"["100","{bid}"]"#, #"["101","2"]"#)],
      change: { bybitBook("delta", 10 + $0, depth: 1000, #"["100","\#($1)"]"#, "") },
      balances: (
        "/account/wallet-balance",
        #"{"retCode":0,"result":{"list":[{"accountType":"UNIFIED","coin":[{"coin":"BTC","walletBalance":"{sum}","#
          + #""locked":"0"},{"coin":"USDT","walletBalance":"1","locked":"0"}]}]}}"#
      ),
      expired: (200, #"{"retCode":10002,"retMsg":"invalid request, please check your server timestamp","result":{}}"#),
      ticker: ticker)
  }

  static let bybit = bybit(
    "bybit", BybitSpot.self,
    #""symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","status":"Trading","lotSizeFilter":{"basePrecision":"#
      + #""0.000001","minOrderQty":"0.000048","maxOrderQty":"71.7"},"priceFilter":{"tickSize":"0.1"}"#
  ) { bid, bidSize, ask, askSize in
    bybitBook(
      "snapshot", 7, depth: 1, bid.isEmpty ? "" : #"["\#(bid)","\#(bidSize)"]"#,
      ask.isEmpty ? "" : #"["\#(ask)","\#(askSize)"]"#)
  }

  static let bybitPerpetual = bybit(
    "bybit_perpetual", BybitPerpetual.self,
    #""symbol":"BTCUSDT","contractType":"LinearPerpetual","status":"Trading","baseCoin":"BTC","quoteCoin":"USDT","#
      + #""settleCoin":"USDT","priceFilter":{"tickSize":"0.1"},"lotSizeFilter":{"maxOrderQty":"100","#
      + #""minOrderQty":"0.001","qtyStep":"0.001"}"#
  ) { bid, bidSize, ask, askSize in
    let sides = members(["bid1Price": bid, "bid1Size": bidSize, "ask1Price": ask, "ask1Size": askSize])
    return .text(
      #"{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","lastPrice":"100",\#(sides)},"ts":5}"#)
  }
}
