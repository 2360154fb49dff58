import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Quantities that an exchange counts in contracts, with and without a sign that says the side.
struct ContractBindingTests {
  private struct Bench {
    let folder: TemporaryFolder
    let manifest: Manifest
    let guarding: SendGuard

    init(rule: String, side: String, words: String = "{}") throws {
      let text = """
        {"id": "reef", "name": "Reef", "type": "CLOB", "markets": {"perp": {"connector": "reef_perpetual"}},
         "version": "1.0.0", "abi": {"revision": 1}, "library": "libreef.so", "extensions": ["patchbay.perp/1"],
         "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true}],
         "permissions": {"hosts": ["api.example.com:443"], "acts": [
         {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/orders",
          "bind": {"symbol": "json:/symbol", \(side) "type": "json:/type",
                   "quantity": {"at": "json:/size", "rule": "\(rule)"}, "price": "json:/price"},
          "words": \(words)}]}}
        """
      folder = try TemporaryFolder()
      manifest = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
      guarding = try SendGuard.ofOneAccount(
        manifest, folder, key: "PUBLIC-OR-SECRET-1", secret: "PUBLIC-OR-SECRET-1", allowsUnbound: false)
    }

    /// Whether an order to trade 0.12 of contracts of 0.01 at 5 may leave as it is written.
    func leaves(_ body: String, _ side: OrderTerms = .buy, size: String = "0.01") throws -> Bool {
      var item = LicenceItem()
      item.symbol = Array("A-B".utf8)
      (item.quantity, item.price) = (Decimal64("0.12"), Decimal64("5"))
      item.contractSize = try #require(Decimal64(size))
      item.terms = [side, .limit, .goodTillCancelled, .notPostOnly, .notReduceOnly, .notByValue, .notClose, .net]
      return try leaves(body, item)
    }

    private func leaves(_ body: String, _ item: LicenceItem) throws -> Bool {
      guarding.commands.begin(100, Licence(account: 1, verb: UInt32(PB_CMD_PLACE), items: [item]))
      let send = Send(
        command: 100, method: PB_METHOD_POST, act: "place", url: [.literal("https://api.example.com/orders")],
        headers: [("Content-Type", [.literal("application/json")])], body: [.literal(body)])
      do {
        try send.record { _ = try guarding.resolve($0, venueTime: GuardBench.time) }
        return true
      } catch SendRefusal.notAsked {
        return false
      }
    }

    /// Whether a market order that sells and has no quantity may leave as it is written.
    func closes(_ body: String, _ terms: OrderTerms) throws -> Bool {
      var item = LicenceItem()
      item.symbol = Array("A-B".utf8)
      item.contractSize = try #require(Decimal64("0.01"))
      item.terms = [.sell, .market, .immediateOrCancel, .notPostOnly, .notByValue, .net]
      item.terms.formUnion(terms)
      return try leaves(body, item)
    }
  }

  private func order(_ size: String) -> String {
    #"{"symbol":"A-B","side":"buy","type":"limit","size":\#(size),"price":"5"}"#
  }

  @Test func contractsTimesTheirSizeAreTheQuantity() throws {
    let bench = try Bench(rule: "contracts", side: #""side": "json:/side","#)
    #expect(bench.manifest.acts.allSatisfy { $0.unbound.isEmpty })
    for size in ["12", #""12""#, "12.0"] { #expect(try bench.leaves(order(size)), "\(size)") }
    for size in ["0.12", "11", "13", "-12", "120", "1.2e1", #""""#, "9223372036854775807"] {
      #expect(try !bench.leaves(order(size)), "\(size)")
    }
    #expect(try bench.leaves(order("0.012"), size: "10") && bench.leaves(order("0.12"), size: "1"))
    #expect(try bench.leaves(order("24"), size: "0.005") && !bench.leaves(order("12"), size: "0.005"))
  }

  @Test func aSignSaysTheSide() throws {
    let bench = try Bench(rule: "signed_contracts", side: "")
    #expect(bench.manifest.acts.allSatisfy { $0.unbound.isEmpty }, "the sign is the side")
    func order(_ size: String) -> String { self.order(size).replacing(#""side":"buy","#, with: "") }
    #expect(try bench.leaves(order("12")) && bench.leaves(order("-12"), .sell))
    for size in ["-12", "--12", "+12", "- 12"] { #expect(try !bench.leaves(order(size)), "\(size)") }
    for size in ["12", "--12", "-", "-13", "-0.12"] { #expect(try !bench.leaves(order(size), .sell), "\(size)") }
  }

  /// To close a whole position needs no side: the exchange trades against what there is.
  @Test func whatClosesAWholePositionNamesNoSide() throws {
    let bench = try Bench(
      rule: "signed_contracts", side: #""close": "json:/close", "flags": "json:/size","#,
      words: #"{"flags": {"0": "close"}}"#)
    let order = #"{"symbol":"A-B","type":"market","size":0,"close":true}"#
    #expect(try bench.closes(order, [.close, .reduceOnly]))
    #expect(try !bench.closes(order, [.notClose, .notReduceOnly]))
    #expect(try !bench.closes(order.replacing(#""size":0,"close":true"#, with: #""size":12"#), [.close, .reduceOnly]))
  }

  @Test(arguments: ["price", "symbol"]) func onlyQuantitiesCountContracts(fact: String) {
    let text = """
      {"id": "reef", "name": "Reef", "type": "CLOB", "markets": {"perp": {"connector": "reef_perpetual"}},
       "version": "1.0.0", "abi": {"revision": 1}, "library": "libreef.so", "extensions": [], "credentials": [],
       "permissions": {"hosts": ["api.example.com:443"], "acts": [
       {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/orders",
        "bind": {"\(fact)": {"at": "json:/a", "rule": "contracts"}}}]}}
      """
    #expect(throws: (any Error).self) { try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json") }
  }
}
