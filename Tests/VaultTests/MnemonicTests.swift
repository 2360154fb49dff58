import Testing

@testable import Vault

/// BIP-39 and BIP-32. Addresses and public keys come from the standards, or from other wallets' code.
struct MnemonicTests {
  static let abandon = String(repeating: "abandon ", count: 11) + "about"

  private func key(_ text: String) throws -> SigningKey { try Mnemonic.key(Array(text.utf8)) }

  private func address(_ text: String, _ form: ChainAddress = .evm) throws -> String {
    String(decoding: try #require(form.text(of: key(text))), as: UTF8.self)
  }

  static let wallets: [(String, String)] = [
    (TestKeys.words + " m/44'/60'/0'/0/0", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    (TestKeys.words + "   m/44h/60h/0h/0/1", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    (abandon + "\tm/44'/60'/0'/0/0", "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"),
    (abandon + " m/44'/60'/0'/0/0\n", "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"),
    (abandon + " m/44'/60'/0'/0/0\r\nTREZOR", "0x9c32F71D4DB8Fb9e1A58B0a80dF79935e7256FA6"),
    (String(repeating: "zoo ", count: 23) + "vote m/44'/60'/1'/0", "0x53b2C470AE9D4F1e023bCB681A2aeB8B1C2b2246"),
  ]

  @Test(arguments: wallets) func walletsGiveTheirKeys(text: String, expected: String) throws {
    #expect(try address(text) == expected)
  }

  @Test func otherChainsTakeTheirOwnPath() throws {
    #expect(
      try address("\(Self.abandon) m/44'/118'/0'/0/0", .cosmos(prefix: "cosmos"))
        == "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4")
    #expect(try address("\(Self.abandon) m/44'/60'/0'/0/0", .xrpl) == "rfDhgNimfcqDz8MhN1tNC8Pay9rMWwDXm3")
  }

  /// BIP-32, test vectors 1 and 3 (a key that begins with a zero byte).
  @Test(arguments: [
    ("000102030405060708090a0b0c0d0e0f", "m", "0339a36013301597daef41fbe593a02cc513d0b55527ec2df1050e2e8ff49c85c2"),
    (
      "000102030405060708090a0b0c0d0e0f", "m/0'/1/2'/2/1000000000",
      "022a471424da5e657499d1ff51cb43c47481a03b1e77f951fe64cec9f5a48f7011"
    ),
    (
      "4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c6"
        + "4d2e8a1e7d1457df2e5a3c51c73235be", "m/0'",
      "026557fdda1d5d43d79611f784780471f086d58e8126b8c40acb82272a7712e7f2"
    ),
  ]) func pathsAreWalked(seed: String, path: String, expected: String) throws {
    let bytes = try #require(Encoding.unhex(Array(seed.utf8)))
    let key = try DerivationPath(Array(path.utf8)[...]).key(seed: bytes)
    #expect(try Encoding.hex(#require(key.publicKey(.compressed))) == Array(expected.utf8))
  }

  /// BIP-39's own list, by its published digest.
  @Test func theWordsAreTheStandards() throws {
    let list = MnemonicWords.all.map { $0 + "\n" }.joined()
    #expect(MnemonicWords.all.count == 2048)
    #expect(
      Digest.sha256(Array(list.utf8)).map { Encoding.hex($0) }
        == Array("2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda".utf8))
    for (place, word) in MnemonicWords.all.enumerated() {
      #expect(MnemonicWords.place(of: Array(word.utf8)[...]) == place)
    }
    for other in ["", "a", "zoos", "zzz", "Zoo", "abando"] {
      #expect(MnemonicWords.place(of: Array(other.utf8)[...]) == nil)
    }
  }

  static let mistakes: [(String, String)] = [
    (abandon, "does not end with a derivation path"), ("", "does not end with a derivation path"),
    ("m", "it has 0 words"), ("abandon about m/0", "it has 2 words"),
    (abandon + " about m/0", "it has 13 words"),
    (String(repeating: "abandon ", count: 12) + "m/0", "its checksum does not fit"),
    ("about " + String(repeating: "abandon ", count: 11) + "m/0", "its checksum does not fit"),
    ("\(abandon.replacing("about", with: "aboot")) m/0", "word 12 is not in"),
    ("\(abandon.replacing("about", with: "About")) m/0", "word 12 is not in"),
    (abandon + " m/", "step 1 of its path"), (abandon + " m/0/", "step 2 of its path"),
    (abandon + " m/0'/2147483648", "step 2 of its path"), (abandon + " m/-1", "step 1 of its path"),
    (abandon + " m/0''", "step 1 of its path"), (abandon + " m/+1", "step 1 of its path"),
    (abandon + " mm/0", "must begin with m/"), (abandon + " m/0/1/2/3/4/5/6/7/8/9/10", "at most 10 steps"),
    (abandon + " m/0\npässword", "not printable ASCII"), (abandon + " m/0\na\nb", "not printable ASCII"),
  ]

  @Test(arguments: mistakes) func mistakesAreToldWithoutTheWords(text: String, reason: String) throws {
    let fault = #expect(throws: Mnemonic.Fault.self) { try key(text) }
    #expect(fault?.reason.contains(reason) == true, "\(fault?.reason ?? "")")
    #expect(fault?.reason.contains("abandon") == false && fault?.reason.contains("aboot") == false)
    let stored = try secret(text.isEmpty ? " " : text)
    let told = #expect(throws: KeyStoreFault.self) { try KeyForm.mnemonic.key(stored, field: "k") }
    #expect(told?.description.hasPrefix("k: this is not a mnemonic with a derivation path: ") == true)
  }
}
