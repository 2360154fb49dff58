import JSONTree
import Runtime

/// Reading recordings of Binance: combined streams, and depth snapshots as REST gave them.
extension Tape {
  /// Numbers that are never given twice, and times.
  private static let keys: Set<String> = ["E", "T", "U", "u", "pu", "a", "f", "l"]

  mutating func readBinance(_ capture: Capture) throws(TapeFault) {
    for (line, entry) in capture.entries.enumerated() where entry.kind == .response && entry.url.contains("/depth?") {
      let symbol = entry.url.split(separator: "?").last?.split(separator: "&").first { $0.hasPrefix("symbol=") }
      let body = try json(entry, line)
      guard let symbol = symbol.map({ String($0.dropFirst(7)) }), books[symbol] == nil,
        let last = body["lastUpdateId"]?.number.flatMap({ UInt64($0) })
      else { continue }
      var book = TrueBook()
      book.apply(bids: try levels(body["bids"], line), asks: try levels(body["asks"], line))
      books[symbol] = BookTape(start: book, sequence: last)
    }
    var numbers = books.mapValues(\.startSequence)
    for (line, entry) in capture.entries.enumerated() where entry.kind == .text && entry.isIncoming {
      let message = try json(entry, line)
      guard let topic = message["stream"]?.string, let data = message["data"] else { continue }
      // The members of a candle mean other things.
      let isCandle = topic.contains("@kline")
      let template = FrameTemplate(entry.data, keys: isCandle ? ["E"] : Tape.keys)
      func emit(_ content: TapeEntry.Content) {
        entries.append(
          TapeEntry(offset: entry.time - capture.entries[0].time, wall: entry.time, content: content, frame: template))
      }
      guard data["e"]?.string == "depthUpdate", let symbol = data["s"]?.string else {
        emit(.other(topic: topic))
        continue
      }
      guard let number = numbers[symbol] else { continue }
      guard let change = try change(data, behind: number, line) else { continue }
      numbers[symbol] = number + change.step
      books[symbol]?.changes.append(change)
      emit(.book(symbol: symbol))
    }
  }

  /// A depth update behind the number that the book has; `nil` when the book holds it already.
  private func change(_ data: JSONValue, behind number: UInt64, _ line: Int) throws(TapeFault) -> BookChange? {
    func id(_ key: String) -> UInt64? { data[key]?.number.flatMap { UInt64($0) } }
    guard let first = id("U"), let last = id("u") else { throw fault(line, "a depth update without U and u") }
    guard last > number else { return nil }
    // The first update may reach across the snapshot; behind it there are no holes.
    let joins = id("pu").map { $0 <= number } ?? (first <= number + 1)
    guard joins else { throw fault(line, "a depth update behind \(number) is missing") }
    return BookChange(
      bids: try levels(data["b"], line), asks: try levels(data["a"], line), step: last - number,
      firstStep: first > number ? first - number : 1)
  }
}
