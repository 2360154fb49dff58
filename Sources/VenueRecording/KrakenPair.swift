import JSONTree

/// What the second version of Kraken's socket says otherwise than the first: names, and digits without needless zeros.
/// Source: "Get Tradable Asset Pairs".
struct KrakenPair: Sendable {
  /// As the first version writes it: `XBT/USD`.
  let recorded: String
  /// As the second one does: `BTC/USD`.
  let name: String
  let pricePlaces: Int
  let quantityPlaces: Int
  let status: String

  /// The pairs of the answer to the question for instruments.
  static func all(_ instruments: [UInt8]) -> [KrakenPair] {
    let result = (try? JSONDocument.parse(bytes: instruments))?["result"]?.object ?? []
    return result.compactMap { member in
      guard let recorded = member.value["wsname"]?.string,
        let price = member.value["pair_decimals"]?.number.flatMap({ Int($0) }),
        let quantity = member.value["lot_decimals"]?.number.flatMap({ Int($0) })
      else { return nil }
      return KrakenPair(
        recorded: recorded, name: name(recorded), pricePlaces: price, quantityPlaces: quantity,
        status: member.value["status"]?.string ?? "online")
    }
  }

  /// Two assets have names of their own in the first version.
  static func name(_ recorded: String) -> String {
    recorded.split(separator: "/").map { $0 == "XBT" ? "BTC" : $0 == "XDG" ? "DOGE" : String($0) }
      .joined(separator: "/")
  }

  func price(_ level: TrueLevel) -> String { KrakenPair.cut(level.priceText, pricePlaces) }
  func quantity(_ level: TrueLevel) -> String { KrakenPair.cut(level.quantityText, quantityPlaces) }

  /// A text with so many places; what is left out are zeros.
  private static func cut(_ text: String, _ places: Int) -> String {
    let parts = text.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, places > 0 else { return String(parts.first ?? "0") }
    return "\(parts[0]).\(parts[1].prefix(places))"
  }

  func levels(_ levels: [TrueLevel]) -> String {
    "[" + levels.map { "{\"price\":\(price($0)),\"qty\":\(quantity($0))}" }.joined(separator: ",") + "]"
  }

  /// The proof over digits of this precision. Source: "Book checksum (WebSocket v2)".
  func checksum(_ book: TrueBook) -> UInt32 {
    KrakenChecksum.of(book) { level in (price(level), quantity(level)) }
  }
}
