import CPatchbay

/// What is an exchange's own. A connector derives from `ExchangeConnector` and conforms to this, each file of its
/// folder with its part: as data where it can be (`errors`, `feeds`, tables of names), as functions where it must be
/// (how requests are signed, what an order's parameters are called, how frames are read).
///
/// The data is read once, when the connector attaches; the functions are called on the instance's lane.
public protocol ExchangeDialect: ExchangeConnector {
  // What the exchange is, as data.

  /// Scheme and host of REST requests, such as `https://www.okx.com`.
  var rest: String { get }
  /// The same of requests without an account, where those go elsewhere.
  var publicRest: String { get }
  var errors: ErrorPlan { get }
  var words: Words { get }
  var feeds: FeedPlan { get }
  var bookRules: BookPlan { get }
  var privateStream: PrivatePlan { get }
  /// Whether reports of the private stream name only what changed: then orders are remembered until they end.
  var reportsChangesAlone: Bool { get }
  var offer: OrderOffer { get }
  /// How the exchange's own id of an account is asked for; nil where nothing needs it.
  var accountQuestion: AccountQuestion? { get }
  var limits: [Output.Limit] { get }

  // What the exchange wants to be given, as functions.

  /// Adds the parameters that every call of an account carries: a nonce, a time.
  func prepare(_ call: inout Call)
  /// Adds the parameter that proves the account's consent, where the signature is one: called when all others stand.
  func signParameters(_ call: inout Call, _ account: TradingAccount)
  /// Adds what proves the account's consent: headers, a signature in the query.
  /// - Parameter target: the path with its query, as it is sent.
  func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount)
  /// The parameters of a new order.
  func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal)
  /// The parameters that change an order.
  func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal)
  /// The parameters that name an order, for a cancel or a question.
  func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal)
  /// The parameters of several orders in one request. Orders that go in an array of their own parameters need nothing.
  func batch(_ parts: [OrderPart], _ call: inout Call)
  /// What a part costs, where that is not what its endpoint costs.
  func charges(_ part: OrderPart) -> [Charge]?
  /// What a call costs, where that depends on its parameters or on what the exchange has said of its limits; `nil` =
  /// what its endpoint costs.
  func charges(_ call: Call) -> [Charge]?
  /// The frame that subscribes to topics, or gives them up.
  func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText
  /// Orders of different groups do not share a request, where several can.
  func group(_ part: OrderPart) -> Int
  /// The exchange's id of the account, in the answer to `accountQuestion`; nil where it names none that can be used.
  func identity(_ body: Body, _ account: TradingAccount) -> String?
  /// Topics of different groups do not share a message.
  func group(_ topic: Topic) -> Int
  /// Topics of different shelves do not share a connection: those of markets that the exchange calls by one name.
  func shelf(_ topic: Topic) -> Int
  /// Number of the market that is meant on a shelf by the name of another.
  func market(_ number: Int, onShelf shelf: Int) -> Int
  /// Where a connection for topics is opened, of an address of the plan: a market may have a socket of its own.
  func address(_ address: String, of topics: [Topic]) -> String
  /// The frame that subscribes to one of `FeedPlan.common`.
  func commonTopic(_ name: String, id: pb_id) -> SealedText
  /// Levels per side of a book in which somebody wants so many, of those on offer; 0 = all.
  func levels(_ wanted: Int) -> Int
  /// The parameters that ask for a book.
  func snapshotParameters(_ market: Market, _ call: inout Call)
  /// The account that asks for a book, where the exchange shows the whole of it to accounts alone; nil = nobody's.
  func snapshotAccount(_ market: Market) -> TradingAccount?
  /// A book that was asked for: `.ok` after `snapshot`, or `.parse`.
  func snapshotReply(_ body: Body, _ market: Market) -> Status
  /// The same where the book's number stands in a header of the reply.
  func snapshotReply(_ body: Body, _ market: Market, _ reply: Reply) -> Status
  /// The frame that asks for a book on the stream of its updates.
  func snapshotFrame(_ market: Market, id: pb_id) -> SealedText
  /// Which level does not fit its book, in a message about it that could not be read: how the exchange writes levels.
  func misfit(_ message: Body, _ market: Market) -> String?
  /// Reads where a stream is to be opened; `nil` when that cannot be read.
  /// - Parameters:
  ///   - account: of a private stream; nil for a public one.
  ///   - id: of the stream.
  func streamAddress(_ body: Body, _ account: TradingAccount?, id: pb_id) -> StreamAddress?
  /// The frame that logs an account's stream in.
  func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText
  /// The private channels of an account, where the plan does not name them all: an exchange may have some for each
  /// instrument. Where a new list of instruments adds to them, the stream is opened anew.
  func privateChannels(_ account: TradingAccount) -> [String]
  /// The frame that subscribes to one of the private channels.
  func privateTopic(_ channel: String, id: pb_id) -> SealedText
  /// The same where the frame depends on the account, such as a signature by the kind of its key.
  func privateTopic(_ channel: String, id: pb_id, _ account: TradingAccount) -> SealedText
  /// A frame of an account's stream.
  func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status
  /// Corrects a fault that was read: a time until which the exchange wants to be left alone.
  func corrected(_ fault: VenueFault) -> VenueFault
  /// Corrects a report of an order or fill before it goes out: by which of its names the host knows the order.
  func corrected(_ report: OrderReport) -> OrderReport
  /// Corrects a report of a position that was read: the leg, where two words say it together.
  func corrected(_ report: PositionReport) -> PositionReport
  /// Makes the market of an instrument: where a connector keeps more, one that derives from `Market`.
  func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market
}

/// What most exchanges do, or what one does that lacks the thing.
extension ExchangeDialect {
  public var publicRest: String { rest }
  public var words: Words { Words(side: [:], type: [:], force: [:], state: [:]) }
  public var offer: OrderOffer { OrderOffer([], [], []) }
  public var limits: [Output.Limit] { [] }
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {}
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    throw CommandRefusal(.unsupported, "orders are not offered")
  }
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    throw CommandRefusal(.unsupported, "orders are not offered")
  }
  public var privateStream: PrivatePlan { .none }
  public var reportsChangesAlone: Bool { false }
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    throw CommandRefusal(.unsupported, "amendments are not offered")
  }
  public func snapshotParameters(_ market: Market, _ call: inout Call) {}
  public func snapshotAccount(_ market: Market) -> TradingAccount? { nil }
  public func snapshotReply(_ body: Body, _ market: Market) -> Status { .unsupported }
  public func snapshotReply(_ body: Body, _ market: Market, _ reply: Reply) -> Status { snapshotReply(body, market) }
  public func snapshotFrame(_ market: Market, id: pb_id) -> SealedText { SealedText() }
  public func misfit(_ message: Body, _ market: Market) -> String? { LevelMisfit(market).words(message) }
  public func streamAddress(_ body: Body, _ account: TradingAccount?, id: pb_id) -> StreamAddress? { nil }
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText { SealedText() }
  public func privateChannels(_ account: TradingAccount) -> [String] { account.plan.channels }
  public func privateTopic(_ channel: String, id: pb_id) -> SealedText { SealedText() }
  public func privateTopic(_ channel: String, id: pb_id, _ account: TradingAccount) -> SealedText {
    privateTopic(channel, id: id)
  }
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status { .unsupported }
  public func corrected(_ report: OrderReport) -> OrderReport { report }
  public func corrected(_ report: PositionReport) -> PositionReport { report }
  public func corrected(_ fault: VenueFault) -> VenueFault { fault }
  public func prepare(_ call: inout Call) {}
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {}
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.whole = jsonList(parts.map { $0.call.json })
  }
  public func charges(_ part: OrderPart) -> [Charge]? { nil }
  public var accountQuestion: AccountQuestion? { nil }
  public func identity(_ body: Body, _ account: TradingAccount) -> String? { nil }
  public func charges(_ call: Call) -> [Charge]? { nil }
  public func group(_ part: OrderPart) -> Int { 0 }
  public func group(_ topic: Topic) -> Int { 0 }
  public func shelf(_ topic: Topic) -> Int { 0 }
  public func market(_ number: Int, onShelf shelf: Int) -> Int { number }
  public func address(_ address: String, of topics: [Topic]) -> String { address }
  public func commonTopic(_ name: String, id: pb_id) -> SealedText { SealedText() }
  public func levels(_ wanted: Int) -> Int { 0 }
  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    Market(id: id, number: number, rules: rules, book: bookRules)
  }
}
