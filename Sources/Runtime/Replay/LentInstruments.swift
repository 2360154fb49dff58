import Catalog
import JSONTree

/// A list of instruments for recordings that have none: the exchange's own answer, lent by a file or by
/// `certification.json`. It answers only what a connector asks without an account while the command for instruments has
/// no end, and only where the recording has no response of that address; nothing else may be made up.
public struct LentInstruments: Sendable {
  /// Where the list comes from, for people.
  public let source: String
  private let answer: @Sendable (String) -> [UInt8]?

  /// - Parameter answer: the body for a request's path; nil where there is none.
  public init(source: String, answer: @escaping @Sendable (String) -> [UInt8]?) {
    self.source = source
    self.answer = answer
  }

  /// Answers every request of the command with one file.
  public init(file: String) throws(FileFault) {
    let body = try GzipFile.read(file)
    self.init(source: file) { _ in body }
  }

  /// The answer to a request of this path; nil where there is none.
  func body(path: String) -> [UInt8]? { answer(path) }

  /// Reads `replies` of `certification.json`: `[{"path": "/instruments", "body": {...}}]`, or a `file` beside it.
  static func replies(_ value: JSONValue?, file: String) -> (LentInstruments?, [Problem]) {
    guard let value else { return (nil, []) }
    var bodies: [(path: String, body: [UInt8])] = []
    var problems: [Problem] = []
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    for (place, element) in (value.array ?? [value]).enumerated() {
      func fault(_ message: String, _ remedy: String) {
        problems.append(
          Problem(
            .value, file: file, position: element.position, field: "replies[\(place)]", message: message,
            remedy: remedy))
      }
      guard let path = element["path"]?.string, element["body"] != nil || element["file"]?.string != nil else {
        fault("lacks \"path\", or \"body\" and \"file\"", "say which path is answered, and with what")
        continue
      }
      if let name = element["file"]?.string {
        do throws(FileFault) {
          bodies.append((path, try GzipFile.read(folder.isEmpty ? name : "\(folder)/\(name)")))
        } catch {
          fault("\(error)", "name a file beside certification.json")
        }
      } else if let body = element["body"] {
        bodies.append((path, Array((body.string ?? JSONWriter.compact(body)).utf8)))
      }
    }
    guard !bodies.isEmpty else { return (nil, problems) }
    let known = bodies
    return (
      LentInstruments(source: file) { path in
        known.first { $0.path.hasSuffix("*") ? path.hasPrefix($0.path.dropLast()) : path == $0.path }?.body
      }, problems
    )
  }
}
