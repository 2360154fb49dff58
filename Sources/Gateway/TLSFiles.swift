import COpenSSL
import Glibc

/// The certificate and the key of `gateway.tls`, looked at before anything is served with them.
package enum TLSFiles {
  /// What is wrong with them, and what to do; `nil` = nothing.
  /// - Parameter wall: the time, in nanoseconds since 1970.
  package static func fault(certificate: String, key: String, wall: Int64) -> (text: String, remedy: String)? {
    guard let certificateFile = BIO_new_file(certificate, "r") else {
      return ("\(certificate) cannot be read", "name a file in PEM that the host may read")
    }
    defer { BIO_free(certificateFile) }
    guard let keyFile = BIO_new_file(key, "r") else {
      return ("\(key) cannot be read", "name a file in PEM that the host may read")
    }
    defer { BIO_free(keyFile) }
    guard let x509 = PEM_read_bio_X509(certificateFile, nil, nil, nil) else {
      return ("\(certificate) is no certificate in PEM", "it begins with -----BEGIN CERTIFICATE-----")
    }
    defer { X509_free(x509) }
    // A key that wants a password is not asked for: there is nobody to give it.
    guard let secret = PEM_read_bio_PrivateKey(keyFile, nil, { _, _, _, _ in 0 }, nil) else {
      return ("\(key) is no key in PEM, or wants a password", "it begins with -----BEGIN PRIVATE KEY-----")
    }
    defer { EVP_PKEY_free(secret) }
    guard X509_check_private_key(x509, secret) == 1 else {
      return ("\(key) is not the key of \(certificate)", "name the key that the certificate was made for")
    }
    var moment = time_t(wall / 1_000_000_000)
    if X509_cmp_time(X509_get0_notAfter(x509), &moment) < 0 {
      return ("\(certificate) has expired", "have a new one made")
    }
    if X509_cmp_time(X509_get0_notBefore(x509), &moment) > 0 {
      return ("\(certificate) does not hold yet", "look at the clock of this machine")
    }
    return nil
  }
}
