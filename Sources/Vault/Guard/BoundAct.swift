import Catalog
import Glibc

/// A trade act with its places laid out for reading requests.
final class BoundAct: Sendable {
  /// What is compared of a slot before its bytes are: no references, so that looking costs no counting.
  struct Key: Sendable {
    var hash: UInt64
    /// Where its name stands among `names`.
    var name: Range<Int>
    var list: Int
    var kind: RequestPlace.Kind
    var hasFacts: Bool
    var hasValues: Bool
    /// It is a fact of the account.
    var isOfAccount: Bool
  }

  /// A parameter that may stand in a request.
  struct Slot: Sendable {
    /// Which list of the act it is in; -1 = none.
    var list: Int
    var kind: RequestPlace.Kind
    var name: [UInt8]
    var pointer: [[UInt8]]
    var facts: [(fact: ActRules.Fact, match: ActRules.Match, scale: Int)] = []
    /// All it may be; none = anything.
    var values: [[UInt8]] = []
    /// The public field of the account that it must be.
    var field: String?
    /// The fact of the account that it must be, as the exchange gave it.
    var learned: String?
    /// Its request must have it.
    var isOwed = false
    /// For people.
    var label: [UInt8] { pointer.last ?? name }
  }

  let act: PermittedAct
  let verb: ActRules.Verb
  let slots: [Slot]
  /// One for each slot.
  let keys: ContiguousArray<Key>
  /// The slots that every request has, or every element of its list.
  let owed: ContiguousArray<Int>
  /// Some of its slots are facts of the account that the exchange told.
  let learns: Bool
  /// The names of all slots, one behind the other.
  private let names: ContiguousArray<UInt8>
  /// Where lists of orders stand.
  let lists: [RequestPlace]
  let words: [ActRules.Fact: [(word: [UInt8], terms: OrderTerms)]]
  /// The facts of each slot.
  let facts: ContiguousArray<ContiguousArray<SlotFact>>
  /// What its path says.
  let says: OrderTerms
  /// Everything that its words and its path can say.
  let expressible: OrderTerms
  /// It has a word for a quantity that counts the quote, and one for the base.
  var saysUnit: Bool { expressible.isSuperset(of: [.byValue, .notByValue]) }
  /// Facts that every new order says, a bit each.
  let owedFacts: UInt32
  let bound: Set<ActRules.Fact>
  /// The same, a bit each.
  let boundBits: UInt32
  let hasWildcards: Bool
  let bindsHeaders: Bool
  let readsForm: Bool
  let isOperation: Bool
  let hasOwnNames: Bool
  /// Its own among the manifest's trade acts.
  let mark: UInt64
  let readsJSON: Bool
  /// Its whole body is a list of orders.
  let isList: Bool

  /// Nil for an act that does not trade.
  /// - Parameter number: among the manifest's trade acts, of which there are at most 64.
  init?(_ act: PermittedAct, number: Int) {
    guard act.kind == .trade, let verb = act.rules.verb else { return nil }
    let rules = act.rules
    var slots: [Slot] = []
    func slot(_ list: Int, _ place: RequestPlace) -> Int {
      // A bare name of the list of what is allowed may be bound beside.
      let pointer = place.pointer.map { Array($0.utf8) }, name = Array(place.name.utf8)
      if let known = slots.firstIndex(where: {
        $0.list == list && $0.kind == place.kind && $0.name == name && $0.pointer == pointer
      }) {
        return known
      }
      slots.append(Slot(list: list, kind: place.kind, name: name, pointer: pointer))
      return slots.count - 1
    }
    func add(_ list: Int, _ bindings: [ActRules.Binding], _ allowed: [ActRules.Allowed]) {
      for binding in bindings {
        slots[slot(list, binding.place)].facts.append((binding.fact, binding.match, binding.scale))
      }
      for one in allowed {
        let place = slot(list, one.place)
        slots[place].values = one.values.map { Array($0.utf8) }
        (slots[place].field, slots[place].learned) = (one.field, one.learned)
        if one.isOwed, slots[place].facts.isEmpty, !rules.allowsAll { slots[place].isOwed = true }
      }
    }
    add(-1, rules.bindings, rules.allowed)
    for (index, items) in rules.items.enumerated() { add(index, items.bindings, items.allowed) }
    (self.act, self.verb, self.slots, says, mark) = (act, verb, slots, rules.says, 1 << UInt64(number))
    owed = ContiguousArray(slots.indices.filter { slots[$0].isOwed })
    learns = slots.contains { $0.learned != nil }
    hasOwnNames = slots.contains { $0.facts.contains { $0.match == .ownName } }
    lists = rules.items.map(\.at)
    let words = rules.words.mapValues { table in table.map { (word: Array($0.key.utf8), terms: $0.value) } }
    self.words = words
    facts = ContiguousArray(
      slots.map { slot in
        ContiguousArray(
          slot.facts.map { fact in
            SlotFact(
              fact: fact.fact, match: fact.match, scale: Int32(fact.scale), bit: Self.bit(fact.fact),
              words: (words[fact.fact] ?? []).map {
                SlotFact.Word(hash: Self.hash($0.word), text: $0.word, terms: $0.terms)
              })
          })
      })
    var names: ContiguousArray<UInt8> = []
    keys = ContiguousArray(
      slots.map { slot in
        names += slot.name
        return Key(
          hash: Self.hash(slot.name), name: names.count - slot.name.count..<names.count, list: slot.list,
          kind: slot.kind, hasFacts: !slot.facts.isEmpty,
          hasValues: !slot.values.isEmpty, isOfAccount: slot.field != nil || slot.learned != nil)
      })
    self.names = names
    bound = Set(slots.flatMap { $0.facts.map(\.fact) })
    boundBits = facts.joined().reduce(0) { $0 | $1.bit }
    let path = if case .http(_, let path) = act.target { path } else { "" }
    hasWildcards = path.utf8.contains(UInt8(ascii: "*"))
    bindsHeaders = slots.contains { $0.kind == .header }
    let said = rules.words.filter { [bound] in bound.contains($0.key) }.values.flatMap(\.values)
    let isSigned = slots.contains { $0.facts.contains { $0.match == .signedContracts } }
    expressible = said.reduce(isSigned ? rules.says.union([.buy, .sell]) : rules.says) { $0.union($1) }
    owedFacts = (rules.bindings + rules.items.flatMap(\.bindings)).filter(\.isOwed).reduce(0) { $0 | Self.bit($1.fact) }
    let kinds = slots.map(\.kind) + lists.map(\.kind)
    (readsForm, isOperation) = (kinds.contains(.form), act.isOperationAct)
    readsJSON = kinds.contains(.json) || kinds.contains(.name) || isOperation
    isList = lists.contains { $0.kind == .json && $0.pointer.isEmpty }
  }

  /// A fact's own bit of all facts.
  static func bit(_ fact: ActRules.Fact) -> UInt32 { 1 << UInt32(ActRules.Fact.allCases.firstIndex(of: fact) ?? 31) }

  /// FNV-1a. Bytes are compared where it is the same.
  static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(emptyHash) { hash($0, $1) } }
  static let emptyHash: UInt64 = 0xCBF2_9CE4_8422_2325
  static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

  private func isName(_ name: UnsafeBufferPointer<UInt8>, _ own: Range<Int>) -> Bool {
    guard name.count == own.count, let text = name.baseAddress else { return false }
    return names.withUnsafeBufferPointer { names in
      names.baseAddress.map { memcmp(text, $0 + own.lowerBound, own.count) == 0 } ?? false
    }
  }

  /// The first slot outside of lists that a parameter is.
  func slot(_ kind: RequestPlace.Kind, _ name: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int? {
    keys.withUnsafeBufferPointer { keys in
      for index in keys.indices where keys[index].hash == hash && keys[index].list == -1 {
        let own = keys[index].kind
        if own == kind || own == .any, isName(name, keys[index].name) { return index }
      }
      return nil
    }
  }
}

/// A fact that a slot is bound to.
struct SlotFact: Sendable {
  struct Word: Sendable {
    var hash: UInt64
    var text: [UInt8]
    var terms: OrderTerms
  }

  var fact: ActRules.Fact
  var match: ActRules.Match
  /// Its number is written times ten to this power.
  var scale: Int32
  /// Its own of all facts.
  var bit: UInt32
  var words: [Word]
}

extension PermittedAct {
  var isOperationAct: Bool { if case .operation = target { true } else { false } }
}
