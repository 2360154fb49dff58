import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// What an amendment licenses: no more than what is left of its order, and where it is a cancel and a place, these two
/// in this order.
struct AmendmentBindingTests {
  /// 0.6, of which 0.2625 is filled.
  private var partlyFilled: LicenceItem {
    var item = BindingBench.limit()
    (item.quantity, item.filled) = (Decimal64("0.6"), Decimal64(mantissa: 2625, exponent: -4))
    item.venueOrders = [Array("77".utf8)]
    return item
  }

  @Test(arguments: [("0.6", false), ("0.3376", false), ("0.3375", true), ("0.1", true), ("0", false)])
  func aReplacementIsForWhatIsNotFilled(row: (quantity: String, passes: Bool)) throws {
    let bench = try BindingBench("binance")
    bench.begin(PB_CMD_AMEND, [partlyFilled])
    let body = BindingTests.order.replacing("quantity=0.01", with: "quantity=\(row.quantity)")
      + "&cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=77"
    let url = "https://api.binance.com/api/v3/order/cancelReplace"
    let refusal = try bench.refusal(bench.form("replace", PB_METHOD_POST, url, body))
    #expect((refusal == nil) == row.passes, "\(refusal.map { "\($0)" } ?? "left")")
  }

  /// An amendment in place counts what is filled, but not what was filled of the orders before.
  @Test(arguments: [("0.6", false), ("0.5001", false), ("0.5", true), ("0.45", true)])
  func aChangeIsOfTheOrderAtHand(row: (quantity: String, passes: Bool)) throws {
    let bench = try BindingBench("binance")
    var item = partlyFilled
    item.carried = Decimal64(mantissa: 1, exponent: -1)
    bench.begin(PB_CMD_AMEND, [item])
    let body = "symbol=BTCUSDT&orderId=77&newClientOrderId=pb-1&newQty=\(row.quantity)&timestamp=1"
    let url = "https://api.binance.com/api/v3/order/amend/keepPriority"
    #expect(try (bench.refusal(bench.form("amend", PB_METHOD_PUT, url, body)) == nil) == row.passes)
  }

  // MARK: A cancel and a place

  private static let manifest = """
    {"id": "example", "name": "Example", "type": "CLOB", "markets": {"spot": {"connector": "example"}},
     "version": "0.1.0", "abi": {"revision": 1}, "library": "libexample.so", "extensions": [],
     "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true}], "disclose": [],
     "permissions": {"hosts": ["api.example.com:443"], "acts": [
       {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/orders",
        "bind": {"symbol": "form:symbol", "side": "form:side", "type": "form:type", "quantity": "form:quantity",
          "price": "form:price", "client_order": "form:client"}},
       {"name": "cancel", "class": "trade", "verb": "cancel", "method": "POST", "path": "/cancel",
        "bind": {"venue_order": "form:order"}}]}}
    """

  private struct Bench {
    let folder: TemporaryFolder
    let guarding: SendGuard

    init() throws {
      folder = try TemporaryFolder()
      let manifest = try Manifest.parse(bytes: Array(AmendmentBindingTests.manifest.utf8), file: "manifest.json")
      guarding = try SendGuard.ofOneAccount(manifest, folder, key: "KEY", secret: "the-secret")
    }

    /// Whether it left.
    /// - Parameter isTaken: the exchange answers it, and does not refuse it.
    func send(_ act: String, _ body: String, isTaken: Bool = false) throws -> Bool {
      let send = Send(
        command: 100, method: PB_METHOD_POST, act: act,
        url: [.literal("https://api.example.com/" + (act == "place" ? "orders" : "cancel"))],
        headers: [("Content-Type", [.literal("application/x-www-form-urlencoded")])], body: [.literal(body)])
      do {
        let resolved = try send.record { try guarding.resolve($0, venueTime: GuardBench.time) }
        if isTaken, let trade = resolved.trade { guarding.commands.took(trade) }
        return true
      } catch is SendRefusal {
        return false
      }
    }

    func cancel(isTaken: Bool = true) throws -> Bool { try send("cancel", "order=77", isTaken: isTaken) }

    func place(_ quantity: String = "0.3375") throws -> Bool {
      try send("place", "symbol=BTCUSDT&side=buy&type=limit&quantity=\(quantity)&price=60000.5&client=pb-1")
    }
  }

  @Test func theCancelComesFirst() throws {
    let bench = try Bench()
    func begin() {
      bench.guarding.commands.begin(100, Licence(account: 1, verb: UInt32(PB_CMD_AMEND), items: [partlyFilled]))
    }
    begin()
    #expect(try !bench.place(), "the old order would live beside it")
    #expect(try bench.cancel(isTaken: false))
    #expect(try !bench.place(), "a cancel that expired, or was refused, has cancelled nothing")
    begin()
    #expect(try bench.cancel())
    #expect(try !bench.place("0.6"), "more than is left")
    #expect(try bench.place())
    #expect(try !bench.place() && !bench.cancel(), "one of each")
    // A cancel alone never licenses a place, and a place no cancel.
    bench.guarding.commands.begin(100, Licence(account: 1, verb: UInt32(PB_CMD_CANCEL), items: [partlyFilled]))
    #expect(try bench.cancel() && !bench.place())
    bench.guarding.commands.begin(100, Licence(account: 1, verb: UInt32(PB_CMD_PLACE), items: [partlyFilled]))
    #expect(try !bench.cancel() && bench.place("0.6"))
  }

  /// Whoever halts wants gone what is under way: it stays so when trading goes on.
  @Test func aHaltEndsLicencesForGood() throws {
    let bench = try Bench()
    func begin(_ verb: Int) {
      bench.guarding.commands.begin(100, Licence(account: 1, verb: UInt32(verb), items: [partlyFilled]))
    }
    begin(PB_CMD_PLACE)
    bench.guarding.commands.isHalted = true
    bench.guarding.commands.isHalted = false
    #expect(try !bench.place("0.6"), "it was given before the halt")
    bench.guarding.commands.isHalted = true
    begin(PB_CMD_PLACE)
    bench.guarding.commands.isHalted = false
    #expect(try !bench.place("0.6"), "it was given under it")
    begin(PB_CMD_AMEND)
    #expect(try bench.cancel())
    bench.guarding.commands.isHalted = true
    bench.guarding.commands.isHalted = false
    #expect(try !bench.place())
    begin(PB_CMD_CANCEL)
    bench.guarding.commands.isHalted = true
    #expect(try bench.cancel(), "cancels stay licensed")
    bench.guarding.commands.isHalted = false
    begin(PB_CMD_PLACE)
    #expect(try bench.place("0.6"), "what is given afterwards leaves")
  }
}
