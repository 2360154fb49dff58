/// Makes client order ids: literal prefix, instance, counter. Deterministic given its inputs.
///
/// No id comes twice, over restarts and instances, when instances that trade on one account have different names and
/// the counter never starts below where it stood (the host persists it, or starts it from its clock). Proof: all ids
/// of one venue have the same prefix and counter width, so equal ids have instance names of equal length, hence the
/// same instance, hence the same counter.
///
/// On venues whose ids are integers use the `decimal` alphabet and an instance name that does not begin with 0: a venue
/// drops leading zeros.
public struct ClientOrderIDs: Sendable {
  /// The digits that a counter is written in, in order of their value.
  public enum Alphabet: String, Sendable {
    case decimal = "0123456789"
    case hex = "0123456789abcdef"
    /// For venues that ignore case.
    case base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
    case base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  }

  public enum Fault: Error, Equatable, Sendable {
    /// The instance's name has a character that is not in the alphabet.
    case instanceOutsideAlphabet(String)
    /// The prefix is not printable ASCII.
    case prefixNotASCII(String)
    /// Prefix, instance and counter are longer than the venue allows.
    case tooLong(length: Int, limit: Int)
    /// The width of the counter is not positive.
    case noCounter
    /// Every counter of this width was used.
    case exhausted
  }

  private let head: [UInt8]
  private let digits: [UInt8]
  private let width: Int
  /// The counter of the next id; to be persisted by the host.
  public private(set) var counter: UInt64

  /// - Parameters:
  ///   - prefix: literal text in front, such as a broker's mark or `0x`; may use characters outside the alphabet.
  ///   - instance: the name of this host instance, in the alphabet's characters; may be empty when there is only one.
  ///   - start: the first counter.
  ///   - alphabet: what the venue accepts.
  ///   - maximumLength: of the whole id, as the venue states it.
  ///   - counterWidth: digits of the counter; `nil` for enough to count to 2^48.
  public init(
    prefix: String = "", instance: String, start: UInt64, alphabet: Alphabet, maximumLength: Int,
    counterWidth: Int? = nil
  ) throws(Fault) {
    digits = Array(alphabet.rawValue.utf8)
    guard prefix.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .prefixNotASCII(prefix) }
    for byte in instance.utf8 where !digits.contains(byte) { throw .instanceOutsideAlphabet(instance) }
    width = counterWidth ?? Self.width(of: 1 << 48, base: UInt64(digits.count))
    guard width > 0 else { throw .noCounter }
    head = Array(prefix.utf8) + Array(instance.utf8)
    guard head.count + width <= maximumLength else { throw .tooLong(length: head.count + width, limit: maximumLength) }
    counter = start
  }

  /// The next id.
  /// - Throws: `exhausted` rather than repeat one.
  public mutating func next() throws(Fault) -> String {
    var text = head + [UInt8](repeating: digits[0], count: width)
    var left = counter
    let base = UInt64(digits.count)
    for index in stride(from: text.count - 1, through: head.count, by: -1) {
      text[index] = digits[Int(left % base)]
      left /= base
    }
    guard left == 0, counter < .max else { throw .exhausted }
    counter += 1
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether an id was made by this instance, here or before a restart: its prefix and instance name fit.
  public func isOwn(_ id: String) -> Bool {
    let text = Array(id.utf8)
    guard text.count == head.count + width, text.starts(with: head) else { return false }
    return text.dropFirst(head.count).allSatisfy(digits.contains)
  }

  /// The counter of an id that this instance made, here or before a restart; `nil` for any other.
  public func counter(of id: String) -> UInt64? {
    guard isOwn(id) else { return nil }
    var counter: UInt64 = 0
    let base = UInt64(digits.count)
    for byte in id.utf8.dropFirst(head.count) {
      guard let digit = digits.firstIndex(of: byte) else { return nil }
      let (product, isOver) = counter.multipliedReportingOverflow(by: base)
      let (sum, isOverToo) = product.addingReportingOverflow(UInt64(digit))
      if isOver || isOverToo { return nil }
      counter = sum
    }
    return counter
  }

  /// Goes on behind a counter, unless it is behind it already.
  public mutating func advance(past used: UInt64) {
    if used < .max { counter = max(counter, used + 1) }
  }

  private static func width(of limit: UInt64, base: UInt64) -> Int {
    var (width, left) = (0, limit - 1)
    while left > 0 { width += 1; left /= base }
    return width
  }
}
