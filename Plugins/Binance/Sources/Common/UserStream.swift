import CPatchbay
import ConnectorKit

/// Frames of an account's stream. An event stands alone, in `event` beside a `subscriptionId` (WebSocket API), or in
/// `data` beside a `stream`. Everything else answers a request: `{"id": 1, "status": 200, "result": {...}}` or `{"id":
/// 1, "status": 400, "error": {"code": -1, "msg": "..."}}`. Sources: "User Data Streams", "User Data Stream requests".
extension BinanceConnector {
  public final func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var (type, event, id, status) = (JSONText(), JSONMark?.none, String?.none, Int64(0))
    json.members { key, json in
      switch key {
      case "e": type = json.string()
      case "event" where json.peek() == UInt8(ascii: "{"), "data" where json.peek() == UInt8(ascii: "{"):
        event = json.passed()
      case "id": id = json.scalar().text
      case "status": status = json.integer()
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    if let event { type = Self.word("e", event) }
    if event != nil || !type.isEmpty {
      var object = event?.scanner() ?? JSONScanner(frame)
      return anyEvent(type, &object, account)
    }
    guard let id else { return .unsupported }
    // An answer to nothing that was asked changes nothing.
    let error = Self.object("error", JSONScanner(frame).mark) ?? JSONScanner(frame).mark
    let (code, text) = (Self.word("code", error).text, Self.word("msg", error).text)
    acknowledged(pb_id(id) ?? 0, status == 200 ? .confirmed : .refused(code: code, text: text))
    return .ok
  }

  private func anyEvent(_ type: JSONText, _ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    switch type {
    case "eventStreamTerminated": restart(account, .transient, "the subscription was ended")
    case "listenKeyExpired": restart(account, .transient, "the listen key has expired")
    // Announces that the connection will be closed; that it was is seen when it is.
    case "serverShutdown": break
    default: return userEvent(type, &json, account)
    }
    return .ok
  }
}
