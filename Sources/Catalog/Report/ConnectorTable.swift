import JSONTree

/// The table of `patchbay connectors`.
public enum ConnectorTable {
  /// The rows as a table of at most `width` characters per line (nil = as wide as it gets), with notes below it that
  /// say how to read it and what is left out.
  public static func render(_ rows: [ConnectorRow], width: Int?) -> String {
    guard !rows.isEmpty else { return "no connector matches\n" }
    let columns = ConnectorRow.Column.allCases
    let cells = rows.map { row in columns.map(row.cell) }
    let table = TextTable.render(columns.map(layout), cells, width: width)
    var notes: [String] = [
      "\(rows.count) \(rows.count == 1 ? "entry" : "entries"). ready: a connector exists here; listed: not yet."
    ]
    if rows.contains(where: { $0.markets.values.contains(.replay) }) {
      notes.append("replay: a connector exists here, and the exchange has closed: it reads recordings alone.")
    }
    if rows.contains(where: { $0.isBracketed }) {
      notes.append("In brackets (spot/perp): what the published lists said; nothing of it has been measured.")
    }
    if rows.contains(where: { $0.lifecycle?.mark == .unverified }) { notes.append("?: unverified.") }
    for row in rows {
      guard let finding = row.finding, !finding.isVouchedFor || finding.advisory != nil else { continue }
      notes.append("\(row.id): \(finding.words)")
    }
    if !table.left.isEmpty { notes.append("Left out for want of width: \(table.left.joined(separator: ", ")).") }
    return table.text + "\n"
      + notes.map { TextTable.paragraph("", $0, indent: 0, width: width) }.joined()
  }

  private static func layout(_ column: ConnectorRow.Column) -> TextTable.Column {
    let (least, importance): (Int?, Int) =
      switch column {
      case .id: (nil, 100)
      case .name: (10, 20)
      case .type: (nil, 60)
      case .tier: (nil, 65)
      case .maintainer: (10, 10)
      case .spot: (nil, 90)
      case .perp: (nil, 89)
      case .amm: (nil, 40)
      case .standard: (nil, 45)
      case .status: (nil, 30)
      case .lifecycle: (nil, 80)
      case .installed: (nil, 71)
      case .enabled: (nil, 70)
      case .trust: (nil, 50)
      case .runs: (nil, 25)
      }
    return TextTable.Column(title: column.rawValue, least: least, importance: importance)
  }

  /// The rows as a JSON array of objects with one member per column; null = nothing is known.
  public static func json(_ rows: [ConnectorRow]) -> JSONValue {
    JSONValue(.array(rows.map(\.json)))
  }
}

extension ConnectorRow {
  var isBracketed: Bool {
    [standard, status].contains { !$0.isMeasured && !$0.values.isEmpty }
  }

  var json: JSONValue {
    [
      "id": text(id), "name": text(name), "type": text(type.rawValue), "tier": text(tier),
      "maintainer": text(maintainer), "spot": text(markets[.spot]?.rawValue), "perp": text(markets[.perp]?.rawValue),
      "amm": text(markets[.amm]?.rawValue), "standard": json(standard), "status": json(status),
      "lifecycle": lifecycle.map(\.json) ?? nil, "installed": JSONValue(.bool(installed)),
      "enabled": JSONValue(.bool(enabled)), "trust": text(trust),
      "runs": text(runs), "trust_reason": text(finding?.reason), "advisory": text(finding?.advisory?.words),
    ]
  }

  private func text(_ text: String?) -> JSONValue { text.map { JSONValue(.string($0)) } ?? nil }

  private func json(_ label: Label) -> JSONValue {
    let values = label.values.map { JSONMember($0.market.rawValue, text($0.value)) }
    return JSONValue(.object(values + [JSONMember("measured", JSONValue(.bool(label.isMeasured)))]))
  }
}

extension Lifecycle.Entry {
  var json: JSONValue {
    [
      "state": JSONValue(.string(state.rawValue)), "since": since.map { JSONValue(.string($0)) } ?? nil,
      "mark": JSONValue(.string(mark.rawValue)),
    ]
  }
}
