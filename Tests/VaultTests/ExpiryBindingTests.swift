import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// The moment at which an order good till a date ends.
struct ExpiryBindingTests {
  private static func manifest(_ binding: String) -> String {
    """
    {"id": "reef", "name": "Reef", "type": "CLOB", "markets": {"spot": {"connector": "reef"}},
     "version": "1.0.0", "abi": {"revision": 1}, "library": "libreef.so", "extensions": [],
     "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true}],
     "permissions": {"hosts": ["api.example.com:443"], "acts": [
     {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/orders",
      "bind": {"symbol": "json:/symbol", "side": "json:/side", "type": "json:/type",
               "time_in_force": "json:/tif", "quantity": "json:/size", "price": "json:/price",
               "expiry": \(binding)}}]}}
    """
  }

  private func leaves(_ rule: String, _ body: String, expiry: Int64) throws -> Bool {
    let text = Self.manifest(#"{"at": "json:/end", "rule": "\#(rule)"}"#)
    let folder = try TemporaryFolder()
    let manifest = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
    let guarding = try SendGuard.ofOneAccount(
      manifest, folder, key: "PUBLIC-OR-SECRET-1", secret: "PUBLIC-OR-SECRET-1", allowsUnbound: false)
    var item = LicenceItem()
    (item.symbol, item.quantity, item.price) = (Array("A-B".utf8), 1, 5)
    item.expiry = expiry
    item.terms = [
      .buy, .limit, expiry == 0 ? .goodTillCancelled : .goodTillDate, .notPostOnly, .notReduceOnly, .notByValue,
      .notClose, .net,
    ]
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

  private func order(_ end: String?, force: String = "gtd") -> String {
    let end = end.map { #","end":\#($0)"# } ?? ""
    return #"{"symbol":"A-B","side":"buy","type":"limit","tif":"\#(force)","size":1,"price":5\#(end)}"#
  }

  @Test func theDateMustBeTheCommands() throws {
    let end: Int64 = 1_800_000_000_123_000_000
    for text in ["1800000000123", #""1800000000123""#, "1800000000123.0"] {
      #expect(try leaves("milliseconds", order(text), expiry: end), "\(text)")
    }
    #expect(try leaves("seconds", order("1800000000.123"), expiry: end))
    #expect(try leaves("seconds", order("1800000000"), expiry: 1_800_000_000_000_000_000))
    for text in ["1800000000124", "1800000000", "0", #""""#, "-1800000000123", nil] {
      #expect(try !leaves("milliseconds", order(text), expiry: end), "\(text ?? "none")")
    }
    #expect(try !leaves("seconds", order("1800000000"), expiry: end))
  }

  @Test func aDateIsWrittenInOneWay() throws {
    let end: Int64 = 1_800_000_000_120_000_000
    for text in ["2027-01-15T08:00:00.120Z", "2027-01-15T08:00:00.12Z", "2027-01-15T08:00:00.120000000Z"] {
      #expect(try leaves("iso", order("\"\(text)\""), expiry: end), "\(text)")
    }
    // A leap day, and the days around it.
    for (text, expiry) in [
      ("2028-02-29T23:59:59Z", 1_835_481_599), ("2028-03-01T00:00:00Z", 1_835_481_600), ("1970-01-01T00:00:01Z", 1),
      ("2100-03-01T00:00:00Z", 4_107_542_400),
    ] as [(String, Int64)] {
      #expect(try leaves("iso", order("\"\(text)\""), expiry: expiry * 1_000_000_000), "\(text)")
    }
    for text in [
      "2027-01-15T08:00:00.121Z", "2027-01-15 08:00:00.120Z", "2027-01-15T08:00:00.120",
      "2027-01-15T09:00:00.120+01:00", "2027-1-15T08:00:00.120Z", "2027-01-15t08:00:00.120z",
      "2027-02-29T08:00:00Z", "1800000000120",
    ] {
      #expect(try !leaves("iso", order("\"\(text)\""), expiry: end), "\(text)")
    }
  }

  @Test func anOrderWithoutADateHasNone() throws {
    #expect(try leaves("milliseconds", order(nil, force: "gtc"), expiry: 0))
    for text in ["1800000000123", "0"] {
      #expect(try !leaves("milliseconds", order(text, force: "gtc"), expiry: 0), "\(text)")
    }
  }

  @Test(arguments: [#""json:/end""#, #"{"at": "json:/end", "rule": "at_most"}"#]) func itsUnitIsSaid(binding: String) {
    let text = Self.manifest(binding)
    #expect(throws: (any Error).self) { try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json") }
  }

  @Test(arguments: ["seconds", "milliseconds", "iso"]) func onlyDatesHaveUnits(rule: String) {
    let text = Self.manifest(#"{"at": "json:/end", "rule": "\#(rule)"}"#)
      .replacing(#""price": "json:/price""#, with: #""price": {"at": "json:/price", "rule": "\#(rule)"}"#)
    #expect(throws: (any Error).self) { try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json") }
  }
}
