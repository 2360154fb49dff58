import ConnectorKit
import Testing

/// Times as RFC 3339 writes them.
@Suite struct TimeTextTests {
  private func nanoseconds(_ text: String) -> Int64? {
    Array(text.utf8).withUnsafeBufferPointer { RFC3339.nanoseconds($0) }
  }

  @Test(arguments: ["2021-07-22T22:45:25.101992", "2021-07-22T22:45:25.101992000", "2021-07-22t22:45:25.101992"])
  func utcIsWrittenInTwoWays(_ text: String) {
    for zone in ["Z", "z", "+00:00"] { #expect(nanoseconds(text + zone) == 1_626_993_925_101_992_000, "\(zone)") }
  }

  @Test func aFractionMayBeAbsent() {
    for zone in ["Z", "+00:00"] { #expect(nanoseconds("2021-07-22T22:45:25" + zone) == 1_626_993_925_000_000_000) }
  }

  @Test(arguments: ["+01:00", "-00:00", "+0000", "+00:0", "+00:00Z", "", "Z+00:00", ".", ".Z", ".+00:00", "00:00"])
  func otherZonesAndOddEndsAreNone(_ end: String) {
    #expect(nanoseconds("2021-07-22T22:45:25" + end) == nil)
    #expect(nanoseconds(end) == nil)
  }
}
