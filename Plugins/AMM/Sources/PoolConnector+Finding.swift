import CPatchbay
import ConnectorKit
import Decimals

/// Swaps of a run before this one: the host asks for them under the name that it kept before they left.
extension PoolConnector {
  /// For how long a swap may be included at most, in seconds: no deadline is signed that is further ahead.
  static let longestLife: Int64 = 1200
  /// Blocks of one question for events, and questions at most.
  static let searchedBlocks: UInt64 = 500, mostSearches = 40
  /// Transactions that are looked at because they brought the token.
  static let mostArrivals = 64

  /// Takes an order back in mind: what the node says of the transaction, or only what its name says.
  func find(_ name: TransactionName, of command: OwnedCommand) {
    guard isSetUp, let head else {
      return out.refuse(command.id, .transient, "the chain is not known yet: ask for the instruments first")
    }
    guard let wallet = wallets[command.account], let pool = pool(command.instrument), pool.fault.isEmpty,
      let quantity = command.quantity, quantity.isPositive, let units = pool.units(quantity), command.side != .none
    else {
      return out.refuse(command.id, .transient, "the wallet or the pool of the swap cannot be used")
    }
    guard swaps.count < Self.mostSwaps else {
      return out.refuse(command.id, .transient, "\(Self.mostSwaps) swaps are under way already")
    }
    node.ask([.transaction(name.hash), .header(.number(head.number))]) { answers, fault in
      if let swap = self.swaps.first(where: { $0.account == command.account && $0.client == command.clientOrder }) {
        self.report(swap, .open, command: command.id)
        return self.out.done(command.id)
      }
      let swap = Swap(finding: command, pool, units: units, quantity: quantity, nonce: name.nonce)
      switch answers.first {
      case .transaction(let sent)?:
        guard sent.hash == name.hash, sent.from == wallet, sent.nonce == name.nonce,
          let attempt = self.attempt(swap, sent, wallet)
        else {
          return self.out.refuse(
            command.id, .transient, "the node gives another transaction than was sent under \(name.text): it is not "
              + "believed; ask another node")
        }
        swap.attempts = [attempt]
      case .missing?:
        var attempt = Swap.Attempt(
          hash: name.hash, isCancel: false, most: .zero, priority: .zero,
          deadline: self.hasDeadline(pool)
            ? max(head.time, self.out.now.wall / 1_000_000_000) + Self.longestLife : .max, limit: nil)
        attempt.isKnown = false
        swap.attempts = [attempt]
      default:
        return self.out.refuse(command.id, .transient, fault.isEmpty ? answers.first?.fault ?? "" : fault)
      }
      self.swaps.append(swap)
      self.report(
        swap, .open, swap.attempts[0].isKnown ? "" : "the node knows nothing of it; until its deadline it may still be "
          + "included", command: command.id)
      self.out.done(command.id)
      self.track()
    }
  }

  /// What a transaction is for an order; `nil` where it is not one of it: every word of its call but limit and
  /// deadline is compared. A swap without a deadline of its own counts as long as its nonce is free.
  func attempt(_ swap: Swap, _ sent: SentTransaction, _ wallet: Address) -> Swap.Attempt? {
    if sent.to == wallet, sent.data.isEmpty {
      return Swap.Attempt(
        hash: sent.hash, isCancel: true, most: sent.most, priority: sent.priority, deadline: .max, limit: nil)
    }
    let marks = (limit: UInt256(high: 0x5d3a << 96, low: 1), deadline: UInt256(high: 0x5d3a << 96, low: 2))
    let router = router(of: swap.pool), hasDeadline = hasDeadline(swap.pool)
    let form = NodeLink.bytes(
      text: call(
        swap.pool, side: swap.side, base: swap.units, limit: marks.limit, wallet: wallet, deadline: marks.deadline
      ).text)
    guard sent.to == router, form.count == sent.data.count, form.prefix(4) == sent.data.prefix(4) else {
      return nil
    }
    // Words of a call within a call do not begin where those around it do.
    var told = sent.data
    func taken(_ mark: UInt256) -> UInt256? {
      let digits = NodeLink.bytes(text: "0x\(mark.word)")
      guard let start = form.indices.first(where: { form[$0...].starts(with: digits) }),
        let word = Array(told[start..<start + 32]).word(0)
      else { return nil }
      told.replaceSubrange(start..<start + 32, with: digits)
      return word
    }
    guard let limit = taken(marks.limit) else { return nil }
    var deadline = Int64.max
    if hasDeadline {
      guard let time = try? taken(marks.deadline)?.narrow(), time < 1 << 40 else { return nil }
      deadline = Int64(time)
    }
    guard told == form else { return nil }
    return Swap.Attempt(
      hash: sent.hash, isCancel: false, most: sent.most, priority: sent.priority, deadline: deadline, limit: limit)
  }

  // MARK: Which transaction took a nonce

  /// The chain has a transaction under the nonce that is none of those known: one of the order's own that was signed
  /// before the restart, or another. It is looked for among those that brought the wallet the token that comes out,
  /// block by block into the past.
  func search(_ swap: Swap, through last: UInt64, count: Int = 0) {
    guard let wallet = wallets[swap.account] else { return }
    swap.isSearching = true
    let first = last >= Self.searchedBlocks ? last - Self.searchedBlocks + 1 : 0
    let token = swap.tokenOut.address
    node.ask([.header(.number(first)), .arrivals(of: token, to: wallet, from: first, to: last)]) { answers, fault in
      guard fault.isEmpty, answers.count == 2, case .header(let block) = answers[0], case .logs(let logs) = answers[1]
      else {
        // Asked again with the next block.
        swap.isSearching = false
        let words = fault.isEmpty ? answers.first { !$0.fault.isEmpty }?.fault ?? "" : fault
        return self.out.log(.warning, "what became of \(swap.venue) is not known yet: \(words)")
      }
      var hashes: [String] = []
      for log in logs.reversed() where !hashes.contains(log.transaction) && hashes.count < Self.mostArrivals {
        hashes.append(log.transaction)
      }
      self.node.ask(hashes.map { .transaction($0) }) { answers, fault in
        for case .transaction(let sent) in answers where sent.from == wallet && sent.nonce == swap.nonce {
          swap.isSearching = false
          guard let attempt = self.attempt(swap, sent, wallet) else { return self.endOther(swap) }
          swap.attempts.append(attempt)
          return self.track()
        }
        guard fault.isEmpty else {
          swap.isSearching = false
          return
        }
        // Not before it was commanded, with what clocks may differ by.
        let time = block.time.multipliedSaturated(by: 1_000_000_000)
        let isBefore = time < swap.since.subtractingSaturated(60_000_000_000)
        if first == 0 || isBefore || count + 1 >= Self.mostSearches { return self.endOther(swap) }
        self.search(swap, through: first - 1, count: count + 1)
      }
    }
  }
}
