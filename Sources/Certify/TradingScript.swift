import Catalog
import JSONTree
import Runtime

/// How the world answers while commands are driven: `trading` of certification.json.
struct TradingScript: Sendable {
  /// Answers HTTP requests of one path.
  struct Reply: Sendable {
    var method: String?
    var path: Pattern
    var status: UInt32
    var body: [UInt8]
    var isOnce: Bool
  }

  /// Answers a frame.
  struct FrameReply: Sendable {
    var sent: [JSONMember]
    var reply: JSONValue
    var copy: [JSONMember]

    /// Whether a frame that was sent has the values of the rule.
    func fits(_ frame: JSONValue) -> Bool {
      sent.allSatisfy { member in
        guard let value = frame.at(member.key) else { return false }
        return member.value.isNull || value == member.value
      }
    }
  }

  var config = Array("{}".utf8)
  /// The connector's credential fields and where their values come from.
  var credentials: [(field: String, source: String)] = []
  /// `PB_ALGORITHM_`.
  var algorithm: UInt32 = 1
  var replies: [Reply] = []
  var frames: [FrameReply] = []
  /// The exchange's first message on every stream; nil where it has none.
  var greeting: JSONValue?

  static let algorithms = ["none", "hmac", "ed25519", "p256", "rsa", "secp256k1"]

  init() {}

  init(_ value: JSONValue, _ reader: inout ManifestReader) {
    reader.keys(value, "trading", ["config", "credentials", "algorithm", "replies", "frames", "greeting"])
    greeting = value["greeting"]
    if let config = value["config"] { self.config = Array(JSONWriter.compact(config).utf8) }
    for member in value["credentials"]?.object ?? [] {
      credentials.append((member.key, reader.text(member.value, "trading.credentials.\(member.key)")))
    }
    if let name = value["algorithm"] {
      if let index = Self.algorithms.firstIndex(of: name.string ?? "") {
        algorithm = UInt32(index)
      } else {
        reader.fault(
          name, "trading.algorithm", "is no algorithm", "use one of \(Self.algorithms.joined(separator: ", "))")
      }
    }
    for (index, element) in (value["replies"]?.array ?? []).enumerated() {
      if let reply = Self.reply(element, "trading.replies[\(index)]", &reader) { replies.append(reply) }
    }
    for (index, element) in (value["frames"]?.array ?? []).enumerated() {
      let field = "trading.frames[\(index)]"
      reader.keys(element, field, ["sent", "reply", "copy"])
      frames.append(
        FrameReply(
          sent: element["sent"]?.object ?? [], reply: element["reply"] ?? [:], copy: element["copy"]?.object ?? []))
    }
  }

  private static func reply(_ value: JSONValue, _ field: String, _ reader: inout ManifestReader) -> Reply? {
    reader.keys(value, field, ["method", "path", "status", "body", "file", "once"])
    var body = Array((value["body"].map { $0.string ?? JSONWriter.compact($0) } ?? "").utf8)
    if let name = value["file"]?.string {
      do throws(FileFault) {
        body = try GzipFile.read(reader.beside(name))
      } catch {
        reader.fault(value, field + ".file", "\(error)", "name a file beside certification.json")
        return nil
      }
    }
    return Reply(
      method: value["method"]?.string, path: Pattern(reader.text(value["path"] ?? nil, field + ".path")),
      status: UInt32(clamping: value["status"]?.int ?? 200), body: body, isOnce: value["once"]?.bool ?? false)
  }

  /// The account's fields, given the values of a vector file; fields that the manifest does not name are found by their
  /// usual names.
  func fields(_ declared: [CredentialField], values: JSONValue) -> [String: [UInt8]] {
    let usual: [String: String] = [
      "api_key": "apiKey", "secret_key": "secret", "api_secret": "secret", "secret": "secret", "passphrase": "password",
      "password": "password", "memo": "uid", "uid": "uid", "private_key": "privateKey",
      "wallet_address": "walletAddress",
    ]
    var fields: [String: [UInt8]] = [:]
    for field in declared {
      guard let source = credentials.first(where: { $0.field == field.name })?.source ?? usual[field.name] else {
        continue
      }
      if source.hasPrefix("=") {
        fields[field.name] = Array(source.dropFirst().utf8)
      } else if let value = values[source]?.string {
        fields[field.name] = Array(value.utf8)
      }
    }
    return fields
  }
}
