import JSONTree

extension JSONValue {
  /// The value at a JSON pointer (RFC 6901); nil when there is none. The empty pointer is the value itself. It leads
  /// into JSON that stands in a string.
  func at(_ pointer: String) -> JSONValue? {
    var value = self
    for part in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      let key = part.contains("~") ? String(part).replacing("~1", with: "/").replacing("~0", with: "~") : String(part)
      let container = value.opened
      guard let next = container[key] ?? Int(key).flatMap({ container[$0] }) else { return nil }
      value = next
    }
    return value
  }

  /// The same value with another one at a pointer whose parents exist.
  func setting(_ pointer: String, to new: JSONValue) -> JSONValue {
    let parts = pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    return setting(parts[...], to: new)
  }

  private func setting(_ parts: ArraySlice<String>, to new: JSONValue) -> JSONValue {
    guard let key = parts.first else { return new }
    switch kind {
    case .object(var members):
      if let index = members.firstIndex(where: { $0.key == key }) {
        members[index].value = members[index].value.setting(parts.dropFirst(), to: new)
      } else {
        members.append(JSONMember(key, new))
      }
      return JSONValue(.object(members))
    case .array(var elements):
      guard let index = Int(key), elements.indices.contains(index) else { return self }
      elements[index] = elements[index].setting(parts.dropFirst(), to: new)
      return JSONValue(.array(elements))
    default: return self
    }
  }

  /// A string, number or boolean as its text; nil for null and containers.
  var scalar: String? {
    switch kind {
    case .string(let text), .number(let text): text
    case .bool(let flag): flag ? "true" : "false"
    default: nil
    }
  }

  /// The same tree with every string passed through `change`, which may give another value.
  func mapStrings(_ change: (String) -> JSONValue) -> JSONValue {
    switch kind {
    case .string(let text): change(text)
    case .array(let elements): JSONValue(.array(elements.map { $0.mapStrings(change) }))
    case .object(let members): JSONValue(.object(members.map { JSONMember($0.key, $0.value.mapStrings(change)) }))
    default: self
    }
  }
}
