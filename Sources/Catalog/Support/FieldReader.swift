import JSONTree

/// Collects the problems of one file while it is read, so that all are reported and not only the first.
final class ProblemLog {
  let file: String
  /// Strings that consist of one environment stand-in: they may be read as a number or boolean.
  let standIns: Set<JSONPosition>
  var problems: [Problem] = []

  init(file: String, standIns: Set<JSONPosition> = []) {
    self.file = file
    self.standIns = standIns
  }

  var hasErrors: Bool { problems.contains { !$0.isWarning } }
}

/// A value together with its path and the log of its file. The accessors answer nil when the value has the wrong form
/// and report that.
struct FieldReader {
  let value: JSONValue
  let field: String
  let log: ProblemLog

  func report(
    _ kind: Problem.Kind, _ message: String, remedy: String = "", at position: JSONPosition? = nil,
    isWarning: Bool = false
  ) {
    let problem = Problem(
      kind, file: log.file, position: position ?? value.position, field: field, message: message, remedy: remedy,
      isWarning: isWarning)
    // Several accessors may stumble over the same value.
    if log.problems.last != problem { log.problems.append(problem) }
  }

  // MARK: Objects

  /// The member of this name, when it is there and not null.
  func optional(_ key: String) -> FieldReader? {
    guard let member = value[key], !member.isNull else { return nil }
    return child(key, member)
  }

  /// The member of this name; a missing or null one is reported.
  func required(_ key: String) -> FieldReader? {
    if let member = optional(key) { return member }
    guard value.object != nil else {
      wrongType("an object")
      return nil
    }
    let position = value[key]?.position ?? value.position
    FieldReader(value: JSONValue(.null, at: position), field: path(key), log: log)
      .report(.missing, "this field is missing", remedy: "Add \"\(key)\"")
    return nil
  }

  /// The members in their order, without those that are null, which means left out; a value that is no object is
  /// reported and has none.
  func members() -> [(key: String, reader: FieldReader)] {
    guard let members = value.object else {
      wrongType("an object")
      return []
    }
    return members.filter { !$0.value.isNull }.map { ($0.key, child($0.key, $0.value)) }
  }

  /// Reports every key that is not among the known ones, with the nearest.
  func allow(only known: [String]) {
    guard let members = value.object else { return wrongType("an object") }
    for member in members where !known.contains(member.key) {
      child(member.key, member.value).report(
        .unknownKey, "unknown key", remedy: NearestName.remedy(member.key, among: known), at: member.keyPosition)
    }
  }

  func elements() -> [FieldReader] {
    guard let elements = value.array else {
      wrongType("an array")
      return []
    }
    return elements.enumerated().map { FieldReader(value: $1, field: "\(field)[\($0)]", log: log) }
  }

  // MARK: Scalars

  func string() -> String? {
    if let string = value.string { return string }
    wrongType("text in double quotes")
    return nil
  }

  /// A text that is not empty and matches; `what` names its form in the message.
  func string(_ what: String, where isValid: (String) -> Bool) -> String? {
    guard let string = string() else { return nil }
    if isValid(string) { return string }
    report(.value, "\"\(string)\" is not \(what)")
    return nil
  }

  func bool() -> Bool? {
    if let bool = value.bool { return bool }
    if let text = standIn, text == "true" || text == "false" { return text == "true" }
    wrongType("true or false")
    return nil
  }

  func int(in range: ClosedRange<Int>) -> Int? {
    guard let int = value.int ?? standIn.flatMap({ Int($0) }) else {
      wrongType("a whole number")
      return nil
    }
    if range.contains(int) { return int }
    report(.value, "\(int) is not from \(range.lowerBound) to \(range.upperBound)")
    return nil
  }

  /// One of the raw values of an enum of texts.
  func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> Choice?
  where Choice.RawValue == String {
    guard let string = string() else { return nil }
    if let choice = Choice(rawValue: string) { return choice }
    let names = Choice.allCases.map(\.rawValue)
    report(.value, "unknown value \"\(string)\"", remedy: NearestName.remedy(string, among: names))
    return nil
  }

  /// An array of texts without repetition.
  func strings() -> [String] {
    var seen: Set<String> = []
    return elements().compactMap { element in
      guard let string = element.string() else { return nil }
      if seen.insert(string).inserted { return string }
      element.report(.conflict, "\"\(string)\" stands twice", remedy: "Remove one")
      return nil
    }
  }

  private var standIn: String? { log.standIns.contains(value.position) ? value.string : nil }

  private func wrongType(_ wanted: String) {
    report(.type, "must be \(wanted), not \(value.typeName)")
  }

  private func path(_ key: String) -> String { field.isEmpty ? key : "\(field).\(key)" }

  private func child(_ key: String, _ value: JSONValue) -> FieldReader {
    FieldReader(value: value, field: path(key), log: log)
  }
}
