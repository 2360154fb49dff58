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

  /// A keyed digest, at most 64 bytes of it, where no memory has to be asked for.
  struct Output {
    private var bytes: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
    private var count = 0

    func withBytes<Fault: Error>(_ body: (UnsafeRawBufferPointer) throws(Fault) -> Void) throws(Fault) {
      try withUnsafeBytes(of: bytes) { whole throws(Fault) in
        try body(UnsafeRawBufferPointer(rebasing: whole[..<count]))
      }
    }

    /// A digest that was made elsewhere; nil = there is none.
    init?(_ digest: [UInt8]?) {
      guard let digest, digest.count <= 64 else { return nil }
      withUnsafeMutableBytes(of: &bytes) { $0.copyBytes(from: digest) }
      count = digest.count
    }

    /// One that a function writes, which gives how many bytes there are; nil = none.
    fileprivate init?(_ write: (UnsafeMutableBufferPointer<UInt8>) -> Int?) {
      let made = withUnsafeMutableBytes(of: &bytes) { write($0.bindMemory(to: UInt8.self)) }
      guard let made, made <= 64 else { return nil }
      count = made
    }
  }

  /// Bytes that are lent for the time of a call.
  private struct Lent: @unchecked Sendable {
    let message: UnsafeRawBufferPointer
    let key: UnsafeRawBufferPointer
  }

  /// The HMAC of a message; nil when the crypto library refuses.
  func hmac(_ message: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, _ digest: Digest) -> Output? {
    let lent = Lent(message: message, key: key)
    return entries.withLock { entries in
      for known in entries.all where known.digest == digest && Self.isSame(known.key, lent.key) {
        return Self.finish(known.context, lent.message)
      }
      let bytes = Array(lent.key)
      guard let stored = SecretBytes(bytes), let context = Self.prepare(bytes, digest) else { return nil }
      if entries.all.count == Self.limit { EVP_MAC_CTX_free(entries.all.removeFirst().context) }
      entries.all.append(Entry(digest: digest, key: stored, context: context))
      return Self.finish(context, lent.message)
    }
  }

  private static func isSame(_ stored: SecretBytes, _ key: UnsafeRawBufferPointer) -> Bool {
    stored.count == key.count
      && stored.withBytes { CRYPTO_memcmp($0.baseAddress, key.baseAddress, key.count) == 0 }
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
      // An empty key must still be reported from "the key as before".
      return key.isEmpty
        ? EVP_MAC_init(context, [0], 0, &parameters) == 1 : EVP_MAC_init(context, key, key.count, &parameters) == 1
    }
    if isReady { return context }
    EVP_MAC_CTX_free(context)
    return nil
  }

  /// Begins anew with the key that the context has, which costs neither memory nor a look at the key.
  private static func finish(_ context: OpaquePointer, _ message: UnsafeRawBufferPointer) -> Output? {
    let bytes = message.bindMemory(to: UInt8.self)
    return Output { room in
      var count = 0
      guard EVP_MAC_init(context, nil, 0, nil) == 1, EVP_MAC_update(context, bytes.baseAddress, bytes.count) == 1,
        EVP_MAC_final(context, room.baseAddress, &count, room.count) == 1
      else { return nil }
      return count
    }
  }
}
