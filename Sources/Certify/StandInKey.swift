import CPatchbay
import Vault

/// Private keys for accounts that have none: samples and checks do not say by whom a request is signed.
enum StandInKey {
  private static let number: [UInt8] = Array(1...32)

  /// - Parameter algorithm: `PB_ALGORITHM_`.
  static func key(_ algorithm: UInt32) -> SigningKey? {
    switch Int(algorithm) {
    case PB_ALGORITHM_ED25519: SigningKey(ed25519: number)
    case PB_ALGORITHM_P256: SigningKey(pem: p256)
    case PB_ALGORITHM_SECP256K1: SigningKey(secp256k1: number)
    default: nil
    }
  }

  /// RFC 5915: `ECPrivateKey` with version, number and the curve's name.
  static var p256: [UInt8] {
    let curve: [UInt8] = [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    let der = [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20] + number + curve
    let lines = ["BEGIN", "END"].map { "-----\($0) EC PRIVATE KEY-----\n" }
    return Array((lines[0] + String(decoding: Encoding.base64(der), as: UTF8.self) + "\n" + lines[1]).utf8)
  }
}
