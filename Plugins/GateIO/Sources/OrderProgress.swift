import ConnectorKit
import Decimals

/// What an order of spot or of futures says beside the usual.
struct OrderProgress {
  private(set) var left: Decimal64?
  private(set) var (status, finish) = ("", "")
  private(set) var hasFailed = false

  /// Reads a member; says whether it is one of these.
  mutating func read(_ key: JSONText, _ json: inout JSONScanner, _ report: inout OrderReport) -> Bool {
    switch key {
    case "text": report.client = GateExchange.clientOrder(json.words())
    case "left": left = json.optionalDecimal()
    case "status": status = json.words()
    case "finish_as": finish = json.words()
    case "succeeded": hasFailed = json.words() == "false"
    default: return false
    }
    return true
  }

  /// Only a word of `finish_as` says why an order ended; pushes of one that lives say `_new` or `_update`.
  func explain(_ report: inout OrderReport) {
    let isPlain = ["", "-", "_new", "_update", "open", "filled", "cancelled"].contains(finish)
    if !isPlain, report.reason.isEmpty { report.reason = finish }
  }
}
