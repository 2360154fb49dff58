import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HTXConnector

/// A connector with two instruments: 1 is btcusdt, 2 is shibusdt.
func ready(trading: Bool = false, config: String = "{}") throws -> ConnectorHarness {
  let harness = try ConnectorHarness(HTXSpot.self, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last { $0.url.hasSuffix("/v1/settings/common/market-symbols") })
  harness.sent(request.id)
  let body = """
    {"status":"ok","data":[
    {"symbol":"btcusdt","state":"online","bc":"btc","qc":"usdt","pp":2,"ap":6,"lominoa":1.0E-5,"lomaxoa":1000,
     "minov":5,"at":"enabled"},
    {"symbol":"oddusdt","state":"online","bc":"odd","qc":"usdt","pp":"two","ap":6},
    {"symbol":"shibusdt","state":"online","bc":"shib","qc":"usdt","pp":10,"ap":2,"lominoa":10,
     "lomaxoa":3000000000,"minov":5,"at":"disabled"}],"ts":"1641880897191","full":1}
    """
  #expect(harness.reply(request.id, body) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  return harness
}

/// Subscribes to channels of btcusdt on open streams, whose messages have left.
func subscribe(_ harness: ConnectorHarness, _ channels: Channels) {
  harness.command(.subscribe) {
    $0.instrument = 1
    $0.channel = channels.rawValue
  }
  for open in harness.opens { harness.opened(open.stream) }
  for request in harness.requests where request.stream != 0 { harness.sent(request.id) }
}

/// The stream with this end of its address.
func stream(_ harness: ConnectorHarness, _ path: String) throws -> pb_id {
  try #require(harness.opens.last { $0.url.hasSuffix(path) }).stream
}

/// An account whose private stream is logged in and subscribed; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try stream(harness, "/ws/v2")
  harness.opened(stream)
  harness.frame(stream, #"{"action":"req","code":200,"ch":"auth","data":{}}"#)
  for channel in ["orders#*", "trade.clearing#*#0", "accounts.update#2"] {
    harness.frame(stream, #"{"action":"sub","code":200,"ch":"\#(channel)","data":{}}"#)
  }
  return stream
}

/// Answers the question for the accounts of a key.
func identify(_ harness: ConnectorHarness) throws {
  let request = try #require(harness.requests.last { $0.url.contains("/v1/account/accounts?") })
  harness.sent(request.id)
  let body = """
    {"status":"ok","data":[{"id":9,"type":"otc","subtype":"","state":"working"},
    {"id":1000001,"type":"spot","subtype":"","state":"working"}]}
    """
  #expect(harness.reply(request.id, body) == .ok)
}

/// A whole number as commands carry it.
func dec(_ number: Int64) -> pb_dec { pb_dec(Decimal64(number)) }

extension ConnectorHarness {
  var orders: [(fields: pb_order, client: String, venue: String, reason: String)] {
    all(PB_EV_ORDER, pb_order.self).map { fields, record in
      (fields, record.text(fields.client_order), record.text(fields.venue_order), record.text(fields.reason))
    }
  }

  var fills: [(fields: pb_fill, trade: String, venue: String, feeAsset: String)] {
    all(PB_EV_FILL, pb_fill.self).map { fields, record in
      (fields, record.text(fields.trade), record.text(fields.venue_order), record.text(fields.fee_asset))
    }
  }

  var balances: [(fields: pb_balance, asset: String)] {
    all(PB_EV_BALANCE, pb_balance.self).map { ($0.fields, $0.record.text($0.fields.asset)) }
  }
}
