import JSONTree

extension FieldReader {
  /// `acts` of permissions, with `defaults` by class worked in.
  func acts(defaults: FieldReader?) -> [PermittedAct] {
    let shared = defaults?.value
    for (name, _) in defaults?.members() ?? [] where PermittedAct.Class(rawValue: name) == nil {
      defaults?.report(.unknownKey, "\"\(name)\" is no class", remedy: "Classes are public, read and trade")
    }
    var names: Set<String> = []
    let acts = elements().compactMap { element -> PermittedAct? in
      let own = element.value
      let whole = own["class"]?.string.flatMap { shared?[$0] }.map { own.with($0) } ?? own
      let reader = FieldReader(value: whole, field: element.field, log: log)
      guard var act = reader.act() else { return nil }
      act.rules = reader.rules(of: act)
      act.signs = reader.optional("signs")?.signingRules() ?? []
      if act.signsTransactions, act.kind != .trade || !act.signs.allSatisfy(\.isTransaction) {
        element.report(
          .conflict, "the act \"\(act.name)\" signs transactions beside other things, or does not trade",
          remedy: "Give it the class trade, and transactions alone under signs")
      }
      if !names.insert(act.name).inserted { element.report(.conflict, "the act \"\(act.name)\" stands twice") }
      return act
    }
    checkOperations(acts)
    if acts.count(where: { $0.kind == .trade }) > 64 { report(.value, "more than 64 acts trade") }
    for (place, act) in acts.enumerated() {
      if let other = acts[..<place].first(where: { $0.isConfusable(with: act) }) {
        report(
          .conflict, "the acts \"\(other.name)\" and \"\(act.name)\" could be the same request and are not alike",
          remedy: "Give them different hosts, paths or methods, or one class and verb, and the same captures")
      }
    }
    return acts
  }

  private func checkOperations(_ acts: [PermittedAct]) {
    for act in acts {
      let listed = acts.filter { act.rules.operations.contains($0.name) && $0.isOperation }
      for (place, one) in listed.enumerated() {
        let other = listed[..<place].first { $0.couldBeFrame(of: one) && !$0.isAlike(one) }
        guard let other else { continue }
        report(
          .conflict, "\"\(other.name)\" and \"\(one.name)\" are the same operation on the streams of \"\(act.name)\" "
            + "and are not alike", remedy: "Open them by different acts, or give them one class and verb")
      }
      for name in act.rules.operations where !acts.contains(where: { $0.name == name && $0.isOperation }) {
        report(
          .unknownName, "the act \"\(act.name)\" lists \"\(name)\" under operations, which is no act with an operation",
          remedy: NearestName.remedy(name, among: acts.filter(\.isOperation).map(\.name)))
      }
    }
  }

  /// Frames that only keep a stream alive: one word, or an object of a few names.
  private func checkHeartbeat(_ text: String, _ act: PermittedAct) {
    if text.hasPrefix("<") { return checkBinary(text, act) }
    let isWord = text.hasPrefix("=")
    guard isWord || text.hasPrefix("{") else { return }
    if isWord, PermittedAct.wholeFrame(text) == nil {
      report(.value, "\"\(text)\" is no whole frame", remedy: "It is 1 to 16 letters behind the =, such as =ping")
    } else if !isWord, PermittedAct.members(text) == nil {
      report(
        .value, "\"\(text)\" is no list of members",
        remedy: "It is 1 to 4 names of 1 to 16 letters each, such as {pong,time}")
    }
    if act.kind != .public {
      report(
        .conflict, "a frame that keeps a stream alive is public; \"\(act.name)\" is \(act.kind.rawValue)",
        remedy: "Give it the class public")
    }
  }

  /// Places in messages of Protocol Buffers are in acts that are such, and there are no others in these.
  private func checkBinaryPlaces(_ act: PermittedAct) {
    var shape: BinaryShape?
    if case .operation(let text) = act.target { shape = BinaryShape(text) }
    // What stands within braces is read as it leaves, and a value that depends on a secret is not.
    let open = shape?.fields.filter(\.inside.isEmpty).map { "binary:\($0.number)" } ?? []
    for place in act.sealed where !open.contains(String(place.prefix { $0 != " " })) {
      let isOfBody = shape != nil && (place.hasPrefix("json:") || place.hasPrefix("form:"))
      guard isOfBody || place.hasPrefix("binary:") else { continue }
      optional("sealed")?.report(
        .value, "\"\(place)\" is no field without braces of a message of Protocol Buffers",
        remedy: "With the operation <1,2> the places are binary:1 and binary:2")
    }
  }

  /// Messages of Protocol Buffers, which nothing compares with a command.
  private func checkBinary(_ text: String, _ act: PermittedAct) {
    if BinaryShape(text) == nil {
      report(
        .value, "\"\(text)\" names no fields of a message",
        remedy: "It is numbers of fields, such as <1,2> or <4{1,2}>")
    }
    if act.kind == .trade {
      report(
        .conflict, "\"\(act.name)\" trades, and a message of Protocol Buffers is compared with no command",
        remedy: "Trade by requests whose places can be bound")
    }
  }

  private func rules(of act: PermittedAct) -> ActRules {
    var rules = ActRules()
    if case .operation(let text) = act.target { checkHeartbeat(text, act) }
    checkBinaryPlaces(act)
    if act.kind == .trade {
      rules.verb = required("verb")?.choice(ActRules.Verb.self)
    } else {
      for key in ["verb", "bind", "items", "words", "says"] {
        let kind = act.kind.rawValue
        optional(key)?.report(.conflict, "only acts of the class trade have it; \"\(act.name)\" is \(kind)")
      }
    }
    if act.kind == .public, case .http(let method, _) = act.target, method != .get, optional("because") == nil {
      report(
        .conflict, "the act \"\(act.name)\" is public and not a GET",
        remedy: "Say in \"because\" why it changes nothing, or give it another class")
    }
    rules.hosts = optional("hosts")?.names("a host such as api.example.com:443", NameForm.isHost) ?? []
    rules.headers = (optional("headers")?.names("a header's name", RequestPlace.isName) ?? []).map { $0.lowercased() }
    rules.operations = optional("operations")?.strings() ?? []
    for (setting, value) in optional("when")?.members() ?? [] { rules.when[setting] = value.string() }
    guard act.kind == .trade else { return rules }
    rules.words = optional("words")?.words() ?? [:]
    rules.says = optional("says")?.terms() ?? []
    rules.bindings = optional("bind")?.bindings() ?? []
    for (at, item) in optional("items")?.members() ?? [] {
      guard let place = item.place(at) else { continue }
      let isCut = [.path, .header, .any, .name].contains(place.kind)
      if isCut { item.report(.value, "a list of orders stands in query, form or json, not at \(at)") }
      rules.items.append(
        ActRules.Items(
          at: place, bindings: item.optional("bind")?.bindings() ?? [],
          allowed: item.optional("allow")?.allowed(&rules.allowsAll) ?? []))
    }
    rules.allowed = optional("allow")?.allowed(&rules.allowsAll) ?? []
    // What may be sealed may be there.
    for text in optional("sealed")?.strings() ?? [] {
      if let place = RequestPlace(String(text.prefix { $0 != " " })) {
        rules.allowed.append(ActRules.Allowed(place: place, values: []))
      }
    }
    for fact in Set((rules.bindings + rules.items.flatMap(\.bindings)).map(\.fact)) where rules.words[fact] == nil {
      guard !fact.isNumber, !fact.isText else { continue }
      rules.words[fact] = OrderTerms.usual(fact)
      guard fact == .flags else { continue }
      optional("bind")?.report(.missing, "flags are bound and have no words", remedy: "Add words.flags")
    }
    return rules
  }

  private func place(_ text: String) -> RequestPlace? {
    if let place = RequestPlace(text) { return place }
    report(
      .value, "\"\(text)\" is no place in a request",
      remedy: "Places are query:NAME, form:NAME, json:/POINTER, name:/POINTER, path:N and header:NAME")
    return nil
  }

  private func fact(_ name: String) -> ActRules.Fact? {
    if let fact = ActRules.Fact(rawValue: name) { return fact }
    let known = ActRules.Fact.allCases.map(\.rawValue)
    report(.unknownName, "\"\(name)\" is no fact of a command", remedy: NearestName.remedy(name, among: known))
    return nil
  }

  /// `{"price": "query:price", "quantity": {"at": "form:qty", "rule": "at_most"}, "stop": ["form:a", "form:b"]}`
  private func bindings() -> [ActRules.Binding] {
    members().flatMap { name, member -> [ActRules.Binding] in
      guard let fact = member.fact(name) else { return [] }
      let alternatives = member.value.array == nil ? [member] : member.elements()
      return alternatives.compactMap { one in
        let isObject = one.value.object != nil
        if isObject { one.allow(only: ["at", "rule", "scale", "optional"]) }
        guard let text = isObject ? one.required("at")?.string() : one.string(), let place = one.place(text) else {
          return nil
        }
        let match = (isObject ? one.optional("rule")?.choice(ActRules.Match.self) : nil) ?? .exact
        let fits =
          switch match {
          case .exact: fact != .expiry
          case .atMost: fact.isNumber && fact != .expiry
          case .rest: fact == .quantity
          case .worst: fact == .price
          case .seconds, .milliseconds, .iso: fact == .expiry
          case .ownName: fact == .symbol
          case .negated: fact == .leverage
          case .contracts, .signedContracts: fact == .quantity
          }
        if !fits { one.report(.value, "the rule \(match.rawValue) is not for \(fact.rawValue)") }
        if place.kind == .name, fact.isNumber || fact.isText {
          one.report(.value, "the name of a member is a word, and \(fact.rawValue) is not compared by words")
        }
        if place.kind == .any {
          one.report(.value, "\(text) does not say where it stands", remedy: "Such as query:\(text)")
        }
        let mayLack = isObject ? one.optional("optional") : nil
        if !fact.mayLack {
          mayLack?.report(.value, "only flags and stop_by may be optional, and \(fact.rawValue) is neither")
        }
        let scaled = isObject ? one.optional("scale") : nil
        let scale = scaled?.int(in: 1...18) ?? 0
        if ![.quantity, .price, .stop, .value].contains(fact) {
          scaled?.report(.value, "\(fact.rawValue) is no number that has a scale")
        }
        return ActRules.Binding(
          fact: fact, place: place, match: match, scale: scale, isOptional: mayLack?.bool() ?? false)
      }
    }
  }

  private func allowed(_ everything: inout Bool) -> [ActRules.Allowed] {
    elements().compactMap { element in
      if element.value.string == "*" {
        everything = true
        return nil
      }
      let isObject = element.value.object != nil
      guard let name = isObject ? element.required("name")?.string() : element.string(),
        let place = element.place(name)
      else { return nil }
      guard isObject else { return ActRules.Allowed(place: place, values: []) }
      element.allow(only: ["name", "values", "setting", "field", "learned", "optional"])
      let setting = element.optional("setting")?.identifier(), field = element.optional("field")?.identifier()
      let values = element.optional("values")?.strings() ?? []
      let learned = element.optional("learned")?.identifier()
      if values.isEmpty, field == nil, learned == nil {
        element.report(
          .missing, "it does not say what it may be", remedy: "Name its values, a field or what is learned")
      }
      let isOptional = element.optional("optional")?.bool() ?? false
      return ActRules.Allowed(
        place: place, values: values, setting: setting, field: field, learned: learned, isOptional: isOptional)
    }
  }

  /// `{"side": {"BUY": "buy"}, "type": {"LIMIT_MAKER": "limit post_only"}}`
  private func words() -> [ActRules.Fact: [String: OrderTerms]] {
    var all: [ActRules.Fact: [String: OrderTerms]] = [:]
    for (name, table) in members() {
      guard let fact = table.fact(name) else { continue }
      if fact.isNumber || fact.isText { table.report(.value, "\(name) is not compared by words") }
      for (word, meaning) in table.members() {
        if let terms = meaning.terms() { all[fact, default: [:]][word] = terms }
      }
    }
    return all
  }

  /// Words that an act or a word of the exchange says, with blanks between them.
  private func terms() -> OrderTerms? {
    guard let text = string() else { return nil }
    if let terms = OrderTerms(words: text) { return terms }
    let known = OrderTerms.names.joined(separator: " ")
    report(.value, "\"\(text)\" has a word that is not known", remedy: "Words: \(known)")
    return nil
  }
}

extension JSONValue {
  /// This object with the members of another that it lacks; lists are joined, tables merged.
  fileprivate func with(_ defaults: JSONValue) -> JSONValue {
    guard var members = object, let shared = defaults.object else { return self }
    for member in shared {
      guard let place = members.firstIndex(where: { $0.key == member.key }) else {
        members.append(member)
        continue
      }
      let own = members[place].value
      if let left = own.array, let right = member.value.array {
        members[place] = JSONMember(member.key, JSONValue(.array(left + right), at: own.position))
      } else if own.object != nil {
        members[place] = JSONMember(member.key, own.with(member.value))
      }
    }
    return JSONValue(.object(members), at: position)
  }
}

extension PermittedAct {
  var isOperation: Bool { if case .operation = target { true } else { false } }

  /// Whether one frame could be of both operations, as far as their texts say it.
  fileprivate func couldBeFrame(of other: PermittedAct) -> Bool {
    if case .operation(let text) = target, case .operation(let otherText) = other.target,
      let shape = BinaryShape(text), let otherShape = BinaryShape(otherText)
    {
      return shape.overlaps(otherShape)
    }
    return target == other.target
  }

  /// Whether it makes no difference by which of two acts a request is judged.
  fileprivate func isAlike(_ other: PermittedAct) -> Bool {
    kind == other.kind && rules.verb == other.rules.verb && captures == other.captures
      && learns == other.learns
  }

  /// Whether one request could be both, and they are not judged alike. Operations are told apart by their streams; a
  /// private stream may have the address of the public one with a key behind it: without the account it is public, and
  /// what its frames may be is of the stream as it was opened.
  fileprivate func isConfusable(with other: PermittedAct) -> Bool {
    let areStreams = !rules.operations.isEmpty && !other.rules.operations.isEmpty
    if areStreams, kind != .trade, other.kind != .trade { return false }
    // What is told apart by what is signed is what it is, whatever request carries it.
    guard !signsTransactions, !other.signsTransactions else { return false }
    guard !isAlike(other), case .http(let method, let path) = target,
      case .http(let otherMethod, let otherPath) = other.target, method == otherMethod
    else { return false }
    let hosts = rules.hosts, others = other.rules.hosts
    let canMeet = hosts.contains { one in others.contains { HostPattern.meet(one, $0) } }
    guard hosts.isEmpty || others.isEmpty || canMeet else { return false }
    let left = path.split(separator: "/", omittingEmptySubsequences: false)
    let right = otherPath.split(separator: "/", omittingEmptySubsequences: false)
    return left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || $0 == "*" || $1 == "*" }
  }
}
