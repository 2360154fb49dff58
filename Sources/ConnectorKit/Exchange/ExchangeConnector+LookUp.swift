import CPatchbay

/// How an order is found whose exchange's id is not known.
struct LookUp {
  let question: OrderQuestion
  let read: ReadOrder
}

/// Exchanges that cancel and change orders by their own id alone: one that is known by the client's id is looked up
/// first.
extension ExchangeConnector {
  /// Orders are named by the exchange's id only.
  /// - Parameter question: a list of open orders; see `OrderQuestion.Naming.listed`.
  public final func namesByVenueOrder(_ question: OrderQuestion, read: @escaping ReadOrder) {
    lookUp = LookUp(question: question, read: read)
  }

  /// Hands on the parts of a command that name their order so that the exchange knows it. Of the others the exchange is
  /// asked, one after the other; those that it does not know end here.
  final func identify(
    _ parts: [OwnedCommand], _ verb: Verb, _ account: TradingAccount, _ tally: Tally,
    _ proceed: @escaping ([OwnedCommand]) -> Void
  ) {
    guard verb != .place, let lookUp else { return proceed(parts) }
    identify(parts[...], [], lookUp, account, tally, proceed)
  }

  private func identify(
    _ parts: ArraySlice<OwnedCommand>, _ known: [OwnedCommand], _ lookUp: LookUp, _ account: TradingAccount,
    _ tally: Tally, _ proceed: @escaping ([OwnedCommand]) -> Void
  ) {
    var (rest, known) = (parts, known)
    while var part = rest.popFirst() {
      if part.venueOrder.isEmpty { part.venueOrder = account.orders.venueOrder(client: part.clientOrder) }
      guard part.venueOrder.isEmpty, !part.clientOrder.isEmpty, let market = market(part.instrument) else {
        known.append(part)
        continue
      }
      var call = Call(lookUp.question.endpoint)
      if case .listed(let name) = lookUp.question.naming, !name.isEmpty { call.set(name, market.name) }
      for parameter in lookUp.question.parameters { call.set(parameter.name, parameter.value) }
      ask(call, account, command: tally.command) { [unowned(unsafe) self] answer in
        var known = known
        if let fault = answer.fault {
          tally.end(fault.end(isWrite: false))
        } else if let found = find(answer.body, lookUp.question, "", part.clientOrder, lookUp.read) {
          if let venue = found.order?.venue, !venue.isEmpty {
            part.venueOrder = venue
            known.append(part)
          } else if answer.body.flag(at: lookUp.question.more) == true {
            tally.end(Tally.End(.refused, .transient, "the order is not among the newest, and there are more"))
          } else {
            tally.end(Tally.End(.refused, .unknownOrder, "the exchange has no such order open"))
          }
        } else {
          tally.end(Tally.End(.refused, .other, "the exchange's list of orders cannot be read"))
        }
        identify(rest, known, lookUp, account, tally, proceed)
        return .ok
      }
      return
    }
    proceed(known)
  }
}
