import JSONTree
import Minisign

/// `trust.json`: whom the operator of a deployment trusts, beside whom the registry does. Written by
/// `patchbay plugin trust`, and made to be committed: nothing in it is secret.
public struct TrustFile: Sendable, Equatable {
  public static let schema = 1
  /// Its usual name, beside the configuration.
  public static let usualName = "trust.json"
  static let maximumBytes = 1 << 20

  public var keys: [TrustedKey] = []
  public var hashes: [TrustedHash] = []
  public var advisories: [Advisory] = []

  public init() {}

  /// Reads the file; one that is not there trusts nobody.
  /// - Parameter isNamed: somebody wrote its name, so that it has to be there.
  public static func load(path: String, isNamed: Bool) throws(Problems) -> TrustFile {
    if !isNamed, !Files.exists(path) { return TrustFile() }
    return try parse(bytes: Files.regular(path, maximumBytes: maximumBytes), file: path)
  }

  /// The file of a configuration; without one, `trust.json` in the working folder.
  public static func load(for config: Config?) throws(Problems) -> TrustFile {
    try load(path: path(for: config), isNamed: config?.trust.file != nil)
  }

  /// Where the file of a configuration is.
  public static func path(for config: Config?) -> String {
    guard let config else { return usualName }
    return config.resolve(config.trust.file ?? usualName)
  }

  /// Reads the text of the file. All mistakes are reported at once.
  public static func parse(bytes: [UInt8], file: String) throws(Problems) -> TrustFile {
    let tree = try JSONDocument.tree(bytes: bytes, file: file)
    let log = ProblemLog(file: file)
    let top = FieldReader(value: tree, field: "", log: log)
    top.allow(only: ["schema", "keys", "hashes", "advisories"])
    _ = top.required("schema")?.int(in: schema...schema)
    var result = TrustFile()
    result.keys = top.optional("keys")?.trustedKeys(.file) ?? []
    result.hashes = top.optional("hashes")?.trustedHashes() ?? []
    result.advisories = top.optional("advisories")?.advisories(of: nil, .file) ?? []
    guard !log.hasErrors else { throw Problems(log.problems) }
    return result
  }

  /// The text of the file; reading it gives the same.
  public var text: String {
    let keys = keys.map { key -> JSONValue in
      [
        "id": JSONValue(.string(key.name)), "ed25519": JSONValue(.string("\(key.key)")),
        "until": JSONValue(.string(key.until)), "connectors": Self.texts(key.connectors),
      ]
    }
    let hashes = hashes.map { hash -> JSONValue in
      ["connector": JSONValue(.string(hash.connector)), "sha256": JSONValue(.string(hash.sha256))]
    }
    return JSONWriter.pretty([
      "schema": JSONValue(.number("\(Self.schema)")), "keys": JSONValue(.array(keys)),
      "hashes": JSONValue(.array(hashes)), "advisories": JSONValue(.array(advisories.map(\.json))),
    ])
  }

  static func texts(_ texts: [String]) -> JSONValue { JSONValue(.array(texts.map { JSONValue(.string($0)) })) }
}

extension Advisory {
  fileprivate var json: JSONValue {
    var members = [
      JSONMember("connector", JSONValue(.string(connector))), JSONMember("date", JSONValue(.string(date))),
    ]
    if !versions.isEmpty { members.append(JSONMember("versions", TrustFile.texts(versions))) }
    if let before { members.append(JSONMember("before", JSONValue(.string(before)))) }
    if !sha256.isEmpty { members.append(JSONMember("sha256", TrustFile.texts(sha256))) }
    members.append(JSONMember("text", JSONValue(.string(text))))
    if !remedy.isEmpty { members.append(JSONMember("remedy", JSONValue(.string(remedy)))) }
    return JSONValue(.object(members))
  }
}

extension FieldReader {
  fileprivate func trustedHashes() -> [TrustedHash] {
    elements().compactMap { element in
      element.allow(only: ["connector", "sha256"])
      let connector = element.required("connector")?.identifier()
      let sha256 = element.required("sha256")?.string(
        "a SHA-256 in 64 lower-case hexadecimal digits", where: NameForm.isSHA256)
      guard let connector, let sha256 else { return nil }
      return TrustedHash(connector: connector, sha256: sha256)
    }
  }
}
