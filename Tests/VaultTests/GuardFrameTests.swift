import CPatchbay
import Testing
import Vault

/// Frames: which operation they ask for, and whose stream they go to.
struct GuardFrameTests {
  let bench: GuardBench
  init() throws { bench = try GuardBench() }

  @Test func aFrameAsksForItsActsOperation() throws {
    for body in [
      #"{"op":"subscribe","args":[1]}"#, #"{"id":1,"method":"subscribe"}"#, #"{"event":"subscribe","x":{"op":"b"}}"#,
    ] {
      #expect(try bench.refusal(.frame("subscribe", body)) == nil, "\(body)")
    }
  }

  @Test(arguments: [
    #"{"op":"withdraw"}"#, #"{"method":"Subscribe"}"#, #"{"op":"subscribe","method":"withdraw"}"#,
    #"{"op":"subscribe","OP":"withdraw"}"#, #"{"op":"subscribe","op":"withdraw"}"#, #"{"args":["subscribe"]}"#,
    #"{"OP":"subscribe"}"#, #"{"op":"subscribe","\u006fp":"withdraw"}"#, #"{"op":["subscribe"]}"#, #"["subscribe"]"#,
    #""subscribe""#, "subscribe", #"{"op":"subscribe"}{"op":"withdraw"}"#, #"{"op":"subscribe"} x"#,
    #"{"op":"subscribe","ſ":1}"#, #"{"op":"subscribe"/**/}"#, #"{"op":"subscribe\u0000"}"#, #"{"op":null}"#,
    #"{"op":"subscribe","args":[],"Args":[]}"#, #"{"op":"subscribe","op ":"withdraw"}"#,
    #"{"op":"subscribe","op\u0000":"withdraw"}"#,
  ]) func otherFramesAreRefused(body: String) throws {
    guard case .operation("subscribe", _) = try bench.refusal(.frame("subscribe", body)) else {
      Issue.record("\(body) was not refused")
      return
    }
  }

  @Test func theOperationIsJudgedAfterTheSeals() throws {
    let built = Send(
      stream: 9, act: "subscribe",
      body: [
        .literal(#"{"op":"subscribe"#), .seal([.push(#"","method":"withdraw"#)]), .literal("\"}"),
      ])
    #expect(try bench.refusal(built) == .operation(act: "subscribe", reason: "several members name an operation"))
  }

  @Test func pointersNameWhatOneMemberDoesNotTell() throws {
    let place = Send.frame("ws_place", #"{"channel":"spot.order_place","event":"api","payload":{}}"#).with {
      $0.command = 100
    }
    #expect(try bench.refusal(place) == nil)
    #expect(try bench.refusal(place.with { $0.command = 0 }) == .noLiveCommand(act: "ws_place"))
    #expect(
      try bench.refusal(place.with { $0.body = [.literal(#"{"channel":"spot.withdraw","event":"api"}"#)] })
        == .operation(act: "ws_place", reason: "it asks for another operation"))
    #expect(
      try bench.refusal(place.with { $0.body = [.literal(#"{"event":"api"}"#)] })
        == .operation(act: "ws_place", reason: "it lacks a member that names the operation"))
    let array = Send.frame("array_place", #"[0,"on",null,{}]"#).with { $0.command = 103 }
    #expect(try bench.refusal(array) == nil)
    #expect(
      try bench.refusal(array.with { $0.body = [.literal(#"[0,"withdraw",null,{}]"#)] })
        == .operation(act: "array_place", reason: "it asks for another operation"))
  }

  @Test func framesHaveNoRequestParts() throws {
    let frame = Send.frame("subscribe", #"{"op":"subscribe"}"#)
    #expect(try bench.refusal(frame.with { $0.url = [.literal("https://api.example.com/")] }) == .frameWithRequestParts)
    #expect(try bench.refusal(frame.with { $0.headers = [("A", [.literal("b")])] }) == .frameWithRequestParts)
    #expect(try bench.refusal(frame.with { $0.captures = [("/a", 1)] }) == .frameWithRequestParts)
  }

  /// After a login an order needs no signature: on such a stream every frame is judged.
  @Test func aStreamThatCarriedAnAccountStaysPrivate() throws {
    let withdraw = Send(account: 0, stream: 9, body: [.literal(#"{"op":"withdraw"}"#)])
    #expect(try bench.refusal(.open("", "wss://api.example.com/ws")) == nil)
    #expect(try bench.refusal(withdraw) == .noPublicAct, "a public stream is for its operations")
    #expect(try bench.refusal(withdraw.with { $0.body = [.literal(#"{"op":"ping"}"#)] }) == nil)
    #expect(try bench.refusal(.frame("subscribe", #"{"op":"subscribe"}"#)) == nil)
    #expect(try bench.refusal(withdraw) == .actNeeded)
    #expect(try bench.refusal(Send(account: 0, stream: 9, act: "ping", body: [.literal(#"{"op":"ping"}"#)])) == nil)
    #expect(try bench.refusal(Send(account: 0, stream: 9, opcode: PB_OPCODE_PING)) == nil)
    #expect(
      try bench.refusal(Send(account: 2, stream: 9, act: "subscribe", body: [.literal(#"{"op":"subscribe"}"#)]))
        == .streamOfOtherAccount)
    bench.guarding.streamClosed(9)
    #expect(try bench.refusal(.open("user_stream", "wss://api.example.com/ws/key", account: 1)) == nil)
    #expect(try bench.refusal(withdraw) == .actNeeded)
    #expect(try bench.refusal(.open("", "wss://api.example.com/ws", stream: 10)) == nil)
    #expect(try bench.refusal(withdraw.with { $0.stream = 10 }) == .noPublicAct)
    let order = Send.frame("ws_place", #"{"channel":"spot.order_place","event":"api"}"#).with { $0.command = 100 }
    #expect(try bench.refusal(order) == .operationOfStream(act: "ws_place"))
  }
}
