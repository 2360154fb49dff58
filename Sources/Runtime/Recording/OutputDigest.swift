import COpenSSL
import CPatchbay

/// SHA-256 over everything an instance gives back: the status of each call behind the records that were emitted in it.
/// Two runs are the same when their digests are.
struct OutputDigest: ~Copyable {
  private let context: OpaquePointer?

  init() {
    context = EVP_MD_CTX_new()
    EVP_DigestInit_ex(context, EVP_sha256(), nil)
  }

  deinit { EVP_MD_CTX_free(context) }

  func add(_ record: UnsafePointer<pb_rec>) { EVP_DigestUpdate(context, record, Int(record.pointee.size)) }

  func add(_ status: pb_status) {
    withUnsafeBytes(of: status.littleEndian) { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
  }

  /// 64 hexadecimal digits. Nothing can be added afterwards.
  func finish() -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &bytes, nil)
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
