import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Orders whose values are bare numbers of JSON, and frames whose payload is JSON as a text, by the acts of NDAX.
struct ProcedureBindingTests {
  private static let url = "https://api.ndax.io:8443/AP/"
  private static let order = #"{"AccountId":4,"InstrumentId":1,"ClientOrderId":16407,"Side":0,"OrderType":2,"#
    + #""TimeInForce":1,"Quantity":0.01,"LimitPrice":60000.5,"omsId":1}"#

  private let bench: BindingBench
  init() throws { bench = try BindingBench("ndax") }

  private func send(
    _ act: String, _ procedure: String, _ body: String, as verb: Int = PB_CMD_PLACE, _ items: [LicenceItem]
  ) throws -> SendRefusal? {
    bench.begin(verb, items)
    return try bench.refusal(bench.form(act, PB_METHOD_POST, Self.url + procedure, body, type: "json"))
  }

  private func item(_ change: (inout LicenceItem) -> Void = { _ in }) -> LicenceItem {
    var item = BindingBench.limit("1", client: "16407")
    change(&item)
    return item
  }

  @Test func anOrderOfNumbersIsThatOfTheCommand() throws {
    #expect(try send("send", "SendOrder", Self.order, [item()]) == nil)
    for (text, other) in [
      (#""InstrumentId":1"#, #""InstrumentId":2"#), (#""Side":0"#, #""Side":1"#), (#""Side":0"#, #""Side":2"#),
      (#""OrderType":2"#, #""OrderType":1"#), (#""TimeInForce":1"#, #""TimeInForce":4"#),
      (#""Quantity":0.01"#, #""Quantity":0.1"#), (#""Quantity":0.01"#, #""Quantity":1e-2"#),
      (#""LimitPrice":60000.5"#, #""LimitPrice":60000.6"#), (#","LimitPrice":60000.5"#, ""),
      (#""ClientOrderId":16407"#, #""ClientOrderId":16408"#), (#""omsId":1"#, #""omsId":2"#),
      (#""omsId":1"#, #""omsId":1,"StopPrice":1"#), (#""omsId":1"#, #""omsId":1,"limitprice":1"#),
    ] {
      #expect(try send("send", "SendOrder", Self.order.replacing(text, with: other), [item()]) != nil, "\(other)")
    }
  }

  @Test func anOrderIsCancelledByEitherID() throws {
    let order = item { $0.venueOrders = [Array("6500".utf8)] }
    for (body, passes) in [
      (#"{"AccountId":4,"OrderId":6500,"omsId":1}"#, true), (#"{"AccountId":4,"ClientOrderId":16407,"omsId":1}"#, true),
      (#"{"AccountId":4,"OrderId":6501,"omsId":1}"#, false), (#"{"AccountId":4,"omsId":1}"#, false),
    ] {
      #expect(try (send("cancel", "CancelOrder", body, as: PB_CMD_CANCEL, [order]) == nil) == passes, "\(body)")
    }
  }

  /// The stream opens as a public one; what leaves on it is reported by the name of the procedure.
  @Test func aProcedureIsAnActByItsName() throws {
    func frame(_ name: String, _ act: String = "", account: UInt64 = 0) -> Send {
      Send(
        account: account, stream: 9, act: act,
        body: [.literal(#"{"m":0,"i":2,"n":"\#(name)","o":"{\"OMSId\":1,\"InstrumentId\":1}"}"#)])
    }
    #expect(try bench.refusal(.open("", "wss://api.ndax.io/WSGateway")) == nil)
    #expect(try bench.refusal(frame("SubscribeLevel2")) == nil)
    #expect(try bench.refusal(frame("SendOrder")) != nil && bench.refusal(frame("CancelAllOrders")) != nil)
    #expect(try bench.refusal(frame("AuthenticateUser")) != nil, "an account's act names it")
    #expect(try bench.refusal(frame("SendOrder", "login", account: 1)) != nil)
    #expect(try bench.refusal(frame("AuthenticateUser", "login", account: 1)) == nil)
    #expect(try bench.refusal(frame("SubscribeAccountEvents", "account_events", account: 1)) == nil)
    // From now on every frame on it is judged by a named act.
    #expect(try bench.refusal(frame("Ping", "ping")) == nil && bench.refusal(frame("SendOrder", "ping")) != nil)
  }

  /// A signature may stand inside the payload of a login, and in no other procedure's.
  @Test func aSignatureStandsInTheTextOfTheLogin() throws {
    func signed(_ name: String, _ act: String) -> Send {
      let digest = [Op.push("1700000000000"), Op.field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)]
      return Send(
        account: 1, stream: 9, act: act,
        body: [
          .literal(#"{"m":0,"i":2,"n":"\#(name)","o":"{\"Signature\":\""#), .seal(digest), .literal(#"\"}"}"#),
        ])
    }
    #expect(try bench.refusal(.open("", "wss://api.ndax.io/WSGateway")) == nil)
    #expect(try bench.refusal(signed("AuthenticateUser", "login")) == nil)
    #expect(try bench.refusal(signed("SubscribeAccountEvents", "account_events")) != nil)
  }
}
