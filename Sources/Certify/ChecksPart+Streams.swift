import CHost
import CPatchbay
import Glibc
import JSONTree
import MarketModel
import Records
import Runtime

/// Connections, odd messages and secrets.
extension ChecksPart {
  private static let minutes: Int64 = 300_000_000_000

  private func subscribed() throws(InstanceFault) -> Bench {
    let bench = try bench()
    var draft = CommandDraft(.subscribe)
    draft.instrument = order(bench).instrument
    draft.channels = [.book, .trades]
    bench.send(draft)
    return bench
  }

  func streams(_ report: inout Report) throws(InstanceFault) {
    guard !isEmbedded else { return }
    let bench = try subscribed()
    if let stream = bench.publicStream(nil) {
      let url = bench.streams[stream]
      let frames = bench.sent.filter { $0.way == .frame && $0.stream == stream }.count
      let before = bench.sent.count
      bench.close(stream)
      bench.advance(by: Self.minutes)
      let new = bench.sent[before...]
      let isOpen = new.contains { $0.way == .open } && bench.streams.values.contains { sameEndpoint($0, url ?? "") }
      report.check(
        "S39", failures("reconnect", "the stream opened again", unless: isOpen, got: "\(new.count) requests"))
      // Subscriptions stand in the URL, or are sent again.
      let again = new.filter { $0.way == .frame }.count
      report.check(
        "S39", failures("subscriptions", "\(frames) frames", unless: frames == 0 || again > 0, got: "\(again)"))
    } else {
      report.check("S39", [Failure(name: "public stream", expected: "one", got: "none was opened")])
    }
    guard subject.offers(.place) else { return }
    guard let stream = bench.privateStream else {
      return report.check("S34", [Failure(name: "private stream", expected: "one", got: "none was opened")])
    }
    bench.close(stream)
    bench.advance(by: Self.minutes)
    report.check(
      "S34", failures("private stream", "opened again", unless: bench.privateStream != nil, got: "it stays closed"))
  }

  private func sameEndpoint(_ left: String, _ right: String) -> Bool {
    Self.path(left) == Self.path(right)
  }

  /// What stands behind the host: one exchange may have several, of which the next is tried when one is lost, and the
  /// permit holds each of them.
  private static func path(_ url: String) -> Substring? {
    url.split(separator: "?").first.map { $0.split(separator: "/", maxSplits: 2).dropFirst(2).first ?? "" }
  }

  /// Messages that no exchange should send.
  func messages(_ report: inout Report) throws(InstanceFault) {
    let texts = [
      "{\"type\":\"never_heard_of\",\"data\":[1,{\"x\":null}]}", "[]", "{}", "null", "7", "\"text\"", "{\"a\":",
      "[[[[[[[[",
      "{\"e\":\"\",\"s\":\"\",\"channel\":\"\",\"event\":\"\"}", "", "\u{0}\u{1}", String(repeating: "[", count: 5000),
      "{\"data\":[[\"1e400\",\"-0\"]]}",
    ]
    let bench = try subscribed()
    let all = texts + strangers()
    for stream in bench.streams.keys.sorted() {
      for text in all {
        bench.frame(Array(text.utf8), on: stream)
        report.check("S45", failures("message", "it goes on", unless: isSound(bench), got: "after \(text.prefix(40))"))
      }
      for bytes in [[0x1F, 0x8B, 8, 0, 1, 2], [0xFF, 0xFE, 0], [UInt8](repeating: 0, count: 64)] as [[UInt8]] {
        bench.frame(bytes, on: stream, kind: .binary)
        report.check("S41", failures("binary frame", "it goes on", unless: isSound(bench), got: "it gave up"))
      }
    }
    let before = bench.facts.count
    bench.send(CommandDraft(.instruments))
    let lives = bench.facts[before...].contains { $0.fact.kind == "reply" && $0.fact["outcome"] == "done" }
    report.check(
      "S45", failures("afterwards", "it still answers", unless: lives || script(isEmpty: bench), got: "no answer"))
  }

  /// Recorded messages of every shape, with each of their texts in turn replaced by one that means nothing.
  private func strangers() -> [String] {
    guard let name = subject.manifest.captures.lazy.flatMap(data.captures).first, let capture = try? data.capture(name)
    else { return [] }
    var shapes: Set<String> = []
    var texts: [String] = []
    for entry in capture.entries where entry.isIncoming && entry.kind == .text && texts.count < 400 {
      guard entry.data.count < 20_000, let value = try? JSONDocument.parse(bytes: entry.data) else { continue }
      var keys = ""
      var count = 0
      _ = value.mapStrings { text in
        count += 1
        if text.allSatisfy(\.isLetter) { keys += text + "," }
        return JSONValue(.null)
      }
      guard shapes.insert(keys).inserted else { continue }
      for place in 0..<min(count, 12) {
        var index = -1
        let changed = value.mapStrings { text in
          index += 1
          return JSONValue(.string(index == place ? "never heard of" : text))
        }
        texts.append(JSONWriter.compact(changed))
      }
    }
    return texts
  }

  private func script(isEmpty bench: Bench) -> Bool { bench.instrument(nil) == 0 }

  private func isSound(_ bench: Bench) -> Bool {
    !bench.isFaulted && Int(bench.lastStatus) != PB_E_INTERNAL && bench.counters?.malformed == 0
  }

  /// Records a session with an account and looks for what must not be in it.
  func secrets(_ report: inout Report) throws {
    try report.check("R04", withTemporaryFile { Array(try secrets(in: $0).prefix(2)) })
  }

  private func secrets(in file: String) throws -> [Failure] {
    let bench = try Bench(
      subject.code(), manifest: subject.entry, script: subject.manifest.trading, values: PayloadPart.credentials,
      clock: PayloadPart.clock)
    let header = RecordingHeader(
      connector: subject.id, librarySHA256: subject.library.sha256, revision: Int(PB_ABI_REVISION),
      descriptor: subject.descriptor, config: [:])
    let recorder = try InputRecorder(file: file, header: header)
    bench.record(to: recorder)
    bench.begin()
    if subject.offers(.place) { bench.send(order(bench)) }
    bench.advance(by: Self.minutes * 12)
    bench.stop()
    try recorder.finish()
    var hidden = bench.tokens
    for field in subject.entry.credentials where field.secret {
      if let value = bench.credentials[field.name] { hidden.append(value) }
    }
    var found: [Failure] = []
    try Recording(file: file).forEach { record, payload in
      let bytes = UnsafeRawBufferPointer(start: record, count: Int(record.pointee.size))
      if hidden.contains(where: { self.contains(bytes, $0) || self.contains(UnsafeRawBufferPointer(payload), $0) }) {
        found.append(
          Failure(name: "recording", expected: "no token or credential", got: "one in input \(record.pointee.seq)"))
      }
    }
    if let leak = bench.leaks.first {
      found.append(
        Failure(
          name: "token", expected: "a token captured into a slot",
          got: "a text of \(leak.utf8.count) bytes from a reply, sent in clear"))
    }
    return found
  }

  private func contains(_ text: UnsafeRawBufferPointer, _ part: [UInt8]) -> Bool {
    part.count >= 4 && chost_contains(text.baseAddress, text.count, part, part.count) != 0
  }
}
