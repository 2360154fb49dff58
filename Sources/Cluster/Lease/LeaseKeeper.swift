/// Keeps one lease: carries a `Lease`'s questions to the key-value store and the answers back, and says what changed.
/// Lives on the cluster's thread.
public final class LeaseKeeper: @unchecked Sendable {
  public let key: String
  public let gate: LeaseGate
  public private(set) var lease: Lease
  private let bucket: String
  private let connection: NATSConnection
  private let loop: ClusterLoop
  private let changed: (LeaseKeeper) -> Void
  private var reported = Lease.Standing.unknown
  private var timer: UInt64?
  private var pending: UInt64?

  /// - Parameters:
  ///   - bucket: of the key-value store.
  ///   - changed: who has it is another than before, or the fencing number is; on the cluster's thread.
  public init(
    _ lease: Lease, key: String, in bucket: String, over connection: NATSConnection, on loop: ClusterLoop,
    gate: LeaseGate, changed: @escaping (LeaseKeeper) -> Void
  ) {
    (self.lease, self.key, self.bucket, self.connection, self.loop) = (lease, key, bucket, connection, loop)
    (self.gate, self.changed) = (gate, changed)
  }

  /// Does what is due, and goes on by itself.
  public func step() {
    if let timer { loop.cancel(timer) }
    timer = nil
    if let (number, question) = lease.tick(BootClock.now()) { ask(question, number) }
    report()
    guard !lease.hasReleased else { return }
    timer = loop.submit(after: max(1_000_000, lease.due - BootClock.now())) { [weak self] in self?.step() }
  }

  /// Lets it go. The others hear of it by one write, which is not waited for.
  public func release() {
    lease.release(BootClock.now())
    gate.put(lease)
    step()
  }

  /// It is watched, and not taken any more.
  public func giveUp() {
    gate.close()
    lease.terms.isWanted = false
    step()
  }

  private func ask(_ question: LeaseQuestion, _ number: UInt64) {
    if let pending { connection.forget(pending) }
    let subject = KeyValue.subject(bucket, key)
    let answered: @Sendable (LeaseAnswer) -> Void = { [weak self, loop] answer in
      loop.submit { [weak self] in self?.take(answer, number) }
    }
    switch question {
    case .read:
      pending = connection.request(JetStream.getSubject("KV_\(bucket)"), JetStream.latest(subject)) { message in
        answered(Self.read(JetStream.found(message)))
      }
    case .write(let word, let revision):
      pending = connection.request(
        subject, JetStream.bytes(word.json), headers: [JetStream.after(revision)]
      ) { message in answered(Self.written(JetStream.stored(message))) }
    }
    // Without a server it is as if nobody had answered: the lease asks again in its own time.
  }

  static func read(_ found: JetStream.Found) -> LeaseAnswer {
    switch found {
    case .message(let sequence, let body):
      .found(LeaseEntry(revision: sequence, word: JetStream.tree(body).flatMap { LeaseWord($0) }))
    case .none: .found(.absent)
    case .failed: .failed
    }
  }

  static func written(_ stored: JetStream.Stored) -> LeaseAnswer {
    switch stored {
    case .stored(let sequence): .wrote(sequence)
    case .conflict: .conflict
    case .failed: .failed
    }
  }

  private func take(_ answer: LeaseAnswer, _ number: UInt64) {
    lease.answer(answer, to: number, BootClock.now())
    step()
  }

  private func report() {
    gate.put(lease)
    let standing = lease.standing
    defer { reported = standing }
    switch (reported, standing) {
    case (.holder(let before, _), .holder(let after, _)) where before == after: return
    case (.standby(let before), .standby(let after)) where before.word?.session == after.word?.session: return
    case (.unknown, .unknown): return
    default: changed(self)
    }
  }
}
