import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Numbers that an exchange writes times ten to a power, and a leverage whose sign says the margin mode.
struct ScaledBindingTests {
  private struct Bench {
    let folder: TemporaryFolder
    let manifest: Manifest
    let guarding: SendGuard

    init(_ act: String) throws {
      let text = """
        {"id": "reef", "name": "Reef", "type": "CLOB", "markets": {"perp": {"connector": "reef_perpetual"}},
         "version": "1.0.0", "abi": {"revision": 1}, "library": "libreef.so", "extensions": ["patchbay.perp/1"],
         "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true}],
         "permissions": {"hosts": ["api.example.com:443"], "acts": [
         {"name": "act", "class": "trade", "method": "POST", "path": "/act", \(act)}]}}
        """
      folder = try TemporaryFolder()
      manifest = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
      guarding = try SendGuard.ofOneAccount(
        manifest, folder, key: "PUBLIC-OR-SECRET-1", secret: "PUBLIC-OR-SECRET-1", allowsUnbound: false)
    }

    func leaves(_ body: String, _ verb: Int, _ change: (inout LicenceItem) -> Void) throws -> Bool {
      var item = LicenceItem()
      item.symbol = Array("A-B".utf8)
      item.terms = [.net]
      change(&item)
      guarding.commands.begin(100, Licence(account: 1, verb: UInt32(verb), items: [item]))
      let send = Send(
        command: 100, method: PB_METHOD_POST, act: "act", url: [.literal("https://api.example.com/act")],
        headers: [("Content-Type", [.literal("application/json")])], body: [.literal(body)])
      do {
        try send.record { _ = try guarding.resolve($0, venueTime: GuardBench.time) }
        return true
      } catch SendRefusal.notAsked {
        return false
      }
    }
  }

  private static let place = #"""
    "verb": "place", "bind": {"symbol": "json:/symbol", "side": "json:/side", "type": "json:/type",
    "quantity": {"at": "json:/qtyEv", "scale": 8}, "price": {"at": "json:/priceEp", "scale": 4}}
    """#

  /// 0.012 at 30000.5.
  private func places(_ quantity: String, _ price: String) throws -> Bool {
    let body = #"{"symbol":"A-B","side":"buy","type":"limit","qtyEv":\#(quantity),"priceEp":\#(price)}"#
    return try Bench(Self.place).leaves(body, PB_CMD_PLACE) { item in
      (item.quantity, item.price) = (Decimal64("0.012"), Decimal64("30000.5"))
      item.terms.formUnion([.buy, .limit, .goodTillCancelled, .notPostOnly, .notReduceOnly, .notByValue, .notClose])
    }
  }

  @Test func aScaledNumberIsTheCommands() throws {
    #expect(try Bench(Self.place).manifest.acts.allSatisfy { $0.unbound.isEmpty })
    #expect(try places("1200000", "300005000"))
    for quantity in ["0.012", "1200001", "120000", "12000000", "-1200000", "9223372036854775807"] {
      #expect(try !places(quantity, "300005000"), "\(quantity)")
    }
    for price in ["30000.5", "300005001", "3000050000000"] { #expect(try !places("1200000", price), "\(price)") }
  }

  @Test(arguments: [("5", false), ("-5", true), ("--5", false), ("-6", false), ("-", false), ("-0.5", false)])
  func aNegatedLeverageHasItsSign(text: String, leaves: Bool) throws {
    let bench = try Bench(
      #""verb": "leverage", "bind": {"symbol": "json:/symbol", "leverage": {"at": "json:/lev", "rule": "negated"}}"#)
    let body = #"{"symbol":"A-B","lev":"\#(text)"}"#
    #expect(try bench.leaves(body, PB_CMD_LEVERAGE) { $0.leverage = Decimal64("5") } == leaves)
  }

  @Test(arguments: [#""side": {"at": "json:/a", "scale": 8}"#, #""price": {"at": "json:/a", "scale": 19}"#])
  func onlyNumbersHaveAScale(binding: String) {
    #expect(throws: (any Error).self) { try Bench(#""verb": "place", "bind": {\#(binding)}"#) }
  }
}
