import Foundation
import Testing

/// Signatures over the bytes that leave, checked by programs of others that share nothing with this code.
struct VerifierTests {
  @Test(
    .enabled(
      if: SeparateVerifier.isInstalled,
      "the separate verifier is not installed, so NO signature was checked by it; run Tests/Verifier/setup.sh"))
  func othersAcceptWhatLeaves() throws {
    let cases = try SharedSecretCases().all() + ChainCases().all() + LedgerCases().all() + MessageCases().all()
    let folder = try TemporaryFolder()
    let path = folder.path + "/sent"
    try Data(cases.flatMap { $0.line + [10] }).write(to: URL(filePath: path))
    let verdict = try SeparateVerifier.verify(path)
    // For each case: it holds, and does not with a bit of the text or of the signature turned.
    #expect(verdict.lines == cases.map { "\($0.scheme): holds, and not when changed" })
    #expect(verdict.status == 0)
  }

  /// The verifier itself would notice: a case that claims another signer is refused.
  @Test(
    .enabled(if: SeparateVerifier.isInstalled, "the separate verifier is not installed; run Tests/Verifier/setup.sh"))
  func theVerifierRefusesAnotherSigner() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/sent"
    let cases = try SharedSecretCases().all() + ChainCases().all() + LedgerCases().all() + MessageCases().all()
    var text = Data()
    for sent in cases {
      var line = try #require(JSONSerialization.jsonObject(with: sent.line) as? [String: Any])
      let known = try #require(line["known"] as? [String: String])
      line["known"] = known.merging(Self.others) { $1 }
      text += try JSONSerialization.data(withJSONObject: line) + [10]
    }
    try text.write(to: URL(filePath: path))
    let verdict = try SeparateVerifier.verify(path)
    #expect(verdict.lines == cases.map { "\($0.scheme): does not hold" })
    #expect(verdict.status == 1)
  }

  /// Keys of nobody here; what is not about the signer stays as it is.
  private static let others = [
    "shared_secret": "00", "ed25519": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "p256": "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296", "rsa": otherRSA,
    "secp256k1": "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "address": "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
  ]

  private static let otherRSA =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDIvW9AsqFSKfqRQ8hi1Fn1sjYdv5ULw/ovvRxo9XYx8R4kTWsCT+YQ7jI9Mmjg0lTC6OL0mj"
      + "S9UoGXpzrjfFzZNobI/OO/COg+U6xqpsgYYEueyq5gyYqAOC/j2rFsFHdRDgIO5R76orpgYx49W+tOu4IulSAsEsPBW9h1esfu0QIDAQAB"
}
