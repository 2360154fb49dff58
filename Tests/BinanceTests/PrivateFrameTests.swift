import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BinanceConnector

/// Events that are cut short or changed on the way.
struct PrivateFrameTests {
  private static let account =
    #"{"e":"ACCOUNT_UPDATE","E":2,"T":1700000000000,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"12.5","cw":"10"}],"#
    + #""P":[{"s":"BTCUSDT","pa":"-2","ep":"100.5","cr":"3","up":"-0.25","mt":"cross","iw":"7","ps":"SHORT"}]}}"#
  private static let algo =
    #"{"e":"ALGO_UPDATE","T":1700000001000,"o":{"caid":"s","aid":900,"o":"STOP","s":"BTCUSDT","S":"SELL","#
    + #""q":"2","X":"TRIGGERED","ai":"5001","aq":"0","tp":"99.5","p":"1"}}"#

  private static let samples: [(type: BinanceConnector.Type, text: String)] = [
    (BinanceSpot.self, report("31", "c", status: "PARTIALLY_FILLED", execution: "TRADE", filled: "1", last: "1")),
    (BinanceSpot.self, #"{"e":"outboundAccountPosition","E":9,"u":8,"B":[{"a":"BTC","f":"1.5","l":"0.5"}]}"#),
    (BinancePerpetual.self, update("5", "c", status: "FILLED", execution: "TRADE", filled: "2", last: "2")),
    (BinancePerpetual.self, account), (BinancePerpetual.self, algo),
  ]

  @Test func framesCutShortGiveNothing() throws {
    for (type, text) in Self.samples {
      for count in 0..<text.utf8.count {
        let harness = try tradingConnector(type)
        let stream = harness.openPrivateStream()
        #expect(harness.frame(stream, Array(text.utf8.prefix(count))) == .parse, "\(count) of \(text)")
        // What it was may be anything of the account: the stream opens anew, once, and the host asks for all.
        #expect(harness.closes == [stream] && harness.privateStates == [.down] && harness.logs.count == 1)
        let told = harness.emitted.count
        #expect(harness.frame(stream, text) == .ok && harness.emitted.count == told, "what still comes is of no use")
        harness.closed(stream)
        #expect(harness.frame(harness.openPrivateStream(), text) == .ok && !harness.emitted.isEmpty)
      }
    }
  }

  @Test func changedFramesNeverBreakTheContract() throws {
    for (type, text) in Self.samples {
      var harness = try tradingConnector(type)
      var stream = harness.openPrivateStream()
      var understood = 0
      for index in 0..<text.utf8.count {
        for byte in Array("\"{}[],:0-9aZ\\".utf8) + [0, 0xFF] {
          var bytes = Array(text.utf8)
          bytes[index] = byte
          if harness.frame(stream, bytes) == .ok { understood += 1 }
          #expect(harness.faults.isEmpty)
          guard !harness.closes.isEmpty else { continue }
          harness = try tradingConnector(type)
          stream = harness.openPrivateStream()
        }
      }
      #expect(understood > 100)
      // The stream goes on.
      harness.forget()
      #expect(harness.frame(stream, text) == .ok && !harness.emitted.isEmpty)
    }
  }
}
