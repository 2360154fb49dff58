import CPatchbay
import ConnectorKit

/// What a call adds to the account's counter ("Rate limits"). Orders have a counter of their own, by pair; their
/// charges come with the request.
extension PermittedAct {
  var weight: UInt32 { priority != .query ? 0 : name == PermittedAct.tradesHistory.name ? 2 : 1 }
}

/// Signed requests. `API-Sign` is base64 of HMAC-SHA512 over the path and the SHA-256 of nonce and body, keyed with the
/// secret's base64-decoded bytes. The nonce stands in the body as well; it is taken once per request, and requests go
/// out one at a time, so that it rises as the venue wants it. Source: Kraken API Center, "Authentication".
extension KrakenSpot {
  /// A request whose body is a form. `fields` go behind the nonce, in order.
  func signed(_ act: PermittedAct, account: pb_id, form fields: [(name: String, value: String)] = []) -> Request {
    let rest = fields.map { "&\($0.name)=\(formEncoded($0.value))" }.joined()
    return signed(act, account, "application/x-www-form-urlencoded", "nonce=\(venue.nonce)\(rest)")
  }

  /// A request whose body is a JSON object. `members` is what goes behind the nonce: `"name":value,...`.
  func signed(_ act: PermittedAct, account: pb_id, json members: String) -> Request {
    signed(act, account, "application/json", "{\"nonce\":\(venue.nonce),\(members)}")
  }

  private func signed(_ act: PermittedAct, _ account: pb_id, _ type: String, _ body: SealedText) -> Request {
    let digest = (SealedText(venue.nonce) + body).sha256
    let signature = (SealedText(act.path) + digest).hmac(.sha512, key: Seal.field("secret_key").unbase64).base64
    var request = act.request(at: Venue.rest, account: account)
    request.body = body
    request.headers = [
      ("API-Key", SealedText(.field("api_key"))), ("API-Sign", SealedText(signature)),
      ("Content-Type", SealedText(type)),
    ]
    request.isOrdered = true
    request.deadline = 10 * Venue.second
    if act.weight > 0 {
      request.charges = [Charge(Venue.Bucket.calls, act.weight)]
      // A question of several requests must not lose the later ones to the counter, and with them what the first cost:
      // each may wait until an empty counter is full again.
      request.deadline += venue.tier.callsFill * Venue.second
    }
    return request
  }
}

/// Percent-encoding of everything but letters, digits and `-_.~`; commas stay, since they separate ids.
func formEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var bytes: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"),
      UInt8(ascii: ","):
      bytes.append(byte)
    default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Text as a JSON string.
func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case _ where scalar.value < 0x20:
      let hex = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
