import COpenSSL
import Glibc
import VenueServer
import WebSocket

/// A client's TLS over a socket as bare as it can be, for the reference: after the handshake nothing but `SSL_write`.
/// Certificates are not looked at. Not for threads.
final class BareTLS {
  private let context: OpaquePointer
  private let session: OpaquePointer
  /// Of the other end, which keeps what the handshake agreed on.
  private let server: TLSSession

  /// Shakes hands over a connection whose two ends are in this process and do not block.
  init(_ identity: TLSIdentity, near: Int32, far: Int32) throws {
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw BenchFault.wrongBook("no TLS context") }
    guard let session = SSL_new(context) else {
      SSL_CTX_free(context)
      throw BenchFault.wrongBook("no TLS session")
    }
    (self.context, self.session) = (context, session)
    server = try identity.session(nil)
    SSL_set_fd(session, near)
    SSL_set_connect_state(session)
    var room = [UInt8](repeating: 0, count: 65536)
    var wire = ByteQueue(capacity: 65536)
    var isOver = false
    for _ in 0..<10_000 where !(isOver && server.isOpen) {
      isOver = SSL_do_handshake(session) == 1
      let count = recv(far, &room, room.count, 0)
      if count > 0 { _ = room[..<count].withUnsafeBytes { server.receive($0) { _ in } } }
      server.drain(into: &wire)
      _ = send(far, wire.bytes.baseAddress, wire.count, 0)
      wire.removeAll()
    }
    guard isOver, server.isOpen else { throw BenchFault.wrongBook("the reference could not shake hands") }
  }

  deinit {
    SSL_free(session)
    SSL_CTX_free(context)
  }

  /// Writes bytes as one record.
  func write(_ bytes: [UInt8]) { _ = SSL_write(session, bytes, Int32(bytes.count)) }
}
