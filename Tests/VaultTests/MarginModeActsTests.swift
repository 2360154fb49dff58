import CPatchbay
import Catalog
import Testing
import Vault

/// Margin modes by the acts of an exchange that has one for all instruments.
struct MarginModeActsTests {
  @Test(arguments: [
    ("", "ISOLATED_MARGIN", true), ("BTCUSDT", "ISOLATED_MARGIN", false), ("", "REGULAR_MARGIN", false),
    ("", "PORTFOLIO_MARGIN", false),
  ])
  func aModeOfAllIsForACommandThatNamesNoInstrument(_ symbol: String, _ word: String, _ isIt: Bool) throws {
    let bench = try BindingBench("bybit")
    var item = LicenceItem()
    (item.symbol, item.terms) = (Array(symbol.utf8), [.isolated])
    bench.begin(PB_CMD_MARGIN_MODE, [item])
    let request = bench.form(
      "set_margin_mode", PB_METHOD_POST, "https://api.bybit.com/v5/account/set-margin-mode",
      "{\"setMarginMode\":\"\(word)\"}", type: "json")
    #expect(try (bench.refusal(request) == nil) == isIt)
  }
}
