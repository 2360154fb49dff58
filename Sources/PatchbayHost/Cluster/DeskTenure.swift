import Catalog
import Cluster
import Journal
import Outbound
import Runtime
import Synchronization

/// One desk's right to trade: the leases of its accounts, and what has to happen between gaining them and trading.
package final class DeskTenure: @unchecked Sendable {
  package struct Account: Sendable {
    package let id: UInt64
    package let name: String
    package let key: String
    package let gate: LeaseGate
  }

  package let exchange: String
  package let accounts: [Account]
  private let node: ClusterNode
  /// Whether the desk has been given its accounts, in this run.
  private let begun = Atomic(false)
  package var hasBegun: Bool { begun.load(ordering: .acquiring) }
  /// Is given what the journal has by then, where another host has written to it; `nil` = as it was at the start. On
  /// the cluster's thread, once.
  var begin: (@Sendable (LedgerState?) -> Void)?
  // Of the cluster's thread.
  var chains: [AccountChain] = []
  var journal: HostJournal?
  private var isTaking = false

  init(_ exchange: String, _ accounts: [(id: UInt64, name: String)], _ node: ClusterNode) {
    (self.exchange, self.node) = (exchange, node)
    self.accounts = accounts.map {
      Account(
        id: $0.id, name: $0.name, key: ClusterNode.key(exchange, $0.name), gate: node.gate(exchange, $0.name))
    }
  }

  // MARK: On any thread

  /// Why no new order may leave for an account now; `nil` = it may.
  func hindrance(_ id: UInt64) -> String? {
    guard let account = accounts.first(where: { $0.id == id }), !account.gate.isOpen else { return nil }
    if account.gate.isClosed {
      return "another host has traded on \(account.name) since; start this host again to have it stand by"
    }
    return switch account.gate.standing {
    case .unknown:
      "no server of the cluster has said who trades on \(account.name): \(node.status.trouble ?? "it is being asked")"
    case .standby(let entry): Self.words(entry)
    case .holder: "this host's lease on \(account.name) could have ended, and no server has answered since"
    }
  }

  static func words(_ entry: LeaseEntry) -> String {
    guard let word = entry.word, !word.isVacant else { return "no host trades on it yet" }
    return word.isReleased ? "host \(word.host) has let it go" : "host \(word.host) trades on it, lease \(entry.fence)"
  }

  /// Whether the orders of this desk are this host's to end.
  package var isOwner: Bool { accounts.allSatisfy { $0.gate.isOpen } }

  /// Why the desk has not begun, for people.
  var words: String {
    for account in accounts {
      if let why = hindrance(account.id) { return "account \(account.name): \(why)" }
    }
    return "the journal of the host that traded before is being read"
  }

  // MARK: On the cluster's thread

  /// Who has one of the accounts is another.
  func changed() {
    let isHeld = accounts.allSatisfy { account in
      if case .holder = account.gate.standing { return !account.gate.isClosed }
      return false
    }
    guard isHeld else {
      if !hasBegun { isTaking = false }
      return
    }
    guard !hasBegun, !isTaking else { return }
    isTaking = true
    lead(chains[...])
  }

  /// Reads what the host before has left, and has it write no more, account by account; then the desk begins.
  private func lead(_ rest: ArraySlice<AccountChain>) {
    guard isTaking else { return }
    guard let chain = rest.first else { return end() }
    chain.lead { [self] isLeading in
      guard isLeading else {
        isTaking = false
        node.loop.submit(after: 500_000_000) { [self] in changed() }
        return
      }
      lead(rest.dropFirst())
    }
  }

  private func end() {
    var state: LedgerState?
    if !chains.isEmpty {
      do throws(JournalFault) {
        state = try journal?.stateNow()
      } catch {
        isTaking = false
        node.loop.submit(after: 1_000_000_000) { [self] in changed() }
        return
      }
    }
    begun.store(true, ordering: .releasing)
    begin?(state)
  }
}
