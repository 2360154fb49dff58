/// A pattern over a name: `*` stands for any text, `?` for one byte of it, everything else for itself.
struct Pattern: Sendable, Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  /// Cost: linear in the name for each star.
  func matches(_ name: String) -> Bool {
    let pieces = text.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
    var rest = Array(name.utf8)[...]
    guard let first = pieces.first, Pattern.leads(first, rest) else { return false }
    rest = rest.dropFirst(first.count)
    if pieces.count == 1 { return rest.isEmpty }
    for piece in pieces.dropFirst().dropLast() {
      guard let end = Pattern.end(of: piece, in: rest) else { return false }
      rest = rest[end...]
    }
    let last = pieces[pieces.count - 1]
    return rest.count >= last.count && Pattern.leads(last, rest.suffix(last.count))
  }

  private static func leads(_ piece: [UInt8], _ text: ArraySlice<UInt8>) -> Bool {
    text.count >= piece.count && zip(piece, text).allSatisfy { $0 == $1 || $0 == UInt8(ascii: "?") }
  }

  private static func end(of piece: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
    text.indices.first { leads(piece, text[$0...]) }.map { $0 + piece.count } ?? (piece.isEmpty ? text.endIndex : nil)
  }
}
