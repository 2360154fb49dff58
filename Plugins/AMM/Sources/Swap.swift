import CPatchbay
import ConnectorKit
import Decimals

/// An order that becomes a swap: what was commanded, and the transactions that were signed for it. They have one nonce,
/// so that at most one of them counts.
final class Swap {
  struct Attempt {
    var hash: String
    /// It takes the nonce and does nothing else.
    var isCancel: Bool
    /// What may be paid for each unit of gas, and of it the tip.
    var most: UInt256
    var priority: UInt256
    /// Seconds since 1970, by the clock of the chain.
    var deadline: Int64
    /// In quote units: the least that comes out, or the most that goes in; `nil` = not known, and the contract's to
    /// hold.
    var limit: UInt256?
    /// The block that it was last seen in, and whether the node knew it when it was last asked.
    var block: (number: UInt64, hash: String)?
    var isKnown = true
  }

  let account: pb_id
  let pool: Pool
  /// The last command about it, until that is answered.
  var command: OwnedCommand
  let order: pb_id
  let client: String
  let side: Side
  let type: OrderType
  let quantity: Decimal64
  let units: UInt256
  var price: Decimal64?
  var nonce: UInt64?
  var attempts: [Attempt] = []
  /// How often the state was read anew for it.
  var tries = 0
  /// The node refused it; what it has seen could be sent on all the same until its deadline.
  var isRefused = false
  /// Its receipt does not fit; that was said.
  var isDoubted = false
  /// It is of a run before this one: there may be transactions of it that are not among its attempts.
  var isFound = false
  /// Of one that was found: the venue's time before which it was not sent, in nanoseconds since 1970; 0 = not known.
  var since: Int64 = 0
  /// Somebody else has its nonce, and whether that is one of its own transactions is looked for.
  var isSearching = false

  init(_ command: OwnedCommand, _ pool: Pool, units: UInt256, quantity: Decimal64, type: OrderType) {
    (self.command, self.pool, self.units, self.quantity, self.type) = (command, pool, units, quantity, type)
    (account, order, client, side) = (command.account, command.order, command.clientOrder, command.side)
    price = command.price
  }

  /// One of a run before this one, of which the host knows what was commanded.
  init(finding command: OwnedCommand, _ pool: Pool, units: UInt256, quantity: Decimal64, nonce: UInt64) {
    (self.command, self.pool, self.units, self.quantity, self.nonce) = (command, pool, units, quantity, nonce)
    type = command.price == nil ? .market : .limit
    (account, order, client, side) = (command.account, command.order, command.clientOrder, command.side)
    (price, since, isFound) = (command.price, command.fields.since_ns, true)
  }

  /// Another transaction for an order that is under way, at another price or for more gas.
  init(_ command: OwnedCommand, changing swap: Swap) {
    (self.command, pool, units, quantity, type) = (command, swap.pool, swap.units, swap.quantity, swap.type)
    (account, order, client, side) = (swap.account, swap.order, swap.client, swap.side)
    (price, nonce) = (command.price ?? swap.price, swap.nonce)
  }

  /// Its id for the host: the name of its first transaction, whichever of them counts in the end.
  var venue: String {
    guard let first = attempts.first, let nonce else { return "" }
    return TransactionName(hash: first.hash, nonce: nonce).text
  }
  /// Whether one of its transactions is known by this.
  func isNamed(_ text: String) -> Bool {
    attempts.contains { attempt in nonce.map { TransactionName(hash: attempt.hash, nonce: $0).text } == text }
  }

  var isSale: Bool { side == .sell }
  var tokenIn: Token { isSale ? pool.base : pool.quote }
  var tokenOut: Token { isSale ? pool.quote : pool.base }

  /// In quote units: the price times the quantity, or what is given or taken within the slippage limit.
  func limit(_ other: UInt256, slippage: Decimal64) -> UInt256? {
    guard let price else {
      return PoolConnector.OwnedQuote(
        command: 0, pool: pool, side: side, units: units, slippage: slippage
      ).limit(Pool.Amounts(base: units, quote: other))
    }
    return pool.worth(units, at: price, up: isSale)
  }

  /// Whether the pool gives it within its limit.
  func isWithin(_ other: UInt256, _ limit: UInt256) -> Bool { isSale ? other >= limit : other <= limit }
}

/// What a swap changed in the account's wallet, by its receipt.
struct SwapResult {
  var base: UInt256
  var quote: UInt256
  /// The pool says otherwise than the tokens do: one of them keeps a part of what is transferred.
  var keepsAPart = false
}

extension Swap {
  /// Transfer(address,address,uint256)
  static let transfer = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

  /// Reads a receipt; `nil` where it cannot be one of this swap: without the pool's own event, or beyond the limit that
  /// was signed.
  func result(
    _ receipt: Receipt, _ attempt: Attempt, wallet: Address, of reporter: Address, trade: (ChainLog) -> PoolTrade?
  ) -> SwapResult? {
    var trades = receipt.logs.filter { $0.contract == reporter }.compactMap(trade)
    guard let last = trades.popLast(), trades.isEmpty else { return nil }
    let (base, quote) = pool.isBaseFirst ? (last.token0, last.token1) : (last.token1, last.token0)
    guard (last.zeroForOne == pool.isBaseFirst) == isSale, base == units,
      attempt.limit.map({ isWithin(quote, $0) }) != false
    else {
      return nil
    }
    guard let paid = moved(receipt, tokenIn, out: true, wallet), let got = moved(receipt, tokenOut, out: false, wallet)
    else { return nil }
    let (ownBase, ownQuote) = isSale ? (paid, got) : (got, paid)
    guard !ownBase.isZero, !ownQuote.isZero else { return nil }
    return SwapResult(base: ownBase, quote: ownQuote, keepsAPart: ownBase != base || ownQuote != quote)
  }

  /// Whether the wallet has changed by a result, and by nothing else.
  /// - Parameters:
  ///   - held: of base after and before, of quote after and before.
  ///   - gas: what was paid for it, of `native`, the token that is the chain's own asset; `nil` = gas is no token.
  func isOf(_ result: SwapResult, _ held: [UInt256?], gas: UInt256, of native: Address?) -> Bool {
    guard held.count == 4, let baseAfter = held[0], let baseBefore = held[1], let quoteAfter = held[2],
      let quoteBefore = held[3]
    else { return false }
    /// What has left the wallet or come into it, without the gas.
    func change(_ token: Token, _ before: UInt256, _ after: UInt256, out: Bool) -> UInt256? {
      guard let after = token.address == native ? try? after + gas : after else { return nil }
      return out ? try? before - after : try? after - before
    }
    let base = change(pool.base, baseBefore, baseAfter, out: isSale)
    let quote = change(pool.quote, quoteBefore, quoteAfter, out: !isSale)
    return base == result.base && quote == result.quote
  }

  /// What has left the wallet of a token, or come into it, less what went the other way.
  private func moved(_ receipt: Receipt, _ token: Token, out: Bool, _ wallet: Address) -> UInt256? {
    var (left, came) = (UInt256.zero, UInt256.zero)
    for log in receipt.logs where log.contract == token.address && log.topics.count == 3 {
      guard log.topics[0].word == Self.transfer, let amount = log.data.word(0) else { continue }
      if Address(log.topics[1]) == wallet {
        guard let sum = try? left + amount else { return nil }
        left = sum
      }
      if Address(log.topics[2]) == wallet {
        guard let sum = try? came + amount else { return nil }
        came = sum
      }
    }
    return out ? try? left - came : try? came - left
  }
}

extension Pool {
  /// Base units times a price, in quote units; `nil` where it does not fit.
  func worth(_ units: UInt256, at price: Decimal64, up: Bool) -> UInt256? {
    let number = price.normalized
    guard number.mantissa > 0 else { return nil }
    let places = quote.decimals - base.decimals + Int(number.exponent)
    guard let power = UInt256.powerOfTen(abs(places)) else { return nil }
    let size = UInt256(UInt128(number.mantissa))
    if places >= 0 { return (try? size * power).flatMap { try? units * $0 } }
    return up ? try? units.timesUp(size, over: power) : try? units.times(size, over: power)
  }
}
