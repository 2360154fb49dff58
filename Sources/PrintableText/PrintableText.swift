/// Text of exchanges, connectors and files is data: it must not move a terminal's cursor, begin a line, turn the
/// direction of writing, or become a formula. It is kept as it came, and escaped once, here, where it is printed.
extension String {
  /// On one line: what controls a terminal or the order of letters is written out, as `\n` or `\u{1b}`. Done twice it
  /// changes nothing more.
  public var printable: String { escaped { $0 == "\n" ? false : $0.standsForItself } }

  /// The same for text of several lines: line feeds stay.
  public var printableLines: String { escaped { $0 == "\n" || $0.standsForItself } }

  private func escaped(unless isPlain: (Unicode.Scalar) -> Bool) -> String {
    // Most text is plain ASCII.
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return self }
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if isPlain(scalar) { text.append(scalar) } else { text.append(contentsOf: scalar.escape) }
    }
    return String(text)
  }

  /// One cell of a table for spreadsheets: printable, and never a formula.
  public var spreadsheetCell: String {
    let text = printable
    guard let first = text.unicodeScalars.first, Self.formulas.contains(first) else { return text }
    return "'" + text
  }

  /// What begins a formula in spreadsheets, in both widths.
  private static let formulas: [Unicode.Scalar] = ["=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"]
}

extension Unicode.Scalar {
  /// Whether a character stands for itself alone: no control (C0, DEL, C1), no line or paragraph separator, no
  /// formatting character (bidirectional overrides, characters without width, tags).
  package var standsForItself: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  fileprivate var escape: String.UnicodeScalarView {
    switch self {
    case "\n": #"\n"#.unicodeScalars
    case "\r": #"\r"#.unicodeScalars
    case "\t": #"\t"#.unicodeScalars
    default: "\\u{\(String(value, radix: 16))}".unicodeScalars
    }
  }
}
