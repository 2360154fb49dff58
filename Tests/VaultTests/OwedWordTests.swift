import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// What may be left out of an order, and what may not: an exchange takes what is usual there instead.
struct OwedWordTests {
  private static func market(_ symbol: String) -> LicenceItem {
    var item = BindingBench.limit(symbol)
    (item.price, item.quantity) = (nil, 12)
    item.terms.formSymmetricDifference([.limit, .market])
    return item
  }

  private static func stop(_ symbol: String, _ terms: OrderTerms) -> LicenceItem {
    var item = BindingBench.limit(symbol)
    (item.price, item.stop) = (nil, Decimal64("59000"))
    item.terms.formSymmetricDifference([.limit, terms])
    return item
  }

  private func send(_ bench: BindingBench, _ item: LicenceItem, _ act: String, _ url: String, _ body: String) throws
    -> SendRefusal?
  {
    bench.begin(PB_CMD_PLACE, [item])
    return try bench.refusal(bench.form(act, PB_METHOD_POST, url, body, type: "json"))
  }

  /// "Buy 12" of the base without its unit would be 12 of the quote.
  @Test func aMarketOrderSaysWhatItsQuantityCounts() throws {
    let okx = try BindingBench("okx")
    let item = Self.market("BTC-USDT")
    let body = #"{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"pb-1","side":"buy","ordType":"market","sz":"12""#
    let url = "https://www.okx.com/api/v5/trade/order"
    #expect(try send(okx, item, "place", url, body + "}") != nil)
    #expect(try send(okx, item, "place", url, body + #","tgtCcy":"quote_ccy"}"#) != nil)
    #expect(try send(okx, item, "place", url, body + #","tgtCcy":"base_ccy"}"#) == nil)
    let batch = "https://www.okx.com/api/v5/trade/batch-orders"
    #expect(try send(okx, item, "place_batch", batch, "[" + body + "}]") != nil)
    #expect(try send(okx, item, "place_batch", batch, "[" + body + #","tgtCcy":"base_ccy"}]"#) == nil)

    let bybit = try BindingBench("bybit")
    let order =
      #"{"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Market","qty":"12","orderLinkId":"pb-1""#
    let create = "https://api.bybit.com/v5/order/create"
    #expect(try send(bybit, Self.market("BTCUSDT"), "spot_place", create, order + "}") != nil)
    #expect(try send(bybit, Self.market("BTCUSDT"), "spot_place", create, order + #","marketUnit":"baseCoin"}"#) == nil)
    // A limit order has but one unit.
    let limit =
      #"{"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","timeInForce":"GTC","qty":"0.01","#
      + #""price":"60000.5","orderLinkId":"pb-1"}"#
    #expect(try send(bybit, BindingBench.limit(), "spot_place", create, limit) == nil)
  }

  /// Without the word that makes it one, a stop would be an order at once.
  @Test func aStopSaysThatItIsOne() throws {
    let bybit = try BindingBench("bybit")
    let create = "https://api.bybit.com/v5/order/create"
    let item = Self.stop("BTCUSDT", .stopMarket)
    let body =
      #"{"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Market","qty":"0.01","triggerPrice":"59000","#
      + #""orderLinkId":"pb-1","marketUnit":"baseCoin""#
    #expect(try send(bybit, item, "spot_stop", create, body + "}") != nil)
    #expect(try send(bybit, item, "spot_stop", create, body + #","orderFilter":"Order"}"#) != nil)
    #expect(try send(bybit, item, "spot_stop", create, body + #","orderFilter":"StopOrder"}"#) == nil)

    let kucoin = try BindingBench("kucoin")
    let url = "https://api.kucoin.com/api/v1/stop-order"
    let stop =
      #"{"symbol":"BTC-USDT","side":"buy","type":"market","size":"0.01","stopPrice":"59000","clientOid":"pb-1""#
    for (more, passes) in [("}", false), (#","stop":"loss"}"#, false), (#","stop":"entry"}"#, true)] {
      let refusal = try send(kucoin, Self.stop("BTC-USDT", .stopMarket), "place_stop", url, stop + more)
      #expect((refusal == nil) == passes, "\(more): \(refusal.map { "\($0)" } ?? "left")")
    }
  }

  /// Every place act of the registry: what its limited parameters and flags are is said, unless the manifest says that
  /// the order stays the same without.
  @Test func whatIsOptionalIsNamed() throws {
    let registry = try Registry.load(path: BindingBench.registryPath)
    var (owed, optional) = (0, Set<String>())
    for entry in registry.entries {
      guard let manifest = try? Manifest.load(entryFrom: registry, id: entry.id) else { continue }
      for act in manifest.acts where act.rules.verb == .place {
        for binding in act.rules.bindings + act.rules.items.flatMap(\.bindings) where binding.fact == .flags {
          if binding.isOwed { owed += 1 } else { optional.insert("\(binding.place)") }
        }
        for one in act.rules.allowed + act.rules.items.flatMap(\.allowed) where !one.values.isEmpty {
          if one.isOwed { owed += 1 } else { optional.insert("\(one.place)") }
        }
      }
    }
    // Units are owed by market orders all the same; the others change how it is answered, how it is signed, or say a
    // kind that another word of the order says as well. An order that reduces a position says no leverage.
    #expect(
      optional == [
        "json:/marketUnit", "json:/tgtCcy", "form:oflags", "json:/oflags", "json:/time_in_force", "json:/tif",
        "json:/size", "json:/flags", "json:/1/flags", "json:/orderType", "json:/execInst", "json:/category",
        "newOrderRespType", "query:SignatureMethod", "query:SignatureVersion", "json:/omsId", "json:/leverage",
      ], "\(optional.sorted())")
    #expect(owed > 40)
  }
}
