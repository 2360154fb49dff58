import ConnectorKit
import Decimals
import Matching

/// What an account did in earlier runs: by how much its balances differ from the configured ones, and its positions.
/// Open orders are not in it, nor prices: markets begin anew.
struct Resume: Equatable {
  struct Change: Equatable {
    var asset: String
    var amount: Amount
  }

  struct Holding: Equatable {
    var symbol = ""
    /// Negative = short.
    var quantity = Decimal64.zero
    var entry = Decimal64.zero
  }

  var changes: [Change] = []
  var positions: [Holding] = []

  private static let expected =
    "an object of changes (decimal amounts by asset) and positions (a list of symbol, quantity and entry)"

  /// Reads `resume`; `nil` where it is absent.
  static func read(_ config: ConnectorConfig) throws(ConfigFault) -> Resume? {
    var isBad = false
    let resume = try config.field("resume", expected: expected) { json -> Resume in
      var resume = Resume()
      json.enterObject()
      while let key = json.nextKey() {
        switch key.text {
        case "changes": resume.readChanges(&json, &isBad)
        case "positions": resume.readPositions(&json, &isBad)
        default:
          isBad = true
          json.skip()
        }
      }
      return resume
    }
    if isBad { throw ConfigFault.field(name: "resume", expected: expected) }
    return resume
  }

  private mutating func readChanges(_ json: inout JSONScanner, _ isBad: inout Bool) {
    json.enterObject()
    while let key = json.nextKey() {
      let asset = key.text
      let value = json.decimal()
      guard let amount = money(value) else {
        isBad = true
        continue
      }
      changes.append(Change(asset: asset, amount: amount))
    }
  }

  private mutating func readPositions(_ json: inout JSONScanner, _ isBad: inout Bool) {
    json.enterArray()
    while json.nextElement() {
      var holding = Holding()
      json.enterObject()
      while let key = json.nextKey() {
        switch key.text {
        case "symbol": holding.symbol = json.string().text
        case "quantity": holding.quantity = json.decimal()
        case "entry": holding.entry = json.decimal()
        default:
          isBad = true
          json.skip()
        }
      }
      if !holding.entry.isPositive || holding.quantity.isZero { isBad = true }
      positions.append(holding)
    }
  }
}

extension Exchange {
  /// Opens an account that goes on from what it did: no balance becomes negative, and positions in markets that are
  /// not there any more are gone. The background holds the other side of its positions.
  /// - Parameter lost: is given what cannot go on, for people.
  func addAccount(_ resume: Resume, lost: (String) -> Void = { _ in }) -> Participant {
    var balances = initialBalances
    for change in resume.changes {
      guard let asset = assets.firstIndex(of: change.asset) else {
        lost("no market has the asset \(change.asset): its balance is gone")
        continue
      }
      let sum = balances[asset] + change.amount
      if sum < 0 { lost("the balance of \(change.asset) would be negative: it is 0") }
      balances[asset] = max(0, sum)
    }
    let account = addAccount(balances)
    guard isPerpetual else { return account }
    for holding in resume.positions {
      guard let market = markets.firstIndex(where: { $0.rules.symbol == holding.symbol }) else {
        lost("no market is called \(holding.symbol): the position of \(holding.quantity) is gone")
        continue
      }
      guard let quantity = holding.quantity.mantissa(at: markets[market].rules.quantityExponent),
        let cost = money(holding.entry, times: holding.quantity)
      else {
        lost("\(holding.symbol) has no quantity \(holding.quantity) any more: the position is gone")
        continue
      }
      for (owner, sign) in [(account, Int64(1)), (Ledger.maker, -1)] {
        positions[owner][market].quantity += sign * quantity
        positions[owner][market].cost += Amount(sign) * cost
      }
    }
    return account
  }
}
