import JSONTree
import Vault

/// How an exchange wants a JSON Web Token (RFC 7519): who signs it, and what its header and claims say. Two tokens that
/// are both right need not be the same bytes, so one is taken apart, and its signature is verified.
struct TokenRule: Sendable {
  private let prefix: String
  /// The credential that holds the private key.
  private let key: String
  private let header: [(name: String, value: Expression)]
  private let claims: [(name: String, value: Expression)]
  /// Members of the header that may say anything, and must be there.
  private let named: [String]
  /// A token lives so many seconds at most.
  private let seconds: Int

  init?(_ value: JSONValue, _ reader: inout ManifestReader) {
    reader.keys(value, "signatures.token", ["behind", "key", "header", "claims", "has", "seconds"])
    prefix = value["behind"]?.string ?? ""
    key = reader.text(value["key"] ?? nil, "signatures.token.key")
    seconds = value["seconds"]?.int ?? 120
    named = value["has"].map { reader.texts($0, "signatures.token.has") } ?? []
    var tables: [[(name: String, value: Expression)]] = []
    for table in ["header", "claims"] {
      var members: [(name: String, value: Expression)] = []
      for member in value[table]?.object ?? [] {
        guard let expression = reader.expression(member.value, "signatures.token.\(table).\(member.key)") else {
          return nil
        }
        members.append((member.key, expression))
      }
      tables.append(members)
    }
    (header, claims) = (tables[0], tables[1])
  }

  /// What is wrong with a token; nil where it is right.
  func fault(
    of text: String, over request: FlatRequest, _ credentials: [String: [UInt8]], _ clock: Int64
  ) -> (expected: String, got: String)? {
    let parts = text.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard text.hasPrefix(prefix), parts.count == 3, let header = Self.object(parts[0]),
      let claims = Self.object(parts[1]), let signature = Self.bytes(parts[2])
    else { return ("a token of three parts behind \"\(prefix)\"", text) }
    guard let pem = credentials[key], let key = SigningKey(pem: pem) else { return ("a private key", "none") }
    let algorithm = key.algorithm == .ed25519 ? "EdDSA" : key.algorithm == .p256 ? "ES256" : "RS256"
    if header["alg"]?.string != algorithm { return ("alg \(algorithm)", header["alg"]?.scalar ?? "nothing") }
    for (table, wanted) in [(header, self.header), (claims, self.claims)] {
      for (name, expression) in wanted {
        let value = expression.value(request, credentials).map { String(decoding: $0, as: UTF8.self) }
        let got = table[name]?.scalar
        if value == nil || value != got { return ("\(name) \(value ?? "")", got ?? "nothing") }
      }
    }
    if let name = named.first(where: { header[$0]?.scalar?.isEmpty ?? true }) { return (name, "nothing") }
    if let fault = lifeFault(claims, clock / 1_000_000_000) { return fault }
    let isRight = key.verify(signature, of: Array((parts[0] + "." + parts[1]).utf8))
    return isRight ? nil : ("a signature of the key over header and claims", parts[2])
  }

  private func lifeFault(_ claims: JSONValue, _ now: Int64) -> (expected: String, got: String)? {
    guard let begin = claims["nbf"]?.int, let end = claims["exp"]?.int else { return ("nbf and exp", "one of them") }
    let isNow = abs(Int64(begin) - now) <= 60 && Int64(end) > now
    return isNow && end > begin && end - begin <= seconds
      ? nil : ("a life of at most \(seconds) s from \(now)", "\(begin) to \(end)")
  }

  private static func object(_ part: String) -> JSONValue? {
    bytes(part).flatMap { try? JSONDocument.parse(bytes: $0) }
  }

  /// Base64url without padding (RFC 7515 section 2).
  private static func bytes(_ part: String) -> [UInt8]? {
    guard part.utf8.allSatisfy({ $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") }) else {
      return nil
    }
    let plain = part.replacing("-", with: "+").replacing("_", with: "/")
    return Encoding.unbase64(Array((plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)).utf8))
  }
}
