import CPatchbay
import Decimals
import Records

/// The commands that the host has given to an instance and that are not answered yet. A value; cost is that of a
/// dictionary.
public struct LiveCommands: Sendable {
  private var commands: [UInt64: Licence] = [:]
  private var attempts: UInt64 = 0
  /// Trading is stopped: cancels leave, nothing else that trades does. What was given before or meanwhile stays stopped
  /// when trading goes on: whoever halts wants the orders gone that are under way.
  public var isHalted = false {
    didSet {
      guard isHalted else { return }
      for id in commands.keys { with(id) { licence in if !licence.isCancel { licence.expire() } } }
    }
  }

  /// Whether the account may trade, or cancel, at this moment: another host may have the right to. `nil` = always.
  /// Asked when a request is judged and once more when it leaves.
  public var mayTrade: (@Sendable (_ account: UInt64, _ isCancel: Bool) -> Bool)?

  public init() {}

  /// The command is about to be delivered, for the first time or once more: each time is an attempt of its own.
  public mutating func begin(_ id: UInt64, _ licence: Licence) {
    attempts += 1
    var licence = licence
    licence.attempt = attempts
    if isHalted, !licence.isCancel { licence.expire() }
    commands[id] = licence
  }

  /// A command whose facts are not known. `verb` is a `PB_CMD_`.
  public mutating func begin(_ id: UInt64, account: UInt64, verb: UInt32) {
    begin(id, Licence(account: account, verb: verb))
  }

  /// The command is answered, or its instance is gone.
  public mutating func end(_ id: UInt64) { commands[id] = nil }

  /// Whether a trade that was judged may still leave: its command is alive, in the attempt for which it was judged.
  public func permits(_ trade: JudgedTrade, now: Int64) -> Bool {
    guard let place = commands.index(forKey: trade.command) else { return false }
    return commands.values[place].attempt == trade.attempt && now <= commands.values[place].deadline
      && (!isHalted || trade.isCancel) && mayTrade?(commands.values[place].account, trade.isCancel) != false
  }

  /// A trade that was let out has certainly done nothing: it never left, or the exchange has said so.
  public mutating func undo(_ trade: JudgedTrade) {
    with(trade.command) { licence in if licence.attempt == trade.attempt, !trade.isCancel { licence.undone += 1 } }
  }

  /// The exchange has answered a request, and not refused it: what is to come behind a cancel may leave.
  public mutating func took(_ trade: JudgedTrade) {
    with(trade.command) { licence in if licence.attempt == trade.attempt, trade.isCancel { licence.taken += 1 } }
  }

  /// Whether nothing that was let out for a command can have done anything, cancels aside: it may be given once more.
  public func hasDoneNothing(_ id: UInt64) -> Bool {
    guard let place = commands.index(forKey: id) else { return true }
    return commands.values[place].departed == commands.values[place].undone
  }

  /// Nothing leaves for a command until it is given again.
  public mutating func suspend(_ id: UInt64) { with(id) { $0.expire() } }

  /// What the host knows of the leverages of a command's new orders, as it stands when they leave.
  /// - Parameter known: by the host's number of the instrument; nil = it knows none.
  public mutating func know(_ id: UInt64, leverage known: (_ account: UInt64, _ instrument: UInt64) -> Decimal64?) {
    with(id) { licence in
      guard Int(licence.verb) == PB_CMD_PLACE else { return }
      for index in licence.items.indices {
        licence.items[index].leverage = known(licence.account, licence.items[index].instrument)
      }
    }
  }

  /// What the host knows of the orders that an amendment changes, as it stands when a request leaves.
  /// - Parameter known: by the host's number of the order; nil = it knows none.
  public mutating func know(_ id: UInt64, orders known: (_ order: UInt64) -> LicenceItem.Now?) {
    with(id) { licence in
      guard Int(licence.verb) == PB_CMD_AMEND else { return }
      for index in licence.items.indices where !licence.items[index].changes.isEmpty {
        if let now = known(licence.items[index].order) { licence.items[index].know(now) }
      }
    }
  }

  /// Whose command it is, and its `PB_CMD_`; nil = it is not alive.
  func owner(of id: UInt64) -> (account: UInt64, verb: UInt32, attempt: UInt64)? {
    guard let place = commands.index(forKey: id) else { return nil }
    return (commands.values[place].account, commands.values[place].verb, commands.values[place].attempt)
  }

  /// Lends a command's licence, where it stands, to what may mark items as left; nil = the command is not alive.
  @discardableResult
  mutating func with<Result>(_ id: UInt64, _ body: (inout Licence) -> Result) -> Result? {
    guard let place = commands.index(forKey: id) else { return nil }
    return body(&commands.values[place])
  }

  /// Whether a verb places, changes or cancels, or changes how an account trades.
  public static func isTrading(_ verb: UInt32) -> Bool {
    switch Int(verb) {
    case PB_CMD_PLACE, PB_CMD_AMEND, PB_CMD_CANCEL, PB_CMD_CANCEL_MANY, PB_CMD_LEVERAGE, PB_CMD_MARGIN_MODE,
      PB_CMD_POSITION_MODE, PB_CMD_SWAP, PB_CMD_APPROVE:
      true
    default: false
    }
  }
}
