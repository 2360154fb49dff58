import Testing
import Vault

struct NonceTests {
  @Test func nonceRisesOverRestartsAndClockSteps() throws {
    let folder = try TemporaryFolder()
    var last: Int64 = 0
    for time: Int64 in [5_000_000_000, 5_000_100_000, 4_000_000_000, 5_000_000_000] {
      let source = try NonceSource(path: folder.path + "/n")
      for _ in 0..<50 {
        let next = try source.next(.microseconds, time: time)
        #expect(next > last)
        last = next
      }
    }
    #expect(last >= 5_000_000)
  }

  @Test func unitsAndTheCounterCountForThemselves() throws {
    let folder = try TemporaryFolder()
    let source = try NonceSource(path: folder.path + "/n")
    #expect(try source.next(.seconds, time: 7_999_999_999) == 7)
    #expect(try source.next(.seconds, time: 7_999_999_999) == 8)
    #expect(try source.next(.milliseconds, time: 7_000_000_000) == 7000)
    #expect(try source.next(.nanoseconds, time: 7) == 7)
    #expect(try source.nextCount() == 1 && source.nextCount() == 2)
  }

  @Test func aMarkIsWrittenBeforeANonceBeyondItIsGiven() throws {
    let folder = try TemporaryFolder()
    let source = try NonceSource(path: folder.path + "/n")
    for time in stride(from: Int64(0), to: 60_000_000_000, by: 2_500_000_000) {
      let nonce = try source.next(.milliseconds, time: time)
      let text = try folder.contents().map { String(decoding: $0, as: UTF8.self) }.first { $0.hasPrefix("patchbay") }
      let marks = try #require(text).split(separator: "\n").compactMap { Int64($0) }
      #expect(marks[1] >= nonce)
    }
  }

  @Test func oneProcessHoldsAKeyAndDamageIsTold() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/n"
    do {
      let source = try NonceSource(path: path)
      _ = try source.next(.seconds, time: 0)
      #expect(throws: NonceFault.inUse(path: path)) { try NonceSource(path: path) }
      #expect(throws: NonceFault.exhausted) { try source.next(.nanoseconds, time: .max) }
    }
    try writeFile("patchbay nonces 1\n1\n2\n", path)
    #expect(throws: NonceFault.damaged(path: path)) { try NonceSource(path: path) }
    #expect(throws: NonceFault.self) { try NonceSource(path: folder.path + "/no/such/folder") }
  }

  @Test func sourcesAreSharedByFingerprint() throws {
    let folder = try TemporaryFolder()
    let sources = NonceSources(folder: folder.path)
    #expect(try sources.source("a") === sources.source("a") && sources.source("a") !== sources.source("b"))
  }
}
