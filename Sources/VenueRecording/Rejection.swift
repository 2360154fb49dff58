import Catalog
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
      guard message["event"]?.string == "subscribe" else { return nil }
      let number = message["reqid"].map { ",\"reqid\":\(JSONWriter.compact($0))" } ?? ""
      return (message["pair"]?.array ?? []).compactMap(\.string).map { pair in
        let wish = RecordingVenue.KrakenWish(pair, message, isSubscription: true, number)
        return .text(Array(wish.refused("Subscription rejected").utf8))
      }
    }
  }
}
