/// What an order's transaction is known by: its hash and its nonce, `0x…-7`. The host makes it of what is signed, and
/// keeps it before the transaction leaves; so it is there after a restart, whatever a node says.
struct TransactionName: Equatable {
  var hash: String
  var nonce: UInt64

  init(hash: String, nonce: UInt64) { (self.hash, self.nonce) = (hash, nonce) }

  /// `nil` for a text that is none.
  init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 66, parts[0].hasPrefix("0x"), UInt256(String(parts[0])) != nil,
      let nonce = UInt64(parts[1]), nonce < 1 << 62
    else { return nil }
    (hash, self.nonce) = (parts[0].lowercased(), nonce)
  }

  var text: String { "\(hash)-\(nonce)" }
}
