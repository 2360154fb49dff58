import Testing

@testable import PatchbayHost

/// Which pair of which connector a request means.
@Suite struct PairChoiceTests {
  private let offers = [
    PairChoice.Offer(connector: "kraken", pairs: ["BTC-USD", "TSLAx-USD", "ETH-USD"]),
    PairChoice.Offer(connector: "binance", pairs: ["BTC-USDT", "ETH-USD", "TSLAX-USD"]),
  ]

  private func choose(_ name: String, isSubscribed: Bool = true) throws -> PairPlace {
    try PairChoice(name: name, isSubscribed: isSubscribed).demanded(among: offers)
  }

  private func refusal(_ name: String, isSubscribed: Bool = true) -> DeskRefusal? {
    #expect(throws: DeskRefusal.self) { try choose(name, isSubscribed: isSubscribed) }
  }

  @Test func oneIsFoundInWhateverCase() throws {
    for name in ["BTC-USD", "btc-usd", "Btc-Usd"] {
      #expect(try choose(name) == PairPlace(connector: "kraken", pair: "BTC-USD"))
    }
    // To the letter goes before case, over all connectors.
    #expect(try choose("TSLAx-USD") == PairPlace(connector: "kraken", pair: "TSLAx-USD"))
    #expect(try choose("TSLAX-USD") == PairPlace(connector: "binance", pair: "TSLAX-USD"))
  }

  @Test func severalAreNamedAndTheNearestIsHinted() {
    #expect(refusal("eth-usd")?.code == "ambiguous")
    #expect(refusal("eth-usd")?.text == "ETH-USD is on kraken, binance; name one with --connector")
    #expect(
      refusal("tslax-usd")?.text
        == "\"tslax-usd\" may be TSLAX-USD (binance) or TSLAx-USD (kraken); write the pair as one of them stands")
    #expect(refusal("BTC-UDS")?.code == "unknown_pair")
    #expect(
      refusal("BTC-UDS")?.text
        == "BTC-UDS is not subscribed to on kraken, binance; did you mean BTC-USD?")
    for name in ["BTCUSDT", "BTC/USDT", "btc_usdt", "btc/usdt", "BTC-USDTT"] {
      #expect(refusal(name, isSubscribed: false)?.text.contains("did you mean BTC-USDT?") == true, "\(name)")
      #expect(refusal(name, isSubscribed: false)?.code == "unknown_pair")
    }
    #expect(
      refusal("XRP", isSubscribed: false)?.text
        == "XRP is not on kraken, binance; pairs are written BASE-QUOTE, see patchbay status")
  }
}
