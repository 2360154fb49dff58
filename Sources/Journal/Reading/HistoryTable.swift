/// A table of the journal as people and programs see it. Names and order of columns are a promise: new ones come at the
/// end.
public enum HistoryTable: String, CaseIterable, Sendable {
  /// Own orders and where they stand.
  case orders
  /// What happened to them, one thing a row.
  case events
  case fills
  case funding
  /// Every change of a position.
  case positions
  /// The latest of each asset.
  case balances

  public struct Column: Sendable {
    public enum Kind: Sendable {
      /// Words and ids.
      case text
      /// An exact number, as its plain decimal text.
      case number
      /// A moment in UTC.
      case time
      /// `true` or `false`.
      case flag
    }

    public let name: String
    public let kind: Kind
    /// Whether a glance needs it.
    public let isMain: Bool
    /// Where its value comes from.
    let sql: String
  }

  public var columns: [Column] {
    switch self {
    case .orders: Self.orderColumns
    case .events: Self.eventColumns
    case .fills: Self.fillColumns
    case .funding: Self.fundingColumns
    case .positions: Self.positionColumns
    case .balances: Self.balanceColumns
    }
  }

  /// What the rows are sorted and chosen by.
  var time: String {
    switch self {
    case .orders: "o.created_ns"
    case .events, .positions, .balances: "t.time_ns"
    case .fills: "iif(t.venue_ns = 0, t.time_ns, t.venue_ns)"
    case .funding: "t.venue_ns"
    }
  }

  var source: String {
    switch self {
    case .orders: "orders o"
    case .events: "order_events t JOIN orders o ON o.id = t.order_row LEFT JOIN fills f ON f.id = t.fill_row"
    case .fills: "fills t LEFT JOIN orders o ON o.id = t.order_row"
    case .funding: "funding_payments t"
    case .positions: "position_changes t"
    case .balances: "balances t"
    }
  }

  /// What tells rows of one time apart, in the order of entering.
  var row: String {
    switch self {
    case .orders: "o.id"
    case .balances: "t.exchange || ' ' || t.account || ' ' || t.asset"
    default: "t.id"
    }
  }

  /// Which table has the account and the pair.
  var owner: String { self == .orders || self == .events ? "o" : "t" }

  /// Whether the rows belong to own orders, and so to connectors.
  public var hasOrders: Bool { [.orders, .events, .fills].contains(self) }

  /// Whether the rows belong to pairs.
  public var hasPairs: Bool { self != .balances }

  private static func column(
    _ name: String, _ sql: String, _ kind: Column.Kind = .text, isMain: Bool = false
  ) -> Column { Column(name: name, kind: kind, isMain: isMain, sql: sql) }

  private static func main(_ name: String, _ sql: String, _ kind: Column.Kind = .text) -> Column {
    column(name, sql, kind, isMain: true)
  }

  private static let orderColumns = [
    main("created", "o.created_ns", .time), main("exchange", "o.exchange"), main("account", "o.account"),
    main("pair", "o.pair"), column("instrument", "o.instrument"), main("client_order_id", "o.client_order"),
    column("venue_order_id", "o.venue_order"), main("side", "o.side"), main("type", "o.type"),
    column("time_in_force", "o.time_in_force"), column("flags", "o.flags"), column("leg", "o.leg"),
    main("price", "o.price", .number), column("stop", "o.stop", .number), main("quantity", "o.quantity", .number),
    column("value", "o.value", .number), main("filled", "o.filled", .number), main("state", "o.state"),
    main("reason", "o.reason"), column("changed", "o.changed_ns", .time), column("connector", "o.connector"),
    column("adopted", "o.adopted", .flag), column("expiry", "nullif(o.expiry_ns, 0)", .time),
  ]

  private static let eventColumns = [
    main("time", "t.time_ns", .time), main("exchange", "o.exchange"), main("account", "o.account"),
    main("pair", "o.pair"), main("client_order_id", "o.client_order"), main("event", "t.kind"),
    main("claim", "t.claim"), main("outcome", "t.outcome"), column("filled", "t.filled", .number),
    column("quantity", "t.quantity", .number), column("price", "t.price", .number), column("trade_id", "f.trade"),
    column("venue_order_id", "t.venue_order"), main("state", "t.state"), main("reason", "t.reason"),
    column("venue_time", "nullif(t.venue_ns, 0)", .time), column("continues", "nullif(t.continues, '')"),
    column("carried", "t.carried", .number),
  ]

  private static let fillColumns = [
    main("time", "iif(t.venue_ns = 0, t.time_ns, t.venue_ns)", .time), main("exchange", "t.exchange"),
    main("account", "t.account"), main("pair", "t.pair"), column("instrument", "t.instrument"),
    main("client_order_id", "ifnull(o.client_order, nullif(t.client_order, ''))"),
    column("venue_order_id", "ifnull(o.venue_order, nullif(t.venue_order, ''))"), main("trade_id", "t.trade"),
    main("side", "t.side"), main("price", "t.price", .number), main("quantity", "t.quantity", .number),
    main("fee", "t.fee", .number), main("fee_asset", "t.fee_asset"),
    column("fee_estimated", "t.fee_estimated", .flag), main("liquidity", "t.liquidity"),
    column("received", "t.time_ns", .time), main("kind", "t.kind"),
  ]

  private static let fundingColumns = [
    main("time", "t.venue_ns", .time), main("exchange", "t.exchange"), main("account", "t.account"),
    main("pair", "t.pair"), column("instrument", "t.instrument"), column("payment_id", "t.payment"),
    main("rate", "t.rate", .number), main("amount", "t.amount", .number), main("asset", "t.asset"),
  ]

  private static let positionColumns = [
    main("time", "t.time_ns", .time), main("exchange", "t.exchange"), main("account", "t.account"),
    main("pair", "t.pair"), column("instrument", "t.instrument"), main("leg", "t.leg"),
    main("quantity", "t.quantity", .number), main("entry", "t.entry", .number),
    main("leverage", "t.leverage", .number), main("margin", "t.margin", .number),
    column("venue_time", "nullif(t.venue_ns, 0)", .time),
  ]

  private static let balanceColumns = [
    main("time", "t.time_ns", .time), main("exchange", "t.exchange"), main("account", "t.account"),
    main("asset", "t.asset"), main("total", "t.total", .number), main("available", "t.available", .number),
    column("venue_time", "nullif(t.venue_ns, 0)", .time),
  ]
}
