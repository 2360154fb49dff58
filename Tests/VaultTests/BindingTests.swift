import CPatchbay
import Catalog
import Decimals
import Foundation
import Testing
import Vault

/// A guard with the registry's own acts, and commands as a host gives them.
struct BindingBench {
  let folder: TemporaryFolder
  let guarding: SendGuard

  /// - Parameter domain: where the connector of this very id trades; nil = wherever the manifest's acts may go.
  init(_ id: String, domain: String? = nil, connector: String? = nil) throws {
    folder = try TemporaryFolder()
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let registry = try Registry.load(path: root.appendingPathComponent("registry.json").path)
    var manifest = try Manifest.load(entryFrom: registry, id: id)
    if let domain { manifest = manifest.trading(at: manifest.tradingPlace(of: connector ?? id, in: domain)) }
    guarding = SendGuard(
      manifest: manifest, nonces: NonceSources(folder: folder.path),
      random: { [UInt8](repeating: 7, count: $0) })
    try addAccount(id)
  }

  static var registryPath: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("registry.json").path
  }

  /// Adds account 1, as a host does.
  func addAccount(_ id: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let registry = try Registry.load(path: root.appendingPathComponent("registry.json").path)
    var fields: [String: StoredField] = [:]
    let secret = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="
    let schema = try Manifest.load(entryFrom: registry, id: id).credentials
    let values = [
      "api_key": "PUBLIC-KEY-ID-0001", "secret_key": secret, "passphrase": "a \"phrase\" of mine", "user_id": "1",
      "account_id": "4",
    ]
    for (name, value) in values {
      guard let field = schema.first(where: { $0.name == name }) else { continue }
      let isKey = field.form.encodings.contains(.pem) && !field.form.encodings.contains(.text)
      let bytes = isKey ? TestKeys.pem("EC ", KnownAnswers.p256) : Array(value.utf8)
      fields[name] = StoredField(try #require(SecretBytes(bytes)), form: isKey ? .pem : .raw)
    }
    guarding.add(
      account: 1, try LoadedAccount(StoredAccount(exchange: id, name: "main", fields: fields), schema: schema))
  }

  /// A limit order to buy 0.010 for 60000.50 each.
  static func limit(_ symbol: String = "BTCUSDT", client: String = "pb-1") -> LicenceItem {
    var item = LicenceItem()
    item.symbol = Array(symbol.utf8)
    item.clientOrder = Array(client.utf8)
    item.quantity = Decimal64("0.010")
    item.price = Decimal64("60000.50")
    item.terms = [
      .buy, .limit, .goodTillCancelled, .notPostOnly, .notReduceOnly, .notByValue, .notClose, .net,
    ]
    return item
  }

  func begin(_ verb: Int, _ items: [LicenceItem], id: UInt64 = 100, deadline: Int64 = .max) {
    guarding.commands.begin(id, Licence(account: 1, verb: UInt32(verb), items: items, deadline: deadline))
  }

  func refusal(_ send: Send, now: Int64 = 0) throws -> SendRefusal? {
    do {
      try send.record { _ = try guarding.resolve($0, venueTime: GuardBench.time, now: now) }
      return nil
    } catch let refusal as SendRefusal {
      return refusal
    }
  }

  func form(
    _ act: String, _ method: Int, _ url: String, _ body: String, type: String = "x-www-form-urlencoded"
  ) -> Send {
    Send(
      command: 100, method: method, act: act, url: [.literal(url)],
      headers: [("Content-Type", [.literal("application/" + type)])], body: [.literal(body)])
  }

  func isRefused(_ send: Send) throws -> Bool { if case .notAsked = try refusal(send) { true } else { false } }
}

/// Trade acts leave for what their command asks for, and for nothing else.
struct BindingTests {
  static let order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000.5&"
    + "newClientOrderId=pb-1&newOrderRespType=FULL&recvWindow=5000&timestamp=1"

  private func spot(_ body: String = order, _ url: String = "https://api.binance.com/api/v3/order") throws -> (
    BindingBench, Send
  ) {
    let bench = try BindingBench("binance")
    bench.begin(PB_CMD_PLACE, [BindingBench.limit()])
    return (bench, bench.form("place", PB_METHOD_POST, url, body))
  }

  @Test func theOrderOfTheCommandLeavesOnce() throws {
    let (bench, place) = try spot()
    #expect(try bench.refusal(place) == nil)
    #expect(
      try bench.refusal(place) == .notAsked(act: "place", reason: "every item of its command has left already"))
    // The host gives the command once more: that is an attempt of its own.
    bench.begin(PB_CMD_PLACE, [BindingBench.limit()])
    #expect(try bench.refusal(place) == nil)
  }

  @Test(arguments: [
    ("quantity=0.01&", "quantity=0.05&"), ("quantity=0.01&", "quantity=1e-2&"), ("quantity=0.01&", "quantity=+0.01&"),
    ("quantity=0.01&", "quantity=0.01&quantity=5&"), ("quantity=0.01&", ""), ("quantity=0.01&", "Quantity=0.01&"),
    ("quantity=0.01&", "quantity=0.01&quantity[]=5&"), ("quantity=0.01&", "quantity=0.01&%71uantity=5&"),
    ("quantity=0.01&", "quantity=0.01;quantity=5&"), ("quantity=0.01&", "quantity=0.01&quoteOrderQty=600&"),
    ("quantity=0.01&", "quantity=0.010000000000000000000000001&"), ("quantity=0.01&", "quantity=0.01%00&"),
    ("price=60000.5&", ""), ("price=60000.5&", "price=60001&"), ("price=60000.5&", "price=60000.5&stopPrice=1&"),
    ("side=BUY", "side=SELL"), ("side=BUY", "side=buy"), ("side=BUY&", ""), ("type=LIMIT", "type=MARKET"),
    ("type=LIMIT", "type=LIMIT_MAKER"), ("type=LIMIT&", ""), ("symbol=BTCUSDT", "symbol=ETHUSDT"),
    ("symbol=BTCUSDT", "symbol=btcusdt"), ("newClientOrderId=pb-1", "newClientOrderId=pb-2"),
    ("timeInForce=GTC", "timeInForce=IOC"), ("recvWindow", "sideEffectType=MARGIN_BUY&recvWindow"),
    ("recvWindow", "trailingDelta=10&recvWindow"), ("recvWindow", "_method=DELETE&recvWindow"),
    ("newOrderRespType=FULL", "newOrderRespType=ACK"), ("timestamp=1", "timestamp=1&timestamp=2"),
  ]) func anotherOrderIsRefused(change: (String, String)) throws {
    let (bench, place) = try spot(Self.order.replacing(change.0, with: change.1))
    #expect(try bench.isRefused(place), "\(change)")
    // What was refused has used up nothing.
    #expect(try bench.refusal(place.with { $0.body = [.literal(Self.order)] }) == nil)
  }

  @Test func aParameterInQueryAndBodyIsRefused() throws {
    let (bench, place) = try spot(Self.order, "https://api.binance.com/api/v3/order?quantity=5")
    #expect(try bench.isRefused(place))
    let other = "https://api.binance.com/api/v3/order?timestamp=1"
    #expect(try bench.isRefused(place.with { $0.url = [.literal(other)] }))
    let url = "https://api.binance.com/api/v3/order"
    let json = bench.form("place", PB_METHOD_POST, url, #"{"symbol":"X"}"#, type: "json")
    #expect(try bench.isRefused(json))
    #expect(try bench.isRefused(place.with { $0.headers[0].1 = [.literal("text/plain")] }))
  }

  @Test func aLicenceEnds() throws {
    let (bench, place) = try spot()
    bench.begin(PB_CMD_PLACE, [BindingBench.limit()], deadline: 30)
    #expect(try bench.refusal(place, now: 31) == .licenceOver(act: "place", isRepeated: false))
    bench.guarding.commands.isHalted = true
    #expect(try bench.refusal(place, now: 30) == .licenceOver(act: "place", isRepeated: true))
    bench.guarding.commands.isHalted = false
    bench.guarding.commands.end(100)
    #expect(try bench.refusal(place) == .noLiveCommand(act: "place"))
    var dear = BindingBench.limit()
    dear.isAboveCap = true
    bench.begin(PB_CMD_PLACE, [dear])
    #expect(try bench.isRefused(place))
  }

  @Test func aCancelNeverPlacesAndIsAllowedUnderHalt() throws {
    let (bench, place) = try spot()
    var item = BindingBench.limit()
    item.venueOrders = [Array("77".utf8)]
    bench.begin(PB_CMD_CANCEL, [item])
    #expect(try bench.isRefused(place))
    bench.guarding.commands.isHalted = true
    let url = "https://api.binance.com/api/v3/order?timestamp=1&symbol=BTCUSDT&"
    func cancel(_ query: String) -> Send {
      Send(command: 100, method: PB_METHOD_DELETE, act: "cancel", url: [.literal(url + query)])
    }
    for query in ["orderId=78", "origClientOrderId=pb-9", "orderId=77&origClientOrderId=pb-9", ""] {
      #expect(try bench.isRefused(cancel(query)), "\(query)")
    }
    #expect(try bench.refusal(cancel("orderId=77")) == nil)
    bench.guarding.commands.isHalted = false
    bench.begin(PB_CMD_PLACE, [item])
    #expect(try bench.isRefused(cancel("orderId=77")), "a place licenses no cancel")
  }

  @Test func anAccountThatAnotherHostTradesOnOnlyCancels() throws {
    let (bench, place) = try spot()
    var item = BindingBench.limit()
    item.venueOrders = [Array("77".utf8)]
    bench.guarding.commands.mayTrade = { _, isCancel in isCancel }
    bench.begin(PB_CMD_PLACE, [item])
    #expect(try bench.refusal(place) == .licenceOver(act: "place", isRepeated: false))
    bench.begin(PB_CMD_CANCEL, [item])
    let url = "https://api.binance.com/api/v3/order?timestamp=1&symbol=BTCUSDT&orderId=77"
    let cancel = Send(command: 100, method: PB_METHOD_DELETE, act: "cancel", url: [.literal(url)])
    #expect(try bench.refusal(cancel) == nil)
    bench.guarding.commands.mayTrade = { _, _ in false }
    bench.begin(PB_CMD_CANCEL, [item])
    #expect(try bench.refusal(cancel) == .licenceOver(act: "cancel", isRepeated: false))
    bench.guarding.commands.mayTrade = { _, _ in true }
    bench.begin(PB_CMD_PLACE, [BindingBench.limit()])
    #expect(try bench.refusal(place) == nil)
  }

  @Test func aReplacementIsForNoMoreThanTheCommand() throws {
    let (bench, _) = try spot()
    var item = BindingBench.limit()
    item.venueOrders = [Array("77".utf8)]
    let rest = "&cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=77"
    func replace(_ body: String) throws -> SendRefusal? {
      bench.begin(PB_CMD_AMEND, [item])
      let url = "https://api.binance.com/api/v3/order/cancelReplace"
      return try bench.refusal(bench.form("replace", PB_METHOD_POST, url, body))
    }
    #expect(try replace(Self.order + rest) == nil)
    #expect(try replace(Self.order.replacing("quantity=0.01", with: "quantity=0.004") + rest) == nil)
    for (old, new) in [("quantity=0.01", "quantity=0.02"), ("side=BUY", "side=SELL"), ("=60000.5", "=60000")] {
      #expect(try replace(Self.order.replacing(old, with: new) + rest) != nil)
    }
    #expect(try replace(Self.order + rest.replacing("77", with: "78")) != nil)
    #expect(try replace(Self.order + rest.replacing("STOP_ON_FAILURE", with: "ALLOW_FAILURE")) != nil)
  }

  @Test func itemsOfABatchAreMatchedOneToOne() throws {
    let bench = try BindingBench("binance")
    func one(_ client: String, _ quantity: String = "0.01", more: String = "") -> String {
      #"{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":""# + quantity
        + #"","price":"60000.5","newClientOrderId":""# + client + #"","newOrderRespType":"RESULT""# + more + "}"
    }
    func send(_ elements: [String]) throws -> SendRefusal? {
      var second = BindingBench.limit(client: "pb-2")
      second.quantity = Decimal64("3")
      bench.begin(PB_CMD_PLACE, [BindingBench.limit(), second])
      let list = "[" + elements.joined(separator: ",") + "]"
      let encoded = list.utf8.map { byte in
        RequestPlace.isNameByte(byte)
          ? String(UnicodeScalar(byte)) : "%\(String(byte >> 4, radix: 16))\(String(byte & 15, radix: 16))"
      }.joined()
      return try bench.refusal(
        bench.form(
          "perp_place_batch", PB_METHOD_POST, "https://fapi.binance.com/fapi/v1/batchOrders",
          "batchOrders=\(encoded)&recvWindow=1&timestamp=1"))
    }
    #expect(try send([one("pb-2", "3"), one("pb-1")]) == nil)
    #expect(try send([one("pb-1")]) == nil)
    #expect(try send([one("pb-1", "3"), one("pb-2")]) != nil, "the quantity of the other item")
    #expect(try send([one("pb-1"), one("pb-1")]) != nil, "one item twice")
    for more in [
      #","quantity":"5""#, #","Quantity":"5""#, #","quantity ":"5""#, #","quantity\u0000":"5""#,
      #","quant\u0069ty":"5""#,
      #","quantity\t":"5""#, #","extra":1"#, #","price":60001"#,
    ] {
      #expect(try send([one("pb-1", more: more)]) != nil, "\(more)")
    }
    #expect(try send([]) != nil)
    #expect(try send([one("pb-1"), one("pb-2", "3"), one("pb-3")]) != nil)
  }

  @Test func conditionalOrdersAndSettingsAreBound() throws {
    let bench = try BindingBench("binance")
    var stop = BindingBench.limit()
    (stop.price, stop.stop) = (nil, Decimal64("59000"))
    stop.terms = [.sell, .stopMarket, .goodTillCancelled, .notPostOnly, .reduceOnly, .notByValue, .notClose, .net]
    let body = "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=0.01&reduceOnly=true&"
      + "triggerPrice=59000&clientAlgoId=pb-1&timestamp=1"
    func algo(_ body: String) throws -> SendRefusal? {
      bench.begin(PB_CMD_PLACE, [stop])
      return try bench.refusal(
        bench.form("perp_place_algo", PB_METHOD_POST, "https://fapi.binance.com/fapi/v1/algoOrder", body))
    }
    #expect(try algo(body) == nil)
    for (old, new) in [
      ("triggerPrice=59000", "triggerPrice=1"), ("&reduceOnly=true", ""), ("reduceOnly=true", "reduceOnly=false"),
      ("quantity=0.01", "closePosition=true"), ("type=STOP_MARKET", "type=TAKE_PROFIT_MARKET"),
      ("side=SELL", "side=SELL&positionSide=LONG"),
    ] {
      #expect(try algo(body.replacing(old, with: new)) != nil, "\(new)")
    }
    // Which price reaches the stop: said as the command has it, and left out where that is the last trade.
    for (term, source, passes) in [
      (OrderTerms.byLast, "", true), (.byLast, "&workingType=CONTRACT_PRICE", true),
      (.byLast, "&workingType=MARK_PRICE", false), (.byMark, "&workingType=MARK_PRICE", true), (.byMark, "", false),
      (.byMark, "&workingType=CONTRACT_PRICE", false), (.byLast, "&workingType=INDEX", false),
    ] {
      var waiting = stop
      waiting.terms.insert(term)
      bench.begin(PB_CMD_PLACE, [waiting])
      let send = bench.form(
        "perp_place_algo", PB_METHOD_POST, "https://fapi.binance.com/fapi/v1/algoOrder", body + source)
      #expect(try (bench.refusal(send) == nil) == passes, "\(term) \(source)")
    }
    var leverage = LicenceItem()
    (leverage.symbol, leverage.leverage) = (Array("BTCUSDT".utf8), Decimal64("5"))
    for (value, passes) in [("5", true), ("50", false)] {
      bench.begin(PB_CMD_LEVERAGE, [leverage])
      let send = bench.form(
        "perp_leverage", PB_METHOD_POST, "https://fapi.binance.com/fapi/v1/leverage",
        "symbol=BTCUSDT&leverage=\(value)&timestamp=1")
      #expect(try (bench.refusal(send) == nil) == passes)
    }
    var mode = LicenceItem()
    mode.terms = .hedge
    for (value, passes) in [("true", true), ("false", false)] {
      bench.begin(PB_CMD_POSITION_MODE, [mode])
      let send = bench.form(
        "perp_position_mode", PB_METHOD_POST, "https://fapi.binance.com/fapi/v1/positionSide/dual",
        "dualSidePosition=\(value)&timestamp=1")
      #expect(try (bench.refusal(send) == nil) == passes)
    }
  }

  @Test func krakenIsBoundByItsOwnNames() throws {
    let bench = try BindingBench("kraken")
    let body = "nonce=1&pair=XXBTZUSD&type=buy&ordertype=limit&volume=0.01&cl_ord_id=pb-1&price=60000.5"
    func place(_ body: String, _ symbol: String = "BTC/USD") throws -> SendRefusal? {
      bench.begin(PB_CMD_PLACE, [BindingBench.limit(symbol)])
      return try bench.refusal(
        bench.form("add_order", PB_METHOD_POST, "https://api.kraken.com/0/private/AddOrder", body))
    }
    #expect(try place(body) == nil)
    #expect(try place(body.replacing("XXBTZUSD", with: "XETHZUSD")) != nil, "another name for the same instrument")
    #expect(try place(body, "ETH/USD") != nil, "the name of another instrument")
    #expect(try place(body.replacing("XXBTZUSD", with: "XETHZUSD"), "ETH/USD") == nil)
    for more in ["&oflags=viqc", "&oflags=post", "&price2=1", "&leverage=5", "&close[price]=1", "&timeinforce=IOC"] {
      #expect(try place(body + more) != nil, "\(more)")
    }
    var cancels: [LicenceItem] = []
    for id in ["OA", "OB"] {
      var item = LicenceItem()
      item.venueOrders = [Array(id.utf8)]
      cancels.append(item)
    }
    for (list, passes) in [(#"["OA","OB"]"#, true), (#"["OA","OC"]"#, false), (#"["OA","OA"]"#, false)] {
      bench.begin(PB_CMD_CANCEL_MANY, cancels)
      let send = bench.form(
        "cancel_order_batch", PB_METHOD_POST, "https://api.kraken.com/0/private/CancelOrderBatch",
        #"{"nonce":1,"orders":"# + list + "}", type: "json")
      #expect(try (bench.refusal(send) == nil) == passes, "\(list)")
    }
  }

  /// Kraken's `price` is the trigger of an order that has one, and `price2` its limit: both may be the same number, and
  /// each must be there.
  @Test func aLimitAtTheTriggerIsBothOfThem() throws {
    let bench = try BindingBench("kraken")
    let body = "nonce=1&pair=XXBTZUSD&type=buy&ordertype=stop-loss-limit&volume=0.01&cl_ord_id=pb-1"
    for (more, passes) in [
      ("&price=60000.5&price2=60000.5", true), ("&price2=60000.5&price=60000.5", true), ("&price=60000.5", false),
      ("&price2=60000.5", false), ("&price=60000.5&price2=60000", false),
    ] {
      var item = BindingBench.limit("BTC/USD")
      item.stop = item.price
      item.terms.formSymmetricDifference([.limit, .stopLimit])
      bench.begin(PB_CMD_PLACE, [item])
      let send = bench.form("add_order", PB_METHOD_POST, "https://api.kraken.com/0/private/AddOrder", body + more)
      #expect(try (bench.refusal(send) == nil) == passes, "\(more)")
    }
  }

  /// Order endpoints are no public ones, and order fields make no order of a read act.
  @Test func publicRequestsNeedAPublicAct() throws {
    let bench = try BindingBench("binance")
    func bare(_ method: Int, _ url: String) -> Send { Send(account: 0, method: method, url: [.literal(url)]) }
    #expect(try bench.refusal(bare(PB_METHOD_GET, "https://api.binance.com/api/v3/depth?symbol=X")) == nil)
    let order = "https://api.binance.com/api/v3/order?\(Self.order)"
    #expect(try bench.refusal(bare(PB_METHOD_POST, order)) == .noPublicAct)
    #expect(try bench.refusal(bare(PB_METHOD_GET, "https://api.binance.com/api/v3/account")) == .noPublicAct)
    let override = bare(PB_METHOD_GET, "https://api.binance.com/api/v3/time").with {
      $0.headers = [("X-Custom-Method", [.literal("POST")])]
    }
    guard case .header = try bench.refusal(override) else { throw SendRefusal.host }
  }
}
