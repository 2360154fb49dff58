import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import NDAXConnector

/// The list of instruments: 1 is BTC-CAD, 8 is BTC-USDT, which is paused; one has an id that is no number, one lacks
/// its steps. Ids are numbers, and steps have as many digits as the exchange likes.
let instruments = """
  [{"OMSId":1,"InstrumentId":1,"Symbol":"BTCCAD","Product1":1,"Product1Symbol":"BTC","Product2":6,
    "Product2Symbol":"CAD","InstrumentType":"Standard","SessionStatus":"Running",
    "QuantityIncrement":0.0000000100000000000000000000,"PriceIncrement":0.01,
    "MinimumQuantity":0.0001000000000000000000000000,"IsDisable":false},
   {"OMSId":1,"InstrumentId":"1,2","Product1":1,"Product1Symbol":"ODD","Product2":6,"Product2Symbol":"CAD",
    "SessionStatus":"Running","QuantityIncrement":0.01,"PriceIncrement":0.01},
   {"OMSId":1,"InstrumentId":3,"Product1Symbol":"BARE","Product2Symbol":"CAD","SessionStatus":"Running"},
   {"OMSId":1,"InstrumentId":8,"Symbol":"BTCUSDT","Product1":1,"Product1Symbol":"BTC","Product2":8,
    "Product2Symbol":"USDT","SessionStatus":"Paused","QuantityIncrement":0.000001,"PriceIncrement":0.01}]
  """

/// A connector that knows its instruments: 1 is BTC-CAD, 2 is BTC-USDT.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(NDAXSpot.self, config: "{}")
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, instruments) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

/// Subscribes to channels of an instrument on an open stream, whose messages have left; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels, instrument: pb_id = 1) throws -> pb_id {
  try harness.subscribed(channels, of: instrument)
}

/// The id of the last call of a procedure.
func call(_ harness: ConnectorHarness, _ name: String) throws -> pb_id {
  try #require(harness.requests.last { $0.body.contains("\"n\":\"\(name)\"") }).id
}

/// A frame whose payload is JSON as a text.
func frame(_ kind: Int, _ id: pb_id, _ name: String, _ payload: String) -> String {
  "{\"m\": \(kind), \"i\": \(id), \"n\": \"\(name)\", \"o\": \(jsonQuoted(payload))}"
}

func event(_ name: String, _ payload: String) -> String { frame(3, 6, name, payload) }

/// A row of a book of BTC-CAD.
func row(_ number: Int, _ action: Int, _ price: String, _ quantity: String, side: Int, instrument: Int = 1) -> String {
  "[\(number), 1, 1764288000150, \(action), 56789.0, 1, \(price), \(instrument), \(quantity), \(side)]"
}

/// The book that tests begin with: numbers up to 11.
let rows = "[\(row(10, 0, "100.0", "1.5", side: 0)), \(row(11, 0, "101.25", "2", side: 1))]"

/// An account whose stream is logged in and subscribed; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  harness.frame(stream, frame(1, try call(harness, "AuthenticateUser"), "AuthenticateUser", #"{"Authenticated":true}"#))
  let events = try call(harness, "SubscribeAccountEvents")
  harness.frame(stream, frame(1, events, "SubscribeAccountEvents", #"{"Subscribed":true}"#))
  return stream
}
