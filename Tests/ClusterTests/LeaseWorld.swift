import SeededNumbers

@testable import Cluster

/// Hosts and a store on virtual time: messages that are late or lost, partitions, paused hosts, clocks of different
/// rates, a store that is away or forgets. Every host wants to trade all the time; the judge sees who may.
struct LeaseWorld {
  /// What the judge saw.
  struct Verdict: Equatable {
    /// Two hosts might trade at one moment, or an older fencing number after a newer one.
    var violations = 0
    /// Trades, and by how many leases.
    var trades = 0
    var fences: Set<UInt64> = []
    /// The longest time in which nobody traded though a majority of hosts and the store were whole, in nanoseconds.
    var longestGap: Int64 = 0
  }

  struct Host {
    var lease: Lease
    /// Its clock: `offset + time * rate / 1000`.
    var offset: Int64
    var rate: Int64
    var pausedUntil: Int64 = 0
    var cutUntil: Int64 = 0
    /// A clock that stops while it is paused, as `CLOCK_MONOTONIC` does while a machine sleeps.
    var slept: Int64 = 0
    var runs = 1

    func clock(_ time: Int64) -> Int64 { offset + (time - slept) / 1000 * rate }
  }

  /// Something that is to happen: a question that reaches the store, or an answer that reaches a host.
  private struct Message {
    var at: Int64
    var order: Int
    var host: Int
    var run: Int
    var number: UInt64
    var question: LeaseQuestion?
    var answer: LeaseAnswer?
  }

  static let millisecond: Int64 = 1_000_000
  let length: Int64
  var random: SplitMix
  var time: Int64 = 0
  var hosts: [Host] = []
  var entries: [LeaseEntry] = [.absent]
  var storeAwayUntil: Int64 = 0
  var verdict = Verdict()
  private var messages: [Message] = []
  private var sent = 0
  private var highest: UInt64 = 0
  private var lastTrade: Int64 = 0
  private var calmSince: Int64 = 0
  /// A host's clock stops while it is paused: what must be found.
  var clocksSleep = false
  /// The store forgets what it confirmed, now and then; only ever what is older than a message takes.
  var forgets = false
  let fault: Lease.Fault?

  init(seed: UInt64, hosts count: Int = 3, fault: Lease.Fault? = nil, length: Int64 = 1000 * millisecond) {
    random = SplitMix(state: seed)
    (self.length, self.fault) = (length, fault)
    for index in 0..<count {
      // Rates differ by up to 8 percent.
      let rate = Int64.random(in: 962...1038, using: &random)
      let offset = Int64.random(in: 0...1_000_000_000_000, using: &random)
      var host = Host(lease: lease(index, run: 1, offset), offset: offset, rate: rate)
      host.lease.fault = fault
      hosts.append(host)
    }
  }

  private func lease(_ index: Int, run: Int, _ now: Int64) -> Lease {
    var lease = Lease(host: "h\(index)", session: "h\(index).\(run)", terms: Lease.Terms(length: length), now: now)
    lease.fault = fault
    return lease
  }

  /// Lets so much time pass, two milliseconds at a time.
  mutating func run(_ duration: Int64) -> Verdict {
    let end = time + duration
    while time < end {
      time += 2 * Self.millisecond
      mishap()
      deliver()
      for index in hosts.indices where time >= hosts[index].pausedUntil { tick(index) }
      judge()
    }
    return verdict
  }

  // MARK: What goes wrong

  private mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }

  private mutating func mishap() {
    let index = Int.random(in: 0..<hosts.count, using: &random)
    let long = Int64.random(in: 0...(3 * length), using: &random)
    if chance(1500) { pause(index, long) }
    if chance(1500) { hosts[index].cutUntil = max(hosts[index].cutUntil, time + long) }
    if chance(5000) { storeAwayUntil = time + long }
    if chance(6000) { restart(index) }
    if chance(6000) { let now = hosts[index].clock(time); hosts[index].lease.release(now) }
    if hosts[index].lease.hasReleased { restart(index) }
    // Power that fails for a majority of the servers.
    if forgets, chance(3000) { forget() }
    let isCalm = time >= storeAwayUntil && hosts.allSatisfy { time >= max($0.pausedUntil, $0.cutUntil) }
    if !isCalm { calmSince = time }
  }

  private mutating func forget() {
    entries.append(.absent)
    calmSince = time
  }

  private mutating func pause(_ index: Int, _ long: Int64) {
    hosts[index].pausedUntil = max(hosts[index].pausedUntil, time + long)
    if clocksSleep { hosts[index].slept += long }
  }

  /// Killed and started again: what it knew is gone, what it sent is still on its way.
  private mutating func restart(_ index: Int) {
    hosts[index].runs += 1
    hosts[index].lease = lease(index, run: hosts[index].runs, hosts[index].clock(time))
  }

  // MARK: Messages

  private mutating func send(_ message: Message) {
    // Some are lost, some are very late.
    guard !chance(50) else { return }
    let late = chance(40) ? Int64.random(in: 0...(2 * length), using: &random) : 0
    var message = message
    message.at = time + Int64.random(in: 0...30, using: &random) * Self.millisecond + late
    sent += 1
    message.order = sent
    messages.append(message)
  }

  private mutating func deliver() {
    guard messages.contains(where: { $0.at <= time }) else { return }
    let due = messages.filter { $0.at <= time }.sorted { ($0.at, $0.order) < ($1.at, $1.order) }
    messages.removeAll { $0.at <= time }
    for message in due {
      guard time >= hosts[message.host].cutUntil else { continue }
      if let question = message.question {
        guard time >= storeAwayUntil else { continue }
        var reply = message
        (reply.question, reply.answer) = (nil, answer(question))
        send(reply)
      } else if let answer = message.answer, message.run == hosts[message.host].runs {
        // What comes for a paused host waits for it.
        guard time >= hosts[message.host].pausedUntil else {
          var later = message
          later.at = hosts[message.host].pausedUntil
          messages.append(later)
          continue
        }
        let now = hosts[message.host].clock(time)
        hosts[message.host].lease.answer(answer, to: message.number, now)
      }
    }
  }

  private mutating func answer(_ question: LeaseQuestion) -> LeaseAnswer {
    switch question {
    case .read:
      // A server that is behind may answer.
      let back = chance(30) ? Int.random(in: 0..<min(4, entries.count), using: &random) : 0
      return .found(entries[entries.count - 1 - back])
    case .write(let word, let revision):
      guard entries.last?.revision == revision || fault == .writeBlindly else { return .conflict }
      let next = (entries.map(\.revision).max() ?? 0) + 1
      entries.append(LeaseEntry(revision: next, word: word))
      if entries.count > 64 { entries.removeFirst(32) }
      return .wrote(next)
    }
  }

  private mutating func tick(_ index: Int) {
    let now = hosts[index].clock(time)
    guard let (number, question) = hosts[index].lease.tick(now) else { return }
    send(
      Message(
        at: 0, order: 0, host: index, run: hosts[index].runs, number: number, question: question, answer: nil))
  }

  // MARK: The judge

  private mutating func judge() {
    var traders: [(host: Int, fence: UInt64)] = []
    for (index, host) in hosts.enumerated() where time >= host.pausedUntil && host.lease.allows(host.clock(time)) {
      guard case .holder(let fence, _) = host.lease.standing else { continue }
      traders.append((index, fence))
    }
    if traders.count > 1 { verdict.violations += 1 }
    for trader in traders {
      verdict.trades += 1
      verdict.fences.insert(trader.fence)
      if trader.fence < highest { verdict.violations += 1 }
      highest = max(highest, trader.fence)
    }
    if !traders.isEmpty { lastTrade = time }
    verdict.longestGap = max(verdict.longestGap, time - max(lastTrade, calmSince))
  }
}
