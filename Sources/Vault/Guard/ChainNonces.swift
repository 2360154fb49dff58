import Synchronization

/// Which order each nonce of a key was signed for last, on each chain: a transaction that changes or ends an order has
/// that order's own nonce, so that at most one of the two counts and no other order is hit. Two orders may be signed
/// for one nonce, where the first is thought to be lost: a chain takes one of them. Kept by the process, for all its
/// connectors; after a restart nothing is known. Safe to use from several threads.
final class ChainNonces: Sendable {
  struct Key: Hashable {
    var signer: [UInt8]
    var chain: UInt64
    var nonce: UInt64
  }

  private struct Uses {
    var orders: [Key: [UInt8]] = [:]
    /// In the order of their first use.
    var keys: [Key] = []
  }

  private static let most = 4096
  private let uses = Mutex(Uses())

  /// Why a transaction of an order may not have a nonce; nil = it may, and has it from now on.
  /// - Parameters:
  ///   - order: the order, or what else it is for.
  ///   - isChange: it takes the place of another transaction of the order, or ends it.
  func take(_ key: Key, for order: [UInt8], isChange: Bool) -> String? {
    uses.withLock { uses in
      let known = uses.orders[key]
      if isChange {
        let own = uses.keys.last { one in
          one.signer == key.signer && one.chain == key.chain && uses.orders[one] == order
        }
        // What is known of none may still end an order of before a restart, and replaces none that is known.
        if let own, own != key { return "its nonce is not that of the order's own transaction" }
        if own == nil, known != nil { return "its nonce is another order's" }
      }
      if known == nil { uses.keys.append(key) }
      uses.orders[key] = order
      if uses.keys.count > Self.most { uses.orders[uses.keys.removeFirst()] = nil }
      return nil
    }
  }
}
