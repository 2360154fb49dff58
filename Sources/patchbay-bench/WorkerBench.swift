import Catalog
import Foundation
import Glibc
import MarketModel
import Runtime
import Transport

/// What it costs that a connector runs in a worker: processor time of a message, its way and that of an order, the
/// start of many, their memory, and how long a book is away when one ends or gives way to another.
struct WorkerBench {
  let found: InstalledConnector
  let catalog: Catalog

  init(_ found: InstalledConnector, _ catalog: Catalog) { (self.found, self.catalog) = (found, catalog) }

  func printAll() throws {
    for levels in [4, 24] { try printFlood(levels) }
    try printHops()
    for count in [1, 20, 60] { try printStart(count) }
    try printReturn()
    try printUpgrade()
  }

  // MARK: A flood

  private struct Flood {
    /// Nanoseconds for each message.
    var host = Double.infinity
    var worker = 0.0
    var wall = Double.infinity
  }

  private func printFlood(_ levels: Int) throws {
    var depth = GeneratedDepth(levels: levels, seed: 7)
    let snapshot = depth.snapshot
    let messages = depth.messages(20_000)
    let feed = Feed(name: "", messages: messages)
    var (inside, remote) = (Flood(), Flood())
    // In turn, so that what else the machine does concerns both.
    for _ in 0..<7 {
      inside = least(inside, try run(.library(found.connector), feed, snapshot))
      remote = least(remote, try run(found.located.inWorker().code, feed, snapshot))
    }
    func text(_ value: Double) -> String { number(value, 0) }
    print("  a flood of \(levels) levels a message, ns of processor time for each:")
    print("    inside the host \(text(inside.host)); in a worker \(text(remote.host)) of the host and "
      + "\(text(remote.worker)) of the worker, \(text(remote.host + remote.worker - inside.host)) more, "
      + "ratio \(number((remote.host + remote.worker) / inside.host, 2)); from first to last "
      + "\(text(inside.wall)) and \(text(remote.wall))")
  }

  private func least(_ left: Flood, _ right: Flood) -> Flood {
    left.host + left.worker < right.host + right.worker ? left : right
  }

  private func run(_ code: ConnectorCode, _ feed: Feed, _ snapshot: [UInt8]) throws -> Flood {
    let (session, stream) = try readySession(code, snapshot)
    let count = feed.messages.count, first = count / 4
    for index in 0..<first {
      session.frame(stream, feed.messages[index], .text)
      // By the first one the connector asks for a snapshot; those that come before that wait in it.
      if index == 0 { session.settle() }
    }
    session.settle()
    let worker = session.worker
    let (host, other, wall) = (processorTime(), worker?.processorTime ?? 0, SystemClock().now().mono)
    for index in first..<count {
      session.frame(stream, feed.messages[index], .text)
      // As a lane that reads what has come on a socket, and then looks at what was answered.
      if worker != nil, index % 64 == 0 { session.turn() }
    }
    session.settle()
    guard let book = session.view[1]?.book, book.isReady, book.counters.updates == UInt64(count) else {
      throw BenchFault.wrongBook("worker flood")
    }
    let each = Double(count - first)
    return Flood(
      host: Double(processorTime() - host) / each, worker: Double((worker?.processorTime ?? 0) - other) / each,
      wall: Double(SystemClock().now().mono - wall) / each)
  }

  private func processorTime() -> Int64 {
    var used = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &used)
    func nanoseconds(_ time: timeval) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_usec) * 1000 }
    return nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime)
  }

  // MARK: Starting

  private func printStart(_ count: Int) throws {
    let clock = SystemClock()
    let start = clock.now().mono
    let links = try found.located.workers(count)
    let passed = Double(clock.now().mono - start) / 1e6
    let own = try links.map { try memory($0.pid) }
    let used = links.reduce(0.0) { $0 + Double($1.processorTime) / 1e6 }
    print(
      "  \(count) workers started and loaded in \(number(passed, 0)) ms (\(number(used / Double(count), 1)) ms of "
        + "processor time each); memory of their own \(number(own.map(\.own).reduce(0, +) / Double(count), 1)) MB "
        + "each, resident with what is shared \(number(own.map(\.all).reduce(0, +) / Double(count), 1)) MB")
  }

  /// In MB: what no other process has, and everything.
  private func memory(_ pid: Int32) throws -> (own: Double, all: Double) {
    let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    func megabytes(_ field: String) -> Double {
      let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
      return Double(line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first ?? "") ?? 0
    }
    return ((megabytes("RssAnon") + megabytes("RssShmem")) / 1024, megabytes("VmRSS") / 1024)
  }

  // MARK: Coming back

  /// The paper exchange in a worker that is killed: how long until its book is there again.
  private func printReturn() throws {
    let clock = SystemClock()
    guard let (host, lane) = try paperHost(clock), let seat = host.seats.first else { return }
    run(lane, clock) { seat.missing.isEmpty }
    let pid = seat.worker?.pid ?? 0
    let start = clock.now().mono
    Glibc.kill(pid, SIGKILL)
    run(lane, clock) { !seat.missing.isEmpty }
    let noticed = Double(clock.now().mono - start) / 1e6
    run(lane, clock) { seat.missing.isEmpty }
    print(
      "  a worker that is killed: noticed after \(number(noticed, 1)) ms, its book is ready again after "
        + "\(number(Double(clock.now().mono - start) / 1e6, 1)) ms without the pause before it (1 s at first)")
    host.stop()
  }

  /// The paper exchange in a worker, started.
  func paperHost(_ clock: SystemClock) throws -> (host: Runtime.Host, lane: Lane)? {
    let paper = #"{"markets":{"spot":{"pairs":["BTC-USDT"]}},"permit":{"run":"worker"}}"#
    let text = #"{"schema":1,"connectors":{"paper":\#(paper)}}"#
    let config = try Config.parse(bytes: Array(text.utf8), file: "bench", environment: [:])
    guard let loop = EventLoop(clock: clock) else { return nil }
    let lane = Lane(clock: clock, poller: loop)
    var budgets = WorkerBudgets()
    budgets.pause = 0
    let host = Host(lane: lane, budgets: budgets) { _, _ in OfflineTransport() }
    let faults = host.load(config, catalog: catalog, libraryFolders: [])
    guard faults.isEmpty else {
      print("  \(faults)")
      return nil
    }
    host.start()
    return (host, lane)
  }

  /// Runs the lane until something is so, for ten seconds at most.
  func run(_ lane: Lane, _ clock: SystemClock, until isSo: () -> Bool) {
    let end = clock.now().mono + 10_000_000_000
    while !isSo(), clock.now().mono < end { lane.run(until: clock.now().mono + 500_000) }
  }
}
