import JSONTree

/// A field of which the published lists say different things.
public struct ListChange: Sendable, Equatable {
  /// What one list says, row by row; rows that leave the field out are not in it.
  public struct Statement: Sendable, Equatable {
    public var list: String
    public var values: [JSONValue]
  }

  public var field: String
  /// Oldest list first, at least two.
  public var statements: [Statement]
}

extension RegistryEntry {
  /// The rows in which a list names this exchange.
  public func rows(of list: String) -> [JSONValue] { tree["lists"]?[list]?.array ?? [] }

  /// The fields that at least two lists state and that they do not all state alike, in order of name. Where a row
  /// stands (`table`, `section`) and its text (`raw`) are not counted.
  public func changes(over lists: [String]) -> [ListChange] {
    var byField: [String: [ListChange.Statement]] = [:]
    for list in lists {
      var values: [String: [JSONValue]] = [:]
      for member in rows(of: list).flatMap({ $0.object ?? [] }) where !member.value.isNull {
        values[member.key, default: []].append(member.value)
      }
      for (field, values) in values {
        byField[field, default: []].append(ListChange.Statement(list: list, values: values))
      }
    }
    let skipped: Set = ["raw", "section", "table"]
    return byField.keys.sorted().compactMap { field in
      guard !skipped.contains(field), let statements = byField[field], statements.count > 1,
        let first = statements.first?.values.first
      else { return nil }
      let isSame = statements.allSatisfy { $0.values.allSatisfy { $0 == first } }
      return isSame ? nil : ListChange(field: field, statements: statements)
    }
  }
}
