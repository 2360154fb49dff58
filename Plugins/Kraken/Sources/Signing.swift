import CPatchbay
import ConnectorKit

/// Signed requests. `API-Sign` is base64 of HMAC-SHA512 over the path and the SHA-256 of nonce and body, keyed with the
/// secret's base64-decoded bytes. The nonce stands in the body as well; it is taken once per request, and requests go
/// out one at a time, so that it rises as the venue wants it. Source: Kraken API Center, "Authentication".
extension KrakenSpot {
  public func prepare(_ call: inout Call) { call.setFirst("nonce", venue.nonce) }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let digest = (SealedText(venue.nonce) + request.body).sha256
    let signature = (target + digest).hmac(.sha512, key: Seal.field("secret_key").unbase64).base64
    request.headers =
      [("API-Key", SealedText(.field("api_key"))), ("API-Sign", SealedText(signature))] + request.headers
    request.isOrdered = true
  }

  /// An endpoint for questions. One of several requests must not lose the later ones to the counter, and with them what
  /// the first cost: each may wait until an empty counter is full again.
  /// - Parameter weight: what a call adds to the account's counter ("Rate limits"). Orders have a counter of their own.
  func query(_ act: PermittedAct, weight: UInt32 = 1) -> Endpoint {
    Endpoint(act, .form, on: .calls, weight: weight, deadline: (10 + venue.tier.callsFill) * Venue.second)
  }
}
