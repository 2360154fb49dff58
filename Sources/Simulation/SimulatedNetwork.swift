import Runtime
import Transport
import Venue

/// How the network behaves between the host and the venues. Times in nanoseconds, odds per million.
public struct NetworkWeather: Sendable {
  /// One way, drawn anew for each request; frames of a socket stay in order.
  public var latency: ClosedRange<Int64> = 1_000_000...20_000_000
  /// A connection cannot be made.
  public var refused = 0
  /// A request is lost on its way to the venue: it never arrives, and nobody answers.
  public var lost = 0
  /// A reply is lost: the venue has acted.
  public var unanswered = 0
  /// A frame takes its socket with it: the connection is cut before it arrives.
  public var cut = 0

  public init() {}

  /// Nothing goes wrong.
  public static let fair = NetworkWeather()

  /// Everything goes wrong now and then.
  public static let rough: NetworkWeather = {
    var weather = NetworkWeather()
    weather.latency = 1_000_000...400_000_000
    (weather.refused, weather.lost, weather.unanswered, weather.cut) = (20_000, 20_000, 20_000, 2_000)
    return weather
  }()
}

/// A network of virtual time between hosts and venues, all in one thread. The same seed gives the same run.
public final class SimulatedNetwork {
  public let clock: VirtualClock
  public var weather = NetworkWeather.fair
  /// Frames of venues that are lost without a word.
  var isLost: ((VenueFrame) -> Bool)?
  private var events = EventQueue()
  private var venues: [String: Mount] = [:]
  private var mounts: [Mount] = []
  var random: SeededRandom
  private var numbers: UInt64 = 0

  /// A venue with what is under way to and from it.
  final class Mount {
    let venue: ServedVenue
    /// Who waits for replies and frames.
    var requests: [UInt64: (VenueReply?) -> Void] = [:]
    var sockets: [UInt64: SimulatedSocket] = [:]
    var due: Int64?

    init(_ venue: ServedVenue) { self.venue = venue }
  }

  public init(clock: VirtualClock, seed: UInt64) {
    self.clock = clock
    random = SeededRandom(seed: seed)
  }

  /// Puts a venue behind hosts, each `name:port` as in a manifest.
  public func mount(_ venue: ServedVenue, at hosts: [String]) {
    let mount = Mount(venue)
    mounts.append(mount)
    for host in hosts { venues[host] = mount }
    mount.due = clock.mono
  }

  /// The venue behind a host; `*.` rules are the guard's, here names are exact.
  func venue(at endpoint: String) -> Mount? { venues[endpoint] }

  // MARK: Time

  /// When something happens next.
  public var next: Int64? {
    var next = events.next
    for mount in mounts { if let due = mount.due { next = min(next ?? due, due) } }
    return next
  }

  /// Has all venues do what is due, at the next step: something was asked of one from outside.
  public func wake() {
    for mount in mounts { mount.due = clock.mono }
  }

  /// Does what is due now.
  public func step() {
    while let event = events.take(at: clock.mono) { event() }
    for mount in mounts where mount.due.map({ $0 <= clock.mono }) ?? false { advance(mount) }
  }

  func after(_ delay: Int64, _ body: @escaping () -> Void) { events.add(at: clock.mono + delay, body) }

  func number() -> UInt64 {
    numbers += 1
    return numbers
  }

  func delay() -> Int64 { random.pick(weather.latency) }

  private var venueTime: VenueTime {
    let now = clock.now()
    return VenueTime(mono: now.mono, wall: now.wall)
  }

  // MARK: Venues

  private func advance(_ mount: Mount) {
    var actions: [VenueAction] = []
    mount.due = mount.venue.advance(now: venueTime, &actions)
    carry(actions, mount)
  }

  /// Gives the venue an input, and carries out what it wants.
  func deliver(_ mount: Mount, _ body: (ServedVenue, VenueTime, inout [VenueAction]) -> Void) {
    var actions: [VenueAction] = []
    body(mount.venue, venueTime, &actions)
    carry(actions, mount)
    advance(mount)
  }

  private func carry(_ actions: [VenueAction], _ mount: Mount) {
    for action in actions {
      switch action {
      case .reply(let request, let reply): mount.requests.removeValue(forKey: request)?(reply)
      case .drop(let request): mount.requests.removeValue(forKey: request)?(nil)
      case .accept(let socket): mount.sockets[socket]?.accepted()
      case .refuse(let socket, let reply): mount.sockets.removeValue(forKey: socket)?.refused(reply.status)
      case .send(let socket, let frame): mount.sockets[socket]?.pushed(frame)
      case .close(let socket, let code, let reason):
        mount.sockets.removeValue(forKey: socket)?.ended(code: UInt32(code), reason)
      case .cut(let socket): mount.sockets.removeValue(forKey: socket)?.ended(code: 1006, "cut by the venue")
      }
    }
  }
}
