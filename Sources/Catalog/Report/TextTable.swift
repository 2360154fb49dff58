import PrintableText

/// Lays out a table in columns of plain text.
public enum TextTable {
  /// One column of a table.
  public struct Column: Sendable {
    var title: String
    /// May be cut, down to this many characters.
    var least: Int?
    /// The columns that are left out first when the table is too wide have the lowest value.
    var importance: Int

    public init(title: String, least: Int? = nil, importance: Int) {
      self.title = title
      self.least = least
      self.importance = importance
    }
  }

  /// The table, its cells printable, and the titles of the columns that the width left no room for. Without a width
  /// nothing is cut.
  public static func render(_ columns: [Column], _ rows: [[String]], width: Int?) -> (text: String, left: [String]) {
    let rows = rows.map { $0.map(\.printable) }
    var widths = columns.indices.map { column in
      max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0)
    }
    var kept = Array(columns.indices)
    func total() -> Int { kept.reduce(0) { $0 + widths[$1] } + 2 * max(0, kept.count - 1) }
    if let width {
      for column in columns.indices {
        guard let least = columns[column].least, total() > width else { continue }
        widths[column] = max(min(least, widths[column]), widths[column] - (total() - width))
      }
      while total() > width, kept.count > 1,
        let least = kept.min(by: { columns[$0].importance < columns[$1].importance })
      {
        kept.removeAll { $0 == least }
      }
    }
    let lines = ([columns.map(\.title)] + rows).map { row in
      let cells = kept.map { pad(row[$0], to: widths[$0]) }
      return trimmed(cells.joined(separator: "  "))
    }
    let left = columns.indices.filter { !kept.contains($0) }.map { columns[$0].title }
    return (lines.joined(separator: "\n") + "\n", left)
  }

  private static func pad(_ text: String, to width: Int) -> String {
    if text.count > width { return text.prefix(max(0, width - 1)) + "…" }
    return text + String(repeating: " ", count: width - text.count)
  }

  private static func trimmed(_ line: String) -> String {
    var line = line[...]
    while line.last == " " { line.removeLast() }
    return String(line)
  }

  /// A label with a text beside it that starts at `indent`, broken at spaces into lines of at most `width` characters.
  static func paragraph(_ label: String, _ text: String, indent: Int, width: Int?) -> String {
    let room = max(24, (width ?? .max) - indent)
    let (label, text) = (label.printable, text.printable)
    var lines: [String] = []
    // A long label takes of the first line.
    let first = max(24, room - max(0, label.count + 1 - indent))
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= (lines.count == 1 ? first : room) {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    let margin = "\n" + String(repeating: " ", count: indent)
    let start = label + String(repeating: " ", count: max(label.isEmpty ? 0 : 1, indent - label.count))
    return trimmed(start + lines.joined(separator: margin)) + "\n"
  }
}
