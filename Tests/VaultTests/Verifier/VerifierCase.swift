import Foundation
import Vault

/// One request for the separate verifier: the scheme by which it takes the bytes apart, what left, and what a venue
/// knows of the signer.
struct VerifierCase {
  let scheme: String
  let line: Data

  /// - Parameter known: public keys and addresses; with HMACs the secret that both sides share.
  init(_ scheme: String, _ sent: ResolvedSend, _ known: [String: String]) throws {
    self.scheme = scheme
    line = try JSONSerialization.data(
      withJSONObject: ["scheme": scheme, "sent": sent.wire, "known": known], options: [.sortedKeys])
  }
}
