import Decimals
import JSONTree
import MarketModel
import Testing

@testable import Journal

/// Entries as JSON, as the hosts of a cluster hand them on.
@Suite struct EntryTextTests {
  private static let name = OrderName(exchange: "binance", account: "main", clientOrderID: "a1\"x")
  private static let fill = Fill(
    trade: "t", price: Decimal64(mantissa: 150, exponent: -2), quantity: 2,
    fee: Decimal64(mantissa: -1, exponent: -1), feeAsset: "BNB", isFeeEstimated: true,
    liquidity: .maker, time: 9)

  private static let all: [JournalEntry] = [
    .run(RunEntry(instance: "a", version: "1", started: 5)),
    .order(
      OrderEntry(
        name: name, connector: "binance", instrument: "BTCUSDT", pair: "BTC-USDT", order: OrderID(.max),
        createCommand: CommandID(7),
        draft: OrderDraft(
          side: .sell, type: .stopLimit, quantity: Decimal64(mantissa: 1, exponent: -3), price: 1000,
          stop: 999, timeInForce: .goodTillDate, flags: [.postOnly, .reduceOnly], expiry: 77),
        leg: .short, isAdopted: true, created: -1, createdAtVenue: 4)),
    .order(
      OrderEntry(
        name: name, connector: "c", instrument: "i", pair: "", order: OrderID(1), createCommand: CommandID(0),
        draft: OrderDraft(side: .buy, type: .market, quantity: 1), created: 0)),
    event(.fill(fill)), event(.givenUp), event(.leaving), event(.cancelRequested(CommandID(8))),
    event(.amendRequested(CommandID(9), price: nil, quantity: 3)),
    event(.outcome(CommandID(9), .notSent)),
    event(
      .report(
        OrderReport(
          .partiallyFilled, filled: 1, quantity: 2, price: 3,
          average: Decimal64(mantissa: 25, exponent: -1), timeInForce: .immediateOrCancel, time: 3, reason: "why",
          part: VenuePart("v2", continues: "v1", carried: Decimal64(mantissa: 5, exponent: -1))))),
    event(.report(OrderReport(.open))),
    .state(
      OrderStateEntry(name: name, state: .lost, filled: .zero, venueOrderID: "v", reason: "gone", time: 6)),
    .strayFill(
      StrayFillEntry(
        exchange: "binance", account: "main",
        StrayFill(
          symbol: "BTCUSDT", pair: "BTC-USDT", side: .buy, clientOrderID: "c", venueOrderID: "v", kind: .liquidation,
          fill: fill, time: 8))),
    .funding(
      FundingEntry(
        exchange: "binance", account: "main", instrument: "BTCUSDT", pair: "BTC-USDT", payment: "p",
        rate: Decimal64(mantissa: 1, exponent: -4), amount: -2, asset: "USDT", time: 3)),
    .position(
      PositionEntry(
        exchange: "binance", account: "main", instrument: "BTCUSDT", pair: "BTC-USDT", leg: .long,
        position: Position(
          quantity: -1, entry: 1, mark: 2, liquidation: 3,
          unrealized: 4, realized: 5, leverage: 6, margin: 7,
          time: 4), time: 5)),
    .mode(
      ModeEntry(
        exchange: "binance", account: "main", instrument: "BTCUSDT", leverage: 5, marginMode: "cross",
        time: 1)),
    .balance(
      BalanceEntry(
        exchange: "binance", account: "main", asset: "BTC",
        balance: Balance(total: 2, available: 1, time: 3), time: 4)),
    .counter(name: "orders.binance", next: .max),
    .mark(
      JournalMark(
        exchange: "binance", account: "main", instrument: "x", topic: "fills", time: .min, replaces: true)),
  ]

  private static func event(_ event: OrderEvent) -> JournalEntry {
    .event(
      OrderEventEntry(
        name: name, event: event, venueOrderID: "v", state: .pendingCancel, filled: 1, reason: "r",
        time: 2))
  }

  @Test func eachComesBackAsItWas() throws {
    for entry in Self.all {
      let text = JSONWriter.compact(entry.json)
      let back = JournalEntry(json: try JSONDocument.parse(text: text))
      #expect(back == entry, "\(text)")
    }
  }

  @Test func whatLacksAFieldIsNone() throws {
    for entry in Self.all {
      guard case .order = entry else { continue }
      for key in ["kind", "exchange", "client_order", "connector", "side", "type", "quantity", "order", "command"] {
        let less = (entry.json.object ?? []).filter { $0.key != key }
        #expect(JournalEntry(json: JSONValue(.object(less))) == nil, "\(key)")
      }
    }
    #expect(JournalEntry(json: ["kind": "order", "quantity": 5]) == nil)
    #expect(JournalEntry(json: ["kind": "what"]) == nil && JournalEntry(json: nil) == nil)
  }
}
