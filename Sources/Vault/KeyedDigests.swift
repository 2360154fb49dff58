import COpenSSL
import Synchronization

/// HMAC contexts that have taken in an account's keys already, so that a signature hashes its message and nothing else.
/// One at a time uses a context, under the lock.
/// Holds the last few keys; safe to use from several threads.
final class KeyedDigests: Sendable {
  private struct Entry {
    let digest: Digest
    let key: SecretBytes
    let context: OpaquePointer
  }

  private struct Entries: ~Copyable {
    var all: [Entry] = []
    deinit { for entry in all { EVP_MAC_CTX_free(entry.context) } }
  }

  private static let limit = 4
  private let entries = Mutex(Entries())

  /// The HMAC of a message; nil when the crypto library refuses.
  func hmac(_ message: [UInt8], key: [UInt8], _ digest: Digest) -> [UInt8]? {
    entries.withLock { entries in
      if let known = entries.all.first(where: { $0.digest == digest && Self.isSame($0.key, key) }) {
        return Self.finish(known.context, message)
      }
      guard let stored = SecretBytes(key), let context = Self.prepare(key, digest) else { return nil }
      if entries.all.count == Self.limit { EVP_MAC_CTX_free(entries.all.removeFirst().context) }
      entries.all.append(Entry(digest: digest, key: stored, context: context))
      return Self.finish(context, message)
    }
  }

  private static func isSame(_ stored: SecretBytes, _ key: [UInt8]) -> Bool {
    stored.count == key.count
      && stored.withBytes { stored in
        key.withUnsafeBytes { CRYPTO_memcmp(stored.baseAddress, $0.baseAddress, key.count) == 0 }
      }
  }

  private static func prepare(_ key: [UInt8], _ digest: Digest) -> OpaquePointer? {
    guard let mac = EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
    defer { EVP_MAC_free(mac) }
    guard let context = EVP_MAC_CTX_new(mac) else { return nil }
    var name = Array(digest.rawValue.utf8CString)
    let isReady = name.withUnsafeMutableBufferPointer { name in
      var parameters = [
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.baseAddress, 0), OSSL_PARAM_construct_end(),
      ]
      // An empty key must still be told from "the key as before".
      return key.isEmpty
        ? EVP_MAC_init(context, [0], 0, &parameters) == 1 : EVP_MAC_init(context, key, key.count, &parameters) == 1
    }
    if isReady { return context }
    EVP_MAC_CTX_free(context)
    return nil
  }

  /// Begins anew with the key that the context has, which costs neither memory nor a look at the key.
  private static func finish(_ context: OpaquePointer, _ message: [UInt8]) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: EVP_MAC_CTX_get_mac_size(context))
    var count = 0
    guard EVP_MAC_init(context, nil, 0, nil) == 1, EVP_MAC_update(context, message, message.count) == 1,
      EVP_MAC_final(context, &output, &count, output.count) == 1, count == output.count
    else { return nil }
    return output
  }
}
