import COpenSSL
import WebSocket

/// The server's side of one TLS connection, without the socket: bytes of the wire go in and come out, and so do those
/// of the application. Nothing in it blocks; what waits is bounded by its owner.
package final class TLSSession {
  private let session: OpaquePointer
  /// What came from the wire, and what is to go there. The session frees them.
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  private var buffer = [UInt8](repeating: 0, count: 16 << 10)
  package private(set) var isOpen = false

  init(_ context: OpaquePointer) throws(TLSFailure) {
    guard let session = SSL_new(context), let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem())
    else { throw TLSFailure("making a session") }
    self.session = session
    self.incoming = incoming
    self.outgoing = outgoing
    SSL_set0_rbio(session, incoming)
    SSL_set0_wbio(session, outgoing)
    SSL_set_accept_state(session)
  }

  deinit { SSL_free(session) }

  /// Takes bytes from the wire and hands on what they hold; `false` when the session is over.
  package func receive(_ bytes: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Void) -> Bool {
    guard BIO_write(incoming, bytes.baseAddress, Int32(bytes.count)) == Int32(bytes.count) else { return false }
    if !isOpen {
      ERR_clear_error()
      let status = SSL_do_handshake(session)
      guard status == 1 else { return wantsMore(status) }
      isOpen = true
    }
    while true {
      ERR_clear_error()
      let count = SSL_read(session, &buffer, Int32(buffer.count))
      guard count > 0 else { return wantsMore(count) }
      buffer.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<Int(count)])) }
    }
  }

  private func wantsMore(_ status: Int32) -> Bool {
    let reason = SSL_get_error(session, status)
    return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE
  }

  /// Encrypts `plain`, once the handshake is over; `false` when the session is over.
  package func encrypt(_ plain: UnsafeRawBufferPointer) -> Bool {
    ERR_clear_error()
    return plain.isEmpty || SSL_write(session, plain.baseAddress, Int32(plain.count)) == Int32(plain.count)
  }

  /// Reports the peer that nothing more comes.
  func close() {
    ERR_clear_error()
    if isOpen { SSL_shutdown(session) }
    ERR_clear_error()
  }

  /// Moves what is to go to the wire behind `wire`.
  package func drain(into wire: inout ByteQueue) {
    while true {
      let count = wire.write(atLeast: 16 << 10) { room in
        Int(BIO_read(outgoing, room.baseAddress, Int32(clamping: room.count)))
      }
      guard count > 0 else { return }
    }
  }
}
