import Catalog
import Venue
import VenueExchange
import VenueServer

/// A dialect that `patchbay venue` can serve with a matching engine behind it.
enum VenueDialect: String, CaseIterable {
  case binance, binance_perpetual, kraken

  /// Dialects by name, separated by commas.
  static func list(_ text: String) throws(NameFault) -> [VenueDialect] {
    var dialects: [VenueDialect] = []
    for name in text.split(separator: ",") {
      let known = try NameRule.choose(String(name), "dialect", among: allCases.map(\.rawValue))
      if let dialect = VenueDialect(rawValue: known), !dialects.contains(dialect) { dialects.append(dialect) }
    }
    return dialects
  }

  var prefix: String { "/\(rawValue)" }

  /// The connector that speaks it, and the hosts that the venue stands for.
  var connector: String { self == .kraken ? "kraken" : "binance" }

  private var hosts: [String] {
    switch self {
    case .binance: ["api.binance.com:443", "stream.binance.com:9443", "ws-api.binance.com:443"]
    case .binance_perpetual: ["fapi.binance.com:443", "fstream.binance.com:443"]
    case .kraken: ["api.kraken.com:443", "ws.kraken.com:443", "ws-auth.kraken.com:443"]
    }
  }

  private func options(seed: UInt64) -> VenueOptions {
    switch self {
    case .binance: SpotVenue.usual(seed: seed)
    case .binance_perpetual: FuturesVenue.usual(seed: seed)
    case .kraken: KrakenVenue.usual(seed: seed)
    }
  }

  func venue(seed: UInt64) throws(VenueFault) -> EngineVenue {
    switch self {
    case .binance: try SpotVenue(options(seed: seed))
    case .binance_perpetual: try FuturesVenue(options(seed: seed))
    case .kraken: try KrakenVenue(options(seed: seed))
    }
  }

  /// What there is to trade, what a configuration needs to get there, and keys of accounts with play money.
  static func advice(_ dialects: [VenueDialect], server: VenueServer, seed: UInt64, authorities: String?) -> String {
    var text = ""
    for dialect in dialects {
      let symbols = dialect.options(seed: seed).markets.map(\.symbol).joined(separator: " ")
      text += "\(dialect.rawValue) at \(server.url(dialect.prefix)): \(symbols)\n"
    }
    for connector in ["binance", "kraken"] {
      let own = dialects.filter { $0.connector == connector }
      guard let first = own.first else { continue }
      let urls = own.flatMap { dialect in
        dialect.hosts.map { JSONMember($0, JSONValue(.string(server.url(dialect.prefix)))) }
      }
      var endpoint = [JSONMember("urls", JSONValue(.object(urls)))]
      if let authorities { endpoint.append(JSONMember("authorities", JSONValue(.string(authorities)))) }
      let members = JSONValue(.object([JSONMember("endpoint", JSONValue(.object(endpoint)))]))
      text += "in patchbay.json, connectors.\(connector):\n  \(JSONWriter.compact(members))\n"
      for account in first.options(seed: seed).accounts {
        let fields: JSONValue = ["api_key": .init(.string(account.key)), "secret_key": .init(.string(account.secret))]
        text += "account \(account.name) of \(connector), for patchbay keys add --from-file:\n"
        text += "  \(JSONWriter.compact(fields))\n"
      }
    }
    return text
  }
}
