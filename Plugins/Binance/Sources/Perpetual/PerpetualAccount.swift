import CPatchbay
import ConnectorKit
import Decimals

/// Balances, fees, positions, modes and funding payments of Binance futures. Sources: "Account Information V3", "User
/// Commission Rate", "Position Information V3", "Change Initial Leverage", "Change Margin Type", "Change Position
/// Mode", "Get Current Position Mode", "Symbol Configuration", "Get Income History" of the USDⓈ-M futures
/// documentation.
extension BinancePerpetual {
  /// PB_CMD_BALANCES: `{"assets": [{"asset": "USDT", "walletBalance": "23.7", "availableBalance": "23.7", ...}], ...}`
  func queryBalances(_ command: OwnedCommand, _ account: AccountState) {
    askSigned(
      .get, "/fapi/v3/account", Form(), act: "account", account, command: command.id,
      charges: venue.cost(weights.account)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var json = JSONScanner(body)
      var hasList = false
      var isWhole = true
      json.enterObject()
      while let key = json.nextKey() {
        guard key == "assets" else { json.skip(); continue }
        hasList = true
        json.enterArray()
        while json.nextElement() {
          var entry = json.entry()
          isWhole = tellAsset(&entry, account.id, command.id) && isWhole
        }
      }
      guard json.isComplete(), hasList else { return unreadable(command.id, "account") }
      out.complete(PB_EV_BALANCE, command: command.id, account: account.id, partial: !isWhole)
      out.done(command.id)
      return .ok
    }
  }

  /// - Returns: whether it could be read; what cannot be is named and left out.
  private func tellAsset(_ json: inout JSONScanner, _ account: pb_id, _ command: pb_id) -> Bool {
    var asset = ""
    var time: Int64 = 0
    var (wallet, available): (WideDecimal?, WideDecimal?)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "asset": asset = json.string().text
      case "walletBalance": wallet = json.wideDecimal()
      case "availableBalance": available = json.wideDecimal()
      case "updateTime": time = json.milliseconds()
      default: json.skip()
      }
    }
    guard json.isValid, !asset.isEmpty, let wallet, let available else {
      out.log(.error, "the balance of \(asset.isEmpty ? "an asset" : asset) cannot be read and is left out")
      return false
    }
    out.balance(account: account, asset: asset, total: wallet, available: available, time: time, command: command)
    return true
  }

  /// PB_CMD_FEES of one instrument: `{"symbol", "makerCommissionRate", "takerCommissionRate"}`.
  func queryFees(_ command: OwnedCommand, _ account: AccountState) {
    guard let market = market(command.instrument) else {
      return out.refuse(
        command.id, command.instrument == 0 ? .unsupported : .unknownInstrument,
        "the venue tells rates of one instrument at a time")
    }
    var form = Form()
    form.add("symbol", market.symbol)
    askSigned(
      .get, venue.prefix + "/commissionRate", form, act: "commission", account, command: command.id,
      charges: venue.cost(weights.fees)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var json = JSONScanner(body)
      var (maker, taker): (Decimal64?, Decimal64?)
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "makerCommissionRate": maker = json.decimal()
        case "takerCommissionRate": taker = json.decimal()
        default: json.skip()
        }
      }
      guard json.isComplete(), let maker, let taker else { return unreadable(command.id, "commission rate") }
      out.fees(account: account.id, instrument: market.id, maker: maker, taker: taker, command: command.id)
      out.complete(PB_EV_FEES, command: command.id, account: account.id, instrument: market.id)
      out.done(command.id)
      return .ok
    }
  }

  /// PB_CMD_POSITIONS. Version 3 lists only symbols with a position or an order; what is not there is closed.
  func queryPositions(_ command: OwnedCommand, _ account: AccountState) {
    guard let form = symbolForm(command) else { return }
    askList(
      "/fapi/v3/positionRisk", form, act: "positions", account, command, weight: 5, PB_EV_POSITION,
      instrument: command.instrument
    ) { [unowned self] json in
      let facts = PositionFacts(&json)
      guard json.isValid, facts.quantity != nil else {
        out.log(.error, "the position in \(facts.symbol) cannot be read")
        return false
      }
      tell(facts, account.id, time: facts.time, command: command.id)
      return true
    }
  }

  func tell(_ facts: PositionFacts, _ account: pb_id, time: Int64, command: pb_id = 0) {
    guard let number = index(facts.symbol), let quantity = facts.quantity else { return }
    var record = pb_position()
    record.account = account
    record.instrument = markets[number].id
    record.command = command
    record.venue_ns = time
    record.position = UInt32(OrderWords.position(facts.side))
    record.margin_mode = UInt32(OrderWords.margin(facts.margin))
    record.quantity = pb_dec(quantity)
    // Zero stands for "none" in prices.
    record.entry = pb_dec(facts.entry?.isZero == true ? nil : facts.entry)
    record.mark = pb_dec(facts.mark?.isZero == true ? nil : facts.mark)
    record.liquidation = pb_dec(facts.liquidation?.isPositive == true ? facts.liquidation : nil)
    record.unrealized = pb_dec(facts.unrealized)
    record.realized = pb_dec(facts.realized)
    record.leverage = pb_dec(facts.leverage)
    record.margin = pb_dec(facts.isolated?.isZero == true ? nil : facts.isolated)
    out.position(record)
  }

  // MARK: Modes

  func tellMode(
    _ account: pb_id, _ instrument: pb_id, leverage: Decimal64? = nil, margin: Int = 0, position: Int = 0,
    command: pb_id = 0
  ) {
    var record = pb_mode()
    record.account = account
    record.instrument = instrument
    record.command = command
    record.margin_mode = UInt32(margin)
    record.position_mode = UInt32(position)
    record.leverage = pb_dec(leverage)
    out.mode(record)
  }

  /// Changes a mode. `settled` are codes that say that it is so already; `read` tells what has become so, or what is
  /// wrong.
  private func change(
    _ path: String, _ form: Form, act: String, _ command: OwnedCommand, _ account: AccountState, settled: String = "",
    _ read: @escaping (inout JSONScanner) -> String?
  ) {
    askSigned(
      .post, venue.prefix + path, form, act: act, account, command: command.id, priority: .order, charges: venue.cost(1)
    ) { [unowned self] reply, body in
      if !reply.isSuccess {
        let error = error(reply, body)
        guard !settled.isEmpty, error.code == settled else {
          let end = error.end(isWrite: true)
          out.reply(
            command.id, end.outcome, end.failure, retryAfter: end.retryAfter, code: end.code, end.text)
          return .ok
        }
      }
      var json = JSONScanner(body)
      if let problem = read(&json) { out.refuse(command.id, .other, problem) } else { out.done(command.id) }
      return .ok
    }
  }

  /// PB_CMD_LEVERAGE: a whole number.
  func setLeverage(_ command: OwnedCommand, _ account: AccountState) {
    guard let market = market(command.instrument) else {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    guard let value = command.value, value.isPositive, let wanted = value.mantissa(at: 0) else {
      return out.refuse(command.id, .invalidOrder, "leverage must be a whole number above zero")
    }
    var form = Form()
    form.add("symbol", market.symbol)
    form.add("leverage", wanted)
    change("/leverage", form, act: "leverage", command, account) { [unowned self] json in
      var got: Decimal64?
      json.enterObject()
      while let key = json.nextKey() { if key == "leverage" { got = json.decimal() } else { json.skip() } }
      guard json.isComplete(), let got else { return "the venue's answer cannot be read" }
      // Zero is no leverage that a position could have: nothing was set.
      if got.isPositive { tellMode(account.id, market.id, leverage: got, command: command.id) }
      return got == Decimal64(wanted) ? nil : "the leverage is \(got.plain)"
    }
  }

  /// PB_CMD_MARGIN_MODE. -4046: "No need to change margin type."
  func setMarginMode(_ command: OwnedCommand, _ account: AccountState) {
    guard let market = market(command.instrument) else {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    let isIsolated: Bool
    switch Int(command.fields.mode) {
    case PB_MARGIN_CROSS: isIsolated = false
    case PB_MARGIN_ISOLATED: isIsolated = true
    default: return out.refuse(command.id, .invalidOrder, "the margin mode is cross or isolated")
    }
    var form = Form()
    form.add("symbol", market.symbol)
    form.add("marginType", isIsolated ? "ISOLATED" : "CROSSED")
    change("/marginType", form, act: "margin_mode", command, account, settled: "-4046") { [unowned self] _ in
      tellMode(
        account.id, market.id, margin: isIsolated ? PB_MARGIN_ISOLATED : PB_MARGIN_CROSS, command: command.id)
      return nil
    }
  }

  /// PB_CMD_POSITION_MODE, of all instruments at once. -4059: "No need to change position side."
  func setPositionMode(_ command: OwnedCommand, _ account: AccountState) {
    let isHedge: Bool
    switch Int(command.fields.mode) {
    case PB_POSITION_MODE_ONE_WAY: isHedge = false
    case PB_POSITION_MODE_HEDGE: isHedge = true
    default: return out.refuse(command.id, .invalidOrder, "the position mode is one-way or hedge")
    }
    var form = Form()
    form.add("dualSidePosition", isHedge)
    change("/positionSide/dual", form, act: "position_mode", command, account, settled: "-4059") { [unowned self] _ in
      tellMode(
        account.id, 0, position: isHedge ? PB_POSITION_MODE_HEDGE : PB_POSITION_MODE_ONE_WAY, command: command.id)
      return nil
    }
  }

  /// PB_CMD_MODES: the account's position mode, then leverage and margin mode of one symbol or all.
  func queryModes(_ command: OwnedCommand, _ account: AccountState) {
    guard let form = symbolForm(command) else { return }
    askSigned(
      .get, venue.prefix + "/positionSide/dual", Form(), act: "position_mode_read", account, command: command.id,
      charges: venue.cost(30)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var json = JSONScanner(body)
      var isHedge: Bool?
      json.enterObject()
      while let key = json.nextKey() { if key == "dualSidePosition" { isHedge = json.boolean() } else { json.skip() } }
      guard json.isComplete(), let isHedge else { return unreadable(command.id, "position mode") }
      tellMode(
        account.id, 0, position: isHedge ? PB_POSITION_MODE_HEDGE : PB_POSITION_MODE_ONE_WAY, command: command.id)
      askList(
        venue.prefix + "/symbolConfig", form, act: "symbol_config", account, command, weight: 5, PB_EV_MODE,
        instrument: command.instrument
      ) { [unowned self] json in tellSymbolConfig(&json, account.id, command.id) }
      return .ok
    }
  }

  /// `{"symbol": "BTCUSDT", "marginType": "CROSSED", "leverage": 21, ...}`
  private func tellSymbolConfig(_ json: inout JSONScanner, _ account: pb_id, _ command: pb_id) -> Bool {
    var symbol = -1
    var margin = ""
    var leverage: Decimal64?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": symbol = symbols.find(json.string())
      case "marginType": margin = json.string().text
      case "leverage": leverage = json.decimal()
      default: json.skip()
      }
    }
    guard json.isValid else { return false }
    guard symbol >= 0 else { return true }
    tellMode(account, markets[symbol].id, leverage: leverage, margin: OrderWords.margin(margin), command: command)
    return true
  }
}

/// What the exchange says of a position, in a list or in an event.
struct PositionFacts {
  var symbol = ""
  var side = ""
  var margin = ""
  var quantity: Decimal64?
  var entry: Decimal64?
  var mark: Decimal64?
  var liquidation: Decimal64?
  var unrealized: Decimal64?
  var realized: Decimal64?
  var leverage: Decimal64?
  var isolated: Decimal64?
  var time: Int64 = 0

  /// - Parameter json: stands at an element of positionRisk; version 2 tells leverage and margin mode too.
  init(_ json: inout JSONScanner) {
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": symbol = json.string().text
      case "positionSide": side = json.string().text
      case "marginType": margin = json.string().text
      case "positionAmt": quantity = json.decimal()
      case "entryPrice": entry = json.shownDecimal()
      case "markPrice": mark = json.shownDecimal()
      case "liquidationPrice": liquidation = json.shownDecimal()
      case "unRealizedProfit": unrealized = json.shownDecimal()
      case "leverage": leverage = json.shownDecimal()
      case "isolatedMargin": isolated = json.shownDecimal()
      case "updateTime": time = json.milliseconds()
      default: json.skip()
      }
    }
  }

  /// - Parameter event: stands at an element of `P` in ACCOUNT_UPDATE, or of `p` in MARGIN_CALL.
  init(event json: inout JSONScanner) {
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "s": symbol = json.string().text
      case "ps": side = json.string().text
      case "mt": margin = json.string().text
      case "pa": quantity = json.decimal()
      case "ep": entry = json.shownDecimal()
      case "mp": mark = json.shownDecimal()
      case "up": unrealized = json.shownDecimal()
      case "cr": realized = json.shownDecimal()
      case "iw": isolated = json.shownDecimal()
      default: json.skip()
      }
    }
  }
}
