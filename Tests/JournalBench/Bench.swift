import Decimals
import Glibc
import Journal
import MarketModel

/// `journal-bench [FOLDER]`: what it costs to have an order in the journal, as ratios to a bare write and fdatasync on
/// the same disk in the same run. FOLDER is where the files are made: `.build` unless given.
@main
enum Bench {
  static func main() {
    let parent = CommandLine.arguments.dropFirst().first ?? ".build"
    let folder = "\(parent)/journal-bench.\(getpid())"
    guard mkdir(folder, 0o700) == 0 else { return fail("\(folder): \(String(cString: strerror(errno)))") }
    defer { remove(folder) }
    do {
      try single(folder)
      try together(folder)
      try manyOpen(folder)
    } catch {
      fail("\(error)")
    }
  }

  /// One order at a time, each way in turn.
  private static func single(_ folder: String) throws {
    var log = try BareLog(folder + "/bare.log")
    var ways: [(name: String, times: [Double], run: (UInt64) throws -> Void)] = [
      ("write and fdatasync of 512 bytes", [], { _ in log.append() })
    ]
    for durability in Durability.allCases {
      let settings = JournalSettings(durability: durability)
      let journal = try Journal(path: folder + "/\(durability).sqlite", settings: settings)
      ways.append(("order, durability \(durability)", [], { number in try journal.commit(Sample.order(number)) }))
    }
    let writer = try JournalWriter(Journal(path: folder + "/writer.sqlite"))
    let gate = Gate()
    let port = writer.port { gate.open($0.count) }
    ways.append((
      "order through the writer, durability full", [],
      { number in
        try port.append(Sample.order(number), .intent)
        gate.wait(for: 1)
      }
    ))
    let clock = ContinuousClock()
    for number in 0..<400 as Range<UInt64> {
      for way in ways.indices {
        let time = try clock.measure { try ways[way].run(number) }
        // What is made at first, such as the log, is not what goes on costing.
        if number >= 50 { ways[way].times.append(time.microseconds) }
      }
    }
    print("one order, not sent before it is durable        median us   ratio")
    let reference = median(ways[0].times)
    for way in ways { row(way.name, median(way.times), reference) }
    writer.close()
  }

  /// Many orders handed in at once: one flush for all that wait.
  private static func together(_ folder: String) throws {
    print("\norders handed in together, durability full   us an order   ratio")
    var log = try BareLog(folder + "/bare-many.log")
    let writer = try JournalWriter(Journal(path: folder + "/many.sqlite"))
    let gate = Gate()
    let port = writer.port { gate.open($0.count) }
    let clock = ContinuousClock()
    var number: UInt64 = 0
    for count in [1, 8, 64, 512] {
      var (orders, flushes): ([Double], [Double]) = ([], [])
      for _ in 0..<40 {
        flushes.append(clock.measure { log.append() }.microseconds)
        let time = try clock.measure {
          for _ in 0..<count {
            try port.append(Sample.order(number), .intent)
            number += 1
          }
          gate.wait(for: count)
        }
        orders.append(time.microseconds / Double(count))
      }
      row("\(count)", median(orders), median(flushes))
    }
    print("  The reference is one write and fdatasync.")
    writer.close()
  }

  /// Without flushes, so that the journal's own work is seen.
  private static func manyOpen(_ folder: String) throws {
    print("\none event of one of many open orders           median us   ratio")
    var reference: Double?
    for count in [100, 10_000, 100_000] as [UInt64] {
      let journal = try Journal(path: folder + "/open\(count).sqlite", settings: JournalSettings(durability: .off))
      for start in stride(from: 0, to: count, by: 1000) {
        let orders = (start..<min(count, start + 1000)).flatMap(Sample.order)
        try journal.commit(orders)
      }
      let clock = ContinuousClock()
      var times: [Double] = []
      for step in 0..<2000 as Range<UInt64> {
        let event = Sample.fill(of: step &* 7919 % count, trade: step)
        times.append(try clock.measure { try journal.commit([event]) }.microseconds)
        try journal.checkpointIfDue()
      }
      let time = median(times)
      row("\(count) open orders", time, reference ?? time)
      reference = reference ?? time
      let restoring = try clock.measure { _ = try journal.restore(since: .max) }
      print("    all of them restored: \(Int(restoring.microseconds / 1000)) ms")
    }
  }

  private static func row(_ name: String, _ value: Double, _ reference: Double) {
    print("  " + pad(name, 44) + right(tenths(value), 11) + right(tenths(value / reference * 10, 2), 8))
  }

  /// One digit behind the point, or two of a number that was multiplied by ten.
  private static func tenths(_ value: Double, _ places: Int = 1) -> String {
    let digits = "\(Int((value * 10).rounded()))"
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return "\(padded.dropLast(places)).\(padded.suffix(places))"
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }

  private static func remove(_ folder: String) {
    guard let entries = opendir(folder) else { return }
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(folder)/\(name)") }
    }
    closedir(entries)
    rmdir(folder)
  }

  private static func fail(_ text: String) {
    let line = Array("journal-bench: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(1)
  }
}

extension Duration {
  var microseconds: Double {
    Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12
  }
}

/// The least that can make an order durable: its bytes at the end of a file, and a flush.
private struct BareLog {
  private let file: Int32
  private let bytes = [UInt8](repeating: 0x5A, count: 512)

  init(_ path: String) throws(JournalFault) {
    file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    if file < 0 { throw .cannotOpen(file: path, reason: String(cString: strerror(errno))) }
  }

  mutating func append() {
    _ = write(file, bytes, bytes.count)
    fdatasync(file)
  }
}

/// Counts receipts, and waits for them.
private final class Gate: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  init() { sem_init(semaphore, 0, 0) }
  func open(_ count: Int) { for _ in 0..<count { sem_post(semaphore) } }
  func wait(for count: Int) { for _ in 0..<count { sem_wait(semaphore) } }
}

private enum Sample {
  static func name(_ number: UInt64) -> OrderName {
    OrderName(exchange: "binance", account: "main", clientOrderID: "x-pb0000\(number)")
  }

  static func order(_ number: UInt64) -> [JournalEntry] {
    let price = Decimal64(mantissa: 6_512_345 + Int64(number % 1000), exponent: -2)
    return [
      .order(
        OrderEntry(
          name: name(number), connector: "binance", instrument: "BTCUSDT", pair: "BTC-USDT", order: OrderID(number),
          createCommand: CommandID(number),
          draft: OrderDraft(
            side: .buy, type: .limit, quantity: Decimal64(mantissa: 12345, exponent: -5), price: price,
            timeInForce: .goodTillCancelled),
          created: 1_795_164_478_000_000_000 + Int64(number))),
      .counter(name: "client-order", next: number + 1),
    ]
  }

  static func fill(of number: UInt64, trade: UInt64) -> JournalEntry {
    let quantity = Decimal64(mantissa: 1, exponent: -5)
    let fill = Fill(
      trade: "\(trade)", price: 65_000, quantity: quantity, fee: quantity, feeAsset: "BNB", liquidity: .maker,
      time: 1_795_164_479_000_000_000 + Int64(trade))
    return .event(
      OrderEventEntry(
        name: name(number), event: .fill(fill), state: .partiallyFilled, filled: quantity, time: fill.time))
  }
}
