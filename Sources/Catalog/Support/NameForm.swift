/// The forms that names in registries, manifests and configs must have.
enum NameForm {
  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func isLower(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7a }

  private static func isDigits(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isDigit) }

  /// Whether a text that is not empty has only lower-case letters, digits and the extra characters.
  private static func isLower(_ text: some StringProtocol, orIn extra: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { isLower($0) || isDigit($0) || extra.utf8.contains($0) }
  }

  private static func split(_ text: some StringProtocol, _ separator: Character) -> [Substring] {
    Substring(text).split(separator: separator, omittingEmptySubsequences: false)
  }

  /// A connector's or exchange's id: lower case, digits and `_`, a letter first, at most 48.
  static func isIdentifier(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLower(first), text.utf8.count <= 48 else { return false }
    return isLower(text, orIn: "_")
  }

  /// A library's file name: no folder in it.
  static func isLibrary(_ text: String) -> Bool {
    text.hasSuffix(".so") && text.utf8.count > 3 && text.utf8.count <= 128 && !text.hasPrefix(".")
      && isLower(text.lowercased(), orIn: "_-.+")
  }

  /// `1.2.3`, with an optional `-suffix`.
  static func isVersion(_ text: String) -> Bool {
    let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = halves.first else { return false }
    let numbers = split(first, ".")
    return numbers.count == 3 && numbers.allSatisfy { isDigits($0) && $0.utf8.count <= 9 }
      && (halves.count == 1 || isLower(halves[1].lowercased(), orIn: ".-"))
  }

  /// `host:port`; `*.` in front stands for any name below it, for venues that hand out hosts.
  static func isHost(_ text: String) -> Bool {
    let parts = split(text.hasPrefix("*.") ? text.dropFirst(2) : text[...], ":")
    guard parts.count == 2, isDigits(parts[1]), parts[1].first != "0", UInt16(parts[1]) != nil else { return false }
    let labels = split(parts[0], ".")
    return parts[0].utf8.count <= 253 && (labels.count > 1 || parts[0] == "localhost")
      && labels.allSatisfy { isLower($0, orIn: "-") && $0.first != "-" }
  }

  /// An extension of the contract: `patchbay.perp/1`.
  static func isExtension(_ text: String) -> Bool {
    let parts = split(text, "/")
    return parts.count == 2 && isLower(parts[0], orIn: "._-") && isDigits(parts[1]) && UInt16(parts[1]) != nil
  }

  /// 64 hexadecimal digits in lower case.
  static func isSHA256(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { isDigit($0) || ($0 >= 0x61 && $0 <= 0x66) }
  }

  /// `BASE-QUOTE`.
  static func isPair(_ text: String) -> Bool {
    let parts = split(text, "-")
    let forbidden = "/:\"\\".utf8
    return parts.count == 2 && text.utf8.count <= 64
      && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !forbidden.contains($0) } }
  }

  /// A plain decimal number above zero, without sign or exponent.
  static func isPositiveDecimal(_ text: String) -> Bool {
    let parts = split(text, ".")
    return parts.count <= 2 && text.utf8.count <= 40 && parts.allSatisfy(isDigits)
      && (parts[0] == "0" || parts[0].first != "0") && text.utf8.contains { $0 >= 0x31 && $0 <= 0x39 }
  }

  /// `2026`, `2026-01` or `2026-01-31`.
  static func isDate(_ text: String) -> Bool {
    let parts = split(text, "-")
    guard parts.count <= 3, zip(parts, [4, 2, 2]).allSatisfy({ isDigits($0) && $0.utf8.count == $1 }) else {
      return false
    }
    let numbers = parts.compactMap { Int($0) }
    return (numbers.count < 2 || (1...12).contains(numbers[1])) && (numbers.count < 3 || (1...31).contains(numbers[2]))
  }
}
