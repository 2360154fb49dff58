/// What a manifest alone says of an act, and nobody else: whether it can be more than it is called.
///
/// A trade is bound to its command, where its manifest says by what. A public or read act has no command: it is held to
/// what it is called by its method, or by an operation whose name says that it changes nothing. Whoever wrote the
/// manifest can call an order a read act; so can a name be chosen, but the exchange is honest, and does what it is
/// asked by a `GET` or a `subscribe`.
extension PermittedAct {
  /// Why the act could do something that no command asks for, each a few words for people; empty = it could not, as far
  /// as its manifest is not mistaken about the exchange.
  public var unbound: [String] {
    switch (kind, target) {
    // What such a transaction does, its rule says word by word.
    case (.trade, _) where signsTransactions: []
    case (.trade, _): rules.unbound
    case (_, .http(.get, _)): []
    case (_, .http(let method, _)): ["a \(method.rawValue) may change something, and is called \(kind.rawValue)"]
    case (_, .operation(let text)):
      OperationWord.changesNothing(text, signsIn: kind == .read)
        ? [] : ["the operation may change something, and is called \(kind.rawValue)"]
    }
  }
}

/// What the name of a socket's operation says of it.
enum OperationWord {
  private static let listening: Set<String> = [
    "subscribe", "unsubscribe", "subscription", "unsubscription", "sub", "unsub", "ping", "pong", "heartbeat",
  ]
  private static let signingIn: Set<String> = [
    "login", "logon", "auth", "authenticate", "authentication", "authorize", "sign",
  ]

  /// Whether an operation only begins or ends a subscription, keeps a connection alive, or signs in. Its last word says
  /// what it does: `spot.subscribe`, `private/subscribe`, `session.logon`. Pointers do not: other members may say
  /// something else beside them.
  static func changesNothing(_ text: String, signsIn: Bool) -> Bool {
    guard !text.hasPrefix("/") else { return false }
    if let members = PermittedAct.members(text) { return listening.contains(members[0].lowercased()) }
    var words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    // `userDataStream.subscribe.signature` is one that is signed.
    if words.count > 1, words.last == "signature" { words.removeLast() }
    guard let last = words.last else { return false }
    return listening.contains(last) || signsIn && signingIn.contains(last)
  }
}

extension ActRules {
  /// What of a trade no place is bound to, such as `quantity or value`, what may stand beside it unjudged, and bindings
  /// that contradict the exchange's own names.
  public var unbound: [String] {
    guard let verb else { return [] }
    let all = bindings + items.flatMap(\.bindings)
    let bound = Set(all.flatMap(\.facts)).union(says.facts)
    var missing = verb.essential.filter { bound.isDisjoint(with: $0) }.map { group in
      group.map(\.rawValue).joined(separator: " or ")
    }
    if allowsAll { missing.append("other parameters") }
    for one in allowed + items.flatMap(\.allowed) where one.couldBeAnOrders {
      missing.append("the parameter \(one.place)")
    }
    for binding in all where PlaceName(binding.place).contradicts(binding.fact) {
      missing.append("\(binding.place), which is compared with \(binding.fact.rawValue)")
    }
    for (fact, table) in words.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      for (word, terms) in table.sorted(by: { $0.key < $1.key }) where OrderTerms.contradicts(word, terms) {
        missing.append("the \(fact.rawValue) \(word), which is said to mean \(terms.words)")
      }
    }
    return missing
  }
}

extension ActRules.Allowed {
  /// Whether it could be a part of an order that stands beside the bound ones: it takes any value, or numbers, and is
  /// none of what says who asks and when, and under which conditions alone.
  fileprivate var couldBeAnOrders: Bool {
    let name = PlaceName(place)
    let isOfAccount = field != nil || learned != nil
    guard place.kind != .header, !name.isOfTheRequest, !name.isCondition, !isOfAccount, setting == nil else {
      return false
    }
    if values.isEmpty { return true }
    return values.contains { !$0.isEmpty && $0.utf8.allSatisfy { $0 == UInt8(ascii: ".") || $0 &- 0x30 <= 9 } }
  }
}

/// What the name of a place says, without its case and separators.
struct PlaceName {
  let text: String

  init(_ place: RequestPlace) { text = (place.pointer.last ?? place.name).lowercased().filter(\.isLetter) }

  /// What every signed request may have: who asks, when and until when, and the signature.
  var isOfTheRequest: Bool {
    [
      "timestamp", "time", "ts", "nonce", "recvwindow", "id", "reqid", "requestid", "signature", "sign", "sig",
      "signaturemethod", "signatureversion", "apikey", "key", "accesskey", "accesskeyid", "passphrase", "token",
      "omsid", "signer", "signatureexpirysec",
    ].contains(text)
  }

  /// What can only make the exchange refuse an order, and nothing of it more: the most that it may cost as a fee, and
  /// how much was filled of the one that it replaces.
  var isCondition: Bool { ["maxfee", "expectedfilledamount"].contains(text) }

  private static let quantities = ["quantity", "qty", "volume", "size", "amount"]
  private static let prices = ["price", "px"]

  /// Whether a number of this name is compared with one of another sort.
  func contradicts(_ fact: ActRules.Fact) -> Bool {
    func says(_ words: [String]) -> Bool { words.contains { text.contains($0) } }
    let ofPrices = fact == .price || fact == .stop, ofQuantities = fact == .quantity || fact == .value
    guard fact.isNumber, !(says(Self.quantities) && says(Self.prices)) else { return false }
    return says(Self.quantities) && !ofQuantities || says(Self.prices) && !ofPrices
  }
}

extension OrderTerms {
  /// The words of a set, with blanks between them.
  public var words: String {
    Self.names.enumerated().filter { rawValue >> UInt32($0.offset) & 1 == 1 }.map(\.element).joined(separator: " ")
  }

  /// The facts that a set settles, where an act says them by its path.
  fileprivate var facts: Set<ActRules.Fact> {
    var facts: Set<ActRules.Fact> = []
    if !isDisjoint(with: [.buy, .sell]) { facts.insert(.side) }
    if !isDisjoint(with: [.limit, .market, .stopLimit, .stopMarket, .takeLimit, .takeMarket]) { facts.insert(.type) }
    // A market order has no price.
    if !isDisjoint(with: [.market, .stopMarket, .takeMarket]) { facts.insert(.price) }
    return facts
  }

  /// Of which an order has one.
  private static let choices: [OrderTerms] = [
    [.buy, .sell], [.limit, .market, .stopLimit, .stopMarket, .takeLimit, .takeMarket], [.long, .short, .net],
    [.cross, .isolated], [.oneWay, .hedge],
  ]

  /// Whether an exchange's word is one of ours, and is said to mean the opposite.
  static func contradicts(_ word: String, _ terms: OrderTerms) -> Bool {
    let text = String(word.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
    guard let own = OrderTerms(words: text) else { return false }
    return choices.contains { choice in
      !own.isDisjoint(with: choice) && !terms.isDisjoint(with: choice)
        && own.intersection(choice).isDisjoint(with: terms)
    }
  }
}
