/// Suggesting what was probably meant.
public enum NearestName {
  /// The candidate with the fewest edits (letters added, left out, changed, or two neighbours swapped), if that is at
  /// most a third of the longer name and at least one; case, `-`, `_` and `/` do not count. The first of equals wins.
  /// Cost: the product of the lengths, per candidate.
  public static func suggest(_ name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = fold(name)
    guard wanted.count <= 64 else { return nil }
    var best: (name: String, edits: Int)?
    for candidate in candidates {
      let folded = fold(candidate)
      let edits = distance(wanted, folded)
      guard edits <= max(1, max(wanted.count, folded.count) / 3), edits < best?.edits ?? .max else { continue }
      best = (candidate, edits)
    }
    return best?.name
  }

  /// ` Did you mean "x"?` or the names that there are.
  public static func remedy(_ name: String, among candidates: [String]) -> String {
    if let suggestion = suggest(name, among: candidates) { return "Did you mean \"\(suggestion)\"?" }
    guard !candidates.isEmpty, candidates.count <= 12 else { return "" }
    return "Known: " + candidates.joined(separator: ", ")
  }

  private static func fold(_ name: String) -> [UInt8] {
    name.lowercased().utf8.filter { !"_-/".utf8.contains($0) }
  }

  /// Optimal string alignment distance.
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var before = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i] + [Int](repeating: 0, count: b.count)
      for j in 1...b.count {
        row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], before[j - 2] + 1) }
      }
      (before, last) = (last, row)
    }
    return last[b.count]
  }
}
