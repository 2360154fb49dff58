import CPatchbay

/// One instrument as the connector knows it: its names, exponents, and how far its book is. A connector that keeps more
/// derives from it and makes its own by `ExchangeDialect.market`.
open class Market {
  /// As the host knows it.
  public final let id: pb_id
  /// Its place in `ExchangeConnector.markets`.
  public final let number: Int
  /// As the exchange writes it.
  public final let symbol: String
  public final let priceExponent: Int32
  public final let quantityExponent: Int32
  /// The rules as they were last read.
  public final internal(set) var rules: InstrumentRules

  /// Channels that data or an acknowledgement has come for, so that the usual frame costs one test.
  @exclusivity(unchecked) final var live: Channels = []
  @exclusivity(unchecked) public final var sync: BookSync
  final var wantsBook = false
  /// Levels per side that were asked for; 0 = all.
  final var depth = 0
  /// Frames that came before the snapshot.
  final let queue = FrameQueue()
  final var snapshotRequest: pb_id = 0
  /// Runs while a snapshot is awaited, or waited for to be asked again.
  final var bookTimer: pb_id = 0
  /// Snapshots in a row that did not come or did not join.
  final var bookFailures = 0
  /// Its subscription has been given up, to be taken anew for a snapshot.
  final var isRenewing = false

  public init(id: pb_id, number: Int, rules: InstrumentRules, book rule: BookSync.Rule) {
    self.id = id
    self.number = number
    self.rules = rules
    symbol = rules.symbol
    priceExponent = rules.priceExponent
    quantityExponent = rules.quantityExponent
    sync = BookSync(rule)
  }
}
