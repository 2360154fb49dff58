/// Something that goes wrong between a venue and its clients. Times in nanoseconds.
public enum Fault: Equatable, Sendable {
  // MARK: Messages, in either direction

  /// The message is lost.
  case drop
  /// It comes twice.
  case duplicate
  /// It comes so much later, and what follows it on this socket behind it.
  case delay(Int64)
  /// The next message of the socket overtakes it.
  case reorder
  /// It is damaged.
  case corrupt(Corruption)

  // MARK: Sockets; at a message, or at an opening

  /// The connection ends without a word.
  case cut
  /// The connection is closed with a code.
  case close(code: UInt16, reason: String)
  /// For so long nothing passes on the socket in either direction, though it stays open.
  case mute(Int64)

  // MARK: Requests and openings

  /// The venue never hears of it, and this is the answer.
  case refuse(VenueReply)
  /// The venue never hears of it; the connection ends without an answer after so long.
  case silence(Int64)
  /// The venue acts, and its answer comes so much later.
  case late(Int64)
  /// The venue acts, and the client gets this instead of what came of it.
  case actThenRefuse(VenueReply)
  /// The venue acts, and the connection ends without an answer after so long.
  case actThenSilence(Int64)

  /// A damaged message.
  public enum Corruption: Equatable, Sendable {
    /// Its second half is missing.
    case truncated
    /// It is no JSON at all.
    case garbage
    /// The number behind this key is five more: sequence numbers, checksums. One that is less would say that an update
    /// reaches further back, which loses nothing.
    case number(key: String)
  }

  /// What it is counted as.
  public var name: String {
    switch self {
    case .drop: "drop"
    case .duplicate: "duplicate"
    case .delay: "delay"
    case .reorder: "reorder"
    case .corrupt(.truncated): "truncate"
    case .corrupt(.garbage): "garbage"
    case .corrupt(.number(let key)): "wrong \(key)"
    case .cut: "cut"
    case .close: "close"
    case .mute: "mute"
    case .refuse(let reply): "refuse \(reply.status)"
    case .silence: "silence"
    case .late: "late"
    case .actThenRefuse(let reply): "act, then \(reply.status)"
    case .actThenSilence: "act, then silence"
    }
  }
}

extension VenueReply {
  /// Too many requests (429), or banned for going on (418).
  /// - Parameters:
  ///   - retryAfter: whole seconds; `nil` = not given.
  ///   - body: as the venue words it.
  public static func tooMany(status: Int = 429, retryAfter: Int?, body: String = "{}") -> VenueReply {
    VenueReply(status: status, headers: retryAfter.map { [("Retry-After", "\($0)")] } ?? [], body: Array(body.utf8))
  }

  /// What stands before a venue that is down, or in maintenance: a page, no JSON.
  public static func outage(status: Int) -> VenueReply {
    VenueReply(
      status: status, headers: [("Content-Type", "text/html")],
      body: Array("<html><body><h1>\(status)</h1></body></html>".utf8))
  }

  /// Elsewhere; no client should follow it.
  public static func redirect(to location: String, status: Int = 302) -> VenueReply {
    VenueReply(status: status, headers: [("Location", location)], body: [])
  }
}

/// Where a fault strikes, how often, and when.
public struct FaultRule: Sendable {
  /// What it strikes.
  public enum Place: Equatable, Sendable {
    /// Requests whose path begins so.
    case requests(String)
    /// Openings of sockets whose path begins so.
    case openings(String)
    /// Messages of clients that contain this; every one with an empty text.
    case toVenue(String)
    /// Messages to clients that contain this.
    case toClient(String)
  }

  public var fault: Fault
  public var place: Place
  /// Chances in a million; a million = always.
  public var chance: UInt64 = 1_000_000
  /// So many that fit are spared first.
  public var skip = 0
  /// At most so many are struck.
  public var limit = Int.max
  /// Nanoseconds since the venue's first input; struck from then on, and before `until`.
  public var from: Int64 = 0
  public var until: Int64 = .max

  public init(_ fault: Fault, _ place: Place) {
    self.fault = fault
    self.place = place
  }

  /// The same, at most so often.
  public func limited(to limit: Int, skipping skip: Int = 0) -> FaultRule {
    var rule = self
    (rule.limit, rule.skip) = (limit, skip)
    return rule
  }

  /// The same, with chances in a million.
  public func with(chance: UInt64) -> FaultRule {
    var rule = self
    rule.chance = chance
    return rule
  }
}

/// What is done to all sockets of a path at a time.
public struct FaultEvent: Sendable {
  public enum Deed: Equatable, Sendable {
    case cut
    case close(code: UInt16, reason: String)
    case mute(Int64)
    /// The venue seems to say this: an expired token, a notice of maintenance.
    case say(VenueFrame)
    /// From now on the venue's clock is so far ahead; less than zero: behind.
    case skew(Int64)
  }

  public var deed: Deed
  /// How the path of the sockets begins.
  public var path: String
  /// Nanoseconds since the venue's first input.
  public var at: Int64
  /// Again after so long; `nil` = once.
  public var every: Int64?

  public init(_ deed: Deed, path: String = "/", at: Int64, every: Int64? = nil) {
    self.deed = deed
    self.path = path
    self.at = at
    self.every = every
  }

  var name: String {
    switch deed {
    case .cut: "cut"
    case .close: "close"
    case .mute: "mute"
    case .say: "say"
    case .skew: "skew"
    }
  }
}
