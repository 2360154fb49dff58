import Decimals
import JSONTree

/// Where a value stands in a sample; the small language of `facts` in certification.json.
indirect enum Selector: Sendable {
  case pointer(String, isOptional: Bool)
  case root(String, isOptional: Bool)
  case key
  case literal(String)
  case map(Selector, [String: String?])
  /// The parts of a text between separators, each with another name where it has one.
  case parts(Selector, separator: String, [String: String?])
  /// What stands in a text before a separator; all of it where there is none.
  case before(Selector, separator: String)
  /// What stands in a text behind a separator; all of it where there is none.
  case after(Selector, separator: String)
  /// A text in capitals.
  case capitals(Selector)
  /// The name of an object's first member.
  case firstName(String)
  case sum([Selector])
  case product([Selector])
  case difference([Selector])
  /// How far two numbers are apart.
  case distance([Selector])
  case first([Selector])
  /// Texts, one behind the other.
  case join([Selector])
  case lower(Selector)
  case upper(Selector)
  case count(String)
  case pick(Pick)
  case when([JSONMember], Selector, Selector?)

  /// One element of a list, and a value of it.
  struct Pick: Sendable {
    var list: String
    var conditions: [JSONMember]
    /// The element in which this is the largest or the smallest; otherwise the first.
    var by: (pointer: String, isLargest: Bool)?
    var take: String
  }

  /// One element of a sample, with what stands around it.
  struct Scope {
    var element: JSONValue
    var root: JSONValue
    var key = ""
  }

  enum Outcome: Equatable {
    case value(String)
    /// Not compared.
    case absent
    /// The rule says that it is there, and it is not.
    case missing(String)
  }

  init?(_ value: JSONValue, _ field: String, _ reader: inout ManifestReader) {
    if let text = value.string {
      self = Selector.simple(text)
      return
    }
    if let text = value.scalar {
      self = .literal(text)
      return
    }
    func list(_ key: String) -> [Selector]? {
      value[key]?.array.map { $0.compactMap { Selector($0, field, &reader) } }
    }
    if let separator = value["before"]?.string, let at = value["at"].flatMap({ Selector($0, field, &reader) }) {
      self = .before(at, separator: separator)
    } else if let separator = value["after"]?.string, let at = value["at"].flatMap({ Selector($0, field, &reader) }) {
      self = .after(at, separator: separator)
    } else if let small = value["capitals_of"], let inner = Selector(small, field, &reader) {
      self = .capitals(inner)
    } else if let inner = value["at"], let at = Selector(inner, field, &reader) {
      var names: [String: String?] = [:]
      for member in value["map"]?.object ?? [] { names[member.key] = member.value.scalar }
      self = value["split"]?.string.map { .parts(at, separator: $0, names) } ?? .map(at, names)
    } else if let pointer = value["name_in"]?.string {
      self = .firstName(pointer)
    } else if let parts = list("sum") {
      self = .sum(parts)
    } else if let parts = list("product") {
      self = .product(parts)
    } else if let parts = list("difference") {
      self = .difference(parts)
    } else if let parts = list("distance") {
      self = .distance(parts)
    } else if let parts = list("first") {
      self = .first(parts)
    } else if let parts = list("join") {
      self = .join(parts)
    } else if let inner = value["lower"].flatMap({ Selector($0, field, &reader) }) {
      self = .lower(inner)
    } else if let inner = value["upper"].flatMap({ Selector($0, field, &reader) }) {
      self = .upper(inner)
    } else if let pointer = value["count"]?.string {
      self = .count(pointer)
    } else if let pointer = value["in"]?.string {
      let by = value["max"]?.string.map { ($0, true) } ?? value["min"]?.string.map { ($0, false) }
      let take = value["take"]?.string ?? by?.0 ?? ""
      self = .pick(Pick(list: pointer, conditions: value["where"]?.object ?? [], by: by, take: take))
    } else if let conditions = value["when"]?.object, let given = value["give"],
      let give = Selector(given, field, &reader) {
      self = .when(conditions, give, value["else"].flatMap { Selector($0, field, &reader) })
    } else {
      reader.fault(value, field, "is no selector", "see \"payloads\" in docs/certification.md")
      return nil
    }
  }

  private static func simple(_ text: String) -> Selector {
    if text.hasPrefix("=") { return .literal(String(text.dropFirst())) }
    if text == "@key" { return .key }
    let isOptional = text.hasSuffix("?")
    let pointer = isOptional ? String(text.dropLast()) : text
    if pointer.hasPrefix("//") { return .root(String(pointer.dropFirst()), isOptional: isOptional) }
    if pointer.hasPrefix("/") || pointer.isEmpty { return .pointer(pointer, isOptional: isOptional) }
    return .literal(text)
  }

  func value(in scope: Scope) -> Outcome {
    switch self {
    case .literal(let text): return .value(text)
    case .key: return .value(scope.key)
    case .pointer(let pointer, let isOptional): return Selector.look(pointer, scope.element, isOptional)
    case .root(let pointer, let isOptional): return Selector.look(pointer, scope.root, isOptional)
    case .map(let inner, let names):
      guard case .value(let text) = inner.value(in: scope) else { return inner.value(in: scope) }
      guard let name = names[text] ?? names["*"] else { return .missing("a meaning of \"\(text)\"") }
      return name.map { .value($0) } ?? .absent
    case .parts(let inner, let separator, let names):
      return inner.value(in: scope).map { text in
        text.split(separator: separator, omittingEmptySubsequences: false)
          .map { (names[String($0)] ?? nil) ?? String($0) }
          .joined(separator: separator)
      }
    case .before(let inner, let separator):
      return inner.value(in: scope).map { $0.before(separator) }
    case .after(let inner, let separator):
      return inner.value(in: scope).map { $0.after(separator) }
    case .capitals(let inner): return inner.value(in: scope).map { $0.uppercased() }
    case .firstName(let pointer):
      return scope.element.at(pointer)?.object?.first.map { .value($0.key) } ?? .missing(pointer)
    case .sum(let parts): return Selector.combine(parts, scope) { $0.adding($1) }
    case .difference(let parts): return Selector.combine(parts, scope) { $0.subtracting($1) }
    case .distance(let parts):
      return Selector.combine(parts, scope) { $0.subtracting($1)?.absolute }
    case .product(let parts): return Selector.combine(parts, scope) { $0.normalized.multiplied(by: $1.normalized) }
    case .first(let parts):
      for part in parts {
        if case .value(let text) = part.value(in: scope), !text.isEmpty { return .value(text) }
      }
      return .absent
    case .join(let parts):
      var text = ""
      for part in parts {
        let outcome = part.value(in: scope)
        guard case .value(let piece) = outcome else { return outcome }
        text += piece
      }
      return .value(text)
    case .lower(let inner): return inner.value(in: scope).map { $0.lowercased() }
    case .upper(let inner): return inner.value(in: scope).map { $0.uppercased() }
    case .count(let pointer):
      let value = scope.element.at(pointer)?.opened
      guard let count = value?.array?.count ?? value?.object?.count else { return .missing(pointer) }
      return .value("\(count)")
    case .pick(let pick): return pick.value(in: scope)
    case .when(let conditions, let give, let other):
      if Condition.hold(conditions, scope.element) { return give.value(in: scope) }
      return other?.value(in: scope) ?? .absent
    }
  }

  private static func look(_ pointer: String, _ value: JSONValue, _ isOptional: Bool) -> Outcome {
    if let text = value.at(pointer)?.scalar { return .value(text) }
    return isOptional ? .absent : .missing(pointer)
  }

  private static func combine(
    _ parts: [Selector], _ scope: Scope, _ operation: (Decimal64, Decimal64) -> Decimal64?
  ) -> Outcome {
    var total: Decimal64?
    for part in parts {
      guard case .value(let text) = part.value(in: scope) else { return part.value(in: scope) }
      guard let number = Decimal64(ofSample: text) else { return .missing("a number in \"\(text)\"") }
      if let sum = total {
        guard let next = operation(sum, number) else { return .missing("a number that fits") }
        total = next
      } else {
        total = number
      }
    }
    return total.map { .value($0.plain) } ?? .absent
  }
}

extension Selector.Outcome {
  fileprivate func map(_ change: (String) -> String) -> Selector.Outcome {
    if case .value(let text) = self { return .value(change(text)) }
    return self
  }
}

extension String {
  /// What stands before the first `separator`; all of it where there is none.
  func before(_ separator: String) -> String {
    separator.isEmpty ? self : split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
      .first.map(String.init) ?? self
  }

  /// What stands behind the first `separator`; all of it where there is none.
  func after(_ separator: String) -> String {
    let parts = separator.isEmpty ? [] : split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 ? String(parts[1]) : self
  }
}

extension Selector.Pick {
  func value(in scope: Selector.Scope) -> Selector.Outcome {
    let isOptional = list.hasSuffix("?")
    let pointer = isOptional ? String(list.dropLast()) : list
    guard let elements = scope.element.at(pointer)?.opened.array else {
      return isOptional ? .absent : .missing(pointer)
    }
    var best: (element: JSONValue, rank: Decimal64?)?
    for element in elements where Condition.hold(conditions, element) {
      guard let by else { best = (element, nil); break }
      guard let rank = element.at(by.pointer)?.scalar.flatMap({ Decimal64($0) }) else { return .missing(by.pointer) }
      guard let old = best?.rank else { best = (element, rank); continue }
      if by.isLargest ? old < rank : rank < old { best = (element, rank) }
    }
    return best.flatMap { $0.element.at(take)?.scalar }.map { .value($0) } ?? .absent
  }
}
