import CPatchbay
import Decimals

/// The commands that the host has given to an instance and that are not answered yet. A value; cost is that of a
/// dictionary.
public struct LiveCommands: Sendable {
  private var commands: [UInt64: Licence] = [:]
  /// Trading is stopped: cancels leave, nothing else that trades does.
  public var isHalted = false

  public init() {}

  /// The command is about to be delivered, for the first time or once more: each time is an attempt of its own.
  public mutating func begin(_ id: UInt64, _ licence: Licence) { commands[id] = licence }

  /// A command whose facts are not known. `verb` is a `PB_CMD_`.
  public mutating func begin(_ id: UInt64, account: UInt64, verb: UInt32) {
    begin(id, Licence(account: account, verb: verb))
  }

  /// The command is answered, or its instance is gone.
  public mutating func end(_ id: UInt64) { commands[id] = nil }

  /// What the host knows of the leverages of a command's new orders, as it stands when they leave.
  /// - Parameter known: by the host's number of the instrument; nil = it knows none.
  public mutating func know(_ id: UInt64, leverage known: (_ account: UInt64, _ instrument: UInt64) -> Decimal64?) {
    guard let licence = commands[id], Int(licence.verb) == PB_CMD_PLACE else { return }
    for index in licence.items.indices {
      commands[id]?.items[index].leverage = known(licence.account, licence.items[index].instrument)
    }
  }

  subscript(id: UInt64) -> Licence? { commands[id] }

  /// Whose command it is, and its `PB_CMD_`; nil = it is not alive.
  func owner(of id: UInt64) -> (account: UInt64, verb: UInt32)? { commands[id].map { ($0.account, $0.verb) } }

  /// Notes that something came too late for a command; whether that happened before.
  mutating func cameLate(_ id: UInt64) -> Bool {
    defer { commands[id]?.isLate = true }
    return commands[id]?.isLate ?? false
  }

  /// Some of a command's items have left under an act.
  mutating func left(_ id: UInt64, items: [Int], mark: UInt64) {
    for item in items { commands[id]?.items[item].left |= mark }
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
