import Decimals
import MarketModel

/// What an order on a perpetual or future does to the position.
public enum PositionAction: UInt8, Sendable, CaseIterable {
  case open = 1
  /// Never opens or turns one: reduce-only where the venue offers it.
  case close
}

/// An order as a strategy wants it.
public struct OrderRequest: Equatable, Sendable {
  public var account: AccountID
  public var instrument: InstrumentID
  public var draft: OrderDraft
  /// Must be given for perpetuals and futures, and only for them.
  public var action: PositionAction?
  /// Which leg, in hedge mode.
  public var leg: PositionLeg

  public init(
    account: AccountID, instrument: InstrumentID, draft: OrderDraft, action: PositionAction? = nil,
    leg: PositionLeg = .net
  ) {
    self.account = account
    self.instrument = instrument
    self.draft = draft
    self.action = action
    self.leg = leg
  }
}

/// Why the trader did not take a request. Nothing was sent.
public enum TraderRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// This trader has no such account.
  case unknownAccount(AccountID)
  case unknownInstrument(InstrumentID)
  case unknownOrder(OrderID)
  /// The order has ended already.
  case ended(OrderID, OrderState)
  /// The instrument's rules forbid it.
  case rules(OrderRefusal)
  /// It is worth more than one order may be, or its worth cannot be known.
  case aboveCap(cap: Decimal64, notional: Decimal64?)
  /// The account cannot pay for it.
  case shortOf(asset: String, needed: Decimal64, available: Decimal64)
  /// The account could pay for it, and the permit does not let it: the configuration's `permit.balances` for the asset.
  case beyondPermit(asset: String, needed: Decimal64, left: Decimal64, limit: Decimal64)
  /// What it needs cannot be known: the balance, the price or the fee is not known.
  case cannotTellCost(String)
  /// Orders are stopped.
  case halted(String)
  /// What is not there yet.
  case notReady([String])
  /// An order on a perpetual without open or close, or one on spot with it.
  case positionAction(needed: Bool)
  /// A leg without hedge mode, or hedge mode without a leg.
  case positionLeg(mode: PositionModeName, leg: PositionLeg)
  /// More leverage than the venue allows here.
  case leverage(asked: Decimal64, most: Decimal64)
  /// The connector has no such command.
  case unsupported(String)
  /// No more client order ids of this form exist.
  case identifiers(ClientOrderIDs.Fault)
  /// Another order of the same all-or-none batch was refused.
  case batch(index: Int, reason: String)
  /// There is nothing to change, or nothing to place.
  case nothing

  /// Whether a newer list of instruments may make it go away.
  package var restsOnInstruments: Bool {
    switch self {
    case .unknownInstrument, .rules(.notTrading), .rules(.onlyWith): true
    default: false
    }
  }

  /// How a mode of positions is called in messages.
  public enum PositionModeName: String, Sendable { case oneWay = "one-way", hedge, unknown }

  public var description: String {
    switch self {
    case .unknownAccount(let id): "account \(id.rawValue) is not one of this trader"
    case .unknownInstrument(let id): "instrument \(id.rawValue) is not known"
    case .unknownOrder(let id): "order \(id.rawValue) is not known"
    case .ended(let id, let state): "order \(id.rawValue) has ended: \(state)"
    case .rules(let refusal): "\(refusal)"
    case .aboveCap(let cap, let notional?):
      "the order is worth \(notional.plain), notional_cap is \(cap.plain); make it smaller or raise the cap"
    case .aboveCap(let cap, nil):
      "what the order is worth is not known without a price or a book, and notional_cap is \(cap.plain)"
    case .shortOf(let asset, let needed, let available):
      "the order needs \(needed.plain) \(asset), \(available.plain) are available"
    case .beyondPermit(let asset, let needed, let left, let limit):
      "the order needs \(needed.plain) \(asset), and \(left.plain) are left of the \(limit.plain) \(asset) that "
        + "permit.balances lets orders use"
    case .cannotTellCost(let why): "what the order costs is not known: \(why)"
    case .halted(let why): "orders are stopped: \(why)"
    case .notReady(let missing): "not ready: \(missing.joined(separator: "; "))"
    case .positionAction(true): "an order on a perpetual must say whether it opens or closes"
    case .positionAction(false): "only orders on perpetuals open or close a position"
    case .positionLeg(let mode, let leg): "the leg \(leg) does not fit the account's \(mode.rawValue) position mode"
    case .leverage(let asked, let most): "leverage \(asked.plain) is above the venue's \(most.plain)"
    case .unsupported(let verb): "the connector does not offer \(verb)"
    case .identifiers(let fault): "no client order id can be made: \(fault)"
    case .batch(let index, let reason): "order \(index) of the batch was refused: \(reason)"
    case .nothing: "there is nothing to do"
    }
  }
}
