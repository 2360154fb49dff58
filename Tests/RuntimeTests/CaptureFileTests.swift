import Foundation
import Glibc
import Testing

@testable import Runtime

/// Files of recorded traffic: private, bounded, and readable wherever their writing ends.
struct CaptureFileTests {
  private static func path() -> String { NSTemporaryDirectory() + "patchbay-" + UUID().uuidString + ".jsonl.gz" }

  private static func lines(_ numbers: ClosedRange<Int>) -> [UInt8] {
    numbers.flatMap { number in
      Array(#"{"t": \#(number), "dir": "in", "kind": "ws_text", "data": "\#(number &* 7919)"}"#.utf8) + [0x0A]
    }
  }

  @Test func whatWasWrittenIsReadBack() throws {
    let path = Self.path()
    defer { unlink(path) }
    let file = try CaptureFile(path, most: 1 << 20)
    #expect(file.append(Self.lines(1...3)) && file.append(Self.lines(4...5)) && file.append([]))
    file.close()
    #expect(try Capture(file: path).entries.map(\.time) == (1...5).map { $0 * 1_000_000_000 })
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600 && Int(status.st_size) == file.written)
  }

  @Test func aFileThatIsThereIsNotTouched() throws {
    let path = Self.path()
    defer { unlink(path) }
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: RecordingFault.file(file: path, reason: "is there already; name another")) {
      try CaptureFile(path, most: 1 << 20)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
  }

  @Test func itNeverGrowsBeyondItsBound() throws {
    let path = Self.path()
    defer { unlink(path) }
    let file = try CaptureFile(path, most: 600)
    var number = 1
    while file.append(Self.lines(number...(number + 2))) { number += 3 }
    #expect(file.isFull && number > 3 && file.written <= 600)
    let written = file.written
    #expect(!file.append(Self.lines(1...1)), "what does not fit is followed by nothing")
    file.close()
    #expect(try Capture(file: path).entries.count == number - 1 && file.written == written)
  }

  /// A member is written from its eleventh byte on, and its beginning last: wherever that stops, what is before it is
  /// read.
  @Test func aMemberThatIsHalfThereIsNone() throws {
    let path = Self.path()
    defer { unlink(path) }
    let file = try CaptureFile(path, most: 1 << 20)
    file.append(Self.lines(1...3))
    let whole = file.written
    file.append(Self.lines(4...40))
    file.close()
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for place in whole..<(whole + 10) { bytes[place] = 0 }
    for count in [whole, whole + 10, whole + 11, (whole + bytes.count) / 2, bytes.count] {
      try Data(bytes[..<count]).write(to: URL(fileURLWithPath: path))
      #expect(try Capture(file: path).entries.count == 3, "cut at \(count)")
    }
  }

  @Test func base64OfAnyLength() {
    for count in 0...10 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 83 &+ 200) }
      let text = Base64.encode(bytes)
      #expect(text.count % 4 == 0 && Base64.decode(text) == bytes)
      #expect(String(decoding: text, as: UTF8.self) == Data(bytes).base64EncodedString())
    }
  }

  @Test func aLineCarriesAnyText() throws {
    let text = "a\"b\\c\n\t\u{1}\u{7F}é\u{202E}"
    var line = CaptureLine(time: 1_700_000_000_000_000_001, connection: "s1", isIncoming: false, kind: .response)
    line.put("url", "https://a.test/x")
    line.put("status", number: 429)
    line.put("headers", [("retry-after", "5")])
    line.put("data", Array(text.utf8))
    let path = Self.path()
    defer { unlink(path) }
    try Data(line.finish()).write(to: URL(fileURLWithPath: path))
    let entry = try #require(Capture(file: path).entries.first)
    #expect(entry.time == 1_700_000_000_000_000_001 && !entry.isIncoming && entry.kind == .response)
    #expect(String(decoding: entry.data, as: UTF8.self) == text && entry.status == 429 && entry.connection == "s1")
    #expect(entry.headers.map(\.name) == ["retry-after"] && entry.url == "https://a.test/x")
  }
}
