import Foundation
import JSONTree
import MarketModel
import Testing

@testable import Gateway
@testable import PatchbayHost

/// Streams over real sockets, on a host with the paper exchange.
@Suite(.serialized) struct StreamTests {
  private func subscribe(_ stream: StreamReader, _ members: (String, JSONValue)...) {
    stream.send(JSONValue(.object([JSONMember("op", "subscribe")] + members.map { JSONMember($0.0, $0.1) })))
  }

  @Test func aBookIsWhatTheHostHas() throws {
    let host = try SharedHost.get()
    let stream = try StreamReader(host)
    #expect(try stream.next()?["type"]?.string == "hello")
    subscribe(stream, ("channel", "book"), ("connector", "paper"), ("pair", "btc-usdt"), ("depth", 5))
    var sides: [String: [String: String]] = ["bids": [:], "asks": [:]]
    var deltas = 0
    for sequence in 1...30 {
      let message = try stream.next("book")
      #expect(message["sequence"]?.int == sequence && message["pair"]?.string == "BTC-USDT")
      if message["kind"]?.string == "snapshot" { sides = ["bids": [:], "asks": [:]] } else { deltas += 1 }
      for side in ["bids", "asks"] {
        for level in message[side]?.array ?? [] {
          let (price, quantity) = (level[0]?.string ?? "", level[1]?.string ?? "")
          if quantity == "0" {
            #expect(sides[side]?.removeValue(forKey: price) != nil, "a level goes that was there")
          } else {
            sides[side]?[price] = quantity
          }
        }
        #expect(sides[side]?.count == 5)
      }
      let bids = sides["bids"]?.keys.compactMap(Double.init) ?? []
      let asks = sides["asks"]?.keys.compactMap(Double.init) ?? []
      #expect((bids.max() ?? 0) < (asks.min() ?? 0))
    }
    #expect(deltas > 20)
  }

  @Test func ordersFillsAndBalancesCome() throws {
    let host = try SharedHost.get()
    let stream = try StreamReader(host)
    subscribe(stream, ("channel", "orders"), ("id", 1))
    #expect(try stream.next("subscribed")["id"]?.int == 1)
    #expect(try stream.next("orders")["orders"]?.array != nil)
    subscribe(stream, ("channel", "fills"), ("connector", "paper"))
    _ = try stream.next("subscribed")
    let wish: JSONValue = [
      "connector": "paper", "pair": "ETH-USDT", "side": "buy", "quantity": "0.1", "client_order_id": "heard",
    ]
    #expect(try host.ask("POST", "/v1/orders", wish).status == 201)
    var events: [String] = []
    var fill: JSONValue = nil
    while events.last != "completed" || fill.isNull {
      let message = try #require(try stream.next())
      if message["type"]?.string == "fill" { fill = message["fill"] ?? nil }
      guard message["type"]?.string == "order" else { continue }
      #expect(message["order"]?["client_order_id"]?.string == "heard")
      events.append(message["event"]?.string ?? "")
    }
    #expect(events.first == "created" && events.contains("filled"))
    let listeners = { host.host.events.listenerCount }
    #expect(listeners() == 1)
    stream.send(["op": "unsubscribe", "subscription": 1])
    stream.send(["op": "unsubscribe", "subscription": 2])
    for _ in 0..<2 { _ = try stream.next("unsubscribed") }
    #expect(listeners() == 0, "traders do nothing for nobody")
    #expect(fill["pair"]?.string == "ETH-USDT" && fill["client_order_id"]?.string == "heard")
  }

  @Test func accountsAndConnectorsBeginWhole() throws {
    let stream = try StreamReader(try SharedHost.get())
    subscribe(stream, ("channel", "balances"), ("connector", "paper"))
    let balances = try stream.next("balances")
    #expect(balances["kind"]?.string == "snapshot" && balances["balances"]?.array?.isEmpty == false)
    subscribe(stream, ("channel", "connectors"))
    #expect(try stream.next("connectors")["connectors"]?[0]?["ready"]?.bool == true)
    subscribe(stream, ("channel", "trades"), ("connector", "paper"), ("pair", "BTC-USDT"))
    let trades = try stream.next("trades")
    #expect(trades["trades"]?[0]?["price"]?.string != nil && trades["missed"]?.int == 0)
    subscribe(stream, ("channel", "ticker"), ("connector", "paper"), ("pair", "BTC-USDT"))
    #expect(try stream.next("ticker")["ticker"]?["last"]?.string != nil)
  }

  @Test func mistakesAreNamed() throws {
    let stream = try StreamReader(try SharedHost.get())
    for (message, code, field) in [
      (["op": "subscribe", "channel": "nothing"] as JSONValue, "bad_field", "channel"),
      (["op": "subscribe"], "missing_field", "channel"), (["op": "sing"], "bad_field", "op"),
      (["op": "subscribe", "channel": "book", "pair": "BTC-USDT"], "ambiguous", "connector"),
      (["op": "subscribe", "channel": "book", "pair": "NO-PAIR"], "unknown_pair", "pair"),
      (["op": "subscribe", "channel": "fills", "pair": "BTC-USDT"], "unknown_field", "pair"),
      (["op": "unsubscribe", "subscription": 99], "not_found", "subscription"), ([], "malformed", nil),
    ] {
      stream.send(message)
      let error = try stream.next("error")["error"] ?? nil
      #expect(error["code"]?.string == code, "\(JSONWriter.compact(message)): \(JSONWriter.compact(error))")
      #expect(error["field"]?.string == field)
    }
  }

  @Test func anUnsubscribedPairEndsItsStream() throws {
    let host = try PaperHost()
    let stream = try StreamReader(host)
    subscribe(stream, ("channel", "book"), ("connector", "paper"), ("pair", "ETH-USDT"))
    #expect(try stream.next("book")["kind"]?.string == "snapshot")
    #expect(try host.ask("DELETE", "/v1/subscriptions?connector=paper&pair=ETH-USDT").status == 200)
    let error = try stream.next("error")
    #expect(error["subscription"]?.int == 1 && error["error"]?["code"]?.string == "unknown_pair")
  }

  @Test func whoHasNoTokenGetsNoStream() throws {
    let host = try SharedHost.get()
    #expect(throws: (any Error).self) { try StreamReader(host, headers: "X-Nothing: 1") }
    let wrong = "Sec-WebSocket-Protocol: patchbay.v1, token.no"
    #expect(throws: (any Error).self) { try StreamReader(host, headers: wrong) }
    let browser = try StreamReader(host, headers: "Sec-WebSocket-Protocol: patchbay.v1, token.\(host.token)")
    #expect(try browser.next()?["type"]?.string == "hello")
  }

  /// Orders are never left out: who does not read of them is cut off.
  @Test func whoDoesNotReadOfOrdersIsCutOff() throws {
    var limits = GatewayLimits()
    limits.kernelBytes = 4096
    limits.backlogBytes = 4000
    let host = try PaperHost(limits)
    let slow = try StreamReader(host)
    var size: Int32 = 2048
    slow.shrink(&size)
    subscribe(slow, ("channel", "orders"))
    let wish: JSONValue = [
      "connector": "paper", "pair": "BTC-USDT", "side": "buy", "quantity": "0.02", "price": "1000", "wait_ms": 0,
    ]
    let batch: JSONValue = ["orders": JSONValue(.array(Array(repeating: wish, count: 50)))]
    for _ in 0..<4 {
      #expect(try host.ask("POST", "/v1/orders/batch", batch).status == 200)
      #expect(try host.ask("DELETE", "/v1/orders").body["known"]?.bool == true)
    }
    let metrics = try host.ask("GET", "/metrics").text
    #expect(metrics.contains("patchbay_api_slow_streams_total 1\n") && metrics.contains("patchbay_api_streams 0\n"))
    #expect(host.host.events.listenerCount == 0)
  }

  /// Who does not read is left behind; the host and the others go on.
  @Test func aSlowClientHoldsNobodyUp() throws {
    var limits = GatewayLimits()
    limits.kernelBytes = 4096
    limits.conflateBytes = 2000
    let host = try PaperHost(limits)
    let slow = try StreamReader(host)
    var size: Int32 = 2048
    slow.shrink(&size)
    for _ in 0..<100 {
      subscribe(slow, ("channel", "book"), ("connector", "paper"), ("pair", "BTC-USDT"), ("depth", 4))
    }
    let quick = try StreamReader(host)
    subscribe(quick, ("channel", "book"), ("connector", "paper"), ("pair", "BTC-USDT"), ("depth", 1), ("mode", "top"))
    for _ in 0..<20 { _ = try quick.next("book") }
    #expect(try host.ask("GET", "/readyz").status == 200)
    let metrics = try host.ask("GET", "/metrics").text
    #expect(metrics.contains("patchbay_connector_ready{connector=\"paper\"} 1\n"))
    // What it gets, once it reads, has no hole in any book.
    var sequences: [Int: Int] = [:]
    while let message = try slow.next(), sequences.values.reduce(0, +) < 200 {
      guard message["type"]?.string == "book", let number = message["subscription"]?.int else { continue }
      #expect(message["sequence"]?.int == sequences[number, default: 0] + 1)
      sequences[number, default: 0] += 1
    }
    #expect(!sequences.isEmpty)
  }
}
