import CPatchbay
import ConnectorKit
import Decimals

/// Events of an account on Binance futures. Source: "User Data Streams" of the USDⓈ-M futures documentation.
extension BinancePerpetual {
  func perpetualEvent(_ type: String, _ json: inout JSONScanner, _ account: AccountState) -> Status {
    switch type {
    case "ORDER_TRADE_UPDATE": return orderUpdate(&json, account)
    case "ACCOUNT_UPDATE": return accountUpdate(&json, account)
    case "ACCOUNT_CONFIG_UPDATE": return configUpdate(&json, account)
    case "MARGIN_CALL": return marginCall(&json, account)
    case "ALGO_UPDATE": return algoUpdate(&json, account)
    // The same execution as in ORDER_TRADE_UPDATE, earlier but without its fee: counted first, it would hide the fee.
    case "TRADE_LITE": return .ok
    case "STRATEGY_UPDATE", "GRID_UPDATE", "CONDITIONAL_ORDER_TRIGGER_REJECT": return .ok
    default: return .unsupported
    }
  }

  /// `{"e":"ORDER_TRADE_UPDATE","E":ms,"T":ms,"o":{...}}`
  private func orderUpdate(_ json: inout JSONScanner, _ account: AccountState) -> Status {
    var facts = OrderFacts()
    var fill = FillFacts()
    var execution = ""
    var hasOrder = false
    json.enterObject()
    while let key = json.nextKey() {
      guard key == "o", json.peek() == UInt8(ascii: "{") else { json.skip(); continue }
      hasOrder = true
      json.enterObject()
      while let key = json.nextKey() {
        if key == "x" {
          execution = json.string().text
        } else if !readOrder(key, &json, &facts, &fill) {
          json.skip()
        }
      }
    }
    guard json.isValid, hasOrder, facts.isWhole else { return .parse }
    let known = client(of: facts, account.id)
    if execution == "TRADE" || execution == "CALCULATED", fill.quantity?.isPositive == true {
      fill.symbol = facts.symbol
      fill.venue = facts.venue
      fill.client = known.isEmpty ? facts.client : known
      fill.side = OrderWords.side(facts.side)
      fill.positionSide = facts.positionSide
      fill.time = facts.time
      let isForced = execution == "CALCULATED"
      if isForced {
        fill.flags = forced(facts)
        // The exchange's own executions have no trade id; what was filled of the order so far tells them apart.
        if fill.trade == "0" || fill.trade.isEmpty { fill.trade = "\(facts.venue)-\(facts.quantityFilled.plain)" }
      }
      tell(fill, account.id)
      if isForced { tellForced(facts, fill, account) }
    }
    // A conditional order's real order ends it.
    if !known.isEmpty, let state = facts.state(.perpetual), [.filled, .cancelled, .rejected, .expired].contains(state) {
      forget(known, account.id)
    }
    tell(facts, account.id, client: known)
    return .ok
  }

  private func readOrder(
    _ key: JSONText, _ json: inout JSONScanner, _ facts: inout OrderFacts, _ fill: inout FillFacts
  ) -> Bool {
    switch key {
    case "s": facts.symbol = json.string().text
    case "c": facts.client = json.string().text
    case "S": facts.side = json.string().text
    case "o" where facts.type.isEmpty: facts.type = json.string().text
    case "ot": facts.type = json.string().text
    case "f": facts.timeInForce = json.string().text
    case "q": facts.quantity = json.optionalDecimal()
    case "p": facts.price = json.optionalDecimal()
    case "ap": facts.average = json.shownDecimal()
    case "sp": facts.stop = json.optionalDecimal()
    case "X": facts.status = json.string().text
    case "i": facts.venue = json.scalar().text
    case "z": facts.filled = json.optionalDecimal()
    case "T": facts.time = json.milliseconds()
    case "R": facts.isReduceOnly = json.boolean()
    case "cp": facts.closesPosition = json.boolean()
    case "ps": facts.positionSide = json.string().text
    case "er":
      // 0 says that there is none.
      let reason = json.scalar().text
      if reason != "0" { facts.reason = reason }
    case "l": fill.quantity = json.optionalDecimal()
    case "L": fill.price = json.optionalDecimal()
    case "n": fill.fee = json.optionalDecimal()
    case "N" where json.peek() == UInt8(ascii: "\""): fill.feeAsset = json.string().text
    case "t": fill.trade = json.scalar().text
    case "m": fill.isMaker = json.boolean()
    case "rp": fill.realized = json.optionalDecimal()
    default: return false
    }
    return true
  }

  /// An execution that the exchange forced: "autoclose-..." is a liquidation, "adl_autoclose" a deleveraging,
  /// "settlement_autoclose-" the end of a contract.
  private func forced(_ facts: OrderFacts) -> UInt32 {
    if facts.client.hasPrefix("adl_autoclose") || facts.status == "NEW_ADL" { return UInt32(PB_FILL_DELEVERAGED) }
    return facts.client.hasPrefix("autoclose-") ? UInt32(PB_FILL_FORCED) : 0
  }

  private func tellForced(_ facts: OrderFacts, _ fill: FillFacts, _ account: AccountState) {
    let number = symbols.find(facts.symbol)
    guard number >= 0, fill.flags != 0 else { return }
    let isDeleveraging = fill.flags & UInt32(PB_FILL_DELEVERAGED) != 0
    var record = pb_liquidation()
    record.account = account.id
    record.instrument = markets[number].id
    record.venue_ns = facts.time
    record.side = OrderWords.side(facts.side).rawValue
    record.what = UInt32(isDeleveraging ? PB_LIQUIDATION_DELEVERAGED : PB_LIQUIDATION_FORCED)
    record.price = pb_dec(fill.price)
    record.quantity = pb_dec(fill.quantity)
    out.liquidation(record)
  }

  /// `{"e":"ACCOUNT_UPDATE","T":ms,"a":{"m":"ORDER","B":[{"a","wb","cw","bc"}],
  /// "P":[{"s","pa","ep","cr","up","mt","iw","ps"}]}}`
  private func accountUpdate(_ json: inout JSONScanner, _ account: AccountState) -> Status {
    var time: Int64 = 0
    var (balances, positions): (JSONMark?, JSONMark?)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "T": time = json.milliseconds()
      case "a":
        json.enterObject()
        while let key = json.nextKey() {
          switch key {
          case "B": balances = json.mark; json.skip()
          case "P": positions = json.mark; json.skip()
          default: json.skip()
          }
        }
      default: json.skip()
      }
    }
    guard json.isValid else { return .parse }
    var isWhole = true
    if let balances {
      var list = balances.scanner()
      list.enterArray()
      while list.nextElement() {
        var entry = list.entry()
        isWhole = tellWallet(&entry, account, time) && isWhole
      }
      guard list.isValid else { return .parse }
    }
    if let positions {
      var list = positions.scanner()
      list.enterArray()
      while list.nextElement() {
        var entry = list.entry()
        let facts = PositionFacts(event: &entry)
        isWhole = entry.isValid && isWhole
        if entry.isValid { tell(facts, account.id, time: time) }
      }
      guard list.isValid else { return .parse }
    }
    // What could not be read is asked for with everything else when the stream opens anew.
    return isWhole ? .ok : .parse
  }

  /// The wallet's balance. What new orders may use is not told here: the host asks.
  private func tellWallet(_ json: inout JSONScanner, _ account: AccountState, _ time: Int64) -> Bool {
    var asset = ""
    var wallet: WideDecimal?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "a": asset = json.string().text
      case "wb": wallet = json.wideDecimal()
      default: json.skip()
      }
    }
    guard json.isValid, !asset.isEmpty, let wallet else { return false }
    out.balance(account: account.id, asset: asset, total: wallet, available: nil, time: time)
    return true
  }

  /// `{"e":"ACCOUNT_CONFIG_UPDATE","ac":{"s":"BTCUSDT","l":25}}`; with `ai` it is about the multi-assets mode.
  private func configUpdate(_ json: inout JSONScanner, _ account: AccountState) -> Status {
    var symbol = -1
    var leverage: Decimal64?
    json.enterObject()
    while let key = json.nextKey() {
      guard key == "ac" else { json.skip(); continue }
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "s": symbol = symbols.find(json.string())
        case "l": leverage = json.decimal()
        default: json.skip()
        }
      }
    }
    guard json.isValid else { return .parse }
    guard symbol >= 0, let leverage else { return .ok }
    tellMode(account.id, markets[symbol].id, leverage: leverage)
    return .ok
  }

  /// `{"e":"MARGIN_CALL","E":ms,"p":[{"s","ps","pa","mt","mp","up","mm"}]}`
  private func marginCall(_ json: inout JSONScanner, _ account: AccountState) -> Status {
    var time: Int64 = 0
    var positions: JSONMark?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "E": time = json.milliseconds()
      case "p": positions = json.mark; json.skip()
      default: json.skip()
      }
    }
    guard json.isValid, let positions else { return .parse }
    var list = positions.scanner()
    list.enterArray()
    while list.nextElement() {
      let facts = PositionFacts(event: &list)
      guard list.isValid, let number = index(facts.symbol), let quantity = facts.quantity else { continue }
      let isLong = facts.side == "LONG" || facts.side != "SHORT" && quantity.isPositive
      var record = pb_liquidation()
      record.account = account.id
      record.instrument = markets[number].id
      record.venue_ns = time
      record.side = (isLong ? Side.sell : Side.buy).rawValue
      record.what = UInt32(PB_LIQUIDATION_MARGIN_CALL)
      record.price = pb_dec(facts.mark)
      record.quantity = pb_dec(quantity.absolute)
      out.liquidation(record)
    }
    return list.isValid ? .ok : .parse
  }

  func index(_ symbol: String) -> Int? {
    let number = symbols.find(symbol)
    return number >= 0 ? number : nil
  }

  /// `{"e":"ALGO_UPDATE","T":ms,"E":ms,"o":{...}}`
  private func algoUpdate(_ json: inout JSONScanner, _ account: AccountState) -> Status {
    var facts: AlgoFacts?
    var time: Int64 = 0
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "T": time = json.milliseconds()
      case "o": facts = AlgoFacts(event: &json)
      default: json.skip()
      }
    }
    guard json.isValid, var facts, facts.isWhole else { return .parse }
    facts.order.time = time
    learn(facts, account.id)
    tell(facts.order, account.id)
    if let state = facts.order.state(.perpetual), [.filled, .cancelled, .rejected, .expired].contains(state) {
      forget(facts.order.client, account.id)
    }
    return .ok
  }
}
