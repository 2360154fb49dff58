import Catalog
import JSONTree

/// Answers to the question where a stream is to be opened, for recordings that do not hold them: with a host, a path
/// and a token that were good for one connection. Such an answer is made of a recorded socket's own address, so that a
/// connector that is given it connects as the recording's client did; nothing else in it comes from the recording.
///
///     "addresses": [ { "path": "/api/v1/bullet-public", "body": { "data": { "endpoint": "{}", "token": "t" } } } ]
///
/// `"{}"` is the address of a socket, without its query: of the first at the first question, and so on; of the last
/// when there are no more. It answers only what is asked without an account, and only where the recording has no
/// response of that path.
struct LentAddresses: Sendable {
  /// By paths of requests; the body's text with its placeholder.
  private var bodies: [(path: String, body: String)] = []

  init() {}

  /// Reads `addresses` of `certification.json`.
  init(_ value: JSONValue?, _ problems: inout [Problem], file: String) {
    for (place, element) in (value?.array ?? []).enumerated() {
      let body = element["body"].map { JSONWriter.compact($0) } ?? ""
      if let path = element["path"]?.string, body.contains(Self.placeholder) {
        bodies.append((path, body))
      } else {
        problems.append(
          Problem(
            .value, file: file, position: element.position, field: "addresses[\(place)]",
            message: "lacks \"path\", or a \"body\" in which \"{}\" stands for a socket's address",
            remedy: "say which path is answered, and where the address stands in the answer"))
      }
    }
  }

  private static let placeholder = "\"{}\""

  /// The answer to a request of this path; nil where there is none, or no socket was recorded.
  /// - Parameters:
  ///   - asked: how often it was asked before.
  ///   - sockets: the recorded ones' URLs, in the order of their opening.
  func body(path: String, asked: Int, sockets: [String]) -> [UInt8]? {
    guard let body = bodies.first(where: { $0.path == path })?.body, !sockets.isEmpty else { return nil }
    let url = sockets[min(asked, sockets.count - 1)].prefix { $0 != "?" }
    return Array(body.replacing(Self.placeholder, with: JSONWriter.compact(JSONValue(.string(String(url))))).utf8)
  }
}
