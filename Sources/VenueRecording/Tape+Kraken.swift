import Catalog
import Runtime

/// Reading recordings of Kraken's first socket version: snapshots and changes on the socket, `[id, data, channel,
/// pair]`.
extension Tape {
  /// Depth that books were recorded with; what falls out of it is forgotten.
  static let krakenDepth = 1000

  mutating func readKraken(_ capture: Capture) throws(TapeFault) {
    for (line, entry) in capture.entries.enumerated() where entry.kind == .text && entry.isIncoming {
      guard let parts = try json(entry, line).array, parts.count >= 4, let pair = parts[parts.count - 1].string,
        let channel = parts[parts.count - 2].string
      else { continue }
      let template = FrameTemplate(entry.data, keys: [])
      func emit(_ content: TapeEntry.Content) {
        entries.append(
          TapeEntry(offset: entry.time - capture.entries[0].time, wall: entry.time, content: content, frame: template))
      }
      guard channel.hasPrefix("book") else {
        emit(.other(topic: "\(channel) \(pair)"))
        continue
      }
      guard channel == "book-\(Tape.krakenDepth)" else { throw fault(line, "a book of another depth than 1000") }
      if parts[1]["as"] != nil {
        guard books[pair] == nil else { throw fault(line, "a second snapshot of \(pair)") }
        var book = TrueBook(depth: Tape.krakenDepth)
        book.apply(bids: try levels(parts[1]["bs"], line), asks: try levels(parts[1]["as"], line))
        books[pair] = BookTape(start: book, sequence: 0)
        continue
      }
      guard books[pair] != nil else { throw fault(line, "a change before the snapshot of \(pair)") }
      var change = BookChange(bids: [], asks: [], step: 0, firstStep: 0)
      for part in parts[1..<(parts.count - 2)] {
        change.bids += try levels(part["b"], line)
        change.asks += try levels(part["a"], line)
      }
      books[pair]?.changes.append(change)
      emit(.book(symbol: pair))
    }
  }
}
