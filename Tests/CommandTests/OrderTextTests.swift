import JSONTree
import MarketModel
import Runtime
import Testing

@testable import PatchbayHost
@testable import patchbay

/// How orders are shown, and what they are called on command lines.
@Suite struct OrderTextTests {
  private func order(_ more: String) throws -> JSONValue {
    try JSONDocument.parse(
      text: #"{"order": 12, "connector": "paper", "pair": "BTC-USDT", "side": "buy", \#(more)}"#)
  }

  @Test func aLineTellsWhatBecameOfIt() throws {
    let filled = try order(
      #"""
        "state": "filled", "quantity": "0.10", "filled": "0.10", "average_price": "99.5",
        "fees": [{"asset": "BTC", "amount": "0.0001"}, {"asset": "USDT", "amount": "1"}]
        """#)
    #expect(
      OrderText.line(filled)
        == "order 12 on paper: filled: buy 0.10 BTC-USDT, 0.10 filled at 99.5, fee 0.0001 BTC + 1 USDT\n")
    let byValue = try order(#""state": "pending_create", "quantity": null, "value": "50""#)
    #expect(
      OrderText.line(byValue) == "order 12 on paper: pending create: buy BTC-USDT for 50; the host goes on asking the "
        + "venue; patchbay order list shows what it finds\n")
    let held = try order(
      #""state": "pending_create", "quantity": "1", "price": "7", "waits": "it has not left: nothing may leave yet""#)
    #expect(
      OrderText.line(held)
        == "order 12 on paper: pending create: buy 1 BTC-USDT at 7; it has not left: nothing may leave yet\n")
    let refused = try order(#""state": "not_sent", "quantity": "1", "price": "7.0", "reason": "no journal""#)
    #expect(OrderText.line(refused) == "order 12 on paper: not sent: buy 1 BTC-USDT at 7.0: no journal\n")
    #expect(OrderText.line(["order": 12, "state": "forgotten"]) == "order 12: forgotten\n")
  }

  @Test func everyNameIsReadAsItIsWritten() {
    for type in OrderType.allCases {
      #expect(OrderNames.types.contains { $0.name == type.description && $0.1 == type })
    }
    #expect(OrderState.partiallyFilled.description == "partially_filled")
    #expect(([.postOnly, .close] as OrderFlags).words == ["post_only", "close"])
    #expect(TimeInForce.allCases.map(\.description) == ["gtc", "ioc", "fok", "gtd"])
  }

  @Test func eventsAreToldFromAMarkOn() {
    let events = RunEvents()
    func put(_ count: Int) {
      for number in 0..<count { events.put(RunEvent(kind: "order", connector: "paper", text: "\(number)")) }
    }
    put(3)
    let mark = events.count
    #expect(mark == 3 && events.since(mark).events.isEmpty)
    put(2)
    #expect(events.since(mark).events.map(\.text) == ["0", "1"] && events.since(mark).missed == 0)
    put(5000)
    let late = events.since(mark)
    #expect(late.mark == 5005 && late.missed + UInt64(late.events.count) == 5002)
    #expect(late.events.count >= 1024 && late.events.count <= 2048 && late.events.last?.text == "4999")
    #expect(events.take().dropped == 5005 - 4096)
  }
}
