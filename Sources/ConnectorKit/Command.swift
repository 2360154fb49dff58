import CPatchbay
import Decimals

/// A command of a trading program; see `pb_in_command`. Valid during the call; copy what is needed later.
public struct Command {
  let view: RecordView
  /// All fields as the contract has them.
  public let fields: pb_in_command

  init(view: RecordView) {
    self.view = view
    fields = view.fixed(pb_in_command.self, zero: pb_in_command())
  }

  public var id: pb_id { fields.command }
  /// `nil` for a verb of a newer host.
  public var verb: Verb? { Verb(rawValue: fields.verb) }
  public var account: pb_id { fields.account }
  public var instrument: pb_id { fields.instrument }
  public var order: pb_id { fields.order }
  public var channels: Channels { Channels(rawValue: fields.channel) }
  public var depth: Int { Int(fields.depth) }
  public var side: Side { Side(rawValue: fields.side) ?? .none }
  public var type: OrderType? { OrderType(rawValue: fields.type) }
  public var timeInForce: TimeInForce { TimeInForce(rawValue: fields.time_in_force) ?? .goodTilCancelled }
  public var flags: OrderFlags { OrderFlags(rawValue: fields.flags) }
  public var limit: Int { Int(fields.limit) }
  public var price: Decimal64? { fields.price.value }
  public var quantity: Decimal64? { fields.quantity.value }
  public var stop: Decimal64? { fields.stop.value }
  public var value: Decimal64? { fields.value.value }
  public var symbol: String { view.text(fields.symbol) }
  public var clientOrder: String { view.text(fields.client_order) }
  public var venueOrder: String { view.text(fields.venue_order) }

  /// The commands of a batch.
  public var items: [Command] {
    (0..<Int(fields.items.count)).map { index in
      let ref = view.element(fields.items, index, of: pb_ref.self)
      return Command(view: RecordView(base: view.base + Int(ref.offset)))
    }
  }
}
