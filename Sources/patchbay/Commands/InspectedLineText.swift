import Certify
import Decimals
import JSONTree
import PrintableText
import Runtime

/// A line of recorded traffic with what came of it, for people and for programs. What peers said is escaped.
struct InspectedLineText {
  private let line: InspectedLine
  /// When the recording begins, in nanoseconds.
  private let start: Int64
  private let width: Int

  init(_ line: InspectedLine, since start: Int64, width: Int) {
    (self.line, self.start, self.width) = (line, start, width)
  }

  private var entry: CaptureEntry { line.entry }

  private var seconds: String {
    Decimal64(mantissa: max(0, entry.time.subtractingSaturated(start)) / 1000, exponent: -6).plain
  }

  /// Of what was sent or received, as much as is wanted.
  private var data: String {
    let more = entry.data.count > width ? "…" : ""
    guard entry.kind == .binary else { return String(decoding: entry.data.prefix(width), as: UTF8.self) + more }
    return entry.data.prefix(width / 2).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() + more
  }

  var text: String {
    var text = "\(line.line)  \(seconds)  \(entry.isIncoming ? "in " : "out")  \(entry.kind.rawValue)"
    text += "  \(entry.connection)  \(entry.data.count) bytes"
    if entry.status != 200 { text += "  status \(entry.status)" }
    if !entry.url.isEmpty { text += "  \(entry.url)" }
    var lines = [text]
    if !entry.data.isEmpty { lines.append("      " + data) }
    if line.isUnreadable { lines.append("  !   could not be read") }
    for fact in line.facts.prefix(Self.most) {
      lines.append("  >   \(fact.kind)" + fact.values.map { " \($0.name)=\($0.text)" }.joined())
    }
    if line.facts.count > Self.most { lines.append("  >   and \(line.facts.count - Self.most) more") }
    if !line.levels.isEmpty { lines.append("        " + line.levels.joined(separator: ", ")) }
    for (symbol, top) in line.books {
      lines.append("  =   \(symbol)  \(top.map(levels) ?? "not ready")")
    }
    for gap in line.gaps {
      lines.append("  !   \(gap.symbol): the book is lost: \(gap.reason)")
      if let before = gap.before { lines.append("      before  \(levels(before))") }
    }
    for words in line.log { lines.append("  !   \(words)") }
    return lines.map { $0.printable + "\n" }.joined()
  }

  private static let most = 20

  private func levels(_ top: InspectedLine.Top) -> String { "bids \(side(top.bids))  asks \(side(top.asks))" }

  private func side(_ levels: [[String]]) -> String {
    levels.isEmpty ? "none" : levels.map { $0.joined(separator: " x ") }.joined(separator: ", ")
  }

  var json: JSONValue {
    func texts(_ list: [String]) -> JSONValue { JSONValue(.array(list.map { JSONValue(.string($0)) })) }
    func list(_ side: [[String]]) -> JSONValue { JSONValue(.array(side.map(texts))) }
    let records = line.facts.map { fact in
      JSONValue(
        .object(
          [JSONMember("record", JSONValue(.string(fact.kind)))]
            + fact.values.map { JSONMember($0.name, JSONValue(.string($0.text))) }))
    }
    let books = line.books.map { symbol, top in
      JSONMember(symbol, top.map { JSONValue(.array([list($0.bids), list($0.asks)])) } ?? nil)
    }
    let gaps = line.gaps.map { gap -> JSONValue in
      ["symbol": JSONValue(.string(gap.symbol)), "reason": JSONValue(.string(gap.reason))]
    }
    return [
      "line": JSONValue(.number("\(line.line)")), "seconds": JSONValue(.number(seconds)),
      "dir": JSONValue(.string(entry.isIncoming ? "in" : "out")), "kind": JSONValue(.string(entry.kind.rawValue)),
      "conn": JSONValue(.string(entry.connection)), "url": JSONValue(.string(entry.url)),
      "status": JSONValue(.number("\(entry.status)")), "bytes": JSONValue(.number("\(entry.data.count)")),
      "data": JSONValue(.string(data)), "unreadable": JSONValue(.bool(line.isUnreadable)),
      "records": JSONValue(.array(records)), "levels": texts(line.levels), "books": JSONValue(.object(books)),
      "gaps": JSONValue(.array(gaps)), "log": texts(line.log),
    ]
  }
}
