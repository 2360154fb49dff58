import Decimals
import MarketModel

/// What a trader is doing about one order, beside the facts that `TrackedOrder` keeps. Times are monotonic
/// nanoseconds.
final class OrderLife {
  enum Stage {
    /// The journal does not hold it yet.
    case journaling
    /// The journal holds it; its command has not been given.
    case durable
    /// Its command was given, in this run or an earlier one.
    case sent
  }

  let id: OrderID
  let account: AccountID
  let symbol: String
  let leg: PositionLeg
  /// The venue's clock when it was made; of an order that was adopted, when it was heard of.
  let made: VenueMoment
  /// Whether it was made by this trader, so that lists of what was ordered since then must hold it.
  let isOwn: Bool
  var stage = Stage.journaling

  // What was reported.
  var hasReportedCreated = false
  var hasReportedEnd = false
  var isLost = false
  /// How its last cancel was refused; 0 and empty where it was not.
  var cancelError: UInt32 = 0
  var cancelRefusal = ""
  var error: UInt32 = 0
  /// The words with which the venue refused it.
  var refusal = ""
  /// The journal has refused it: what happens to it has no place there.
  var isUnkept = false
  /// Why it did not leave; then it never lived.
  var notSent: String?

  /// The command that placed it, and when it is in doubt without an answer; `nil` = it was answered, or is no more.
  var placedBy: CommandID?
  var answerBy: Int64?

  // Cancelling.
  var isCancelWanted = false
  var isCancelling = false
  var cancelTries = 0
  var cancelAt: Int64?
  /// The venue is known to have it; before that a cancel waits.
  var isCancellable = false
  var hasReportedCancelRefused = false
  /// The last amendment ended without an answer.
  var isAmendUnknown = false

  // Asking.
  var isAsking = false
  /// It waits for its turn to be asked about.
  var isQueued = false
  var askAt: Int64?
  /// The question is only whether the venue has it: any word of the venue answers it.
  var asksForFate = false
  /// Questions in a row that brought nothing.
  var vainQuestions = 0
  /// How often what was said of it did not agree, and how often something contradicted it.
  var doubts = 0
  var doubtedSince: Int64 = 0
  /// When it is asked whether it has come to its date, and how often it was.
  var expiryAt: Int64?
  var expiryQuestions = 0
  /// Questions whether an amendment has made it larger than what is filled.
  var growthQuestions = 0
  var anomalies = 0
  /// Most other orders that were ever in mind with it and could be taken for it.
  var alike = 0
  var notFound = 0
  var notFoundSince: Int64 = 0
  /// A request of unknown fate left before this.
  var uncertainSince: Int64
  /// The command whose answer spoke of this order last.
  var heardBy: CommandID?
  /// When it was given up.
  var lostAt: Int64?

  // Fills that the venue spoke of and that have not come.
  var fillsMissingSince: Int64?
  var fillFetches = 0
  var fetchesFailed = 0
  var isFetching = false
  var fetchAt: Int64?
  /// The history was looked at when its request could no longer arrive, and showed no fill.
  var isHistoryChecked = false

  /// What the journal was given last of what the venue says.
  struct Kept: Equatable {
    var state: OrderState
    var filled: Decimal64
    var quantity: Decimal64?
    var price: Decimal64?
    var timeInForce: TimeInForce?
    var venueOrderID: String
    var waitsForTrigger: Bool
    var part: VenuePart?

    init(_ order: TrackedOrder) {
      state = order.state
      filled = order.filledByReports
      quantity = order.quantity
      price = order.price
      timeInForce = order.timeInForce
      venueOrderID = order.venueOrderID
      waitsForTrigger = order.waitsForTrigger
      part = order.venuePart
    }
  }

  var kept: Kept?

  init(
    id: OrderID, account: AccountID, symbol: String, leg: PositionLeg, made: VenueMoment, isOwn: Bool = true,
    now: Int64
  ) {
    self.id = id
    self.account = account
    self.symbol = symbol
    self.leg = leg
    self.made = made
    self.isOwn = isOwn
    uncertainSince = now
  }

  /// When something is to be done without anything being heard.
  var due: Int64? {
    var due: Int64?
    func consider(_ time: Int64?) { if let time { due = min(due ?? time, time) } }
    if !isAsking, !isQueued { consider(askAt) }
    if isCancelWanted, !isCancelling, isCancellable { consider(cancelAt) }
    if !isFetching { consider(fetchAt) }
    consider(expiryAt)
    consider(answerBy)
    return due
  }

  /// Asks at a time, unless it is to ask sooner.
  func ask(at time: Int64) {
    askAt = min(askAt ?? time, time)
    asksForFate = false
  }

  /// Asks at a time whether the venue has it, unless it is to ask sooner or for more.
  func askForFate(at time: Int64) {
    let isMore = askAt != nil && !asksForFate
    ask(at: time)
    asksForFate = !isMore
  }

  /// Asks once more for what was asked for.
  func askAgain(at time: Int64) { if asksForFate { askForFate(at: time) } else { ask(at: time) } }

  /// The venue has spoken of it unasked: what waits to be asked for its fate alone need not be.
  func fateIsKnown() {
    guard asksForFate else { return }
    (askAt, isQueued, asksForFate) = (nil, false, false)
  }
}

/// A pause that doubles from `first` to `most`.
func backoff(_ tries: Int, first: Int64, most: Int64) -> Int64 {
  guard tries < 32 else { return most }
  let (pause, overflow) = first.multipliedReportingOverflow(by: 1 << Int64(max(0, tries)))
  return overflow ? most : min(pause, most)
}
