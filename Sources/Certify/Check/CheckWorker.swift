import Glibc
import JSONTree
import Runtime

/// Makes one trial of one connector in this process, and writes lines of JSON: `{"finding"}`, `{"count"}`,
/// `{"digests"}`, `{"suggestions"}`.
public struct CheckWorker {
  let subject: Subject
  let data: DataFolder
  let note: CheckNote?
  private let descriptor: Int32

  public init(subject: Subject, dataFolder: String, noteFile: String, descriptor: Int32) {
    self.subject = subject
    self.descriptor = descriptor
    data = DataFolder(path: dataFolder)
    note = CheckNote(file: noteFile)
    // A bomb that goes off ends this process and no other; a crash leaves no core behind.
    var memory = rlimit(rlim_cur: 1 << 31, rlim_max: 1 << 31)
    setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &memory)
    var core = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &core)
  }

  public func run(_ trial: Trial) {
    let judge = CheckJudge(trial: trial, note: note) { finding in write(["finding": finding.json]) }
    do {
      switch trial {
      case .manifest, .exports: break
      case .load:
        DescriptorTrial(subject: subject).run(judge)
        write(["suggestions": JSONValue(.array(BindingSuggestions(subject: subject, data: data).acts()))])
      case .configuration: ConfigurationTrial(subject: subject).run(judge)
      case .strangers: try StrangerTrial(subject: subject, stories: stories).run(judge)
      case .commands: try CommandTrial(subject: subject).run(judge)
      case .numbers, .texts, .giants: try VariantTrial(subject: subject, stories: stories).run(judge)
      case .determinism: write(["digests": try digests(judge)])
      case .memory: try MemoryTrial(subject: subject, stories: stories).run(judge)
      case .time: try TimeTrial(subject: subject, stories: stories).run(judge)
      }
    } catch {
      judge.report("it could not be tried: \(error)", remedy: "mend what is said, and check again")
    }
    write(["count": JSONValue(.number("\(judge.count)"))])
  }

  /// Says why there is nothing to try.
  public static func refuse(_ reason: String, trial: Trial, descriptor: Int32) {
    let finding = Finding(trial, reason, remedy: "")
    write(JSONWriter.compact(["finding": finding.json]), descriptor)
  }

  private var stories: Stories { Stories(subject: subject, data: data) }

  /// Of every story twice, as two instances answer it.
  private func digests(_ judge: CheckJudge) throws -> JSONValue {
    var members: [JSONMember] = []
    for name in stories.names {
      try stories.tell(name) { recording in
        var both: [JSONValue] = []
        for _ in 0..<2 {
          let variants = RecordingVariants(recording, code: try subject.code())
          try variants.begin()
          recording.forEach { record, payload in
            judge.begin("\(name), input \(record.pointee.seq)", payload)
            _ = variants.deliver(record, payload)
          }
          both.append(JSONValue(.string(variants.takeDigest())))
        }
        members.append(JSONMember(name, JSONValue(.array(both))))
      }
    }
    return JSONValue(.object(members))
  }

  private func write(_ value: JSONValue) { Self.write(JSONWriter.compact(value), descriptor) }

  private static func write(_ line: String, _ descriptor: Int32) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}

/// Counts what is delivered, and takes what is wrong with the answers; the same thing is reported once.
final class CheckJudge {
  let trial: Trial
  private(set) var count = 0
  private let note: CheckNote?
  private let write: (Finding) -> Void
  private var known: Set<String> = []

  /// Findings of one trial; what is behind them is most often the same mistake.
  static let most = 6

  init(trial: Trial, note: CheckNote?, write: @escaping (Finding) -> Void) {
    (self.trial, self.note, self.write) = (trial, note, write)
  }

  var isFull: Bool { known.count >= Self.most }

  func begin(_ words: @autoclosure () -> String, _ payload: UnsafeBufferPointer<UInt8>) {
    count += 1
    note?.begin(words(), payload)
  }

  func begin(_ words: @autoclosure () -> String) { begin(words(), UnsafeBufferPointer(start: nil, count: 0)) }

  /// - Parameter kind: what makes two findings the same; nil = their words.
  func report(_ what: String, remedy: String, weight: Finding.Weight = .fault, kind: String? = nil) {
    guard known.count < Self.most, known.insert(kind ?? what).inserted else { return }
    write(Finding(trial, what, remedy: remedy, weight: weight))
  }

  /// What came of an instance since it had counted so much; nil = since it was made.
  func judge(_ trial: RecordingVariants, since before: InstanceCounters?, _ words: @autoclosure () -> String) {
    let now = trial.counters
    let malformed = now.malformed - (before?.malformed ?? 0)
    judge(
      malformed: trial.isMalformed ? malformed : 0, failed: now.failed - (before?.failed ?? 0),
      fault: trial.firstFault.map { "\($0)" }, gaveUp: trial.hasGivenUpByItself, words())
  }

  /// What a trial finds of records and of the instance itself.
  func judge(
    malformed: UInt64, failed: UInt64, fault: String?, gaveUp: Bool, _ words: @autoclosure () -> String
  ) {
    if malformed > 0 {
      let what = fault ?? "emitted outside of its input, or too many for one"
      report(
        "a record that breaks the contract (\(what)) behind \(words())",
        remedy: "check what was read before it is put into a record: docs/abi.md says what each field may be",
        kind: "malformed \(what)")
    }
    if failed > 0 || gaveUp {
      report(
        "it gave itself up (\(failed > 0 ? "PB_E_INTERNAL" : "a fault")) behind \(words())",
        remedy: "answer PB_E_PARSE to what cannot be read, and go on: the host ends an instance that gives up",
        kind: "gave up")
    }
  }
}

extension Finding {
  public var json: JSONValue {
    [
      "trial": JSONValue(.string(trial.rawValue)), "weight": JSONValue(.string(weight.rawValue)),
      "what": JSONValue(.string(what)), "remedy": JSONValue(.string(remedy)),
    ]
  }

  /// Reads what `json` wrote.
  init?(_ value: JSONValue) {
    guard let trial = value["trial"]?.string.flatMap({ Trial(rawValue: $0) }), let what = value["what"]?.string,
      let weight = value["weight"]?.string.flatMap({ Weight(rawValue: $0) })
    else { return nil }
    self.init(trial, what, remedy: value["remedy"]?.string ?? "", weight: weight)
  }
}
