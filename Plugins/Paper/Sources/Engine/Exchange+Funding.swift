import Matching

/// Mark price and funding of one perpetual.
struct FundingState: Equatable, Sendable {
  /// The most that a mark price stands away from its index, and the most of one funding, in 10^-8.
  static let premiumBound: Int64 = 1_000_000
  static let rateBound: Int64 = 750_000
  /// What longs pay for eight hours when the book stands at the index, in 10^-8.
  static let interest: Int64 = 10_000

  var index: Int64
  var mark: Int64
  /// Smoothed distance of the book's middle from the index, in 10^-8 of the index.
  var premium: Int64 = 0
  /// Sum and count of the distances since the last funding.
  var sampleSum: Int64 = 0
  var sampleCount: Int64 = 0
  /// When funding is paid next; 0 before the first input.
  var next: Int64 = 0
  /// The rate as last told.
  var told: Int64?

  init(index: Int64) {
    self.index = index
    mark = index
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
      funding.index = states[market].synthetic.index
      if let bid = states[market].book.bids.best?.price, let ask = states[market].book.asks.best?.price {
        let twice = Int128(bid) + Int128(ask) - 2 * Int128(funding.index)
        let sample = clamped(Int64(clamping: twice * unit / (2 * Int128(funding.index))), FundingState.premiumBound)
        funding.sampleSum += sample
        funding.sampleCount += 1
        funding.premium += (sample - funding.premium) / 32
      }
      let tick = Int128(states[market].rules.tick)
      let exact = Int128(funding.index) * (unit + Int128(funding.premium)) / unit
      funding.mark = max(states[market].rules.tick, Int64(clamping: exact / tick * tick))
      let moved = funding.mark != states[market].funding.mark || funding.index != states[market].funding.index
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
