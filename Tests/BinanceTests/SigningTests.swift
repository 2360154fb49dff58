import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// How requests are signed, for each kind of key.
struct SigningTests {
  /// The seal of a request's signature, given the text that is signed.
  private func signature(_ text: String, _ rest: String) -> String {
    "&signature=<bytes(\(text)) time_ms concat(2) \(rest)>"
  }

  @Test func ordersAreSignedForms() throws {
    let harness = try tradingConnector()
    harness.forget()
    let command = harness.trade(.place, client: "a-1", limitBuy)
    let request = try #require(harness.requests.first)
    let text =
      "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&price=100.5&newClientOrderId=a-1"
      + "&newOrderRespType=FULL&recvWindow=5000&timestamp="
    #expect(request.line == "POST /api/v3/order" && request.url == "https://api.binance.com/api/v3/order")
    #expect(request.body == text + "<time_ms>" + signature(text, "field(secret_key) hmac_sha256 hex"))
    #expect(
      request.headers == ["X-MBX-APIKEY: <field(api_key)>", "Content-Type: application/x-www-form-urlencoded"])
    #expect(request.account == mainAccount && request.command == command && request.permission == "place")
    #expect(request.charges == [1: 1, 2: 1, 3: 1, 4: 1])
  }

  @Test func questionsAreSignedQueries() throws {
    let harness = try tradingConnector()
    harness.forget()
    harness.trade(.order, venue: "77")
    let request = try #require(harness.requests.first)
    let text = "symbol=BTCUSDT&orderId=77&recvWindow=5000&timestamp="
    #expect(
      request.url == "https://api.binance.com/api/v3/order?" + text + "<time_ms>"
        + signature(text, "field(secret_key) hmac_sha256 hex"))
    #expect(request.body.isEmpty && request.headers == ["X-MBX-APIKEY: <field(api_key)>"])
    #expect(request.permission == "order" && request.charges == [1: 4, 2: 1])
  }

  @Test(arguments: [(PB_ALGORITHM_ED25519, PB_SIGN_ED25519), (PB_ALGORITHM_RSA, PB_SIGN_RSA_PKCS1_SHA256)])
  func otherKeysSignInBase64(algorithm: Int, scheme: Int) throws {
    let harness = try tradingConnector(algorithm: algorithm)
    harness.forget()
    harness.trade(.balances, 0)
    let request = try #require(harness.requests.first)
    #expect(
      request.url == "https://api.binance.com/api/v3/account?recvWindow=5000&timestamp=<time_ms>"
        + signature("recvWindow=5000&timestamp=", "sign(\(scheme)) base64 percent(1)"))
  }

  @Test func clientOrderIdsAreEncodedOnceForBoth() throws {
    let harness = try tradingConnector()
    harness.forget()
    harness.trade(.cancel, client: "a:b/c.d_e-9")
    let request = try #require(harness.requests.first)
    #expect(request.own == ["symbol=BTCUSDT", "origClientOrderId=a%3Ab%2Fc.d_e-9"])
  }

  @Test func clientOrderIdRule() {
    for good in ["a", "A.b:c/d_e-9", String(repeating: "x", count: 36)] {
      #expect(BinanceConnector.isClientOrder(good))
    }
    for bad in ["", "a b", "a&b", "é", "a,b", String(repeating: "x", count: 37)] {
      #expect(!BinanceConnector.isClientOrder(bad), "\(bad)")
    }
  }

  @Test func accountsThatAreNotThereAreRefused() throws {
    let harness = try tradingConnector()
    harness.account(mainAccount, present: false)
    harness.forget()
    #expect(harness.refusal(harness.trade(.balances, 0)) == .authentication)
    #expect(harness.requests.isEmpty)
  }
}
