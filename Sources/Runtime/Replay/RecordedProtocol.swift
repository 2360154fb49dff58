import Catalog
import JSONTree

/// One of several ways in which a connector can speak to its exchange, such as a version of a protocol.
public struct RecordedProtocol: Sendable, Equatable {
  public let name: String
  /// Paths of the streams that it opens.
  public let streams: [String]
  /// What a connector is configured with to speak so; a JSON object.
  public let config: JSONValue

  public init(name: String, streams: [String], config: JSONValue) {
    self.name = name
    self.streams = streams
    self.config = config
  }
}

/// Why a recording cannot be replayed with a connector.
public enum ReplayFault: Error, Equatable, CustomStringConvertible {
  /// It speaks in none of the ways that the connector knows.
  case unknownProtocol(recorded: [String], known: [RecordedProtocol])
  /// There is no such way.
  case name(NameFault)

  public var description: String {
    switch self {
    case .unknownProtocol(let recorded, let known):
      "the recording speaks no protocol that the connector knows: recorded are "
        + "\(recorded.joined(separator: ", ")); the connector opens "
        + known.map { "\($0.streams.joined(separator: ", ")) (\($0.name))" }.joined(separator: ", ")
        + "; name one with --protocol if it speaks one of these all the same"
    case .name(let fault): "\(fault)"
    }
  }
}

extension ReplayManifest {
  /// What a recording is to be replayed with: among several protocols the one whose streams the recording has most of,
  /// the first of equals; the first where no stream was recorded.
  /// - Parameters:
  ///   - wanted: the name of a protocol, which is taken in any case.
  ///   - more: members of the configuration that go before all others.
  public func fitting(
    _ capture: Capture, protocol wanted: String? = nil, more: JSONValue = [:]
  ) throws(ReplayFault) -> ReplayManifest {
    var result = self
    result.protocols = []
    var layers = [(try? JSONDocument.parse(bytes: config)) ?? [:]]
    if let chosen = try choose(capture, wanted) {
      layers.append(chosen.config)
      result.protocolName = chosen.name
    }
    result.config = Array(JSONWriter.compact(Self.merged(layers + [more])).utf8)
    return result
  }

  private func choose(_ capture: Capture, _ wanted: String?) throws(ReplayFault) -> RecordedProtocol? {
    if let wanted {
      do throws(NameFault) {
        let name = try NameRule.choose(wanted, "protocol", among: protocols.map(\.name))
        return protocols.first { $0.name == name }
      } catch {
        throw .name(error)
      }
    }
    let recorded = capture.streamURLs
    guard let first = protocols.first, !recorded.isEmpty else { return protocols.first }
    var best = (fits: 0, protocol: first)
    for known in protocols {
      let fits = recorded.count { url in
        let path = SplitURL(url).path
        return known.streams.contains(paths[path] ?? path)
      }
      if fits > best.fits { best = (fits, known) }
    }
    guard best.fits > 0 else { throw .unknownProtocol(recorded: recorded, known: protocols) }
    return best.protocol
  }

  /// Members of a later object go before those of an earlier one.
  private static func merged(_ objects: [JSONValue]) -> JSONValue {
    var members: [JSONMember] = []
    for member in objects.flatMap({ $0.object ?? [] }) {
      members.removeAll { $0.key == member.key }
      members.append(member)
    }
    return JSONValue(.object(members))
  }
}

extension Capture {
  /// The URLs of its streams, each once, in their order.
  public var streamURLs: [String] { urls(.open) }
  /// The URLs of its answers, each once, in their order.
  public var answerURLs: [String] { urls(.response) }

  private func urls(_ kind: CaptureEntry.Kind) -> [String] {
    var urls: [String] = []
    var seen = Set<String>()
    for entry in entries where entry.kind == kind && seen.insert(entry.url).inserted { urls.append(entry.url) }
    return urls
  }
}
