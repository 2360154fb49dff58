/// Text of exchanges, connectors and files is data: it must not move a terminal's cursor, begin a line, turn the
/// direction of writing, or become a formula. It is kept as it came, and escaped once, here, where it is printed.
extension String {
  /// On one line: what controls a terminal or the order of letters is written out, as `\n` or `\u{1b}`. Done twice it
  /// changes nothing more.
  public var printable: String { escaped { $0 == "\n" ? false : PrintableText.isPlain($0) } }

  /// The same for text of several lines: line feeds stay.
  public var printableLines: String { escaped { $0 == "\n" || PrintableText.isPlain($0) } }

  private func escaped(unless isPlain: (Unicode.Scalar) -> Bool) -> String {
    // Most text is plain ASCII.
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return self }
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if isPlain(scalar) { text.append(scalar) } else { text.append(contentsOf: PrintableText.name(of: scalar)) }
    }
    return String(text)
  }

  /// One cell of a table for spreadsheets: printable, and never a formula.
  public var spreadsheetCell: String {
    let text = printable
    guard let first = text.unicodeScalars.first, PrintableText.formulas.contains(first) else { return text }
    return "'" + text
  }
}

enum PrintableText {
  /// What begins a formula in spreadsheets, in both widths.
  static let formulas: [Unicode.Scalar] = ["=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"]

  /// Whether a character stands for itself alone: no control (C0, DEL, C1), no line or paragraph separator, no
  /// formatting character (bidirectional overrides, characters without width, tags).
  static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  static func name(of scalar: Unicode.Scalar) -> String.UnicodeScalarView {
    switch scalar {
    case "\n": #"\n"#.unicodeScalars
    case "\r": #"\r"#.unicodeScalars
    case "\t": #"\t"#.unicodeScalars
    default: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars
    }
  }
}
