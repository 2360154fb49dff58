/// Puts a text together piece by piece. Plain text grows in one place, and becomes a part when a seal comes behind it.
struct SealedTextBuilder: Sendable, Hashable {
  private var sealed = SealedText()
  private var tail: [UInt8] = []

  var isEmpty: Bool { tail.isEmpty && sealed.isEmpty }

  /// The text so far.
  var text: SealedText {
    guard !sealed.isEmpty else { return SealedText(bytes: tail) }
    var text = sealed
    text.append(tail)
    return text
  }

  mutating func reserve(_ count: Int) { tail.reserveCapacity(count) }

  mutating func append(_ byte: UInt8) { tail.append(byte) }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { tail.append(contentsOf: $0) }
  }

  mutating func append(_ seal: Seal) {
    flush()
    sealed.append(seal)
  }

  mutating func append(_ text: SealedText) {
    flush()
    sealed += text
  }

  /// A text as a JSON string, its quotes included.
  mutating func appendQuoted(_ text: String) {
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) else {
      return append(jsonQuoted(text))
    }
    append(UInt8(ascii: "\""))
    append(text)
    append(UInt8(ascii: "\""))
  }

  private mutating func flush() {
    guard !tail.isEmpty else { return }
    sealed.append(tail)
    tail.removeAll(keepingCapacity: true)
  }
}
