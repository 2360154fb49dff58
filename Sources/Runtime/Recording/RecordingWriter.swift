import Threads

/// Writes the recordings of a running host in a thread of its own, so that a slow disk holds up nobody. What waits is
/// bounded: a chunk that would be too much ends its recording, with the reason, and the rest of it is not taken.
public final class RecordingWriter: @unchecked Sendable {
  /// One recording's file, as its lane sees it.
  final class Output: RecordingOutput, @unchecked Sendable {
    let path: String
    private let writer: RecordingWriter
    /// Guarded by the writer's monitor.
    fileprivate var state: (written: Int, fault: RecordingFault?) = (0, nil)
    /// The writer's thread alone.
    fileprivate var file: RecordingFile?

    fileprivate init(_ path: String, _ writer: RecordingWriter) {
      self.path = path
      self.writer = writer
    }

    func put(_ bytes: [UInt8], kind: RecordingFormat.ChunkKind) { writer.add(Job(output: self, chunk: (bytes, kind))) }
    var written: Int { writer.monitor.locked { state.written } }
    var fault: RecordingFault? { writer.monitor.locked { state.fault } }
    func close() { writer.add(Job(output: self, chunk: nil)) }
  }

  /// A chunk, or the end.
  private struct Job {
    let output: Output
    let chunk: (bytes: [UInt8], kind: RecordingFormat.ChunkKind)?

    var size: Int { chunk?.bytes.count ?? 0 }
  }

  private let maximumWaiting: Int
  fileprivate let monitor = Monitor()
  /// Guarded by `monitor`.
  private var jobs: [Job] = []
  private var waiting = 0
  private var isFinished = false
  private var thread: HostThread?

  /// - Parameter maximumWaiting: most bytes, before packing, that may wait for the disk.
  public init(maximumWaiting: Int = 64 << 20) {
    self.maximumWaiting = maximumWaiting
  }

  /// Starts the thread. Until then chunks only wait.
  public func start() {
    thread = HostThread { [unowned self] in work() }
  }

  /// Writes what waits, and ends the thread.
  public func finish() {
    monitor.locked {
      isFinished = true
      monitor.changed()
    }
    thread?.join()
    thread = nil
  }

  /// Whether something waits for the disk.
  var isBusy: Bool { monitor.locked { waiting > 0 } }

  /// A new file, opened by the thread.
  func output(_ path: String) -> Output { Output(path, self) }

  private func add(_ job: Job) {
    monitor.locked {
      guard job.chunk == nil || job.output.state.fault == nil else { return }
      guard waiting + job.size <= maximumWaiting else {
        job.output.state.fault = .file(
          file: job.output.path, reason: "the disk is too slow: \(waiting >> 20) MiB were waiting for it")
        return
      }
      waiting += job.size
      jobs.append(job)
      monitor.changed()
    }
  }

  private func work() {
    while let due = take() {
      for job in due {
        write(job)
        monitor.locked { waiting -= job.size }
      }
    }
  }

  /// Waits for jobs; `nil` when there will be none any more.
  private func take() -> [Job]? {
    monitor.locked {
      while jobs.isEmpty, !isFinished { monitor.wait() }
      defer { jobs = [] }
      return jobs.isEmpty ? nil : jobs
    }
  }

  private func write(_ job: Job) {
    let output = job.output
    let file = output.file ?? RecordingFile(output.path, isNew: true)
    output.file = file
    if let chunk = job.chunk {
      file.put(chunk.bytes, kind: chunk.kind)
      file.flush()
    } else {
      file.close()
    }
    monitor.locked {
      output.state.written = file.written
      output.state.fault = output.state.fault ?? file.fault
    }
  }
}
