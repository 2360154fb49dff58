import Decimals
import MarketModel
import Runtime

/// Going on where an earlier run stopped.
extension PaperPath {
  /// Gives an account what it has done in earlier runs; before anything is traded, when the instruments are known.
  /// It counts once, however often it is given.
  /// - Returns: symbols of positions that no instrument has any more; those are gone.
  public func resume(_ history: PaperHistory, account: AccountID) -> [String] {
    guard resumed.insert(account).inserted else { return [] }
    if history.isBroken { ledger.mark(broken: account) }
    let changes = history.changes { symbol in
      markets.instrument(symbol: symbol).flatMap { PaperAccounts.Terms($0).settle }
    }
    for change in changes {
      ledger.add(change.amount, account, change.asset)
    }
    endOrdersOfBroken(account)
    return history.holdings.compactMap { holding in
      guard let instrument = markets.instrument(symbol: holding.symbol) else { return holding.symbol }
      ledger.put(
        holding.quantity, entry: holding.entry, Positions.Key(account: account, instrument: instrument.id))
      return nil
    }
  }

  /// Why an account does not trade any more: its sums are wrong.
  public func fault(of account: AccountID) -> String? {
    ledger.broken.contains(account)
      ? "a deal on paper has numbers that cannot be counted, so what the account has is wrong: it does not trade" : nil
  }

  /// What rests on an account whose sums are wrong is cancelled: each fill would only make them more so.
  func endOrdersOfBroken(_ account: AccountID) {
    guard ledger.broken.contains(account) else { return }
    for place in orders.indices where orders[place].isLive && orders[place].account == account {
      guard let instrument = markets.instrument(orders[place].instrument) else { continue }
      end(place, .cancelled, instrument)
    }
  }

  /// Has an order of an earlier run rest again, behind what stands at its price, or wait for its trigger again.
  /// One of an account that does not trade any more is cancelled.
  /// - Returns: whether it does; one that never came here, or does not fit any more, is answered as not there.
  public func resume(_ order: TrackedOrder) -> Bool {
    let type = order.draft.type
    guard !order.state.isTerminal, type.hasPrice || order.waitsForTrigger, byClient[order.clientOrderID] == nil,
      let name = order.venueOrderIDs.last, name.hasPrefix(Self.orderPrefix),
      let number = UInt64(name.dropFirst(Self.orderPrefix.count)), number < .max / 2,
      let instrument = markets.instrument(order.instrument),
      let quantity = order.quantity?.mantissa(at: instrument.quantityExponent),
      let filled = order.filled.mantissa(at: instrument.quantityExponent), filled < quantity
    else { return false }
    let price = type.hasPrice ? order.price?.mantissa(at: instrument.priceExponent) : nil
    let trigger = order.waitsForTrigger ? trigger(type, order.draft.stop, order.draft.flags, instrument) : nil
    guard type.hasPrice == (price != nil), order.waitsForTrigger == (trigger != nil) else { return false }
    var paper = PaperOrder(
      number: number, account: order.account, instrument: instrument.id, clientOrderID: order.clientOrderID,
      side: order.draft.side, type: type, timeInForce: order.timeInForce ?? .goodTillCancelled,
      flags: order.draft.flags, expiry: order.draft.expiry, price: price, trigger: trigger, quantity: quantity,
      time: times.venue)
    paper.filled = filled
    paper.fills = order.fills
    paper.state = trigger != nil ? .untriggered : filled > 0 ? .partiallyFilled : .open
    // As much as stands there when the book comes.
    paper.ahead = .max
    // Numbers never come twice, even where the clock was set back.
    firstNumber = max(firstNumber, number + 1)
    let place = orders.count
    orders.append(paper)
    byClient[paper.clientOrderID] = place
    if trigger == nil {
      resting[instrument.id, default: []].append(place)
    } else {
      waiting[instrument.id, default: []].append(place)
    }
    holdAgain(place, instrument)
    endOrdersOfBroken(order.account)
    if paper.timeInForce == .goodTillDate { expireLater(place) }
    return true
  }
}
