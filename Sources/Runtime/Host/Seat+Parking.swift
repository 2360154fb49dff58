import Catalog
import MarketModel

/// Taking an instance out of use while its host runs, and back.
extension Host.Seat {
  /// Gives everything up that it asks of its exchange: books are out of use at once, subscriptions and accounts are
  /// given back, and nothing is asked any more. The instance stays, and so does what is wanted of it. Whoever calls
  /// this has seen to it that no order is open. On the lane.
  public func park() {
    guard !isParked else { return }
    upgrade?.giveUp("it was taken out of use")
    isParked = true
    parkings += 1
    if let keeper { lane?.remove(keeper) }
    for wanted in subscriptions {
      guard let market = session.view.market(pair: wanted.pair) else { continue }
      market.book.invalidate(reason: .unsubscribed)
      var draft = CommandDraft(.unsubscribe)
      draft.instrument = market.instrument.id.rawValue
      draft.channels = wanted.channels
      session.send(draft) { _ in }
      forget(wanted.pair)
    }
    for account in accounts { session.account(account, isPresent: false) }
  }

  /// Takes it into use again, as at the start: the clock, the accounts, the instruments, the subscriptions. On the
  /// lane.
  public func unpark() {
    worker?.tryAgain()
    guard isParked else { return }
    isParked = false
    if let keeper { lane?.add(keeper) }
    begin()
  }

  /// Ends its instance for good; it is not started again in this run. On the lane.
  public func retire(_ why: String) {
    upgrade?.giveUp(why)
    if let worker { lane?.remove(worker) }
    session.willReturn = nil
    worker = nil
    session.endWorker(why)
  }
}
