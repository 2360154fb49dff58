import Catalog
import Cluster
import Journal
import Runtime
import Synchronization
import Threads

/// This host among the others: its connection, its leases, and the chains of its accounts' journals. docs/cluster.md.
///
/// Everything happens on one thread of its own, the cluster's; lanes only ever read a `LeaseGate`.
package final class ClusterNode: @unchecked Sendable {
  package let settings: Config.Cluster
  package let connection: NATSConnection
  package let loop = ClusterLoop()
  /// Of this run.
  package let session: String
  private let instance: String
  private let report: @Sendable (_ kind: String, _ text: String) -> Void
  private let gates = Mutex<[String: LeaseGate]>([:])
  private let known = Mutex(Known())

  /// What other threads may look at.
  private struct Known: Sendable {
    var isJoined = false
    var trouble: String?
    var leases: [String: Lease.Standing] = [:]
  }

  // Of the cluster's thread.
  private var keepers: [LeaseKeeper] = []
  private var chains: [String: AccountChain] = [:]
  private var tenures: [DeskTenure] = []
  private var isLeaving = false

  /// Loads libnats and begins to connect.
  /// - Parameter report: is given what people should see; from any thread.
  /// - Throws: `NATSFault`, where the library lacks or the configuration cannot be used. Servers that are away are no
  ///   fault: it goes on trying.
  package init(
    _ settings: Config.Cluster, instance: String, report: @escaping @Sendable (_ kind: String, _ text: String) -> Void
  ) throws(NATSFault) {
    (self.settings, self.instance, self.report) = (settings, instance, report)
    session = RandomWord.text()
    let place = NATSPlace(
      servers: settings.servers, name: "patchbay \(settings.host)", credentials: settings.loginFile,
      isSecure: settings.tls != nil, authorities: settings.tls?.authorities, certificate: settings.tls?.certificate,
      key: settings.tls?.key)
    let loop = loop
    let slot = ChangeSlot()
    connection = try NATSConnection(place) { loop.submit { slot.node?.connectionChanged() } }
    slot.node = self
  }

  /// Set once, before the loop runs.
  private final class ChangeSlot: @unchecked Sendable { weak var node: ClusterNode? }

  // MARK: Names

  var bucket: String { "\(settings.name)_leases" }
  var journalStream: String { "\(settings.name)_journal" }

  static func key(_ exchange: String, _ account: String) -> String { "lease.\(exchange).\(account)" }

  func journalSubject(_ exchange: String, _ account: String) -> String {
    "\(settings.name).journal.\(exchange).\(account)"
  }

  /// What lanes ask whether an account of an exchange may be traded on. Any thread.
  package func gate(_ exchange: String, _ account: String) -> LeaseGate {
    let key = Self.key(exchange, account)
    return gates.withLock { gates in
      if let gate = gates[key] { return gate }
      let gate = LeaseGate()
      gates[key] = gate
      return gate
    }
  }

  // MARK: Life

  /// Joins, and keeps the leases of these desks from then on.
  package func start(_ desks: [TradeDesk], _ journal: HostJournal?) {
    let all = desks.compactMap(\.tenure)
    loop.submit { [self] in
      tenures = all
      for tenure in all {
        for account in tenure.accounts where settings.durable == .cluster && chains[account.key] == nil {
          guard let journal else { continue }
          chains[account.key] = AccountChain(
            exchange: tenure.exchange, account: account.name, subject: journalSubject(tenure.exchange, account.name),
            node: self, journal: journal, gate: account.gate, report: report)
        }
        (tenure.chains, tenure.journal) = (tenure.accounts.compactMap { chains[$0.key] }, journal)
      }
      join()
    }
    thread = HostThread { [loop] in loop.run() }
  }
  private var thread: HostThread?

  /// Lets the leases go, so that others need not wait, and ends. Call it when nothing is traded any more.
  package func leave(until deadline: Int64) {
    loop.submit { [self] in
      isLeaving = true
      for keeper in keepers { keeper.release() }
      waitForRelease(tries: 20)
    }
    guard let thread else { return connection.close() }
    if !thread.wait(until: deadline) { loop.end() }
    connection.close()
  }

  private func waitForRelease(tries: Int) {
    if tries == 0 || keepers.allSatisfy({ $0.lease.hasReleased }) { return loop.end() }
    loop.submit(after: 50_000_000) { [self] in waitForRelease(tries: tries - 1) }
  }

  // MARK: Joining

  private func connectionChanged() {
    let isConnected = connection.isConnected
    let place = settings.servers.joined(separator: ", ")
    if isConnected {
      report("cluster", "connected to \(place) as \(settings.host)")
    } else if !isLeaving {
      report("warning", "cluster: no server answers (\(place)); no new orders once the leases could have ended")
    }
    for keeper in keepers { keeper.step() }
  }

  /// Makes what the cluster keeps its state in, one after the other, and tries again until it is there.
  private func join() {
    guard !isLeaving else { return }
    var streams = [KeyValue.stream(bucket, replicas: settings.replicas)]
    if settings.durable == .cluster {
      streams.append(
        JetStream.Stream(
          name: journalStream, subjects: ["\(settings.name).journal.>"], replicas: settings.replicas))
    }
    make(streams[...])
  }

  private func make(_ streams: ArraySlice<JetStream.Stream>) {
    guard let stream = streams.first else { return claimInstance() }
    ask(stream.createSubject, stream.body) { [self] message in
      guard let message else { return notYet("no server answers") }
      switch JetStream.made(message) {
      case .done: make(streams.dropFirst())
      case .away(let why): notYet(why)
      case .refused(let why): notYet("the servers refuse the stream \(stream.name): \(why)")
      }
    }
  }

  /// Client order ids of two hosts must never be the same: each has an instance of its own, for good.
  private func claimInstance() {
    let subject = KeyValue.subject(bucket, "instance.\(instance)")
    ask(subject, Array(settings.host.utf8), headers: [JetStream.after(0)]) { [self] message in
      guard let message else { return notYet("no server answers") }
      switch JetStream.stored(message) {
      case .stored: joined()
      case .failed(let why): notYet(why)
      case .conflict: checkInstance(subject)
      }
    }
  }

  private func checkInstance(_ subject: String) {
    ask(JetStream.getSubject("KV_\(bucket)"), JetStream.latest(subject)) { [self] message in
      guard let message, case .message(_, let body) = JetStream.found(message) else {
        return notYet("who has the instance \"\(instance)\" cannot be read")
      }
      let owner = String(decoding: body, as: UTF8.self)
      guard owner == settings.host else {
        return notYet(
          "the instance \"\(instance)\" is host \(owner)'s, and two hosts must not make the same client order ids; "
            + "give this one an `instance` of its own in its configuration")
      }
      joined()
    }
  }

  private func notYet(_ why: String) {
    let isNews = known.withLock { known in
      defer { known.trouble = why }
      return known.trouble != why
    }
    if isNews { report("warning", "cluster: not joined yet: \(why)") }
    loop.submit(after: 1_000_000_000) { [self] in join() }
  }

  private func joined() {
    known.withLock { known in (known.isJoined, known.trouble) = (true, nil) }
    let accounts = Dictionary(
      tenures.flatMap { tenure in tenure.accounts.map { ($0.key, $0) } }, uniquingKeysWith: { first, _ in first })
    report("cluster", "joined \(settings.name) as host \(settings.host)")
    for account in accounts.values.sorted(by: { $0.key < $1.key }) {
      let terms = Lease.Terms(length: Int64(settings.leaseSeconds) * 1_000_000_000)
      let lease = Lease(host: settings.host, session: session, terms: terms, now: BootClock.now())
      let keeper = LeaseKeeper(
        lease, key: account.key, in: bucket, over: connection, on: loop, gate: account.gate
      ) { [weak self] in self?.changed($0) }
      keepers.append(keeper)
    }
    for keeper in keepers { keeper.step() }
    followChains()
  }

  // MARK: Leases

  private func changed(_ keeper: LeaseKeeper) {
    let standing = keeper.lease.standing
    let before = known.withLock { $0.leases.updateValue(standing, forKey: keeper.key) }
    let name = keeper.key.dropFirst("lease.".count)
    switch standing {
    case .unknown: break
    case .standby(let entry):
      if case .holder? = before { lost(keeper) }
      report("cluster", "\(name): \(DeskTenure.words(entry))")
    case .holder(let fence, _): report("cluster", "\(name): this host trades on it, lease \(fence)")
    }
    for tenure in tenures where tenure.accounts.contains(where: { $0.key == keeper.key }) { tenure.changed() }
  }

  /// Somebody else may have traded: what this host has in mind of the account is not taken up again in this run.
  private func lost(_ keeper: LeaseKeeper) {
    guard !isLeaving, tenures.contains(where: { $0.hasBegun && $0.accounts.contains { $0.key == keeper.key } }) else {
      return
    }
    keeper.giveUp()
  }

  private func followChains() {
    for chain in chains.values { chain.follow() }
    loop.submit(after: 1_000_000_000) { [weak self] in self?.followChains() }
  }

  // MARK: Asking

  /// Asks the servers for something. `then` is called once, on the cluster's thread: with `nil` when no answer came.
  func ask(
    _ subject: String, _ body: [UInt8], headers: [(String, String)] = [],
    then: @escaping @Sendable (NATSMessage?) -> Void
  ) {
    let wait = Awaiting(then)
    let number = connection.request(subject, body, headers: headers) { [loop] message in
      loop.submit { wait.end(message) }
    }
    loop.submit(after: number == nil ? 0 : Self.patience) { [connection] in
      if let number { connection.forget(number) }
      wait.end(nil)
    }
  }

  static let patience: Int64 = 1_500_000_000

  /// Calls once.
  private final class Awaiting: @unchecked Sendable {
    private var then: (@Sendable (NATSMessage?) -> Void)?
    init(_ then: @escaping @Sendable (NATSMessage?) -> Void) { self.then = then }

    func end(_ message: NATSMessage?) {
      let then = self.then
      self.then = nil
      then?(message)
    }
  }

  // MARK: For people

  /// How the cluster stands, as this host knows it.
  package struct Status: Sendable {
    package var isConnected: Bool
    package var isJoined: Bool
    package var trouble: String?
    package var leases: [(key: String, standing: Lease.Standing, isClosed: Bool)]
  }

  /// Any thread.
  package var status: Status {
    let (isJoined, trouble) = known.withLock { ($0.isJoined, $0.trouble) }
    let leases = gates.withLock { $0 }.sorted { $0.key < $1.key }
    return Status(
      isConnected: connection.isConnected, isJoined: isJoined, trouble: trouble,
      leases: leases.map { ($0.key, $0.value.standing, $0.value.isClosed) })
  }
}
