/// The error of an answer in JSON-RPC, where it has one: `{"code": 2001, "message": "..."}`.
public struct RPCRefusal {
  /// There is one.
  public private(set) var isSaid = false
  private var (code, text) = ("", "")

  public init() {}

  /// Reads the member `error`; `null` says that there is none.
  public mutating func read(_ json: inout JSONScanner) {
    guard !json.skipNull() else { return }
    isSaid = true
    json.members { key, json in
      switch key {
      case "code": code = json.words()
      case "message": text = json.words()
      default: return false
      }
      return true
    }
  }

  public var answer: Acknowledgement { isSaid ? .refused(code: code, text: text) : .confirmed }
}
