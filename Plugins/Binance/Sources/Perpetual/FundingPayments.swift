import CPatchbay
import ConnectorKit
import Decimals

/// PB_CMD_FUNDING_PAYMENTS. Source: "Get Income History" of the USDⓈ-M futures documentation. The rate is not told
/// there.
extension BinancePerpetual {
  private static let largest = 1000
  /// A history that takes more pages is told as incomplete.
  private static let mostPages: Int64 = 100

  func queryFundingPayments(_ command: OwnedCommand, _ account: AccountState) {
    guard command.instrument == 0 || market(command.instrument) != nil else {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    askIncome(command, account, page: 1)
  }

  private func askIncome(_ command: OwnedCommand, _ account: AccountState, page: Int64) {
    let limit = command.limit > 0 ? min(command.limit, Self.largest) : Self.largest
    var form = Form()
    if let market = market(command.instrument) { form.add("symbol", market.symbol) }
    form.add("incomeType", "FUNDING_FEE")
    if command.since > 0 { form.add("startTime", command.since / 1_000_000) }
    // The venue's end is inclusive.
    if command.until > 0 { form.add("endTime", (command.until - 1) / 1_000_000) }
    if page > 1 { form.add("page", page) }
    form.add("limit", Int64(limit))
    askSigned(
      .get, venue.prefix + "/income", form, act: "income", account, command: command.id, charges: venue.cost(30)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var count = 0
      let isList = eachElement(body) { json in
        count += 1
        tellPayment(&json, account.id, command.id)
      }
      guard isList else { return unreadable(command.id, "income history") }
      if count >= limit, command.limit == 0, page < Self.mostPages {
        askIncome(command, account, page: page + 1)
        return .ok
      }
      out.complete(
        PB_EV_FUNDING_PAYMENT, command: command.id, account: account.id, instrument: command.instrument,
        partial: count >= limit)
      out.done(command.id)
      return .ok
    }
  }

  /// `{"symbol", "incomeType": "FUNDING_FEE", "income": "-0.37", "asset": "USDT", "time": ms, "tranId": 9689322392}`
  private func tellPayment(_ json: inout JSONScanner, _ account: pb_id, _ command: pb_id) {
    var record = pb_funding_payment()
    var (symbol, asset, id) = (-1, "", "")
    var amount: Decimal64?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": symbol = symbols.find(json.string())
      case "income": amount = json.decimal()
      case "asset": asset = json.string().text
      case "time": record.venue_ns = json.milliseconds()
      case "tranId": id = json.scalar().text
      default: json.skip()
      }
    }
    guard json.isValid, symbol >= 0, let amount else { return }
    record.account = account
    record.instrument = markets[symbol].id
    record.command = command
    record.amount = pb_dec(amount)
    out.fundingPayment(record, asset: asset, id: id)
  }
}
