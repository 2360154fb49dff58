import Catalog
import JSONTree
import Venue
import VenueExchange
import VenueServer

/// A dialect that `patchbay venue` can serve with a matching engine behind it.
enum VenueDialect: String, CaseIterable {
  /// OKX has its spot and its perpetuals at one address.
  case binance, binance_perpetual, kraken, okx

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
  var connector: String { rawValue.split(separator: "_").first.map(String.init) ?? rawValue }

  private var hosts: [String] {
    switch self {
    case .binance: ["api.binance.com:443", "stream.binance.com:9443", "ws-api.binance.com:443"]
    case .binance_perpetual: ["fapi.binance.com:443", "fstream.binance.com:443"]
    case .kraken: ["api.kraken.com:443", "ws.kraken.com:443", "ws-auth.kraken.com:443"]
    case .okx: ["www.okx.com:443", "ws.okx.com:8443"]
    }
  }

  private func options(seed: UInt64) -> VenueOptions {
    switch self {
    case .binance: SpotVenue.usual(seed: seed)
    case .binance_perpetual: FuturesVenue.usual(seed: seed)
    case .kraken: KrakenVenue.usual(seed: seed)
    case .okx: OKXVenue.usual(seed: seed)
    }
  }

  private func symbols(seed: UInt64) -> [String] {
    let others = self == .okx ? OKXVenue.usualPerpetuals(seed: seed).markets : []
    return (options(seed: seed).markets + others).map(\.symbol)
  }

  func venue(seed: UInt64) throws(VenueFault) -> ServedVenue {
    switch self {
    case .binance: try SpotVenue(options(seed: seed))
    case .binance_perpetual: try FuturesVenue(options(seed: seed))
    case .kraken: try KrakenVenue(options(seed: seed))
    case .okx: try OKXSite.usual(seed: seed)
    }
  }

  /// Dialects that one configuration can reach: those of one connector.
  private static func configurations(_ dialects: [VenueDialect]) -> [[VenueDialect]] {
    var groups: [[VenueDialect]] = []
    for dialect in dialects {
      if let place = groups.firstIndex(where: { $0[0].connector == dialect.connector }) {
        groups[place].append(dialect)
      } else {
        groups.append([dialect])
      }
    }
    return groups
  }

  /// What there is to trade, what a configuration needs to get there, and keys of accounts with play money.
  static func advice(_ dialects: [VenueDialect], server: VenueServer, seed: UInt64, authorities: String?) -> String {
    var text = ""
    for dialect in dialects {
      let symbols = dialect.symbols(seed: seed).joined(separator: " ")
      text += "\(dialect.rawValue) at \(server.url(dialect.prefix)): \(symbols)\n"
    }
    for own in configurations(dialects) {
      guard let first = own.first else { continue }
      let connector = first.connector
      let urls = own.flatMap { dialect in
        dialect.hosts.map { JSONMember($0, JSONValue(.string(server.url(dialect.prefix)))) }
      }
      var endpoint = [JSONMember("urls", JSONValue(.object(urls)))]
      if let authorities { endpoint.append(JSONMember("authorities", JSONValue(.string(authorities)))) }
      let members = JSONValue(.object([JSONMember("endpoint", JSONValue(.object(endpoint)))]))
      text += "in patchbay.json, connectors.\(connector):\n  \(JSONWriter.compact(members))\n"
      for account in first.options(seed: seed).accounts {
        let fields = JSONValue(.object(account.credentials.map { JSONMember($0.name, JSONValue(.string($0.value))) }))
        text += "account \(account.name) of \(connector), for patchbay keys add --from-file:\n"
        text += "  \(JSONWriter.compact(fields))\n"
      }
    }
    return text
  }
}
