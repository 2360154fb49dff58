import CPatchbay

public enum HeadField: Sendable {
  /// What data are of: a channel or topic, and the instrument that is named beside it.
  case channel, symbol
  /// What the frame is, such as a push, an answer, a heartbeat; and of data whether they are all or a change.
  case kind, action
  case data
  /// Of an answer: the id of the message that it answers, a code, the exchange's words, and `false` for a refusal.
  case request, code, text, success
  /// In milliseconds, and as RFC 3339 has it.
  case time, isoTime
  /// Of frames that are counted; and how many levels of a book are meant.
  case number, levels
}

/// What stands around the data of a frame, and what answers carry, by a table of names. Borrowed from the frame.
public struct FrameHead {
  public private(set) var (channel, symbol, kind, action) = (JSONText(), JSONText(), JSONText(), JSONText())
  public private(set) var (request, code, text) = (JSONText(), JSONText(), JSONText())
  public private(set) var data: JSONMark?
  public private(set) var time: Int64 = 0
  public private(set) var (number, levels): (UInt64?, UInt64?) = (nil, nil)
  /// The frame does not say `false` of its success.
  public private(set) var isSuccess = true

  public init() {}

  /// Reads a whole frame; `nil` where it is no JSON object to its end.
  public init?(_ frame: Body, _ table: FieldTable<HeadField>) {
    var json = JSONScanner(frame)
    json.members { key, json in read(key, &json, table) }
    guard json.isComplete() else { return nil }
  }

  /// Reads one member, whose key is behind; says whether it did. For frames whose data are read where they stand.
  public mutating func read(_ key: JSONText, _ json: inout JSONScanner, _ table: FieldTable<HeadField>) -> Bool {
    json.field(key, table, { take($0, &$1) }, { _, _ in false })
  }

  private mutating func take(_ field: HeadField, _ json: inout JSONScanner) -> Bool {
    switch field {
    case .channel: channel = json.string()
    case .symbol: symbol = json.string()
    case .kind: kind = json.scalar()
    case .action: action = json.scalar()
    case .data:
      data = json.mark
      return false
    case .request: request = json.scalar()
    case .code: code = json.scalar()
    case .text:
      // What is no text, such as `null`, says nothing.
      guard json.peek() == UInt8(ascii: "\"") else { return false }
      text = json.string()
    case .success: isSuccess = json.scalar() != "false"
    case .time: time = json.milliseconds()
    case .isoTime: time = json.timestamp()
    case .number: number = json.unsigned()
    case .levels: levels = json.unsigned()
    }
    return true
  }

  /// Whether the frame speaks of no refusal: data beside one cannot be believed, and what they were to say is missing.
  public func isFine(_ fine: StaticString = "0") -> Bool {
    isSuccess && (code.isEmpty || code == fine || code == "null")
  }

  /// What an answer says: a code that is not among those that are fine refuses.
  public func answer(fine: StaticString = "0") -> Acknowledgement {
    isSuccess && (code.isEmpty || code == fine) ? .confirmed : .refused(code: code.text, text: text.text)
  }
}

extension ExchangeConnector {
  /// The exchange answered a message, by the id that the message carried, as a text. A refusal that names no message is
  /// logged.
  /// - Parameter number: of the one market that the answer is about; `nil` when it is about all of the message.
  public final func acknowledged(_ request: JSONText, market number: Int? = nil, _ answer: Acknowledgement) {
    if let id = pb_id(request.text) { return acknowledged(id, market: number, answer) }
    guard case .refused(let code, let text) = answer else { return }
    out.log(.warning, "the exchange refuses: \(text.behind(code: code))")
  }
}
