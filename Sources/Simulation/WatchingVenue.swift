import Venue

/// Stands directly before a venue and counts what a careful client never sees.
final class WatchingVenue: ServedVenue {
  private let inner: ServedVenue
  /// Answers that say the client sends too much.
  private(set) var tooMany = 0
  /// What came and what was answered, in one number: the same for the same run.
  private(set) var digest = RunDigest()
  /// Shown everything that arrives.
  var inspect: (VenueRequest) -> Void = { _ in }

  init(_ inner: ServedVenue) { self.inner = inner }

  private func watch(_ actions: [VenueAction]) {
    for action in actions {
      switch action {
      case .reply(_, let reply), .refuse(_, let reply):
        if reply.status == 429 || reply.status == 418 { tooMany += 1 }
        digest.add(reply.body)
      case .send(_, .text(let bytes)), .send(_, .binary(let bytes)): digest.add(bytes)
      default: digest.add([1])
      }
    }
  }

  func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    inspect(request)
    digest.add(Array(request.path.utf8))
    pass(&actions) { inner.request(id, request, now: now, &$0) }
  }

  func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    inspect(request)
    pass(&actions) { inner.open(socket, request, now: now, &$0) }
  }

  func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    if case .text(let bytes) = frame { inspect(VenueRequest(method: "FRAME", path: "", body: bytes)) }
    pass(&actions) { inner.frame(socket, frame, now: now, &$0) }
  }

  func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) {
    pass(&actions) { inner.closed(socket, now: now, &$0) }
  }

  func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? {
    var next: Int64?
    pass(&actions) { next = inner.advance(now: now, &$0) }
    return next
  }

  private func pass(_ actions: inout [VenueAction], _ body: (inout [VenueAction]) -> Void) {
    var own: [VenueAction] = []
    body(&own)
    watch(own)
    actions += own
  }
}

/// A number that two runs share only if they went the same way. FNV-1a over 64 bits.
public struct RunDigest: Equatable, Sendable {
  public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }
}
