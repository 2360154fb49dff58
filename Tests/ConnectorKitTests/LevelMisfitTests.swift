import Testing

@testable import ConnectorKit

/// Which level of a message cannot be kept.
@Suite struct LevelMisfitTests {
  private func words(
    _ text: String, factor: Int64 = 1, _ shape: LevelMisfit.Shape = LevelMisfit.Shape()
  ) -> String? {
    var padded = Array(text.utf8)
    padded.append(contentsOf: repeatElement(0, count: 64))
    return padded.withUnsafeBufferPointer {
      LevelMisfit(price: -2, quantity: -8, factor: factor, shape)
        .words(UnsafeBufferPointer(rebasing: $0[..<text.utf8.count]))
    }
  }

  @Test(arguments: [
    #"{"b":[["1.5","2"],["1.25","92233720369"]],"U":1672515782136000}"#,
    #"{"data":[{"bids":[{"price":1.5,"qty":92233720369}]}],"timestamp":"x"}"#,
    #"[1,{"as":[["1.5","92233720369","1534614057.321597"]]}]"#,
    #"{"b":[["1.5","2"],["1.25","92233720369"]"#,
  ])
  func theFirstLevelThatDoesNotFitIsNamed(text: String) {
    #expect(words(text) == "a level's quantity of 92233720369 does not fit 64 bits at 8 places")
  }

  @Test(arguments: [
    (#"{"bids":{"1.5":"92233720369"}}"#, LevelMisfit.Shape()),
    (#"[[7,1,9,0,1.0,1,1.5,8,92233720369,0]]"#, LevelMisfit.Shape(price: 6, quantity: 8)),
    (#"{"p":"1.5","s":92233720369}"#, LevelMisfit.Shape(names: ("p", "s"))),
    (#"[[1.5,0.12345678901234567],[1.5,92233720369]]"#, LevelMisfit.Shape(cutsQuantities: true)),
  ])
  func levelsAreWrittenInManyWays(text: String, shape: LevelMisfit.Shape) {
    #expect(words(text, shape) == "a level's quantity of 92233720369 does not fit 64 bits at 8 places")
  }

  @Test func contractsAreMultipliedOut() {
    #expect(words(#"[["1.5","1000000000"]]"#) == nil)
    #expect(
      words(#"[["1.5","1000000000"]]"#, factor: 100)
        == "a level's quantity of 1000000000 does not fit 64 bits at 8 places")
  }

  @Test func aPriceIsNamedAsOne() {
    #expect(words(#"[["1.255","2"]]"#) == "a level's price of 1.255 is finer than 2 places")
  }

  @Test(arguments: [
    "", "7", "not JSON", "[[]]", #"{"E":1672515782136000000000,"b":[["1.5","2"]]}"#, #"[["a","b"]]"#, "[[1.5",
    String(repeating: "[", count: 60),
  ])
  func whatElseIsWrongIsNotALevelsDoing(text: String) { #expect(words(text) == nil) }
}
