import Decimals
import JSONTree
import MarketModel
import Runtime

/// What a manifest could say of trade acts, judged by requests that an independent implementation made: of each request
/// the command is known, so the place in which a fact of the command stands can be looked for.
///
/// A place is suggested for a fact when it has that fact's value in every request whose command has the fact. Words are
/// suggested where one place says one word for each side or type, and not the same for all.
struct BindingSuggestions {
  let subject: Subject
  let data: DataFolder

  /// One request and the facts of its command.
  private struct Sample {
    var facts: [(name: String, value: String)]
    var words: [(name: String, value: String)]
    var fields: [(place: String, value: String)]
  }

  /// Requests of one act: verb, method and path, with `*` for what names an order.
  private struct Act: Hashable {
    var verb: String
    var method: String
    var path: String
  }

  /// Acts as `permissions.acts` of a manifest would have them.
  func acts() -> [JSONValue] {
    var samples: [Act: [Sample]] = [:]
    var order: [Act] = []
    VectorPart(subject: subject, data: data).eachCommand { draft, market, recorded in
      guard let verb = Self.verb(draft.verb) else { return }
      let (act, sample) = read(draft, verb, market, recorded)
      if samples[act] == nil { order.append(act) }
      samples[act, default: []].append(sample)
    }
    return order.map { json($0, samples[$0] ?? []) }
  }

  private static func verb(_ verb: Verb) -> String? {
    switch verb {
    case .place: "place"
    case .amend: "amend"
    case .cancel, .cancelMany: "cancel"
    case .leverage: "leverage"
    case .marginMode: "margin_mode"
    case .positionMode: "position_mode"
    default: nil
    }
  }

  private func read(
    _ command: CommandDraft, _ verb: String, _ market: JSONValue, _ recorded: FlatRequest
  ) -> (Act, Sample) {
    let draft = command.items.first ?? command
    var facts: [(String, String)] = []
    for name in ["id", "symbol"] { if let symbol = market[name]?.string { facts.append(("symbol", symbol)) } }
    let numbers = [
      ("quantity", draft.quantity), ("price", draft.price), ("stop", draft.stop), ("value", draft.value),
    ]
    for (name, value) in numbers { if let value { facts.append((name, value.plain)) } }
    if !draft.clientOrder.isEmpty { facts.append(("client_order", draft.clientOrder)) }
    if !draft.venueOrder.isEmpty { facts.append(("venue_order", draft.venueOrder)) }
    var words: [(String, String)] = []
    if verb == "place" {
      if let side = draft.side { words.append(("side", Names.side[Int(side.rawValue) - 1])) }
      if let type = draft.type { words.append(("type", Names.type[Int(type.rawValue) - 1])) }
      if let force = draft.timeInForce { words.append(("time_in_force", Names.timeInForce[Int(force.rawValue) - 1])) }
    }
    var (path, fields): ([String], [(String, String)]) = ([], [])
    for part in recorded.path.split(separator: "/").map(String.init) {
      let isName = part == draft.venueOrder || part == draft.clientOrder
      if isName { fields.append(("path:\(path.filter { $0 == "*" }.count + 1)", part)) }
      path.append(isName ? "*" : part)
    }
    for (name, value) in recorded.fields where name != "host" && name != "path" && !name.hasPrefix("header:") {
      fields.append((Self.place(name), value))
    }
    let act = Act(verb: verb, method: recorded.method, path: "/" + path.joined(separator: "/"))
    return (act, Sample(facts: facts, words: words, fields: fields))
  }

  /// `json:a.b[0]` of a vector file is `json:/a/b/0` of a manifest.
  private static func place(_ name: String) -> String {
    guard name.hasPrefix("json:") else { return name }
    let path = name.dropFirst("json:".count).replacing("[", with: ".").replacing("]", with: "")
    return "json:/" + path.split(separator: ".").joined(separator: "/")
  }

  private static func isSame(_ left: String, _ right: String) -> Bool {
    if left == right { return true }
    guard let a = Decimal64(left), let b = Decimal64(right) else { return false }
    return a == b
  }

  private func json(_ act: Act, _ samples: [Sample]) -> JSONValue {
    var bind: [JSONMember] = [], words: [JSONMember] = []
    var bound: Set<String> = []
    let places = Self.unique(samples.flatMap { $0.fields.map(\.place) })
    for fact in Self.unique(samples.flatMap { $0.facts.map(\.name) }) {
      let found = places.first { place in
        samples.allSatisfy { sample in
          let values = sample.facts.filter { $0.name == fact }.map(\.value)
          guard !values.isEmpty, let field = sample.fields.first(where: { $0.place == place }) else {
            return values.isEmpty
          }
          return values.contains { Self.isSame($0, field.value) }
        } && samples.contains { $0.facts.contains { $0.name == fact } }
      }
      guard let found else { continue }
      bind.append(JSONMember(fact, JSONValue(.string(found))))
      bound.insert(found)
    }
    for fact in Self.unique(samples.flatMap { $0.words.map(\.name) }) {
      guard let (place, table) = wordTable(fact, samples, places.filter { !bound.contains($0) }) else { continue }
      bind.append(JSONMember(fact, JSONValue(.string(place))))
      words.append(JSONMember(fact, JSONValue(.object(table.map { JSONMember($0.0, JSONValue(.string($0.1))) }))))
      bound.insert(place)
    }
    var members = [
      JSONMember("name", JSONValue(.string(act.verb))), JSONMember("class", "trade"),
      JSONMember("verb", JSONValue(.string(act.verb))), JSONMember("method", JSONValue(.string(act.method))),
      JSONMember("path", JSONValue(.string(act.path))), JSONMember("bind", JSONValue(.object(bind))),
    ]
    if !words.isEmpty { members.append(JSONMember("words", JSONValue(.object(words)))) }
    let left = places.filter { !bound.contains($0) }
    if !left.isEmpty { members.append(JSONMember("allow", JSONValue(.array(left.map { JSONValue(.string($0)) })))) }
    return JSONValue(.object(members))
  }

  /// The place that has one word for each value of a fact, and different ones, with its words.
  private func wordTable(
    _ fact: String, _ samples: [Sample], _ places: [String]
  ) -> (String, [(String, String)])? {
    for place in places {
      var table: [(word: String, value: String)] = []
      let isFunction = samples.allSatisfy { sample in
        guard let value = sample.words.first(where: { $0.name == fact })?.value,
          let word = sample.fields.first(where: { $0.place == place })?.value, Decimal64(word) == nil
        else { return true }
        if let known = table.first(where: { $0.word == word }) { return known.value == value }
        table.append((word, value))
        return true
      }
      if isFunction, Set(table.map(\.value)).count > 1 { return (place, table.map { ($0.word, $0.value) }) }
    }
    return nil
  }

  private static func unique(_ all: [String]) -> [String] {
    var known: Set<String> = []
    return all.filter { known.insert($0).inserted }
  }
}
