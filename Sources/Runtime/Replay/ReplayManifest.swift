import Catalog
import JSONTree

/// What a connector's folder says of replaying recordings of its exchange, in `certification.json`: names that no host
/// can know.
///
///     { "channels": { "depth": "book", "aggTrade": "trades", "full": ["book", "ticker"] },
///       "paths": { "/recorded/path": "/connectors/path" },
///       "symbol_members": [ "InstrumentId" ],
///       "config": {},
///       "replies": [ { "path": "/instruments", "file": "instruments.json" } ],
///       "addresses": [ { "path": "/token", "body": { "endpoint": "{}" } } ],
///       "protocols": [ { "name": "v2", "streams": ["/v2"], "config": { "version": "v2" } },
///                      { "name": "v1", "streams": ["/"], "config": { "version": "v1" } } ] }
public struct ReplayManifest: Sendable {
  /// Channel names in recorded URLs and frames, in lower case.
  public var channels: [String: Channels]
  /// Recorded paths that stand for the connector's, where the exchange has moved.
  public var paths: [String: String]
  /// Members of frames whose numbers are symbols; elsewhere a number is none.
  public var symbolMembers: Set<String> = []
  /// Configuration for the connector; a JSON object.
  public var config: [UInt8]
  /// The ways in which it can speak, where there are several; see `fitting`.
  public var protocols: [RecordedProtocol]
  /// The protocol that `fitting` has chosen; nil where there is but one way to speak, or none was chosen yet.
  public internal(set) var protocolName: String?
  /// Instruments for recordings that have no list of them.
  public var lent: LentInstruments?
  /// Where streams are to be opened, for recordings that do not say so.
  var addresses = LentAddresses()

  public init(
    channels: [String: Channels], paths: [String: String] = [:], config: [UInt8] = Array("{}".utf8),
    protocols: [RecordedProtocol] = []
  ) {
    self.channels = channels
    self.paths = paths
    self.config = config
    self.protocols = protocols
  }

  /// Reads `certification.json`. `bytes` is its text, `file` names it in errors.
  public init(bytes: [UInt8], file: String) throws(Problems) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONDocument.parse(bytes: bytes, file: file)
    } catch {
      throw Problems([Problem(error)])
    }
    var problems: [Problem] = []
    func fault(_ value: JSONValue, _ field: String, _ message: String, _ remedy: String) {
      problems.append(
        Problem(.value, file: file, position: value.position, field: field, message: message, remedy: remedy))
    }
    channels = [:]
    var spelled: [String: String] = [:]
    for member in value["channels"]?.object ?? [] {
      let field = "channels.\(member.key)"
      if let other = spelled.updateValue(member.key, forKey: member.key.lowercased()) {
        fault(
          member.value, field, "differs from \"\(other)\" only in case, and names are read in any case",
          "keep one of them; it may name several channels, as in [\"book\", \"ticker\"]")
      }
      if let channel = Self.channels(member.value) {
        channels[member.key.lowercased()] = channel
      } else {
        fault(
          member.value, field, "is no channel",
          "use one of \(Channels.names.map(\.name).joined(separator: ", ")), or a list of several")
      }
    }
    paths = [:]
    for member in value["paths"]?.object ?? [] {
      if let path = member.value.string {
        paths[member.key] = path
      } else {
        fault(member.value, "paths.\(member.key)", "is not a path", "write the connector's path as a string")
      }
    }
    for item in value["symbol_members"]?.array ?? [] {
      if let name = item.string {
        symbolMembers.insert(name)
      } else {
        fault(item, "symbol_members", "is no name", "write the member's name as a string, such as \"InstrumentId\"")
      }
    }
    config = Array(JSONWriter.compact(value["config"] ?? [:]).utf8)
    protocols = (value["protocols"]?.array ?? []).enumerated().compactMap { place, item in
      let streams = (item["streams"]?.array ?? []).compactMap(\.string)
      if let name = item["name"]?.string, !name.isEmpty, !streams.isEmpty, let config = item["config"],
        config.object != nil
      {
        return RecordedProtocol(name: name, streams: streams, config: config)
      }
      fault(item, "protocols[\(place)]", "is no protocol", "give its name, the paths of its streams, and its config")
      return nil
    }
    let (replies, wrong) = LentInstruments.replies(value["replies"], file: file)
    lent = replies
    problems += wrong
    addresses = LentAddresses(value["addresses"], &problems, file: file)
    if !problems.isEmpty { throw Problems(problems) }
  }

  /// One name, or a list of several.
  private static func channels(_ value: JSONValue) -> Channels? {
    let names = value.array ?? [value]
    let known = names.compactMap { name in Channels.names.first { $0.name == name.string }?.channel }
    return known.count == names.count && !known.isEmpty ? known.reduce(into: Channels()) { $0.formUnion($1) } : nil
  }
}
