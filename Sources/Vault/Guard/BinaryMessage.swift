import Catalog

/// A message of Protocol Buffers that every parser reads alike: each field once, tags and lengths in as few bytes as
/// they need, nothing behind its end.
struct BinaryMessage {
  private let bytes: ArraySlice<UInt8>
  /// Most bytes of a text.
  static let longest = 128

  init(_ bytes: [UInt8]) { self.bytes = bytes[...] }
  private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// Whether it has some of these fields, and no others: numbers, messages of the fields inside and, where they are let
  /// through, texts that can be printed. Such a text is no message that names a field below 4 as a number: the tags of
  /// those cannot be printed.
  func isOf(_ fields: [BinaryShape.Field], hasTexts: Bool) -> Bool {
    var isFine = true
    let isRead = each { number, value in
      guard let field = fields.first(where: { $0.number == number }) else { return isFine = false }
      switch value {
      case .number: if !field.inside.isEmpty { isFine = false }
      case .part(let range):
        if !field.inside.isEmpty {
          if !BinaryMessage(bytes[range]).isOf(field.inside, hasTexts: hasTexts) { isFine = false }
        } else if !hasTexts || range.count > Self.longest || !bytes[range].allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
          isFine = false
        }
      }
    }
    return isRead && isFine && !bytes.isEmpty
  }

  /// Where the text of a field stands; nil where there is none.
  func range(of number: UInt64) -> Range<Int>? {
    var found: Range<Int>?
    let isRead = each { own, value in if own == number, case .part(let range) = value { found = range } }
    return isRead ? found : nil
  }

  private enum Value { case number, part(Range<Int>) }

  /// Hands over each field; `false` where it is no such message.
  private func each(_ take: (UInt64, Value) -> Void) -> Bool {
    var (place, seen) = (bytes.startIndex, Set<UInt64>())
    while place < bytes.endIndex {
      guard let tag = varint(&place), tag >> 3 > 0, seen.insert(tag >> 3).inserted else { return false }
      switch tag & 7 {
      case 0:
        guard varint(&place) != nil else { return false }
        take(tag >> 3, .number)
      case 2:
        guard let length = varint(&place), length <= UInt64(bytes.endIndex - place) else { return false }
        take(tag >> 3, .part(place..<place + Int(length)))
        place += Int(length)
      default: return false
      }
    }
    return true
  }

  private func varint(_ place: inout Int) -> UInt64? {
    var (value, shift) = (UInt64(0), UInt64(0))
    while place < bytes.endIndex, shift < 64 {
      let byte = UInt64(bytes[place])
      place += 1
      guard shift < 63 || byte <= 1 else { return nil }
      value |= (byte & 127) << shift
      if byte < 128 { return byte == 0 && shift > 0 ? nil : value }
      shift += 7
    }
    return nil
  }
}
