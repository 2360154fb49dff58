import Control
import JSONTree
import MarketModel
import Runtime
import Trading

/// `GET /v1/fees`: what an account pays for trades. docs/api/openapi.yaml describes it.
package enum FeeVerbs {
  /// One account in one market.
  private struct Row: Sendable {
    let connector: String
    let account: String?
    let pair: String
    let rates: FeeRates
    var place: [String] { [connector, pair, account ?? ""] }
  }

  package static func fees(_ call: ControlCall, _ host: RunningHost) {
    guard let choice = SeatChoice(call, host) else { return }
    let (pair, account) = (call["pair"], call["account"])
    host.gather(for: call, choice) { host, _ in
      choice.seats(host).flatMap { rows($0, pair: pair, account: account) }
    } then: { found in
      let rows = found.flatMap { $0 }.sorted { $0.place.lexicographicallyPrecedes($1.place) }
      call.reply(["fees": JSONValue(.array(rows.map(json)))])
    }
  }

  /// On the seat's lane.
  private static func rows(_ seat: Host.Seat, pair: String?, account: String?) -> [Row] {
    let subscribed = Set(seat.pairs)
    let instruments =
      pair.map(seat.instruments)
      ?? seat.session.view.all.map(\.instrument).filter { subscribed.contains($0.pair) }
    let name = seat.session.name
    guard let desk = seat.trader as? TradeDesk else {
      return account != nil ? [] : instruments.map {
        Row(connector: name, account: nil, pair: $0.pair, rates: FeeRates($0.rules))
      }
    }
    return desk.accounts.filter { account == nil || $0.name == account }.flatMap { own in
      instruments.map {
        Row(connector: name, account: own.name, pair: $0.pair, rates: desk.trader.fees(of: own.id, on: $0))
      }
    }
  }

  private static func json(_ row: Row) -> JSONValue {
    let text = OrderCopies.text, decimal = OrderCopies.decimal
    return [
      "connector": text(row.connector), "account": row.account.map(text) ?? nil, "pair": text(row.pair),
      "maker": decimal(row.rates.maker), "taker": decimal(row.rates.taker), "from": text(row.rates.source.rawValue),
    ]
  }
}
