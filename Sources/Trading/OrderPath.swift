import Decimals
import MarketModel
import Runtime

/// The way from a trader to one venue and back: a connector's session, or a simulated execution in its place. All
/// calls and all news are on one lane.
public protocol OrderPath: AnyObject {
  /// The connector's id, such as `binance_perpetual`.
  var name: String { get }
  /// The time of what happens now.
  var times: Times { get }
  /// The accounts' orders, balances and positions. Facts are in it before the observer is informed of them.
  var accounts: AccountView { get }
  /// Hears of what the venue says of accounts.
  var accountObserver: AccountObserver? { get set }
  /// Most that one order may be worth, in quote; `nil` = no cap.
  var notionalCap: Decimal64? { get }

  /// Whether commands of this verb are taken.
  func offers(_ verb: Verb) -> Bool
  /// An instrument as it is described now; `nil` for an unknown one.
  func instrument(_ id: InstrumentID) -> Instrument?
  /// An instrument by the venue's symbol.
  func instrument(symbol: String) -> Instrument?
  /// The best price that an order of this side would meet; `nil` while the book is not ready.
  func touch(_ instrument: InstrumentID, for side: Side) -> Decimal64?
  /// A command id that is used for nothing else, also not by an earlier run: the journal keeps them.
  func reserveCommand() -> CommandID
  /// No command gets this number or a lower one from now on: the journal has it from an earlier run, whatever this
  /// machine's clock said then.
  func skipCommands(through id: CommandID)
  /// Gives a command. `completion` is called once, after all facts of the answer; it may be called inside this call.
  func send(_ draft: CommandDraft, as id: CommandID, completion: @escaping (CommandResult) -> Void)
  /// Why nothing of a command has left yet, for people; `nil` when something has, or may have.
  func wait(of command: CommandID) -> String?
  /// Trading is stopped, or goes on: then nothing but cancels may leave, whatever waits.
  func halted(_ isHalted: Bool)
  /// When `tick` is to be called next, for a path with deadlines of its own; monotonic.
  var due: Int64? { get }
  /// Does what is due.
  func tick()
}

extension OrderPath {
  /// A session's timers are fired by its lane.
  public var due: Int64? { nil }
  public func tick() {}
  /// A simulated execution has nothing that waits.
  public func wait(of command: CommandID) -> String? { nil }
  public func halted(_ isHalted: Bool) {}
  /// One that begins anew with each run has no numbers of an earlier one.
  public func skipCommands(through id: CommandID) {}
}

extension Session: OrderPath {
  public func instrument(_ id: InstrumentID) -> Instrument? { view[id.rawValue]?.instrument }

  public func instrument(symbol: String) -> Instrument? { view.market(symbol: symbol)?.instrument }

  public func touch(_ instrument: InstrumentID, for side: Side) -> Decimal64? {
    guard let book = view[instrument.rawValue]?.book else { return nil }
    let level = side == .buy ? book.bestAsk : book.bestBid
    return level.map { Decimal64(mantissa: $0.price, exponent: book.priceExponent) }
  }
}
