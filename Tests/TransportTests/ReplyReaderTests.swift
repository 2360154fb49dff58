import Testing

@testable import Transport

/// Where a reply ends, whatever it says.
@Suite struct ReplyReaderTests {
  /// What was taken from a reply.
  private final class Taken: ReplySink {
    var lines: [String] = []
    var body = ""
    var room = Int.max

    func header(_ line: UnsafeRawBufferPointer) -> Bool {
      let text = String(decoding: line, as: UTF8.self)
      #expect(text.hasSuffix("\r\n"))
      lines.append(String(text.dropLast()))
      return true
    }

    func append(_ piece: UnsafeRawBufferPointer) -> Bool {
      guard piece.count <= room else { return false }
      room -= piece.count
      body += String(decoding: piece, as: UTF8.self)
      return true
    }
  }

  private struct Outcome: Equatable {
    var status = 0
    var body = ""
    var isWhole = false
    var keeps = false
    /// Bytes behind the reply.
    var rest = 0
    var fault: ReplyFault?
  }

  /// Reads a text that comes in pieces of a size.
  private func read(_ text: String, by size: Int = .max, ends: Bool = false, limit: Int = 4096) -> Outcome {
    let taken = Taken()
    var reader = ReplyReader(headLimit: limit)
    var waiting: [UInt8] = []
    var left = Array(text.utf8)[...]
    var outcome = Outcome()
    do {
      while !left.isEmpty {
        waiting += left.prefix(size)
        left = left.dropFirst(size)
        let used = try waiting.withUnsafeBytes { try reader.take($0, taken) }
        waiting.removeFirst(used)
      }
      if ends { _ = reader.end() }
    } catch { outcome.fault = error as? ReplyFault }
    outcome.status = reader.status
    outcome.body = taken.body
    (outcome.isWhole, outcome.keeps, outcome.rest) = (reader.isWhole, reader.keepsConnection, waiting.count)
    return outcome
  }

  @Test(arguments: [
    // Text, status, body, whether the connection may be used again.
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true),
    ("HTTP/1.1 200\r\ncontent-length:2 \r\n\r\nok", 200, "ok", true),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", true), ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
    ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, "", false),
    ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "", true),
    ("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 1\r\n\r\nx", 302, "x", true),
    ("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false),
    ("HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false),
    ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false),
    (
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 201 C\r\nContent-Length: 1\r\n\r\ny",
      201, "y", true
    ), ("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 200, "ab", true),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA;x=\"1\"\r\n0123456789\r\n001 \r\nz\r\n00\r\nX: 1\r\n\r\n",
      200, "0123456789z", true
    ), ("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\nx", 200, "x", true),
  ]) func wholeHoweverItComes(text: String, status: Int, body: String, keeps: Bool) {
    for size in [1, 2, 3, 7, 64, .max] {
      let wanted = Outcome(status: status, body: body, isWhole: true, keeps: keeps, rest: 0, fault: nil)
      #expect(read(text, by: size) == wanted, "by \(size)")
      // Short of its last byte it is not whole, and nothing says that it was.
      let short = read(String(text.dropLast()), by: size, ends: true)
      #expect(!short.isWhole && short.fault == nil, "by \(size)")
    }
    // What comes behind it is nobody's.
    let more = read(text + "HTTP/1.1 200 OK\r\n\r\n")
    #expect(more.isWhole && more.rest == 19 && more.body == body)
  }

  @Test func withoutALengthItEndsWithTheConnection() {
    let text = "HTTP/1.1 200 OK\r\n\r\nall of this"
    #expect(!read(text).isWhole)
    #expect(
      read(text, ends: true)
        == Outcome(status: 200, body: "all of this", isWhole: true, keeps: false, rest: 0, fault: nil))
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", ReplyFault.ambiguousLength),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", .ambiguousLength),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .ambiguousLength),
    ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .ambiguousLength),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .ambiguousLength),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .malformed),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", .malformed),
    ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .malformed),
    ("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", .malformed),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok", .malformed),
    ("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok", .malformed),
    ("HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", .malformed),
    ("HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok", .malformed),
    ("HTTP/1.1 200 OK\r\nX: 1\r\n Content-Length: 2\r\n\r\nok", .malformed),
    ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", .malformed),
    ("HTTP/1.1 200 OK\r\nX: a\rContent-Length: 2\r\n\r\nok", .malformed),
    ("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", .malformed), ("HTTP/1.1 200 OK\r\n: x\r\n\r\n", .malformed),
    ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", .malformed), ("HTTP/1.1 2000 OK\r\n\r\n", .malformed),
    ("HTTP/1.1 099 OK\r\n\r\n", .malformed), ("HTTP/1.1  200 OK\r\n\r\n", .malformed),
    ("HTTP/2 200 OK\r\n\r\n", .malformed), ("\r\nHTTP/1.1 200 OK\r\n\r\n", .malformed), ("<html>", .malformed),
    ("\n", .malformed), ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", .upgraded),
    ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok", .packed),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", .malformed),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", .malformed),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", .malformed),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nx", .malformed),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", .malformed),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", .malformed),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno trailer\r\n\r\n", .malformed),
  ]) func noReplyAtAll(text: String, fault: ReplyFault) {
    for size in [1, 5, .max] {
      let outcome = read(text, by: size, ends: true)
      #expect(outcome.fault == fault, "by \(size)")
      #expect(!outcome.isWhole, "by \(size)")
    }
  }

  @Test func nothingGrowsWithWhatItSays() {
    let long = String(repeating: "x", count: 5000)
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for text in [
      "HTTP/1.1 200 OK\r\nX: \(long)", "HTTP/1.1 200 " + long, chunked + "1;" + long, chunked + "0\r\nX: " + long,
      chunked + "0\r\n" + String(repeating: "X: 1\r\n", count: 1000),
    ] { for size in [1, 100, .max] { #expect(read(text, by: size).fault == .tooLarge, "by \(size)") } }
  }

  @Test func itStopsWhenNoMoreIsWanted() throws {
    let taken = Taken()
    taken.room = 3
    var reader = ReplyReader(headLimit: 4096)
    let text = Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd".utf8)
    #expect(throws: ReplyFault.refused) { _ = try text.withUnsafeBytes { try reader.take($0, taken) } }
    #expect(!reader.isWhole)
  }

  /// Any bytes in any pieces: no trap, and the same outcome however they come.
  @Test func anyBytesInAnyPieces() {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    let words = [
      "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 C\r\n", "HTTP/1.0 200 OK\r\n", "Content-Length: 3\r\n", "\r\n", "\n", "\r",
      "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n", "0\r\n", "X: y\r\n", "abc", ":", " ", "Connection: close\r\n",
      "\0", "f;",
    ]
    var whole = 0
    for _ in 0..<20_000 {
      var text = "HTTP/1.1 200 OK\r\n"
      for _ in 0..<random(7) { text += words[random(words.count)] }
      let outcome = read(text, ends: true)
      whole += outcome.isWhole ? 1 : 0
      for size in [1, 4] {
        let other = read(text, by: size, ends: true)
        #expect(
          other.isWhole == outcome.isWhole && other.fault == outcome.fault && other.body == outcome.body
            && other.keeps == outcome.keeps, "\(text.debugDescription) by \(size)")
      }
    }
    #expect(whole > 500)
  }
}
