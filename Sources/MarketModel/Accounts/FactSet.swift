/// Facts by key, each at its newest, fed by single pushes and by whole sets that answer a command.
///
/// A complete set removes what it did not hold: an asset that is no longer returned, a position that was closed. A
/// fact that was pushed while the set was on its way stays, because the set may be older than the push.
public struct FactSet<Key: Hashable & Sendable, Fact: Sendable>: Sendable {
  private struct Entry {
    var fact: Fact
    var time: Int64
    /// The turn in which it was last seen.
    var turn: UInt64
  }

  private var entries: [Key: Entry] = [:]
  private var begun: [CommandID: UInt64] = [:]
  private var turn: UInt64 = 0

  public init() {}

  public var count: Int { entries.count }
  public var keys: some Collection<Key> { entries.keys }
  public subscript(key: Key) -> Fact? { entries[key]?.fact }

  /// A command that will be answered by a set has been given. Facts put from now on are newer than that command.
  public mutating func begin(_ command: CommandID) {
    turn += 1
    begun[command] = turn
  }

  /// Keeps a fact, unless the venue gave a newer one: `time` is the venue's, in nanoseconds, 0 where it gives none.
  /// Gives whether it was kept. An older fact still proves that its key exists.
  @discardableResult
  public mutating func put(_ fact: Fact, for key: Key, time: Int64) -> Bool {
    guard let known = entries[key], time != 0, known.time > time else {
      entries[key] = Entry(fact: fact, time: time, turn: turn)
      return true
    }
    entries[key]?.turn = turn
    return false
  }

  /// What is known of one key is of another from now on, unless something is known of that.
  public mutating func move(_ key: Key, to other: Key) {
    guard let entry = entries.removeValue(forKey: key), entries[other] == nil else { return }
    entries[other] = entry
  }

  @discardableResult
  public mutating func remove(_ key: Key) -> Fact? { entries.removeValue(forKey: key)?.fact }

  /// The set that answers a command has ended. Removes the keys in `scope` that were not seen since the command was
  /// given, and gives them; removes nothing for a command that did not `begin` or when the set `isPartial`.
  @discardableResult
  public mutating func complete(_ command: CommandID, isPartial: Bool = false, scope: (Key) -> Bool) -> [Key] {
    guard let start = begun.removeValue(forKey: command), !isPartial else { return [] }
    let gone = entries.filter { $0.value.turn < start && scope($0.key) }.map(\.key)
    for key in gone { entries[key] = nil }
    return gone
  }

  /// A command ended without its set.
  public mutating func abandon(_ command: CommandID) { begun[command] = nil }
}
