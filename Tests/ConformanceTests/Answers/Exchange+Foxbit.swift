import ConnectorKit
import FoxbitConnector

extension Exchange {
  private static func foxbitBook(_ event: String, _ numbers: String, _ bid: String, _ asks: String) -> Message {
    .text(
      #"{"type":"subscribe","event":"\#(event)","params":{"channel":"orderbook-100","market_symbol":"btcbrl"},"#
        + #""data":{\#(numbers),"asks":[\#(asks)],"bids":[["100","\#(bid)"]]}}"#)
  }

  static let foxbit = Exchange(
    id: "foxbit", type: FoxbitSpot.self,
    answers: [
      (
        "/rest/v3/markets",
        #"{"data":[{"symbol":"btcbrl","quantity_min":"0.00001","quantity_increment":"0.00001","price_min":"0.01","#
          + #""price_increment":"0.01","base":{"symbol":"btc"},"quote":{"symbol":"brl"}}]}"#
      )
    ],
    snapshot: [foxbitBook("snapshot", #""sequence_id":100"#, "{bid}", #"["101","2"]"#)], client: "16407",
    change: {
      foxbitBook(
        "update", #""ts":1764288000200,"first_sequence_id":\#(100 + $0),"last_sequence_id":\#(100 + $0)"#, $1, "")
    },
    balances: (
      "/rest/v3/accounts",
      #"{"data":[{"currency_symbol":"btc","balance":"{sum}","balance_available":"{sum}","balance_locked":"0"},"#
        + #"{"currency_symbol":"brl","balance":"1","balance_available":"1","balance_locked":"0"}]}"#
    ),
    expired: (
      400, #"{"error":{"message":"Timestamp is out of range.","code":4014,"details":["The timestamp is late."]}}"#
    ),
    ticker: { bid, _, ask, _ in
      let sides = members(["bid": bid, "ask": ask])
      return .text(
        #"{"type":"subscribe","event":"update","params":{"channel":"ticker","market_symbol":"btcbrl"},"#
          + #""data":{"best":{\#(sides)},"ts":1764288000200}}"#)
    })
}
