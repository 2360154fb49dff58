import CPatchbay
import Testing

@testable import Runtime

/// A refusal without words gets some.
@Suite struct RefusalWordsTests {
  @Test func nothingEndsInAnEmptyReason() {
    #expect(RefusalWords.text("no", error: UInt32(PB_ERR_FUNDS), code: "7") == "no")
    for blank in ["", " ", "\n\t", "\u{A0}"] {
      #expect(
        RefusalWords.text(blank, error: UInt32(PB_ERR_FUNDS), code: "-7")
          == "no reason was given (not enough funds, code -7)")
      #expect(RefusalWords.text(blank, error: UInt32(PB_ERR_OTHER)) == "no reason was given")
      #expect(RefusalWords.text(blank, error: 0, code: "x") == "no reason was given (code x)")
      #expect(RefusalWords.text(blank, error: 0x7FFF) == "no reason was given")
    }
  }
}
