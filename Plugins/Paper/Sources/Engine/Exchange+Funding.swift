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
  /// The rate as last told.
  var told: Int64?

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
    for market in states.indices {
      var funding = states[market].funding
      let state = states[market]
      if let sample = funding.price.follow(state.synthetic.index, state.book, tick: state.rules.tick) {
        funding.sampleSum += sample
        funding.sampleCount += 1
      }
      let moved = funding.mark != state.funding.mark || funding.index != state.funding.index
      let rate = funding.rate(interval: fundingInterval)
      let changed = rate != funding.told
      funding.told = rate
      states[market].funding = funding
      if moved { events.append(.mark(market: market)) }
      if changed { events.append(.fundingRate(market: market)) }
    }
  }

  /// Sets when the first funding is paid: at the next whole multiple of the interval.
  func scheduleFunding(at now: Int64) {
    for market in states.indices { states[market].funding.next = (now / fundingInterval + 1) * fundingInterval }
  }

  /// Pays the fundings that are due: positive rates from longs to shorts, on the value at mark. Each side is rounded
  /// against its account to 10^-8; the venue keeps the difference.
  func fund(at now: Int64) {
    for market in states.indices where now >= states[market].funding.next {
      let rate = states[market].funding.rate(interval: fundingInterval)
      let asset = states[market].rules.quoteAsset
      for participant in ledger.participants where participant != Ledger.venue {
        guard positions[participant][market].quantity != 0 else { continue }
        let received = floorQuotient(-markValue(participant, market) * Amount(rate), unit)
        ledger.move(received, of: asset, from: Ledger.venue, to: participant)
        guard isUser(participant) else { continue }
        let payment = FundingPayment(
          account: participant, market: market, rate: rate, amount: received, id: nextPayment, time: now)
        nextPayment += 1
        accounts[participant].payments.append(payment)
        if accounts[participant].payments.count > AccountOrders.historyLimit {
          let part = AccountOrders.historyLimit / 10
          accounts[participant].forgottenUntil = accounts[participant].payments[part - 1].time
          accounts[participant].payments.removeFirst(part)
        }
        events.append(.funding(payment))
        noteBalance(participant, asset)
      }
      states[market].funding.sampleSum = 0
      states[market].funding.sampleCount = 0
      states[market].funding.next = (now / fundingInterval + 1) * fundingInterval
      events.append(.fundingRate(market: market))
    }
    finish(at: now)
  }
}
