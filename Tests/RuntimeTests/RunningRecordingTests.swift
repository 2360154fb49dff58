import Catalog
import Foundation
import Testing

@testable import Runtime

/// Recordings of a running host: in parts, switched on in mid-run, on a disk that is too slow.
@Suite struct RunningRecordingTests {
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "patchbay-\(UUID().uuidString)").path
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func recordings() throws -> [Recording] {
      // By the number of the part, which is the word before the ending.
      func part(_ name: String) -> Int { Int(name.split(separator: ".").dropLast().last ?? "") ?? 0 }
      let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted { part($0) < part($1) }
      return try names.map { try Recording(file: "\(path)/\($0)") }
    }
  }

  @Test func partsAreOneRunAndReplayTheSame() throws {
    let folder = try Folder()
    let writer = RecordingWriter()
    writer.start()
    let running = try VirtualHost(
      recording: RecordingPlan(folder: folder.path, maximumBytes: 4000, writer: writer))
    for _ in 0..<60 {
      running.pass(5_000_000_000)
      // The size of the file is known when the thread has written.
      while writer.isBusy { sched_yield() }
    }
    let status = try #require(running.seat.recordingStatus)
    #expect(status.fault == nil && status.isFromStart)
    running.host.stop()
    writer.finish()
    let parts = try folder.recordings()
    #expect(parts.count > 3 && parts.allSatisfy { $0.fault == nil })
    #expect(parts[0].header.firstInput == 1 && parts[0].header.continues == nil)
    for (before, after) in zip(parts, parts.dropFirst()) {
      #expect(before.continuedIn.map { "\(folder.path)/\($0)" } == after.file)
      #expect(after.header.continues.map { "\(folder.path)/\($0)" } == before.file)
      #expect(after.header.firstInput == before.header.firstInput + before.count)
    }
    #expect(parts.last?.continuedIn == nil)
    let results = try RecordingReplay.run(parts, connector: running.connector)
    #expect(results.map(\.sha256) == parts.map(\.outputsSHA256))
    #expect(parts[0].file.hasSuffix("/paper-20260105T120001.000Z.1.pbrec"), "\(parts[0].file)")
  }

  @Test func whatIsSwitchedOnInMidRunSaysSo() throws {
    let folder = try Folder()
    let writer = RecordingWriter()
    writer.start()
    let plan = RecordingPlan(folder: folder.path, maximumBytes: 1 << 20, writer: writer)
    let running = try VirtualHost()
    running.pass(5_000_000_000)
    let inputs = Int(running.seat.session.counters.inputs)
    running.seat.record(plan)
    running.pass(5_000_000_000)
    #expect(running.seat.recordingStatus?.isFromStart == false && running.seat.isRecording)
    running.seat.endRecording()
    let taken = Int(running.seat.session.counters.inputs) - inputs
    running.pass(5_000_000_000)
    #expect(!running.seat.isRecording && running.seat.recordingStatus?.inputs == taken)
    running.host.stop()
    writer.finish()
    let recording = try #require(folder.recordings().first)
    #expect(recording.header.firstInput == inputs + 1 && recording.count == taken && recording.fault == nil)
  }

  @Test func switchingTwiceInOneMomentLosesNothing() throws {
    let folder = try Folder()
    let writer = RecordingWriter()
    writer.start()
    let plan = RecordingPlan(folder: folder.path, maximumBytes: 1 << 20, writer: writer)
    let running = try VirtualHost()
    for _ in 0..<3 {
      running.seat.record(plan)
      running.seat.endRecording()
    }
    running.host.stop()
    writer.finish()
    #expect(running.seat.recordingStatus?.fault == nil)
    #expect(try folder.recordings().filter { $0.fault == nil && $0.count == 0 }.count == 3)
  }

  /// The thread never runs: the disk takes nothing. The lane goes on, and the recording is marked.
  @Test func aSlowDiskBreaksTheRecordingAndHoldsUpNobody() throws {
    let writer = RecordingWriter(maximumWaiting: 2000)
    let folder = try Folder()
    let running = try VirtualHost(
      recording: RecordingPlan(folder: folder.path, maximumBytes: 1 << 20, writer: writer))
    defer { running.host.stop() }
    #expect(running.seat.recordingStatus?.fault == nil)
    running.pass(60_000_000_000)
    let fault = try #require(running.seat.recordingStatus?.fault)
    #expect(fault.contains("the disk is too slow") && fault.contains(folder.path))
    #expect(running.seat.session.recorder == nil && running.seat.missing.isEmpty)
  }

  @Test func aFolderThatIsGoneBreaksTheRecording() throws {
    let writer = RecordingWriter()
    writer.start()
    let running = try VirtualHost(
      recording: RecordingPlan(folder: "/nowhere/at/all", maximumBytes: 1 << 20, writer: writer))
    running.pass(30_000_000_000)
    while writer.isBusy { sched_yield() }
    let fault = try #require(running.seat.recordingStatus?.fault)
    #expect(fault.contains("/nowhere/at/all") && fault.contains("No such file"))
    running.host.stop()
    writer.finish()
  }

  @Test func timesAreCivil() {
    let moments: [(Int64, String)] = [
      (0, "19700101T000000.000Z"), (951_782_399_999, "20000228T235959.999Z"), (951_782_400_050, "20000229T000000.050Z"),
      (1_767_225_599_007, "20251231T235959.007Z"), (4_107_542_400_100, "21000301T000000.100Z"),
    ]
    for (milliseconds, text) in moments {
      #expect(UTCTime(nanoseconds: milliseconds * 1_000_000).compact == text)
    }
  }
}
