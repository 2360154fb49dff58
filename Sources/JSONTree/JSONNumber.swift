/// The exact value of a JSON number's text: sign, digits without leading and trailing zeros, and the power of ten of
/// the last digit. Made for comparing; cost is linear in the text.
struct JSONNumber: Equatable {
  let isNegative: Bool
  let digits: [UInt8]
  let exponent: Int

  /// Nil when the text is not a number or its exponent does not fit.
  init?(_ text: String) {
    var bytes = text.utf8[...]
    var negative = false
    if bytes.first == UInt8(ascii: "-") {
      negative = true
      bytes = bytes.dropFirst()
    }
    var digits: [UInt8] = []
    var exponent = 0
    var afterPoint = false
    while let byte = bytes.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
      bytes = bytes.dropFirst()
      if byte == UInt8(ascii: "."), !afterPoint {
        afterPoint = true
        continue
      }
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      digits.append(byte - UInt8(ascii: "0"))
      if afterPoint { exponent -= 1 }
    }
    guard !digits.isEmpty else { return nil }
    if !bytes.isEmpty {
      guard let written = Int(Substring(bytes.dropFirst())) else { return nil }
      let (sum, overflow) = exponent.addingReportingOverflow(written)
      // Half the range is left so that sums and differences of two exponents cannot overflow.
      guard !overflow, sum.magnitude < UInt(Int.max / 4) else { return nil }
      exponent = sum
    }
    while digits.last == 0 {
      digits.removeLast()
      exponent += 1
    }
    self.digits = Array(digits.drop { $0 == 0 })
    self.exponent = self.digits.isEmpty ? 0 : exponent
    self.isNegative = negative && !self.digits.isEmpty
  }
}
