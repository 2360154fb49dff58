/// A Swift type that has the constants of one enumeration of the header.
struct VocabularyType {
  enum Form {
    /// One of them.
    case choice
    /// Any of them: the values are bits.
    case flags
    /// Any of them: bit n stands for value n.
    case bits
  }

  let name: String
  /// The type that it stands inside; `nil` at the top.
  var parent: String?
  let raw: String
  let form: Form
  /// A constant by which the enumeration is found.
  let first: String
  /// What its constants begin with.
  let prefix: String
  /// Constants that have another name in Swift, by what follows the prefix, or by the whole name where it has none.
  var names: [String: String] = [:]
  var omitted: Set<String> = []
  /// The name of 0, where the header has none for it.
  var zero: String?
  let doc: String

  init(
    _ name: String, in parent: String? = nil, _ raw: String, as form: Form = .choice, _ first: String, _ prefix: String,
    names: [String: String] = [:], omitted: Set<String> = [], zero: String? = nil, _ doc: String
  ) {
    (self.name, self.parent, self.raw, self.form) = (name, parent, raw, form)
    (self.first, self.prefix, self.names, self.omitted) = (first, prefix, names, omitted)
    (self.zero, self.doc) = (zero, doc)
  }
}

/// The Swift types that follow from the header's enumerations, in the modules that may not read the header itself, or
/// whose users should not.
enum Vocabulary {
  static let connectorKit = [
    VocabularyType(
      "Status", "Int32", "PB_OK", "PB_E_", names: ["PB_OK": "ok", "INTERNAL": "failed"],
      "What `deliver` answers; see `pb_status`."),
    VocabularyType("Side", "UInt32", "PB_SIDE_NONE", "PB_SIDE_", "A side of the market; of a trade, the taker's."),
    VocabularyType("OrderType", "UInt32", "PB_TYPE_LIMIT", "PB_TYPE_", "The type of an order."),
    VocabularyType(
      "TimeInForce", "UInt32", "PB_TIF_GTC", "PB_TIF_",
      names: [
        "GTC": "goodTilCancelled", "IOC": "immediateOrCancel", "FOK": "fillOrKill", "GTD": "goodTilDate",
      ], "How long an order stands."),
    VocabularyType("OrderFlags", "UInt32", as: .flags, "PB_ORDER_POST_ONLY", "PB_ORDER_", "Properties of an order."),
    VocabularyType(
      "OrderState", "UInt32", "PB_ORDER_STATE_OPEN", "PB_ORDER_STATE_", "Where an order stands at the exchange."),
    VocabularyType(
      "PositionLeg", "UInt32", "PB_POSITION_NET", "PB_POSITION_",
      "Which leg of a position something is about: `net` where there are no legs (one-way mode)."),
    VocabularyType("MarginMode", "UInt32", "PB_MARGIN_CROSS", "PB_MARGIN_", "What stands in for a position."),
    VocabularyType(
      "PositionMode", "UInt32", "PB_POSITION_MODE_ONE_WAY", "PB_POSITION_MODE_",
      "Whether an account holds one position of an instrument, or one of each side."),
    VocabularyType(
      "FillOrigin", "UInt32", "PB_FILL_FORCED", "PB_FILL_", omitted: ["FEE_ESTIMATED"],
      "Why the exchange executed an order of its own against an account."),
    VocabularyType(
      "LiquidationKind", "UInt32", "PB_LIQUIDATION_FORCED", "PB_LIQUIDATION_",
      "What became of a position against its holder's will."),
    VocabularyType(
      "Liquidity", "UInt32", "PB_LIQUIDITY_MAKER", "PB_LIQUIDITY_", zero: "unknown", "Who came first; of a fill."),
    VocabularyType(
      "Gap", "UInt32", "PB_GAP_SEQUENCE", "PB_GAP_", "Why the continuity of a book is lost; see `pb_gap`."),
    VocabularyType("Outcome", "UInt32", "PB_OUTCOME_DONE", "PB_OUTCOME_", "How a command ended; see `pb_reply`."),
    VocabularyType(
      "Failure", "UInt32", "PB_ERR_AUTH", "PB_ERR_", names: ["AUTH": "authentication"], zero: "none",
      "Why a command did not succeed."),
    VocabularyType(
      "Channels", "UInt32", as: .flags, "PB_CHANNEL_BOOK", "PB_CHANNEL_", names: ["PRIVATE": "privateUpdates"],
      "What can be subscribed to."),
    VocabularyType(
      "ChannelState", "UInt32", "PB_STATE_PENDING", "PB_STATE_",
      "The state of a subscription, or of an account's private stream."),
    VocabularyType("BookForm", "UInt32", "PB_BOOK_UPDATE", "PB_BOOK_", "What a record does with a book."),
    VocabularyType("LogLevel", "UInt32", "PB_LOG_DEBUG", "PB_LOG_", "How much a line for the operator matters."),
    VocabularyType("Method", "UInt32", "PB_METHOD_GET", "PB_METHOD_", "The method of an HTTP request."),
    VocabularyType(
      "Priority", "UInt32", "PB_PRIORITY_CANCEL", "PB_PRIORITY_", "How urgent a request is; the smallest goes first."),
    VocabularyType(
      "RequestOutcome", "UInt32", "PB_NOT_SENT", "PB_", "What became of a request; see `pb_in_reply`."),
    VocabularyType("Verb", "UInt32", "PB_CMD_CLOCK", "PB_CMD_", "What a connector can be asked for."),
  ]

  static let marketModel = [
    VocabularyType("Side", "UInt8", "PB_SIDE_NONE", "PB_SIDE_", omitted: ["NONE"], "The side of an order or a trade."),
    VocabularyType("OrderType", "UInt8", "PB_TYPE_LIMIT", "PB_TYPE_", "The type of one order."),
    VocabularyType("OrderTypes", "UInt64", as: .bits, "PB_TYPE_LIMIT", "PB_TYPE_", "A set of order types."),
    VocabularyType(
      "TimeInForce", "UInt8", "PB_TIF_GTC", "PB_TIF_", names: hostTimes, "How long one order stands."),
    VocabularyType(
      "TimesInForce", "UInt64", as: .bits, "PB_TIF_GTC", "PB_TIF_", names: hostTimes, "A set of times in force."),
    VocabularyType("OrderFlags", "UInt64", as: .flags, "PB_ORDER_POST_ONLY", "PB_ORDER_", "Properties of an order."),
    VocabularyType(
      "PositionLeg", "UInt8", "PB_POSITION_NET", "PB_POSITION_",
      "Which position of an instrument: the one of one-way mode, whose quantity is signed, or a leg of hedge mode."),
    VocabularyType("Liquidity", in: "Fill", "UInt8", "PB_LIQUIDITY_MAKER", "PB_LIQUIDITY_", "Who came first."),
    VocabularyType("Kind", in: "Instrument", "UInt8", "PB_KIND_SPOT", "PB_KIND_", "What kind of thing is traded."),
    VocabularyType(
      "State", in: "Instrument", "UInt8", "PB_INSTRUMENT_TRADING", "PB_INSTRUMENT_", "Whether it can be traded."),
    VocabularyType("LimitScope", "UInt32", "PB_SCOPE_ADDRESS", "PB_SCOPE_", "Who shares a bucket."),
    VocabularyType("LimitKind", "UInt32", "PB_LIMIT_WINDOW", "PB_LIMIT_", "How a bucket recovers."),
    VocabularyType(
      "RequestPriority", "UInt32", "PB_PRIORITY_CANCEL", "PB_PRIORITY_",
      "How urgent a request is; the smallest goes first."),
  ]

  static let runtime = [
    VocabularyType("Verb", "UInt32", "PB_CMD_CLOCK", "PB_CMD_", "What a connector can be asked for."),
    VocabularyType(
      "Channels", "UInt32", as: .flags, "PB_CHANNEL_BOOK", "PB_CHANNEL_", omitted: ["PRIVATE"],
      "The channels of a subscription."),
    VocabularyType(
      "StreamState", "UInt32", "PB_STATE_PENDING", "PB_STATE_", "The state of an account's private stream."),
    VocabularyType(
      "PositionMode", "UInt32", "PB_POSITION_MODE_ONE_WAY", "PB_POSITION_MODE_",
      "How the positions of an account are kept."),
    VocabularyType(
      "Kind", in: "LiquidationFact", "UInt32", "PB_LIQUIDATION_FORCED", "PB_LIQUIDATION_",
      "What is done to a position."),
  ]

  private static let hostTimes = [
    "GTC": "goodTillCancelled", "IOC": "immediateOrCancel", "FOK": "fillOrKill", "GTD": "goodTillDate",
  ]

  /// Lists of words in the order of the values, beginning with 1 or with the first bit: the name in Swift, a constant
  /// by which the enumeration is found, what its constants begin with.
  static let words: [(name: String, first: String, prefix: String)] = [
    ("side", "PB_SIDE_NONE", "PB_SIDE_"), ("type", "PB_TYPE_LIMIT", "PB_TYPE_"),
    ("timeInForce", "PB_TIF_GTC", "PB_TIF_"), ("orderFlags", "PB_ORDER_POST_ONLY", "PB_ORDER_"),
    ("orderState", "PB_ORDER_STATE_OPEN", "PB_ORDER_STATE_"), ("outcome", "PB_OUTCOME_DONE", "PB_OUTCOME_"),
    ("error", "PB_ERR_AUTH", "PB_ERR_"), ("leg", "PB_POSITION_NET", "PB_POSITION_"),
    ("marginMode", "PB_MARGIN_CROSS", "PB_MARGIN_"),
    ("positionMode", "PB_POSITION_MODE_ONE_WAY", "PB_POSITION_MODE_"),
    ("channels", "PB_CHANNEL_BOOK", "PB_CHANNEL_"), ("liquidity", "PB_LIQUIDITY_MAKER", "PB_LIQUIDITY_"),
    ("instrumentKind", "PB_KIND_SPOT", "PB_KIND_"),
    ("instrumentState", "PB_INSTRUMENT_TRADING", "PB_INSTRUMENT_"), ("state", "PB_STATE_PENDING", "PB_STATE_"),
    ("gap", "PB_GAP_SEQUENCE", "PB_GAP_"), ("liquidation", "PB_LIQUIDATION_FORCED", "PB_LIQUIDATION_"),
    ("transaction", "PB_TRANSACTION_SUBMITTED", "PB_TRANSACTION_"), ("log", "PB_LOG_DEBUG", "PB_LOG_"),
  ]
}
