import Catalog
import Synchronization

/// What replies have reported of one account in one instance: captured tokens by slot, and plain facts by name. Safe to
/// use from several threads.
final class TokenSlots: Sendable {
  private let tokens = Mutex(SealTokens())
  private let facts = Mutex([String: [UInt8]]())

  var all: SealTokens { tokens.withLock { $0 } }
  var learned: [String: [UInt8]] { facts.withLock { $0 } }

  func set(_ slot: UInt32, _ token: [UInt8], _ alphabet: TokenCapture.Alphabet) {
    tokens.withLock { $0.set(token, in: slot, alphabet) }
  }

  func learn(_ new: [String: [UInt8]]) { facts.withLock { $0.merge(new) { $1 } } }
}
