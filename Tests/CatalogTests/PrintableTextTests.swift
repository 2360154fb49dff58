import JSONTree
import PrintableText
import Testing

@testable import Catalog

/// Text of exchanges on terminals, in tables and in JSON.
@Suite struct PrintableTextTests {
  /// A title, a cleared screen, a line of its own, C1's CSI, an override of direction, a separator of lines.
  private static let hostile = "\u{1B}]0;owned\u{07}\u{1B}[2J\r\nEVIL\u{9B}31m"
    + "\u{202E}gpj\u{2028}\u{200B}\u{7F}\t\u{E0041}."

  @Test func whatControlsIsWrittenOut() {
    let shown = Self.hostile.printable
    #expect(
      shown == #"\u{1b}]0;owned\u{7}\u{1b}[2J\r\nEVIL\u{9b}31m\u{202e}gpj\u{2028}\u{200b}\u{7f}\t\u{e0041}."#)
    #expect(shown.printable == shown, "twice changes nothing more")
    #expect("a\nb\u{1B}".printableLines == "a\nb\\u{1b}")
    for text in ["", "plain", #"a \ b"#, "币安人生-USDT", "é ü €", "👍"] { #expect(text.printable == text) }
    #expect(String(decoding: [0x61, 0xFF, 0x1B], as: UTF8.self).printable == "a\u{FFFD}\\u{1b}")
  }

  @Test func everyControlAndFormatCharacterIsCaught() {
    for value in (0...0x10FFFF as ClosedRange<UInt32>) where value < 0x3000 || value >= 0xE0000 && value < 0xE0200 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let shown = String(String.UnicodeScalarView([scalar])).printable
      let isControl = value < 0x20 || (0x7F...0x9F).contains(value) || (0x2028...0x202E).contains(value)
        || (0x2066...0x2069).contains(value) || [0x200E, 0x200F, 0x061C, 0xFEFF].contains(value)
      if isControl { #expect(shown.unicodeScalars.allSatisfy { (0x20..<0x7F).contains($0.value) }, "\(value)") }
    }
  }

  @Test func spreadsheetsFindNoFormulas() {
    for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\u{FF1D}1"] { #expect(text.spreadsheetCell == "'" + text) }
    #expect("\t=1".spreadsheetCell == #"\t=1"# && "\r=1".spreadsheetCell == #"\r=1"#)
    #expect("a=1".spreadsheetCell == "a=1" && "".spreadsheetCell == "")
  }

  @Test func linesOfJSONAreSafeAndMeanTheSame() throws {
    let value = JSONValue(.object([JSONMember(Self.hostile, JSONValue(.string(Self.hostile)))]))
    for text in [JSONWriter.compact(value), JSONWriter.pretty(value)] {
      #expect(text.printableLines == text)
      #expect(try JSONDocument.parse(text: text) == value)
    }
    #expect(JSONWriter.compact(JSONValue(.string("\u{9B}\u{E0041}é"))) == #""\u009b\udb40\udc41é""#)
  }

  @Test func tablesAndProblemsStayOnTheirLines() {
    let columns = [TextTable.Column(title: "a", importance: 1), TextTable.Column(title: "b", importance: 1)]
    let text = TextTable.render(columns, [["x\ny", "\u{1B}[2J"]], width: nil).text
    #expect(text == "a     b\nx\\ny  \\u{1b}[2J\n")
    let problem = Problem(.value, file: "f\n", field: "\u{1B}", message: "m\r\nm", remedy: "r\u{202E}")
    #expect(problem.description == #"f\n: \u{1b}: m\r\nm. r\u{202e}"#)
  }
}
