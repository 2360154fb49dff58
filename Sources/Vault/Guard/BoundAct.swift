import Catalog

/// A trade act with its places laid out for reading requests.
struct BoundAct: Sendable {
  /// A parameter that may stand in a request.
  struct Slot: Sendable {
    /// Which list of the act it is in; -1 = none.
    var list: Int
    var kind: RequestPlace.Kind
    var name: [UInt8]
    var pointer: [[UInt8]]
    var facts: [(fact: ActRules.Fact, match: ActRules.Match)] = []
    /// All it may be; none = anything.
    var values: [[UInt8]] = []
  }

  let act: PermittedAct
  let number: Int
  let verb: ActRules.Verb
  let slots: [Slot]
  /// Where lists of orders stand.
  let lists: [RequestPlace]
  let words: [ActRules.Fact: [(word: [UInt8], terms: OrderTerms)]]
  /// Everything that its words can say.
  let expressible: OrderTerms
  let bound: Set<ActRules.Fact>
  let readsForm: Bool
  let readsJSON: Bool

  /// Nil for an act that does not trade.
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
        slots[slot(list, binding.place)].facts.append((binding.fact, binding.match))
      }
      for one in allowed {
        let place = slot(list, one.place)
        slots[place].values = one.values.map { Array($0.utf8) }
      }
    }
    add(-1, rules.bindings, rules.allowed)
    for (index, items) in rules.items.enumerated() { add(index, items.bindings, items.allowed) }
    (self.act, self.number, self.verb, self.slots) = (act, number, verb, slots)
    lists = rules.items.map(\.at)
    words = rules.words.mapValues { table in table.map { (Array($0.key.utf8), $0.value) } }
    bound = Set(slots.flatMap { $0.facts.map(\.fact) })
    let said = rules.words.filter { [bound] in bound.contains($0.key) }.values.flatMap(\.values)
    expressible = said.reduce([]) { $0.union($1) }
    let kinds = slots.map(\.kind) + lists.map(\.kind)
    readsForm = kinds.contains(.form)
    readsJSON = kinds.contains(.json) || act.isOperationAct
  }
}

extension PermittedAct {
  var isOperationAct: Bool { if case .operation = target { true } else { false } }
}
