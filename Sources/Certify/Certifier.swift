import CHost
import Glibc
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
    let words = [program] + arguments + ["--steps", steps.map(\.rawValue).joined(separator: ",")]
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    defer { pointers.forEach { free($0) } }
    pointers.append(nil)
    var run = Run()
    var child: Int32 = 0
    let descriptor = chost_spawn(program, pointers, countingLibrary, &child)
    guard descriptor >= 0 else {
      run.abnormalEnd = "the worker cannot be started: " + String(cString: strerror(-descriptor))
      return run
    }
    let isSilent = !read(descriptor, &run)
    close(descriptor)
    if isSilent { kill(child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    if isSilent {
      run.abnormalEnd = "it hangs: nothing for \(patience / 1000) s"
    } else if status & 0x7F != 0 {
      run.abnormalEnd = "it crashed with signal \(status & 0x7F) (\(String(cString: strsignal(status & 0x7F))))"
    } else if status >> 8 & 0xFF != 0 {
      run.abnormalEnd = "the worker ended with status \(status >> 8 & 0xFF)"
    }
    return run
  }

  /// Reads lines until the worker closes its end; false when it fell silent.
  private func read(_ descriptor: Int32, _ run: inout Run) -> Bool {
    var buffer: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&state, 1, patience)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return false }
      let count = Glibc.read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return true }
      buffer += part[..<count]
      while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        take(Array(buffer[..<end]), &run)
        buffer.removeSubrange(...end)
      }
    }
  }

  private func take(_ line: [UInt8], _ run: inout Run) {
    guard let value = try? JSONDocument.parse(bytes: line) else { return }
    if let name = value["begin"]?.string { run.last = name }
    if let reason = value["refused"]?.string { run.refusal = reason }
    if let digests = value["digests"]?.object { run.digests = digests }
    if let step = (value["step"]?.string).flatMap({ Step(rawValue: $0) }),
      let report = value["report"].flatMap({ Report($0) }) {
      run.reports.append((step, report))
    }
  }
}
