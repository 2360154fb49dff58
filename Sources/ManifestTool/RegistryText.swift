import Catalog
import Foundation
import JSONTree

/// registry.json, put together from what is known of every exchange (`Plugins/exchanges.json`: the published lists,
/// tiers, lifecycles) and from the manifests of the connectors that exist. What certification measured, and wrote into
/// the registry, stays there.
public enum RegistryText {
  public static let path = "registry.json"
  public static let exchangesPath = "Plugins/exchanges.json"

  /// Why the parts do not fit together.
  public struct Fault: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Parameter old: the registry as it stands, for what was measured; nil where there is none.
  public static func text(
    exchanges: JSONValue, _ manifests: [ConnectorManifest], old: JSONValue? = nil
  ) throws(Fault) -> String {
    var left = Dictionary(grouping: manifests) { $0.manifest.id }
    for (id, several) in left where several.count > 1 {
      throw Fault(description: "\(id) has two manifests: \(several.map(\.file).joined(separator: ", "))")
    }
    var members: [JSONMember] = []
    for member in exchanges.object ?? [] {
      guard member.key == "connectors" else {
        members.append(member)
        continue
      }
      var entries: [JSONValue] = []
      for exchange in member.value.array ?? [] {
        let id = exchange["id"]?.string ?? ""
        let measured = old?["connectors"]?.array?.first { $0["id"]?.string == id }?["measured"]
        entries.append(try entry(exchange, left.removeValue(forKey: id)?.first, measured: measured))
      }
      members.append(JSONMember("connectors", JSONValue(.array(entries))))
    }
    if let alone = left.values.first?.first {
      throw Fault(
        description: "\(alone.file): \(exchangesPath) has no exchange \"\(alone.manifest.id)\"; add what is known of it"
      )
    }
    return JSONWriter.pretty(JSONValue(.object(members)))
  }

  private static func entry(
    _ exchange: JSONValue, _ manifest: ConnectorManifest?, measured: JSONValue?
  ) throws(Fault) -> JSONValue {
    let own = manifest?.tree.object ?? []
    for member in own where member.key != "id" && member.key != "markets" && exchange[member.key] != nil {
      let id = exchange["id"]?.string ?? ""
      throw Fault(
        description: "\(exchangesPath): \(id).\(member.key) stands in \(manifest?.file ?? "") too; remove it here")
    }
    let members = RegistryEntry.keys.compactMap { key -> JSONMember? in
      switch key {
      case "markets": return JSONMember(key, markets(exchange["markets"], manifest?.tree["markets"]))
      case "implementation": return JSONMember(key, JSONValue(.string(manifest == nil ? "none" : "core")))
      case "measured": return JSONMember(key, measured ?? JSONValue(.null))
      default: break
      }
      if let value = own.first(where: { $0.key == key })?.value ?? exchange[key] { return JSONMember(key, value) }
      if ["artifacts", "limits", "decisions"].contains(key) { return nil }
      return JSONMember(key, key == "extensions" ? [] : JSONValue(.null))
    }
    return JSONValue(.object(members))
  }

  /// What the lists say of a market, and what its connector is where there is one.
  private static func markets(_ exchange: JSONValue?, _ manifest: JSONValue?) -> JSONValue {
    var members: [JSONMember] = []
    for market in Market.allCases {
      let (known, own) = (exchange?[market.rawValue], manifest?[market.rawValue])
      guard known != nil || own != nil else { continue }
      let facts = own?.object?.filter { $0.key != "connector" } ?? []
      members.append(
        JSONMember(
          market.rawValue,
          JSONValue(
            .object(
              [
                JSONMember("listed", known?["listed"] ?? JSONValue(.null)),
                JSONMember("connector", own?["connector"] ?? known?["connector"] ?? JSONValue(.null)),
                JSONMember("available", JSONValue(.bool(own != nil))),
              ] + facts))))
    }
    return JSONValue(.object(members))
  }
}
