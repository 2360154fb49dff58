import CPatchbay
import Decimals

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
  /// Where a price of the exchange is read: another exponent where it writes whole numbers.
  public final let writtenExponent: Int32
  /// How a quantity of the exchange is read: at this exponent, and then multiplied by this factor it is one in base at
  /// `quantityExponent`. The same exponent and 1 where the exchange counts base. See Contracts.swift.
  public final let contractExponent: Int32
  public final let contractFactor: Int64
  /// What was last heard of mark and index price and funding.
  final var marks = MarkReport()
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

  /// The day's prices, for tickers that name only what changed.
  @exclusivity(unchecked) final var day = DayPrices()

  // The book; see ExchangeConnector+Books.swift.
  @exclusivity(unchecked) public final var sync: BookSync
  public final internal(set) var wantsBook = false
  /// Levels per side that the book holds; 0 = all.
  @exclusivity(unchecked) public final var depth = 0
  /// Levels per side that somebody asked for; 0 = all.
  public final internal(set) var wanted = 0
  /// The book with its texts, where a checksum proves it.
  public final let checked: CheckedBook?
  /// The same for the hot path, which counts no references: it lives as long as its market.
  @usableFromInline final let proof: Unmanaged<CheckedBook>?
  /// Frames that came before the snapshot.
  final let queue = FrameQueue()
  /// The least number of a snapshot that the first of them can be joined to.
  final var firstJoint: UInt64 = 0
  final var snapshotRequest: pb_id = 0
  /// What its updates change: the book in use, or one that is built anew aside.
  @exclusivity(unchecked) final var form = BookForm.update
  /// Its book is being built anew while the old one stays in use.
  @exclusivity(unchecked) final var refresh: BookRefresh?
  /// The exchange gives no snapshot, and the host was given the reason.
  final var isSnapshotRefused = false
  /// Runs while a snapshot is awaited, or before it is asked for again.
  final var bookTimer: pb_id = 0
  /// A snapshot is due on the stream.
  final var isAwaiting = false
  final var losses = LossPace()
  /// A position of it was reported, and not yet its end.
  final var isHeld = false
  /// How often the book was asked for again since it was last there.
  public internal(set) final var attempts = 0
  /// Its subscription has been given up, to be taken anew for a snapshot.
  final var isRenewing = false
  /// That was not answered: the exchange may still carry the old subscription, or end it at any time.
  final var isEndDoubtful = false
  /// The exchange has answered the newest subscription of its book, or sent something of it: updates come.
  final var isCarried = false

  public init(id: pb_id, number: Int, rules: InstrumentRules, book plan: BookPlan) {
    self.id = id
    self.number = number
    self.rules = rules
    symbol = rules.symbol
    priceExponent = rules.priceExponent
    quantityExponent = rules.quantityExponent
    let size = rules.contractSize.normalized
    writtenExponent = priceExponent &+ rules.priceScale
    (contractExponent, contractFactor) = (
      quantityExponent &- size.exponent &+ rules.quantityScale, size.mantissa
    )
    sync = BookSync(plan.rule)
    checked = plan.checksum.map { CheckedBook($0) }
    proof = checked.map { Unmanaged.passUnretained($0) }
    checked?.priceDigits = -(rules.priceDecimals ?? 0)
    checked?.quantityDigits = -(rules.quantityDecimals ?? 0)
  }

  /// Whether rules are of this instrument: its names and exponents never change. A coarser step can be reported at the
  /// same exponents.
  func isSame(_ rules: InstrumentRules) -> Bool {
    rules.name == self.rules.name && rules.contractSize == self.rules.contractSize
      && rules.priceScale == self.rules.priceScale && rules.quantityScale == self.rules.quantityScale
      && priceExponent <= rules.priceExponent && quantityExponent <= rules.quantityExponent
  }

  /// As requests name it.
  public final var name: String { rules.name.isEmpty ? symbol : rules.name }
}
