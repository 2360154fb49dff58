import CPatchbay
import Catalog
import ConnectorKit
import Foundation
import Records
import Testing
import Vault

@testable import ConnectorKit

/// Requests as a connector writes them, through the guard to the bytes that leave.
final class SentRequests {
  static let time: Int64 = 1_700_000_000_123_456_789

  private static let places = #"""
    ["header:Authorization", "header:X-Signature", "header:API-Sign", "header:SIGN", "query:signature",
     "json:/signature", "json:/params/0", "json:/id", "json:/tx_bytes", "json:/tx/signatures/0/signature",
     "json:/params/0/tx_blob"]
    """#

  private static let headers = #"""
    ["Authorization", "X-Signature", "API-Sign", "SIGN", "X-Key", "KEY", "API-Key", "Timestamp", "X-PAYLOAD",
     "X-Wallet", "X-Timestamp"]
    """#

  /// Credentials and permissions of an exchange that takes every scheme.
  private static func manifestText(_ encoding: String) -> String { """
    {"id": "example", "name": "Example", "type": "CLOB", "markets": {"spot": {"connector": "example"}},
     "version": "0.1.0", "abi": {"revision": 1}, "library": "libexample.so", "extensions": [],
     "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true,
       "encoding": ["\(encoding)", "pem", "mnemonic"]}],
     "permissions": {"hosts": ["api.example.com:443"], "acts": [
       {"name": "read", "class": "read", "method": "GET", "path": "/v1/private", "headers": \(headers),
        "sealed": \(places)},
       {"name": "place", "class": "trade", "verb": "place", "allow": ["*"],
        "headers": \(headers), "method": "POST", "path": "/v1/private",
        "publishes": "transaction_id", "sealed": \(places)}]}}
    """
  }

  let folder: TemporaryFolder
  private let guarding: SendGuard
  private let out: GuardedOutput

  /// - Parameter secret: of the account's field `secret_key`, in this form.
  init(secret: [UInt8], form: KeyForm, time: Int64 = SentRequests.time) throws {
    folder = try TemporaryFolder()
    let encoding = form == .base64 ? "base64" : "text"
    let manifest = try Manifest.parse(bytes: Array(Self.manifestText(encoding).utf8), file: "manifest.json")
    guarding = SendGuard(
      manifest: manifest, nonces: NonceSources(folder: folder.path), random: { [UInt8](repeating: 7, count: $0) })
    let fields = [
      "api_key": StoredField(try #require(SecretBytes(Array("PUBLIC-KEY-ID".utf8))), form: .raw),
      "secret_key": StoredField(try #require(SecretBytes(secret)), form: form),
    ]
    guarding.add(
      account: 1,
      try LoadedAccount(
        StoredAccount(exchange: "example", name: "main", fields: fields), schema: manifest.credentials))
    guarding.commands.begin(100, account: 1, verb: UInt32(PB_CMD_PLACE))
    out = GuardedOutput(guarding, time: time)
  }

  /// A request with an empty query is a `GET`; with a body it places.
  func send(
    query: SealedText = "", headers: [(name: String, value: SealedText)] = [], body: SealedText = ""
  ) throws -> ResolvedSend {
    let target: SealedText = "https://api.example.com/v1/private"
    var request = Request(body.isEmpty ? .get : .post, query.isEmpty ? target : target + "?" + query)
    (request.account, request.command, request.permission) = (1, 100, body.isEmpty ? "read" : "place")
    (request.headers, request.body) = (headers, body)
    guarding.commands.begin(100, account: 1, verb: UInt32(PB_CMD_PLACE))
    return try out.send(request)
  }
}

extension ResolvedSend {
  /// What left, for a program in another language: URL, headers and body, the latter in hexadecimal digits.
  var wire: [String: Any] {
    [
      "method": method.map { "\($0)".uppercased() } ?? "", "url": String(decoding: request.url, as: UTF8.self),
      "headers": request.headers.map { [$0.name, String(decoding: $0.value, as: UTF8.self)] },
      "body": String(decoding: Encoding.hex(request.body), as: UTF8.self),
    ]
  }
}
