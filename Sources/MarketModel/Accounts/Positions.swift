import Decimals

/// An account's position in one instrument.
public struct Position: Equatable, Sendable {
  /// In base; negative is short.
  public var quantity: Decimal64
  /// Average entry price.
  public var entry: Decimal64?
  public var mark: Decimal64?
  /// Estimated liquidation price.
  public var liquidation: Decimal64?
  /// In the settlement asset.
  public var unrealized: Decimal64?
  /// In the settlement asset.
  public var realized: Decimal64?
  public var leverage: Decimal64?
  /// Isolated margin, in the settlement asset.
  public var margin: Decimal64?
  /// Nanoseconds of wall time at the venue, 0 where it gives none.
  public var time: Int64

  public init(
    quantity: Decimal64, entry: Decimal64? = nil, mark: Decimal64? = nil, liquidation: Decimal64? = nil,
    unrealized: Decimal64? = nil, realized: Decimal64? = nil, leverage: Decimal64? = nil, margin: Decimal64? = nil,
    time: Int64
  ) {
    self.quantity = quantity
    self.entry = entry
    self.mark = mark
    self.liquidation = liquidation
    self.unrealized = unrealized
    self.realized = realized
    self.leverage = leverage
    self.margin = margin
    self.time = time
  }
}

/// The open positions of all accounts of one connector instance. A position of quantity 0 is closed: it is kept, so
/// that an older report cannot open it again, but not shown. Belongs to one lane.
public struct Positions: Sendable {
  public struct Key: Hashable, Sendable {
    public let account: AccountID
    public let instrument: InstrumentID
    public let leg: PositionLeg

    public init(account: AccountID, instrument: InstrumentID, leg: PositionLeg = .net) {
      self.account = account
      self.instrument = instrument
      self.leg = leg
    }
  }

  private var facts = FactSet<Key, Position>()

  public init() {}

  /// Those that are kept, closed ones too.
  public var count: Int { facts.count }

  public func isKept(_ key: Key) -> Bool { facts[key] != nil }

  public subscript(key: Key) -> Position? {
    guard let position = facts[key], !position.quantity.isZero else { return nil }
    return position
  }

  /// All open positions of an account, by instrument and leg.
  public func all(of account: AccountID) -> [(key: Key, position: Position)] {
    facts.keys.filter { $0.account == account }
      .sorted { ($0.instrument.rawValue, $0.leg.rawValue) < ($1.instrument.rawValue, $1.leg.rawValue) }
      .compactMap { key in self[key].map { (key, $0) } }
  }

  /// The symbol of an instrument has a new id: its positions go on under that.
  public mutating func replace(_ older: InstrumentID, by newer: InstrumentID) {
    for key in facts.keys.filter({ $0.instrument == older }) {
      facts.move(key, to: Key(account: key.account, instrument: newer, leg: key.leg))
    }
  }

  /// A command for positions has been given.
  public mutating func begin(_ command: CommandID) { facts.begin(command) }

  /// Keeps a position unless a newer one is known; gives whether it was kept.
  @discardableResult
  public mutating func put(_ position: Position, for key: Key) -> Bool {
    facts.put(position, for: key, time: position.time)
  }

  /// The set that answers a command is whole: removes the account's other positions, of one instrument or of all, and
  /// gives their keys.
  @discardableResult
  public mutating func complete(
    _ command: CommandID, account: AccountID, instrument: InstrumentID? = nil, isPartial: Bool = false
  ) -> [Key] {
    facts.complete(command, isPartial: isPartial) {
      $0.account == account && (instrument == nil || $0.instrument == instrument)
    }
  }

  /// A command ended without its set.
  public mutating func abandon(_ command: CommandID) { facts.abandon(command) }
}
