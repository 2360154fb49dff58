import CPatchbay
import Catalog
import Decimals
import Foundation
import JSONTree
import Testing
import Vault

/// What an order says of its account beside the order itself: its leverage, its margin mode, whose account it is.
@Suite struct LeverageBindingTests {
  private static let order = #"{"contract_code":"BTC-USDT","client_order_id":57,"price":60000.5,"volume":10,"#
    + #""direction":"buy","lever_rate":5,"order_price_type":"limit"}"#

  private func item(_ leverage: Decimal64?) -> LicenceItem {
    var item = BindingBench.limit("BTC-USDT", client: "57")
    (item.contractSize, item.instrument) = (Decimal64("0.001") ?? .one, 1)
    item.leverage = leverage
    return item
  }

  private func refusal(_ bench: BindingBench, _ act: String, _ path: String, _ body: String) throws -> SendRefusal? {
    try bench.refusal(
      bench.form(act, PB_METHOD_POST, "https://api.hbdm.com/linear-swap-api/v1/\(path)", body, type: "json"))
  }

  @Test func anOrderSaysTheLeverageThatTheHostKnows() throws {
    let bench = try BindingBench("htx")
    func place(_ body: String, _ leverage: Decimal64?) throws -> SendRefusal? {
      bench.begin(PB_CMD_PLACE, [item(leverage)])
      let own = try refusal(bench, "swap_place", "swap_cross_order", body)
      bench.begin(PB_CMD_PLACE, [item(leverage)])
      let batch = try refusal(bench, "swap_place_batch", "swap_cross_batchorder", "{\"orders_data\":[\(body)]}")
      #expect((own == nil) == (batch == nil), "\(body)")
      return own
    }
    #expect(try place(Self.order, 5) == nil)
    for other in ["50", "\"125\"", "4.9", "0", "-5", "5e0", "05.0000000000000000001", "null", "true"] {
      let body = Self.order.replacing(#""lever_rate":5"#, with: "\"lever_rate\":\(other)")
      #expect(try place(body, 5) != nil, "\(other)")
    }
    // What is not known is no leave to say anything, and what is known is said.
    #expect(try place(Self.order, nil) != nil)
    #expect(try place(Self.order.replacing(#""lever_rate":5,"#, with: ""), 5) != nil)
    #expect(try place(Self.order.replacing(#""lever_rate":5"#, with: #""lever_rate":5,"lever_rate":50"#), 5) != nil)
    #expect(try place(Self.order.replacing("lever_rate", with: "Lever_rate"), 5) != nil)
    guard case .notAsked(_, let reason)? = try place(Self.order, 7) else {
      Issue.record("another leverage leaves")
      return
    }
    #expect(reason.contains("leverage") && reason.contains("set it"))
  }

  /// What is known is looked at when the order leaves, for each item by its own instrument, and for new orders alone.
  @Test func whatIsKnownIsTakenAtTheMomentOfSending() throws {
    let bench = try BindingBench("htx")
    let other = try BindingBench("okx")
    #expect(bench.guarding.ordersSayLeverage && !other.guarding.ordersSayLeverage)
    bench.begin(PB_CMD_PLACE, [item(nil)])
    bench.guarding.commands.know(100) { account, instrument in account == 1 && instrument == 1 ? 5 : nil }
    #expect(try refusal(bench, "swap_place", "swap_cross_order", Self.order) == nil)
    bench.begin(PB_CMD_PLACE, [item(5)])
    bench.guarding.commands.know(100) { _, _ in nil }
    #expect(try refusal(bench, "swap_place", "swap_cross_order", Self.order) != nil)
    // A command to set one is not an order: what it sets stays what it asks for.
    var wanted = LicenceItem()
    (wanted.symbol, wanted.leverage) = (Array("BTC-USDT".utf8), 9)
    bench.begin(PB_CMD_LEVERAGE, [wanted])
    bench.guarding.commands.know(100) { _, _ in 125 }
    let change = #"{"contract_code":"BTC-USDT","lever_rate":125}"#
    #expect(try refusal(bench, "swap_set_leverage", "swap_cross_switch_lever_rate", change) != nil)
    let asked = #"{"contract_code":"BTC-USDT","lever_rate":9}"#
    #expect(try refusal(bench, "swap_set_leverage", "swap_cross_switch_lever_rate", asked) == nil)
  }

  /// Two orders of two instruments in one request: each has the leverage of its own.
  @Test func theLeverageOfAnotherOrderIsNone() throws {
    let bench = try BindingBench("htx")
    var other = item(50)
    (other.symbol, other.clientOrder, other.instrument) = (Array("ETH-USDT".utf8), Array("58".utf8), 2)
    func batch(_ first: Int, _ second: Int) throws -> SendRefusal? {
      bench.begin(PB_CMD_PLACE, [item(nil), other])
      bench.guarding.commands.know(100) { _, instrument in instrument == 1 ? 5 : 50 }
      let one = Self.order.replacing(#""lever_rate":5"#, with: "\"lever_rate\":\(first)")
      let two = Self.order.replacing("BTC", with: "ETH").replacing("57", with: "58")
        .replacing(#""lever_rate":5"#, with: "\"lever_rate\":\(second)")
      return try refusal(bench, "swap_place_batch", "swap_cross_batchorder", "{\"orders_data\":[\(one),\(two)]}")
    }
    #expect(try batch(5, 50) == nil)
    #expect(try batch(50, 5) != nil && batch(5, 5) != nil && batch(50, 50) != nil)
  }

  private func manifest(_ id: String) throws -> Manifest {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try Manifest.load(entryFrom: Registry.load(path: root.appending(path: "registry.json").path), id: id)
  }

  /// The margin mode of an order is the one that the operator configured, and the connector's default else.
  @Test(arguments: [
    (nil, "cross"), ("cross", "cross"), ("isolated", "isolated"), ("cash", nil),
  ] as [(String?, String?)])
  func theMarginModeIsTheConfiguredOne(setting: String?, mode: String?) throws {
    var members: [JSONMember] = []
    if let setting { members.append(JSONMember("margin_mode", JSONValue(.string(setting)))) }
    let settings = JSONValue(.object(members))
    let own = try manifest("okx").settled("okx_perpetual", settings)
    var found: [String] = []
    for act in own.acts where act.name == "perp_place" || act.name == "perp_place_batch" {
      for allowed in act.rules.allowed + act.rules.items.flatMap(\.allowed) where allowed.setting != nil {
        found += allowed.values
      }
    }
    let wanted = mode.map { [$0, $0] } ?? []
    #expect(found == wanted)
    // Spot has no such setting: acts that speak of it are not its own.
    let names = try manifest("okx").settled("okx", settings).acts.map(\.name)
    #expect(names.contains("place"))
    #expect(!names.contains("perp_place"))
  }

  /// HTX has acts of their own for each margin mode: those of the other one are not the connector's.
  @Test(arguments: [
    (nil, "swap_place"), ("cross", "swap_place"), ("isolated", "isolated_place"),
  ] as [(String?, String)])
  func actsOfTheOtherMarginModeAreNone(setting: String?, act: String) throws {
    var members: [JSONMember] = []
    if let setting { members.append(JSONMember("margin_mode", JSONValue(.string(setting)))) }
    let settings = JSONValue(.object(members))
    let names = try manifest("htx").settled("htx_perpetual", settings).acts.map(\.name)
    #expect(names.filter { $0 == "swap_place" || $0 == "isolated_place" } == [act])
    #expect(names.contains("swap_cancel") == (act == "swap_place"))
    let spot = try manifest("htx").settled("htx", settings).acts.map(\.name)
    #expect(spot.contains("place"))
    #expect(!spot.contains("swap_place"))
    #expect(!spot.contains("isolated_place"))
  }

  /// An order is for the account whose number stands among its credentials.
  @Test func theAccountIsTheOneOfTheCredentials() throws {
    let bench = try BindingBench("ndax")
    func cancel(_ account: String) throws -> SendRefusal? {
      var item = LicenceItem()
      item.venueOrders = [Array("77".utf8)]
      bench.begin(PB_CMD_CANCEL, [item])
      return try bench.refusal(
        bench.form(
          "cancel", PB_METHOD_POST, "https://api.ndax.io:8443/AP/CancelOrder",
          "{\"OMSId\":1,\"AccountId\":\(account),\"OrderId\":77}".replacing("OMSId", with: "omsId"), type: "json"))
    }
    #expect(try cancel("4") == nil)
    for other in ["5", "44", "\"04\"", "4.0", "0"] {
      #expect(try cancel(other) == .notAsked(act: "cancel", reason: "it has another account_id than the account"))
    }
  }

  @Test func aFieldOrSettingThatIsNoneIsAMistake() throws {
    func problems(_ allowed: String) -> [String] {
      let text = """
        {"id": "example", "name": "Example", "type": "CLOB", "version": "1.0.0", "abi": {"revision": 1},
         "markets": {"spot": {"connector": "example", "config": [{"name": "mode", "type": "string", "default": "a"},
           {"name": "bare", "type": "string"}]}},
         "library": "libexample.so", "extensions": [],
         "credentials": [{"name": "number", "secret": false}, {"name": "secret_key", "secret": true}],
         "permissions": {"hosts": ["api.example.com:443"], "acts": [
           {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/a",
            "allow": [\(allowed)]}]}}
        """
      do {
        _ = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
        return []
      } catch { return error.all.map(\.description) }
    }
    #expect(problems(#"{"name": "form:a", "field": "number"}"#) == [])
    #expect(problems(#"{"name": "form:a", "values": ["a"], "setting": "mode"}"#) == [])
    #expect(problems(#"{"name": "form:a", "field": "secret_key"}"#).contains { $0.contains("no public one") })
    #expect(problems(#"{"name": "form:a", "field": "other"}"#).contains { $0.contains("no public one") })
    let bare = problems(#"{"name": "form:a", "values": ["a"], "setting": "bare"}"#)
    #expect(bare.contains { $0.contains("no connector") })
    #expect(problems(#"{"name": "form:a", "setting": "mode"}"#).contains { $0.contains("what it may be") })
    #expect(problems(#"{"name": "form:a"}"#).contains { $0.contains("what it may be") })
  }
}
