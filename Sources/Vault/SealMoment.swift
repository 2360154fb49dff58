import CPatchbay

/// The times, nonces and random values of one request: each is taken from the clock when it is first needed and stays
/// the same for the rest of the request, so that header and signed text agree.
struct SealMoment {
  private let clock: any SealClock
  private var taken: Int64?
  private var nonces: [NonceUnit: Int64] = [:]
  private var count: UInt64?
  private var randomBytes: [UInt8]?
  private var uuidBytes: [UInt8]?

  init(_ clock: any SealClock) { self.clock = clock }

  mutating func time(offset: Int64) -> Int64 {
    let time = taken ?? clock.venueTime()
    taken = time
    return time &+ offset
  }

  mutating func nonce(_ unit: NonceUnit) -> Int64 {
    let nonce = nonces[unit] ?? clock.nonce(unit)
    nonces[unit] = nonce
    return nonce
  }

  mutating func counter() -> UInt64 {
    let counter = count ?? clock.counter()
    count = counter
    return counter
  }

  /// Digits of base 10 or 16; the first `digits` of the same 64 in each use. A decimal number does not begin with 0.
  mutating func random(digits: Int, base: UInt8) -> [UInt8] {
    let bytes = randomBytes ?? clock.random(64)
    randomBytes = bytes
    return bytes.prefix(digits).enumerated().map { index, byte in
      let digit = base == 10 && index == 0 ? byte % 9 + 1 : byte % base
      return digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a")
    }
  }

  /// RFC 9562 version 4, lower case with dashes.
  mutating func uuid() -> [UInt8] {
    var bytes = uuidBytes ?? clock.random(16)
    uuidBytes = bytes
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      text += Encoding.hex([byte])
    }
    return text
  }
}

/// Times as text.
enum TimeText {
  /// `form` is a `PB_ISO_`; nil when it is none.
  static func iso(_ nanoseconds: Int64, form: Int) -> String? {
    let seconds = floorDivide(nanoseconds, 1_000_000_000)
    let fraction = nanoseconds - seconds * 1_000_000_000
    let day = floorDivide(seconds, 86_400)
    let second = seconds - day * 86_400
    let (year, month, date) = civil(day)
    let text = "\(pad(year, 4))-\(pad(month, 2))-\(pad(date, 2))T"
      + "\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2))"
    switch form {
    case PB_ISO_MS: return text + ".\(pad(fraction / 1_000_000, 3))Z"
    case PB_ISO_US: return text + ".\(pad(fraction / 1000, 6))Z"
    case PB_ISO_S: return text
    default: return nil
    }
  }

  static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  /// Year, month and day of a day since 1970-01-01 in the proleptic Gregorian calendar, by whole cycles of 400 years.
  private static func civil(_ day: Int64) -> (Int64, Int64, Int64) {
    let shifted = day + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
