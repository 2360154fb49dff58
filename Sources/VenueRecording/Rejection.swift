import JSONTree
import Venue

extension RecordedDialect {
  /// How the venue refuses the subscription that a client's frame is, for faults that want it; `nil` for other frames.
  public func rejection(of frame: VenueFrame) -> [VenueFrame]? {
    guard case .text(let bytes) = frame, let message = try? JSONDocument.parse(bytes: bytes) else { return nil }
    switch self {
    case .binanceSpot, .binanceFutures:
      guard message["method"]?.string == "SUBSCRIBE", let number = message["id"].map({ JSONWriter.compact($0) }) else {
        return nil
      }
      return [.text(Array("{\"error\":{\"code\":2,\"msg\":\"Invalid request: rejected\"},\"id\":\(number)}".utf8))]
    case .krakenV1:
      if message["method"]?.string == "subscribe", let symbols = message["params"]?["symbol"]?.array {
        let number = message["req_id"].map { JSONWriter.compact($0) } ?? "0"
        return symbols.compactMap(\.string).map { symbol in
          let head = "{\"method\":\"subscribe\",\"req_id\":\(number),\"success\":false,\"symbol\":\"\(symbol)\""
          return .text(Array((head + ",\"error\":\"Subscription rejected\"}").utf8))
        }
      }
      guard message["event"]?.string == "subscribe" else { return nil }
      let number = message["reqid"].map { ",\"reqid\":\(JSONWriter.compact($0))" } ?? ""
      return (message["pair"]?.array ?? []).compactMap(\.string).map { pair in
        let wish = RecordingVenue.KrakenWish(pair, message, isSubscription: true, number)
        return .text(Array(wish.refused("Subscription rejected").utf8))
      }
    }
  }
}
