import Catalog
import Glibc

/// Where in an act's requests values that depend on a secret may stand; everywhere else they are refused, since an
/// exchange may echo them. Places are `header:NAME`, `query:NAME`, `form:NAME`, `json:/POINTER`, `binary:N`, which is
/// the field N of a message of Protocol Buffers, and `path:N`, which is the N-th `*` of the act's path.
///
/// A value may depend on one secret. Where an exchange wants several in one value, the place names them: `header:X-Pass
/// of secret_key+passphrase`. Otherwise a connector could guess one secret inside a signature by the other, and the
/// exchange would say whether the guess is right.
struct SealedPlaces: Sendable {
  private enum Place: Sendable {
    case header([UInt8]), query([UInt8]), form([UInt8]), json([String]), path(Int), binary(UInt64)
  }

  private let places: [(place: Place, fields: [String])]
  private let pattern: String
  /// Slots whose tokens may be sent with the act.
  private let slots: UInt64

  /// - Parameter slots: a bit for each slot that a capture of the manifest lets this act use.
  init(_ act: PermittedAct, slots: UInt64) {
    if case .http(_, let path) = act.target { pattern = path } else { pattern = "" }
    self.slots = slots
    places = act.sealed.compactMap { text in
      let sides = text.split(separator: " of ", maxSplits: 1)
      guard let first = sides.first, let place = Self.place(first) else { return nil }
      return (place, sides.count > 1 ? sides[1].split(separator: "+").map(String.init).sorted() : [])
    }
  }

  private static func place(_ text: Substring) -> Place? {
    let sides = text.split(separator: ":", maxSplits: 1)
    guard sides.count == 2 else { return nil }
    switch sides[0] {
    case "header": return .header(Array(sides[1].lowercased().utf8))
    case "query": return .query(Array(sides[1].utf8))
    case "form": return .form(Array(sides[1].utf8))
    case "json": return JSONPointer.parts(sides[1]).map { .json($0) }
    case "path": return Int(sides[1]).map { .path($0) }
    case "binary": return UInt64(sides[1]).map { .binary($0) }
    default: return nil
    }
  }

  /// Whether every part of the request that depends on a secret stands where it may. `shape` is the request's shape.
  func permit(_ sealed: [SealedRange], in shape: EvaluatedRequest, _ form: SealForm?) -> Bool {
    sealed.allSatisfy { part in
      guard part.sources.slots & ~slots == 0 else { return false }
      return places.contains { place, fields in
        let isOfPlace =
          fields.isEmpty ? part.sources.count == 1 : part.sources.slots == 0 && form?.names(part.sources) == fields
        if case .form = place, !part.isQuerySafe { return false }
        if case .binary = place, !part.isPlain { return false }
        return isOfPlace && stands(part.range, at: place, part.place, shape)
      }
    }
  }

  /// Whether all fields of a message that are for such a value hold just that, so that an act which signs in does
  /// nothing else.
  func fillMessage(_ frame: EvaluatedRequest) -> Bool {
    places.allSatisfy { place, _ in
      guard case .binary(let number) = place else { return true }
      guard let range = BinaryMessage(frame.body).range(of: number) else { return false }
      return frame.sealed.contains { $0.place == .body && $0.range == range }
    }
  }

  private func stands(
    _ part: Range<Int>, at place: Place, _ text: SealChecker.Place, _ shape: EvaluatedRequest
  ) -> Bool {
    switch (place, text) {
    case (.header(let name), .header(let index)):
      return ASCII.isSame(shape.headers[index].name, name)
    case (.query(let name), .url):
      guard let mark = shape.url.firstIndex(of: UInt8(ascii: "?")) else { return false }
      return Self.isValue(part, of: name, in: shape.url, from: mark + 1)
    case (.path(let number), .url): return pathRange(number, shape.url).map { Self.covers($0, part) } ?? false
    case (.form(let name), .body): return Self.isValue(part, of: name, in: shape.body, from: 0)
    case (.binary(let number), .body):
      return BinaryMessage(shape.body).range(of: number).map { Self.covers($0, part) } ?? false
    case (.json(let pointer), .body):
      var finder = ValueFinder(shape.body)
      return finder.find(pointer).contains { Self.covers($0, part) }
    default: return false
    }
  }

  private static func covers(_ range: Range<Int>, _ part: Range<Int>) -> Bool {
    range.lowerBound <= part.lowerBound && part.upperBound <= range.upperBound
  }

  /// Whether a part stands in the value of a parameter of this name, in `name=value&name=value` from some byte on.
  private static func isValue(_ part: Range<Int>, of name: [UInt8], in text: [UInt8], from first: Int) -> Bool {
    guard part.lowerBound >= first, !text[part].contains(UInt8(ascii: "&")) else { return false }
    var start = part.lowerBound
    while start > first, text[start - 1] != UInt8(ascii: "&") { start -= 1 }
    let value = start + name.count + 1
    guard value <= part.lowerBound, text[value - 1] == UInt8(ascii: "=") else { return false }
    return text[start..<value - 1].elementsEqual(name)
  }

  private func pathRange(_ number: Int, _ url: [UInt8]) -> Range<Int>? {
    let slash = UInt8(ascii: "/")
    let end = url.firstIndex(of: UInt8(ascii: "?")) ?? url.endIndex
    // Behind scheme, empty part and authority.
    let segments = url[..<end].split(separator: slash, omittingEmptySubsequences: false).dropFirst(3)
    let wanted = pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    var count = 0
    for (segment, pattern) in zip(segments, wanted) where pattern == "*" {
      count += 1
      if count == number { return segment.startIndex..<segment.endIndex }
    }
    return nil
  }
}

enum ASCII {
  static func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  /// Whether a name is this one in lower case, whatever its own case.
  static func isSame(_ name: String, _ lower: StaticString) -> Bool {
    guard name.utf8.count == lower.utf8CodeUnitCount else { return false }
    var name = name
    return name.withUTF8 { name in
      lower.withUTF8Buffer { lower in zip(name, lower).allSatisfy { lowercase($0) == $1 } }
    }
  }

  static func isSame(_ name: String, _ lower: [UInt8]) -> Bool {
    name.utf8.elementsEqual(lower) { lowercase($0) == $1 }
  }

  static func isSame(_ bytes: [UInt8], _ text: StaticString) -> Bool {
    bytes.count == text.utf8CodeUnitCount
      && bytes.withUnsafeBufferPointer { $0.baseAddress.map { memcmp($0, text.utf8Start, bytes.count) == 0 } ?? true }
  }
}

extension SealForm {
  /// The names of the fields among some sources, sorted, the signing key as `key`.
  func names(_ sources: SealSources) -> [String] {
    let fields = names.enumerated().filter { sources.fields >> UInt64(min($0.offset, 63)) & 1 == 1 }.map(\.element)
    return (fields + (sources.hasKey ? ["key"] : [])).sorted()
  }
}
