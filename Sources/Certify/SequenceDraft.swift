import Catalog
import Decimals
import JSONTree
import MarketModel
import Runtime

/// Writes what comes of a recording in the form of an expected file. It proves nothing: it is what the connector says,
/// and somebody has to check it against the recording before it may be expected of anyone.
public struct SequenceDraft {
  let subject: Subject

  public init(subject: Subject) { self.subject = subject }

  /// - Parameters:
  ///   - lent: a list of instruments, for recordings without one.
  ///   - checkpoints: how many places in the recording to note the best levels at.
  public func draft(_ capture: Capture, lent: LentInstruments? = nil, checkpoints: Int = 10) throws -> JSONValue {
    let part = SequencePart(subject: subject, data: DataFolder(path: ""))
    let sequence = SequencePart.Sequence(capture: capture, expected: [:], label: capture.name)
    let replay = try subject.replay(
      capture, defaultChannels: part.defaultChannels, lent: lent ?? part.lent(for: sequence))
    var points: [JSONValue] = []
    let lines = capture.entries.count
    for step in 1...max(1, min(checkpoints, lines)) {
      let after = step * lines / max(1, min(checkpoints, lines))
      replay.run(lines: after)
      let books = tops(of: replay)
      if !(books.object ?? []).isEmpty { points.append(["after_lines": number(after), "books": books]) }
    }
    var members: [JSONMember] = [
      JSONMember("capture", JSONValue(.string(capture.name))),
      JSONMember("market", JSONValue(.string(subject.kind))),
      JSONMember("origin", JSONValue(.string("a draft by \(subject.id); to be reviewed"))),
      JSONMember("check_failures", []), JSONMember("books", books(of: replay)),
      JSONMember("checkpoints", JSONValue(.array(points))), JSONMember("trades", trades(of: replay)),
      JSONMember("faults", []),
    ]
    if subject.offers(.place) {
      let account = try part.account(sequence)
      account.feed()
      if !account.tale.isEmpty { members += account.tale.draft }
    }
    return JSONValue(.object(members))
  }

  private func number(_ value: Int) -> JSONValue { JSONValue(.number("\(value)")) }

  private func markets(_ replay: Replay) -> [MarketState] {
    replay.books.sorted().compactMap { replay.session.view.market(symbol: $0) }.filter(\.book.isReady)
  }

  private func side(_ market: MarketState, _ side: BookSide, _ depth: Int) -> JSONValue {
    JSONValue(.array(market.book.levels(side, depth: depth).map { level in
      JSONValue(.array([
        JSONValue(.string(Decimal64(mantissa: level.price, exponent: market.book.priceExponent).plain)),
        JSONValue(.string(Decimal64(mantissa: level.quantity, exponent: market.book.quantityExponent).plain)),
      ]))
    }))
  }

  private func tops(of replay: Replay) -> JSONValue {
    JSONValue(.object(markets(replay).map { market in
      let sides = [side(market, .bid, 10), side(market, .ask, 10)]
      return JSONMember(expected(market.instrument.symbol), JSONValue(.array(sides)))
    }))
  }

  private func books(of replay: Replay) -> JSONValue {
    JSONValue(.object(markets(replay).map { market in
      JSONMember(expected(market.instrument.symbol), [
        "rebuildable": true, "last_sequence": JSONValue(.number("\(market.book.sequence)")),
        "levels_bid": number(market.book.depth(.bid)), "levels_ask": number(market.book.depth(.ask)),
        "bids": side(market, .bid, 50), "asks": side(market, .ask, 50),
      ])
    }))
  }

  private func trades(of replay: Replay) -> JSONValue {
    JSONValue(.object(replay.trades.sorted { $0.key < $1.key }.compactMap { symbol, trades in
      guard let market = replay.session.view.market(symbol: symbol) else { return nil }
      func draft(_ trade: Trade?) -> JSONValue {
        guard let trade else { return nil }
        let instrument = market.instrument
        return [
          "id": JSONValue(.string(trade.id.text)),
          "price": JSONValue(.string(Decimal64(mantissa: trade.price, exponent: instrument.priceExponent).plain)),
          "qty": JSONValue(.string(Decimal64(mantissa: trade.quantity, exponent: instrument.quantityExponent).plain)),
          "taker_side": trade.takerSide.map { JSONValue(.string("\($0)")) } ?? nil,
          "time_ns": JSONValue(.number("\(trade.time)")),
        ]
      }
      return JSONMember(
        expected(symbol), ["count": number(trades.count), "first": draft(trades.first), "last": draft(trades.last)])
    }))
  }

  private func expected(_ symbol: String) -> String { subject.manifest.expected(symbol: symbol) }
}

extension AccountTale {
  var isEmpty: Bool { orders.isEmpty && balances.isEmpty && positions.isEmpty }

  /// `orders`, `balances` and `positions` of an expected file.
  var draft: [JSONMember] {
    func text(_ value: String?) -> JSONValue { value.map { JSONValue(.string($0)) } ?? nil }
    let orders = orderIDs.compactMap { id in self.orders[id].map { (id, $0) } }.map { id, order in
      JSONMember(id, [
        "client_id": text(order.values["client_order"]), "symbol": text(order.values["symbol"]),
        "side": text(order.values["side"]), "price": text(order.values["price"]),
        "quantity": text(order.values["quantity"]), "filled": text(order.filled), "state": text(order.values["state"]),
        "fills": JSONValue(.array(order.fills.map { fill in
          [
            "trade_id": text(fill["trade"]), "price": text(fill["price"]), "quantity": text(fill["quantity"]),
            "fee": text(fill["fee"]), "fee_asset": text(fill["fee_asset"]),
          ]
        })),
      ])
    }
    let balances = self.balances.sorted { $0.key < $1.key }.map { asset, values in
      JSONMember(asset, JSONValue(.object(["total", "available"].compactMap { name in
        values[name].map { JSONMember(name, JSONValue(.string($0))) }
      })))
    }
    let positions = self.positions.sorted { $0.key < $1.key }.compactMap { symbol, legs in
      legs.first.map { leg in
        let isShort = leg["leg"] == "short" || leg["quantity"]?.hasPrefix("-") == true
        let size = leg["quantity"].map { $0.hasPrefix("-") ? String($0.dropFirst()) : $0 }
        return JSONMember(
          symbol, ["side": text(isShort ? "SHORT" : "LONG"), "size": text(size), "entry_price": text(leg["entry"])])
      }
    }
    return [
      JSONMember("orders", JSONValue(.object(orders))), JSONMember("balances", JSONValue(.object(balances))),
      JSONMember("positions", JSONValue(.object(positions))),
    ]
  }
}
