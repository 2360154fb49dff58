import CPatchbay

/// What a connector was asked to deliver, and how far that is: one entry per instrument and channel. The connector says which
/// commands wait for it; `live` and `rejected` give them back to be answered.
public struct Subscriptions {
  public struct Entry {
    public let instrument: pb_id
    public let channel: Channels
    public var state: ChannelState
    /// Commands to answer once it is live.
    public var waiting: [pb_id]
  }

  public private(set) var entries: [Entry] = []

  public init() {}

  /// Wants `channel` of `instrument`. `true` when that is new and has to be asked for; a command for one that is live already
  /// does not wait.
  public mutating func add(_ instrument: pb_id, _ channel: Channels, command: pb_id) -> Bool {
    if let place = place(instrument, channel) {
      if entries[place].state != .live { entries[place].waiting.append(command) }
      return false
    }
    entries.append(Entry(instrument: instrument, channel: channel, state: .pending, waiting: [command]))
    return true
  }

  /// No longer wants it; `false` when it was not there.
  public mutating func remove(_ instrument: pb_id, _ channel: Channels) -> Bool {
    guard let place = place(instrument, channel) else { return false }
    entries.remove(at: place)
    return true
  }

  public func state(_ instrument: pb_id, _ channel: Channels) -> ChannelState? {
    place(instrument, channel).map { entries[$0].state }
  }

  /// Moves it to `state` and gives the commands that waited; `nil` when it was in that state already, or is unknown.
  public mutating func move(_ instrument: pb_id, _ channel: Channels, to state: ChannelState) -> [pb_id]? {
    guard let place = place(instrument, channel), entries[place].state != state else { return nil }
    entries[place].state = state
    defer { if state != .pending { entries[place].waiting = [] } }
    return state == .pending ? [] : entries[place].waiting
  }

  private func place(_ instrument: pb_id, _ channel: Channels) -> Int? {
    entries.firstIndex { $0.instrument == instrument && $0.channel == channel }
  }
}
