import Catalog
import Decimals
import MarketModel
import Runtime
import Trading

/// Why a desk did not do what a client wanted: a word for programs, and a sentence that says what to do.
package struct DeskRefusal: Error, CustomStringConvertible {
  package var code: String
  package var text: String
  package var description: String { text }

  /// The field of the request that is wrong, where it is one.
  package var field: String?

  package init(_ code: String, _ text: String, field: String? = nil) {
    (self.code, self.text, self.field) = (code, text, field)
  }

  package init(_ refusal: TraderRefusal) {
    code = Self.code(refusal)
    text = "nothing was sent: \(refusal)" + (Self.remedy(refusal).map { "; \($0)" } ?? "")
  }

  private static func code(_ refusal: TraderRefusal) -> String {
    switch refusal {
    case .unknownOrder: "unknown_order"
    case .unknownInstrument: "unknown_pair"
    case .halted: "halted"
    case .notReady: "not_ready"
    case .shortOf, .beyondPermit: "insufficient_funds"
    case .ended: "order_ended"
    case .unsupported: "unsupported"
    default: "refused"
    }
  }

  private static func remedy(_ refusal: TraderRefusal) -> String? {
    switch refusal {
    case .halted: "patchbay resume takes orders again"
    case .notReady: "wait until patchbay status shows nothing missing"
    case .shortOf: "make the order smaller, or bring more of the asset there"
    case .beyondPermit: "make the order smaller, end others, or raise permit.balances in the configuration"
    case .cannotTellCost: "give a price, or wait until patchbay status shows a book"
    case .positionAction(true): "add --open or --close"
    case .positionAction(false): "leave --open and --close out"
    case .positionLeg(.hedge, _): "add --leg long or --leg short"
    case .positionLeg: "leave --leg out"
    case .unsupported(Verb.amend.name): "cancel the order and place another"
    case .unknownOrder, .ended: "patchbay order list shows what is open"
    case .rules(.missingPrice): "add --price"
    case .rules(.missingStop): "add --stop"
    case .rules(.unsupportedFlags(.postOnly)): "leave --post-only out, or make it a limit order"
    case .rules(.unsupportedFlags(.reduceOnly)): "leave --reduce-only out"
    default: nil
    }
  }
}

/// What clients want of a desk; on its lane.
extension TradeDesk {
  package func place(_ wish: OrderWish, _ pair: String) throws(DeskRefusal) -> OrderID {
    let instrument = try instrument(pair)
    let account = try account(named: wish.account)
    let action = wish.isOpening.map { $0 ? PositionAction.open : .close }
    do throws(TraderRefusal) {
      return try trader.place(
        OrderRequest(
          account: account, instrument: instrument.id, draft: wish.draft, action: action, leg: wish.leg))
    } catch {
      throw refusal(error)
    }
  }

  /// A refusal as a client reads it. What rests on the list of instruments says of when that is, and has it asked for
  /// again: an instrument may be traded again, or stand in the list, since.
  package func refusal(_ error: TraderRefusal) -> DeskRefusal {
    var refusal = DeskRefusal(error)
    if error.restsOnInstruments { refusal.text += hurriedList() }
    return refusal
  }

  /// Refuses where no orders are taken, whatever they are for.
  func checkTakesOrders() throws(DeskRefusal) {
    guard closing == nil else {
      throw DeskRefusal("disabled", "\(name) is disabled; patchbay enable \(name) takes it into use again")
    }
    if let tenure, !tenure.hasBegun { throw DeskRefusal("not_owner", "\(name): \(tenure.words)") }
    guard isStarted else {
      throw DeskRefusal("not_ready", "\(name): its instruments are not known yet; patchbay status says why")
    }
  }

  /// What a pair means: the preferred one of its instruments.
  package func instrument(_ pair: String) throws(DeskRefusal) -> Instrument {
    try checkTakesOrders()
    guard let market = session.view.market(pair: pair) else {
      throw DeskRefusal(
        "unknown_pair", "\(name) has no instrument \(pair)\(hurriedList()); pairs are written BASE-QUOTE",
        field: "pair")
    }
    return market.instrument
  }

  /// Has the list of instruments asked for again as soon as may be, and says of when it is.
  package func hurriedList() -> String {
    seat?.hurryInstruments()
    return seat?.listAge ?? ""
  }

  /// - Parameter wanted: may be left out where there is only one.
  package func account(named wanted: String?) throws(DeskRefusal) -> AccountID {
    let names = accounts.map(\.name).joined(separator: ", ")
    guard let wanted else {
      guard accounts.count == 1 else {
        throw DeskRefusal("ambiguous", "\(name) has the accounts \(names); name one with --account", field: "account")
      }
      return accounts[0].id
    }
    guard case .one(let known) = NameRule.find(wanted, among: accounts.map(\.name)),
      let found = accounts.first(where: { $0.name == known })
    else {
      throw DeskRefusal(
        "unknown_account", "\(name) does not trade on \"\(wanted)\"; there are \(names)", field: "account")
    }
    return found.id
  }
}
