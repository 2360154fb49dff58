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
  /// What the exchange's list said of it last.
  final var listing = Listing.listed

  enum Listing {
    case listed
    /// It is there, and cannot be read: by which rules it is traded is not known.
    case unread
    /// The list no longer holds it.
    case gone

    /// The instrument's state for it, and why; nil = as its rules say.
    var state: InstrumentState? {
      switch self {
      case .listed: nil
      case .unread: .unusable
      case .gone: .closed
      }
    }
    var reason: String? {
      switch self {
      case .listed: nil
      case .unread: "its entry in the exchange's list cannot be read"
      case .gone: "the exchange no longer lists it"
      }
    }
  }

  /// Channels that data or an acknowledgement has come for, so that the usual frame costs one test.
  @exclusivity(unchecked) @usableFromInline final var live: Channels = []

  /// The newest trade that was reported, where trades are numbered.
  @exclusivity(unchecked) final var lastTrade: UInt64 = 0

  // The book; see ExchangeConnector+Books.swift.
  @exclusivity(unchecked) public final var sync: BookSync
  public final internal(set) var wantsBook = false
  /// Levels per side that the book holds; 0 = all.
  @exclusivity(unchecked) public final var depth = 0
  /// The book with its texts, where a checksum proves it.
  public final let checked: CheckedBook?
  /// The same for the hot path, which counts no references: it lives as long as its market.
  @usableFromInline final let proof: Unmanaged<CheckedBook>?
  /// Frames that came before the snapshot.
  final let queue = FrameQueue()
  /// The least number of a snapshot that the first of them can be joined to.
  final var firstJoint: UInt64 = 0
  final var snapshotRequest: pb_id = 0
  /// Runs while a snapshot is awaited, or before it is asked for again.
  final var bookTimer: pb_id = 0
  /// A snapshot is due on the stream.
  final var isAwaiting = false
  final var losses = LossPace()
  /// How often the book was asked for since it was last there.
  final var attempts = 0
  /// Its subscription has been given up, to be taken anew for a snapshot.
  final var isRenewing = false

  public init(id: pb_id, number: Int, rules: InstrumentRules, book plan: BookPlan) {
    self.id = id
    self.number = number
    self.rules = rules
    symbol = rules.symbol
    priceExponent = rules.priceExponent
    quantityExponent = rules.quantityExponent
    sync = BookSync(plan.rule)
    checked = plan.checksum.map { CheckedBook($0) }
    proof = checked.map { Unmanaged.passUnretained($0) }
  }

  /// Whether rules are of this instrument: its names and exponents never change. A coarser step can be reported at the
  /// same exponents.
  func isSame(_ rules: InstrumentRules) -> Bool {
    rules.name == self.rules.name && priceExponent <= rules.priceExponent
      && quantityExponent <= rules.quantityExponent
  }

  /// As requests name it.
  public final var name: String { rules.name.isEmpty ? symbol : rules.name }
}
