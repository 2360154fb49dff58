import CPatchbay
import ConnectorKit
import Decimals

/// What is said of a pool: its state, a ladder in the place of a book, quotes.
extension PoolConnector {
  /// Where the levels of a ladder end: as parts of ten thousand of what a pool without ticks would hold that trades the
  /// same at the price. Taking one hundredth of it moves the price by about two.
  private static let rungs: [UInt128] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]

  func publish(_ pool: Pool) {
    guard let header = pool.header, let exponents = pool.exponents else { return }
    let channels: [Channels] = [.book, .trades, .pool]
    guard channels.contains(where: { subscriptions.state(pool.id, $0) != nil }) else { return }
    pool.isChanged = false
    let time = header.time.multipliedSaturated(by: 1_000_000_000)
    if subscriptions.state(pool.id, .pool) != nil { publishState(pool, header, time) }
    if subscriptions.state(pool.id, .book) != nil {
      out.beginBook()
      let bids = ladder(pool, .sell, exponents)
      let asks = ladder(pool, .buy, exponents)
      out.book(
        instrument: pool.id, snapshot: true, first: header.number, last: header.number, time: time, bids: bids,
        asks: asks)
    }
    for channel in channels {
      guard let done = subscriptions.live(pool.id, channel) else { continue }
      out.state(.live, channel, instrument: pool.id)
      for command in done { out.done(command) }
    }
  }

  private func publishState(_ pool: Pool, _ header: BlockHeader, _ time: Int64) {
    guard let reserves = pool.model?.reserves else { return }
    out.begin(pb_pool.self)
    var record = pb_pool()
    record.instrument = pool.id
    record.venue_ns = time
    record.height = header.number
    record.base_reserve = pb_u256(pool.isBaseFirst ? reserves.0 : reserves.1)
    record.quote_reserve = pb_u256(pool.isBaseFirst ? reserves.1 : reserves.0)
    record.price = pb_dec(pool.midPrice)
    record.fee = pb_dec(pool.part ?? Decimal64(mantissa: Int64(pool.fee), exponent: -6))
    record.base_decimals = UInt32(pool.base.decimals)
    record.quote_decimals = UInt32(pool.quote.decimals)
    out.emit(record, kind: PB_EV_POOL)
  }

  /// One side of the ladder: each level is what the pool asks for the next part, on average, rounded against whoever
  /// takes it. It ends where the pool does, or what is known of it.
  private func ladder(_ pool: Pool, _ side: Side, _ exponents: (price: Int32, quantity: Int32)) -> pb_list {
    var list = pb_list()
    let lot = pool.unit(exponents.quantity)
    var last = Pool.Amounts(base: .zero, quote: .zero)
    var (price, quantity): (Int64, Int64) = (0, 0)
    for rung in Self.rungs {
      guard let share = try? pool.depth.times(UInt256(rung), over: UInt256(10_000)),
        let whole = try? share / lot, let units = try? whole * lot, units > last.base,
        let next = try? pool.amounts(side, base: units), let base = try? next.base - last.base,
        let quote = try? next.quote - last.quote,
        let level = pool.ticks(Pool.Amounts(base: base, quote: quote), exponents.price, up: side == .buy), level > 0,
        let lots = pool.lots(base, exponents.quantity), lots > 0
      else { continue }
      last = next
      // Levels that fall on one tick are one.
      if level == price {
        quantity = quantity.addingSaturated(lots)
        continue
      }
      if quantity > 0 { out.level(price: price, quantity: quantity, to: &list) }
      (price, quantity) = (level, lots)
    }
    if quantity > 0 { out.level(price: price, quantity: quantity, to: &list) }
    return list
  }

  // MARK: Quotes

  /// A quote that is to be given.
  struct OwnedQuote {
    var command: pb_id
    var pool: Pool
    var side: Side
    var units: UInt256
    var slippage: Decimal64
  }

  func quote(_ command: Command) {
    guard let pool = pool(command.instrument) else {
      return out.refuse(command.id, .unknownInstrument, "no such pool")
    }
    guard pool.fault.isEmpty else { return out.refuse(command.id, .unknownInstrument, pool.fault) }
    guard command.side != .none, let quantity = command.quantity, quantity.isPositive else {
      return out.refuse(command.id, .invalidOrder, "a quote is of a side and a quantity above zero")
    }
    guard let units = pool.units(quantity) else {
      return out.refuse(command.id, .invalidOrder, pool.base.odd(quantity))
    }
    let slippage = command.value ?? settings.slippage
    guard !slippage.isNegative, slippage < .one else {
      return out.refuse(command.id, .invalidOrder, "a slippage limit is a part from 0 to less than 1")
    }
    let quote = OwnedQuote(command: command.id, pool: pool, side: command.side, units: units, slippage: slippage)
    let isFresh = out.now.mono.subtractingSaturated(lastLook) < settings.poll
    if lastLook != 0, isFresh, !isOld, let header = pool.header, header.hash == head?.hash { return answer(quote) }
    waitingQuotes.append(quote)
    isSetUp ? look() : fail("the pools are not known yet: ask for the instruments first")
  }

  func answer(_ quote: OwnedQuote) {
    let pool = quote.pool
    guard pool.header?.hash == head?.hash || pool.trouble.isEmpty else {
      return out.refuse(quote.command, .transient, pool.trouble)
    }
    let amounts: Pool.Amounts
    do { amounts = try pool.amounts(quote.side, base: quote.units) } catch {
      let failure: Failure = error == .beyondKnownTicks || error == .noLiquidity ? .funds : .invalidOrder
      return out.refuse(quote.command, failure, error.words)
    }
    guard !amounts.quote.isZero, let limit = quote.limit(amounts) else {
      return out.refuse(quote.command, .invalidOrder, "the amount is too small: nothing would come out")
    }
    out.begin(pb_quote.self)
    var record = pb_quote()
    record.instrument = pool.id
    record.command = quote.command
    record.valid_until_ns = max(0, out.now.wall.addingSaturated(settings.poll.multipliedSaturated(by: 2)))
    record.side = quote.side.rawValue
    let isSale = quote.side == .sell
    record.amount_in = pb_u256(isSale ? amounts.base : amounts.quote)
    record.amount_out = pb_u256(isSale ? amounts.quote : amounts.base)
    record.amount_limit = pb_u256(limit)
    record.price = pb_dec(
      Decimal64.quotient(
        amounts.quote, amounts.base, exponent: Int32(pool.base.decimals - pool.quote.decimals)))
    if let fee = head?.baseFee, let cost = try? fee * UInt256(UInt128(gas(pool))) {
      record.gas = pb_dec(Decimal64.quotient(cost, .one, exponent: -18))
    }
    record.route = out.text(pool.symbol)
    record.base_decimals = UInt32(pool.base.decimals)
    record.quote_decimals = UInt32(pool.quote.decimals)
    out.emit(record, kind: PB_EV_QUOTE)
    out.done(quote.command)
  }
}

extension PoolConnector.OwnedQuote {
  /// The most that may go in when base is bought, the least that must come out when it is sold.
  func limit(_ amounts: Pool.Amounts) -> UInt256? {
    let part = slippage.normalized
    guard part.exponent <= 0, part.exponent >= -18, part.mantissa >= 0,
      let one = UInt256.powerOfTen(Int(-part.exponent))
    else { return nil }
    let size = UInt256(UInt128(part.mantissa))
    let more = try? amounts.quote.times(one + size, over: one)
    let less = try? amounts.quote.timesUp(one - size, over: one)
    return side == .buy ? more : less
  }
}

extension Token {
  /// Why a quantity is none of it.
  func odd(_ quantity: Decimal64) -> String {
    "\(quantity) \(symbol) is no whole number of its smallest unit, 10^-\(decimals), or too many of them"
  }

  /// A quantity in smallest units; `nil` where they are not whole, or too many.
  static func units(_ quantity: Decimal64, _ decimals: Int) -> UInt256? {
    let number = quantity.normalized
    let places = decimals + Int(number.exponent)
    guard number.mantissa > 0, places >= 0, let power = UInt256.powerOfTen(places) else { return nil }
    return try? UInt256(UInt128(number.mantissa)) * power
  }
}

extension Pool {
  /// Base units in one of the instrument's least quantities.
  func unit(_ exponent: Int32) -> UInt256 { UInt256.powerOfTen(base.decimals + Int(exponent)) ?? .one }

  /// Base units at the instrument's exponent, rounded down; `nil` where they do not fit.
  func lots(_ units: UInt256, _ exponent: Int32) -> Int64? {
    guard let lots = try? units / unit(exponent), lots.high == 0, lots.low <= UInt128(Int64.max) else { return nil }
    return Int64(lots.low)
  }

  /// The average price of amounts at the instrument's exponent; `nil` where it does not fit.
  func ticks(_ amounts: Amounts, _ exponent: Int32, up: Bool) -> Int64? {
    let scale = base.decimals - quote.decimals - Int(exponent)
    guard let power = UInt256.powerOfTen(abs(scale)) else { return nil }
    let (over, under) = scale >= 0 ? (power, amounts.base) : (UInt256.one, (try? amounts.base * power) ?? .zero)
    let result = up ? try? amounts.quote.timesUp(over, over: under) : try? amounts.quote.times(over, over: under)
    guard let result, result.high == 0, result.low <= UInt128(Int64.max) else { return nil }
    return Int64(result.low)
  }

  /// A quantity in base as smallest units; `nil` where they are not whole, or too many.
  func units(_ quantity: Decimal64) -> UInt256? {
    Token.units(quantity, base.decimals)
  }
}
