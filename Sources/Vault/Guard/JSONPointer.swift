/// RFC 6901.
enum JSONPointer {
  /// The keys of a pointer; nil when it is none. The empty pointer has none.
  static func parts(_ text: some StringProtocol) -> [String]? {
    guard !text.isEmpty else { return [] }
    guard text.hasPrefix("/") else { return nil }
    var parts: [String] = []
    for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      var key = ""
      var rest = part[...]
      while let character = rest.popFirst() {
        guard character == "~" else {
          key.append(character)
          continue
        }
        switch rest.popFirst() {
        case "0": key.append("~")
        case "1": key.append("/")
        default: return nil
        }
      }
      parts.append(key)
    }
    return parts
  }
}
