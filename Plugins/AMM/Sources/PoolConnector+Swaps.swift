import CPatchbay
import ConnectorKit
import Decimals

/// Orders as swaps: from the command to a transaction that the node has.
extension PoolConnector {
  /// What the manifest permits with an account.
  public struct SwapActs: Sendable {
    public var place, amend, cancel, approve: PermittedAct

    public init(place: PermittedAct, amend: PermittedAct, cancel: PermittedAct, approve: PermittedAct) {
      (self.place, self.amend, self.cancel, self.approve) = (place, amend, cancel, approve)
    }
  }

  /// What a transaction costs, as far as the chain says.
  struct GasTerms {
    var most: UInt256
    var priority: UInt256
  }

  // MARK: Commands

  func place(_ command: OwnedCommand) {
    guard isSetUp, acts != nil else {
      return out.refuse(command.id, .transient, "the pools are not known yet: ask for the instruments first")
    }
    guard wallets[command.account] != nil else {
      return out.refuse(command.id, .authentication, "the account has no address: add \"address\" to its credentials")
    }
    guard let pool = pool(command.instrument), pool.fault.isEmpty else {
      return out.refuse(command.id, .unknownInstrument, pool(command.instrument)?.fault ?? "no such pool")
    }
    guard let type = command.type, type == .limit || type == .market, command.flags.isEmpty, command.side != .none
    else {
      return out.refuse(command.id, .unsupported, "a swap is an order of the type limit or market, without flags")
    }
    guard let quantity = command.quantity, quantity.isPositive, (command.price == nil) == (type == .market) else {
      return out.refuse(command.id, .invalidOrder, "a swap is of a quantity in base, and of a price if it is limited")
    }
    guard let units = pool.units(quantity) else {
      return out.refuse(command.id, .invalidOrder, pool.base.odd(quantity))
    }
    guard swaps.count < Self.mostSwaps else {
      return out.refuse(command.id, .other, "\(Self.mostSwaps) swaps are under way already")
    }
    waitingSwaps.append(Swap(command, pool, units: units, quantity: quantity, type: type))
    look()
  }

  func find(_ command: OwnedCommand) -> Swap? {
    swaps.first { swap in
      guard swap.account == command.account else { return false }
      if command.venueOrder.isEmpty || swap.client == command.clientOrder { return swap.client == command.clientOrder }
      return swap.isNamed(command.venueOrder)
    }
  }

  /// Another price or more gas, under the same nonce: at most one of the two counts.
  func amend(_ command: OwnedCommand) {
    guard let swap = find(command), !swap.isRefused else {
      return out.refuse(command.id, .unknownOrder, "no such swap is under way")
    }
    guard command.quantity == nil || command.quantity == swap.quantity else {
      return out.refuse(command.id, .unsupported, "of a swap that is under way only the price can be changed")
    }
    waitingSwaps.append(Swap(command, changing: swap))
    look()
  }

  func cancel(_ command: OwnedCommand) {
    guard let swap = find(command), let nonce = swap.nonce, let acts, let wallet = wallets[swap.account] else {
      return out.refuse(command.id, .unknownOrder, "no such swap is under way")
    }
    // Whoever asks again does not pay more for it.
    if isBeingCancelled(swap) { return out.done(command.id) }
    node.ask([.priorityFee]) { answers, _ in
      guard let terms = self.gasTerms(answers.first, above: swap) else {
        return self.out.refuse(command.id, .other, self.gasWords)
      }
      let transaction = self.transaction(to: wallet, nonce, gas: 21_000, "0x", terms)
      self.node.send(transaction, by: acts.cancel, account: swap.account, command: command.id) { sent in
        self.finish(command, sent) { hash in
          swap.attempts.append(
            Swap.Attempt(
              hash: hash, isCancel: true, most: terms.most, priority: terms.priority, deadline: .max, limit: .zero))
          self.report(transaction: hash, .submitted, swap.account, command.id)
        }
      }
    }
  }

  /// A transaction in its place is in a block, or waits and pays what the chain wants.
  private func isBeingCancelled(_ swap: Swap) -> Bool {
    swap.attempts.contains { attempt in
      guard attempt.isCancel else { return false }
      if attempt.block != nil { return true }
      guard attempt.isKnown, attempt.hash == swap.attempts.last?.hash, let fee = head?.baseFee,
        let needed = try? fee + attempt.priority
      else { return false }
      return needed <= attempt.most
    }
  }

  /// Lets the router spend a token of the account, up to a quantity.
  func approve(_ command: OwnedCommand) {
    let token = pools.lazy.flatMap { [$0.base, $0.quote] }.first { $0.symbol == command.symbol }
    guard let token, let quantity = command.quantity, !quantity.isNegative else {
      return out.refuse(command.id, .invalidOrder, "what may be spent is a token of the configuration and a quantity")
    }
    guard let units = quantity == .zero ? UInt256.zero : Token.units(quantity, token.decimals) else {
      return out.refuse(command.id, .invalidOrder, token.odd(quantity))
    }
    guard let acts, let wallet = wallets[command.account], let head else {
      return out.refuse(command.id, .transient, "the account or the chain is not known yet")
    }
    var spenders: [Address] = []
    for pool in pools where pool.base == token || pool.quote == token {
      if !spenders.contains(router(of: pool)) { spenders.append(router(of: pool)) }
    }
    guard spenders.count > 1 else {
      return approve(command, token, units, acts, wallet, head, spenders.first ?? settings.router)
    }
    let calls = spenders.map { spender in
      NodeCall.call(token.address, CallData("dd62ed3e", wallet.value, spender.value), at: .number(head.number))
    }
    // Contracts of several kinds swap it: one command is one transaction, for the first that may spend another
    // quantity.
    node.ask(calls) { answers, fault in
      guard fault.isEmpty else { return self.out.refuse(command.id, .transient, fault) }
      let place = answers.firstIndex { $0.word() != units } ?? 0
      self.out.log(
        .info, "\(spenders[place].text) is to spend \(units.text) 10^-\(token.decimals) \(token.symbol); "
          + "\(spenders.count) contracts swap it, and each needs a command of its own")
      self.approve(command, token, units, acts, wallet, head, spenders[place])
    }
  }

  private func approve(
    _ command: OwnedCommand, _ token: Token, _ units: UInt256, _ acts: SwapActs, _ wallet: Address,
    _ head: BlockHeader, _ spender: Address
  ) {
    let data = CallData("095ea7b3", spender.value, units)
    let questions: [NodeCall] = [
      .count(wallet, at: .latest), .count(wallet, at: .pending), .priorityFee,
      .call(token.address, data, from: wallet, at: .number(head.number)), .estimate(token.address, data, from: wallet),
    ]
    node.ask(questions) { answers, fault in
      guard fault.isEmpty, let nonce = self.nonce(answers, command.account), let gas = self.gas(answers[4]) else {
        let words = fault.isEmpty ? answers.first { !$0.fault.isEmpty }?.fault ?? "" : fault
        return self.out.refuse(command.id, .transient, words)
      }
      guard answers[3].fault.isEmpty, let terms = self.gasTerms(answers[2], above: nil) else {
        let words = answers[3].fault.isEmpty ? self.gasWords : answers[3].fault
        return self.out.refuse(command.id, .other, words)
      }
      let transaction = self.transaction(to: token.address, nonce, gas: gas, data.text, terms)
      self.node.send(transaction, by: acts.approve, account: command.account, command: command.id) { sent in
        self.finish(command, sent) { hash in
          self.approvals.append(Approval(account: command.account, nonce: nonce, hash: hash))
          self.report(transaction: hash, .submitted, command.account, command.id)
        }
      }
    }
  }

  private func finish(_ command: OwnedCommand, _ sent: NodeLink.Sent, _ accepted: (String) -> Void) {
    switch sent {
    case .accepted(let hash):
      accepted(hash)
      out.done(command.id)
    case .refused(let hash, let words):
      // What a node refuses it has seen: it could be sent on.
      if !hash.isEmpty { accepted(hash) }
      out.refuse(command.id, hash.isEmpty ? .notSent : .other, words)
    case .unknown(let hash, let words):
      if !hash.isEmpty { accepted(hash) }
      out.reply(command.id, .unknown, .transient, words)
    }
  }

  // MARK: From a fresh state to a transaction

  /// The state is of the newest block: what the swap would give is known.
  func proceed(_ swap: Swap) {
    let pool = swap.pool, command = swap.command.id
    guard let head, pool.header?.hash == head.hash else {
      guard pool.trouble.isEmpty else { return out.refuse(command, .transient, pool.trouble) }
      swap.tries += 1
      guard swap.tries < 4 else { return out.refuse(command, .transient, "the pool's state cannot be had") }
      waitingSwaps.append(swap)
      return look()
    }
    let amounts: Pool.Amounts
    do { amounts = try pool.amounts(swap.side, base: swap.units) } catch {
      return out.refuse(command, .funds, error.words)
    }
    guard let limit = swap.limit(amounts.quote, slippage: settings.slippage), !limit.isZero, !amounts.quote.isZero
    else {
      return out.refuse(command, .invalidOrder, "the amount is too small: nothing would come out")
    }
    guard swap.isWithin(amounts.quote, limit) else {
      let now = amounts.quote.text, unit = "10^-\(pool.quote.decimals) \(pool.quote.symbol)"
      return out.refuse(
        command, .other, "the pool stands at \(now) \(unit) for it, beyond the limit of \(limit.text): a pool keeps no "
          + "resting orders")
    }
    ask(swap, amounts, limit, head)
  }

  private func ask(_ swap: Swap, _ amounts: Pool.Amounts, _ limit: UInt256, _ head: BlockHeader) {
    guard let wallet = wallets[swap.account] else { return }
    let ends = max(head.time, out.now.wall / 1_000_000_000) + settings.life
    let deadline = hasDeadline(swap.pool) ? ends : .max
    let data = call(
      swap.pool, side: swap.side, base: swap.units, limit: limit, wallet: wallet, deadline: UInt256(UInt128(deadline)))
    let token = swap.tokenIn.address, router = router(of: swap.pool)
    let questions: [NodeCall] = [
      .count(wallet, at: .latest), .count(wallet, at: .pending), .priorityFee,
      .call(token, CallData("dd62ed3e", wallet.value, router.value), at: .number(head.number)),
      .call(token, CallData("70a08231", wallet.value), at: .number(head.number)),
      .call(router, data, from: wallet, at: .number(head.number)), .estimate(router, data, from: wallet),
    ]
    node.ask(questions) { answers, fault in
      let command = swap.command.id
      guard fault.isEmpty, let nonce = self.nonce(answers, swap.account), let allowance = answers[3].word(),
        let balance = answers[4].word()
      else {
        let words = fault.isEmpty ? answers.prefix(5).first { !$0.fault.isEmpty }?.fault ?? "" : fault
        return self.out.refuse(command, .transient, words)
      }
      let most = swap.isSale ? swap.units : limit
      if let words = self.shortage(swap, most, allowance, balance) { return self.out.refuse(command, .funds, words) }
      guard let told = self.simulated(answers[5], side: swap.side, swap.pool) else {
        return self.out.refuse(command, .other, "the swap would fail: \(answers[5].fault)")
      }
      guard told == amounts.quote else {
        return self.out.refuse(
          command, .other, "the router would swap \(told.text), and the pool's state says \(amounts.quote.text): the "
            + "node contradicts itself")
      }
      guard let gas = self.gas(answers[6]) else {
        return self.out.refuse(command, .other, "the swap would fail: \(answers[6].fault)")
      }
      guard let terms = self.gasTerms(answers[2], above: self.replaced(by: swap)) else {
        return self.out.refuse(command, .other, self.gasWords)
      }
      self.send(swap, nonce, gas, data, terms, limit, deadline)
    }
  }

  private func shortage(_ swap: Swap, _ most: UInt256, _ allowance: UInt256, _ balance: UInt256) -> String? {
    let unit = "10^-\(swap.tokenIn.decimals) \(swap.tokenIn.symbol)"
    if balance < most { return "the wallet has \(balance.text) \(unit), and the swap may take \(most.text)" }
    guard allowance < most else { return nil }
    return "the router may spend \(allowance.text) \(unit), and the swap may take \(most.text): approve it first"
  }

  /// The order that a change is of.
  private func replaced(by change: Swap) -> Swap? { change.nonce == nil ? nil : find(change.command) }

  private func send(
    _ swap: Swap, _ next: UInt64, _ gas: UInt64, _ data: CallData, _ terms: GasTerms, _ limit: UInt256,
    _ deadline: Int64
  ) {
    guard let acts else { return }
    let old = replaced(by: swap)
    let nonce = swap.nonce ?? next
    swap.nonce = nonce
    // Taken at once: of two swaps that are sent together, the second has the next one.
    if old == nil { swaps.append(swap) }
    let transaction = transaction(to: router(of: swap.pool), nonce, gas: gas, data.text, terms)
    let act = old == nil ? acts.place : acts.amend
    node.send(transaction, by: act, account: swap.account, command: swap.command.id) { sent in
      let order = old ?? swap
      func attempt(_ hash: String) {
        order.attempts.append(
          Swap.Attempt(
            hash: hash, isCancel: false, most: terms.most, priority: terms.priority, deadline: deadline, limit: limit))
        if old != nil { order.price = swap.price }
        self.report(transaction: hash, .submitted, swap.account, swap.command.id)
      }
      switch sent {
      case .accepted(let hash):
        attempt(hash)
        self.report(order, .open, command: swap.command.id)
        self.out.done(swap.command.id)
      case .unknown(let hash, let words):
        if hash.isEmpty { self.forget(swap) } else { attempt(hash) }
        self.out.reply(swap.command.id, .unknown, .transient, words)
      case .refused(let hash, let words):
        if hash.isEmpty {
          self.forget(swap)
        } else {
          // What a node refuses it has seen: it could be sent on, until its deadline.
          attempt(hash)
          if old == nil { swap.isRefused = true }
        }
        self.out.refuse(swap.command.id, hash.isEmpty ? .notSent : .other, words)
      }
    }
  }

  func forget(_ swap: Swap) { swaps.removeAll { $0 === swap } }

  func transaction(
    to: Address, _ nonce: UInt64, gas: UInt64, _ data: String, _ terms: GasTerms
  ) -> EVMTransaction {
    EVMTransaction(
      chainID: settings.chainID, nonce: "\(nonce)", gasLimit: "\(gas)", to: SealedText(to.text), value: "0",
      data: .bytes(data == "0x" ? [] : NodeLink.bytes(text: data)),
      fee: .market(priority: SealedText(terms.priority.text), most: SealedText(terms.most.text)))
  }

  // MARK: Nonce and gas

  /// Behind all that the chain knows, and all that was sent from here and may still be included.
  private func nonce(_ answers: [NodeAnswer], _ account: pb_id) -> UInt64? {
    guard case .number(let mined) = answers[0], let mined = try? mined.narrow(), mined < 1 << 62 else { return nil }
    var next = UInt64(mined)
    if case .number(let pending) = answers[1], let pending = try? pending.narrow(), pending < 1 << 62 {
      next = max(next, UInt64(pending))
    }
    // What the node has refused may have its nonce taken by the next: the chain takes one of them.
    // Nor does one of before a restart that no node knows keep the wallet waiting: of two under one nonce one counts.
    for swap in swaps where swap.account == account && !swap.isRefused {
      if swap.isFound, !swap.attempts.contains(where: { $0.isKnown }) { continue }
      if let own = swap.nonce { next = max(next, own + 1) }
    }
    for approval in approvals where approval.account == account { next = max(next, approval.nonce + 1) }
    return next
  }

  private func gas(_ answer: NodeAnswer) -> UInt64? {
    guard case .number(let gas) = answer, let gas = try? gas.narrow(), gas < 10_000_000 else { return nil }
    return min(Self.mostGas, UInt64(gas) + UInt64(gas) / 4)
  }

  var gasWords: String { "gas costs more than max_gas_gwei of the configuration, \(settings.mostGasPrice)" }

  /// Twice the newest block's base fee and a tip; of a replacement, an eighth more than what it replaces, as nodes want
  /// it. `nil` where the configuration does not allow as much.
  private func gasTerms(_ tip: NodeAnswer?, above swap: Swap?) -> GasTerms? {
    let gwei = UInt256(1_000_000_000), least = UInt256(UInt128(settings.mostGasPrice))
    guard let cap = try? gwei * least, let fee = head?.baseFee else { return nil }
    var priority = gwei
    if case .number(let told)? = tip, told < cap { priority = told }
    if let last = swap?.attempts.last {
      guard let more = try? last.priority.timesUp(UInt256(9), over: UInt256(8)) else { return nil }
      priority = max(priority, more)
    }
    guard var most = try? fee * UInt256(2) + priority else { return nil }
    if let last = swap?.attempts.last {
      guard let more = try? last.most.timesUp(UInt256(9), over: UInt256(8)) else { return nil }
      most = max(most, more)
      return most <= cap ? GasTerms(most: most, priority: priority) : nil
    }
    guard let needed = try? fee + priority, needed <= cap else { return nil }
    return GasTerms(most: min(most, cap), priority: priority)
  }
}
