extension JSONValue {
  /// The JSON that stands in this string, as some exchanges put it into their messages; nil for anything else.
  public var embedded: JSONValue? {
    guard let text = string, text.first == "{" || text.first == "[" else { return nil }
    return try? JSONDocument.parse(bytes: Array(text.utf8))
  }

  /// What is embedded in this value, or the value itself.
  public var opened: JSONValue { embedded ?? self }
}
