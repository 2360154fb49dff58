import JSONTree

/// Checks a connector: each trial in a process of its own, so that a crash or a hang is a finding of that trial and the
/// others go on.
public struct Checker {
  /// The program, and its arguments before the trial.
  public var program: String
  public var arguments: [String]
  /// The library's file and its manifest; `nil` = the registry has it, and was read.
  public var file: String
  public var manifest: String?
  /// Seconds that one input may take, whatever the process does meanwhile.
  public var patience = 20
  /// Called before each trial.
  public var progress: (Trial) -> Void = { _ in }

  public init(program: String, arguments: [String], file: String, manifest: String?) {
    (self.program, self.arguments, self.file, self.manifest) = (program, arguments, file, manifest)
  }

  /// Makes the trials that are asked for; without `load`, or what comes before it, none of the others could be made.
  public func check(id: String, _ trials: [Trial] = Trial.allCases) -> CheckReport {
    var report = CheckReport(id: id)
    for trial in Trial.allCases where trials.contains(trial) || trial == .load {
      progress(trial)
      switch trial {
      case .manifest:
        let found = StaticTrials(file: file, manifest: manifest).manifestFindings()
        report.tried.append((trial, 1))
        report.findings += found
      case .exports:
        let found = StaticTrials(file: file, manifest: manifest).exportFindings()
        report.tried.append((trial, found.count))
        report.findings += found.findings
      case .determinism: determinism(&report)
      default:
        let run = start(trial)
        report.tried.append((trial, run.count))
        report.findings += run.findings
        report.suggestions += run.suggestions
        // What cannot be loaded can be tried by nothing.
        if trial == .load, run.count == 0 || run.end != nil { return report }
      }
    }
    return report
  }

  private struct Run {
    var findings: [Finding] = []
    var count = 0
    var digests: [JSONMember] = []
    var suggestions: [JSONValue] = []
    var end: String?
  }

  private func start(_ trial: Trial) -> Run {
    var run = Run()
    do {
      try withTemporaryFile { file in
        guard let note = CheckNote(file: file) else { throw TemporaryFileFault.cannotCreate(folder: file) }
        defer { note.free() }
        let process = WorkerProcess(
          program: program, words: arguments + ["--trial", trial.rawValue, "--note", file], preload: nil)
        var last: UInt64 = .max, quiet = 0
        let end = process.run(pace: 500, stuck: {
          quiet = note.count == last ? quiet + 1 : 0
          last = note.count
          return quiet > 2 * patience ? "it hangs: one input took more than \(patience) s" : nil
        }, take: { line in
          if let finding = line["finding"].flatMap({ Finding($0) }) { run.findings.append(finding) }
          if let count = line["count"]?.int { run.count = count }
          if let suggestions = line["suggestions"]?.array { run.suggestions = suggestions }
          if let digests = line["digests"]?.object { run.digests = digests }
        })
        guard let end, run.findings.isEmpty || run.count == 0 else { return }
        // A refusal has been said already, and the process then ends with a status.
        if run.findings.isEmpty || !end.hasPrefix("the worker ended") {
          run.end = end
          run.count = Int(note.count)
          run.findings.append(
            Finding(
              trial, "\(end), at \(note.words.isEmpty ? "its start" : note.words)",
              remedy: "a debugger on `\(program) \(process.words.joined(separator: " "))` stops at the place"))
        } else {
          run.count = 0
        }
      }
    } catch {
      run.findings.append(Finding(trial, "it could not be tried: \(error)", remedy: ""))
    }
    return run
  }

  /// The same stories in two processes, each with hash seeds and addresses of its own.
  private func determinism(_ report: inout CheckReport) {
    let (first, second) = (start(.determinism), start(.determinism))
    report.tried.append((.determinism, first.count + second.count))
    report.findings += first.findings + second.findings.filter { !first.findings.contains($0) }
    guard first.findings.isEmpty, second.findings.isEmpty else { return }
    for member in first.digests {
      let here = (member.value.array ?? []).compactMap(\.string)
      let there = (second.digests.first { $0.key == member.key }?.value.array ?? []).compactMap(\.string)
      let isTwice = Set(here).count == 1 && Set(there).count == 1
      guard !isTwice || here != there else { continue }
      report.findings.append(
        Finding(
          .determinism,
          "the story \(member.key) was answered otherwise " + (isTwice ? "in another process" : "the second time"),
          remedy: "let nothing but the inputs decide: no clock, no randomness, no order of a hash table, no address, "
            + "nothing that outlives an instance"))
    }
  }
}
