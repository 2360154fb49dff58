import Testing
import Venue

@Suite struct HTTPDateTests {
  @Test(arguments: [
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"),
  ])
  func isWrittenAsHeadersWantIt(seconds: Int64, text: String) {
    #expect(HTTPDate.text(seconds * 1_000_000_000) == text)
  }

  @Test func isWrittenAsRFC3339() {
    #expect(ISODate.text(951_782_399_000_042_000) == "2000-02-28T23:59:59.000042Z")
  }
}
