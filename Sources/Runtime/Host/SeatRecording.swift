import CPatchbay
import Catalog
import JSONTree
import MarketModel

/// Where and how large the recordings of a running host are.
public struct RecordingPlan: Sendable {
  /// A folder that is there.
  public var folder: String
  /// A new file is begun at this size.
  public var maximumBytes: Int
  public let writer: RecordingWriter

  public init(folder: String, maximumBytes: Int, writer: RecordingWriter) {
    self.folder = folder
    self.maximumBytes = maximumBytes
    self.writer = writer
  }
}

/// How the recording of an instance stands.
public struct RecordingStatus: Sendable, Equatable {
  /// The file that is being written, or was last.
  public var file: String
  public var inputs: Int
  /// Bytes of the file that have been handed to the system.
  public var written: Int
  /// Whether it can be replayed: it has every input since the instance was made.
  public var isFromStart: Bool
  /// Why it has ended early.
  public var fault: String?
}

/// The recording of one instance while it runs: a row of files, each of which names the next. Lives on the lane.
final class SeatRecording {
  private static let flushInterval: Int64 = 5_000_000_000
  let plan: RecordingPlan
  private var session: Session
  private let isFromStart: Bool
  private let stem: String
  private var header: RecordingHeader
  private var part = 1
  private var recorder: InputRecorder
  private var lastFlush: Int64 = .min

  /// Begins now, between two inputs; `number` tells the recordings of one moment apart.
  init(_ plan: RecordingPlan, session: Session, header: RecordingHeader, number: Int) {
    self.plan = plan
    self.session = session
    self.header = header
    self.header.firstInput = Int(session.instanceInputs) + 1
    isFromStart = self.header.firstInput == 1
    let again = number > 1 ? "-\(number)" : ""
    stem = "\(session.name)-\(UTCTime(nanoseconds: session.times.wall).compact)\(again)"
    recorder = InputRecorder(plan.writer.output(Self.path(plan, stem, 1)), header: self.header)
    session.recorder = recorder
  }

  private static func name(_ stem: String, _ part: Int) -> String { "\(stem).\(part).pbrec" }
  private static func path(_ plan: RecordingPlan, _ stem: String, _ part: Int) -> String {
    "\(plan.folder)/\(name(stem, part))"
  }

  var status: RecordingStatus {
    RecordingStatus(
      file: Self.path(plan, stem, part), inputs: recorder.count, written: recorder.written, isFromStart: isFromStart,
      fault: recorder.fault.map { "\($0)" })
  }

  /// Hands on what has come together, every few seconds, and begins a new file where one is full.
  func flush(now: Int64) {
    guard recorder.fault == nil else {
      // What comes after a hole is worth nothing: not even copied any more.
      session.recorder = nil
      return
    }
    if recorder.written >= plan.maximumBytes { return rotate() }
    guard lastFlush == .min || now - lastFlush >= Self.flushInterval else { return }
    lastFlush = now
    recorder.flush()
  }

  /// Between two inputs of which the first is answered: what it brought belongs to the file that has it.
  private func rotate() { session.whenSettled { [weak self] in self?.rotateNow() } }

  private func rotateNow() {
    guard session.recorder === recorder else { return }
    recorder.end(continuedIn: Self.name(stem, part + 1))
    header.continues = Self.name(stem, part)
    part += 1
    header.firstInput = Int(session.instanceInputs) + 1
    recorder = InputRecorder(plan.writer.output(Self.path(plan, stem, part)), header: header)
    session.recorder = recorder
  }

  /// The instance has gone to another session.
  func move(to session: Session) { self.session = session }

  func end() {
    session.whenSettled { [session, recorder] in
      if session.recorder === recorder { session.recorder = nil }
      recorder.end(continuedIn: nil)
    }
  }
}

extension Host.Seat {
  /// How the recording stands, or stood when it was ended; `nil` = there was none.
  public var recordingStatus: RecordingStatus? { recording?.status ?? lastRecording }

  public var isRecording: Bool { recording != nil }

  /// Records every input from now on. On its lane, between two inputs; once. Only what is switched on before the host
  /// starts can be replayed.
  public func record(_ plan: RecordingPlan) {
    guard recording == nil else { return }
    recordingPlan = plan
    recording = recording(plan, of: session, library, settings)
  }

  /// A recording of an instance that is here, or may come here.
  func recording(
    _ plan: RecordingPlan, of session: Session, _ library: LoadedLibrary, _ settings: JSONValue
  ) -> SeatRecording {
    recordings += 1
    return SeatRecording(
      plan, session: session,
      header: RecordingHeader(
        connector: session.name, librarySHA256: library.sha256, revision: Int(PB_ABI_REVISION),
        descriptor: library.descriptors.first { $0["id"]?.string == session.name } ?? [:], config: settings),
      number: recordings)
  }

  /// Ends the recording, where there is one.
  public func endRecording() {
    recording?.end()
    lastRecording = recordingStatus
    (recording, recordingPlan) = (nil, nil)
  }
}

/// A moment in UTC, from the nanoseconds since the Unix epoch.
struct UTCTime {
  let nanoseconds: Int64

  /// `12:00:00`.
  var clock: String {
    let seconds = nanoseconds / 1_000_000_000 % 86_400
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
  }

  /// `20260105T120000.250Z`.
  var compact: String {
    let seconds = nanoseconds / 1_000_000_000
    let (days, rest) = (seconds / 86_400, seconds % 86_400)
    // Civil date from days, with years that begin in March.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let day = shifted - era * 146_097
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    let civil = year + era * 400 + (month <= 2 ? 1 : 0)
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let thousandths = nanoseconds / 1_000_000 % 1000
    let fraction = (thousandths < 100 ? "0" : "") + two(thousandths)
    return "\(civil)\(two(month))\(two(dayOfYear - (153 * monthIndex + 2) / 5 + 1))"
      + "T\(two(rest / 3600))\(two(rest / 60 % 60))\(two(rest % 60)).\(fraction)Z"
  }
}
