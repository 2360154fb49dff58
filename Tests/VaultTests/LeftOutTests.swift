import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// What a hostile connector leaves out, or hides from one of two parsers, so that another order than the commanded one
/// reaches the exchange though every value that stands in the request is the command's.
struct LeftOutTests {
  private static let manifest = """
    {"id": "example", "name": "Example", "type": "CLOB", "markets": {"spot": {"connector": "example"}},
     "version": "0.1.0", "abi": {"revision": 1}, "library": "libexample.so", "extensions": [],
     "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true}], "disclose": [],
     "permissions": {"hosts": ["api.example.com:443"], "acts": [
       {"name": "plain", "class": "trade", "verb": "place", "method": "POST", "path": "/plain",
        "allow": ["json:/timestamp", "json:/recvWindow"],
        "bind": {"symbol": "json:/symbol", "side": "json:/side", "type": "json:/type", "quantity": "json:/quantity",
          "price": "json:/price"},
        "words": {"side": {"buy": "buy", "sell": "sell"}, "type": {"limit": "limit", "market": "market"}}},
       {"name": "full", "class": "trade", "verb": "place", "method": "POST", "path": "/full",
        "allow": ["json:/timestamp", "json:/recvWindow"],
        "bind": {"symbol": "json:/symbol", "side": "json:/side", "type": "json:/type", "quantity": "json:/quantity",
          "price": "json:/price", "stop": "json:/stop", "post_only": "json:/post", "reduce_only": "json:/reduce",
          "time_in_force": "json:/tif", "expiry": {"at": "json:/until", "rule": "seconds"}}},
       {"name": "amend", "class": "trade", "verb": "amend", "method": "POST", "path": "/amend",
        "bind": {"venue_order": "json:/order", "quantity": "json:/quantity", "price": "json:/price",
          "stop": "json:/stop"}},
       {"name": "reduce", "class": "trade", "verb": "amend", "method": "POST", "path": "/reduce",
        "bind": {"venue_order": "json:/order", "quantity": "json:/quantity"}}]}}
    """

  private let folder: TemporaryFolder
  private let guarding: SendGuard

  init() throws {
    folder = try TemporaryFolder()
    let manifest = try Manifest.parse(bytes: Array(Self.manifest.utf8), file: "manifest.json")
    guarding = try SendGuard.ofOneAccount(manifest, folder, key: "KEY", secret: "the-secret")
  }

  /// Whether a body leaves for an item, by an act of the same path.
  private func leaves(
    _ act: String, _ body: String, _ item: LicenceItem, _ verb: Int = PB_CMD_PLACE, now: LicenceItem.Now? = nil
  ) throws -> Bool {
    guarding.commands.begin(100, Licence(account: 1, verb: UInt32(verb), items: [item]))
    if let now { guarding.commands.know(100) { $0 == item.order ? now : nil } }
    let send = Send(
      command: 100, method: PB_METHOD_POST, act: act, url: [.literal("https://api.example.com/\(act)")],
      headers: [("Content-Type", [.literal("application/json")])], body: [.literal(body)])
    do {
      try send.record { _ = try guarding.resolve($0, venueTime: GuardBench.time) }
      return true
    } catch is SendRefusal {
      return false
    }
  }

  /// To buy 0.01 for 60000.5 each, without an id of its own.
  private var limit: LicenceItem {
    var item = BindingBench.limit()
    item.clientOrder = []
    return item
  }

  private func with(_ change: (inout LicenceItem) -> Void) -> LicenceItem {
    var item = limit
    change(&item)
    return item
  }

  private static let order = #"{"symbol":"BTCUSDT","side":"buy","type":"limit","quantity":"0.01","price":"60000.5"}"#
  private static let untyped = order.replacing(#""type":"limit","#, with: "")

  // MARK: What the act has no word for

  /// A stop without its type would be an order at once at exchanges that take `limit` for granted.
  @Test(arguments: [OrderTerms.stopLimit, .takeLimit]) func aTypeWithoutAWordIsNotLeftOut(type: OrderTerms) throws {
    let stop = with {
      $0.terms.remove(.limit)
      $0.terms.insert(type)
      $0.stop = 59_000
    }
    #expect(try !leaves("plain", Self.untyped, stop) && !leaves("plain", Self.order, stop))
    #expect(try leaves("plain", Self.order, limit))
    // Nor where its stop is left out of an act that has a place for it.
    let words = Self.order.replacing(#""limit""#, with: type == .stopLimit ? #""stop_limit""# : #""take_limit""#)
    #expect(try !leaves("full", words, stop))
    #expect(try leaves("full", words.replacing("}", with: #","stop":"59000"}"#), stop))
  }

  /// An order that may only be made, or only reduce, or ends at once, is another one without that.
  @Test(arguments: [
    (OrderTerms.postOnly, #""post":true"#), (.reduceOnly, #""reduce":true"#), (.immediateOrCancel, #""tif":"ioc""#),
    (.fillOrKill, #""tif":"fok""#),
  ]) func aFlagWithoutAWordIsNotLeftOut(row: (term: OrderTerms, said: String)) throws {
    let item = with { $0.terms.insert(row.term) }
    #expect(try !leaves("plain", Self.order, item) && !leaves("full", Self.order, item))
    #expect(try leaves("full", Self.order.replacing("}", with: ",\(row.said)}"), item))
  }

  @Test func aDateWithoutAPlaceIsNotLeftOut() throws {
    let item = with {
      $0.terms.remove(.goodTillCancelled)
      $0.terms.insert(.goodTillDate)
      $0.expiry = 1_900_000_000_000_000_000
    }
    #expect(try !leaves("plain", Self.order, item) && !leaves("full", Self.order, item))
    let dated = Self.order.replacing("}", with: #","tif":"gtd","until":1900000000}"#)
    #expect(try leaves("full", dated, item))
  }

  // MARK: Half of a change

  /// With the old price the new quantity is another order, and may be worth more than the cap.
  @Test func aChangeIsWhole() throws {
    let both = with {
      $0.venueOrders = [Array("77".utf8)]
      $0.changes = [.quantity, .price]
    }
    for act in ["amend", "reduce"] {
      #expect(try !leaves(act, #"{"order":"77","quantity":"0.01"}"#, both, PB_CMD_AMEND), "\(act)")
    }
    #expect(try !leaves("amend", #"{"order":"77","price":"60000.5"}"#, both, PB_CMD_AMEND))
    #expect(try leaves("amend", #"{"order":"77","quantity":"0.01","price":"60000.5"}"#, both, PB_CMD_AMEND))
    // What is not changed may be said or not.
    let one = with {
      $0.venueOrders = [Array("77".utf8)]
      $0.changes = [.quantity]
    }
    #expect(try leaves("reduce", #"{"order":"77","quantity":"0.01"}"#, one, PB_CMD_AMEND))
    #expect(try leaves("amend", #"{"order":"77","quantity":"0.01","price":"60000.5"}"#, one, PB_CMD_AMEND))
    let stop = with {
      $0.venueOrders = [Array("77".utf8)]
      ($0.stop, $0.changes) = (59_000, [.price, .stop])
    }
    #expect(try !leaves("amend", #"{"order":"77","price":"60000.5"}"#, stop, PB_CMD_AMEND))
    #expect(try leaves("amend", #"{"order":"77","price":"60000.5","stop":"59000"}"#, stop, PB_CMD_AMEND))
  }

  /// An amendment whose answer was lost may have been made: an order that is found with the new price already is asked
  /// for the rest alone.
  @Test func aChangeIsOfTheOrderAsItIsNow() throws {
    let both = with {
      $0.venueOrders = [Array("77".utf8)]
      ($0.order, $0.changes) = (9, [.quantity, .price])
    }
    let rest = #"{"order":"77","quantity":"0.01"}"#
    #expect(try leaves("reduce", rest, both, PB_CMD_AMEND, now: (2, Decimal64("60000.5"), nil)))
    #expect(try !leaves("reduce", rest, both, PB_CMD_AMEND, now: (2, 60_000, nil)))
    #expect(try !leaves("reduce", rest, both, PB_CMD_AMEND, now: (2, nil, nil)))
    var other = both
    other.order = 0
    #expect(try !leaves("reduce", rest, other, PB_CMD_AMEND))
  }

  // MARK: What two parsers read differently

  /// What some parsers take for a comment hides a member from them.
  @Test(arguments: [
    "1/*", "1//", "1#", "1;", "x", "+1", "01", "1.", ".5", "1e", "- 1", "NaN", "Infinity", "0x10", "'1'",
  ]) func aBareValueIsJSON(value: String) throws {
    let item = with { $0.terms.insert(.postOnly) }
    func body(_ first: String, _ last: String) -> String {
      let hidden = #""timestamp":\#(first),"post":true,"recvWindow":\#(last)}"#
      return Self.order.replacing("}", with: "," + hidden)
    }
    #expect(try !leaves("full", body(value, "2"), item) && !leaves("full", body("1", "2*/"), item))
    for plain in ["1", "0", "-1.5e+3", "1E5", "null", "true", #""1""#] {
      #expect(try leaves("full", body(plain, "2"), item), "\(plain)")
    }
  }

  /// Zeros before a number are octal to some, and a bare point is nothing to others.
  @Test(arguments: ["010", "00.01", "0010", ".01", "10."]) func aNumberIsWrittenOneWay(value: String) throws {
    let number = try #require(Decimal64(value.hasSuffix(".") ? "10" : value.hasPrefix(".") ? "0.01" : value))
    let item = with { $0.quantity = number }
    #expect(try !leaves("plain", Self.order.replacing(#""0.01""#, with: "\"\(value)\""), item))
    let plain = value.contains("01") && value.contains(".") ? "0.01" : "10"
    #expect(try leaves("plain", Self.order.replacing(#""0.01""#, with: "\"\(plain)\""), item), "\(plain)")
    #expect(try leaves("plain", Self.order.replacing(#""0.01""#, with: "0.010"), limit))
  }
}
