import Catalog
import JSONTree
import PrintableText

/// Reports for people: one row per connector, then what failed.
public struct CertificationTable {
  let reports: [Report]

  public init(reports: [Report]) { self.reports = reports }

  /// Most failures told per connector; the JSON has them all.
  static let most = 40

  public var text: String {
    let heads = ["connector"] + Part.allCases.map(\.rawValue)
      + ["alternative", "n/a", "not offered", "standard", "status"]
    let rows = [heads] + reports.map(row)
    let widths = heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var text = ""
    for row in rows {
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      text += line + "\n"
    }
    if reports.contains(where: { $0[.checks].of > 0 }) {
      text += "\nchecks counts trials: a numbered check is tried with every stream, message or recording that it is "
        + "about\n"
    }
    for report in reports { text += remarks(report) }
    for report in reports where !report.failures.isEmpty {
      text += "\n\(report.id): \(report.failures.count) failures\n"
      for failure in report.failures.prefix(Self.most) {
        text += "  \(failure.name.printable)\n    expected \(shown(failure.expected))\n"
        text += "    got      \(shown(failure.got))\n"
      }
      if report.failures.count > Self.most { text += "  and \(report.failures.count - Self.most) more\n" }
    }
    return text
  }

  /// What the numbers do not say: which protocol was proved, what is not offered, and losses that nobody can notice.
  private func remarks(_ report: Report) -> String {
    var lines: [String] = []
    let spoken = report.proved.filter { !$0.protocolName.isEmpty }
    for name in spoken.map(\.protocolName).reduce(into: [String](), { if !$0.contains($1) { $0.append($1) } }) {
      let cases = spoken.filter { $0.protocolName == name }.map(\.name)
      lines.append("protocol \(name) is what \(cases.joined(separator: ", ")) proved")
    }
    if let usual = report.usualProtocol, !spoken.contains(where: { $0.protocolName == usual }) {
      lines.append("protocol \(usual), which is spoken by default, was proved by no recording")
    }
    lines += report.constructed.map { "no exchange sent \($0.name): \($0.origin)" }
    if let words = report.lossWords { lines.append(words) }
    lines += report.notOffered.map { "\($0.name): not offered is \($0.what)" }
    guard !lines.isEmpty else { return "" }
    return "\n\(report.id)\n" + lines.map { "  \($0.printable)\n" }.joined()
  }

  private func shown(_ text: String) -> String {
    text.count > 600 ? String(text.prefix(600)).printable + "..." : text.printable
  }

  private func row(_ report: Report) -> [String] {
    [report.id] + Part.allCases.map { part in
      let tally = report[part]
      return tally.of == 0 ? "-" : "\(tally.passed)/\(tally.of)"
    } + [
      "\(report.alternative.count)", "\(report.notApplicable.count)", "\(report.notOffered.count)",
      report.standard.rawValue,
      (report.status?.rawValue ?? "-") + (report.constructed.isEmpty ? "" : ", constructed")
        + (report.lossWords == nil ? "" : ", losses unnoticed"),
    ]
  }
}

/// Labels in the registry.
public enum Measured {
  /// The registry's text with `measured` of the entries that the reports are about, and not a byte changed elsewhere;
  /// other markets of an entry keep what was measured before.
  public static func write(_ reports: [Report], date: String, into text: [UInt8], _ registry: Registry) -> [UInt8] {
    var result = text
    // From the end on, so that earlier places stay where they are.
    for entry in registry.entries.reversed() {
      let own = reports.filter { $0.status != nil }.compactMap { report in
        entry.markets.first { $0.value.connector == report.id }.map { (market: $0.key.rawValue, report: report) }
      }
      guard !own.isEmpty, let old = entry.tree["measured"], let start = offset(of: old.position, in: text) else {
        continue
      }
      let new = own.reduce(old) { measured($0, $1.report, market: $1.market, date: date) }
      result.replaceSubrange(
        start..<end(ofValueAt: start, in: text), with: indented(JSONWriter.pretty(new, width: 112)))
    }
    return result
  }

  private static func measured(_ old: JSONValue, _ report: Report, market: String, date: String) -> JSONValue {
    var markets = (old["markets"]?.object ?? []).filter { $0.key != market }
    let passed = report.tallies.values.reduce(0) { $0 + $1.passed }
    let of = report.tallies.values.reduce(0) { $0 + $1.of }
    var members = [
      JSONMember("standard", report.standard == .none ? nil : JSONValue(.string(report.standard.rawValue))),
      JSONMember("status", JSONValue(.string(report.status?.rawValue ?? ""))),
      JSONMember("passed", JSONValue(.number("\(passed)"))), JSONMember("of", JSONValue(.number("\(max(1, of))"))),
    ]
    if !report.constructed.isEmpty { members.append(JSONMember("constructed", JSONValue(.bool(true)))) }
    markets.append(JSONMember(market, JSONValue(.object(members))))
    let order = ["spot", "perp", "amm"]
    markets.sort { (order.firstIndex(of: $0.key) ?? 3) < (order.firstIndex(of: $1.key) ?? 3) }
    return [
      "date": JSONValue(.string(date)), "suite": JSONValue(.string(Suite.version)),
      "markets": JSONValue(.object(markets)),
    ]
  }

  /// Where a position is, in bytes.
  private static func offset(of position: JSONPosition, in text: [UInt8]) -> Int? {
    guard position != .none else { return nil }
    var line: UInt32 = 1
    var start = 0
    while line < position.line {
      guard let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      start = end + 1
      line += 1
    }
    return start + Int(position.column) - 1
  }

  /// Behind a value that is `null` or an object.
  private static func end(ofValueAt start: Int, in text: [UInt8]) -> Int {
    guard text[start] == UInt8(ascii: "{") else { return start + 4 }
    var depth = 0
    var isText = false
    var index = start
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\\") where isText: index += 1
      case UInt8(ascii: "\""): isText.toggle()
      case UInt8(ascii: "{") where !isText: depth += 1
      case UInt8(ascii: "}") where !isText:
        depth -= 1
        if depth == 0 { return index + 1 }
      default: break
      }
      index += 1
    }
    return index
  }

  /// A field of an entry stands six columns in.
  private static func indented(_ text: String) -> [UInt8] {
    let lines = text.split(separator: "\n")
    return Array(lines.joined(separator: "\n      ").utf8)
  }
}
