import MarketModel

/// The form of client order ids that a venue accepts, from its connector's descriptor: `client_order_id` with `length`
/// and `pattern`.
///
/// The patterns that are understood are `^`, literal characters, one class of characters with a count (`{32}`, `{1,36}`
/// or `+`), `$`; descriptors have no others.
public struct ClientIDForm: Equatable, Sendable {
  public enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The pattern is not of the form above, or its class has neither letters nor digits.
    case pattern(String)
    /// There is no room for an instance and a counter.
    case tooShort(length: Int)
    case identifiers(ClientOrderIDs.Fault)

    public var description: String {
      switch self {
      case .pattern(let text):
        "client_order_id: pattern \(text) is not understood; it must be ^, literals, one class with a count, $"
      case .tooShort(let length): "client_order_id: length \(length) leaves no room for a counter"
      case .identifiers(let fault): "client_order_id: \(fault)"
      }
    }
  }

  /// What every id begins with, such as `0x`.
  public let literal: String
  public let alphabet: ClientOrderIDs.Alphabet
  /// Of the whole id.
  public let maximumLength: Int
  /// Every id has this many characters; `nil` where shorter ones are allowed.
  public let exactLength: Int?
  private let allowed: Set<UInt8>

  /// - Parameters:
  ///   - length: the most characters of an id.
  ///   - pattern: of the whole id.
  public init(length: Int, pattern: String) throws(Fault) {
    var text = Substring(pattern)
    guard text.first == "^", text.last == "$" else { throw .pattern(pattern) }
    text = text.dropFirst().dropLast()
    var literal = ""
    while let character = text.first, character != "[" {
      guard character.isLetter || character.isNumber || character == "-" || character == "_" else {
        throw .pattern(pattern)
      }
      literal.append(character)
      text = text.dropFirst()
    }
    guard let end = ClientIDForm.classEnd(text) else { throw .pattern(pattern) }
    let members = ClientIDForm.members(text[text.index(after: text.startIndex)..<end])
    guard let count = ClientIDForm.count(text[text.index(after: end)...]), let alphabet = ClientIDForm.alphabet(members)
    else { throw .pattern(pattern) }
    self.literal = literal
    self.alphabet = alphabet
    allowed = members
    maximumLength = min(length, literal.utf8.count + (count.most ?? length))
    exactLength = count.least == count.most ? literal.utf8.count + count.least : nil
    guard maximumLength > literal.utf8.count + 8 else { throw .tooShort(length: length) }
  }

  /// Makes ids for an instance of this host.
  /// - Parameters:
  ///   - instance: the name of the instance and market; must differ from that of every other that trades on the same
  ///     accounts. One that does not fit is replaced by its hash.
  ///   - broker: a mark that the venue wants in front; left out where it does not fit.
  ///   - start: the first counter; the journal's counter counts when it is higher.
  public func ids(instance: String, broker: String = "", start: UInt64 = 0) throws(Fault) -> ClientOrderIDs {
    let prefix = literal + (broker.utf8.allSatisfy(allowed.contains) ? broker : "")
    var width = alphabet == .decimal ? 15 : alphabet == .hex ? 12 : alphabet == .base36 ? 10 : 9
    let room = maximumLength - prefix.utf8.count
    // Short ids have short counters; 30 bits are ten thousand orders a day for three centuries.
    if room < width + 4 { width = max(5, room - 4) }
    let name = fitted(instance, room: room - width)
    if let exactLength { width = exactLength - prefix.utf8.count - name.utf8.count }
    do throws(ClientOrderIDs.Fault) {
      return try ClientOrderIDs(
        prefix: prefix, instance: name, start: start, alphabet: alphabet, maximumLength: maximumLength,
        counterWidth: width)
    } catch {
      throw .identifiers(error)
    }
  }

  /// The name, or a hash of it in the alphabet's characters. Decimal ones never begin with 0: venues drop leading
  /// zeros of numbers.
  private func fitted(_ name: String, room: Int) -> String {
    let digits = Array(alphabet.rawValue.utf8)
    let isPlain = name.utf8.allSatisfy(digits.contains) && name.utf8.count <= min(room, 12) && !name.isEmpty
    if isPlain, alphabet != .decimal || name.first != "0" { return name }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var text: [UInt8] = []
    for index in 0..<max(1, min(room, alphabet == .decimal ? 9 : 6)) {
      let isFirst = index == 0 && alphabet == .decimal
      let base = UInt64(digits.count) - (isFirst ? 1 : 0)
      text.append(digits[Int(hash % base) + (isFirst ? 1 : 0)])
      hash /= base
    }
    return String(decoding: text, as: UTF8.self)
  }

  // MARK: Reading the pattern

  /// The bracket that closes the class at the start of the text.
  private static func classEnd(_ text: Substring) -> Substring.Index? {
    guard text.first == "[" else { return nil }
    var isEscaped = false
    for index in text.indices.dropFirst() {
      if isEscaped { isEscaped = false; continue }
      if text[index] == "\\" { isEscaped = true; continue }
      if text[index] == "]" { return index }
    }
    return nil
  }

  private static func members(_ text: Substring) -> Set<UInt8> {
    var members: Set<UInt8> = []
    var bytes: [(byte: UInt8, isEscaped: Bool)] = []
    var isEscaped = false
    for byte in text.utf8 {
      if !isEscaped, byte == UInt8(ascii: "\\") { isEscaped = true; continue }
      bytes.append((byte, isEscaped))
      isEscaped = false
    }
    var index = 0
    while index < bytes.count {
      let (byte, _) = bytes[index]
      if index + 2 < bytes.count, bytes[index + 1].byte == UInt8(ascii: "-"), !bytes[index + 1].isEscaped,
        byte <= bytes[index + 2].byte
      {
        members.formUnion(byte...bytes[index + 2].byte)
        index += 3
      } else {
        members.insert(byte)
        index += 1
      }
    }
    return members
  }

  private static func count(_ text: Substring) -> (least: Int, most: Int?)? {
    if text == "+" { return (1, nil) }
    guard text.first == "{", text.last == "}" else { return nil }
    let parts = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
    guard let least = parts.first.flatMap({ Int($0) }), least >= 0 else { return nil }
    if parts.count == 1 { return (least, least) }
    guard parts.count == 2 else { return nil }
    if parts[1].isEmpty { return (least, nil) }
    guard let most = Int(parts[1]), most >= least else { return nil }
    return (least, most)
  }

  /// The widest alphabet whose characters are all members.
  private static func alphabet(_ members: Set<UInt8>) -> ClientOrderIDs.Alphabet? {
    let all: [ClientOrderIDs.Alphabet] = [.base62, .base36, .hex, .decimal]
    return all.first { $0.rawValue.utf8.allSatisfy(members.contains) }
  }
}
