import CPatchbay
import ConnectorKit

/// The frame around every call of a procedure and everything that comes back: `{"m": 1, "i": 2, "n": "SubscribeLevel2",
/// "o": "[...]"}`. AlphaPoint APEX API, "Message Frame": `m` is the kind, `i` the number of the call, which its reply
/// echoes, `n` the procedure or event, `o` the payload: JSON as a text, which some installations send as it is.
public struct ProcedureFrame {
  /// "Message Frame": 0 call, 1 reply, 2 subscribe, 3 event, 4 unsubscribe, 5 error.
  public static let errorKind: Int64 = 5

  public private(set) var kind: Int64 = -1
  public private(set) var number = JSONText()
  public private(set) var name = JSONText()
  private var payload: JSONMark?

  /// `nil` when the frame cannot be read.
  @inlinable
  @inline(__always)
  public init?(_ frame: Body) {
    var json = JSONScanner(frame)
    json.enterObject()
    while let key = json.nextKey() { read(key, &json) }
    guard json.isComplete(), isWhole else { return nil }
  }

  @usableFromInline
  var isWhole: Bool { !name.isEmpty && payload != nil }

  @usableFromInline
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) {
    switch key {
    case "m": kind = json.integer()
    case "i": number = json.scalar()
    case "n": name = json.string()
    case "o":
      payload = json.mark
      json.skip()
    default: json.skip()
    }
  }

  public var isError: Bool { kind == Self.errorKind }

  /// The id of the call that a reply echoes; `nil` for what is no id.
  public var id: pb_id? { pb_id(number.text) }

  /// The payload as JSON, valid until the next one is read.
  public func body(_ embedded: EmbeddedJSON) -> Body {
    guard var json = payload?.scanner() else { return Body(start: nil, count: 0) }
    return embedded.body(&json)
  }

  /// The text of a call.
  /// - Parameter payload: a JSON object.
  public static func call(_ name: String, id: pb_id, _ payload: String) -> String {
    "{\"m\":0,\"i\":\(id),\"n\":\"\(name)\",\"o\":\(jsonQuoted(payload))}"
  }
}

/// "Standard response objects": `{"result": false, "errormsg": "Not Authorized", "errorcode": 20, "detail": null}`,
/// which answers any call. What is no such object, or says success, is no refusal.
public func refusal(_ frame: ProcedureFrame, _ body: Body) -> Acknowledgement? {
  if frame.kind == ProcedureFrame.errorKind, body.first != UInt8(ascii: "{") {
    return .refused(code: "", text: String(decoding: body, as: UTF8.self))
  }
  var (isRefused, code, text) = (frame.kind == ProcedureFrame.errorKind, "", "")
  var json = JSONScanner(body)
  guard json.peek() == UInt8(ascii: "{") else { return nil }
  json.members { key, json in
    switch key {
    case "result", "Subscribed", "Subscribe": if json.scalar() == "false" { isRefused = true }
    case "errorcode": code = json.words()
    case "errormsg": text = json.words()
    default: return false
    }
    return true
  }
  guard json.isValid, isRefused || !["", "0"].contains(code) else { return nil }
  return .refused(code: code, text: text)
}
