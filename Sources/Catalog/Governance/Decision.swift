import JSONTree

/// A change of the registry that people decided: what, when and why. Decisions are only ever added.
public struct Decision: Sendable, Equatable {
  /// What can be decided.
  public enum Field: String, CaseIterable, Sendable {
    /// The entry came into the registry.
    case entry
    case tier
    case maintainer
    /// A standard or a status that was given by hand. It stands beside what is measured.
    case label
  }

  /// The day, `2026-11-30`.
  public var date: String
  public var field: Field
  /// What stood there before; null = nothing.
  public var from: JSONValue
  public var to: JSONValue
  public var reason: String
  /// The poll that decided it.
  public var poll: String?

  public init(
    date: String, field: Field, from: JSONValue = nil, to: JSONValue = nil, reason: String, poll: String? = nil
  ) {
    (self.date, self.field, self.from, self.to) = (date, field, from, to)
    (self.reason, self.poll) = (reason, poll)
  }

  /// Whether a text is a whole day.
  public static func isDay(_ text: String) -> Bool { text.utf8.count == 10 && NameForm.isDate(text) }

  /// Those of an entry of the registry's source; what is no decision is left out.
  public static func all(of entry: JSONValue) -> [Decision] {
    guard let list = entry["decisions"] else { return [] }
    return FieldReader(value: list, field: "decisions", log: ProblemLog(file: "")).decisions()
  }

  public var json: JSONValue {
    var members = [
      JSONMember("date", JSONValue(.string(date))), JSONMember("field", JSONValue(.string(field.rawValue))),
      JSONMember("from", from), JSONMember("to", to), JSONMember("reason", JSONValue(.string(reason))),
    ]
    if let poll { members.append(JSONMember("poll", JSONValue(.string(poll)))) }
    return JSONValue(.object(members))
  }

  /// In a sentence's part: `tier: silver, before bronze: by the poll`.
  public var words: String {
    var text = "\(field.rawValue): \(Self.words(to))"
    if !from.isNull { text += ", before \(Self.words(from))" }
    return "\(text): \(reason)" + (poll.map { " (poll \($0))" } ?? "")
  }

  private static func words(_ value: JSONValue) -> String {
    if value.isNull { return "none" }
    if let text = value.string ?? value["name"]?.string { return text }
    let parts = (value.object ?? []).map { "\($0.key) \($0.value.string ?? JSONWriter.compact($0.value))" }
    return parts.joined(separator: ", ")
  }
}

extension FieldReader {
  /// Decisions, oldest first.
  func decisions() -> [Decision] {
    var latest = ""
    return elements().compactMap { reader in
      reader.allow(only: ["date", "field", "from", "to", "reason", "poll"])
      let date = reader.required("date")?.string("a day such as 2026-01-31", where: Decision.isDay)
      let field = reader.required("field")?.choice(Decision.Field.self)
      let reason = reader.required("reason")?.string()
      guard let date, let field, let reason else { return nil }
      if date < latest {
        reader.report(.conflict, "stands behind a later day, \(latest)", remedy: "Decisions stand oldest first")
      }
      latest = max(latest, date)
      return Decision(
        date: date, field: field, from: reader.value["from"] ?? nil, to: reader.value["to"] ?? nil, reason: reason,
        poll: reader.optional("poll")?.string())
    }
  }
}
