import CHost

/// Where the values of a request's programs stand while they are computed: one behind the other, so that joining them
/// is nothing, in memory that is kept from request to request and wiped behind each. Bounded in number, and each value
/// in bytes.
///
/// One belongs to one guard, on its lane.
final class SealMemory {
  /// What is known of a value beside its bytes.
  struct Value {
    fileprivate(set) var start = 0
    /// It depends on a secret.
    var isHidden: Bool
    /// Several values stand in it one behind the other, as they were.
    var isJoined = false

    init(isHidden: Bool = false) { self.isHidden = isHidden }
  }

  private static let usual = 4096
  /// What a rare request made it grow to is not kept beyond this.
  private static let kept = 1 << 16
  @exclusivity(unchecked) private var bytes = UnsafeMutableRawPointer.allocate(byteCount: usual, alignment: 16)
  @exclusivity(unchecked) private var capacity = usual
  @exclusivity(unchecked) private var used = 0
  /// How far it was used since it was wiped.
  @exclusivity(unchecked) private var highest = 0
  private let values = UnsafeMutablePointer<Value>.allocate(capacity: SealLimits.stack)
  @exclusivity(unchecked) private(set) var count = 0

  deinit {
    wipe()
    bytes.deallocate()
    values.deallocate()
  }

  /// Another program begins.
  func removeAll() { (used, count) = (0, 0) }

  /// Overwrites all that stood in it.
  func wipe() {
    removeAll()
    chost_wipe(bytes, highest)
    highest = 0
    guard capacity > Self.kept else { return }
    bytes.deallocate()
    (bytes, capacity) = (.allocate(byteCount: Self.usual, alignment: 16), Self.usual)
  }

  // MARK: Values

  /// The bytes of the value that was pushed last; valid until something is pushed.
  var top: UnsafeRawBufferPointer {
    count == 0 ? UnsafeRawBufferPointer(start: nil, count: 0) : bytes(at: count - 1)
  }

  /// The bytes of a value by its place, the first pushed being 0.
  func bytes(at place: Int) -> UnsafeRawBufferPointer {
    let start = values[place].start
    let end = place + 1 < count ? values[place + 1].start : used
    return UnsafeRawBufferPointer(start: bytes + start, count: end - start)
  }

  func value(at place: Int) -> Value { values[place] }

  /// - Throws: `stackOverflow`, or `tooLarge` for more than `SealLimits.bytes`.
  func push(_ source: UnsafeRawBufferPointer, _ value: Value = Value()) throws(SealFault) {
    let room = try push(room: source.count, value)
    if let base = source.baseAddress { room.copyMemory(from: base, byteCount: source.count) }
  }

  func push(_ source: [UInt8], _ value: Value = Value()) throws(SealFault) {
    let room = try push(room: source.count, value)
    source.withUnsafeBytes { if let base = $0.baseAddress { room.copyMemory(from: base, byteCount: $0.count) } }
  }

  /// In decimal digits.
  func push(_ number: some FixedWidthInteger) throws(SealFault) {
    var (rest, count) = (number.magnitude, number < 0 ? 1 : 0)
    repeat {
      count += 1
      rest /= 10
    } while rest > 0
    let room = try push(room: count, Value()).assumingMemoryBound(to: UInt8.self)
    rest = number.magnitude
    for place in stride(from: count - 1, through: number < 0 ? 1 : 0, by: -1) {
      room[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    if number < 0 { room[0] = UInt8(ascii: "-") }
  }

  /// A value of so many bytes, which the caller writes.
  private func push(room size: Int, _ value: Value) throws(SealFault) -> UnsafeMutableRawPointer {
    guard count < SealLimits.stack else { throw .stackOverflow }
    guard size <= SealLimits.bytes else { throw .tooLarge(limit: SealLimits.bytes) }
    reserve(size)
    var own = value
    own.start = used
    values[count] = own
    count += 1
    used += size
    highest = max(highest, used)
    return bytes + own.start
  }

  /// Takes the last value away. Its bytes stay as they are until something is pushed.
  /// - Parameter operation: whose value it is, for the fault.
  @discardableResult
  func pop(_ operation: String) throws(SealFault) -> Value {
    guard count > 0 else { throw .stackUnderflow(operation: operation) }
    count -= 1
    used = values[count].start
    return values[count]
  }

  /// Makes one value of the last ones, which stand one behind the other already.
  func join(_ number: Int, _ operation: String) throws(SealFault) {
    guard count >= number else { throw .stackUnderflow(operation: operation) }
    let first = count - number
    guard used - values[first].start <= SealLimits.bytes else { throw .tooLarge(limit: SealLimits.bytes) }
    for place in first..<count where values[place].isHidden { values[first].isHidden = true }
    values[first].isJoined = true
    count = first + 1
  }

  /// Writes the last value in hexadecimal digits, where it stands.
  func writeTopInHex(isUpper: Bool) throws(SealFault) {
    let size = top.count
    guard size * 2 <= SealLimits.bytes else { throw .tooLarge(limit: SealLimits.bytes) }
    reserve(size)
    let room = (bytes + values[count - 1].start).assumingMemoryBound(to: UInt8.self)
    let ten = UInt8(ascii: isUpper ? "A" : "a") - 10
    // From behind: each digit is written where nothing is left to read.
    for place in stride(from: size - 1, through: 0, by: -1) {
      let (high, low) = (room[place] >> 4, room[place] & 15)
      room[2 * place] = high + (high < 10 ? UInt8(ascii: "0") : ten)
      room[2 * place + 1] = low + (low < 10 ? UInt8(ascii: "0") : ten)
    }
    used += size
    highest = max(highest, used)
    values[count - 1].isJoined = false
  }

  private func reserve(_ size: Int) {
    guard used + size > capacity else { return }
    let wider = max(used + size, capacity * 2)
    let new = UnsafeMutableRawPointer.allocate(byteCount: wider, alignment: 16)
    new.copyMemory(from: bytes, byteCount: used)
    chost_wipe(bytes, highest)
    bytes.deallocate()
    (bytes, capacity, highest) = (new, wider, used)
  }
}
