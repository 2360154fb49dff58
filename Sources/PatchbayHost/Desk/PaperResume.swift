import Catalog
import JSONTree
import Journal
import MarketModel
import Outbound
import Trading

/// What an exchange inside a connector is handed back after a restart: balances and positions, what the account was set
/// to, and the orders that had not ended.
struct PaperResume: Sendable {
  let history: PaperHistory
  private let seat: PaperSeat
  private let since: Int64
  private let positions: [PositionEntry]
  private let modes: [ModeEntry]
  private let orders: [LedgerOrder]

  init(_ history: PaperHistory, _ seat: PaperSeat, _ state: LedgerState, since: Int64) {
    (self.history, self.seat, self.since) = (history, seat, since)
    positions = state.positions.filter { $0.exchange == seat.exchange && $0.account == seat.account }
    modes = state.modes.filter { $0.exchange == seat.exchange && $0.account == seat.account && $0.time >= since }
    orders = state.orders.filter { order in
      let entry = order.entry
      return entry.connector == seat.connector && entry.name.account == seat.account && entry.created >= since
        && !order.state.isTerminal
    }
  }

  /// Amounts at 8 decimal places, rounded toward zero. Sums that are wrong are a fault of which the connector does not
  /// start.
  var json: JSONValue {
    if history.isBroken { return ["fault": "a deal in the journal has numbers that cannot be counted"] }
    let changes = history.changes().compactMap { asset, amount in
      (amount.quotient(dividingBy: .one, places: 8) ?? amount.narrowed?.value).map {
        JSONMember(asset, StatusText.decimal($0))
      }
    }
    return [
      "changes": JSONValue(.object(changes)), "positions": JSONValue(.array(history.holdings.map(position))),
      "modes": JSONValue(.array(seat.isPerpetual ? modes.map(mode) : [])),
      "orders": JSONValue(.array(orders.compactMap(order))),
    ]
  }

  private func position(_ holding: PaperHistory.Holding) -> JSONValue {
    let known = positions.first { $0.instrument == holding.symbol }?.position
    return object([
      ("symbol", text(holding.symbol)), ("quantity", StatusText.decimal(holding.quantity)),
      ("entry", StatusText.decimal(holding.entry)), ("margin", known?.margin.map(StatusText.decimal)),
    ])
  }

  private func mode(_ mode: ModeEntry) -> JSONValue {
    object([
      ("symbol", text(mode.instrument)), ("leverage", mode.leverage.map(StatusText.decimal)),
      ("margin_mode", mode.marginMode.map(text)),
    ])
  }

  /// An order as it stood last; `nil` for one that the exchange has never confirmed.
  private func order(_ restored: LedgerOrder) -> JSONValue? {
    var tracker = OrderTracker()
    guard restored.restore(into: &tracker, account: AccountID(1), instrument: InstrumentID(1), now: 0),
      let order = tracker[restored.entry.order], order.hasLived, !order.venueOrderID.isEmpty,
      let quantity = order.quantity
    else { return nil }
    let draft = order.draft
    return object([
      ("id", text(order.venueOrderID)), ("client", text(order.clientOrderID)),
      ("order", text("\(order.id.rawValue)")), ("symbol", text(restored.entry.instrument)),
      ("side", text("\(draft.side)")), ("type", text(draft.type.description)),
      ("time_in_force", order.timeInForce.map { text($0.description) }),
      ("flags", JSONValue(.array(draft.flags.words.map(text)))), ("price", order.price.map(StatusText.decimal)),
      ("stop", draft.stop.map(StatusText.decimal)), ("quantity", StatusText.decimal(quantity)),
      ("filled", StatusText.decimal(order.filled)),
      ("average", order.averagePrice(places: 12).map(StatusText.decimal)),
      ("expiry_ns", draft.expiry == 0 ? JSONValue?.none : text("\(draft.expiry)")),
      ("waits", JSONValue(.bool(order.waitsForTrigger))),
    ])
  }

  private func text(_ text: String) -> JSONValue { JSONValue(.string(text)) }

  private func object(_ members: [(String, JSONValue?)]) -> JSONValue {
    JSONValue(.object(members.compactMap { name, value in value.map { JSONMember(name, $0) } }))
  }
}

extension Config {
  /// Hands connectors that are exchanges of their own what they did in earlier runs.
  func resuming(_ paper: [String: PaperResume]) -> Config {
    var config = self
    for index in config.connectors.indices where config.connectors[index].paper == nil {
      for (connector, resume) in paper { config.connectors[index].resumes[connector] = resume.json }
    }
    return config
  }
}
