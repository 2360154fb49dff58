import COpenSSL

/// A wallet's words with the way to one of its keys, as they are kept:
///
///     twelve to twenty-four words of BIP-39's English list m/44'/60'/0'/0/0
///     the passphrase, if the wallet has one
///
/// The second line may be missing. The path may not: wallets differ in theirs, and a guess would give another account.
enum Mnemonic {
  /// Why it is none. The words themselves are not given.
  struct Fault: Error, Equatable {
    let reason: String
  }

  /// The key that text names. Cost: 2048 rounds of HMAC-SHA-512, some milliseconds.
  static func key(_ text: [UInt8]) throws(Fault) -> SigningKey {
    let lines = text.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
    // Parts of the text, not copies: whoever lent it wipes it.
    var words = (lines.first ?? []).split { $0 == 0x20 || $0 == 9 || $0 == 13 }
    let path: DerivationPath
    if let last = words.last, last.first == UInt8(ascii: "m"), last.count == 1 || last.contains(UInt8(ascii: "/")) {
      words.removeLast()
      path = try DerivationPath(last)
    } else {
      throw Fault(reason: "it does not end with a derivation path; put one behind the words, such as m/44'/60'/0'/0/0")
    }
    try check(words)
    var phrase = Array(lines.dropFirst().first ?? [])
    defer { phrase.wipe() }
    // Other characters would have to be normalised, and wallets differ in doing so.
    guard phrase.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw Fault(reason: "its passphrase has a character that is not printable ASCII")
    }
    var seed = try stretch(words, phrase)
    defer { seed.wipe() }
    return try path.key(seed: seed)
  }

  /// BIP-39: eleven bits a word; the last of them are the first of SHA-256 over the others.
  private static func check(_ words: [ArraySlice<UInt8>]) throws(Fault) {
    guard [12, 15, 18, 21, 24].contains(words.count) else {
      throw Fault(reason: "it has \(words.count) words; a mnemonic has 12, 15, 18, 21 or 24")
    }
    var bits: [UInt8] = []
    bits.reserveCapacity(words.count * 11)
    defer { bits.wipe() }
    for (index, word) in words.enumerated() {
      guard let place = MnemonicWords.place(of: word) else {
        throw Fault(reason: "word \(index + 1) is not in BIP-39's English list (in lower case)")
      }
      for shift in (0..<11).reversed() { bits.append(UInt8(place >> shift & 1)) }
    }
    let checked = bits.count / 33
    var entropy = (0..<(bits.count - checked) / 8).map { byte in
      bits[byte * 8..<byte * 8 + 8].reduce(0) { $0 << 1 | $1 }
    }
    defer { entropy.wipe() }
    let sum = Digest.sha256(entropy)?.first ?? 0
    guard (0..<checked).allSatisfy({ bits[bits.count - checked + $0] == sum >> UInt8(7 - $0) & 1 }) else {
      throw Fault(reason: "its checksum does not fit; a word is wrong, missing or out of order")
    }
  }

  /// BIP-39's seed: PBKDF2 with HMAC-SHA-512, 2048 rounds, 64 bytes.
  private static func stretch(_ words: [ArraySlice<UInt8>], _ phrase: [UInt8]) throws(Fault) -> [UInt8] {
    var sentence: [UInt8] = []
    sentence.reserveCapacity(words.reduce(0) { $0 + $1.count + 1 })
    defer { sentence.wipe() }
    for word in words {
      if !sentence.isEmpty { sentence.append(0x20) }
      sentence += word
    }
    var salt = Array("mnemonic".utf8) + phrase
    defer { salt.wipe() }
    var seed = [UInt8](repeating: 0, count: 64)
    let isDone = sentence.withUnsafeBytes { password in
      PKCS5_PBKDF2_HMAC(
        password.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(password.count), salt, Int32(salt.count), 2048,
        EVP_sha512(), Int32(seed.count), &seed) == 1
    }
    guard isDone else { throw Fault(reason: "the crypto library could not stretch it") }
    return seed
  }
}
