/// Which of two versions is the newer one; both in the form `1.2.3` or `1.2.3-suffix`.
public enum VersionOrder {
  /// By the three numbers; then a version with a suffix is older than the one without, and suffixes go part by part
  /// (between dots and hyphens): numbers by size and before words, words by their letters.
  public static func isOlder(_ left: String, _ right: String) -> Bool {
    let (a, b) = (parts(left), parts(right))
    if a.numbers != b.numbers { return a.numbers.lexicographicallyPrecedes(b.numbers) }
    guard let old = a.suffix, let new = b.suffix else { return a.suffix != nil && b.suffix == nil }
    for (x, y) in zip(old, new) where x != y {
      switch (Int(x), Int(y)) {
      case (let x?, let y?) where x != y: return x < y
      case (_?, nil): return true
      case (nil, _?): return false
      default: return x < y
      }
    }
    return old.count < new.count
  }

  private static func parts(_ version: String) -> (numbers: [Int], suffix: [Substring]?) {
    let halves = version.split(separator: "-", maxSplits: 1)
    let numbers = (halves.first ?? "").split(separator: ".").map { Int($0) ?? .max }
    return (numbers, halves.count > 1 ? halves[1].split { $0 == "." || $0 == "-" } : nil)
  }
}
