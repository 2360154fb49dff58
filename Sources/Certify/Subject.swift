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
  private let place: Place
  /// What the registry or `manifest.json` says of the library.
  let entry: Manifest
  let manifest: CertificationManifest
  /// There is a `certification.json`, which says how the exchange answers.
  let isDescribed: Bool

  /// Damaged recordings that it is fed for R03.
  public var mutations: UInt64 = 4

  /// Where its instances are made.
  private enum Place: Sendable {
    case inside(PeerConnector)
    case workers(WorkerSource)
  }

  /// - Parameter certification: `certification.json`; nil = everything by the connector's id.
  public init(
    id: String, library: LoadedLibrary, entry: Manifest, certification: String?
  ) throws {
    guard let connector = library.connectors[id] else {
      throw LoadFault.noSuchConnector(file: library.file, id: id, offered: library.connectors.keys.sorted())
    }
    try self.init(id, library, .inside(connector), entry, certification)
  }

  /// The same with each instance in a worker of its own: this process never loads the library.
  public init(id: String, workers: WorkerSource, entry: Manifest, certification: String?) throws {
    try self.init(id, workers.start().library, .workers(workers), entry, certification)
  }

  private init(
    _ id: String, _ library: LoadedLibrary, _ place: Place, _ entry: Manifest, _ certification: String?
  ) throws {
    self.id = id
    self.library = library
    self.place = place
    self.entry = entry
    isDescribed = certification != nil
    kind = library.descriptors.first { $0["id"]?.string == id }?["kind"]?.string ?? ""
    manifest = try certification.map { try CertificationManifest(file: $0, id: id) } ?? CertificationManifest(id: id)
  }

  /// Its instances are in workers.
  var isRemote: Bool { if case .workers = place { true } else { false } }

  /// The code of one instance: in a worker, that of no other.
  func code() throws(InstanceFault) -> ConnectorCode {
    switch place {
    case .inside(let connector): return .library(connector)
    case .workers(let source):
      do throws(LoadFault) {
        return try source.start().code
      } catch {
        throw .refused(status: 0, reason: "\(error)")
      }
    }
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
    recorder: InstanceRecorder? = nil, bookOptions: OrderBook.Options = OrderBook.Options()
  ) throws -> Replay {
    var replay = manifest.replay
    replay.lent = lent ?? replay.lent
    return try Replay(
      capture, code: code(), manifest: replay, dropping: dropping, defaultChannels: defaultChannels,
      bookOptions: bookOptions, recorder: recorder)
  }

  /// - Parameter script: how the world answers; nil = as `trading` says.
  func bench(values: JSONValue, clock: Int64, script: TradingScript? = nil) throws(InstanceFault) -> Bench {
    try Bench(code(), manifest: entry, script: script ?? manifest.trading, values: values, clock: clock)
  }
}
