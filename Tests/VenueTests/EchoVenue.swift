import Venue

/// Answers every request with its path, accepts every socket, and says every message back.
final class EchoVenue: ServedVenue {
  private(set) var seen: [String] = []

  func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    seen.append("request \(request.path) at \(now.wall)")
    actions.append(.reply(request: id, VenueReply(body: Array(request.path.utf8))))
  }

  func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    seen.append("open \(socket)")
    actions.append(.accept(socket: socket))
  }

  func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    seen.append("frame \(socket)")
    actions.append(.send(socket: socket, frame))
  }

  func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) { seen.append("closed \(socket)") }

  func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? { nil }
}

/// A faulty venue driven by hand, with what came out written down.
final class Line {
  let echo = EchoVenue()
  let venue: FaultyVenue
  var now = VenueTime(mono: 1_000, wall: 5_000_000_000)
  private var request: UInt64 = 100

  init(_ rules: [FaultRule], events: [FaultEvent] = [], seed: UInt64 = 1) {
    venue = FaultyVenue(echo, rules: rules, events: events, seed: seed)
  }

  private func text(_ actions: [VenueAction]) -> [String] {
    actions.map { action in
      switch action {
      case .reply(_, let reply):
        let headers = reply.headers.map { " \($0.name): \($0.value)" }.joined()
        return "reply \(reply.status)\(headers) \(String(decoding: reply.body, as: UTF8.self))"
      case .accept: return "accept"
      case .refuse(_, let reply): return "refuse \(reply.status)"
      case .send(_, .text(let bytes)): return String(decoding: bytes, as: UTF8.self)
      case .send: return "binary"
      case .close(_, let code, _): return "close \(code)"
      case .cut: return "cut"
      case .drop: return "drop"
      }
    }
  }

  func ask(_ path: String = "/x") -> [String] {
    request += 1
    var actions: [VenueAction] = []
    venue.request(request, VenueRequest(method: "GET", path: path), now: now, &actions)
    return text(actions)
  }

  func open(_ socket: UInt64 = 1) -> [String] {
    var actions: [VenueAction] = []
    venue.open(socket, VenueRequest(method: "GET", path: "/ws"), now: now, &actions)
    return text(actions)
  }

  func say(_ message: String, _ socket: UInt64 = 1) -> [String] {
    var actions: [VenueAction] = []
    venue.frame(socket, .text(Array(message.utf8)), now: now, &actions)
    return text(actions)
  }

  /// Lets time pass; gives what came, and when more does.
  func pass(_ nanoseconds: Int64) -> (said: [String], due: Int64?) {
    now.mono += nanoseconds
    var actions: [VenueAction] = []
    let due = venue.advance(now: now, &actions)
    return (text(actions), due)
  }
}
