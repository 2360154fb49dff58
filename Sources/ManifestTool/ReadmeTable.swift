import Catalog
import JSONTree

/// The table in README.md of the connectors that exist: what each supports, as its manifest says, and how that was
/// verified, as certification wrote it into the registry.
enum ReadmeTable {
  static let path = "README.md"
  static let start = "<!-- connectors: written by make manifests -->"
  static let end = "<!-- end of connectors -->"

  /// README.md with its table made anew.
  /// - Throws: when the lines between which it stands are not there.
  static func text(_ readme: String, registry: JSONValue) throws(RegistryText.Fault) -> String {
    guard let first = readme.firstRange(of: start + "\n"), let last = readme.firstRange(of: end),
      first.upperBound <= last.lowerBound
    else { throw RegistryText.Fault(description: "\(path): the lines \(start) and \(end) are missing") }
    return readme[..<first.upperBound] + table(registry) + readme[last.lowerBound...]
  }

  private static func table(_ registry: JSONValue) -> String {
    var text = """
      | exchange | market | data | orders | account | verified |
      |---|---|---|---|---|---|

      """
    for entry in registry["connectors"]?.array ?? [] where entry["implementation"]?.string == "core" {
      for market in Market.allCases {
        guard let facts = entry["markets"]?[market.rawValue], facts["available"]?.bool == true else { continue }
        let measured = entry["measured"]?["markets"]?[market.rawValue]
        let cells = [
          entry["name"]?.string ?? "", market.rawValue, words(facts["channels"]), orders(facts), account(facts),
          closed(entry["lifecycle"]?["states"], market) + verified(measured, date: entry["measured"]?["date"]?.string),
        ]
        text += "| \(cells.joined(separator: " | ")) |\n"
      }
    }
    return text
  }

  private static func words(_ list: JSONValue?) -> String {
    (list?.array ?? []).compactMap { $0.string?.replacing("_", with: " ") }.joined(separator: ", ")
  }

  private static func has(_ facts: JSONValue, _ verb: String) -> Bool {
    facts["verbs"]?.array?.contains { $0.string == verb } == true
  }

  private static func orders(_ facts: JSONValue) -> String {
    guard has(facts, "place") else { return "-" }
    let types = words(facts["order_types"])
    return has(facts, "amend") ? "\(types); amend" : types
  }

  private static func account(_ facts: JSONValue) -> String {
    let verbs = [
      ("balances", "balances"), ("fills", "fills"), ("fees", "fees"), ("order_history", "history"),
      ("positions", "positions"), ("leverage", "leverage"), ("funding_payments", "funding"),
    ]
    let words = verbs.filter { has(facts, $0.0) }.map(\.1)
    return words.isEmpty ? "-" : words.joined(separator: ", ")
  }

  /// Of a market that has closed, that it is there for its recordings alone.
  private static func closed(_ states: JSONValue?, _ market: Market) -> String {
    let own = states?.array?.last { $0["market"]?.string == nil || $0["market"]?.string == market.rawValue }
    guard let own, own["state"]?.string == Lifecycle.State.closed.rawValue else { return "" }
    return "replay only (closed\(own["since"]?.string.map { " \($0)" } ?? "")), "
  }

  private static func verified(_ measured: JSONValue?, date: String?) -> String {
    guard let measured, let status = measured["status"]?.string, let passed = measured["passed"]?.int,
      let all = measured["of"]?.int
    else { return "by its own tests" }
    let standard = measured["standard"]?.string.map { "standard \($0), " } ?? ""
    let made = measured["constructed"]?.bool == true ? ", on constructed recordings" : ""
    return "\(standard)\(status): \(passed) of \(all) checks\(made)\(date.map { ", \($0)" } ?? "")"
  }
}
