import CPatchbay
import ConnectorKit
import Decimals

/// Balances, fees and fills of Binance spot. Sources: "Account information", "Account trade list", "Query Commission
/// Rates", and of the wallet "Trade Fee"; Binance US: "Get Trading Fee".
extension BinanceSpot {
  /// PB_CMD_BALANCES: `{"balances": [{"asset": "BTC", "free": "1", "locked": "0"}], "updateTime": ms, ...}`. The time
  /// is that of the account's last change, as in the stream's events: an answer that was overtaken by an event on its
  /// way is older than it.
  func queryBalances(_ command: OwnedCommand, _ account: AccountState) {
    askSigned(
      .get, venue.prefix + "/account", Form(), act: "account", account, command: command.id,
      charges: venue.cost(weights.account)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var json = JSONScanner(body)
      var list: JSONMark?
      var time: Int64 = 0
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "balances": list = json.mark; json.skip()
        case "updateTime": time = json.milliseconds()
        default: json.skip()
        }
      }
      guard json.isComplete(), let list else { return unreadable(command.id, "account") }
      var balances = list.scanner()
      balances.enterArray()
      var isWhole = true
      while balances.nextElement() {
        var entry = balances.entry()
        let isRead = tellBalance(
          &entry, account.id, free: "free", locked: "locked", asset: "asset", time: time, command: command.id)
        isWhole = isWhole && isRead
      }
      guard balances.isValid else { return unreadable(command.id, "account") }
      out.complete(PB_EV_BALANCE, command: command.id, account: account.id, partial: !isWhole)
      out.done(command.id)
      return .ok
    }
  }

  /// One balance: what is free and what orders hold. One that cannot be read is named and left out.
  /// - Returns: whether it could be read.
  func tellBalance(
    _ json: inout JSONScanner, _ account: pb_id, free freeKey: StaticString, locked lockedKey: StaticString,
    asset assetKey: StaticString, time: Int64, command: pb_id
  ) -> Bool {
    var asset = ""
    var (free, locked): (WideDecimal?, WideDecimal?)
    json.enterObject()
    while let key = json.nextKey() {
      if key == assetKey {
        asset = json.string().text
      } else if key == freeKey {
        free = json.wideDecimal()
      } else if key == lockedKey {
        locked = json.wideDecimal()
      } else {
        json.skip()
      }
    }
    guard json.isValid, !asset.isEmpty, let free else {
      out.log(.error, "the balance of \(asset.isEmpty ? "an asset" : asset) cannot be read and is left out")
      return false
    }
    out.balance(
      account: account, asset: asset, total: free + (locked ?? .zero), available: free, time: time, command: command)
    return true
  }

  /// PB_CMD_FEES of one symbol: standard, special and tax commission add up.
  func queryCommission(_ command: OwnedCommand, _ account: AccountState) {
    guard let market = market(command.instrument) else {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    var form = Form()
    form.add("symbol", market.symbol)
    askSigned(
      .get, venue.prefix + "/account/commission", form, act: "commission", account, command: command.id,
      charges: venue.cost(weights.fees)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var json = JSONScanner(body)
      var (maker, taker): (Decimal64?, Decimal64?) = (.zero, .zero)
      var parts = 0
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "standardCommission", "specialCommission", "taxCommission":
          parts += 1
          let rates = readRates(&json)
          maker = maker.flatMap { rates.maker.flatMap($0.adding) }
          taker = taker.flatMap { rates.taker.flatMap($0.adding) }
        default: json.skip()
        }
      }
      guard json.isComplete(), parts > 0, let maker, let taker else { return unreadable(command.id, "commission") }
      out.fees(account: account.id, instrument: market.id, maker: maker, taker: taker, command: command.id)
      out.complete(PB_EV_FEES, command: command.id, account: account.id, instrument: market.id)
      out.done(command.id)
      return .ok
    }
  }

  private func readRates(_ json: inout JSONScanner) -> (maker: Decimal64?, taker: Decimal64?) {
    var rates: (maker: Decimal64?, taker: Decimal64?) = (nil, nil)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "maker": rates.maker = json.decimal()
      case "taker": rates.taker = json.decimal()
      default: json.skip()
      }
    }
    return rates
  }

  /// PB_CMD_FEES from the wallet: `[{"symbol": "BTCUSDT", "makerCommission": "0.001", "takerCommission": "0.001"}]`.
  func queryTradeFees(_ command: OwnedCommand, _ account: AccountState) {
    guard let form = symbolForm(command) else { return }
    askList(
      venue.feesPath, form, act: "trade_fee", account, command, weight: 1, PB_EV_FEES, instrument: command.instrument
    ) {
      [unowned self] json in
      var symbol = -1
      var (maker, taker): (Decimal64?, Decimal64?)
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "symbol": symbol = symbols.find(json.string())
        case "makerCommission": maker = json.decimal()
        case "takerCommission": taker = json.decimal()
        default: json.skip()
        }
      }
      guard json.isValid, let maker, let taker else { return false }
      guard symbol >= 0 else { return true }
      out.fees(account: account.id, instrument: markets[symbol].id, maker: maker, taker: taker, command: command.id)
      return true
    }
  }

  /// PB_CMD_FILLS: the trades of one symbol, oldest first, by pages.
  func queryFills(_ command: OwnedCommand, _ account: AccountState) {
    queryFills(
      command, account,
      FillPages(path: venue.prefix + "/myTrades", act: "fills", weight: weights.fills, windowNanoseconds: 0))
  }
}
