import Decimals
import MarketModel

/// One thing to be kept. Entries that belong together are committed together: all of them, or none.
///
/// Times are nanoseconds of wall time since 1970.
public enum JournalEntry: Equatable, Sendable {
  /// A host has started; what follows belongs to this run.
  case run(RunEntry)
  /// An order that is about to be sent, or one of ours that was found at the venue.
  case order(OrderEntry)
  /// Something has happened to an order.
  case event(OrderEventEntry)
  /// An order stands elsewhere now, or has got another id of the venue; without what did it.
  case state(OrderStateEntry)
  /// A fill of an order that the host has not in mind. One that the journal has already is left out.
  case strayFill(StrayFillEntry)
  /// A funding payment; one of an id that is known already is left out.
  case funding(FundingEntry)
  /// An account's position: the latest is kept, and each change of quantity, entry, leverage or margin.
  case position(PositionEntry)
  /// What an account was set to from here in one instrument; the latest is kept.
  case mode(ModeEntry)
  /// An account's balance of one asset; the latest is kept.
  case balance(BalanceEntry)
  /// A counter stands at this value: everything below has been used. A counter never goes back.
  case counter(name: String, next: UInt64)
  /// Everything of this kind up to this time is in the journal. A mark never goes back.
  case mark(JournalMark)
}

/// Names an order for as long as the journal lives. An account never has two orders of one client order id.
public struct OrderName: Hashable, Sendable {
  public var exchange: String
  public var account: String
  public var clientOrderID: String

  public init(exchange: String, account: String, clientOrderID: String) {
    self.exchange = exchange
    self.account = account
    self.clientOrderID = clientOrderID
  }
}

/// The start of a host.
public struct RunEntry: Equatable, Sendable {
  /// The name that makes this host's client order ids its own.
  public var instance: String
  /// The program's version.
  public var version: String
  public var started: Int64

  public init(instance: String, version: String, started: Int64) {
    self.instance = instance
    self.version = version
    self.started = started
  }
}

/// An order as it is sent.
public struct OrderEntry: Equatable, Sendable {
  public var name: OrderName
  /// The connector's id.
  public var connector: String
  /// The venue's symbol: the host's numbers for instruments do not survive a restart.
  public var instrument: String
  /// `BASE-QUOTE`.
  public var pair: String
  /// The host's number for the order; never given twice, over restarts.
  public var order: OrderID
  /// The number of the command that creates it; never given twice either.
  public var createCommand: CommandID
  public var draft: OrderDraft
  public var leg: PositionLeg
  /// It was found at the venue, not sent by a host that this journal knows.
  public var isAdopted: Bool
  public var created: Int64
  /// The same on the venue's clock, 0 where it is not known.
  public var createdAtVenue: Int64

  public init(
    name: OrderName, connector: String, instrument: String, pair: String, order: OrderID, createCommand: CommandID,
    draft: OrderDraft, leg: PositionLeg = .net, isAdopted: Bool = false, created: Int64,
    createdAtVenue: Int64 = 0
  ) {
    self.name = name
    self.connector = connector
    self.instrument = instrument
    self.pair = pair
    self.order = order
    self.createCommand = createCommand
    self.draft = draft
    self.leg = leg
    self.isAdopted = isAdopted
    self.created = created
    self.createdAtVenue = createdAtVenue
  }
}

/// Something that has happened to an order, as `TrackedOrder.receive` takes it.
///
/// A report that says nothing new need not be entered. A fill that the order has already is not entered twice: the
/// venue's own fee replaces an estimate, else the first stands, as in `TrackedOrder`.
public struct OrderEventEntry: Equatable, Sendable {
  public var name: OrderName
  public var event: OrderEvent
  /// The venue's id of the order, where the event names one.
  public var venueOrderID: String
  /// Where the order stands after it.
  public var state: OrderState
  /// How much is filled after it, in base.
  public var filled: Decimal64
  /// Why, where the event is no report, which has its own words.
  public var reason: String
  public var time: Int64

  public init(
    name: OrderName, event: OrderEvent, venueOrderID: String = "", state: OrderState, filled: Decimal64,
    reason: String = "", time: Int64
  ) {
    self.name = name
    self.event = event
    self.venueOrderID = venueOrderID
    self.state = state
    self.filled = filled
    self.reason = reason
    self.time = time
  }

  /// What an event did to an order: `order` is as it stands afterwards.
  public init(
    name: OrderName, event: OrderEvent, venueOrderID: String = "", after order: TrackedOrder, reason: String = "",
    time: Int64
  ) {
    self.init(
      name: name, event: event, venueOrderID: venueOrderID, state: order.state, filled: order.filled, reason: reason,
      time: time)
  }
}

/// Where an order stands, without what did it.
public struct OrderStateEntry: Equatable, Sendable {
  public var name: OrderName
  public var state: OrderState
  /// In base, over the order's life.
  public var filled: Decimal64
  /// The venue's id of the order, where there is a new one.
  public var venueOrderID: String
  /// Why, in words.
  public var reason: String
  public var time: Int64

  public init(
    name: OrderName, state: OrderState, filled: Decimal64, venueOrderID: String = "", reason: String = "", time: Int64
  ) {
    self.name = name
    self.state = state
    self.filled = filled
    self.venueOrderID = venueOrderID
    self.reason = reason
    self.time = time
  }
}

/// A fill of an order that the host has not in mind, and whose it is. One of kind `own` is entered with the order that
/// it names where the journal has it, and leaves that order as it stood.
public struct StrayFillEntry: Equatable, Sendable {
  public var exchange: String
  public var account: String
  public var stray: StrayFill

  public init(exchange: String, account: String, _ stray: StrayFill) {
    self.exchange = exchange
    self.account = account
    self.stray = stray
  }
}
