/// A plain fact of an account that the exchange says in the replies of an act, such as its own number of one of the
/// account's parts: the host reads it and demands it where an act says so. It is no secret, and stays in the reply.
public struct AccountFactRule: Sendable, Equatable {
  /// As acts speak of it.
  public var name: String
  /// RFC 6901, of a list of objects in the reply.
  public var list: String
  /// Members with their texts: the first object that has all of these is meant.
  public var members: [String: String]
  /// The member of that object whose text or number is the fact.
  public var member: String

  /// For people.
  var words: String {
    let meant = members.sorted { $0.key < $1.key }.map { "\($0.key) is \($0.value)" }.joined(separator: " and ")
    return "\(name): the \(member) at \(list)" + (meant.isEmpty ? "" : " where \(meant)")
  }
}

extension FieldReader {
  /// `learns` of an act: `[{"name": "spot_account", "list": "/data", "where": {"type": "spot"}, "member": "id"}]`.
  func accountFacts() -> [AccountFactRule] {
    elements().compactMap { element in
      element.allow(only: ["name", "list", "where", "member"])
      let name = element.required("name")?.identifier()
      let list = element.required("list")?.string("a JSON pointer such as /data") { $0.hasPrefix("/") }
      let member = element.required("member")?.string()
      var members: [String: String] = [:]
      for (key, value) in element.optional("where")?.members() ?? [] { members[key] = value.string() }
      guard let name, let list, let member else { return nil }
      return AccountFactRule(name: name, list: list, members: members, member: member)
    }
  }
}
