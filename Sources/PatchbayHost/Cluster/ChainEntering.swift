import Cluster
import Journal
import MarketModel
import Outbound
import Synchronization

/// Copies the messages of a chain into this host's journal. How far it has come stands in the journal itself, in the
/// same transaction as the entries, so that none is entered twice. On the cluster's thread.
final class ChainEntering: @unchecked Sendable {
  private static let topic = "cluster"
  private static let idTopic = "cluster_journal"

  /// The last message that the journal had when this run began.
  let read: UInt64
  /// Tells the journals of hosts apart: what a host has added itself it has already.
  let journalID: String
  private let exchange: String
  private let account: String
  private let loop: ClusterLoop
  private let port: JournalPort
  private let inbox: Inbox
  /// What waits for its receipt.
  private var pending: [JournalTicket: (JournalFault?) -> Void] = [:]

  private final class Inbox: @unchecked Sendable { weak var owner: ChainEntering? }

  init(_ journal: HostJournal, _ exchange: String, _ account: String, _ loop: ClusterLoop) {
    (self.exchange, self.account, self.loop) = (exchange, account, loop)
    read = UInt64(max(0, journal.state.time(Self.topic, exchange: exchange, account: account) ?? 0))
    journalID = journal.identity(Self.idTopic)
    let inbox = Inbox()
    self.inbox = inbox
    port = journal.port { receipts in
      loop.submit { for receipt in receipts { inbox.owner?.received(receipt) } }
    }
    inbox.owner = self
  }

  private func received(_ receipt: JournalReceipt) {
    pending.removeValue(forKey: receipt.ticket)?(receipt.fault)
  }

  /// Enters messages, in order. `then` is given how many entries the journal refused.
  func enter(_ messages: [ChainMessage], then: @escaping (Int) -> Void) {
    guard let last = messages.last else { return then(0) }
    let unread = messages.count { $0.groups == nil }
    let entries = messages.filter { $0.journal != journalID }.flatMap { $0.groups ?? [] }.flatMap { $0 }
    append(entries + [mark(last.sequence)]) { [self] fault in
      guard let fault else { return then(unread) }
      guard fault.isFinal else { return again(messages, then) }
      // One of them is known already, or speaks of what is not: the others are entered all the same.
      oneByOne(entries[...], last.sequence, refused: unread, then)
    }
  }

  private func oneByOne(
    _ entries: ArraySlice<LedgerEntry>, _ sequence: UInt64, refused: Int, _ then: @escaping (Int) -> Void
  ) {
    guard let entry = entries.first else {
      return append([mark(sequence)]) { _ in then(refused) }
    }
    append([entry]) { [self] fault in
      oneByOne(entries.dropFirst(), sequence, refused: refused + (fault == nil ? 0 : 1), then)
    }
  }

  /// The disk is full, or the like: nothing was entered, so all is tried again.
  private func again(_ messages: [ChainMessage], _ then: @escaping (Int) -> Void) {
    let then = Later(then)
    loop.submit(after: 1_000_000_000) { [self] in enter(messages) { then.call($0) } }
  }

  private final class Later: @unchecked Sendable {
    private let then: (Int) -> Void
    init(_ then: @escaping (Int) -> Void) { self.then = then }
    func call(_ count: Int) { then(count) }
  }

  private func append(_ entries: [LedgerEntry], _ done: @escaping (JournalFault?) -> Void) {
    do throws(JournalFault) {
      // The receipt is a job of this thread, so it cannot come before this.
      pending[try port.append(entries, .intent)] = done
    } catch {
      done(error)
    }
  }

  private func mark(_ sequence: UInt64) -> LedgerEntry {
    .mark(
      JournalMark(
        exchange: exchange, account: account, topic: Self.topic, time: Int64(clamping: sequence), replaces: false))
  }
}
