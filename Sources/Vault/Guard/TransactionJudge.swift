import CPatchbay
import Catalog
import Decimals

/// A rule of which transactions may be signed, with its selectors made once.
struct TransactionForm: Sendable {
  struct Call: Sendable {
    /// Four bytes.
    let selector: [UInt8]
    let says: OrderTerms
    let words: [SignedTransaction.Word]
  }

  let rule: SignedTransaction
  let calls: [Call]

  /// Nil for other rules.
  init?(_ rule: SigningRule) {
    guard case .transaction(let transaction) = rule else { return nil }
    self.rule = transaction
    calls = transaction.calls.map { call in
      Call(
        selector: Array(Keccak256.digest(Array(call.function.utf8)).prefix(4)), says: call.says, words: call.words)
    }
  }
}

/// Compares the transaction that a request signs with what its command asks for: chain, contract, function, and each
/// word of the call, down to amounts in the tokens' smallest units. A signature counts whatever carries it, so nothing
/// else of the request is compared.
struct TransactionJudge {
  private let nonces: ChainNonces

  init(_ nonces: ChainNonces) { self.nonces = nonces }

  /// Finds the licensed item that the transaction is for, and marks it as left; otherwise says why it is none.
  /// - Parameters:
  ///   - command: what a transaction is for that is of no order.
  ///   - time: nanoseconds since 1970.
  func take(
    _ request: EvaluatedRequest, as act: JudgedAct, _ bound: BoundAct, of licence: inout Licence, command: UInt64,
    _ account: SealAccount, time: Int64
  ) -> String? {
    // Where its id stands beside it, the same transaction is signed twice, to the same signature.
    guard let trace = request.trace, let first = trace.signed.first, trace.signed.allSatisfy({ $0 == first }) else {
      return "it does not sign one transaction"
    }
    guard let message = trace.message(of: first), let transaction = ChainTransaction(signed: message) else {
      return "what it signs is no transaction of EIP-1559, or depends on a secret"
    }
    guard let signer = account.signingKey.flatMap({ ChainAddress.evm.text(of: $0) }).flatMap({ Encoding.unhex($0) })
    else { return "the account has no key of such a chain" }
    var reason = "every item of its command has left already"
    for index in licence.items.indices where licence.items[index].left == 0 {
      let item = licence.items[index]
      guard bound.verb != .cancel || item.cancelled & bound.mark == 0 else { continue }
      let comparison = Comparison(
        transaction: transaction, item: item, verb: bound.verb, signer: signer, now: time / 1_000_000_000)
      guard let fault = comparison.fault(act.transactions) else {
        guard !item.isAboveCap || bound.verb == .cancel else {
          return "it is worth more than the permit's notional_cap"
        }
        let key = ChainNonces.Key(signer: signer, chain: transaction.chain, nonce: transaction.nonce)
        let name = item.clientOrder.isEmpty ? Array("#\(command)".utf8) : item.clientOrder
        let isChange = bound.verb == .cancel || bound.verb == .amend
        if isChange, let kept = Self.nonce(keptOf: item), kept != transaction.nonce {
          return "its nonce is not that of the order's own transaction"
        }
        if let fault = nonces.take(key, for: name, isChange: isChange) { return fault }
        if bound.verb == .cancel {
          licence.items[index].cancelled |= bound.mark
          licence.cancels += 1
        } else {
          licence.items[index].left |= bound.mark
          licence.departed += 1
        }
        return nil
      }
      reason = fault
    }
    return reason
  }

  /// The nonce that the names of an order's transactions say, as they were kept before these left: it outlives the
  /// host. See `ResolvedSend.transaction`.
  private static func nonce(keptOf item: LicenceItem) -> UInt64? {
    for name in item.venueOrders where name.count > 67 && name.starts(with: "0x".utf8) {
      guard name[66] == UInt8(ascii: "-") else { continue }
      if let nonce = UInt64(String(decoding: name[67...], as: UTF8.self)) { return nonce }
    }
    return nil
  }
}

/// One transaction beside one item of a command.
private struct Comparison {
  let transaction: ChainTransaction
  let item: LicenceItem
  let verb: ActRules.Verb
  let signer: [UInt8]
  /// Seconds since 1970.
  let now: Int64

  private static let types: OrderTerms = [.limit, .market]
  /// What a swap cannot be.
  private static let others: OrderTerms = [
    .stopLimit, .stopMarket, .takeLimit, .takeMarket, .postOnly, .reduceOnly, .close, .byValue, .goodTillDate, .long,
    .short,
  ]

  /// Why a rule does not permit it, and how far it agreed with the rule before: of several rules the one that it comes
  /// closest to says why.
  private struct Fault {
    var reason: String
    var agreed: Agreement
    /// The word that differs.
    var place = 0

    enum Agreement: Int { case chain, contract, function, words }

    init(_ reason: String, _ agreed: Agreement = .contract, place: Int = 0) {
      (self.reason, self.agreed, self.place) = (reason, agreed, place)
    }

    /// The closer one; of two that are as close, the later.
    func closer(_ other: Fault?) -> Fault {
      guard let other else { return self }
      return (agreed.rawValue, place) >= (other.agreed.rawValue, other.place) ? self : other
    }
  }

  func fault(_ forms: [TransactionForm]) -> String? {
    var closest: Fault?
    for form in forms {
      guard let settled = form.rule.settled else {
        closest = Fault("the configuration lacks the chain, a contract, a token or the most that is paid for gas")
          .closer(closest)
        continue
      }
      guard let fault = fault(form, settled) else { return nil }
      closest = fault.closer(closest)
    }
    return closest?.reason ?? ""
  }

  private func fault(_ form: TransactionForm, _ settled: SignedTransaction.Settled) -> Fault? {
    if let reason = frameFault(form, settled) { return Fault(reason, .chain) }
    guard !form.calls.isEmpty else {
      return transaction.data.isEmpty ? nil : Fault("it carries data, and calls nothing")
    }
    if verb == .place || verb == .amend, !item.terms.isDisjoint(with: Self.others) {
      return Fault("its command is no order that a swap can be")
    }
    guard transaction.data.count >= 4 else { return Fault("it calls no function") }
    let selector = transaction.data.prefix(4), words = transaction.data.dropFirst(4)
    var closest = Fault("it calls another function")
    for call in form.calls where call.selector.elementsEqual(selector) {
      guard words.count == call.words.reduce(0, { $0 + $1.width }) else {
        closest = Fault("its call has another length", .function).closer(closest)
        continue
      }
      guard call.says.isSubset(of: item.terms) else {
        closest = Fault("its call is of the other side", .function).closer(closest)
        continue
      }
      guard let fault = fault(words, call, settled) else { return nil }
      closest = fault.closer(closest)
    }
    return closest
  }

  /// What is the same whichever function is called.
  private func frameFault(_ form: TransactionForm, _ settled: SignedTransaction.Settled) -> String? {
    guard transaction.chain == settled.chain else { return "it is for chain \(transaction.chain)" }
    guard transaction.value.isEmpty else { return "it pays in the chain's own asset" }
    guard transaction.gas <= form.rule.gas else { return "it may use \(transaction.gas) gas" }
    guard transaction.most <= settled.mostPerGas, transaction.priority <= transaction.most else {
      return "it pays more for gas than the configuration allows"
    }
    guard let wanted = target(form.rule.target, settled), transaction.to == wanted else {
      return "it goes to another account or contract than the manifest says"
    }
    return nil
  }

  private func target(_ target: SignedTransaction.Target, _ settled: SignedTransaction.Settled) -> [UInt8]? {
    switch target {
    case .setting(let name): settled.addresses[name]
    case .asset: settled.tokens[String(decoding: item.symbol, as: UTF8.self)]?.address
    case .key: signer
    }
  }

  private func fault(
    _ words: ArraySlice<UInt8>, _ call: TransactionForm.Call, _ settled: SignedTransaction.Settled
  ) -> Fault? {
    var start = words.startIndex
    for (place, rule) in call.words.enumerated() {
      if let fault = fault(Array(words[start..<start + rule.width]), rule, settled) {
        return Fault("word \(place + 1) of its call: \(fault)", .words, place: place)
      }
      start += rule.width
    }
    return nil
  }

  /// The tokens of the command: those that its symbol names, or the one that it is.
  private func token(_ place: Int, _ settled: SignedTransaction.Settled) -> SignedTransaction.Token? {
    part(place).flatMap { settled.tokens[$0] }
  }

  private func part(_ place: Int) -> String? {
    let parts = item.symbol.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return place < parts.count ? String(decoding: parts[place], as: UTF8.self) : nil
  }

  private func fault(
    _ word: [UInt8], _ rule: SignedTransaction.Word, _ settled: SignedTransaction.Settled
  ) -> String? {
    switch rule {
    case .constant(let bytes): return word == bytes ? nil : "it is not the constant"
    case .signer: return word == Self.padded(signer) ? nil : "it is not the account that signs"
    case .setting(let name):
      return settled.addresses[name].map { Self.padded($0) } == word ? nil : "it is not \(name) of the configuration"
    case .base, .quote:
      let address = token(rule == .base ? 0 : 1, settled)?.address
      return address.map { Self.padded($0) } == word ? nil : "it is not the token that the symbol names"
    case .quantity:
      guard let decimals = token(0, settled)?.decimals, let quantity = item.quantity,
        let units = Self.units(WideDecimal(quantity), decimals, up: false), units.isExact
      else { return "the command has no quantity that is whole in the token's smallest unit" }
      return units.word == word ? nil : "it is not the command's quantity"
    case .limit: return limitFault(word, settled)
    case .deadline:
      guard let until = Self.number(word) else { return "it is no time" }
      return until >= now && until <= now + SignedTransaction.life ? nil : "it is over, or too far ahead"
    case .part(let number):
      let digits = part(number - 1).flatMap { Encoding.bigEndian(decimal: Array($0.utf8), width: 32) }
      return digits == word ? nil : "it is not what the symbol says"
    case .entry(let list, let field):
      let symbol = String(decoding: item.symbol, as: UTF8.self)
      let isIt = settled.entries["\(list).\(field)"]?[symbol] == word
      return isIt ? nil : "it is not the \(field) that \(list) of the configuration has for the symbol"
    case .selector(let function):
      let selector = Keccak256.digest(Array(function.utf8)).prefix(4)
      return selector.elementsEqual(word) ? nil : "it is another function"
    case .zeros: return word.allSatisfy { $0 == 0 } ? nil : "it is not zero"
    }
  }

  private func limitFault(_ word: [UInt8], _ settled: SignedTransaction.Settled) -> String? {
    let isSale = item.terms.contains(.sell)
    guard word.contains(where: { $0 != 0 }) else { return "it is zero: anything would do" }
    guard let price = item.price else {
      // A market order leaves the price open.
      return item.terms.contains(.market) ? nil : "the command has no price"
    }
    guard let quantity = item.quantity, let decimals = token(1, settled)?.decimals,
      let worth = WideDecimal(quantity, times: price), let units = Self.units(worth, decimals, up: isSale)
    else { return "the command's quantity and price cannot be multiplied" }
    let isWithin = isSale ? !word.lexicographicallyPrecedes(units.word) : !units.word.lexicographicallyPrecedes(word)
    return isWithin ? nil : "it is beyond the command's price"
  }

  // MARK: Numbers

  private static func padded(_ address: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: 12) + address }

  private static func number(_ word: [UInt8]) -> Int64? {
    guard word.dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
    return Int64(exactly: word.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// A number of tokens in their smallest units; nil for what is below zero, has lost digits, or does not fit.
  private static func units(_ value: WideDecimal, _ decimals: Int, up: Bool) -> (word: [UInt8], isExact: Bool)? {
    guard value.isExact, value.mantissa >= 0 else { return nil }
    var digits = Array("\(value.mantissa)".utf8)
    let places = decimals + Int(value.exponent)
    var isExact = true
    if places >= 0 {
      digits += [UInt8](repeating: UInt8(ascii: "0"), count: places)
    } else {
      let cut = digits.suffix(-places)
      isExact = cut.allSatisfy { $0 == UInt8(ascii: "0") }
      digits = -places >= digits.count ? [UInt8(ascii: "0")] : Array(digits.dropLast(-places))
    }
    guard var word = Encoding.bigEndian(decimal: digits, width: 32) else { return nil }
    if !isExact, up {
      for index in word.indices.reversed() {
        word[index] &+= 1
        if word[index] != 0 { break }
      }
    }
    return (word, isExact)
  }
}
