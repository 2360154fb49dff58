import CHost
import CPatchbay
import Glibc
import JSONTree
import MarketModel
import Records
import Runtime

/// The numbered checks that need recorded traffic.
struct ReplayChecks {
  private static let isOptimized: Bool = {
    #if DEBUG
      false
    #else
      true
    #endif
  }()

  let subject: Subject
  let data: DataFolder
  /// Nothing else runs in this process, so that memory can be judged.
  var isAlone = true

  /// Most captures that the costly checks are run on.
  static let most = 2

  func run(_ report: inout Report, progress: (String) -> Void) {
    let proofs = Proofs(subject: subject, data: data)
    for name in proofs.names.prefix(Self.most) {
      progress("checks:\(name)")
      do {
        let proof = try proofs.load(name)
        try facts(proof, &report)
        progress("checks:\(name) reconnect")
        try reconnect(proof, &report)
        progress("checks:\(name) memory")
        if isAlone { try memory(proof, &report) }
        for seed in 1...max(1, subject.mutations) {
          progress("checks:\(name) mutation \(seed)")
          try mutated(proof, seed: seed, &report)
        }
      } catch {
        report.check("R03", [Failure(name: name, expected: "a replay", got: "\(error)")])
      }
    }
  }

  /// A recording of the connector over a capture, in a file that is gone when `body` returns.
  func recorded<Result>(_ proof: Proof, _ body: (Recording, String) throws -> Result) throws -> Result {
    let manifest = try subject.manifest.replay.fitting(proof.capture)
    let config = (try? JSONDocument.parse(bytes: manifest.config)) ?? [:]
    let header = RecordingHeader(
      connector: subject.id, librarySHA256: subject.library.sha256, revision: Int(PB_ABI_REVISION),
      descriptor: subject.descriptor, config: config)
    return try withTemporaryFile { file in
      let recorder = try InputRecorder(file: file, header: header)
      let replay = try proof.replay(by: subject, recorder: recorder)
      replay.run()
      replay.session.stop()
      let digest = try recorder.finish()
      return try body(try Recording(file: file), digest)
    }
  }

  /// The digest of the outputs over a capture, and of the same inputs given to a second instance.
  func digests(_ proof: Proof) throws -> (live: String, replayed: String) {
    try recorded(proof) { recording, digest in
      (digest, try RecordingReplay.run(recording, code: subject.code()).sha256)
    }
  }

  // MARK: Facts

  private func facts(_ proof: Proof, _ report: inout Report) throws {
    var undated: [Failure] = [], poor: [Failure] = []
    try recorded(proof) { recording, _ in
      var reader = FactReader()
      _ = try RecordingReplay.run(recording, code: subject.code()) { record in
        guard [PB_EV_BOOK, PB_EV_TRADE, PB_EV_INSTRUMENT].contains(record.kind) else { return }
        let fact = reader.read(record)
        if fact.kind == "book", fact["time_ns"] == nil, fact["sequence"] == nil {
          undated.append(Failure(name: "book", expected: "a time or sequence", got: "none, input \(record.rec.seq)"))
        }
        if fact.kind == "trade" {
          for name in ["side", "price", "quantity", "time_ns"] where fact[name] == nil || fact[name] == "0" {
            poor.append(Failure(name: "trade", expected: name, got: "none, input \(record.rec.seq)"))
          }
        }
      }
    }
    report.check("S46", Array(undated.prefix(1)))
    report.check("S54", Array(poor.prefix(1)))
  }

  // MARK: Reconnect

  private func reconnect(_ proof: Proof, _ report: inout Report) throws {
    let replay = try proof.replay(by: subject)
    replay.run(lines: proof.capture.entries.count / 2)
    replay.cut()
    let early = replay.books.sorted().first { replay.session.view.market(symbol: $0)?.book.isReady ?? false }
    report.check(
      "S50", early.map { [
        Failure(name: "cut", expected: "no book ready", got: "\($0) is ready without a connection")] } ?? [])
    replay.run()
    report.check("S50", wrongBooks(replay, proof.expected, "after a cut"))
  }

  /// Books that are ready and yet not the expected ones.
  func wrongBooks(_ replay: Replay, _ expected: JSONValue, _ label: String) -> [Failure] {
    let part = ReplayJudge(subject: subject, label: { _ in label })
    for member in expected["books"]?.object ?? [] {
      guard let symbol = subject.manifest.symbol(expected: member.key), member.value["rebuildable"]?.bool != false,
        replay.session.view.market(symbol: symbol)?.book.isReady ?? false
      else { continue }
      // How deep a book goes depends on when it was begun.
      let shown = JSONValue(
        .object((member.value.object ?? []).filter { ["bids", "asks", "last_sequence"].contains($0.key) }))
      if let failure = part.compareBook(replay, symbol, shown, "\(label) \(symbol)").first { return [failure] }
    }
    return []
  }

  // MARK: Memory

  private func memory(_ proof: Proof, _ report: inout Report) throws {
    try recorded(proof) { recording, _ in
      // Queues fill and are thrown away again, so peaks are compared. A book that waits for a snapshot keeps a thousand
      // messages: a short recording is repeated until the waiting of its quietest book has an end.
      var peaks = [0, 0, 0]
      let passes = max(24, min(1500, 150_000 / max(1, recording.count)))
      let code = try subject.code()
      try RecordingReplay.loop(recording, code: code, passes: passes) { pass in
        let phase = min(2, pass * 3 / passes)
        peaks[phase] = max(peaks[phase], Self.memory(of: code))
      }
      let growth = max(0, peaks[2] - peaks[1])
      report.check(
        "R01", growth < 1 << 18 ? [] : [
          Failure(name: "memory", expected: "no growth", got: "\(growth) bytes in \(passes / 3) passes")
        ])
      if case .library(let connector) = code {
        try allocations(recording, connector, &report)
      } else if !report.notApplicable.contains(where: { $0.name == "checks:R02" }) {
        report.notApplicable.append(("checks:R02", "what a worker allocates cannot be counted from outside"))
      }
    }
  }

  /// Bytes that the connector has: of the heap here, or all that its worker has.
  private static func memory(of code: ConnectorCode) -> Int {
    switch code {
    case .library: Int(chost_heap_bytes())
    case .worker(let link): link.memory
    }
  }

  /// Counts what the second half of the recording's book updates ask for. Tables may still grow now and then.
  private func allocations(_ recording: Recording, _ connector: PeerConnector, _ report: inout Report) throws {
    // An unoptimized build allocates where an optimized one does not; it is not what will run.
    guard chost_allocations() >= 0, ReplayChecks.isOptimized else { return }
    var kinds = 0
    var start: Int64 = 0
    var index = 0, updates = 0, asked: Int64 = 0, offending = 0
    try RecordingReplay.step(
      recording, connector: connector,
      watch: { record in kinds |= record.kind == PB_EV_BOOK && record.head(as: pb_book.self).snapshot == 0 ? 1 : 2 },
      before: {
        kinds = 0
        start = chost_allocations()
      },
      after: { record in
        let count = chost_allocations() - start
        index += 1
        guard index > recording.count / 2, kinds == 1, Int(record.pointee.kind) == PB_IN_FRAME else { return }
        updates += 1
        asked += count
        if count > 0 { offending += 1 }
      })
    guard updates >= 20 else { return }
    let isQuiet = offending * 50 <= updates
    report.check(
      "R02", isQuiet ? [] : [
        Failure(name: "allocations", expected: "none", got: "\(asked) in \(offending) of \(updates) book updates")
      ])
  }
}
