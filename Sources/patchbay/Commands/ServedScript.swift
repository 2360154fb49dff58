import Catalog
import JSONTree
import PrintableText
import Runtime
import VenueScript
import VenueServer

/// A scripted exchange that `patchbay venue` serves.
struct ServedScript {
  private let venue: ScriptedVenue

  /// - Parameters:
  ///   - catalog: has the connector that the script is for.
  ///   - show: gets each request and frame that comes, as it comes; on the server's thread.
  init(file: String, _ catalog: Catalog, show: ((String) -> Void)? = nil) throws {
    let script = try Script(text: try GzipFile.read(file), file: file)
    try Self.check(script, catalog)
    venue = ScriptedVenue(script)
    let name = script.connector
    if let show { venue.heard = { show("\(name): \($0)") } }
  }

  /// Nobody would come to an exchange that no connector goes to.
  private static func check(_ script: Script, _ catalog: Catalog) throws(Problems) {
    func problem(_ field: String, _ message: String, _ name: String, _ known: [String]) -> Problems {
      let remedy = NearestName.remedy(name, among: known)
      return Problems([
        Problem(.unknownName, file: script.file, field: field, message: message, remedy: remedy)
      ])
    }
    guard let manifest = catalog[script.exchange]?.manifest else {
      let known = catalog.items.filter { $0.manifest != nil }.map(\.id)
      throw problem("exchange", "there is no connector \"\(script.exchange)\"", script.exchange, known)
    }
    guard manifest.connectors.contains(where: { $0.id == script.connector }) else {
      throw problem(
        "connector", "\(manifest.id) has no connector \"\(script.connector)\"", script.connector,
        manifest.connectors.map(\.id))
    }
    for host in script.hosts where !manifest.hosts.contains(host) {
      throw problem("hosts", "\(manifest.id) has no host \"\(host)\"", host, manifest.hosts)
    }
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
    let account = script.credentials.object?.isEmpty == false
      ? "  its account, for patchbay keys add --from-file:\n  \(JSONWriter.compact(script.credentials))\n" : ""
    return "\(script.connector) at \(server.url(prefix)): \(script.pairs.joined(separator: " "))".printable + "\n"
      + "  in patchbay.json, connectors.\(script.exchange):\n"
      + "  \(JSONWriter.compact(JSONValue(.object(members))))\n" + account
  }

  /// What came and fitted no rule, and the rules that never held; asked for when nobody serves any more.
  var remarks: String {
    let unused = venue.unusedRules.map { "\(venue.script.file):\($0.line): this rule never held".printable + "\n" }
    return venue.strangers.reduce("") { $0 + "no rule for: \($1)".printable + "\n" } + unused.joined()
  }
}
