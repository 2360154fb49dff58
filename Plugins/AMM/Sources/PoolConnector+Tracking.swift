import CPatchbay
import ConnectorKit
import Decimals

/// What becomes of transactions, block by block: fills come of receipts that are as deep as the configuration wants.
extension PoolConnector {
  struct Approval {
    var account: pb_id
    var nonce: UInt64
    var hash: String
  }

  enum TransactionState: UInt32 {
    case submitted = 1, included, final, failed, replaced, dropped, reorganised
  }

  /// Asks what became of what is under way. Begins when a look has ended well.
  func track() {
    guard !isTracking, let head, !swaps.isEmpty || !approvals.isEmpty else { return }
    isTracking = true
    let deep = head.number >= settings.confirmations ? head.number - settings.confirmations + 1 : 0
    var calls: [NodeCall] = [.header(.number(deep))]
    let swaps = swaps, approvals = approvals
    for swap in swaps {
      calls.append(.count(wallets[swap.account] ?? .none, at: .number(deep)))
      for attempt in swap.attempts { calls += [.receipt(attempt.hash), .presence(attempt.hash)] }
    }
    for approval in approvals {
      calls += [.count(wallets[approval.account] ?? .none, at: .number(deep)), .receipt(approval.hash)]
    }
    node.ask(calls) { answers, fault in
      guard fault.isEmpty, case .header(let past)? = answers.first else {
        self.isTracking = false
        return
      }
      var place = 1
      var settled: [(Swap, Int, Receipt)] = []
      for swap in swaps {
        let count = 1 + 2 * swap.attempts.count
        let own = Array(answers[place..<min(place + count, answers.count)])
        place += count
        if let found = self.judge(swap, own, head, past) { settled.append(found) }
      }
      for approval in approvals {
        self.judge(approval, Array(answers[place..<min(place + 2, answers.count)]), head)
        place += 2
      }
      self.confirm(settled)
    }
  }

  /// The attempt that counts, where it is deep enough.
  private func judge(
    _ swap: Swap, _ answers: [NodeAnswer], _ head: BlockHeader, _ past: BlockHeader
  ) -> (Swap, Int, Receipt)? {
    var found: (Int, Receipt)?
    for place in swap.attempts.indices where 2 + 2 * place < answers.count {
      let hash = swap.attempts[place].hash
      switch answers[1 + 2 * place] {
      case .receipt(let receipt):
        guard receipt.transaction.lowercased() == hash, receipt.block <= head.number else { continue }
        if swap.attempts[place].block?.hash != receipt.blockHash {
          swap.attempts[place].block = (receipt.block, receipt.blockHash)
          report(transaction: hash, .included, swap.account, 0, receipt)
        }
        found = (place, receipt)
      case .missing:
        if let block = swap.attempts[place].block {
          swap.attempts[place].block = nil
          let words = "the chain was reorganised: it is not in block \(block.number) any more"
          report(transaction: hash, .reorganised, swap.account, 0, words: words)
        }
        if case .missing = answers[2 + 2 * place], swap.attempts[place].isKnown {
          swap.attempts[place].isKnown = false
          report(
            transaction: hash, .dropped, swap.account, 0,
            words: "the node knows nothing of it any more; until its deadline it may still be included")
        } else if case .present = answers[2 + 2 * place] {
          swap.attempts[place].isKnown = true
        }
      default: continue
      }
    }
    if let (place, receipt) = found {
      return head.number - receipt.block + 1 >= settings.confirmations ? (swap, place, receipt) : nil
    }
    // Only what the node has answered in full says that there is none.
    let isAnswered = swap.attempts.indices.allSatisfy { place in
      if 1 + 2 * place < answers.count, case .missing = answers[1 + 2 * place] { true } else { false }
    }
    guard isAnswered, !swap.attempts.isEmpty, let nonce = swap.nonce else { return nil }
    if case .number(let count)? = answers.first, count > UInt256(UInt128(nonce)) {
      if !swap.isFound { endOther(swap) } else if !swap.isSearching { search(swap, through: head.number) }
    } else if swap.attempts.allSatisfy({ $0.isCancel || $0.deadline < past.time }) {
      end(swap, .expired, "it was in no block before its deadline, and cannot swap any more")
    }
    return nil
  }

  /// Another transaction has its nonce, as deep as it has to be.
  func endOther(_ swap: Swap) {
    let nonce = swap.nonce.map { " \($0)" } ?? ""
    end(swap, .cancelled, "another transaction of the account has taken its nonce\(nonce)")
  }

  private func judge(_ approval: Approval, _ answers: [NodeAnswer], _ head: BlockHeader) {
    func over() { approvals.removeAll { $0.hash == approval.hash } }
    guard answers.count == 2 else { return }
    if case .receipt(let receipt) = answers[1], receipt.transaction.lowercased() == approval.hash {
      guard receipt.block <= head.number, head.number - receipt.block + 1 >= settings.confirmations else { return }
      report(
        transaction: approval.hash, receipt.isSuccess ? .final : .failed, approval.account, 0, receipt,
        words: receipt.isSuccess ? "" : "it was reverted: nothing more may be spent")
      over()
    } else if case .missing = answers[1], case .number(let count) = answers[0],
      count > UInt256(UInt128(approval.nonce))
    {
      report(transaction: approval.hash, .replaced, approval.account, 0, words: "another transaction took its nonce")
      over()
    }
  }

  /// Whether the blocks that receipts name are those of the chain; then they count.
  private func confirm(_ found: [(swap: Swap, place: Int, receipt: Receipt)]) {
    guard !found.isEmpty else {
      isTracking = false
      return
    }
    var calls: [NodeCall] = []
    for (swap, _, receipt) in found {
      let wallet = wallets[swap.account] ?? .none, block = receipt.block
      calls.append(.header(.number(block)))
      for token in [swap.pool.base, swap.pool.quote] {
        for number in [block, max(block, 1) - 1] {
          calls.append(.call(token.address, CallData("70a08231", wallet.value), at: .number(number)))
        }
      }
    }
    node.ask(calls) { answers, fault in
      self.isTracking = false
      guard fault.isEmpty, answers.count == 5 * found.count else { return }
      for (index, (swap, place, receipt)) in found.enumerated() {
        let own = Array(answers[5 * index..<5 * index + 5])
        guard case .header(let header) = own[0], header.hash == receipt.blockHash else {
          self.out.log(.warning, "the node gives a receipt of a block that is not of its chain: it is not believed")
          continue
        }
        // Of several swaps in one block, what the wallet has says nothing of one.
        let isAlone = !found.contains { $0.swap !== swap && $0.receipt.block == receipt.block }
        self.settle(swap, place, receipt, header, isAlone ? own.dropFirst().map { $0.word() } : nil)
      }
    }
  }

  /// - Parameter held: what the wallet had of base and quote after the block and before it; `nil` = it cannot be said.
  private func settle(
    _ swap: Swap, _ place: Int, _ receipt: Receipt, _ header: BlockHeader, _ held: [UInt256?]?
  ) {
    let attempt = swap.attempts[place]
    for other in swap.attempts where other.hash != attempt.hash {
      report(transaction: other.hash, .replaced, swap.account, 0, words: "\(attempt.hash) took its nonce")
    }
    guard receipt.isSuccess else {
      report(transaction: attempt.hash, .failed, swap.account, 0, receipt, words: "it was reverted")
      return end(
        swap, .cancelled, "the contract reverted it: the price had moved beyond the limit, or time was over")
    }
    guard !attempt.isCancel else {
      report(transaction: attempt.hash, .final, swap.account, 0, receipt)
      return end(swap, .cancelled, "")
    }
    guard let wallet = wallets[swap.account],
      let result = swap.result(
        receipt, attempt, wallet: wallet, of: reporter(of: swap.pool), trade: { self.event($0, swap.pool) }),
      isAsHeld(swap, result, receipt, held), let fill = Fill(result, swap.pool)
    else {
      if !swap.isDoubted {
        swap.isDoubted = true
        out.log(
          .error, "the receipt of \(attempt.hash) does not fit the swap that was signed: its amounts are not believed, "
            + "and the order stays open; ask another node")
      }
      return
    }
    report(transaction: attempt.hash, .final, swap.account, 0, receipt)
    var words = ""
    if result.keepsAPart {
      words = "a token keeps a part of what is transferred: the wallet gave or got less than the pool counts"
      swap.pool.fault = "\(swap.pool.symbol): \(words); it is not traded any more"
      out.log(.error, swap.pool.fault)
      lose(swap.pool, swap.pool.fault)
    }
    report(swap, fill, attempt.hash, header)
    end(swap, .filled, words, fill)
    balances(swap.account)
  }

  /// Whether what the wallet has says the same; where that cannot be known, whether the pool and the tokens agree.
  private func isAsHeld(_ swap: Swap, _ result: SwapResult, _ receipt: Receipt, _ held: [UInt256?]?) -> Bool {
    guard let held else { return !result.keepsAPart }
    guard let gas = receipt.cost else { return false }
    return swap.isOf(result, held, gas: gas, of: nativeToken)
  }

  /// Amounts as the host counts them.
  struct Fill {
    var quantity: Decimal64
    var price: Decimal64

    init?(_ result: SwapResult, _ pool: Pool) {
      let places = Int32(pool.base.decimals), more = Int32(pool.base.decimals - pool.quote.decimals)
      guard let quantity = Decimal64.quotient(result.base, .one, exponent: -places)?.value, quantity.isPositive,
        let price = Decimal64.quotient(result.quote, result.base, exponent: more)?.value, price.isPositive
      else { return nil }
      (self.quantity, self.price) = (quantity, price)
    }
  }

  private func end(_ swap: Swap, _ state: OrderState, _ words: String, _ fill: Fill? = nil) {
    forget(swap)
    // The host has been told that it was refused; of such a one only a fill is news.
    guard !swap.isRefused || fill != nil else { return }
    report(swap, state, words, fill)
  }

  // MARK: Facts

  func report(_ swap: Swap, _ state: OrderState, _ words: String = "", _ fill: Fill? = nil, command: pb_id = 0) {
    var fields = pb_order()
    (fields.account, fields.instrument, fields.order) = (swap.account, swap.pool.id, swap.order)
    (fields.command, fields.state, fields.side) = (command, state.rawValue, swap.side.rawValue)
    (fields.type, fields.venue_ns) = (swap.type.rawValue, out.now.venue)
    fields.price = pb_dec(swap.price)
    fields.quantity = pb_dec(swap.quantity)
    fields.filled = pb_dec(fill?.quantity ?? .zero)
    fields.average = pb_dec(fill?.price)
    out.order(fields, client: swap.client, venue: swap.venue, reason: words)
  }

  private func report(_ swap: Swap, _ fill: Fill, _ hash: String, _ header: BlockHeader) {
    var fields = pb_fill()
    (fields.account, fields.instrument, fields.order) = (swap.account, swap.pool.id, swap.order)
    (fields.side, fields.liquidity) = (swap.side.rawValue, UInt32(PB_LIQUIDITY_TAKER))
    fields.venue_ns = header.time.multipliedSaturated(by: 1_000_000_000)
    (fields.price, fields.quantity) = (pb_dec(fill.price), pb_dec(fill.quantity))
    // What the pool keeps is in the price.
    fields.fee = pb_dec(Decimal64.zero)
    out.fill(fields, trade: hash, client: swap.client, venue: swap.venue, feeAsset: swap.pool.quote.symbol)
  }

  func report(
    transaction hash: String, _ state: TransactionState, _ account: pb_id, _ command: pb_id, _ receipt: Receipt? = nil,
    words: String = ""
  ) {
    out.begin(pb_transaction.self)
    var record = pb_transaction()
    (record.account, record.command, record.state) = (account, command, state.rawValue)
    record.height = receipt?.block ?? 0
    let swap = swaps.first { $0.attempts.contains { $0.hash == hash } }
    record.order = swap?.order ?? 0
    record.nonce = swap?.nonce ?? approvals.first { $0.hash == hash }?.nonce ?? 0
    record.venue_ns = out.now.venue
    if let cost = receipt?.cost {
      record.gas = pb_dec(Decimal64.quotient(cost, .one, exponent: -18))
    }
    record.hash = out.text(hash)
    record.reason = out.text(words)
    out.emit(record, kind: PB_EV_TRANSACTION)
  }

  // MARK: Questions of the host

  /// What the wallet has of every token, and of the chain's own asset; pushed where no command asks.
  func balances(_ account: pb_id, command: pb_id = 0) {
    guard let wallet = wallets[account] else {
      return out.refuse(command, .authentication, "the account has no address")
    }
    var tokens: [Token] = []
    for token in pools.flatMap({ [$0.base, $0.quote] }) where !tokens.contains(token) { tokens.append(token) }
    let calls = tokens.map { NodeCall.call($0.address, CallData("70a08231", wallet.value), at: .latest) }
    node.ask([.balance(wallet, at: .latest)] + calls) { answers, fault in
      guard fault.isEmpty, case .number(let own)? = answers.first else {
        return self.out.refuse(command, .transient, fault.isEmpty ? answers.first?.fault ?? "" : fault)
      }
      self.balance(account, self.settings.native, own, 18, command)
      for (token, answer) in zip(tokens, answers.dropFirst()) {
        guard let units = answer.word() else {
          self.out.refuse(command, .transient, "\(token.symbol): \(answer.fault)")
          return
        }
        self.balance(account, token.symbol, units, token.decimals, command)
      }
      guard command != 0 else { return }
      self.out.complete(PB_EV_BALANCE, command: command, account: account)
      self.out.done(command)
    }
  }

  private func balance(_ account: pb_id, _ asset: String, _ units: UInt256, _ decimals: Int, _ command: pb_id) {
    guard let total = Decimal64.quotient(units, .one, exponent: -Int32(decimals))?.value else { return }
    out.balance(account: account, asset: asset, total: total, available: total, command: command)
  }

  func openOrders(_ command: OwnedCommand) {
    for swap in swaps where swap.account == command.account && !swap.isRefused && !swap.attempts.isEmpty {
      report(swap, .open, command: command.id)
    }
    // What a host before this one has sent may still be included, until its deadline.
    let isYoung = out.now.mono.subtractingSaturated(started) < settings.life.multipliedSaturated(by: 1_000_000_000)
    out.complete(PB_EV_ORDER, command: command.id, account: command.account, partial: isYoung)
    out.done(command.id)
  }

  func order(_ command: OwnedCommand) {
    if let swap = find(command), !swap.attempts.isEmpty {
      report(swap, .open, command: command.id)
      return out.done(command.id)
    }
    if let name = TransactionName(command.venueOrder) { return find(name, of: command) }
    let isYoung = out.now.mono.subtractingSaturated(started) < settings.life.multipliedSaturated(by: 1_000_000_000)
    guard !isYoung else {
      return out.refuse(
        command.id, .transient, "swaps of before the start may be included until their deadline, in "
          + "\(settings.life) seconds")
    }
    out.refuse(command.id, .unknownOrder, "no such swap is under way")
  }
}
