import Testing
import Transport

/// What comes back of what depends on a secret.
struct EchoMaskTests {
  private func hide(_ values: [String], _ text: String) -> String {
    var mask = EchoMask()
    mask.add(values.map { Array($0.utf8) })
    return mask.hide(in: text)
  }

  @Test func valuesAreHiddenWhereverTheyStand() {
    let twice = hide(["abcdefgh"], #"{"id":"abcdefgh","x":"yabcdefghabcdefgh"}"#)
    #expect(twice == #"{"id":"********","x":"y****************"}"#)
    #expect(hide(["ab/cdefg"], #"["ab\/cdefg","ab/cdefg"]"#) == #"["*********","********"]"#)
    #expect(hide(["abcdefgh"], "abcdefg") == "abcdefg")
    #expect(hide(["abcdefgh"], "") == "")
    #expect(hide(["short"], "short") == "short", "too short to be told from chance")
  }

  @Test func theLastEightAreKept() {
    let values = (0..<10).map { "value-number-\($0)" }
    let text = hide(values, values.joined(separator: " "))
    #expect(text.hasPrefix("value-number-0 value-number-1 **************"))
    #expect(!text.contains("value-number-2") && !text.contains("value-number-9"))
  }

  @Test func framesWithoutOneAreNotCopied() {
    var mask = EchoMask()
    mask.add([Array("abcdefgh".utf8)])
    let (clean, echo) = (Array("nothing in here".utf8), Array("<abcdefgh>".utf8))
    #expect(clean.withUnsafeBytes { mask.hidden(in: $0) } == nil)
    #expect(echo.withUnsafeBytes { mask.hidden(in: $0) } == Array("<********>".utf8))
  }
}
