import Decimals
import JSONTree
import Runtime

/// Private streams.
extension SequencePart {
  func runPrivate(_ sequence: Sequence, _ report: inout Report) throws {
    let run = try account(sequence)
    run.feed()
    report.count(.sequences, run.soundness(sequence.label))
    for (field, reason) in subject.manifest.sequences.unsaid where sequence.has("orders") {
      report.notApplicable.append(("\(sequence.label) \(field)", reason))
    }
    for outcome in run.tale.compare(sequence.expected, subject.manifest, sequence.label) {
      report.count(.sequences, outcome)
    }
    // Faults of a recording that has books are those of the books.
    guard !sequence.has("books") else { return }
    for fault in sequence.faults {
      let label = "\(sequence.label) without line \(fault.line)"
      let run = try account(sequence)
      run.feed(dropping: fault.line)
      let noticed = run.losses.first { $0 > fault.line }
      let isInTime = noticed.map { $0 <= fault.deadline } ?? false
      report.count(
        .sequences, isInTime ? [] : [
          Failure(
            name: label, expected: "the account's stream is given up by line \(fault.deadline)",
            got: noticed.map { "at line \($0)" } ?? "it was believed to be whole")
        ])
    }
  }

  func account(_ sequence: Sequence) throws -> AccountRun {
    let manifest = subject.manifest
    let frames = manifest.sequences.frames + manifest.samples.frames + manifest.trading.frames
    return try AccountRun(
      sequence.capture, subject: subject, replies: replies(for: sequence), fills: manifest.sequences.fills,
      frames: frames)
  }
}

/// A connector with an account over a recorded private stream. Its requests are answered by the recording's responses,
/// else by the script; frames that it sends as the recording's client did are answered by the recording, in its order.
final class AccountRun {
  private let bench: Bench
  private let capture: Capture
  private let paths: [String: String]
  private(set) var tale = AccountTale()
  /// The lines at which a private stream was lost or given up.
  private(set) var losses: [Int] = []
  private var line = 0
  private var seenFacts = 0
  /// Recorded frames that stand for frames of the connector: what the connector wrote where they have other values.
  private var translations: [(line: Int, pointer: String, recorded: JSONValue, own: JSONValue)] = []
  private var usedLines: Set<Int> = []
  /// What has come until now.
  private var messages: [JSONValue] = []
  /// Messages for which there was no stream.
  private(set) var untaken = 0

  init(
    _ capture: Capture, subject: Subject, replies: [TradingScript.Reply], fills: FillsModel? = nil,
    frames: [TradingScript.FrameReply]
  ) throws {
    self.capture = capture
    let manifest = subject.manifest
    paths = manifest.replay.paths
    var script = manifest.trading
    let spoken = try manifest.replay.fitting(capture, more: script.configValue.laid(over: manifest.sequences.config))
    script.config = spoken.config
    script.frames = frames
    script.replies = AccountRun.recorded(capture, paths) + replies
    bench = try subject.bench(values: PayloadPart.credentials, clock: capture.entries[0].time, script: script)
    bench.answersFrame = { [unowned self] rule, sent in isAnswered(rule, sent) }
    bench.answersRequest = { [unowned self] request in
      fills?.answer(request, messages).map { Array(JSONWriter.compact($0).utf8) }
    }
    bench.begin()
  }

  /// Responses of one address come in their order, the last one again and again.
  private static func recorded(_ capture: Capture, _ paths: [String: String]) -> [TradingScript.Reply] {
    var replies: [TradingScript.Reply] = []
    for entry in capture.entries where entry.kind == .response {
      let path = AccountRun.path(of: entry.url, paths)
      for index in replies.indices where replies[index].path.text == path { replies[index].isOnce = true }
      replies.append(
        TradingScript.Reply(method: nil, path: Pattern(path), status: 200, body: entry.data, isOnce: false))
    }
    return replies
  }

  private static func path(of url: String, _ paths: [String: String]) -> String {
    let path = FlatRequest(method: "GET", url: url, headers: [], body: []).path
    return paths[path] ?? path
  }

  // MARK: Frames of the connector

  /// Whether the recording's client sent a frame of the same kind: then its answer follows in the recording.
  private func isAnswered(_ rule: TradingScript.FrameReply, _ own: JSONValue) -> Bool {
    for place in capture.entries.indices where place >= line && !usedLines.contains(place) {
      let entry = capture.entries[place]
      guard !entry.isIncoming, entry.kind == .text, let sent = try? JSONDocument.parse(bytes: entry.data),
        rule.fits(sent) else { continue }
      usedLines.insert(place)
      for member in rule.copy {
        guard let recorded = sent.at(member.key), let value = own.at(member.key), let pointer = member.value.string
        else { continue }
        translations.append((place, pointer, recorded, value))
      }
      return true
    }
    return false
  }

  /// A recorded frame with the connector's own request ids in place of the recorded ones.
  private func translated(_ text: [UInt8]) -> [UInt8] {
    guard !translations.isEmpty, let value = try? JSONDocument.parse(bytes: text) else { return text }
    guard let place = translations.firstIndex(where: { $0.line < line && value.at($0.pointer) == $0.recorded }) else {
      return text
    }
    let found = translations.remove(at: place)
    return Array(JSONWriter.compact(value.setting(found.pointer, to: found.own)).utf8)
  }

  // MARK: The recording

  /// Feeds the whole recording.
  /// - Parameter dropped: a line (from 0) that is lost.
  func feed(dropping dropped: Int? = nil) {
    note()
    for entry in capture.entries {
      if line > 0 { bench.advance(by: max(0, entry.time.subtractingSaturated(capture.entries[line - 1].time))) }
      if line != dropped { feed(entry) }
      note()
      line += 1
    }
  }

  private func feed(_ entry: CaptureEntry) {
    guard entry.isIncoming, entry.kind == .text || entry.kind == .binary || entry.kind == .close else { return }
    guard let stream = stream(of: entry) else {
      untaken += 1
      return
    }
    switch entry.kind {
    case .close: bench.close(stream)
    case .binary:
      guard let text = bench.inflated(entry.data, on: stream) else {
        return bench.frame(entry.data, on: stream, kind: .binary)
      }
      keep(text)
      bench.frame(translated(text), on: stream)
    default:
      keep(entry.data)
      bench.frame(translated(entry.data), on: stream)
    }
  }

  private func keep(_ text: [UInt8]) {
    if let message = try? JSONDocument.parse(bytes: text) { messages.append(message) }
  }

  /// The stream of the same path, a private one before a public one; else the private one: its address may be made of a
  /// key that the exchange gave, or of another way to the same events.
  private func stream(of entry: CaptureEntry) -> UInt64? {
    let path = AccountRun.path(of: entry.url, paths)
    let same = bench.streams.filter { AccountRun.path(of: $0.value, [:]) == path }.keys.sorted()
    return same.last { $0 == bench.privateStream } ?? same.last { bench.isPrivate($0) } ?? bench.privateStream
      ?? same.last
  }

  /// Takes what came out since the last line.
  private func note() {
    for (fact, _) in bench.facts[seenFacts...] {
      tale.add(fact)
      let isDown = fact.kind == "state" && fact["account"] != nil && ["down", "rejected"].contains(fact["state"] ?? "")
      if isDown, losses.last != line { losses.append(line) }
    }
    seenFacts = bench.facts.count
  }

  /// What is wrong with the connector itself.
  func soundness(_ label: String) -> [Failure] {
    if bench.isFaulted { return [Failure(name: label, expected: "a connector that goes on", got: "it gave up")] }
    if let counters = bench.counters, counters.malformed > 0 {
      let got = "\(counters.malformed) malformed"
      return [Failure(name: label, expected: "well-formed records", got: got)]
    }
    if untaken > 0 {
      let opened = bench.streams.values.sorted().joined(separator: ", ")
      return [
        Failure(
          name: label, expected: "a stream for \(untaken) recorded messages",
          got: opened.isEmpty ? "no stream was opened" : "opened were \(opened)")
      ]
    }
    if let line = losses.first {
      return [Failure(name: label, expected: "the account's stream lives", got: "it was given up at line \(line)")]
    }
    return []
  }
}

extension TradingScript {
  var configValue: JSONValue { (try? JSONDocument.parse(bytes: config)) ?? [:] }
}

extension JSONValue {
  /// An object's members with those of another where they have the same names.
  func laid(over other: JSONValue) -> JSONValue {
    let own = object ?? []
    return JSONValue(.object((other.object ?? []).filter { member in !own.contains { $0.key == member.key } } + own))
  }
}
