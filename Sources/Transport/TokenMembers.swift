/// Members of replies that exchanges call a token, a session or a secret. A connector whose manifest nobody vouches for
/// is not shown their values: its manifest could leave a token out of its captures.
///
/// A second line only. A token of another name is reported; without an act that may send it, it moves nothing.
enum TokenMembers {
  /// Shorter values are codes of assets and the like.
  private static let least = 16
  private static let longestName = 64
  private static let endings = [
    "token", "listenkey", "jwt", "sessionid", "sessionkey", "session", "secret", "secretkey", "privatekey", "password",
    "passphrase", "apikey", "otp", "cookie", "ticket", "bearer", "authkey", "authorization",
  ].map { Array($0.utf8) }
  /// What a list is continued by is no secret.
  private static let harmless = ["page", "next", "cursor", "previous"].map { Array($0.utf8) }

  /// Where such values stand in a JSON text, without their quotes. Cost: one pass, whatever the text is.
  static func values(in bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var index = 0
    var name: Range<Int>?
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\"") else {
        index += 1
        continue
      }
      let text = string(in: bytes, from: index + 1)
      index = text.upperBound + 1
      if let name, isToken(bytes[name]), isSecretText(bytes[text]) { found.append(text) }
      name = isName(&index, in: bytes) ? text : nil
    }
    return found
  }

  /// Whether a member or a header of this name holds a token.
  static func isToken(_ name: some Collection<UInt8>) -> Bool {
    guard name.count <= longestName else { return false }
    let letters = name.compactMap { byte -> UInt8? in
      let lower = byte | 0x20
      return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) ? lower : nil
    }
    guard endings.contains(where: { letters.suffix($0.count).elementsEqual($0) }) else { return false }
    return !harmless.contains { letters.starts(with: $0) }
  }

  /// The inside of a string that begins there.
  private static func string(in bytes: UnsafeRawBufferPointer, from start: Int) -> Range<Int> {
    var index = start
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return start..<min(index, bytes.count)
  }

  /// Whether a colon and another string follow, at which the index stands then.
  private static func isName(_ index: inout Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    var place = index
    func skip() { while place < bytes.count, bytes[place] <= 0x20 { place += 1 } }
    skip()
    guard place < bytes.count, bytes[place] == UInt8(ascii: ":") else { return false }
    place += 1
    skip()
    guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return false }
    index = place
    return true
  }

  /// Long enough, without blanks, and no address of a contract, which everybody may know.
  private static func isSecretText(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    let isAddress = text.count == 42 && text.starts(with: "0x".utf8)
    return text.count >= least && !isAddress && text.allSatisfy { $0 > 0x20 }
  }
}
