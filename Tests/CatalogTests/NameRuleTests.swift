import Testing

@testable import Catalog

/// What a written name stands for, for everything that has a name.
@Suite struct NameRuleTests {
  private let pairs = ["BTC-USDT", "TSLAx-USD", "ETH-USDT", "ABC-USD", "aBC-USD"]

  @Test func exactGoesBeforeCase() {
    for (name, found) in [
      ("TSLAx-USD", FoundName.one("TSLAx-USD")), ("tslax-usd", .one("TSLAx-USD")), ("TSLAX-USD", .one("TSLAx-USD")),
      ("btc-usdt", .one("BTC-USDT")), ("aBC-USD", .one("aBC-USD")), ("ABC-USD", .one("ABC-USD")),
      ("abc-usd", .several(["ABC-USD", "aBC-USD"])), ("BTC-USD", .none), ("", .none),
    ] {
      #expect(NameRule.find(name, among: pairs) == found, "\(name)")
      #expect(NameIndex(pairs).find(name) == found, "\(name)")
    }
    // The same name on two connectors is one name.
    #expect(NameRule.find("btc-usdt", among: pairs + pairs) == .one("BTC-USDT"))
    #expect(NameIndex(pairs + pairs).find("abc-usd") == .several(["ABC-USD", "aBC-USD"]))
  }

  @Test func faultsNameTheCandidatesOrTheNearest() throws {
    #expect(try NameRule.choose("btc-usdt", "pair", among: pairs) == "BTC-USDT")
    for (name, words) in [
      ("abc-usd", "the pair \"abc-usd\" may be ABC-USD or aBC-USD; write it as one of them stands"),
      ("BTC-USTD", "there is no pair \"BTC-USTD\" on kraken; did you mean \"BTC-USDT\"?"),
      (
        "X", "there is no pair \"X\" on kraken; there are BTC-USDT, TSLAx-USD, ETH-USDT, ABC-USD, aBC-USD"
      ),
    ] {
      let fault = #expect(throws: NameFault.self) { try NameRule.choose(name, "pair", "on kraken", among: pairs) }
      #expect(fault?.description == words)
    }
    let many = (0..<40).map { "NUMBER\($0)-USD" }
    #expect(NameRule.hint("x", among: many) == "" && NameRule.hint("x", among: []) == "")
  }
}
