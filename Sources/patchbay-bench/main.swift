import Catalog
import Certify
import Foundation
import Runtime

// Decode and apply, per message, for each connector through its loaded library: from the bytes of a frame to the
// changed book, every record checked on the way. The reference is a plain C walk over the same bytes in the same run;
// only ratios mean something. `patchbay-bench ID` measures one connector, `patchbay-bench ID LEVELS` only generated
// messages, `patchbay-bench wire` only what goes over sockets, `patchbay-bench orders` only orders, for profiling, with
// a number behind it so many and nothing else; `patchbay-bench feed` only the feed in shared memory;
// `patchbay-bench worker` only what it costs that a connector runs in a process of its own.

let words = Array(CommandLine.arguments.dropFirst())
let executable = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
let root =
  [FileManager.default.currentDirectoryPath, executable + "/../../.."].first {
    FileManager.default.fileExists(atPath: $0 + "/registry.json")
  } ?? "."
let data = (ProcessInfo.processInfo.environment["PATCHBAY_SHARED"] ?? root + "/../shared") + "/data"

func pad(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
func number(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

func printRow(_ row: Measured) {
  print(
    "  " + row.name.padding(toLength: 34, withPad: " ", startingAt: 0) + pad("\(row.bytes)", 8)
      + pad(number(row.connector, 1), 14) + pad(number(row.scan, 1), 12) + pad(number(row.connector / row.scan, 2), 7)
      + pad(row.book.map { number($0, 1) } ?? "-", 12) + pad(row.book.map { number(row.connector / $0, 2) } ?? "-", 7)
      + pad(number(row.allocations, 3), 13))
}

/// Over how many levels of a side the exchange's recordings have a checksum with each change.
let checksumDepths = ["kraken": 10, "okx": 25, "okx_perpetual": 25, "bitget": 25, "bitget_perpetual": 25]

func bench(_ id: String, _ catalog: Catalog) throws {
  let clock = SystemClock()
  let start = clock.now().mono
  let found = try InstalledConnector.find(id, in: catalog, folders: [executable])
  let loaded = Double(clock.now().mono - start) / 1e6
  guard let entry = found.item.manifest else { return }
  let subject = try Subject(id: id, library: found.library, entry: entry, certification: found.certificationFile)
  let captures = words.count < 2 ? try subject.captures(data: data) : []
  let sizes = words.count == 2 ? [Int(words[1]) ?? 4] : [4, 24]
  guard id == "binance" || !captures.isEmpty else { return }
  print("\(id): library \(found.library.bytes / 1024) KiB, found, checked and loaded in \(number(loaded, 1)) ms")
  if id == "binance" {
    for levels in sizes { printRow(try measureGenerated(found.connector, levels: levels, rounds: 15)) }
  }
  if id == "binance", words.count < 2 {
    let scale = ScaleBench(connector: found.connector)
    for books in [1, 50, 500, 2000] {
      printRow(try scale.measure(books: books, messages: max(20_000, books * 20), rounds: 4))
    }
  }
  for capture in captures {
    let depth = checksumDepths[id] ?? 0
    if let row = try measureRecorded(subject, capture, checksumDepth: depth, rounds: 30) { printRow(row) }
  }
}

do {
  let registry = try Registry.load(path: root + "/registry.json")
  let catalog = Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [executable])
  print(
    "decode and apply, per message            bytes  connector ns   C scan ns  ratio   C book ns  ratio  allocations")
  for item in catalog.items {
    for connector in item.manifest?.connectors ?? [] where words.isEmpty || words[0] == connector.id {
      try bench(connector.id, catalog)
    }
  }
  if words.isEmpty || words == ["binance"] || words == ["wire"] || words.first == "orders" || words == ["feed"]
    || words == ["worker"]
  {
    let found = try InstalledConnector.find("binance", in: catalog, folders: [executable])
    let folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-bench-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    if words.isEmpty || words == ["feed"] { try FeedBench(connector: found.connector).printAll(folder: folder) }
    guard words != ["feed"] else { exit(0) }
    if words.isEmpty || words == ["worker"] { try WorkerBench(found, catalog).printAll() }
    guard words != ["worker"] else { exit(0) }
    print("\nover a socket (loopback, one thread)                    host µs  reference µs   ratio")
    let wire = try WireBench(found, folder: folder)
    guard words.first != "orders" else {
      try wire.outgoing(words.count > 1 ? Int(words[1]) ?? 20_000 : 20_000).forEach(printPath)
      guard words.count == 1 else { exit(0) }
      if let manifest = found.item.manifest { try printGuard(manifest, folder: folder) }
      exit(0)
    }
    printPath(try wire.incoming(20_000))
    try wire.outgoing(2_000).forEach(printPath)
    try WireBench(found, folder: folder, encrypted: true).outgoing(2_000).forEach(printPath)
    printPath(try wire.durable(500, folder: folder))
    print("  The references: epoll and recv of the same bytes; HMAC-SHA256 and send of as many bytes, or SSL_write;")
    print("  HMAC-SHA256 and send with a write and fdatasync of 512 bytes. The journal is in \(folder).")
    if let manifest = found.item.manifest { try printGuard(manifest, folder: folder) }
    guard words != ["wire"] else { exit(0) }
    try printOrders()
    printMemory(try ScaleBench(connector: found.connector).memory(total: 10_000_000, parts: 5))
  }
  print("\nThe C scan walks the same bytes and turns every number into an integer; it checks and keeps nothing. The C")
  print("book keeps the levels in sorted arrays, with a checksum where the exchange has one; which book is meant it is")
  print("told.")
} catch {
  print("bench: \(error)")
  exit(1)
}
