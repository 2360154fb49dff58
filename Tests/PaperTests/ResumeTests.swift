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

  @Test func modesAndMarginGoOn() throws {
    let made = try config(
      """
      {"modes": [{"symbol": "BTC-USDT-PERP", "leverage": "20", "margin_mode": "isolated"},
                 {"symbol": "ETH-USDT-PERP", "leverage": "900"}],
       "positions": [{"symbol": "BTC-USDT-PERP", "quantity": "1", "entry": "60000", "margin": "4000.5"}]}
      """)
    let exchange = try made.makeExchange(isPerpetual: true)
    var lost: [String] = []
    let position = exchange.positions[exchange.addAccount(made.resume) { lost.append($0) }][0]
    #expect(position.leverage == 20 && position.isIsolated && position.margin == 400_050_000_000)
    #expect(lost.count == 1 && lost[0].contains("900"))
    let bare = try config(
      """
      {"modes": [{"symbol": "BTC-USDT-PERP", "margin_mode": "isolated"}],
       "positions": [{"symbol": "BTC-USDT-PERP", "quantity": "-1", "entry": "60000"}]}
      """)
    let anew = try bare.makeExchange(isPerpetual: true)
    #expect(anew.positions[anew.addAccount(bare.resume)][0].margin == 6_000 * unit, "by its price and the leverage")
  }

  @Test func openOrdersGoOn() throws {
    let text = """
      {"orders": [
        {"id": "1700000000000001", "client": "rests", "order": "11", "symbol": "BTC-USDT", "side": "buy",
         "type": "limit", "time_in_force": "gtc", "flags": ["post_only"], "price": "50000", "quantity": "0.3",
         "filled": "0.1", "average": "50000", "waits": false},
        {"id": "1700000000000002", "client": "waits", "order": "12", "symbol": "BTC-USDT", "side": "sell",
         "type": "stop_limit", "time_in_force": "gtc", "flags": [], "price": "54000", "stop": "55000",
         "quantity": "0.2", "filled": "0", "waits": true},
        {"id": "1700000000000003", "client": "went", "order": "13", "symbol": "BTC-USDT", "side": "buy",
         "type": "stop_limit", "time_in_force": "gtc", "flags": [], "price": "52000", "stop": "70000",
         "quantity": "0.1", "filled": "0", "waits": false},
        {"id": "1700000000000004", "client": "late", "order": "14", "symbol": "BTC-USDT", "side": "buy",
         "type": "limit", "time_in_force": "gtd", "flags": [], "price": "50000", "quantity": "0.1", "filled": "0",
         "expiry_ns": "1", "waits": false},
        {"id": "1700000000000005", "client": "dear", "order": "15", "symbol": "BTC-USDT", "side": "buy",
         "type": "limit", "time_in_force": "gtc", "flags": [], "price": "50000", "quantity": "3", "filled": "0",
         "waits": false},
        {"id": "1700000000000006", "client": "gone", "order": "16", "symbol": "OLD-USDT", "side": "buy",
         "type": "limit", "time_in_force": "gtc", "flags": [], "price": "1", "quantity": "90", "filled": "0",
         "waits": false}]}
      """
    let made = try PaperConfig(ConnectorConfig(#"{"step_ms": 0, "resume": \#(text)}"#), isPerpetual: false)
    let exchange = try made.makeExchange(isPerpetual: false)
    exchange.number(from: 1_600_000_000_000_000_000)
    let account = exchange.addAccount(made.resume)
    var lost: [String] = []
    for order in made.resume.orders { exchange.reopen(order, account, at: 5) { lost.append($0) } }
    exchange.finish(at: 5)
    let order = { (client: String) in exchange.find(account, id: nil, clientOrder: client) }
    #expect(order("rests")?.state == .partial && order("rests")?.remaining == 20_000)
    #expect(order("rests")?.id == 1_700_000_000_000_001 && order("rests")?.request.hostOrder == 11)
    #expect(exchange.markets[0].book.remaining(1_700_000_000_000_001) == 20_000)
    #expect(order("waits")?.state == .untriggered && order("waits")?.request.type == .stopLimit)
    #expect(order("went")?.state == .open && exchange.markets[0].book.remaining(1_700_000_000_000_003) == 10_000)
    #expect(order("late")?.state == .expired && order("dear")?.state == .cancelled && order("gone") == nil)
    #expect(lost.count == 1 && lost[0].contains("gone"), "\(lost)")
    #expect(exchange.free(account, "USDT") == (100_000 - 10_000 - 5_200) * unit)
    #expect(exchange.free(account, "BTC") == 80_000_000)
    #expect(exchange.nextOrder > 1_700_000_000_000_005 && exchange.checkInvariants())
  }

  @Test func noBalanceBecomesNegative() throws {
    let made = try config(#"{"changes": {"USDT": "-200000"}}"#)
    let exchange = try made.makeExchange(isPerpetual: true)
    #expect(exchange.total(exchange.addAccount(made.resume), "USDT") == 0)
  }

  @Test(arguments: [
    #"{"orders": [{"id": "x"}]}"#, #"{"orders": [{"id": "1", "quantity": "1", "type": "iceberg"}]}"#,
    #"{"modes": [{"margins": "1"}]}"#, "[]", #"{"odd": 1}"#, #"{"fault": "why"}"#,
    #"{"changes": {"USDT": "x"}}"#, #"{"changes": [1]}"#, #"{"positions": {}}"#,
    #"{"positions": [{"symbol": "BTC-USDT-PERP", "quantity": "0", "entry": "1"}]}"#,
    #"{"positions": [{"symbol": "BTC-USDT-PERP", "quantity": "1", "entry": "-1"}]}"#,
    #"{"positions": [{"symbol": "BTC-USDT-PERP", "quantity": "1", "entry": "1", "leg": "net"}]}"#,
  ])
  func whatCannotBeReadIsAFault(_ resume: String) throws {
    #expect(throws: ConfigFault.self) { try config(resume) }
  }
}
