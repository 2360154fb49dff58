import ConnectorKit
import Decimals
import Matching
import Testing

@testable import PaperConnector

/// An account that goes on from what it did in earlier runs.
@Suite struct ResumeTests {
  private func config(_ resume: String) throws -> PaperConfig {
    try PaperConfig(ConnectorConfig(#"{"step_ms": 0, "resume": \#(resume)}"#), isPerpetual: true)
  }

  @Test func balancesAndPositionsGoOn() throws {
    let text = """
      {"changes": {"USDT": "-250.5", "XYZ": "1"},
       "positions": [{"symbol": "BTC-USDT-PERP", "quantity": "-0.5", "entry": "61000.25"},
                     {"symbol": "GONE-USDT-PERP", "quantity": "1", "entry": "2"}]}
      """
    let made = try config(text)
    let exchange = try made.makeExchange(isPerpetual: true)
    let account = exchange.addAccount(made.resume)
    #expect(exchange.total(account, "USDT") == 9_974_950_000_000)
    let position = exchange.positions[account][0]
    #expect(position.quantity == -500 && position.cost == -3_050_012_500_000)
    #expect(exchange.checkInvariants(), "the background holds the other side")
    #expect(exchange.addAccount() != account && exchange.total(exchange.addAccount(), "USDT") == 10_000_000_000_000)
  }

  @Test func anAveragedPositionGoesOn() throws {
    let made = try config(
      """
      {"changes": {"USDT": "0.000333333333334"},
       "positions": [{"symbol": "BTC-USDT-PERP", "quantity": "0.003", "entry": "30000.666666666666"},
                     {"symbol": "ETH-USDT-PERP", "quantity": "0.00000001", "entry": "2"}]}
      """)
    let exchange = try made.makeExchange(isPerpetual: true)
    var lost: [String] = []
    let account = exchange.addAccount(made.resume) { lost.append($0) }
    let position = exchange.positions[account][0]
    #expect(position.quantity == 3 && position.cost == 9_000_200_000, "to the nearest unit")
    #expect(exchange.total(account, "USDT") == 10_000_000_033_333)
    #expect(lost.count == 1 && lost[0].contains("ETH-USDT-PERP"), "\(lost)")
    #expect(money(Decimal64(mantissa: -15, exponent: -9)) == -2 && money(Decimal64(mantissa: 149, exponent: -10)) == 1)
    #expect(money(Decimal64(mantissa: 1, exponent: 60)) == nil && money(0) == 0)
  }

  @Test func noBalanceBecomesNegative() throws {
    let made = try config(#"{"changes": {"USDT": "-200000"}}"#)
    let exchange = try made.makeExchange(isPerpetual: true)
    #expect(exchange.total(exchange.addAccount(made.resume), "USDT") == 0)
  }

  @Test(arguments: [
    "[]", #"{"odd": 1}"#, #"{"fault": "why"}"#,
    #"{"changes": {"USDT": "x"}}"#, #"{"changes": [1]}"#, #"{"positions": {}}"#,
    #"{"positions": [{"symbol": "BTC-USDT-PERP", "quantity": "0", "entry": "1"}]}"#,
    #"{"positions": [{"symbol": "BTC-USDT-PERP", "quantity": "1", "entry": "-1"}]}"#,
    #"{"positions": [{"symbol": "BTC-USDT-PERP", "quantity": "1", "entry": "1", "leg": "net"}]}"#,
  ])
  func whatCannotBeReadIsAFault(_ resume: String) throws {
    #expect(throws: ConfigFault.self) { try config(resume) }
  }
}
