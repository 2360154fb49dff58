import ConnectorKit
import ConnectorTestKit
import Testing

@testable import EveConnector

/// What is Eve's own of what all on AlphaPoint's APEX share: where it stood.
@Suite struct PlaceTests {
  @Test func addressesAreEves() throws {
    let harness = try ConnectorHarness(EveSpot.self)
    harness.start(trading: false)
    harness.command(.instruments)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://apieve.cdnhop.net/AP/GetInstruments?omsId=1", "\(request.url)")
    harness.reply(
      request.id,
      """
      [{"OMSId":1,"InstrumentId":2,"Symbol":"ETHPHP","Product1Symbol":"ETH","Product2Symbol":"PHP",
      "SessionStatus":"Running","QuantityIncrement":0.0001,"PriceIncrement":0.01}]
      """)
    #expect(harness.instruments.map(\.symbol) == ["2"] && harness.instruments.map(\.quote) == ["PHP"])
    _ = try harness.subscribed(.book)
    #expect(harness.opens.map(\.url) == ["wss://apieve.cdnhop.net/WSGateway"])
  }
}
