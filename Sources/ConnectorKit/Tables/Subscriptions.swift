import CPatchbay

/// What a connector was asked to deliver, and how far that is: one entry per instrument and channel. A subscribe
/// command may name several channels; it is done when all of them are live, and refused when one is rejected.
public struct Subscriptions {
  public struct Entry {
    public let instrument: pb_id
    public let channel: Channels
    public fileprivate(set) var state: ChannelState
    fileprivate var waiting: [pb_id]
  }

  public private(set) var entries: [Entry] = []
  /// Commands that wait, with the number of channels they still wait for.
  private var commands: [(id: pb_id, missing: Int)] = []

  public init() {}

  /// Wants `channels` of `instrument` on behalf of `command`. Gives those that are new and have to be asked for; when
  /// all are live already, `isDone` says that the command can be answered at once.
  public mutating func add(_ instrument: pb_id, _ channels: Channels, command: pb_id) -> (new: Channels, isDone: Bool) {
    var new: Channels = []
    var missing = 0
    for channel in channels.each {
      guard let place = place(instrument, channel) else {
        entries.append(Entry(instrument: instrument, channel: channel, state: .pending, waiting: [command]))
        new.insert(channel)
        missing += 1
        continue
      }
      if entries[place].state == .live { continue }
      entries[place].waiting.append(command)
      missing += 1
    }
    if missing > 0 { commands.append((command, missing)) }
    return (new, missing == 0)
  }

  /// No longer wants `channels`; gives those that were there, and the commands that waited for them and now never will.
  public mutating func remove(_ instrument: pb_id, _ channels: Channels) -> (gone: Channels, orphans: [pb_id]) {
    var gone: Channels = []
    var orphans: [pb_id] = []
    for channel in channels.each {
      guard let place = place(instrument, channel) else { continue }
      gone.insert(channel)
      orphans += entries.remove(at: place).waiting.filter { forget($0) }
    }
    return (gone, orphans)
  }

  /// The state of one channel; `nil` when it is not wanted.
  public func state(_ instrument: pb_id, _ channel: Channels) -> ChannelState? {
    place(instrument, channel).map { entries[$0].state }
  }

  /// A channel is live. Gives the commands that are done by that; `nil` when it was live already, or is not wanted.
  public mutating func live(_ instrument: pb_id, _ channel: Channels) -> [pb_id]? {
    guard let place = place(instrument, channel), entries[place].state != .live else { return nil }
    entries[place].state = .live
    let waiting = entries[place].waiting
    entries[place].waiting = []
    return waiting.filter { arrive($0) }
  }

  /// A channel stopped, because its stream was cut, say; it will be asked for again. `false` when it was down already.
  public mutating func down(_ instrument: pb_id, _ channel: Channels) -> Bool {
    guard let place = place(instrument, channel), entries[place].state == .live else { return false }
    entries[place].state = .down
    return true
  }

  /// The venue refused a channel, which is thereby no longer wanted. Gives the commands that fail by that.
  public mutating func rejected(_ instrument: pb_id, _ channel: Channels) -> [pb_id] {
    guard let place = place(instrument, channel) else { return [] }
    return entries.remove(at: place).waiting.filter { forget($0) }
  }

  private func place(_ instrument: pb_id, _ channel: Channels) -> Int? {
    entries.firstIndex { $0.instrument == instrument && $0.channel == channel }
  }

  /// One channel fewer to wait for; whether it was the last.
  private mutating func arrive(_ command: pb_id) -> Bool {
    guard let place = commands.firstIndex(where: { $0.id == command }) else { return false }
    commands[place].missing -= 1
    guard commands[place].missing == 0 else { return false }
    commands.remove(at: place)
    return true
  }

  /// The command no longer waits for anything; whether it did.
  private mutating func forget(_ command: pb_id) -> Bool {
    guard let place = commands.firstIndex(where: { $0.id == command }) else { return false }
    commands.remove(at: place)
    return true
  }
}
