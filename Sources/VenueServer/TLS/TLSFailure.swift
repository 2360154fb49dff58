import COpenSSL

/// A call of OpenSSL that failed.
public struct TLSFailure: Error, CustomStringConvertible {
  /// What was to be done, and OpenSSL's reason.
  public let description: String

  init(_ what: String) {
    let code = ERR_get_error()
    let reason = code == 0 ? "no reason given" : ERR_reason_error_string(code).map { String(cString: $0) } ?? "\(code)"
    ERR_clear_error()
    description = "TLS: \(what) failed: \(reason)"
  }
}
