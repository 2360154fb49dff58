import COpenSSL

/// Who a server says it is: an authority of its own, the right certificate, and wrong ones for faults.
package final class TLSIdentity {
  /// The authority's certificate, which clients are to trust.
  package let authority: [UInt8]
  private let right: OpaquePointer
  private var wrong: [HandshakeFlaw: OpaquePointer] = [:]

  /// - Parameter wall: nanoseconds since the epoch: certificates are good for a day before it and thirty after.
  package init(wall: Int64) throws(TLSFailure) {
    let now = Int(wall / 1_000_000_000)
    let day = 86_400
    func authority(_ name: String, _ serial: Int) throws(TLSFailure) -> Certificate {
      try Certificate(
        Certificate.Wish(name: name, alternatives: nil, from: now - 30 * day, until: now + 30 * day, serial: serial),
        issuer: nil)
    }
    let own = try authority("Local venue authority", 1)
    let stranger = try authority("Nobody's authority", 2)
    self.authority = try own.pem()
    let here = "DNS:localhost,IP:127.0.0.1"
    func context(
      _ issuer: Certificate, _ alternatives: String, until: Int, _ serial: Int
    ) throws(TLSFailure) -> OpaquePointer {
      try TLSIdentity.context(
        Certificate(
          Certificate.Wish(
            name: "localhost", alternatives: alternatives, from: now - 20 * day, until: until, serial: serial),
          issuer: issuer))
    }
    right = try context(own, here, until: now + 30 * day, 3)
    wrong[.wrongName] = try context(own, "DNS:elsewhere.test", until: now + 30 * day, 4)
    wrong[.expired] = try context(own, here, until: now - day, 5)
    wrong[.untrusted] = try context(stranger, here, until: now + 30 * day, 6)
  }

  deinit {
    SSL_CTX_free(right)
    for context in wrong.values { SSL_CTX_free(context) }
  }

  private static func context(_ certificate: Certificate) throws(TLSFailure) -> OpaquePointer {
    guard let context = SSL_CTX_new(TLS_server_method()) else { throw TLSFailure("making a context") }
    guard SSL_CTX_use_certificate(context, certificate.certificate) == 1,
      SSL_CTX_use_PrivateKey(context, certificate.key) == 1,
      SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1
    else {
      SSL_CTX_free(context)
      throw TLSFailure("taking a certificate")
    }
    return context
  }

  /// A session for a new connection.
  package func session(_ flaw: HandshakeFlaw?) throws(TLSFailure) -> TLSSession {
    try TLSSession(flaw.flatMap { wrong[$0] } ?? right)
  }
}
