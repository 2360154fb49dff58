import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import DeriveConnector

/// The exchange changes an order by making a new one in its place.
@Suite struct AmendTests {
  private func order(
    _ venue: String, amount: String = "0.012", filled: String = "0.002", state: String = "open",
    force: String = "post_only", type: String = "limit", replaces: String = "null"
  ) -> String {
    #"{"subaccount_id":37799,"order_id":"\#(venue)","instrument_name":"BTC-PERP","direction":"sell","label":"a1","#
      + #""amount":"\#(amount)","average_price":"0","cancel_reason":"","creation_timestamp":1790871618199,"#
      + #""filled_amount":"\#(filled)","last_update_timestamp":1790871618199,"limit_price":"50000","#
      + #""order_status":"\#(state)","order_type":"\#(type)","time_in_force":"\#(force)","trigger_type":null,"#
      + #""trigger_price":null,"replaced_order_id":\#(replaces)}"#
  }

  /// Wants other terms of an order of which 0.001 was filled before the venue order that it is now.
  private func amend(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void) -> pb_id {
    harness.command(.amend, client: "a1", venue: "f690") {
      $0.account = 7
      $0.instrument = 1
      $0.order = 5
      $0.side = Side.sell.rawValue
      $0.type = OrderType.limit.rawValue
      $0.flags = OrderFlags.reduceOnly.rawValue
      $0.carried = pb_dec(Decimal64("0.001"))
      change(&$0)
    }
  }

  private func known(_ harness: ConnectorHarness, _ order: String) throws {
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("get_order") && question.body.contains(#""order_id":"f690""#))
    harness.reply(question.id, #"{"result":\#(order)}"#)
  }

  private func started() throws -> ConnectorHarness {
    let harness = try ready(config: #"{"max_fee":"10"}"#, trading: true)
    _ = try trading(harness)
    harness.forget()
    return harness
  }

  /// What is filled stays filled: the new order is for the rest, and the exchange refuses if more was filled meanwhile.
  @Test func theRestIsSignedAnew() throws {
    let harness = try started()
    let command = amend(harness) {
      $0.price = pb_dec(Decimal64(51_000))
      $0.quantity = pb_dec(Decimal64("0.02"))
    }
    try known(harness, order("f690"))
    let request = try #require(harness.requests.last)
    #expect(request.permission == "replace" && request.url.hasSuffix("/v3/private/replace"))
    #expect(
      request.body.contains(
        #""direction":"sell","order_type":"limit","amount":"0.017","limit_price":"51000","max_fee":"10","label":"a1","#
          + #""time_in_force":"post_only","reduce_only":true,"order_id_to_cancel":"f690","#
          + #""expected_filled_amount":"0.002","signature_expiry_sec":"#))
    let new = order("f691", amount: "0.017", filled: "0", replaces: #""f690""#)
    harness.reply(
      request.id,
      #"{"result":{"cancelled_order":\#(order("f690", state: "cancelled")),"order":\#(new),"trades":[],"#
        + #""create_order_error":null}}"#)
    let told = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(told.map { $0.record.text($0.fields.venue_order) } == ["f690", "f691"])
    let last = try #require(told.last)
    #expect(last.record.text(last.fields.continues) == "f690" && last.fields.carried.value == Decimal64("0.003"))
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func anOrderThatEndsIsSignedUntilThen() throws {
    let harness = try started()
    _ = amend(harness) {
      $0.price = pb_dec(Decimal64(51_000))
      $0.time_in_force = TimeInForce.goodTilDate.rawValue
      $0.expiry_ns = 1_700_003_600_000_000_000
    }
    try known(harness, order("f690", force: "gtc"))
    let request = try #require(harness.requests.last)
    #expect(request.permission == "replace_until" && request.body.contains(#""amount":"0.01""#))
    #expect(request.body.contains(#""signature_expiry_sec":1700003600,"#))
  }

  /// The old one is gone, and there is no new one: the exchange says so within a success.
  @Test func aRefusedReplacementHasCancelled() throws {
    let harness = try started()
    let command = amend(harness) { $0.price = pb_dec(Decimal64(51_000)) }
    try known(harness, order("f690"))
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"result":{"cancelled_order":\#(order("f690", state: "cancelled")),"order":null,"trades":null,"#
        + #""create_order_error":{"code":11000,"message":"Insufficient funds","data":null}}}"#)
    #expect(harness.refusal(command) == .funds)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [OrderState.cancelled.rawValue])
  }

  @Test(arguments: [#"{"result":{}}"#, #"{"result":{"cancelled_order":{"order_id":"f1"}}}"#, "{"])
  func anAnswerThatCannotBeReadLeavesTheOrderInDoubt(_ body: String) throws {
    let harness = try started()
    let command = amend(harness) { $0.price = pb_dec(Decimal64(51_000)) }
    try known(harness, order("f690"))
    harness.reply(try #require(harness.requests.last).id, body)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
  }

  @Test func nothingIsSentWhereNothingChanges() throws {
    let harness = try started()
    let command = amend(harness) { $0.quantity = pb_dec(Decimal64("0.013")) }
    try known(harness, order("f690"))
    #expect(harness.requests.count == 1 && harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func moreMustBeWantedThanIsFilled() throws {
    let harness = try started()
    let command = amend(harness) { $0.quantity = pb_dec(Decimal64("0.003")) }
    try known(harness, order("f690"))
    #expect(harness.requests.count == 1 && harness.refusal(command) == .invalidOrder)
  }
}
