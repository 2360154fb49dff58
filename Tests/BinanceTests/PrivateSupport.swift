import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals

@testable import BinanceConnector

/// A connector that trades for one account, number 7, and knows its markets: 1 is BTCUSDT, 2 is ETHBTC on spot and
/// ETHUSDT on futures. What led there is forgotten, but for the private stream's opening.
func tradingConnector(
  _ type: BinanceConnector.Type = BinanceSpot.self, config: String = "{}", algorithm: Int = PB_ALGORITHM_HMAC
) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(type, config: config)
  harness.start()
  harness.command(.instruments)
  harness.reply(harness.requests.last?.id ?? 0, type == BinancePerpetual.self ? futuresInfo : exchangeInfo)
  harness.forget()
  harness.account(mainAccount, algorithm: algorithm)
  return harness
}

let mainAccount: pb_id = 7
let ethusdt: pb_id = 2

let futuresInfo = """
  {"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":2400},
    {"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":300},
    {"rateLimitType":"ORDERS","interval":"MINUTE","intervalNum":1,"limit":1200}],
  "symbols":[\(contract("BTCUSDT", "BTC")),\(contract("ETHUSDT", "ETH")),
    \(contract("BTCUSDT_261225", "BTC", type: "CURRENT_QUARTER"))]}
  """

func contract(_ symbol: String, _ base: String, type: String = "PERPETUAL") -> String {
  """
  {"symbol":"\(symbol)","pair":"\(base)USDT","contractType":"\(type)","status":"TRADING","baseAsset":"\(base)",
   "quoteAsset":"USDT","marginAsset":"USDT","pricePrecision":2,"quantityPrecision":3,
   "orderTypes":["LIMIT","MARKET","STOP","STOP_MARKET","TAKE_PROFIT","TAKE_PROFIT_MARKET","TRAILING_STOP_MARKET"],
   "filters":[{"filterType":"PRICE_FILTER","minPrice":"0.10","maxPrice":"900000","tickSize":"0.10"},
    {"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"1000","stepSize":"0.001"},
    {"filterType":"MIN_NOTIONAL","notional":"50"}]}
  """
}

/// How the exchange writes an order in a reply; `more` may say a field again.
func orderReply(
  _ venue: String, _ client: String, status: String = "NEW", filled: String = "0", quantity: String = "2",
  price: String = "100.5", type: String = "LIMIT", more: String = ""
) -> String {
  #"{"symbol":"BTCUSDT","orderId":\#(venue),"clientOrderId":"\#(client)","price":"\#(price)","origQty":"\#(quantity)","#
    + #""executedQty":"\#(filled)","status":"\#(status)","timeInForce":"GTC","type":"\#(type)","side":"BUY","#
    + #""transactTime":1700000000500\#(more)}"#
}

struct OrderTold: Equatable {
  var state: OrderState?
  var client: String
  var venue: String
  var filled: Decimal64?
  var quantity: Decimal64?
  var command: pb_id
  /// What was filled before it, and the order whose place it took: on spot a changed order is a new one.
  var carried: Decimal64? = 0
  var continues = ""
}

extension ConnectorHarness {
  var orderFacts: [(fields: pb_order, client: String, venue: String, reason: String, continues: String)] {
    all(PB_EV_ORDER, pb_order.self).map { fields, record in
      (
        fields, record.text(fields.client_order), record.text(fields.venue_order), record.text(fields.reason),
        record.text(fields.continues)
      )
    }
  }

  var orders: [OrderTold] {
    orderFacts.map {
      OrderTold(
        state: OrderState(rawValue: $0.fields.state), client: $0.client, venue: $0.venue,
        filled: $0.fields.filled.value, quantity: $0.fields.quantity.value, command: $0.fields.command,
        carried: $0.fields.carried.value, continues: $0.continues)
    }
  }

  var fills: [(fields: pb_fill, trade: String, client: String, venue: String, feeAsset: String)] {
    all(PB_EV_FILL, pb_fill.self).map { fields, record in
      (
        fields, record.text(fields.trade), record.text(fields.client_order), record.text(fields.venue_order),
        record.text(fields.fee_asset)
      )
    }
  }

  /// `USDT 12.5/10`: asset, total and what is available; `-` where that is not given.
  var balances: [String] {
    all(PB_EV_BALANCE, pb_balance.self).map { fields, record in
      "\(record.text(fields.asset)) \(fields.total.value?.plain ?? "-")/\(fields.available.value?.plain ?? "-")"
    }
  }

  var balanceTimes: [Int64] { all(PB_EV_BALANCE, pb_balance.self).map { $0.fields.venue_ns } }

  var positions: [pb_position] { all(PB_EV_POSITION, pb_position.self).map { $0.fields } }
  var modes: [pb_mode] { all(PB_EV_MODE, pb_mode.self).map { $0.fields } }
  var liquidations: [pb_liquidation] { all(PB_EV_LIQUIDATION, pb_liquidation.self).map { $0.fields } }

  /// States of the account's private stream, but for its being opened.
  var privateStates: [ChannelState?] {
    states.filter { $0.channels == .privateUpdates && $0.state != .pending }.map(\.state)
  }

  /// Why the state that was reported last is what it is.
  var lastStateError: Failure? {
    all(PB_EV_STATE, pb_state.self).last.flatMap { Failure(rawValue: $0.fields.error) }
  }

  /// A command of the account on a market.
  @discardableResult
  func trade(
    _ verb: Verb, _ instrument: pb_id = btcusdt, client: String = "", venue: String = "", items: [Item] = [],
    _ set: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_id {
    command(verb, client: client, venue: venue, items: items) {
      $0.account = mainAccount
      $0.instrument = instrument
      set(&$0)
    }
  }

  /// Opens the private stream, confirms it and forgets what led there; gives its id.
  func openPrivateStream() -> pb_id {
    if let start = requests.last(where: { $0.permission.hasSuffix("user_stream_start") }) {
      reply(start.id, #"{"listenKey":"****"}"#)
    }
    let stream = opens.last?.stream ?? 0
    opened(stream)
    if let subscribe = requests.last(where: { $0.stream == stream }) {
      frame(stream, #"{"id":\#(subscribe.id),"status":200,"result":{"subscriptionId":0}}"#)
    }
    forget()
    return stream
  }
}

extension ConnectorHarness.RequestFact {
  /// The text that is signed: parameters of a query or a form, without the signature.
  var parameters: [String] {
    let text = body.isEmpty ? String(url.drop { $0 != "?" }.dropFirst()) : body
    let parts = text.split(separator: "&").map(String.init)
    return Array(parts.prefix { !$0.hasPrefix("signature=") })
  }

  /// Parameters but for those that every signed request has.
  var own: [String] { parameters.filter { $0 != "recvWindow=5000" && !$0.hasPrefix("timestamp=") } }

  /// `POST /api/v3/order`.
  var line: String {
    let path = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last ?? ""
    return "\(method.map { "\($0)".uppercased() } ?? "") /\(path.prefix { $0 != "?" })"
  }
}

func decimal(_ text: String) -> pb_dec { pb_dec(Decimal64(text)) }

/// A limit order to buy 2 for 100.5.
func limitBuy(_ command: inout pb_in_command) {
  command.side = Side.buy.rawValue
  command.type = OrderType.limit.rawValue
  command.price = decimal("100.5")
  command.quantity = decimal("2")
  command.order = 41
}
