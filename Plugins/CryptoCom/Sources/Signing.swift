import CPatchbay
import ConnectorKit

/// What is sent around the parameters of a method, and what proves the account's consent. Sources: "Request Format",
/// "Digital Signature", "public/auth".
extension CryptoComSpot {
  /// `{"id": "1", "method": "private/create-order", "api_key": "...", "params": {...}, "nonce": "...", "sig": "..."}`
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    let method = Self.method(call)
    let (time, key) = (Seal.milliseconds, Seal.field("api_key"))
    let text: SealedText = "\(method)\(time)\(key)\(Self.signedParameters(call))\(time)"
    let sign = text.hmac(.sha256, key: .field("secret_key")).hex
    call.whole = """
      {"id":"\(time)","method":"\(method)","api_key":"\(key.jsonEscaped)","params":\(call.json),"nonce":"\(time)",\
      "sig":"\(sign)"}
      """
  }

  /// The method of an endpoint: its path below the version.
  private static func method(_ call: Call) -> String { String(call.path.dropFirst("/exchange/v1/".utf8.count)) }

  /// The parameters as they are signed: names and values in the order of the names, without anything between them.
  static func signedParameters(_ call: Call) -> String {
    var sorted = call
    sorted.sort()
    return sorted.fields.map { $0.name + signed($0.value) }.joined()
  }

  /// A value as it is signed: a text or number as it reads, a list as its elements behind one another, an object as its
  /// names and values in the order of the names.
  private static func signed(_ value: Call.Value) -> String {
    switch value {
    case .text(let text), .bare(let text): return text
    case .seal, .bareSeal: return ""
    case .json(let text):
      guard case .literal(let bytes)? = text.parts.first, text.isLiteral else { return "" }
      // The scanner reads up to 64 bytes ahead.
      let padded = bytes + [UInt8](repeating: 0, count: 64)
      return padded.withUnsafeBufferPointer { all in
        var json = JSONScanner(UnsafeBufferPointer(rebasing: all[..<bytes.count]))
        return signed(&json)
      }
    }
  }

  private static func signed(_ json: inout JSONScanner) -> String {
    switch json.peek() {
    case UInt8(ascii: "["):
      var text = ""
      json.elements { text += signed(&$0) }
      return text
    case UInt8(ascii: "{"):
      var members: [(name: String, value: String)] = []
      json.members { key, json in
        members.append((key.text, signed(&json)))
        return true
      }
      members.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      return members.map { $0.name + $0.value }.joined()
    default: return json.scalar().text
    }
  }

  /// The exchange's documentation calls it `user.advanced.order` as well.
  static let triggers = "user.advance.order"

  /// "public/auth": without parameters.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let (time, key) = (Seal.milliseconds, Seal.field("api_key"))
    let sign = ("public/auth\(id)\(key)\(time)" as SealedText).hmac(.sha256, key: .field("secret_key")).hex
    return """
      {"id":\(id),"method":"public/auth","api_key":"\(key.jsonEscaped)","nonce":"\(time)","sig":"\(sign)"}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    if channel == Self.triggers {
      if triggerTopics.count >= 16 { triggerTopics.removeFirst() }
      triggerTopics.append(id)
    }
    return """
    {"id":\(id),"method":"subscribe","params":{"channels":["\(channel)"]},"nonce":"\(Seal.milliseconds)"}
    """
  }
}
