import Decimals

/// One second, in the nanoseconds that all times here are in.
let second: Int64 = 1_000_000_000

/// How a trader behaves: times in nanoseconds, bounds, and what it does with what it finds.
public struct TraderPolicy: Equatable, Sendable {
  /// What becomes of an order of ours that the venue shows and that we do not know.
  public enum Strays: Sendable, CaseIterable {
    /// It is tracked from then on.
    case adopt
    /// It is tracked and cancelled.
    case cancel
  }

  /// What becomes of an order that the account cannot afford.
  public enum Shortage: Sendable, CaseIterable {
    case reject
    /// It is made as small as what is there.
    case shrink
  }

  /// So many answers "not found" are not yet enough; one more is, if the times below agree.
  public var notFoundLimit = 3
  /// From the first to the last answer "not found" at least so long.
  public var notFoundSpread = 10 * second
  /// A request that got no answer may still arrive so long after that; longer than any venue's receive window.
  public var arrivalGrace = 65 * second
  /// A create leaves at the latest so long after its order was made, repetitions for the clock included.
  public var sendLatest = 60 * second
  /// No answer to placing an order: it is in doubt, and asked about, so long after its command was given; a request of
  /// a connector of the kit has the same time.
  public var placeAnswer = 10 * second
  /// A command that changes or cancels an order counts as unanswered after so long: nothing of it may leave any more.
  public var changeAnswer = 30 * second
  /// The same for questions about an order, and for lists, of which a venue's limits may let each page wait.
  public var questionAnswer = 120 * second
  public var listAnswer = 600 * second
  /// How long an order that was given up is kept in mind: its fills still count, and it is asked for.
  public var lostKept = 24 * 3600 * second
  /// The same of one that the venue never showed. When it is heard of later, it is adopted all the same.
  public var unseenKept = 600 * second
  /// An order good till a date is asked about when nothing has been heard of its end for so long after it.
  public var expiryGrace = 2 * second
  /// The first question about an order of unknown state, and the longest pause between two.
  public var askAfter = second / 2
  public var askAtMost = 30 * second
  /// A cancel was confirmed, but the order's end is not heard of: ask after so long.
  public var cancelConfirm = 2 * second
  /// Pauses between two cancels of one order, the first and the longest.
  public var cancelAgain = second
  public var cancelAtMost = 30 * second
  /// The order has ended, and fills are missing that the venue speaks of: wait for them so long, then fetch them.
  public var fillWait = 5 * second
  /// How often they are fetched before the end is reported without them. They are looked for after that as well.
  public var fillTries = 3
  /// History is asked from so long before what was last heard.
  public var historyOverlap = 60 * second
  /// The private stream is silent when nothing has come for so long.
  public var silence = 60 * second
  /// How often everything is asked while the stream is silent or down and orders are open, and else.
  public var pollSilent = 5 * second
  public var pollLive = 120 * second
  /// How often funding payments are asked for.
  public var pollFunding = 600 * second
  /// Most questions about single orders that are on their way at once.
  public var questionsAtOnce = 8
  /// From so many orders of one instrument on that are to be asked about, one list is asked for instead.
  public var shareFrom = 6
  /// One list is for orders that were made within so long; less after lists that were not whole.
  public var historySpan = 3600 * second
  /// A question that took longer had to wait for a limit.
  public var slowQuestion = 3 * second
  /// How many contradictions of one order are reported to people; what they put in doubt is asked about all the same.
  public var anomaliesReported = 8
  /// A fill of an order without a limit is reported when its price is more than so many times the best price in the
  /// book, or less than that part of it.
  public var farFromMarket = Decimal64(mantissa: 2, exponent: 0)
  /// Fills without an order that the journal takes of one account: so many at once, and so many more a second.
  public var strayFillsAtOnce = 1000
  public var strayFillsPerSecond = 1
  /// Orders with this host's mark that it did not send and takes in: so many at once, and so many more a second. For
  /// the rest the exchange is asked again a second later.
  public var adoptedAtOnce: Int64 = 1024
  public var adoptedPerSecond: Int64 = 256
  /// The same over the whole run, and then one more a second. Beyond it no orders are placed.
  public var adoptedInAll: Int64 = 16_384
  /// How many orders are looked at before others have the lane.
  public var ordersPerTurn = 512
  /// Most that waits in memory for a journal that takes nothing. Beyond it no orders are taken and nothing more is
  /// kept: the next run asks the exchange for all that has happened since.
  public var entriesWaiting = 65_536
  /// How long an order that ended stays in mind for late fills.
  public var endedKept = 30 * second
  /// Client order ids are reserved in the journal by so many.
  public var counterBlock: UInt64 = 1000
  public var strays = Strays.adopt
  public var shortage = Shortage.reject
  /// Market orders are judged at the touch and this fraction beyond.
  public var marketBuffer = Decimal64(mantissa: 1, exponent: -2)
  /// Most that strategies may use of an asset, whatever the account has.
  public var balanceLimits: [String: Decimal64] = [:]
  /// Balances are not checked: the venue refuses what cannot be paid.
  public var ignoresBudget = false
  /// What tests break to see that they notice.
  package var fault: Fault?

  /// Known bugs of order management, for tests that must find them.
  package enum Fault: CaseIterable, Sendable {
    /// Nothing is compared after a restart or a lost stream.
    case skipReconcile
    /// A create without an answer is sent again.
    case retryBlindly
    /// The fetch of missing fills is left out.
    case forgetFill
    /// A network error counts as "not found".
    case trustErrors
    /// The order is sent before it is durable.
    case sendEarly
    /// A cancel without an answer is taken as done.
    case assumeCancelled
  }

  public init() {}
}
