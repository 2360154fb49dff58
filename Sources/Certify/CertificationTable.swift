import Catalog

/// Reports for people: one row per connector, then what failed.
public struct CertificationTable {
  let reports: [Report]

  public init(reports: [Report]) { self.reports = reports }

  /// Most failures told per connector; the JSON has them all.
  static let most = 40

  public var text: String {
    let heads = ["connector"] + Part.allCases.map(\.rawValue) + ["alternative", "n/a", "standard", "status"]
    let rows = [heads] + reports.map(row)
    let widths = heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var text = ""
    for row in rows {
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      text += line + "\n"
    }
    for report in reports where !report.failures.isEmpty {
      text += "\n\(report.id): \(report.failures.count) failures\n"
      for failure in report.failures.prefix(Self.most) {
        text += "  \(failure.name)\n    expected \(shown(failure.expected))\n    got      \(shown(failure.got))\n"
      }
      if report.failures.count > Self.most { text += "  and \(report.failures.count - Self.most) more\n" }
    }
    return text
  }

  private func shown(_ text: String) -> String { text.count > 300 ? text.prefix(300) + "..." : text }

  private func row(_ report: Report) -> [String] {
    [report.id] + Part.allCases.map { part in
      let tally = report[part]
      return tally.of == 0 ? "-" : "\(tally.passed)/\(tally.of)"
    } + [
      "\(report.alternative.count)", "\(report.notApplicable.count)", report.standard.rawValue, report.status.rawValue]
  }
}

/// Labels in the registry.
public enum Measured {
  /// The registry's tree with `measured` of the entries that the reports are about; other markets of an entry keep what
  /// was measured before.
  public static func write(_ reports: [Report], date: String, into tree: JSONValue, _ registry: Registry) -> JSONValue {
    guard case .object(var top) = tree.kind, let place = top.firstIndex(where: { $0.key == "connectors" }),
      case .array(var entries) = top[place].value.kind
    else { return tree }
    for index in entries.indices {
      guard let id = entries[index]["id"]?.string, let entry = registry[id] else { continue }
      for report in reports {
        guard let market = entry.markets.first(where: { $0.value.connector == report.id })?.key else { continue }
        entries[index] = entries[index].settingMeasured(report, market: market.rawValue, date: date)
      }
    }
    top[place].value = JSONValue(.array(entries))
    return JSONValue(.object(top))
  }
}

extension JSONValue {
  fileprivate func settingMeasured(_ report: Report, market: String, date: String) -> JSONValue {
    var markets = (self["measured"]?["markets"]?.object ?? []).filter { $0.key != market }
    let passed = report.tallies.values.reduce(0) { $0 + $1.passed }
    let of = report.tallies.values.reduce(0) { $0 + $1.of }
    markets.append(
      JSONMember(market, [
        "standard": report.standard == .none ? nil : JSONValue(.string(report.standard.rawValue)),
        "status": JSONValue(.string(report.status.rawValue)), "passed": JSONValue(.number("\(passed)")),
        "of": JSONValue(.number("\(max(1, of))")),
      ]))
    let order = ["spot", "perp", "amm"]
    markets.sort { (order.firstIndex(of: $0.key) ?? 3) < (order.firstIndex(of: $1.key) ?? 3) }
    let measured: JSONValue = [
      "date": JSONValue(.string(date)), "suite": JSONValue(.string(Suite.version)),
      "markets": JSONValue(.object(markets)),
    ]
    return setting("/measured", to: measured)
  }
}
