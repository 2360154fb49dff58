/// The parts of a URL that a replay compares.
struct SplitURL {
  let host: String
  let path: String
  /// Values of the query, in order.
  let values: [String]

  init(_ text: String) {
    var rest = Substring(text)
    if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
    let query = rest.firstIndex(of: "?")
    let address = rest[..<(query ?? rest.endIndex)]
    let slash = address.firstIndex(of: "/") ?? address.endIndex
    host = String(address[..<slash])
    let path = String(address[slash...])
    self.path = path.isEmpty ? "/" : path
    values = query.map { index in
      rest[rest.index(after: index)...].split(separator: "&").map { pair in
        pair.firstIndex(of: "=").map { String(pair[pair.index(after: $0)...]) } ?? ""
      }
    } ?? []
  }
}

extension Substring {
  fileprivate func firstRange(of text: String) -> Range<Index>? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
      index = self.index(after: index)
    }
    return nil
  }
}
