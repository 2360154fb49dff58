import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import VenueExchange

/// What the connector has reported so far, put together as a host would.
extension Wire {
  /// The last word on an order: state, filled quantity.
  struct OrderSeen: Equatable {
    var state: OrderState?
    var filled: Decimal64
    var venue: String
  }

  /// By client order id.
  var orders: [String: OrderSeen] {
    var seen: [String: OrderSeen] = [:]
    for (fields, record) in harness.all(PB_EV_ORDER, pb_order.self) {
      let client = record.text(fields.client_order)
      let old = seen[client]
      // A state that ends is the last one; a reply may tell what is older than the stream.
      if let state = old?.state, [.filled, .cancelled, .expired, .rejected].contains(state) { continue }
      seen[client] = OrderSeen(
        state: OrderState(rawValue: fields.state), filled: fields.filled.value ?? old?.filled ?? .zero,
        venue: record.text(fields.venue_order))
    }
    return seen
  }

  /// `trade price quantity fee asset`, once each by trade and order.
  func fills(_ client: String) -> [String] {
    var seen: [String] = []
    for (fields, record) in harness.all(PB_EV_FILL, pb_fill.self) where record.text(fields.client_order) == client {
      let numbers = [fields.price, fields.quantity, fields.fee].map { $0.value?.plain ?? "-" }.joined(separator: " ")
      let text = "\(numbers) \(record.text(fields.fee_asset))"
      let id = record.text(fields.trade)
      if !seen.contains(where: { $0.hasPrefix(id + " ") }) { seen.append("\(id) \(text)") }
    }
    return seen
  }

  /// The newest word on each asset: total and available.
  var balances: [String: [Decimal64?]] {
    var seen: [String: [Decimal64?]] = [:]
    for (fields, record) in harness.all(PB_EV_BALANCE, pb_balance.self) {
      seen[record.text(fields.asset)] = [fields.total.value, fields.available.value]
    }
    return seen
  }

  /// The book of an instrument as its records make it; `nil` when it is lost or never was.
  func book(_ instrument: pb_id) -> TruthBook? {
    guard let info = harness.instruments.last(where: { $0.fields.instrument == instrument })?.fields else { return nil }
    var sides: [[Int64: Int64]]?
    var sequence: UInt64 = 0
    var depth = Int.max
    for record in harness.emitted {
      if record.kind == PB_EV_GAP, record.fields(pb_gap.self).instrument == instrument { sides = nil }
      guard record.kind == PB_EV_BOOK else { continue }
      let fields = record.fields(pb_book.self)
      guard fields.instrument == instrument else { continue }
      if fields.snapshot != 0 { sides = [[:], [:]] }
      sequence = fields.last_seq
      depth = fields.depth == 0 ? .max : Int(fields.depth)
      for (place, list) in [fields.bids, fields.asks].enumerated() {
        for level in record.levels(list) { sides?[place][level[0]] = level[1] == 0 ? nil : level[1] }
      }
      for (place, side) in (sides ?? []).enumerated() where side.count > depth {
        let sorted = side.keys.sorted { place == 0 ? $0 > $1 : $0 < $1 }
        for price in sorted[depth...] { sides?[place][price] = nil }
      }
    }
    guard let sides else { return nil }
    func levels(_ side: [Int64: Int64], _ order: (Int64, Int64) -> Bool) -> [TruthBook.Level] {
      side.keys.sorted(by: order).map { price in
        TruthBook.Level(
          price: Decimal64(mantissa: price, exponent: info.price_exp),
          quantity: Decimal64(mantissa: side[price] ?? 0, exponent: info.quantity_exp))
      }
    }
    return TruthBook(bids: levels(sides[0], >), asks: levels(sides[1], <), sequence: sequence)
  }
}

/// An order command's fields.
func limit(_ side: Side, _ quantity: String, at price: String, flags: OrderFlags = []) -> (inout pb_in_command) -> Void
{
  { command in
    command.side = side.rawValue
    command.type = OrderType.limit.rawValue
    command.time_in_force = TimeInForce.goodTilCancelled.rawValue
    command.flags = flags.rawValue
    command.quantity = pb_dec(Decimal64(quantity))
    command.price = pb_dec(Decimal64(price))
  }
}

func market(_ side: Side, _ quantity: String, flags: OrderFlags = []) -> (inout pb_in_command) -> Void {
  { command in
    command.side = side.rawValue
    command.type = OrderType.market.rawValue
    command.flags = flags.rawValue
    command.quantity = pb_dec(Decimal64(quantity))
  }
}
