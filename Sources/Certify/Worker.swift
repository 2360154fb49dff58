import Glibc
import JSONTree
import Runtime

/// The steps that a worker process is asked for; each ends with a report of its own.
public enum Step: String, CaseIterable, Sendable {
  case captures, faults, sequences, vectors, payloads, checks, digests
}

/// Runs steps in the process that holds the connector, and writes one JSON object per line: `{"begin": case}` before
/// each case, `{"step", "report"}` after each step, and `{"digests"}`.
public struct Worker {
  let subject: Subject
  let data: DataFolder
  private let write: (String) -> Void

  /// Nothing else runs in this process, so that its memory is the connector's.
  private let isAlone: Bool

  /// - Parameters:
  ///   - descriptor: where lines go.
  ///   - isAlone: whether nothing else runs in this process; else memory is not judged.
  public init(subject: Subject, dataFolder: String, descriptor: Int32, isAlone: Bool = true) {
    self.subject = subject
    self.isAlone = isAlone
    data = DataFolder(path: dataFolder)
    write = { Worker.write($0, descriptor) }
  }

  /// Says why there is no connector to certify.
  public static func refuse(_ reason: String, descriptor: Int32) {
    write(JSONWriter.compact(["refused": JSONValue(.string(reason))]), descriptor)
  }

  private static func write(_ line: String, _ descriptor: Int32) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  public func run(_ steps: [Step]) {
    for step in steps {
      if step == .digests {
        writeDigests()
        continue
      }
      var report = Report(id: subject.id)
      report.kind = subject.kind
      report.librarySHA256 = subject.library.sha256
      report.usualProtocol = subject.manifest.replay.protocols.first?.name
      report.waived = subject.manifest.waivedChecks
      run(step, &report)
      if step == .checks {
        report.notApplicable += report.waived.sorted { $0.key < $1.key }.map { ("checks:\($0.key)", $0.value) }
      }
      write(JSONWriter.compact(["step": JSONValue(.string(step.rawValue)), "report": report.json]))
    }
  }

  private func begin(_ name: String) { write(JSONWriter.compact(["begin": JSONValue(.string(name))])) }

  func run(_ step: Step, _ report: inout Report) {
    switch step {
    case .captures: CapturePart(subject: subject, data: data).run(&report, progress: begin)
    case .faults: FaultPart(subject: subject, data: data).run(&report, progress: begin)
    case .sequences: SequencePart(subject: subject, data: data).run(&report, progress: begin)
    case .vectors: VectorPart(subject: subject, data: data).run(&report, progress: begin)
    case .payloads: PayloadPart(subject: subject, data: data).run(&report, progress: begin)
    case .checks: ChecksPart(subject: subject, data: data, isAlone: isAlone).run(&report, progress: begin)
    case .digests: break
    }
  }

  private func writeDigests() {
    let checks = ReplayChecks(subject: subject, data: data)
    var members: [JSONMember] = []
    let proofs = Proofs(subject: subject, data: data)
    for name in proofs.names {
      begin("checks:S81 \(name)")
      guard let proof = try? proofs.load(name), let digests = try? checks.digests(proof) else { continue }
      members.append(
        JSONMember(name, JSONValue(.array([JSONValue(.string(digests.live)), JSONValue(.string(digests.replayed))]))))
    }
    write(JSONWriter.compact(["digests": JSONValue(.object(members))]))
  }
}
