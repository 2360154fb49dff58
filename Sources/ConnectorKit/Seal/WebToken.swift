/// A JSON Web Token (RFC 7519) in the compact form: header, claims and signature in base64url.
///
///     let token = WebToken(
///       header: #"{"alg":"ES256","kid":"\#(Seal.field("key_name").jsonEscaped)"}"#,
///       claims: #"{"nbf":\#(Seal.seconds),"exp":\#(Seal.seconds.moved(by: 120_000_000_000))}"#)
///     request.headers = [("Authorization", "Bearer \(token.signed(.p256JOSE))")]
public struct WebToken: Sendable, Hashable {
  /// JSON texts, as they are signed.
  public var header: SealedText
  public var claims: SealedText

  public init(header: SealedText, claims: SealedText) {
    self.header = header
    self.claims = claims
  }

  private var unsigned: SealedText { SealedText(header.base64URL) + "." + SealedText(claims.base64URL) }

  /// With the account's signing key: ES256 is `.p256JOSE`, EdDSA `.ed25519`, RS256 `.rsaSHA256`.
  public func signed(_ scheme: Signature) -> SealedText { unsigned + "." + unsigned.signed(scheme).base64URL }

  /// With a shared secret: HS256, HS384, HS512.
  public func signed(_ hash: Hash, key: Seal) -> SealedText { unsigned + "." + unsigned.hmac(hash, key: key).base64URL }
}
