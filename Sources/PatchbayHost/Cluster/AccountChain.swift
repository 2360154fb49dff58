import Cluster
import JSONTree
import Journal
import Outbound
import Runtime

/// The journal of one account as the cluster has it: messages of one subject of a stream. Whoever trades on the account
/// adds to it, each message on the condition that the one before is the last; the others copy it into their own
/// journals. A host that adds one takes the end of the chain away from whoever had it before, for good: so a host whose
/// clock lies sends no order either, where an order has to be in the chain before it leaves.
///
/// Lives on the cluster's thread.
final class AccountChain: @unchecked Sendable {
  /// Groups of entries that wait to be added.
  private struct Group {
    let entries: [JSONValue]
    let bytes: Int
    /// Is told whether they are there; `nil` = nobody waits.
    var done: ((JournalFault?) -> Void)?
  }

  private enum State: Equatable {
    case following
    case leading
    /// Nothing can be added any more, for this reason.
    case over(String)
  }

  let exchange: String
  let account: String
  private let subject: String
  private unowned let node: ClusterNode
  private let entering: ChainEntering
  private let gate: LeaseGate
  private let report: (String, String) -> Void
  private var state = State.following
  /// The last message that was read, or added.
  private var sequence: UInt64
  private var isReading = false
  private var afterReading: [() -> Void] = []
  private var waiting: [Group] = []
  private var waitingBytes = 0
  private var leaving: [Group] = []
  /// Which message of this run is on its way, and its text.
  private var number: UInt64 = 0
  private var text: [UInt8] = []
  private var isSending = false

  /// Most that waits for servers that are away.
  private static let mostBytes = 32 << 20
  /// Of one message; servers take one of a mebibyte.
  private static let messageBytes = 256 << 10
  private static let readAtOnce = 64

  init(
    exchange: String, account: String, subject: String, node: ClusterNode, journal: HostJournal, gate: LeaseGate,
    report: @escaping (String, String) -> Void
  ) {
    (self.exchange, self.account, self.subject, self.node) = (exchange, account, subject, node)
    (self.gate, self.report) = (gate, report)
    entering = ChainEntering(journal, exchange, account, node.loop)
    sequence = entering.read
  }

  // MARK: Reading

  /// Copies what is new into this host's journal, while another host adds to it.
  func follow() {
    guard state == .following, !isReading else { return }
    read { _ in }
  }

  /// Reads to the end.
  /// - Parameter done: whether that was so.
  private func read(_ done: @escaping (Bool) -> Void) {
    guard !isReading else {
      afterReading.append { [self] in read(done) }
      return
    }
    isReading = true
    next([], from: sequence + 1) { [self] isWhole in
      isReading = false
      done(isWhole)
      let jobs = afterReading
      afterReading = []
      for job in jobs { job() }
    }
  }

  private func next(_ found: [ChainMessage], from first: UInt64, _ done: @escaping (Bool) -> Void) {
    let done = Once(done)
    node.ask(JetStream.getSubject(node.journalStream), JetStream.next(subject, from: first)) { [self] message in
      guard let message else { return enter(found) { done.call(false) } }
      switch JetStream.found(message) {
      case .failed: enter(found) { done.call(false) }
      case .none: enter(found) { done.call(true) }
      case .message(let sequence, let body):
        let found = found + [ChainMessage(sequence: sequence, body: body)]
        guard found.count >= Self.readAtOnce else { return next(found, from: sequence + 1) { done.call($0) } }
        enter(found) { [self] in next([], from: sequence + 1) { done.call($0) } }
      }
    }
  }

  private func enter(_ found: [ChainMessage], then: @escaping @Sendable () -> Void) {
    guard let last = found.last else { return then() }
    entering.enter(found) { [self] refused in
      if refused > 0 {
        report("warning", "cluster: \(refused) entries of \(exchange)/\(account) could not be entered here")
      }
      sequence = max(sequence, last.sequence)
      then()
    }
  }

  // MARK: Leading

  /// Reads to the end, and adds a message that takes it over.
  /// - Parameter then: whether this host alone adds to it from now on; else it is worth trying again.
  func lead(_ then: @escaping (Bool) -> Void) {
    if state == .leading { return then(true) }
    guard state == .following else { return then(false) }
    let then = Once(then)
    read { [self] isWhole in
      guard isWhole else { return then.call(false) }
      let (text, number) = message([])
      node.ask(subject, text, headers: [JetStream.after(sequence)]) { [self] message in
        guard let message, case .stored(let sequence) = JetStream.stored(message) else {
          // Somebody added to it meanwhile, or it was this host, and it was not heard: the next reading shows.
          return then.call(false)
        }
        _ = number
        self.sequence = sequence
        state = .leading
        then.call(true)
      }
    }
  }

  private func message(_ groups: [Group]) -> (text: [UInt8], number: UInt64) {
    number += 1
    let value: JSONValue = [
      "host": JSONValue(.string(node.settings.host)), "journal": JSONValue(.string(entering.journalID)),
      "session": JSONValue(.string(node.session)), "number": JSONValue(.number("\(number)")),
      "fence": JSONValue(.number("\(gate.fence)")),
      "groups": JSONValue(.array(groups.map { JSONValue(.array($0.entries)) })),
    ]
    return (Array(JSONWriter.compact(value).utf8), number)
  }

  /// Adds entries that this host's own journal has already.
  /// - Parameter done: is told when they are there, or why they are not; `nil` = nobody waits.
  func add(_ entries: [JSONValue], done: ((JournalFault?) -> Void)?) {
    if case .over(let why) = state {
      done?(fault(why))
      return
    }
    let bytes = entries.reduce(64) { $0 + JSONWriter.compact($1).utf8.count }
    guard state == .leading, waitingBytes + bytes <= Self.mostBytes else {
      // What is not in the chain is a hole in it.
      end("more waits for the cluster's servers than is kept, or this host has no lease")
      done?(fault("more waits for the cluster's servers than is kept"))
      return
    }
    waiting.append(Group(entries: entries, bytes: bytes, done: done))
    waitingBytes += bytes
    send()
  }

  private func send() {
    guard state == .leading, !isSending, leaving.isEmpty, !waiting.isEmpty else { return }
    var bytes = 0
    var count = 0
    while count < waiting.count, count == 0 || bytes + waiting[count].bytes <= Self.messageBytes {
      bytes += waiting[count].bytes
      count += 1
    }
    leaving = Array(waiting.prefix(count))
    waiting.removeFirst(count)
    text = message(leaving).text
    publish()
  }

  private func publish() {
    isSending = true
    node.ask(subject, text, headers: [JetStream.after(sequence)]) { [self] message in
      guard let message else { return again() }
      switch JetStream.stored(message) {
      case .stored(let sequence): stored(sequence)
      case .conflict: look()
      case .failed: again()
      }
    }
  }

  private func stored(_ sequence: UInt64) {
    self.sequence = sequence
    isSending = false
    let done = leaving
    leaving = []
    for group in done {
      waitingBytes -= group.bytes
      group.done?(nil)
    }
    send()
  }

  /// The end of the chain is not what it was: this host's own message, of which nothing was heard, or another's.
  private func look() {
    node.ask(JetStream.getSubject(node.journalStream), JetStream.latest(subject)) { [self] message in
      guard let message else { return again() }
      switch JetStream.found(message) {
      case .failed: again()
      case .none: end("the cluster's stream has lost what it had")
      case .message(let sequence, let body):
        let last = ChainMessage(sequence: sequence, body: body)
        guard last.session == node.session, last.number == number else {
          return end("host \(last.host) has taken the account's journal over")
        }
        stored(sequence)
      }
    }
  }

  private func again() {
    isSending = false
    if !gate.isOpen { giveUpWaiting() }
    guard state == .leading else { return }
    node.loop.submit(after: 250_000_000) { [self] in
      if !leaving.isEmpty, !isSending { publish() }
    }
  }

  /// Orders are not kept waiting for servers that are away. Their entries stay in the queue, and what became of them
  /// follows.
  private func giveUpWaiting() {
    let why = fault("no server of the cluster has taken it in time")
    for index in leaving.indices {
      leaving[index].done?(why)
      leaving[index].done = nil
    }
    for index in waiting.indices {
      waiting[index].done?(why)
      waiting[index].done = nil
    }
  }

  private func end(_ why: String) {
    guard state != .over(why) else { return }
    state = .over(why)
    isSending = false
    report("warning", "cluster: \(exchange)/\(account): \(why); no new orders leave, start this host again")
    gate.close()
    let all = leaving + waiting
    (leaving, waiting, waitingBytes) = ([], [], 0)
    for group in all { group.done?(fault(why)) }
  }

  private func fault(_ why: String) -> JournalFault { .inputOutput(file: "the cluster's journal", detail: why) }

  /// A closure of the cluster's thread, on its way through the connection.
  private final class Once: @unchecked Sendable {
    private let then: (Bool) -> Void
    init(_ then: @escaping (Bool) -> Void) { self.then = then }
    func call(_ value: Bool) { then(value) }
  }
}

/// A message of a chain.
struct ChainMessage: Sendable {
  let sequence: UInt64
  let host: String
  /// Of the journal whose entries these are, and of the run that added them.
  let journal: String
  let session: String
  let number: UInt64
  /// `nil` where it is no message that this Patchbay can read.
  let groups: [[LedgerEntry]]?

  init(sequence: UInt64, body: [UInt8]) {
    self.sequence = sequence
    let tree = try? JSONDocument.parse(bytes: body, file: "cluster")
    host = tree?["host"]?.string ?? "?"
    journal = tree?["journal"]?.string ?? ""
    session = tree?["session"]?.string ?? ""
    number = tree?["number"]?.number.flatMap { UInt64($0) } ?? 0
    groups = tree?["groups"]?.array.flatMap { groups in
      var all: [[LedgerEntry]] = []
      for group in groups {
        let entries = (group.array ?? []).compactMap { LedgerEntry(json: $0) }
        guard entries.count == group.array?.count else { return nil }
        all.append(entries)
      }
      return all
    }
  }
}
