import CPatchbay
import ConnectorKit
import Matching
import Testing

@testable import PaperConnector

@Suite struct ConfigTests {
  func fault(_ json: String, isPerpetual: Bool = false) -> String {
    do { _ = try makeExchange(json, isPerpetual: isPerpetual) } catch { return "\(error)" }
    return "none"
  }

  @Test func mistakesNameTheirField() {
    #expect(fault("[]").contains("not a JSON object"))
    #expect(fault(#"{"seed": -1}"#).hasPrefix("config.seed: expected"))
    #expect(fault(#"{"step_ms": 70000}"#).hasPrefix("config.step_ms: expected a whole number from 0 to 60000"))
    #expect(fault(#"{"taker_fee": "0.2"}"#).hasPrefix("config.taker_fee"))
    #expect(fault(#"{"maker_fee": "-0.002"}"#).hasPrefix("config.maker_fee: expected a rebate"))
    #expect(fault(#"{"balances": {"USDT": "-1"}}"#).hasPrefix("config.balances"))
    #expect(fault(#"{"balances": {"USDT": 1, "USDT": 2}}"#).hasPrefix("config.balances"))
    #expect(fault(#"{"balances": {"usdt": 1}}"#).hasPrefix("config.balances"))
    #expect(fault(#"{"balances": [1]}"#).hasPrefix("config.balances"))
    #expect(fault(#"{"markets": []}"#).hasPrefix("config.markets"))
    #expect(fault(#"{"markets": [{"base": "BTC", "quote": "USDT", "tik": 1}]}"#).hasPrefix("config.markets[0].tik"))
    #expect(fault(#"{"markets": [{"base": "BTC", "quote": "USDT"}, {"base": "SOL", "quote": "USDT"}]}"#)
      .hasPrefix("config.markets[1].tick"))
    #expect(fault(#"{"markets": [{"base": "BTC", "quote": "USDT"}, {"base": "BTC", "quote": "USDT"}]}"#)
      .hasPrefix("config.markets[1]: expected each pair once"))
    #expect(fault(#"{"markets": [{"base": "BTC", "quote": "USDT", "tick": "0.00001", "lot": "0.0001"}]}"#)
      .hasPrefix("config.markets[0].tick"))
    #expect(fault(#"{"markets": [{"base": "BTC", "quote": "USDT", "start_price": "0.5"}]}"#)
      .hasPrefix("config.markets[0].start_price"))
    #expect(fault(#"{"markets": [{"base": "BTC", "quote": "USDT", "size": "x"}]}"#).hasPrefix("config.markets[0].size"))
    #expect(fault(#"{"markets": [{"base": "BTC", "quote": "USDT", "start_price": 9e12, "size": 1e9}]}"#)
      .hasPrefix("config.markets[0].size"))
    #expect(fault("{}") == "none")
  }

  @Test func ownMarkets() throws {
    let exchange = try makeExchange(
      #"""
      {"balances": {"EUR": "10.5"}, "leverage": 3,
       "markets": [{"base": "SOL", "quote": "EUR", "start_price": 150, "tick": "0.05", "lot": "0.1", "size": 20},
                   {"quote": "USDT", "lot": "0.002", "base": "BTC"}]}
      """#, isPerpetual: true)
    #expect(exchange.assets == ["EUR", "USDT"])
    #expect(exchange.initialBalances == [1_050_000_000, 0])
    #expect(exchange.markets.map(\.rules.symbol) == ["SOL-EUR-PERP", "BTC-USDT-PERP"])
    #expect(exchange.markets[0].rules.tick == 5)
    #expect(exchange.markets[1].rules.lot == 2)
    #expect(exchange.markets[1].synthetic.index == 600_000)
    let account = exchange.addAccount()
    #expect(exchange.positions[account].map(\.leverage) == [3, 3])
    exchange.openMarkets(at: 0)
    for time in 1...50 as ClosedRange<Int64> { exchange.step(at: time) }
    #expect(exchange.checkInvariants())
    #expect(exchange.markets[0].book.bids.levels.allSatisfy { $0.price % 5 == 0 })
  }

  @Test func aBadConfigurationIsAFault() {
    #expect(throws: Harness.Failed.self) { try Harness(spotTable, #"{"step_ms": "x"}"#) }
    do { _ = try Harness(spotTable, #"{"step_ms": "x"}"#) } catch {
      let failed = error as? Harness.Failed
      #expect(failed?.status == pb_status(PB_E_ARGUMENT))
      #expect(failed?.text == "config.step_ms: expected an integer")
    }
  }

  @Test func descriptorsAreObjects() throws {
    for descriptor in [PaperManifest.paper, PaperManifest.paperPerpetual] {
      let config = try ConnectorConfig(descriptor.description)
      let id = try #require(try config.string("id"))
      #expect(["paper", "paper_perpetual"].contains(id))
      // The defaults that it states are those that an empty configuration has.
      let stated = try config.field("config", expected: "an array") { json -> [String] in
        var pairs: [String] = []
        json.enterArray()
        while json.nextElement() {
          var (name, value) = ("", "")
          json.enterObject()
          while let key = json.nextKey() {
            switch key {
            case "name": name = json.string().text
            case "default":
              let isScalar = json.peek() != UInt8(ascii: "{") && json.peek() != UInt8(ascii: "[")
              value = isScalar ? json.scalar().text : "-"
              if !isScalar { json.skip() }
            default: json.skip()
            }
          }
          if value != "-" { pairs.append("\"\(name)\": \"\(value)\"") }
        }
        return pairs
      }
      let isPerpetual = id == "paper_perpetual"
      let text = "{" + (try #require(stated)).joined(separator: ", ") + "}"
      let explicit = try PaperConfig(ConnectorConfig(text), isPerpetual: isPerpetual)
      #expect(try explicit == PaperConfig(ConnectorConfig("{}"), isPerpetual: isPerpetual))
    }
  }
}
