import CPatchbay
import Decimals

public enum BalanceField: Sendable { case asset, free, held, total, time, ignored }

extension ExchangeConnector {
  /// Serves `balances` by one list.
  public final func balances(_ endpoint: Endpoint, at place: String, _ table: FieldTable<BalanceField>) {
    servePrivate(.balances) { [unowned self] command, account in
      ask(Call(endpoint), account, command: command.id) { [unowned self] reply, body in
        guard succeeded(reply, body, command.id) else { return .ok }
        var json = JSONScanner(body)
        guard let list = json.find(place) else { return unreadable(command.id, "balances") }
        var scanner = list.scanner()
        let left = publishBalances(&scanner, table, account, command: command.id)
        guard scanner.isValid else { return unreadable(command.id, "balances") }
        out.complete(PB_EV_BALANCE, command: command.id, account: account.id, partial: left > 0)
        out.done(command.id)
        return .ok
      }
    }
  }

  /// Reports the balances of a list; gives how many could not be read. Those are named and left out.
  @discardableResult
  public final func publishBalances(
    _ json: inout JSONScanner, _ table: FieldTable<BalanceField>, _ account: TradingAccount, command: pb_id = 0
  ) -> Int {
    var odd: [String] = []
    let left = json.eachElement { json in
      var (asset, time) = ("", Int64(0))
      var (free, held, total): (Decimal64?, Decimal64?, Decimal64?) = (nil, nil, nil)
      json.members { key, json in
        guard let field = table[key] else { return false }
        switch field {
        case .asset: asset = json.string().text
        case .free: free = json.optionalDecimal()
        case .held: held = json.optionalDecimal()
        case .total: total = json.optionalDecimal()
        case .time: time = json.milliseconds()
        case .ignored: json.skip()
        }
        return true
      }
      let sum = total ?? (free.flatMap { free in held.flatMap { free.adding($0) } } ?? free)
      guard json.isValid, !asset.isEmpty, let sum else {
        odd.append(asset)
        return json.fail()
      }
      out.balance(account: account.id, asset: asset, total: sum, available: free, time: time, command: command)
    }
    if left > 0 { out.log(.warning, "balances that cannot be read: \(odd.joined(separator: " "))") }
    return left
  }

  /// Serves `fees` by the rates of one object.
  /// - Parameter parameters: of the call; rates of the whole market, instrument 0.
  public final func fees(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String, maker: StaticString,
    taker: StaticString, isNegated: Bool = false
  ) {
    var call = Call(endpoint)
    for (name, value) in parameters { call.set(name, value) }
    servePrivate(.fees) { [unowned self] command, account in
      ask(call, account, command: command.id) { [unowned self] reply, body in
        guard succeeded(reply, body, command.id) else { return .ok }
        var (makerRate, takerRate): (Decimal64?, Decimal64?) = (nil, nil)
        var json = JSONScanner(body)
        if let mark = json.find(place) {
          var object = mark.scanner()
          object.members { key, json in
            if key == maker {
              makerRate = json.optionalDecimal()
            } else if key == taker {
              takerRate = json.optionalDecimal()
            } else {
              return false
            }
            return true
          }
          if !object.isValid { makerRate = nil }
        }
        if isNegated {
          makerRate = makerRate.flatMap { Decimal64.zero.subtracting($0) }
          takerRate = takerRate.flatMap { Decimal64.zero.subtracting($0) }
        }
        guard let makerRate, let takerRate else { return unreadable(command.id, "fee rates") }
        out.fees(account: account.id, maker: makerRate, taker: takerRate, command: command.id)
        out.complete(PB_EV_FEES, command: command.id, account: account.id)
        out.done(command.id)
        return .ok
      }
    }
  }
}
