import CPatchbay
import ConnectorKit
import Decimals

/// What BingX's spot market and its futures have in common: how requests are signed, compressed streams with their
/// heartbeats, the listen key. Protocol: BingX API (bingx-api.github.io/docs).
public class BingXExchange: ExchangeConnector {
  public final let rest = "https://open-api.bingx.com"
  /// The socket of both public and private streams.
  class var socket: String { "wss://open-api-ws.bingx.com/market" }

  /// Six heartbeats that did not come: the exchange sends one every 5 seconds.
  static let silence: Int64 = 30_000_000_000

  /// "Connection Limits": 200 topics a connection. "Subscriptions": one topic a message. "Data Compression": each frame
  /// is a gzip member.
  final func feeds(_ channels: [FeedPlan.Channel]) -> FeedPlan {
    var plan = FeedPlan()
    plan.addresses = [Self.socket]
    plan.channels = channels
    plan.topicsPerConnection = 200
    plan.topicsPerMessage = 1
    plan.isCompressed = true
    plan.idle = Self.silence
    plan.messageCharges = [Output.Limit.subscriptions.charge]
    return plan
  }

  /// "Listen Key": valid for an hour; "it is recommended to send a ping every 30 minutes".
  final func privateStream(act: String, _ channels: [String]) -> PrivatePlan {
    var plan = PrivatePlan(
      .listenKey(
        obtain: Endpoint(.listenKey, on: .listenKeys), pointer: "/listenKey",
        keep: Endpoint(.keepListenKey, on: .listenKeys), every: 1_800_000_000_000, parameter: "listenKey"),
      address: "\(Self.socket)?listenKey=\(Seal.slot(1))", streamAct: act, subscribeAct: "subscribe",
      channels: channels)
    plan.isCompressed = true
    plan.idle = Self.silence
    return plan
  }

  /// A question about a market, by address.
  static func market(_ act: PermittedAct) -> Endpoint {
    Endpoint(act, charges: [Output.Limit.market.charge, Output.Limit.marketMinute.charge], deadline: 30_000_000_000)
  }

  /// "Kline/Candlestick Data": at most 1,440, from the newest on. Those of futures were objects, and are arrays in
  /// newer accounts of them; both are read.
  static func candles(_ act: PermittedAct, _ table: FieldTable<CandleField>) -> CandlePlan {
    var plan = CandlePlan(
      market(act), at: "data", table, most: 1440,
      [
        1: "1m", 3: "3m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 120: "2h", 240: "4h", 360: "6h", 480: "8h",
        720: "12h", 1440: "1d",
      ])
    (plan.since, plan.until, plan.untilShift, plan.size) = ("startTime", "endTime", -1_000_000, "limit")
    return plan
  }

  // MARK: Signing

  /// "Signature Description": HMAC-SHA256 in hexadecimal over the parameters in the order of their names, before they
  /// are encoded.
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    guard isSigned(call) else { return }
    call.sort()
    call.set("signature", call.plainForm.hmac(.sha256, key: .field("secret_key")).hex)
  }

  public final func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers.append(("X-BX-APIKEY", SealedText(.field("api_key"))))
  }

  /// Every request of an account carries its time and is signed, but the one that prolongs a listen key.
  final func isSigned(_ call: Call) -> Bool { call.endpoint.act.name != PermittedAct.keepListenKey.name }

  /// The answer to an order, or to several, which are carried out in any order: their entries carry the ids that were
  /// given. An order that is not among them may live all the same.
  static func answered(
    _ body: Body, _ parts: [OrderPart], at place: String, _ read: (inout JSONScanner) -> OrderReport
  ) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var data = json.find(parts.count > 1 ? "data/orders" : place)?.scanner() else { return nil }
    var reports: [OrderReport] = []
    if parts.count > 1 { data.elements { reports.append(read(&$0)) } } else { reports.append(read(&data)) }
    guard data.isValid else { return nil }
    guard parts.count > 1 else { return reports }
    return parts.map { part in
      reports.first { !$0.client.isEmpty && $0.client == part.command.clientOrder } ?? OrderReport()
    }
  }

  /// The exchange's ids are numbers.
  final func isNumber(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 <= 9 } }

  /// "Place order", errors: who asks too often is given the end of the pause in the words, in milliseconds: `will be
  /// unblocked after 1727193814249`.
  public final func corrected(_ fault: VenueFault) -> VenueFault {
    guard fault.failure == .rateLimit else { return fault }
    let numbers = fault.text.utf8.split { $0 &- 48 > 9 }.filter { $0.count == 13 }
    guard let end = numbers.last.flatMap({ Int64(String(decoding: $0, as: UTF8.self)) }), end < 9_000_000_000_000 else {
      return fault
    }
    return fault.pausing(min((end * 1_000_000).subtractingSaturated(out.now.venue), 3_600_000_000_000))
  }
}
