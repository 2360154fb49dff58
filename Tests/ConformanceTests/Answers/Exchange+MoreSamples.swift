import BingXConnector
import CPatchbay
import CoinbaseConnector
import ConnectorKit
import GateIOConnector
import HTXConnector
import KuCoinConnector
import MEXCConnector
import NDAXConnector

extension Exchange {
  // MARK: KuCoin

  private static let kucoinAddress = (
    "/bullet-public",
    #"{"code":"200000","data":{"token":"t","instanceServers":[{"endpoint":"wss://ws-api-spot.kucoin.com/","#
      + #""encrypt":true,"protocol":"websocket","pingInterval":18000,"pingTimeout":10000}]}}"#
  )
  private static let kucoinAck = (#""type":"subscribe""#, #"{"id":"{id}","type":"ack"}"#)

  static let kucoin = Exchange(
    id: "kucoin", type: KuCoinSpot.self,
    answers: [
      (
        "/api/v2/symbols",
        #"{"code":"200000","data":[{"symbol":"BTC-USDT","name":"BTC-USDT","baseCurrency":"BTC","quoteCurrency":"USDT","#
          + #""baseMinSize":"0.00001","baseIncrement":"0.0001","quoteIncrement":"0.000001","priceIncrement":"0.1","#
          + #""minFunds":"0.1","enableTrading":true}]}"#
      ),
      kucoinAddress, kucoinAck,
      (
        "/level2",
        #"{"code":"200000","data":{"time":1764288000000,"sequence":"100","bids":[["100","{bid}"]],"#
          + #""asks":[["101","2"]]}}"#
      ),
    ],
    greeting: #"{"id":"1","type":"welcome"}"#,
    change: { number, quantity in
      .text(
        #"{"data":{"changes":{"asks":[],"bids":[["100","\#(quantity)","\#(100 + number)"]]},"#
          + #""sequenceStart":\#(100 + number),"sequenceEnd":\#(100 + number),"symbol":"BTC-USDT","#
          + #""time":1764288000000},"subject":"trade.l2update","topic":"/market/level2:BTC-USDT","type":"message"}"#)
    },
    balances: (
      "/api/v1/accounts?",
      #"{"code":"200000","data":[{"currency":"BTC","type":"trade","balance":"{sum}","available":"{sum}","holds":"0"},"#
        + #"{"currency":"USDT","type":"trade","balance":"1","available":"1","holds":"0"}]}"#
    ),
    expired: (400, #"{"code":"400002","msg":"KC-API-TIMESTAMP Invalid"}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["bestBid": bid, "bestBidSize": bidSize, "bestAsk": ask, "bestAskSize": askSize])
      return .text(
        #"{"type":"message","topic":"/market/ticker:BTC-USDT","subject":"trade.ticker","data":{"sequence":"1","#
          + #""price":"100","size":"0.01",\#(sides)}}"#)
    })

  static let kucoinPerpetual = Exchange(
    id: "kucoin_perpetual", type: KuCoinPerpetual.self,
    answers: [
      (
        "/contracts/active",
        #"{"code":"200000","data":[{"symbol":"XBTUSDTM","rootSymbol":"USDT","type":"FFWCSX","baseCurrency":"XBT","#
          + #""quoteCurrency":"USDT","settleCurrency":"USDT","lotSize":1,"tickSize":0.1,"multiplier":0.001,"#
          + #""isInverse":false,"status":"Open"}]}"#
      ),
      kucoinAddress, kucoinAck,
      (
        "/level2/",
        #"{"code":"200000","data":{"symbol":"XBTUSDTM","sequence":100,"asks":[["101",2]],"bids":[["100",{bid}]],"#
          + #""ts":1764288000000000000}}"#
      ),
    ],
    greeting: #"{"id":"1","type":"welcome"}"#,
    change: { number, quantity in
      // Contracts are whole.
      .text(
        #"{"topic":"/contractMarket/level2:XBTUSDTM","type":"message","subject":"level2","sn":\#(100 + number),"#
          + #""data":{"sequence":\#(100 + number),"change":"100,buy,\#(quantity == "0.5" ? "5" : quantity)","#
          + #""timestamp":1764288000000}}"#)
    },
    balances: (
      "/account-overview",
      #"{"code":"200000","data":{"marginBalance":{sum},"availableBalance":{sum},"currency":"USDT"}}"#
    ),
    expired: (400, #"{"code":"400002","msg":"KC-API-TIMESTAMP Invalid"}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(
        ["bestBidPrice": bid, "bestBidSize": bidSize, "bestAskPrice": ask, "bestAskSize": askSize], quoted: true)
      return .text(
        #"{"topic":"/contractMarket/tickerV2:XBTUSDTM","type":"message","subject":"tickerV2","#
          + #""data":{"symbol":"XBTUSDTM",\#(sides),"ts":1764288000000000000}}"#)
    })

  // MARK: Gate

  private static func gateFrame(_ channel: String, _ result: String) -> Message {
    .text(#"{"time":1764288000,"time_ms":1764288000100,"channel":"\#(channel)","event":"update","result":\#(result)}"#)
  }

  private static func gateConfirmation(_ channel: String) -> (part: String, body: String) {
    (
      channel,
      #"{"time":1764288000,"time_ms":1764288000100,"id":{id},"conn_id":"a","channel":"\#(channel)","#
        + #""event":"subscribe","error":null,"result":{"status":"success"}}"#
    )
  }

  static let gate = Exchange(
    id: "gate_io", type: GateSpot.self,
    answers: [
      (
        "/spot/currency_pairs",
        #"[{"id":"BTC_USDT","base":"BTC","quote":"USDT","fee":"0.2","amount_precision":6,"precision":1,"#
          + #""trade_status":"tradable"}]"#
      ),
      gateConfirmation("spot.order_book_update"),
      ("/spot/order_book", #"{"id":100,"current":1,"update":1,"asks":[["101","2"]],"bids":[["100","{bid}"]]}"#),
    ],
    client: "t-a1",
    change: { number, quantity in
      gateFrame(
        "spot.order_book_update",
        #"{"t":1764288000050,"full":false,"l":"100","e":"depthUpdate","E":1764288000,"s":"BTC_USDT","#
          + #""U":\#(100 + number),"u":\#(100 + number),"b":[["100","\#(quantity)"]],"a":[]}"#)
    },
    balances: (
      "/spot/accounts",
      #"[{"currency":"BTC","available":"{sum}","locked":"0"},{"currency":"USDT","available":"1","locked":"0"}]"#
    ),
    expired: (403, #"{"label":"REQUEST_EXPIRED","message":"gap between Timestamp and server time exceeds 60"}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["highest_bid": bid, "highest_size": bidSize, "lowest_ask": ask, "lowest_size": askSize])
      return gateFrame("spot.tickers", #"{"currency_pair":"BTC_USDT","last":"100",\#(sides)}"#)
    })

  static let gatePerpetual = Exchange(
    id: "gate_io_perpetual", type: GatePerpetual.self,
    answers: [
      (
        "/futures/usdt/contracts",
        #"[{"name":"BTC_USDT","type":"direct","quanto_multiplier":"0.0001","order_price_round":"0.1","#
          + #""order_size_min":1,"order_size_max":1000000,"status":"trading","in_delisting":false}]"#
      ),
      gateConfirmation("futures.order_book_update"),
      (
        "/futures/usdt/order_book",
        #"{"id":100,"current":1,"update":1,"asks":[{"p":"101","s":2}],"bids":[{"p":"100","s":{bid}}]}"#
      ),
    ],
    client: "t-a1",
    change: { number, quantity in
      gateFrame(
        "futures.order_book_update",
        #"{"t":1764288000050,"s":"BTC_USDT","U":\#(100 + number),"u":\#(100 + number),"#
          + #""b":[{"p":"100","s":\#(quantity == "0.5" ? "5" : quantity)}],"a":[]}"#)
    },
    balances: (
      "/futures/usdt/accounts",
      #"{"user":1,"currency":"USDT","total":"{sum}","available":"{sum}","in_dual_mode":false}"#
    ),
    expired: (403, #"{"label":"REQUEST_EXPIRED","message":"gap between Timestamp and server time exceeds 60"}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["b": bid, "B": bidSize, "a": ask, "A": askSize])
      return gateFrame("futures.book_ticker", #"{"t":1764288000050,"s":"BTC_USDT","u":2,\#(sides)}"#)
    })

  // MARK: HTX, Coinbase and MEXC

  static let htx = Exchange(
    id: "htx", type: HTXSpot.self,
    answers: [
      (
        "/v1/settings/common/market-symbols",
        #"{"status":"ok","data":[{"symbol":"btcusdt","state":"online","bc":"btc","qc":"usdt","pp":2,"ap":6,"#
          + #""lomaxoa":1000,"minov":5,"at":"enabled"}],"ts":"1641880897191","full":1}"#
      ),
      (
        "/v1/account/accounts?",
        #"{"status":"ok","data":[{"id":1,"type":"spot","subtype":"","state":"working"}]}"#
      ),
      (
        #""req":"market"#,
        #"{"id":"{id}","rep":"market.btcusdt.mbp.150","status":"ok","ts":1,"data":{"seqNum":100,"bids":[[100,{bid}]],"#
          + #""asks":[[101,2]]}}"#
      ),
      (#""sub":"market"#, #"{"id":"{id}","status":"ok","subbed":"market.btcusdt.mbp.150","ts":1}"#),
    ],
    change: { number, quantity in
      .text(
        #"{"ch":"market.btcusdt.mbp.150","ts":1583472025885,"tick":{"seqNum":\#(100 + number),"#
          + #""prevSeqNum":\#(99 + number),"bids":[[100,\#(quantity)]],"asks":[]}}"#)
    },
    balances: (
      "/balance?",
      #"{"status":"ok","data":{"id":1,"type":"spot","state":"working","list":["#
        + #"{"currency":"btc","type":"trade","balance":"{sum}"},{"currency":"btc","type":"frozen","balance":"0"},"#
        + #"{"currency":"usdt","type":"trade","balance":"1"},{"currency":"usdt","type":"frozen","balance":"0"}]}}"#
    ),
    expired: (200, #"{"status":"error","err-code":"invalid-timestamp","err-msg":"timestamp","data":null}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["bid": bid, "bidSize": bidSize, "ask": ask, "askSize": askSize], quoted: false)
      return .text(#"{"ch":"market.btcusdt.ticker","ts":1630982370526,"tick":{"close":100,\#(sides)}}"#)
    })

  private static func coinbase(_ number: Int, _ channel: String, _ event: String) -> Message {
    .text(
      #"{"channel":"\#(channel)","client_id":"","timestamp":"2026-08-09T21:05:48.483587501Z","#
        + #""sequence_num":\#(number),"events":[\#(event)]}"#)
  }

  private static func coinbaseLevel(_ side: String, _ price: String, _ quantity: String) -> String {
    #"{"side":"\#(side)","event_time":"2026-08-09T21:05:48Z","price_level":"\#(price)","new_quantity":"\#(quantity)"}"#
  }

  static let coinbase = Exchange(
    id: "coinbase", type: CoinbaseSpot.self,
    answers: [
      (
        "/market/products",
        #"{"products":[{"product_id":"BTC-USD","base_currency_id":"BTC","quote_currency_id":"USD","#
          + #""product_type":"SPOT","price_increment":"0.01","quote_increment":"0.01","base_increment":"0.00000001","#
          + #""base_min_size":"0.00000001","base_max_size":"3400","quote_min_size":"1","status":"online"}],"#
          + #""num_products":1}"#
      )
    ],
    snapshot: [
      coinbase(
        0, "l2_data",
        #"{"type":"snapshot","product_id":"BTC-USD","updates":["#
          + "\(coinbaseLevel("bid", "100", "{bid}")),\(coinbaseLevel("offer", "101", "2"))]}")
    ],
    change: { number, quantity in
      coinbase(
        number, "l2_data",
        #"{"type":"update","product_id":"BTC-USD","updates":[\#(coinbaseLevel("bid", "100", quantity))]}"#)
    },
    algorithm: PB_ALGORITHM_P256,
    balances: (
      "/accounts?",
      #"{"accounts":[{"currency":"BTC","available_balance":{"value":"{sum}","currency":"BTC"},"#
        + #""hold":{"value":"0","currency":"BTC"}},{"currency":"USD","available_balance":{"value":"1","#
        + #""currency":"USD"},"hold":{"value":"0","currency":"USD"}}],"has_next":false,"cursor":""}"#
    ),
    expired: (401, #"{"error":"unauthenticated","message":"request timestamp expired"}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(
        ["best_bid": bid, "best_bid_quantity": bidSize, "best_ask": ask, "best_ask_quantity": askSize])
      return coinbase(
        0, "ticker",
        #"{"type":"snapshot","tickers":[{"type":"ticker","product_id":"BTC-USD","price":"100",\#(sides)}]}"#)
    })

  /// A message of Protocol Buffers: texts and messages by their field numbers.
  private static func proto(_ fields: [(UInt64, [UInt8])]) -> [UInt8] {
    func varint(_ value: UInt64) -> [UInt8] {
      value < 128 ? [UInt8(value)] : [UInt8(truncatingIfNeeded: value) | 128] + varint(value >> 7)
    }
    return fields.flatMap { varint($0.0 << 3 | 2) + varint(UInt64($0.1.count)) + $0.1 }
  }

  private static func mexc(_ channel: String, _ kind: UInt64, _ data: [UInt8]) -> Message {
    .bytes(proto([(1, Array(channel.utf8)), (3, Array("BTCUSDT".utf8)), (kind, data)]))
  }

  static let mexc = Exchange(
    id: "mexc", type: MEXCSpot.self,
    answers: [
      (
        "/exchangeInfo",
        #"{"symbols":[{"symbol":"BTCUSDT","status":"1","baseAsset":"BTC","baseAssetPrecision":8,"quoteAsset":"USDT","#
          + #""quotePrecision":2,"baseSizePrecision":"0.000001","quoteAmountPrecision":"1","#
          + #""orderTypes":["LIMIT","MARKET"],"isSpotTradingAllowed":true}]}"#
      ),
      ("/depth?", #"{"lastUpdateId":100,"bids":[["100","{bid}"]],"asks":[["101","2"]],"timestamp":1764288000000}"#),
    ],
    change: { number, quantity in
      let level = proto([(1, Array("100".utf8)), (2, Array(quantity.utf8))])
      let version = Array("\(100 + number)".utf8)
      return mexc(
        "spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT", 313, proto([(2, level), (4, version), (5, version)]))
    },
    balances: (
      "/api/v3/account",
      #"{"balances":[{"asset":"BTC","free":"{sum}","locked":"0"},{"asset":"USDT","free":"1","locked":"0"}]}"#
    ),
    expired: (400, #"{"code":700003,"msg":"Timestamp for this request is outside of the recvWindow."}"#),
    ticker: { bid, bidSize, ask, askSize in
      let fields = [(1, bid), (2, bidSize), (3, ask), (4, askSize)].filter { !$0.1.isEmpty && $0.1 != "null" }
      return mexc(
        "spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT", 315,
        proto(fields.map { (UInt64($0.0), Array($0.1.utf8)) }))
    })

  // MARK: BingX and NDAX

  private static func bingX(_ action: String, _ number: Int, _ bids: String, _ asks: String) -> Message {
    .text(
      #"{"code":0,"dataType":"BTC-USDT@incrDepth","success":true,"timestamp":1764288000300,"#
        + #""data":{"action":"\#(action)","lastUpdateId":\#(number),"bids":{\#(bids)},"asks":{\#(asks)}}}"#)
  }

  static let bingX = Exchange(
    id: "bing_x", type: BingXSpot.self,
    answers: [
      (
        "/common/symbols",
        #"{"code":0,"msg":"","data":{"symbols":[{"symbol":"BTC-USDT","minNotional":5,"maxNotional":500000,"status":1,"#
          + #""tickSize":0.01,"stepSize":1e-05,"apiStateBuy":true,"apiStateSell":true}]}}"#
      )
    ],
    snapshot: [bingX("all", 10, #""100":"{bid}""#, #""101":"2""#)],
    change: { bingX("update", 10 + $0, #""100":"\#($1)""#, "") },
    balances: (
      "/account/balance",
      #"{"code":0,"data":{"balances":[{"asset":"BTC","free":"{sum}","locked":"0"},"#
        + #"{"asset":"USDT","free":"1","locked":"0"}]}}"#
    ),
    expired: (200, #"{"code":100421,"msg":"Null timestamp or timestamp mismatch"}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["B": bid, "b": bidSize, "A": ask, "a": askSize], quoted: false)
      return .text(
        #"{"code":0,"timestamp":1727163468055,"dataType":"BTC-USDT@ticker","data":{"e":"24hTicker","s":"BTC-USDT","#
          + #""c":100,\#(sides)}}"#)
    })

  static let bingXPerpetual = Exchange(
    id: "bing_x_perpetual", type: BingXPerpetual.self,
    answers: [
      (
        "/quote/contracts",
        #"{"code":0,"msg":"","data":[{"symbol":"BTC-USDT","quantityPrecision":4,"pricePrecision":1,"currency":"USDT","#
          + #""asset":"BTC","tradeMinQuantity":0.0001,"tradeMinUSDT":2,"status":1,"apiStateOpen":"true"}]}"#
      )
    ],
    snapshot: [bingX("all", 10, #""100":"{bid}""#, #""101":"2""#)],
    change: { bingX("update", 10 + $0, #""100":"\#($1)""#, "") },
    balances: (
      "/user/balance",
      #"{"code":0,"msg":"","data":[{"asset":"BTC","balance":"{sum}","availableMargin":"{sum}"},"#
        + #"{"asset":"USDT","balance":"1","availableMargin":"1"}]}"#
    ),
    expired: (200, #"{"code":109400,"msg":"timestamp is invalid"}"#), ticker: bingX.ticker)

  private static func ndax(_ kind: Int, _ id: String, _ name: String, _ payload: String) -> String {
    #"{"m":\#(kind),"i":\#(id),"n":"\#(name)","o":\#(jsonQuoted(payload))}"#
  }

  private static func row(_ number: Int, _ action: Int, _ price: String, _ quantity: String, _ side: Int) -> String {
    "[\(number),1,1764288000150,\(action),100.0,1,\(price),1,\(quantity),\(side)]"
  }

  static let ndax = Exchange(
    id: "ndax", type: NDAXSpot.self,
    answers: [
      (
        "/GetInstruments",
        #"[{"OMSId":1,"InstrumentId":1,"Symbol":"BTCCAD","Product1":1,"Product1Symbol":"BTC","Product2":6,"#
          + #""Product2Symbol":"CAD","InstrumentType":"Standard","SessionStatus":"Running","#
          + #""QuantityIncrement":0.00000001,"PriceIncrement":0.01,"MinimumQuantity":0.0001,"IsDisable":false}]"#
      ),
      (
        "SubscribeLevel2",
        ndax(1, "{id}", "SubscribeLevel2", "[\(row(10, 0, "100", "{bid}", 0)),\(row(11, 0, "101", "2", 1))]")
      ),
    ],
    client: "16407",
    change: { .text(ndax(3, "6", "Level2UpdateEvent", "[\(row(11 + $0, 1, "100", $1, 0))]")) },
    balances: (
      "/GetAccountPositions",
      #"[{"OMSId":1,"AccountId":4,"ProductSymbol":"BTC","ProductId":1,"Amount":{sum},"Hold":0},"#
        + #"{"OMSId":1,"AccountId":4,"ProductSymbol":"CAD","ProductId":6,"Amount":1,"Hold":0}]"#
    ),
    expired: nil,
    ticker: { bid, _, ask, _ in
      let sides = members(["BestBid": bid, "BestOffer": ask], quoted: false)
      return .text(
        ndax(3, "6", "Level1UpdateEvent", #"{"OMSId":1,"InstrumentId":1,"LastTradedPx":100,\#(sides)}"#))
    })
}
