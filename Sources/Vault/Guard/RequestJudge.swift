import CPatchbay
import Catalog
import Decimals

/// Compares what a trade request carries with the items that its command licenses. Keeps its memory; one guard, one
/// lane.
///
/// Each value at a bound place must be a fact of the item; what the item has and the act can say must be there. Each
/// element of a list is matched with an item of its own.
struct RequestJudge {
  private var fields = RequestFields()
  /// The exchange's own names of symbols, as first used.
  private var ownNames: [(symbol: [UInt8], name: [UInt8])] = []
  /// The request places what another command of its item, an amendment, makes of an order.
  private var isReplacement = false
  /// The items that the last request was for, in the order of its elements.
  private var taken: [Int] = []

  /// Finds the licensed items that the request is for, and marks them as left; otherwise says why it is none of them.
  mutating func take(
    _ request: EvaluatedRequest, path: ArraySlice<UInt8>?, as act: BoundAct, of licence: inout Licence,
    _ account: SealAccount?, learned: [String: [UInt8]]
  ) -> Mismatch? {
    guard fields.read(request, path, act) else { return Mismatch(fields.fault ?? "it cannot be read") }
    isReplacement = act.verb == .place && Int(licence.verb) == PB_CMD_AMEND
    for found in fields.found where act.keys[found.slot].isOfAccount {
      let slot = act.slots[found.slot], value = fields.bytes[found.value]
      guard slot.field == nil || isField(value, slot.field, account),
        slot.learned.map({ learned[$0].map { value.elementsEqual($0) } ?? false }) ?? true
      else { return Mismatch("it has another \(slot.field ?? slot.learned ?? "") than the account") }
    }
    let elements = fields.list < 0 ? -1..<0 : 0..<fields.elements
    guard !elements.isEmpty else { return Mismatch("its list is empty") }
    for slot in act.owed {
      let list = act.keys[slot].list
      guard list < 0 || list == fields.list else { continue }
      guard fields.has(slot, in: list < 0 ? -1..<0 : elements) else {
        return Mismatch("it lacks \(String(decoding: act.slots[slot].label, as: UTF8.self)), and must say it")
      }
    }
    taken.removeAll(keepingCapacity: true)
    var reason = "every item of its command has left already"
    for element in elements {
      guard let match = match(element, act, licence, &reason) else { return Mismatch(reason) }
      guard !licence.items[match].isAboveCap || act.verb == .cancel else {
        return Mismatch("it is worth more than the permit's notional_cap")
      }
      taken.append(match)
    }
    if act.hasOwnNames { for (element, item) in zip(elements, taken) { learn(element, licence.items[item], act) } }
    for item in taken {
      if act.verb == .cancel { licence.items[item].cancelled |= act.mark } else { licence.items[item].left |= act.mark }
    }
    if act.verb == .cancel { licence.cancels += 1 } else { licence.departed += 1 }
    return nil
  }

  /// The first item that an element of the request is, of those that have not left and are no other element's.
  private func match(
    _ element: Int, _ act: BoundAct, _ licence: borrowing Licence, _ reason: inout String
  ) -> Int? {
    for index in licence.items.indices where !taken.contains(index) && isFree(licence.items[index], act) {
      guard !isReplacement || licence.items[index].cancelled != 0 && licence.taken == licence.cancels else {
        reason = "the order that it replaces is to be cancelled first, and the exchange to have answered that"
        continue
      }
      guard let fault = fault(element, licence.items[index], act) else { return index }
      reason = fault
    }
    return nil
  }

  struct Mismatch {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private func isField(_ value: ArraySlice<UInt8>, _ name: String?, _ account: SealAccount?) -> Bool {
    guard let field = name.flatMap({ account?.fields[$0] }), !field.isSecret else { return false }
    return value.elementsEqual(field.bytes)
  }

  /// A cancel may leave by each of the ways that there are; anything else once.
  private func isFree(_ item: borrowing LicenceItem, _ act: BoundAct) -> Bool {
    item.left == 0 && (act.verb != .cancel || item.cancelled & act.mark == 0)
  }

  // MARK: Facts

  private func fault(_ element: Int, _ item: borrowing LicenceItem, _ act: BoundAct) -> String? {
    guard act.says.isSubset(of: item.terms) else { return "its act is for another kind of order than the command" }
    var said = act.says
    var present: UInt32 = 0
    // Facts that one value equals, as a trigger price that is the limit price too: each value stands for one of them.
    var open: [UInt32] = []
    for found in fields.found where found.element == -1 || found.element == element {
      guard act.keys[found.slot].hasFacts else { continue }
      var (bit, others): (UInt32, UInt32) = (0, 0)
      for index in act.facts[found.slot].indices {
        let own = act.facts[found.slot][index].bit
        if bit == 0 {
          if isEqual(found.value, act.facts[found.slot][index], item, &said) { bit = own }
        } else if act.facts[found.slot][index].fact.isNumber {
          var unsaid: OrderTerms = []
          if isEqual(found.value, act.facts[found.slot][index], item, &unsaid) { others |= own }
        }
      }
      guard bit != 0 else { return act.facts[found.slot][0].fact.mismatch(act.verb) }
      if others & ~bit == 0 { present |= bit } else { open.append(bit | others) }
    }
    for facts in open {
      let lacking = facts & ~present
      present |= lacking == 0 ? facts : lacking & (~lacking &+ 1)
    }
    return missing(present, said, item, act)
  }

  private static let symbol = BoundAct.bit(.symbol), price = BoundAct.bit(.price), stop = BoundAct.bit(.stop)
  private static let quantity = BoundAct.bit(.quantity), value = BoundAct.bit(.value)
  private static let expiry = BoundAct.bit(.expiry)
  private static let client = BoundAct.bit(.clientOrder), venue = BoundAct.bit(.venueOrder)
  private static let leverage = BoundAct.bit(.leverage), position = BoundAct.bit(.position)

  private func isEqual(
    _ range: Range<Int>, _ fact: borrowing SlotFact, _ item: borrowing LicenceItem, _ said: inout OrderTerms
  ) -> Bool {
    let value = fields.bytes[range], match = fact.match, scale = fact.scale
    switch fact.fact {
    case .symbol: return match == .ownName ? isOwn(value, item.symbol) : isText(value, item.symbol)
    case .clientOrder: return isText(value, item.clientOrder)
    case .venueOrder: return item.venueOrders.contains { isText(value, $0) }
    case .quantity: return isQuantity(value, item, match, scale, &said)
    case .price:
      if match == .worst, item.terms.contains(.market) { return number(value)?.isPositive == true }
      return isNumber(value, item.price, match, scale)
    case .stop: return isNumber(value, item.stop, match, scale)
    case .expiry:
      if match == .iso { return item.expiry != 0 && WrittenMoment.nanoseconds(value) == item.expiry }
      let end = Decimal64(mantissa: item.expiry, exponent: match == .seconds ? -9 : -6)
      return item.expiry != 0 && isNumber(value, end, .exact)
    case .value: return isNumber(value, item.value, match, scale)
    case .leverage:
      guard match == .negated else { return isNumber(value, item.leverage, match) }
      return value.first == UInt8(ascii: "-") && isNumber(value.dropFirst(), item.leverage, .exact)
    default:
      let hash = BoundAct.hash(value)
      for index in fact.words.indices where fact.words[index].hash == hash {
        guard value.elementsEqual(fact.words[index].text), fact.words[index].terms.isSubset(of: item.terms) else {
          return false
        }
        said.formUnion(fact.words[index].terms)
        return true
      }
      return false
    }
  }

  private func isText(_ value: ArraySlice<UInt8>, _ own: [UInt8]) -> Bool { !own.isEmpty && value.elementsEqual(own) }

  /// Plain digits with at most one point between them, and no zero before others, which some take for octal: other ways
  /// to write a number are read differently. What is written times ten to a power is brought back.
  private func number(_ value: ArraySlice<UInt8>, _ scale: Int32 = 0) -> Decimal64? {
    let zero = UInt8(ascii: "0"), point = UInt8(ascii: ".")
    guard value.allSatisfy({ $0 == point || $0 &- zero <= 9 }), value.first != point, value.last != point,
      value.first != zero || value.count == 1 || value[value.startIndex + 1] == point,
      case .exact(let number) = value.withUnsafeBufferPointer({ DecimalText.parse($0) })
    else { return nil }
    return scale == 0 ? number : number.multiplied(by: Decimal64(mantissa: 1, exponent: -scale))
  }

  private func isNumber(
    _ value: ArraySlice<UInt8>, _ own: Decimal64?, _ match: ActRules.Match, _ scale: Int32 = 0
  ) -> Bool {
    guard let own, let number = number(value, scale) else { return false }
    return match == .atMost || match == .rest ? number <= own && number.isPositive : number == own
  }

  /// A quantity in base, or in contracts, which may say the side by their sign.
  private func isQuantity(
    _ value: ArraySlice<UInt8>, _ item: borrowing LicenceItem, _ match: ActRules.Match, _ scale: Int32,
    _ said: inout OrderTerms
  ) -> Bool {
    guard match == .contracts || match == .signedContracts else {
      return isNumber(value, item.most(match, isReplacement), isReplacement ? .rest : match, scale)
    }
    var digits = value
    var side: OrderTerms = []
    if match == .signedContracts {
      side = value.first == UInt8(ascii: "-") ? .sell : .buy
      if side == .sell { digits = value.dropFirst() }
    }
    guard let own = item.most(match, isReplacement), let number = number(digits, scale), side.isSubset(of: item.terms),
      let quantity = number.multiplied(by: item.contractSize),
      isReplacement ? quantity <= own && quantity.isPositive : quantity == own
    else { return false }
    said.formUnion(side)
    return true
  }

  private func isOwn(_ value: ArraySlice<UInt8>, _ symbol: [UInt8]) -> Bool {
    guard !symbol.isEmpty, !value.isEmpty else { return false }
    for known in ownNames {
      let isName = value.elementsEqual(known.name), isSymbol = symbol == known.symbol
      if isName || isSymbol { return isName && isSymbol }
    }
    return true
  }

  private mutating func learn(_ element: Int, _ item: LicenceItem, _ act: BoundAct) {
    for found in fields.found where found.element == -1 || found.element == element {
      guard act.slots[found.slot].facts.contains(where: { $0.fact == .symbol && $0.match == .ownName }),
        !ownNames.contains(where: { $0.symbol == item.symbol })
      else { continue }
      ownNames.append((item.symbol, Array(fields.bytes[found.value])))
    }
  }

  // MARK: What must be there

  private func missing(
    _ present: UInt32, _ said: OrderTerms, _ item: borrowing LicenceItem, _ act: BoundAct
  ) -> String? {
    let lacking = act.boundBits & ~present, allowsAll = act.act.rules.allowsAll
    func lacks(_ bit: UInt32) -> Bool { lacking & bit != 0 }
    /// What decides what an order is may not be left out because the act has no place for it: another would leave.
    func owes(_ bit: UInt32) -> Bool { present & bit == 0 && (!allowsAll || lacks(bit)) }
    switch act.verb {
    case .place:
      if lacks(Self.symbol) { return "it has no symbol" }
      if lacks(Self.leverage) { return "it has no leverage, and the act has a place for it" }
      if item.price != nil, owes(Self.price) { return "it has no price, and the command has" }
      if item.stop != nil, owes(Self.stop) { return "it has no stop, and the command has" }
      if item.quantity != nil, owes(Self.quantity) { return "it has no quantity, and the command has" }
      if item.quantity == nil, item.value != nil, owes(Self.value) { return "it has no value, and the command has" }
      if item.expiry != 0, owes(Self.expiry) { return "it has no expiry, and the command has" }
      if !item.clientOrder.isEmpty, lacks(Self.client) { return "it has no client order id, and the command has" }
      if lacks(act.owedFacts) { return "it lacks a word that orders of its kind have, by the act's flags" }
      var owed = item.terms.intersection(Self.owed)
      let isOfWords = !act.expressible.isDisjoint(with: Self.types)
      owed.formIntersection(allowsAll ? act.expressible : act.expressible.union(isOfWords ? Self.always : Self.flags))
      // A market order has no time in force to speak of; a leg says by its side what it does; what closes a whole
      // position trades against it.
      if !item.terms.isDisjoint(with: Self.markets) { owed.subtract([.immediateOrCancel, .fillOrKill]) }
      // What their quantity counts, an exchange that has words for both takes for granted otherwise.
      if act.saysUnit, !item.terms.isDisjoint(with: Self.markets) {
        owed.formUnion(item.terms.intersection([.byValue, .notByValue]))
      }
      if said.contains(.close) { owed.subtract([.buy, .sell]) }
      if !said.isDisjoint(with: [.long, .short, .close]) { owed.remove(.reduceOnly) }
      return owed.isSubset(of: said) ? nil : "it does not say all that the command says of its kind"
    case .amend, .cancel:
      if present & (Self.venue | Self.client) == 0, !allowsAll { return "it names no order" }
      guard act.verb == .amend else { return nil }
      if item.changes.contains(.quantity), owes(Self.quantity) { return "it has no quantity, and the command has" }
      if item.changes.contains(.price), owes(Self.price) { return "it has no price, and the command has" }
      return item.changes.contains(.stop) && owes(Self.stop) ? "it has no stop, and the command has" : nil
    case .leverage:
      // Where a leverage is of both legs, none is named.
      return lacking & ~Self.position != 0 ? "it lacks a fact of the command" : nil
    case .marginMode where act.boundBits & Self.symbol == 0 && !item.symbol.isEmpty:
      return "it is of all instruments, and the command of one"
    default:
      return lacking != 0 ? "it lacks a fact of the command" : nil
    }
  }

  private static let markets: OrderTerms = [.market, .stopMarket, .takeMarket]
  private static let types: OrderTerms = markets.union([.limit, .stopLimit, .takeLimit])
  /// Said of every order that is so, whether the act has words for it or not; types where it has words for any.
  private static let flags: OrderTerms = [
    .immediateOrCancel, .fillOrKill, .postOnly, .reduceOnly, .close, .long, .short,
  ]
  private static let always = flags.union(types)
  private static let owed: OrderTerms = [
    .buy, .sell, .limit, .market, .stopLimit, .stopMarket, .takeLimit, .takeMarket, .immediateOrCancel, .fillOrKill,
    .goodTillDate, .postOnly, .reduceOnly, .byValue, .close, .long, .short, .byMark,
  ]
}

extension LicenceItem {
  /// The quantity that a place may have, or the most of it: of a new order in the place of another what is not filled,
  /// of a change what the venue order at hand may still have.
  fileprivate func most(_ match: ActRules.Match, _ isReplacement: Bool) -> Decimal64? {
    if isReplacement || match == .rest { return quantity?.subtracting(filled) }
    return match == .atMost ? quantity?.subtracting(carried) : quantity
  }
}

extension ActRules.Fact {
  fileprivate func mismatch(_ verb: ActRules.Verb) -> String {
    self == .leverage && verb == .place
      ? "it says another leverage than was set from here, or than the exchange tells where none was; set it"
      : "it has another \(rawValue) than the command"
  }
}
