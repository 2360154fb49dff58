import JSONTree
import PrintableText
import Runtime
import VenueRecording

/// What a configuration has to say to reach a local venue.
enum VenueAdvice {
  static func text(_ tape: Tape, url: String, authorities: String?) -> String {
    let (id, hosts) = known(tape.dialect)
    let urls = hosts.map { JSONMember($0, JSONValue(.string(url))) }
    var endpoint = [JSONMember("urls", JSONValue(.object(urls)))]
    if let authorities { endpoint.append(JSONMember("authorities", JSONValue(.string(authorities)))) }
    let members = [JSONMember("endpoint", JSONValue(.object(endpoint)))]
    return "\(tape.name) at \(url): \(tape.symbols.joined(separator: " "))".printable + "\n"
      + "  in patchbay.json, connectors.\(id):\n  \(JSONWriter.compact(JSONValue(.object(members))))\n"
  }

  /// The connector, and its hosts that the recording stands for.
  private static func known(_ dialect: RecordedDialect) -> (id: String, hosts: [String]) {
    switch dialect {
    case .binanceSpot: ("binance", ["api.binance.com:443", "stream.binance.com:9443"])
    case .binanceFutures: ("binance", ["fapi.binance.com:443", "fstream.binance.com:443"])
    case .krakenV1: ("kraken", ["api.kraken.com:443", "ws.kraken.com:443"])
    }
  }
}
