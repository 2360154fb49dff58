import CPatchbay
import ConnectorKit

/// A command as a value that outlives its call, so that it can wait for its acknowledgement delay.
struct OwnedCommand {
  var fields: pb_in_command
  let symbol: String
  let clientOrder: String
  let venueOrder: String
  let items: [OwnedCommand]

  /// Copies a command and, for a batch, its items.
  init(_ command: Command) { self.init(command, nested: true) }

  /// An item of a batch is never a batch itself: what it may name is not read.
  private init(_ command: Command, nested: Bool) {
    fields = command.fields
    symbol = command.symbol
    clientOrder = command.clientOrder
    venueOrder = command.venueOrder
    items = nested ? command.items.map { OwnedCommand($0, nested: false) } : []
  }

  var id: pb_id { fields.command }

  /// The commands to carry out: this one, or the items of a batch. What an item leaves out it takes from the batch, and
  /// its facts answer the batch.
  var parts: [OwnedCommand] {
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
