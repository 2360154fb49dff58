import Matching

/// Mark price and funding of one perpetual.
struct FundingState: Equatable, Sendable {
  /// The most of one funding, in 10^-8.
  static let rateBound: Int64 = 750_000
  /// What longs pay for eight hours when the book stands at the index, in 10^-8.
  static let interest: Int64 = 10_000

  var price: MarkPrice
  /// Sum and count of the distances since the last funding.
  var sampleSum: Int64 = 0
  var sampleCount: Int64 = 0
  /// When funding is paid next; 0 before the first input.
  var next: Int64 = 0
  /// The rate as it was last reported.
  var reported: Int64?

  init(index: Int64) { price = MarkPrice(index: index) }

  var index: Int64 { price.index }
  var mark: Int64 {
    get { price.mark }
    set { price.mark = newValue }
  }

  /// The rate of the next funding in 10^-8, in steps of 10^-6: the mean premium of the interval so far plus interest.
  func rate(interval: Int64) -> Int64 {
    let mean = sampleCount == 0 ? 0 : sampleSum / sampleCount
    let interest = Int64(Int128(Self.interest) * Int128(interval) / 28_800_000_000_000)
    return clamped(mean + interest, Self.rateBound) / 100 * 100
  }
}

extension Exchange {
  /// Takes each index from its reference, and moves the mark by a thirty-second of the way to the book's middle.
  func updateMarks(at now: Int64) {
    for market in markets.indices {
      var funding = markets[market].funding
      let state = markets[market]
      if let sample = funding.price.follow(state.synthetic.index, state.book, tick: state.rules.tick) {
        funding.sampleSum += sample
        funding.sampleCount += 1
      }
      let moved = funding.mark != state.funding.mark || funding.index != state.funding.index
      let rate = funding.rate(interval: fundingInterval)
      let changed = rate != funding.reported
      funding.reported = rate
      markets[market].funding = funding
      if moved { events.append(.mark(market: market)) }
      if changed { events.append(.fundingRate(market: market)) }
    }
  }

  /// Pays the fundings that are due.
  func fund(at now: Int64) {
    payFunding(at: now)
    finish(at: now)
  }

  func dueFunding(_ market: Int, _ now: Int64) -> (rate: Int64, time: Int64) {
    (markets[market].funding.rate(interval: fundingInterval), now)
  }

  func funded(_ account: Participant, _ market: Int, rate: Int64, _ received: Amount, at time: Int64) {
    let payment = FundingPayment(
      account: account, market: market, rate: rate, amount: received, id: nextPayment, time: time)
    nextPayment += 1
    accounts[account].payments.append(payment)
    if accounts[account].payments.count > AccountOrders.historyLimit {
      let part = AccountOrders.historyLimit / 10
      accounts[account].forgottenUntil = accounts[account].payments[part - 1].time
      accounts[account].payments.removeFirst(part)
    }
    events.append(.funding(payment))
    note(account, markets[market].rules.quoteAsset)
  }

  func endFunding(_ market: Int, rate: Int64, at time: Int64) {
    markets[market].funding.sampleSum = 0
    markets[market].funding.sampleCount = 0
    events.append(.fundingRate(market: market))
  }
}
