import JSONTree

/// Certifies a connector in processes of its own, so that a crash or a hang is a result.
public struct Certifier {
  /// The program, and its arguments before the steps.
  public var program: String
  public var arguments: [String]
  /// A library that counts allocations, loaded into the worker; nil = they are not counted.
  public var countingLibrary: String?
  /// Longest silence of a worker, in milliseconds.
  public var patience: Int32 = 180_000

  public init(program: String, arguments: [String], countingLibrary: String? = nil) {
    self.program = program
    self.arguments = arguments
    self.countingLibrary = countingLibrary
  }

  /// Runs everything. Steps that a crash cut short fail, the others go on in a new process.
  public func certify(id: String) -> Report {
    var report = Report(id: id)
    var left = Step.allCases.filter { $0 != .digests }
    while !left.isEmpty {
      let run = start(left)
      if let reason = run.refusal {
        report.check("S01", [Failure(name: "load", expected: "a connector", got: reason)])
        return report
      }
      for (step, part) in run.reports {
        left.removeAll { $0 == step }
        report.merge(part)
      }
      guard let end = run.abnormalEnd, let step = left.first else {
        if run.abnormalEnd == nil { left.removeAll() }
        continue
      }
      left.removeFirst()
      let name = run.last.isEmpty ? step.rawValue : run.last
      report.count(part(of: step), [Failure(name: name, expected: "the connector to go on", got: end)])
      if step == .checks { report.checks["R03"] = false }
    }
    determinism(&report)
    return report
  }

  private func part(of step: Step) -> Part { Part(rawValue: step.rawValue) ?? .checks }

  /// The same inputs in two processes, each with hash seeds of its own.
  private func determinism(_ report: inout Report) {
    let first = start([.digests]), second = start([.digests])
    guard first.abnormalEnd == nil, second.abnormalEnd == nil else {
      let end = first.abnormalEnd ?? second.abnormalEnd ?? ""
      return report.check("S81", [Failure(name: first.last, expected: "the connector to go on", got: end)])
    }
    for member in first.digests {
      let all = [member.value, second.digests.first { $0.key == member.key }?.value ?? []]
        .flatMap { $0.array ?? [] }.compactMap(\.string)
      let isSame = all.count == 4 && Set(all).count == 1
      report.check(
        "S81", isSame ? [] : [
          Failure(name: member.key, expected: all.first ?? "a digest", got: all.first { $0 != all.first } ?? "none")
        ])
    }
  }

  private struct Run {
    var reports: [(step: Step, report: Report)] = []
    var digests: [JSONMember] = []
    /// The case that was being run.
    var last = ""
    /// Why there is no connector to certify.
    var refusal: String?
    /// How the process ended, unless as it should.
    var abnormalEnd: String?
  }

  private func start(_ steps: [Step]) -> Run {
    let words = arguments + ["--steps", steps.map(\.rawValue).joined(separator: ",")]
    var run = Run()
    let process = WorkerProcess(program: program, words: words, preload: countingLibrary)
    let end = process.run(
      pace: patience, stuck: { "it hangs: nothing for \(patience / 1000) s" }, take: { take($0, &run) })
    run.abnormalEnd = end
    return run
  }

  private func take(_ value: JSONValue, _ run: inout Run) {
    if let name = value["begin"]?.string { run.last = name }
    if let reason = value["refused"]?.string { run.refusal = reason }
    if let digests = value["digests"]?.object { run.digests = digests }
    if let step = (value["step"]?.string).flatMap({ Step(rawValue: $0) }),
      let report = value["report"].flatMap({ Report($0) }) {
      run.reports.append((step, report))
    }
  }
}
