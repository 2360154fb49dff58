import Catalog
import Foundation
import VenueScript
import VenueServer

/// A scripted exchange that `patchbay venue` serves.
struct ServedScript {
  private let venue: ScriptedVenue

  init(file: String) throws {
    let script = try Script(text: Array(Data(contentsOf: URL(filePath: file))), file: file)
    venue = ScriptedVenue(script)
  }

  /// Serves it under its connector's id.
  /// - Returns: what a configuration has to say to reach it, and its account's credentials.
  func mount(on server: VenueServer, _ authorities: String?) throws -> String {
    let (script, prefix) = (venue.script, "/\(venue.script.connector)")
    try server.mount(venue, at: prefix)
    let urls = script.hosts.map { JSONMember($0, JSONValue(.string(server.url(prefix)))) }
    var endpoint = [JSONMember("urls", JSONValue(.object(urls)))]
    if let authorities { endpoint.append(JSONMember("authorities", JSONValue(.string(authorities)))) }
    let members = [JSONMember("endpoint", JSONValue(.object(endpoint)))]
    return "\(script.connector) at \(server.url(prefix)): \(script.pairs.joined(separator: " "))".printable + "\n"
      + "  in patchbay.json, connectors.\(script.exchange):\n"
      + "  \(JSONWriter.compact(JSONValue(.object(members))))\n"
      + "  its account, for patchbay keys add --from-file:\n"
      + "  \(JSONWriter.compact(script.credentials))\n"
  }

  /// What came and fitted no rule; asked for when nobody serves any more.
  var strangers: String {
    venue.strangers.reduce("") { $0 + "no rule for: \($1)".printable + "\n" }
  }
}
