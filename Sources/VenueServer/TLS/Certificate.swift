import COpenSSL

/// A certificate with its key (P-256), made at the start of a server and never kept.
final class Certificate {
  let key: OpaquePointer
  let certificate: OpaquePointer

  /// What a certificate says of its owner.
  struct Wish {
    var name: String
    /// `subjectAltName` as OpenSSL writes it, such as `DNS:localhost,IP:127.0.0.1`; `nil` makes an authority.
    var alternatives: String?
    /// Seconds since the epoch.
    var from: Int
    var until: Int
    var serial: Int
  }

  /// Makes a certificate that `issuer` signs; `nil` = it signs itself.
  init(_ wish: Wish, issuer: Certificate?) throws(TLSFailure) {
    guard let key = Certificate.newKey() else { throw TLSFailure("making a key") }
    guard let certificate = X509_new() else {
      EVP_PKEY_free(key)
      throw TLSFailure("making a certificate")
    }
    self.key = key
    self.certificate = certificate
    // Version 3 is written as 2.
    X509_set_version(certificate, 2)
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), wish.serial)
    ASN1_TIME_set(X509_getm_notBefore(certificate), wish.from)
    ASN1_TIME_set(X509_getm_notAfter(certificate), wish.until)
    X509_set_pubkey(certificate, key)
    let subject = X509_get_subject_name(certificate)
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, wish.name, -1, -1, 0)
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer?.certificate ?? certificate))
    try extend(wish, issuer)
    guard X509_sign(certificate, issuer?.key ?? key, EVP_sha256()) > 0 else { throw TLSFailure("signing") }
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  private static func newKey() -> OpaquePointer? {
    guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
      EVP_PKEY_generate(context, &key) == 1
    else { return nil }
    return key
  }

  /// Strict clients want the key identifiers too.
  private func extend(_ wish: Wish, _ issuer: Certificate?) throws(TLSFailure) {
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer?.certificate ?? certificate, certificate, nil, nil, 0)
    try add(NID_subject_key_identifier, "hash", &context)
    try add(NID_authority_key_identifier, "keyid:always", &context)
    if let alternatives = wish.alternatives {
      try add(NID_basic_constraints, "critical,CA:FALSE", &context)
      try add(NID_key_usage, "critical,digitalSignature", &context)
      try add(NID_ext_key_usage, "serverAuth", &context)
      try add(NID_subject_alt_name, alternatives, &context)
    } else {
      try add(NID_basic_constraints, "critical,CA:TRUE", &context)
      try add(NID_key_usage, "critical,keyCertSign,cRLSign", &context)
    }
  }

  private func add(_ extension: Int32, _ value: String, _ context: inout X509V3_CTX) throws(TLSFailure) {
    guard let made = X509V3_EXT_conf_nid(nil, &context, `extension`, value) else {
      throw TLSFailure("the extension \(value)")
    }
    defer { X509_EXTENSION_free(made) }
    guard X509_add_ext(certificate, made, -1) == 1 else { throw TLSFailure("the extension \(value)") }
  }

  /// The certificate as PEM.
  func pem() throws(TLSFailure) -> [UInt8] {
    guard let memory = BIO_new(BIO_s_mem()) else { throw TLSFailure("memory") }
    defer { BIO_free(memory) }
    guard PEM_write_bio_X509(memory, certificate) == 1 else { throw TLSFailure("writing a certificate") }
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = BIO_read(memory, &bytes, Int32(bytes.count))
    guard count > 0 else { throw TLSFailure("writing a certificate") }
    return Array(bytes[..<Int(count)])
  }
}
