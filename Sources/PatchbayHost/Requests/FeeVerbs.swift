import Catalog
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
    PairFilter.resolve(call, host, choice) { pair in
      host.gather(for: call, choice) { host, _ in
        choice.seats(host).flatMap { rows($0, pair: pair) }
      } then: { found in
        var rows = found.flatMap { $0 }.sorted { $0.place.lexicographicallyPrecedes($1.place) }
        if let wanted = call["account"] {
          do throws(NameFault) {
            let account = try NameRule.choose(wanted, "account", "that trades here", among: rows.compactMap(\.account))
            rows.removeAll { $0.account != account }
          } catch {
            return call.fail("unknown_account", "\(error)", field: "account")
          }
        }
        call.reply(["fees": JSONValue(.array(rows.map(json)))])
      }
    }
  }

  /// On the seat's lane.
  private static func rows(_ seat: Host.Seat, pair: String?) -> [Row] {
    let subscribed = Set(seat.pairs)
    let instruments =
      pair.map(seat.instruments)
      ?? seat.session.view.all.map(\.instrument).filter { subscribed.contains($0.pair) }
    let name = seat.session.name
    guard let desk = seat.trader as? TradeDesk else {
      return instruments.map { Row(connector: name, account: nil, pair: $0.pair, rates: FeeRates($0.rules)) }
    }
    return desk.accounts.flatMap { own in
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
