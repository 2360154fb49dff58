import CPatchbay
import Decimals

/// A command as a value that outlives its call, for answers that come after one or more requests.
public struct OwnedCommand: Sendable {
  /// All fields as the contract has them; its text references point nowhere.
  public var fields: pb_in_command
  public let symbol: String
  public var clientOrder: String
  public var venueOrder: String
  public let items: [OwnedCommand]
  /// Of a market order, on an exchange that wants a price of it all the same: the worst one that it may get.
  public internal(set) var worstPrice: Decimal64?

  /// Copies a command and, for a batch, its items.
  public init(_ command: Command) { self.init(command, nested: true) }

  /// An item of a batch is never a batch itself: what it may name is not read.
  private init(_ command: Command, nested: Bool) {
    fields = command.fields
    symbol = command.symbol
    clientOrder = command.clientOrder
    venueOrder = command.venueOrder
    items = nested ? command.items.map { OwnedCommand($0, nested: false) } : []
  }

  public var id: pb_id { fields.command }
  /// `nil` for a verb of a newer host.
  public var verb: Verb? { Verb(rawValue: fields.verb) }
  public var account: pb_id { fields.account }
  public var instrument: pb_id { fields.instrument }
  /// The host's order.
  public var order: pb_id { fields.order }
  public var side: Side { Side(rawValue: fields.side) ?? .none }
  public var type: OrderType? { OrderType(rawValue: fields.type) }
  /// `nil` where the command leaves it to the connector.
  public var timeInForce: TimeInForce? { TimeInForce(rawValue: fields.time_in_force) }
  public var flags: OrderFlags { OrderFlags(rawValue: fields.flags) }
  public var limit: Int { Int(fields.limit) }
  /// Which leg it is about, in hedge mode.
  public var leg: PositionLeg { PositionLeg(rawValue: fields.position) ?? .net }
  /// What `marginMode` wants; `nil` for a number that is no mode.
  public var marginMode: MarginMode? { MarginMode(rawValue: fields.mode) }
  /// What `positionMode` wants; `nil` for a number that is no mode.
  public var positionMode: PositionMode? { PositionMode(rawValue: fields.mode) }
  /// History from, in nanoseconds since the epoch; 0 where the command names none.
  public var since: Int64 { fields.since_ns }
  /// History up to, exclusive; 0 is now.
  public var until: Int64 { fields.until_ns }
  /// When an order good till a date ends, in nanoseconds of the exchange's clock; 0 where it is none.
  public var expiry: Int64 { fields.expiry_ns }
  /// Of a change, where the exchange makes a new order of it: what those before the one named had filled. `quantity`
  /// counts over all of them.
  public var carried: Decimal64 { fields.carried.value ?? .zero }
  /// Of a question about an order: how many others could be taken for it by what they are.
  public var alike: Int { Int(fields.alike) }
  /// Of candles, in nanoseconds.
  public var interval: Int64 { fields.interval_ns }
  public var price: Decimal64? { fields.price.value }
  public var quantity: Decimal64? { fields.quantity.value }
  public var stop: Decimal64? { fields.stop.value }
  public var value: Decimal64? { fields.value.value }

  /// The commands to carry out: this one, or the items of a batch. What an item leaves out it takes from the batch,
  /// and its facts answer the batch.
  public var parts: [OwnedCommand] {
    guard !items.isEmpty else { return [self] }
    return items.map { item in
      var part = item
      part.fields.command = fields.command
      if part.fields.account == 0 { part.fields.account = fields.account }
      if part.fields.instrument == 0, part.symbol.isEmpty { part.fields.instrument = fields.instrument }
      return part
    }
  }
}
