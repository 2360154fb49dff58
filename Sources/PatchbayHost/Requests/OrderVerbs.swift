import Control
import Decimals
import JSONTree
import MarketModel
import Runtime
import Trading

/// `place`, `amend`, `cancel`, `orders`: docs/control.md describes each.
package enum OrderVerbs {
  package static func all(_ host: RunningHost) -> [ControlVerb] {
    [
      ControlVerb("place", fields: OrderWish.fields + ["connector", "pair", "wait_ms", "confirmed"]) {
        place($0, host)
      },
      ControlVerb("amend", fields: ["connector", "order", "price", "quantity", "wait_ms", "confirmed"]) {
        amend($0, host)
      },
      ControlVerb("cancel", fields: ["connector", "order", "wait_ms"], isUrgent: true) { cancel($0, host) },
      ControlVerb("orders", fields: ["connector", "pair", "all"]) { list($0, host) },
    ]
  }

  // MARK: Placing

  /// - Parameter placed: is given the order as soon as it is taken over, on its lane.
  package static func place(
    _ call: ControlCall, _ host: RunningHost, placed: (@Sendable (TradeDesk, OrderID) -> Void)? = nil
  ) {
    guard let wish = OrderWish(call), let wait = call.wait() else { return }
    DeskChoice.one(call, host) { desk, pair in
      guard call.isPermitted(desk) else { return }
      desk.act(call) { desk in
        do throws(DeskRefusal) {
          let id = try desk.place(wish, pair)
          placed?(desk, id)
          let rounded = desk.trader.orders[id].map { wish.roundings(of: $0.draft) } ?? []
          OrderWatch(
            call: call, host: host, targets: [(desk, id)], isThere: OrderWatch.isKnown,
            deadline: desk.session.times.mono + wait
          ) { orders, isKnown in
            call.reply(["order": orders.first ?? nil, "known": JSONValue(.bool(isKnown)), "rounded": rounded])
          }.begin()
        } catch {
          call.fail(error)
        }
      }
    }
  }

  // MARK: Changing

  private static func amend(_ call: ControlCall, _ host: RunningHost) {
    guard let price = call.asked("price"), let quantity = call.asked("quantity"), let wait = call.wait() else {
      return
    }
    guard price != nil || quantity != nil else {
      return call.fail("missing_field", "there is nothing to change: give a price or a quantity")
    }
    DeskChoice.order(call, host) { desk, id in
      guard call.isPermitted(desk) else { return }
      desk.act(call) { amend(call, host, $0, id, price, quantity, wait) }
    }
  }

  private static func amend(
    _ call: ControlCall, _ host: RunningHost, _ desk: TradeDesk, _ id: OrderID, _ price: AskedNumber?,
    _ quantity: AskedNumber?, _ wait: Int64
  ) {
    let before = desk.trader.orders[id].map { AmendedTerms($0) }
    let deadline = desk.session.times.mono + wait
    // What comes first answers: the venue, or the end of waiting.
    let answer = OnceAnswer(call)
    let wanted = desk.trader.wanted(id, price: price?.value, quantity: quantity?.value)
    do throws(TraderRefusal) {
      try desk.amend(id, price: price?.value, quantity: quantity?.value) { end in
        switch end {
        case .refused(_, let reason): return answer.fail("refused", "the venue did not change it: \(reason)")
        // The end of waiting says so.
        case .unknown: return
        case .done: break
        }
        OrderWatch(
          call: call, host: host, targets: [(desk, id)],
          isThere: OrderWatch.isChanged(from: before, told: desk.session.times.mono), deadline: deadline
        ) { orders, _ in
          answer.reply(["order": orders.first ?? nil, "known": true, "rounded": roundings(wanted, price, quantity)])
        }.begin()
      }
    } catch {
      let refusal = desk.refusal(error)
      return answer.fail(refusal.code, refusal.text)
    }
    call.submit(after: wait) {
      DeskChoice.copies(call, host, [desk]) { desk, _ in
        desk.trader.orders[id].map { OrderCopies.order($0, desk) }
      } then: { found in
        answer.reply(["order": found.first?.copy ?? nil, "known": false])
      }
    }
  }

  /// Which numbers the host wanted an order to have are not those that were asked for. What the exchange has made of
  /// them is another matter, and stands in the order.
  private static func roundings(_ wanted: OrderDraft?, _ price: AskedNumber?, _ quantity: AskedNumber?) -> JSONValue {
    let numbers = [
      price?.rounding("price", to: wanted?.price), quantity?.rounding("quantity", to: wanted?.quantity),
    ]
    return JSONValue(.array(numbers.compactMap { $0 }))
  }

  // MARK: Cancelling

  private static func cancel(_ call: ControlCall, _ host: RunningHost) {
    guard let wait = call.wait() else { return }
    if call["order"] == "all" { return cancelAll(call, host, wait) }
    DeskChoice.order(call, host) { desk, id in
      desk.act(call) { desk in
        do throws(TraderRefusal) {
          try desk.trader.cancel(id)
          watch(call, host, [(desk, id)], until: desk.session.times.mono + wait)
        } catch {
          let refusal = desk.refusal(error)
          call.fail(refusal.code, refusal.text)
        }
      }
    }
  }

  private static func cancelAll(_ call: ControlCall, _ host: RunningHost, _ wait: Int64) {
    guard let desks = DeskChoice.desks(call, host) else { return }
    DeskChoice.copies(call, host, desks) { desk, _ in
      let open = desk.trader.orders.inFlight.map(\.id)
      desk.trader.cancel(open)
      return (open, desk.session.times.mono + wait)
    } then: { found in
      let targets = found.flatMap { item in item.copy.0.map { (item.desk, $0) } }
      watch(call, host, targets, until: found.map(\.copy.1).max() ?? 0)
    }
  }

  private static func watch(
    _ call: ControlCall, _ host: RunningHost, _ targets: [(TradeDesk, OrderID)], until deadline: Int64
  ) {
    OrderWatch(
      call: call, host: host, targets: targets, isThere: OrderWatch.hasEnded, deadline: deadline
    ) { orders, isKnown in
      call.reply(["orders": JSONValue(.array(orders)), "known": JSONValue(.bool(isKnown))])
    }.begin()
  }

  // MARK: Listing

  private static func list(_ call: ControlCall, _ host: RunningHost) {
    guard let desks = DeskChoice.desks(call, host), let choice = SeatChoice(call, host) else { return }
    let wantsEnded = call.request["all"]?.bool ?? false
    PairFilter.resolve(call, host, choice) { pair in
      DeskChoice.copies(call, host, desks) { desk, _ in
        let orders = wantsEnded ? desk.trader.orders.all : desk.trader.orders.inFlight
        let wanted = orders.filter { pair == nil || desk.session.instrument($0.instrument)?.pair == pair }
        return wanted.map { OrderCopies.order($0, desk) }
      } then: { found in
        call.reply(["orders": JSONValue(.array(found.flatMap(\.copy)))])
      }
    }
  }
}

extension ControlCall {
  /// How long the answer may take, in nanoseconds; `nil` after refusing the call.
  package func wait() -> Int64? {
    number("wait_ms", 0...600_000, otherwise: OrderWatch.usualWait).map { Int64($0) * 1_000_000 }
  }

  /// Whether something that may cost money may be done; `false` after refusing the call.
  package func isPermitted(_ desk: TradeDesk) -> Bool {
    guard desk.stakes.isReal, request["confirmed"]?.bool != true else { return true }
    fail("confirm", "\(desk.name) trades with real money; confirm it: --yes, or \"confirmed\": true in the request")
    return false
  }
}

/// Answers a call once, whoever comes first; on one lane or the server's thread, which the call itself sorts out.
private final class OnceAnswer: @unchecked Sendable {
  private let call: ControlCall
  private var isGiven = false

  init(_ call: ControlCall) { self.call = call }

  func reply(_ value: JSONValue) { once { $0.reply(value) } }
  func fail(_ code: String, _ text: String) { once { $0.fail(code, text) } }

  /// Everything goes through the server's thread, so no two are at once.
  private func once(_ body: @escaping @Sendable (ControlCall) -> Void) {
    call.submit(after: 0) { [self] in
      guard !isGiven else { return }
      isGiven = true
      body(call)
    }
  }
}
