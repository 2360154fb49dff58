import CPatchbay
import ConnectorKit

/// The account and its stream. Sources: AlphaPoint APEX API, "AuthenticateUser", "SubscribeAccountEvents",
/// "GetAccountPositions". Rates are read in Fees.swift.
extension AlphaPointExchange {
  /// Events and lists differ in how names begin.
  private static let balance = FieldTable<BalanceField>([
    "ProductSymbol": .asset, "Amount": .total, "Hold": .held, "productSymbol": .asset, "amount": .total,
    "hold": .held,
  ])

  private static let rejection = FieldTable<OrderField>([
    "ClientOrderId": .client, "OrderId": .venue, "RejectReason": .reason,
  ])

  func offerAccount() {
    balances(endpoint(venue.acts.positions), at: "", Self.balance)
    servePrivate(.fees) { [unowned(unsafe) self] command, account in
      let wanted = command.instrument == 0 ? subscribedMarkets : [market(command.instrument)].compactMap { $0 }
      guard !wanted.isEmpty else {
        return out.refuse(command.id, .unknownInstrument, "fees are each instrument's own: name one")
      }
      askFees(wanted[...], command, account)
    }
  }

  /// "AuthenticateUser". The payload is JSON inside JSON, so that what is filled in is escaped twice.
  func authentication(id: pb_id) -> SealedText {
    let nonce = Seal.nonceMilliseconds.stored(in: 0)
    // The signature needs the nonce, which comes first.
    return #"{"m":0,"i":\#(id),"n":"AuthenticateUser","o":"{\"Nonce\":\"\#(nonce)\","#
      + #"\"APIKey\":\"\#(Seal.field("api_key").jsonEscaped.jsonEscaped)\","#
      + #"\"UserId\":\"\#(Seal.field("user_id").jsonEscaped.jsonEscaped)\",\"Signature\":\"\#(Self.signature)\"}"}"#
  }

  func accountEvents(_ channel: String, id: pb_id) -> SealedText {
    #"{"m":0,"i":\#(id),"n":"\#(channel)","o":"{\"OMSId\":\#(Self.oms),"#
      + #"\"AccountId\":\#(Seal.field(venue.account))}"}"#
  }

  func readAccountFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = ProcedureFrame(frame) else { return .parse }
    let body = head.body(embedded)
    var json = JSONScanner(body)
    switch head.name {
    case "OrderStateEvent":
      let report = order(&json)
      guard json.isComplete() else { return .parse }
      publish(order: report, account)
    case "OrderTradeEvent":
      let report = fill(&json)
      guard json.isComplete() else { return .parse }
      publish(fill: report, account)
    case "AccountPositionEvent":
      let report = BalanceReport(&json, Self.balance)
      guard json.isComplete(), publish(balance: report, account) else { return .parse }
    case "NewOrderRejectEvent": return orderRefused(&json, account)
    case "CancelOrderRejectEvent", "CancelAllOrdersRejectEvent": return cancelRefused(&json)
    case "AuthenticateUser": return authenticated(head, body, account)
    case "SubscribeAccountEvents": acknowledged(account, refusal(head, body) ?? .confirmed)
    case "Ping": break
    default: return .unsupported
    }
    return .ok
  }

  /// `{"Authenticated": true, "User": {...}, "Requires2FA": false, "errormsg": ""}`
  private func authenticated(_ head: ProcedureFrame, _ body: Body, _ account: TradingAccount) -> Status {
    if let refused = refusal(head, body) {
      loggedIn(account, refused)
      return .ok
    }
    var json = JSONScanner(body)
    var (isAuthenticated, needsCode, text) = (false, false, "")
    json.members { key, json in
      switch key {
      case "Authenticated", "authenticated": isAuthenticated = json.boolean()
      case "Requires2FA", "requires2FA": needsCode = json.scalar() == "true"
      case "errormsg": text = json.words()
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    if isAuthenticated, !needsCode {
      loggedIn(account, .confirmed)
    } else {
      let reason = needsCode ? "the key needs a second factor, which a program cannot give" : "the key is not accepted"
      loggedIn(account, .refused(code: "Authenticated", text: text.isEmpty ? reason : text))
    }
    return .ok
  }

  /// "NewOrderRejectEvent": an order whose call was accepted has been refused behind it.
  private func orderRefused(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    var report = OrderReport(&json, Self.rejection, vocabulary)
    guard json.isComplete() else { return .parse }
    guard let symbol = recent.symbol(client: report.client) else { return .ok }
    (report.symbol, report.state) = (symbol, .rejected)
    publish(order: report, account)
    return .ok
  }

  /// "CancelOrderRejectEvent": the order is as it was.
  private func cancelRefused(_ json: inout JSONScanner) -> Status {
    let report = OrderReport(&json, Self.rejection, vocabulary)
    guard json.isComplete() else { return .parse }
    out.log(.warning, "order \(report.venue) was not cancelled: \(report.reason)")
    return .ok
  }
}
