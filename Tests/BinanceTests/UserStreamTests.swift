import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// Private streams: opening, keeping open, losing.
struct UserStreamTests {
  private let minute: Int64 = 60_000_000_000

  @Test func spotSubscribesOverTheWebSocketAPI() throws {
    let harness = try tradingConnector()
    let open = try #require(harness.opens.first)
    #expect(open.url == "wss://ws-api.binance.com:443/ws-api/v3" && harness.requests.isEmpty)
    harness.opened(open.stream)
    let request = try #require(harness.requests.first)
    let text = "bytes(apiKey=) field(api_key) bytes(&recvWindow=5000&timestamp=) time_ms concat(4)"
    #expect(
      request.body == #"{"id":\#(request.id),"method":"userDataStream.subscribe.signature","params":{"apiKey":""#
        + #"<field(api_key)>","recvWindow":5000,"timestamp":<time_ms>,"#
        + #""signature":"<\#(text) field(secret_key) hmac_sha256 hex>"}}"#)
    #expect(request.permission == "user_stream_subscribe" && request.account == mainAccount)
    #expect(harness.privateStates.isEmpty)
    harness.sent(request.id)
    harness.frame(open.stream, #"{"id":\#(request.id),"status":200,"result":{"subscriptionId":0},"rateLimits":[]}"#)
    #expect(harness.privateStates == [.live])
  }

  @Test func answersToOthersRequestsChangeNothing() throws {
    let harness = try tradingConnector()
    let stream = harness.opens[0].stream
    harness.opened(stream)
    #expect(harness.frame(stream, #"{"id":"3f7df6e3","status":200,"result":{}}"#) == .ok)
    #expect(harness.frame(stream, #"{"status":200,"result":{}}"#) == .unsupported)
    #expect(harness.privateStates.isEmpty)
  }

  @Test func ed25519SignsTheSubscriptionWithoutPercents() throws {
    let harness = try tradingConnector(algorithm: PB_ALGORITHM_ED25519)
    harness.opened(harness.opens[0].stream)
    #expect(harness.requests[0].body.contains("concat(4) sign(\(PB_SIGN_ED25519)) base64>\"}}"))
  }

  /// What chance may change is asked for soon, a permission is not.
  @Test(arguments: [
    (-1000, "An unknown error.", Failure.transient, [Int64(1), 2, 4, 8]),
    (
      -2015, "Invalid API-key, IP, or permissions for action.", .authentication,
      [60, 120, 240, 480, 900, 900]
    ),
  ])
  func refusedSubscriptionsAreTriedAgainLaterEachTime(
    code: Int, text: String, failure: Failure, waits: [Int64]
  ) throws {
    let harness = try tradingConnector()
    var stream = harness.opens[0].stream
    for wait in waits {
      harness.opened(stream)
      let request = try #require(harness.requests.last)
      harness.frame(stream, #"{"id":\#(request.id),"status":400,"error":{"code":\#(code),"msg":"\#(text)"}}"#)
      #expect(harness.privateStates.last == .down && harness.lastStateError == failure)
      #expect(harness.closes.last == stream)
      harness.forget()
      harness.closed(stream)
      harness.run(for: wait * 1_000_000_000 - 1)
      #expect(harness.opens.isEmpty)
      harness.run(for: 1)
      stream = try #require(harness.opens.first?.stream)
    }
    harness.opened(stream)
    let request = try #require(harness.requests.last).id
    harness.forget()
    harness.frame(stream, #"{"id":\#(request),"status":200,"result":{}}"#)
    #expect(harness.privateStates == [.live])
  }

  @Test func aSubscriptionThatEndsIsMadeAgainOnANewStream() throws {
    let harness = try tradingConnector()
    var stream = harness.openPrivateStream()
    let ended = #"{"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1700000000000}}"#
    #expect(harness.frame(stream, ended) == .ok)
    #expect(harness.privateStates == [.down] && harness.closes == [stream])
    harness.closed(stream)
    #expect(harness.opens.count == 1, "at once the first time")
    // One that is ended as soon as it is made, again and again, is not made as fast as the venue answers.
    for wait: Int64 in [2, 4, 8] {
      stream = harness.openPrivateStream()
      harness.frame(stream, ended)
      harness.forget()
      harness.closed(stream)
      harness.run(for: wait * 1_000_000_000 - 1)
      #expect(harness.opens.isEmpty)
      harness.run(for: 1)
      #expect(harness.opens.count == 1)
    }
  }

  @Test func aRefusalOutlivesItsConnection() throws {
    let harness = try tradingConnector()
    let stream = harness.opens[0].stream
    harness.opened(stream)
    let request = try #require(harness.requests.last)
    harness.frame(stream, #"{"id":\#(request.id),"status":400,"error":{"code":-2015,"msg":"no"}}"#)
    harness.forget()
    harness.closed(stream, reason: "refused")
    #expect(harness.opens.isEmpty && harness.privateStates.isEmpty, "why it was refused says more than its end")
    harness.run(for: 60_000_000_000)
    #expect(harness.opens.count == 1)
  }

  @Test func theDataDomainHasNoAccounts() throws {
    let harness = try tradingConnector(config: #"{"domain":"data"}"#)
    #expect(harness.opens.isEmpty && harness.privateStates == [.rejected])
    #expect(harness.refusal(harness.trade(.balances, 0)) == .unsupported && harness.requests.isEmpty)
    let test = try tradingConnector(config: #"{"domain":"testnet"}"#)
    #expect(test.opens.map(\.url) == ["wss://ws-api.testnet.binance.vision/ws-api/v3"])
    let demo = try tradingConnector(config: #"{"domain":"demo"}"#)
    #expect(demo.opens.map(\.url) == ["wss://demo-ws-api.binance.com/ws-api/v3"])
  }

  @Test func withoutTradingNoStreamIsOpened() throws {
    let harness = try ConnectorHarness(BinanceSpot.self)
    harness.start(trading: false)
    harness.account(mainAccount)
    #expect(harness.opens.isEmpty && harness.requests.isEmpty)
  }

  @Test func anAccountThatGoesClosesItsStream() throws {
    let harness = try tradingConnector()
    let stream = harness.openPrivateStream()
    harness.account(mainAccount, present: false)
    #expect(harness.all(PB_OUT_CLOSE, pb_out_close.self).map(\.fields.stream) == [stream])
    #expect(harness.privateStates == [.ended])
    harness.closed(stream)
    #expect(harness.opens.isEmpty)
  }

  // MARK: Listen keys

  private func captures(_ harness: ConnectorHarness) -> [String] {
    harness.all(PB_OUT_REQUEST, pb_out_request.self).flatMap { fields, record in
      record.elements(fields.captures, of: pb_capture.self).map { "\(record.text($0.path)) \($0.slot)" }
    }
  }

  @Test func futuresOpenWithAListenKeyThatStaysWithTheHost() throws {
    let harness = try tradingConnector(BinancePerpetual.self)
    let start = try #require(harness.requests.first)
    #expect(start.line == "POST /fapi/v1/listenKey" && start.body.isEmpty && start.url.hasSuffix("listenKey"))
    #expect(start.headers == ["X-MBX-APIKEY: <field(api_key)>"] && start.permission == "perp_user_stream_start")
    #expect(captures(harness) == ["/listenKey 1"] && harness.opens.isEmpty)
    harness.reply(start.id, #"{"listenKey":"*******"}"#)
    let open = try #require(harness.opens.first)
    #expect(open.url == "wss://fstream.binance.com/private/ws/<slot(1)>" && open.account == mainAccount)
    harness.opened(open.stream)
    #expect(harness.privateStates == [.live])

    harness.forget()
    harness.run(for: 30 * minute)
    #expect(harness.requests.map(\.line) == ["PUT /fapi/v1/listenKey"])
    harness.reply(harness.requests[0].id, "{}")
    harness.run(for: 30 * minute)
    #expect(harness.requests.count == 2)
    // Once it fails, the next try comes soon.
    harness.unanswered(harness.requests[1].id)
    harness.run(for: minute)
    #expect(harness.requests.count == 3)
    // The venue no longer knows the key: a new one, and a new stream.
    harness.reply(harness.requests[2].id, "{}")
    harness.forget()
    harness.run(for: 30 * minute)
    let keep = try #require(harness.requests.last)
    harness.reply(keep.id, status: 400, #"{"code":-1125,"msg":"This listenKey does not exist."}"#)
    #expect(harness.privateStates == [.down] && harness.closes == [open.stream])
    harness.closed(open.stream)
    #expect(harness.requests.last?.line == "POST /fapi/v1/listenKey")
  }

  @Test func anExpiredKeyAndACutStreamAskForAnother() throws {
    let harness = try tradingConnector(BinancePerpetual.self)
    let stream = harness.openPrivateStream()
    harness.frame(stream, #"{"e":"listenKeyExpired","E":1700000000000,"listenKey":"*"}"#)
    #expect(harness.privateStates == [.down] && harness.closes == [stream] && harness.requests.isEmpty)
    harness.closed(stream)
    #expect(harness.requests.map(\.line) == ["POST /fapi/v1/listenKey"])
    // A key that is gone as soon as it is there is not asked for as fast as the venue answers.
    let next = harness.openPrivateStream()
    harness.closed(next)
    #expect(harness.requests.isEmpty)
    harness.run(for: 2_000_000_000)
    #expect(harness.requests.map(\.line) == ["POST /fapi/v1/listenKey"])
  }

  @Test func noKeyNoStreamButAnotherTry() throws {
    let harness = try tradingConnector(BinancePerpetual.self)
    harness.reply(harness.requests[0].id, status: 503, "")
    #expect(harness.privateStates == [.down] && harness.opens.isEmpty)
    harness.run(for: 1_000_000_000)
    #expect(harness.requests.count == 2)
    for (count, wait) in [Int64(120), 240, 480, 900, 900].enumerated() {
      harness.reply(harness.requests[count + 1].id, status: 401, #"{"code":-2015,"msg":"Invalid API-key."}"#)
      #expect(harness.privateStates.last == .down && harness.lastStateError == .authentication)
      harness.run(for: wait * 1_000_000_000 - 1)
      #expect(harness.requests.count == count + 2, "a permission does not come by asking")
      harness.run(for: 1)
      #expect(harness.requests.count == count + 3)
    }
  }

  @Test func theTwinNamesItsKeyWhenItProlongsIt() throws {
    let harness = try tradingConnector(BinanceUS.self)
    #expect(harness.requests[0].url == "https://api.binance.us/api/v3/userDataStream")
    harness.reply(harness.requests[0].id, #"{"listenKey":"*"}"#)
    #expect(harness.opens[0].url == "wss://stream.binance.us:9443/ws/<slot(1)>")
    harness.opened(harness.opens[0].stream)
    harness.run(for: 30 * minute)
    #expect(harness.requests[1].url == "https://api.binance.us/api/v3/userDataStream?listenKey=<slot(1)>")
  }

  @Test func framesThatAreNoEvents() throws {
    let cases: [(String, Status)] = [
      (#"{"id":4711,"status":200,"result":{}}"#, .ok), (#"{"e":"somethingNew","E":1}"#, .unsupported),
      ("{}", .unsupported), ("{", .parse), ("[]", .parse), (#"{"event":{"e":"executionReport""#, .parse),
      (#"{"e":"executionReport"}"#, .parse),
      (#"{"subscriptionId":0,"event":{"e":"serverShutdown","E":1}}"#, .ok),
    ]
    for (text, status) in cases {
      let harness = try tradingConnector()
      let stream = harness.openPrivateStream()
      #expect(harness.frame(stream, text) == status, "\(text)")
      #expect(harness.orders.isEmpty && harness.faults.isEmpty)
      #expect(harness.closes == (status == .parse ? [stream] : []), "what it was may be anything: all is asked for")
    }
  }
}
