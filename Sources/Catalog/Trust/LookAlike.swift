/// Ids that people take for one another. Their letters are a-z, 0-9 and `_`, so letters of other alphabets and of other
/// case cannot come; these are what is left.
public enum LookAlike {
  /// The same for ids that look alike: `binance`, `b1nance`, `bin_ance`, `blnance`.
  static func shape(_ id: String) -> String {
    var text = ""
    for character in id where character != "_" {
      switch character {
      case "0": text.append("o")
      case "1", "i", "j": text.append("l")
      case "5": text.append("s")
      case "8": text.append("b")
      case "9", "q": text.append("g")
      case "2": text.append("z")
      default: text.append(character)
      }
    }
    return text.replacing("rn", with: "m").replacing("vv", with: "w").replacing("cl", with: "d")
  }

  /// The other id that this one looks like.
  public static func find(_ id: String, among others: some Sequence<String>) -> String? {
    let own = shape(id)
    return others.first { $0 != id && shape($0) == own }
  }
}
