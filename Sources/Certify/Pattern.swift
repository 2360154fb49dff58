/// A pattern over a name: `*` stands for any text, everything else for itself.
struct Pattern: Sendable, Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  /// Cost: linear in the name for each star.
  func matches(_ name: String) -> Bool {
    let pieces = text.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
    var rest = Array(name.utf8)[...]
    guard let first = pieces.first, rest.starts(with: first) else { return false }
    rest = rest.dropFirst(first.count)
    if pieces.count == 1 { return rest.isEmpty }
    for piece in pieces.dropFirst().dropLast() {
      guard let end = Pattern.end(of: piece, in: rest) else { return false }
      rest = rest[end...]
    }
    let last = pieces[pieces.count - 1]
    return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
  }

  private static func end(of piece: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
    var start = text.startIndex
    while start + piece.count <= text.endIndex {
      if text[start..<start + piece.count].elementsEqual(piece) { return start + piece.count }
      start += 1
    }
    return nil
  }
}
