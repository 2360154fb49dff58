import CPatchbay
import Catalog
import Decimals
import Foundation
import Testing
import Vault

/// For which of an account's parts an order is, and under which constants: what the exchange has reported of the
/// account, and what stands in the manifest, must be there and be just that.
struct AccountFactTests {
  private static let rest = "https://api.huobi.pro"
  private static let accounts = #"""
    {"status":"ok","data":[{"id":20000002,"type":"margin","subtype":"btcusdt","state":"working"},
    {"id":30000003,"type":"spot","subtype":"","state":"lock"},
    {"id":10000001,"type":"spot","subtype":"","state":"working"}]}
    """#

  private let bench: BindingBench
  init() throws { bench = try BindingBench("htx") }

  private static func order(_ account: String?) -> String {
    let part = account.map { #""account-id":\#($0),"# } ?? ""
    return "{" + part + #""symbol":"btcusdt","type":"buy-limit","client-order-id":"a1","amount":"0.01","#
      + #""price":"60000.5"}"#
  }

  /// An order's refusal; nil = it left.
  private func place(_ account: String?, isBatch: Bool = false) throws -> SendRefusal? {
    bench.begin(PB_CMD_PLACE, [BindingBench.limit("btcusdt", client: "a1")])
    let order = Self.order(account)
    let url = Self.rest + (isBatch ? "/v1/order/batch-orders" : "/v1/order/orders/place")
    return try bench.refusal(
      bench.form(
        isBatch ? "place_batch" : "place", PB_METHOD_POST, url, isBatch ? "[\(order)]" : order, type: "json"))
  }

  private func hear(_ reply: String, of act: String, _ path: String) throws {
    let resolved = try Send.get(act, Self.rest + path + "?AccessKeyId=k&Signature=").record {
      try bench.guarding.resolve($0, venueTime: GuardBench.time)
    }
    var body = Array(reply.utf8)
    resolved.capture(&body)
    #expect(body == Array(reply.utf8), "it is no secret, and stays as it is")
  }

  @Test func anOrderIsForTheAccountThatTheExchangeNames() throws {
    #expect(try place("10000001") != nil, "nobody has told yet which it is")
    try hear(Self.accounts, of: "accounts", "/v1/account/accounts")
    for isBatch in [false, true] {
      #expect(try place("10000001", isBatch: isBatch) == nil)
      #expect(try place(#""10000001""#, isBatch: isBatch) == nil)
      for other in ["20000002", "30000003", #""10000001 ""#, "1", #""""#, "100000010", "010000001", "1e7"] {
        #expect(try place(other, isBatch: isBatch) != nil, "\(other)")
      }
      #expect(try place(nil, isBatch: isBatch) != nil, "left out, the exchange would choose")
    }
  }

  @Test func onlyTheActThatSaysSoIsLearnedFrom() throws {
    try hear(Self.accounts, of: "open_orders", "/v1/order/openOrders")
    #expect(try place("10000001") != nil)
    for odd in ["", "{", #"{"data":{}}"#, #"{"data":[{"type":"spot","state":"working"}]}"#, #"{"status":"error"}"#,
      #"{"data":[{"id":"1 2","type":"spot","state":"working"}]}"#, #"{"data":[{"id":null,"type":"spot"}]}"#]
    {
      try hear(odd, of: "accounts", "/v1/account/accounts")
      #expect(try place("10000001") != nil, "\(odd)")
    }
    try hear(Self.accounts, of: "accounts", "/v1/account/accounts")
    try hear(#"{"status":"error","data":null}"#, of: "accounts", "/v1/account/accounts")
    #expect(try place("10000001") == nil, "what was told stays told")
    // Another number takes its place.
    try hear(Self.accounts.replacing("10000001", with: "40000004"), of: "accounts", "/v1/account/accounts")
    #expect(try place("40000004") == nil && place("10000001") != nil)
    // An account that comes anew is not known.
    bench.guarding.remove(account: 1)
    try bench.addAccount("htx")
    #expect(try place("40000004") != nil)
  }

  /// A constant that is left out would be what is usual at the exchange: another margin mode, another kind of order.
  @Test(arguments: [
    ("kucoin", "perp_place", "https://api-futures.kucoin.com/api/v1/orders", #","marginMode":"CROSS""#,
     #"{"clientOid":"a1","symbol":"XBTUSDTM","side":"buy","type":"limit","size":"1","price":"60000.5","#
       + #""timeInForce":"GTC"PART}"#),
    ("okx", "place", "https://www.okx.com/api/v5/trade/order", #","tdMode":"cash""#,
     #"{"instId":"XBTUSDTM","clOrdId":"a1","side":"buy","ordType":"limit","sz":"1","px":"60000.5"PART}"#),
    ("bybit", "spot_place", "https://api.bybit.com/v5/order/create", #","category":"spot""#,
     #"{"symbol":"XBTUSDTM","side":"Buy","orderType":"Limit","timeInForce":"GTC","qty":"1","price":"60000.5","#
       + #""orderLinkId":"a1"PART}"#),
  ])
  func aConstantMustBeThere(id: String, act: String, url: String, part: String, order: String) throws {
    let bench = try BindingBench(id)
    func place(_ part: String) throws -> SendRefusal? {
      var item = BindingBench.limit("XBTUSDTM", client: "a1")
      item.quantity = 1
      bench.begin(PB_CMD_PLACE, [item])
      return try bench.refusal(
        bench.form(act, PB_METHOD_POST, url, order.replacing("PART", with: part), type: "json"))
    }
    #expect(try place(part) == nil)
    #expect(try place("") != nil)
  }

  @Test func whatNobodyLearnsIsAMistake() throws {
    func problems(_ learns: String, _ allowed: String, method: String = "GET") -> [String] {
      let text = """
        {"id": "example", "name": "Example", "type": "CLOB", "version": "1.0.0", "abi": {"revision": 0},
         "markets": {"spot": {"connector": "example"}}, "library": "libexample.so", "extensions": [],
         "credentials": [{"name": "secret_key", "secret": true}],
         "permissions": {"hosts": ["api.example.com:443"], "acts": [
           {"name": "accounts", "class": "read", "method": "\(method)", "path": "/accounts", "learns": [\(learns)]},
           {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/a",
            "allow": [\(allowed)]}]}}
        """
      do {
        _ = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
        return []
      } catch { return error.all.map(\.description) }
    }
    let rule = #"{"name": "part", "list": "/data", "member": "id"}"#, own = #"{"name": "json:/a", "learned": "part"}"#
    #expect(problems(rule, own) == [])
    #expect(problems(rule, #"{"name": "json:/a", "learned": "other"}"#).contains { $0.contains("no act learns") })
    #expect(problems(rule, own, method: "POST").contains { $0.contains("only a read act by GET") })
    let odd = #"{"name": "part", "list": "data", "member": "id"}"#
    #expect(problems(odd, own).contains { $0.contains("JSON pointer") })
    #expect(problems(#"{"name": "part", "list": "/data"}"#, own).contains { $0.contains("member") })
  }
}
