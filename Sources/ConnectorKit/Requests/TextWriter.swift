/// Puts plain text together in memory that is lent for the time of a call, and hands it to a text in one piece: a form
/// or a JSON object has many small pieces.
struct TextWriter {
  private let room: UnsafeMutableBufferPointer<UInt8>
  private var count = 0
  /// What was put together before a seal, or before something that did not fit.
  private(set) var text: SealedText

  var isEmpty: Bool { count == 0 && text.isEmpty }

  private init(_ room: UnsafeMutableBufferPointer<UInt8>, behind text: SealedText) {
    (self.room, self.text) = (room, text)
  }

  /// Gives a text with what `body` writes behind it.
  /// - Parameter size: bytes that will be written, about.
  static func write(behind text: SealedText, size: Int, _ body: (inout TextWriter) -> Void) -> SealedText {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(16, size)) { room in
      var writer = TextWriter(room, behind: text)
      writer.text.reserve(size)
      body(&writer)
      writer.flush()
      return writer.text
    }
  }

  mutating func put(_ byte: UInt8) {
    if count == room.count { flush() }
    room[count] = byte
    count += 1
  }

  mutating func put(_ piece: String) {
    var piece = piece
    piece.withUTF8 { put($0) }
  }

  private mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard count + bytes.count <= room.count else {
      flush()
      return text.append(bytes)
    }
    guard let source = bytes.baseAddress, let start = room.baseAddress else { return }
    (start + count).update(from: source, count: bytes.count)
    count += bytes.count
  }

  /// A value of a form: nearly always nothing of it has to be encoded.
  mutating func putEncoded(_ value: String) {
    var plain = value
    let isPlain = plain.withUTF8 { bytes in
      for byte in bytes where !isUnreserved(byte) { return false }
      put(bytes)
      return true
    }
    if !isPlain { put(percentEncoded(value)) }
  }

  /// A JSON string, its quotes included.
  mutating func putQuoted(_ value: String) {
    var plain = value
    let isPlain = plain.withUTF8 { bytes in
      for byte in bytes where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
      put(UInt8(ascii: "\""))
      put(bytes)
      put(UInt8(ascii: "\""))
      return true
    }
    if !isPlain { put(jsonQuoted(value)) }
  }

  mutating func put(_ seal: Seal) {
    flush()
    text.append(seal)
  }

  mutating func put(_ other: SealedText) {
    flush()
    text += other
  }

  private mutating func flush() {
    guard count > 0 else { return }
    text.append(UnsafeBufferPointer(rebasing: room[..<count]))
    count = 0
  }
}
