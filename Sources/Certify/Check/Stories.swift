import CPatchbay
import JSONTree
import MarketModel
import Records
import Runtime

/// Inputs as a host delivers them, to be told again with changes: the recordings of the data folder that concern the
/// connector, and a run through all of its commands, answered as `certification.json` says.
struct Stories {
  let subject: Subject
  let data: DataFolder
  static let commands = "commands"

  /// Few recordings say what a connector's messages look like.
  var names: [String] { Array(Proofs(subject: subject, data: data).names.prefix(2)) + [Self.commands] }

  /// Calls `body` with a recording of the story; its file is gone afterwards.
  func tell<Result>(_ name: String, _ body: (Recording) throws -> Result) throws -> Result {
    guard name == Self.commands else {
      let proof = try Proofs(subject: subject, data: data).load(name)
      return try ReplayChecks(subject: subject, data: data).recorded(proof) { recording, _ in try body(recording) }
    }
    let config = (try? JSONDocument.parse(bytes: subject.manifest.trading.config)) ?? [:]
    let header = RecordingHeader(
      connector: subject.id, librarySHA256: subject.library.sha256, revision: Int(PB_ABI_REVISION),
      descriptor: subject.descriptor, config: config)
    return try withTemporaryFile { file in
      let recorder = try InputRecorder(file: file, header: header)
      let bench = try subject.bench(values: Stories.credentials, clock: Stories.clock)
      bench.record(to: recorder)
      Stories.act(on: bench, subject)
      bench.stop()
      try recorder.finish()
      return try body(try Recording(file: file))
    }
  }

  /// Nanoseconds; any moment will do.
  static let clock: Int64 = 1_767_571_200_000_000_000

  /// Values for the credential fields by the names that vectors use.
  static let credentials: JSONValue = [
    "apiKey": "check-api-key", "secret": "Y2hlY2stYXBpLXNlY3JldA==", "password": "check-passphrase", "uid": "1",
  ]

  /// Every command that the connector offers, on its first instrument.
  private static func act(on bench: Bench, _ subject: Subject) {
    bench.begin()
    let channels = Channels.names.filter { subject.has("channels", $0.name) }
    for (_, channel) in channels {
      var draft = CommandDraft(.subscribe)
      (draft.instrument, draft.channels) = (bench.instrument(nil), channel)
      bench.send(draft)
    }
    bench.advance(by: 1_000_000_000)
    for verb in Verb.allCases where subject.offers(verb) && verb != .subscribe && verb != .unsubscribe {
      bench.send(CommandTrial.usual(verb, bench, subject))
    }
    bench.advance(by: 60_000_000_000)
  }
}

/// A payload of a story, and where it stands.
struct StorySample {
  /// The number of its input in the story, from 0.
  var place: Int
  var payload: [UInt8]
  /// For people.
  var words: String
}

extension Stories {
  /// Payloads of a recording, few of each shape.
  static func samples(of recording: Recording, _ name: String, most: Int) -> [StorySample] {
    var seen: [String: Int] = [:]
    var samples: [StorySample] = []
    var place = 0
    recording.forEach { record, payload in
      defer { place += 1 }
      guard !payload.isEmpty, samples.count < most else { return }
      let shape = "\(record.pointee.kind) " + shape(of: payload)
      guard seen[shape, default: 0] < 2 else { return }
      seen[shape, default: 0] += 1
      let what = Int(record.pointee.kind) == PB_IN_FRAME ? "a frame" : "a reply"
      samples.append(StorySample(place: place, payload: Array(payload), words: "\(what) of \(name)"))
    }
    return samples
  }

  /// The names of members in a text of JSON, each once; of other payloads their first bytes.
  static func shape(of payload: UnsafeBufferPointer<UInt8>) -> String {
    var names: [String] = []
    var known: Set<String> = []
    var start: Int?
    var last: Range<Int>?
    for (place, byte) in payload.prefix(1 << 16).enumerated() {
      if let begin = start {
        if byte == UInt8(ascii: "\"") {
          last = begin..<place
          start = nil
        }
      } else if byte == UInt8(ascii: "\"") {
        start = place + 1
      } else if byte == UInt8(ascii: ":"), let name = last {
        let text = String(decoding: payload[name], as: UTF8.self)
        if names.count < 64, known.insert(text).inserted { names.append(text) }
        last = nil
      } else if byte > 0x20 {
        last = nil
      }
    }
    return names.isEmpty ? "\(Array(payload.prefix(4)))" : names.joined(separator: " ")
  }
}
