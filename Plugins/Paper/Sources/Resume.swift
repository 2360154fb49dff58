import ConnectorKit
import Decimals
import Matching

/// What an account did in earlier runs: by how much its balances differ from the configured ones, its positions, what
/// it was set to, and its open orders. Prices are not in it: markets begin anew.
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
    /// What is set aside for it, on isolated margin.
    var margin: Decimal64?
  }

  struct Mode: Equatable {
    var symbol = ""
    var leverage: Decimal64?
    var isIsolated = false
  }

  var changes: [Change] = []
  var positions: [Holding] = []
  var modes: [Mode] = []
  var orders: [ResumedOrder] = []

  private static let expected =
    "an object of changes (decimal amounts by asset) and lists of positions (symbol, quantity, entry), modes and orders"

  /// Reads `resume`; `nil` where it is absent.
  static func read(_ config: ConnectorConfig) throws(ConfigFault) -> Resume? {
    var isBad = false
    let resume = try config.field("resume", expected: expected) { json -> Resume in
      var resume = Resume()
      json.enterObject()
      while let key = json.nextKey() {
        switch key.text {
        case "changes": resume.readChanges(&json, &isBad)
        case "positions": resume.positions = Self.list(&json, &isBad, Self.holding)
        case "modes": resume.modes = Self.list(&json, &isBad, Self.mode)
        case "orders": resume.orders = Self.list(&json, &isBad, ResumedOrder.read)
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

  private static func list<Item>(
    _ json: inout JSONScanner, _ isBad: inout Bool, _ read: (inout JSONScanner) -> Item?
  ) -> [Item] {
    var items: [Item] = []
    json.enterArray()
    while json.nextElement() {
      if let item = read(&json) { items.append(item) } else { isBad = true }
    }
    return items
  }

  private static func holding(_ json: inout JSONScanner) -> Holding? {
    var (holding, isBad) = (Holding(), false)
    json.enterObject()
    while let key = json.nextKey() {
      switch key.text {
      case "symbol": holding.symbol = json.string().text
      case "quantity": holding.quantity = json.decimal()
      case "entry": holding.entry = json.decimal()
      case "margin": holding.margin = json.decimal()
      default:
        isBad = true
        json.skip()
      }
    }
    return isBad || !holding.entry.isPositive || holding.quantity.isZero ? nil : holding
  }

  private static func mode(_ json: inout JSONScanner) -> Mode? {
    var (mode, isBad) = (Mode(), false)
    json.enterObject()
    while let key = json.nextKey() {
      switch key.text {
      case "symbol": mode.symbol = json.string().text
      case "leverage": mode.leverage = json.decimal()
      case "margin_mode": mode.isIsolated = json.string() == "isolated"
      default:
        isBad = true
        json.skip()
      }
    }
    return isBad ? nil : mode
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
    for mode in resume.modes { set(mode, account, lost) }
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
      guard positions[account][market].isIsolated else { continue }
      positions[account][market].margin =
        holding.margin.flatMap { money($0) } ?? ceilingQuotient(abs(cost), Amount(leverage(account, market)))
    }
    return account
  }

  private func set(_ mode: Resume.Mode, _ account: Participant, _ lost: (String) -> Void) {
    guard let market = markets.firstIndex(where: { $0.rules.symbol == mode.symbol }) else { return }
    positions[account][market].isIsolated = mode.isIsolated
    guard let leverage = mode.leverage else { return }
    guard let whole = leverage.mantissa(at: 0), whole >= 1, whole <= markets[market].rules.maxLeverage else {
      return lost("\(mode.symbol) has no leverage \(leverage) any more: it is \(self.leverage(account, market))")
    }
    positions[account][market].leverage = whole
  }
}
