import Catalog
import JSONTree
import MarketModel
import Records
import Runtime

/// The connector that is being certified.
public struct Subject: Sendable {
  public let id: String
  /// `spot`, `perp` or `amm`.
  public let kind: String
  let library: LoadedLibrary
  let connector: PeerConnector
  /// What the registry or `manifest.json` says of the library.
  let entry: Manifest
  let manifest: CertificationManifest
  /// There is a `certification.json`, which says how the exchange answers.
  let isDescribed: Bool

  /// - Parameter certification: `certification.json`; nil = everything by the connector's id.
  public init(
    id: String, library: LoadedLibrary, entry: Manifest, certification: String?
  ) throws {
    guard let connector = library.connectors[id] else {
      throw LoadFault.noSuchConnector(file: library.file, id: id, offered: library.connectors.keys.sorted())
    }
    self.id = id
    self.library = library
    self.connector = connector
    self.entry = entry
    isDescribed = certification != nil
    kind = library.descriptors.first { $0["id"]?.string == id }?["kind"]?.string ?? ""
    manifest = try certification.map { try CertificationManifest(file: $0, id: id) } ?? CertificationManifest(id: id)
  }

  var descriptor: JSONValue { library.descriptors.first { $0["id"]?.string == id } ?? [:] }

  /// A client order id as the connector declares them, for orders whose id does not matter.
  var clientOrder: String {
    let pattern = (descriptor["client_order_id"]?["pattern"]?.string ?? "").drop { $0 == "^" }
    // What every id begins with, and the class of what follows.
    let literal = pattern.contains("[") ? pattern.prefix { $0 != "[" } : ""
    let isNumber = pattern.dropFirst(literal.count).hasPrefix("[0-9]")
    return literal + (isNumber ? "1000000001" : "pb-0000000001")
  }

  func offers(_ verb: Verb) -> Bool { has("verbs", verb.name) }

  /// Whether a list of the descriptor has a text.
  func has(_ list: String, _ text: String) -> Bool {
    descriptor[list]?.array?.contains { $0.string == text } ?? false
  }

  /// The recordings in a data folder that concern this connector.
  public func captures(data: String) throws -> [Capture] {
    let folder = DataFolder(path: data)
    return try manifest.captures.flatMap { folder.captures($0) }.map { try folder.capture($0) }
  }

  public func replay(
    _ capture: Capture, dropping: Set<Int> = [], defaultChannels: Channels = [], lent: LentInstruments? = nil,
    recorder: InputRecorder? = nil, bookOptions: OrderBook.Options = OrderBook.Options()
  ) throws -> Replay {
    var replay = manifest.replay
    replay.lent = lent ?? replay.lent
    return try Replay(
      capture, connector: connector, manifest: replay, dropping: dropping, defaultChannels: defaultChannels,
      bookOptions: bookOptions, recorder: recorder)
  }

  /// - Parameter script: how the world answers; nil = as `trading` says.
  func bench(values: JSONValue, clock: Int64, script: TradingScript? = nil) throws(InstanceFault) -> Bench {
    try Bench(connector, manifest: entry, script: script ?? manifest.trading, values: values, clock: clock)
  }
}
