import Decimals
import MarketModel

/// Funding that an account paid or received.
public struct FundingPayment: Equatable, Sendable {
  /// The venue's id; a payment is counted once.
  public var id: String
  public var account: AccountID
  public var instrument: InstrumentID
  public var rate: Decimal64?
  /// Positive is received.
  public var amount: Decimal64
  public var asset: String
  /// Nanoseconds of wall time at the venue.
  public var time: Int64
  /// The command that it answers; `nil` for a push.
  public var command: CommandID?

  public init(
    id: String, account: AccountID, instrument: InstrumentID, rate: Decimal64? = nil, amount: Decimal64, asset: String,
    time: Int64, command: CommandID? = nil
  ) {
    self.id = id
    self.account = account
    self.instrument = instrument
    self.rate = rate
    self.amount = amount
    self.asset = asset
    self.time = time
    self.command = command
  }
}

/// The picture of the accounts of one way to a venue, fed with facts: orders, fills, balances, positions, funding.
/// Belongs to one lane.
public final class AccountView {
  /// The orders; whoever places them tracks them here before their commands are given.
  public var orders = OrderTracker()
  public private(set) var balances = Balances()
  public private(set) var positions = Positions()
  public private(set) var leverages = Leverages()
  /// Each payment once, the latest last; at most `fundingLimit`.
  public private(set) var fundingPayments: [FundingPayment] = []
  /// What the connector says of each account's private stream, and why it is not live; nothing for one that has none.
  public private(set) var streams: [AccountID: (state: StreamState, reason: String)] = [:]
  /// Questions about orders that are on their way, with the tracker's step at which they were asked.
  private var asked: [CommandID: (step: UInt64, isList: Bool)] = [:]
  /// Commands that set a leverage.
  private var leverageCommands: [CommandID: (account: AccountID, instrument: InstrumentID, value: Decimal64)] = [:]
  private var fundingSeen = Recent<String, Void>(limit: 8 * fundingLimit)
  /// Facts that were not kept, because there are too many of them or their names are too long.
  public private(set) var refused: UInt64 = 0

  /// Most funding payments that are kept here.
  public static let fundingLimit = 1000
  /// Most balances, and most positions.
  public static let factLimit = 16_384
  /// Most bytes of an asset's name, and of the id of an order, a trade or a payment.
  public static let nameLimit = 256

  public init() {}

  /// A command has been given whose answer is a set.
  public func begin(_ command: CommandID, _ verb: Verb) {
    if verb == .balances { balances.begin(command) }
    if verb == .positions { positions.begin(command) }
    if verb == .order || verb == .openOrders || verb == .orderHistory {
      asked[command] = (orders.step, isList: verb != .order)
    }
  }

  /// A command to set a leverage has been given.
  public func begin(
    _ command: CommandID, leverage: Decimal64, account: AccountID, instrument: InstrumentID
  ) {
    leverageCommands[command] = (account, instrument, leverage)
  }

  /// What the venue has already is wanted: from here on that stands over what is reported.
  public func choose(leverage: Decimal64, account: AccountID, instrument: InstrumentID) {
    leverages.set(leverage, account, instrument, isSure: true)
  }

  /// A command has ended; a set that did not come whole is forgotten.
  public func ended(_ command: CommandID, _ outcome: CommandOutcome, now: Int64) -> OrderChange? {
    if outcome != .done {
      balances.abandon(command)
      positions.abandon(command)
    }
    asked[command] = nil
    if let change = leverageCommands.removeValue(forKey: command), outcome != .refused {
      leverages.set(change.value, change.account, change.instrument, isSure: outcome == .done)
    }
    return orders.commandEnded(command, outcome, now: now)
  }

  /// Takes a fact in.
  /// - Parameter now: monotonic nanoseconds.
  /// - Returns: what it did to tracked orders; `nil` for a funding payment that was counted before, and for what is not
  ///   kept.
  public func apply(_ fact: AccountFact, now: Int64) -> [OrderChange]? {
    guard isNameable(fact) else { return refuse(fact, now: now) }
    switch fact {
    case .unreadable(let reference, _): return orders.receive(unreadable: reference, now: now)
    case .order(let fact):
      let question = fact.command.flatMap { asked[$0] }
      return orders.receive(
        fact.report, of: fact.reference, side: fact.side, asked: question?.step, isListed: question?.isList ?? false,
        answering: fact.command, now: now)
    case .fill(let fact): return orders.receive(fact.fill, of: fact.reference, side: fact.side, now: now)
    case .balance(let fact):
      guard hasRoom(fact) else { return refuse() }
      apply(fact)
    case .position(let fact):
      guard positions.isKept(fact.key) || positions.count < Self.factLimit else { return refuse() }
      _ = positions.put(fact.position, for: fact.key)
      if let leverage = fact.position.leverage { leverages.learn(leverage, fact.key.account, fact.key.instrument) }
    case .funding(let payment): return apply(payment) ? [] : nil
    case .complete(let fact): complete(fact)
    case .stream(let account, let state, let reason): apply(state, reason, account)
    case .mode(let fact):
      if let leverage = fact.leverage, let instrument = fact.instrument {
        leverages.learn(leverage, fact.account, instrument)
      }
    case .fees, .liquidation: break
    }
    return []
  }

  /// Whether its ids and names are such as venues have: they are kept.
  private func isNameable(_ fact: AccountFact) -> Bool {
    func fits(_ names: String...) -> Bool { names.allSatisfy { $0.utf8.count <= Self.nameLimit } }
    return switch fact {
    case .order(let fact):
      fits(fact.reference.clientOrderID, fact.reference.venueOrderID, fact.report.part?.continues ?? "")
    case .fill(let fact):
      fits(fact.reference.clientOrderID, fact.reference.venueOrderID, fact.fill.trade, fact.fill.feeAsset)
    case .unreadable(let reference, _): fits(reference.clientOrderID, reference.venueOrderID)
    case .balance(let fact): fits(fact.asset)
    case .funding(let payment): fits(payment.id, payment.asset)
    case .position, .complete, .stream, .fees, .mode, .liquidation: true
    }
  }

  private func refuse() -> [OrderChange]? {
    refused &+= 1
    return nil
  }

  /// What is said of an order is not lost with the names that are too long: the order is in doubt.
  private func refuse(_ fact: AccountFact, now: Int64) -> [OrderChange]? {
    refused &+= 1
    switch fact {
    case .order(let fact): return orders.receive(unreadable: fact.reference, now: now)
    case .fill(let fact): return orders.receive(unreadable: fact.reference, now: now)
    case .unreadable(let reference, _): return orders.receive(unreadable: reference, now: now)
    default: return nil
    }
  }

  private func hasRoom(_ fact: BalanceFact) -> Bool {
    balances.count < Self.factLimit || balances[fact.account, fact.asset] != nil
  }

  private func apply(_ fact: BalanceFact) {
    if let available = fact.available {
      let balance = Balance(total: fact.total, available: available, time: fact.time, isRounded: fact.isRounded)
      balances.put(balance, account: fact.account, asset: fact.asset)
    } else {
      balances.put(
        total: fact.total, isRounded: fact.isRounded, account: fact.account, asset: fact.asset, time: fact.time)
    }
  }

  /// A symbol has a new id: its orders and positions go on under that.
  public func replace(_ older: InstrumentID, by newer: InstrumentID) {
    orders.replace(older, by: newer)
    positions.replace(older, by: newer)
    leverages.replace(older, by: newer)
  }

  private func apply(_ state: StreamState, _ reason: String, _ account: AccountID) {
    // An attempt that is under way does not undo why the last one failed.
    let kept = state == .pending && reason.isEmpty ? streams[account]?.reason ?? "" : reason
    streams[account] = state == .ended ? nil : (state, state == .live ? "" : kept)
  }

  private func apply(_ payment: FundingPayment) -> Bool {
    let key = "\(payment.account.rawValue)/\(payment.instrument.rawValue)/\(payment.id)"
    guard fundingSeen.insert(key) else { return false }
    if fundingPayments.count == AccountView.fundingLimit { fundingPayments.removeFirst() }
    fundingPayments.append(payment)
    return true
  }

  private func complete(_ fact: CompleteFact) {
    switch fact.what {
    case .balances: _ = balances.complete(fact.command, account: fact.account, isPartial: fact.isPartial)
    case .positions:
      _ = positions.complete(
        fact.command, account: fact.account, instrument: fact.instrument, isPartial: fact.isPartial)
    case .orders, .fills, .fundingPayments, .other: break
    }
  }
}
