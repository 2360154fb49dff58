import Catalog

/// The name of a project, in the forms that its files need.
struct ProjectName {
  /// `my_exchange`: the connector's id.
  let id: String
  /// `MyExchange`: of types and modules.
  let type: String

  /// Of hosts: no `_` may stand there.
  var host: String { id.replacing("_", with: "-") }

  /// - Throws: why it cannot be the name of a connector, with the remedy.
  init(_ id: String) throws(Problem) {
    guard Manifest.isID(id) else {
      throw Problem(
        .value, file: "NAME", message: "\"\(id)\" cannot be a connector's id",
        remedy: "Take lower-case letters, digits and _, a letter first, at most 48: \"\(Self.near(id))\"")
    }
    self.id = id
    type = id.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    guard !id.hasSuffix("_"), !id.contains("__") else {
      throw Problem(
        .value, file: "NAME", message: "\"\(id)\" cannot be a host's name, which is made of it",
        remedy: "Take a name without _ at its end and without two in a row")
    }
    guard !Self.taken.contains(id) else {
      throw Problem(
        .value, file: "NAME", message: "\"\(id)\" means something in the language or in the kit",
        remedy: "Take another, such as \"\(id)_exchange\"")
    }
  }

  /// An id that is like a text.
  private static func near(_ text: String) -> String {
    let plain = String(text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    let word = plain.split(separator: "_").joined(separator: "_").drop { !$0.isLetter }
    return word.isEmpty ? "my_exchange" : String(word.prefix(48))
  }

  /// Words of C and Rust that no function or crate can be called by, and modules of the kit.
  private static let taken: Set<String> = [
    "abstract", "as", "async", "auto", "await", "become", "bool", "box", "break", "case", "char", "const", "continue",
    "core", "crate", "default", "do", "double", "dyn", "else", "enum", "extern", "false", "final", "float", "fn", "for",
    "goto", "if", "impl", "in", "inline", "int", "let", "long", "loop", "macro", "main", "match", "mod", "move", "mut",
    "override", "patchbay", "patchbay_kit", "priv", "proc_macro", "pub", "ref", "register", "restrict", "return",
    "self", "short", "signed", "sizeof", "static", "std", "struct", "super", "switch", "test", "trait", "true", "try",
    "type", "typedef", "typeof", "union", "unsafe", "unsigned", "unsized", "use", "virtual", "void", "volatile",
    "where", "while", "yield", "decimals", "records", "swift", "connector", "builtin", "foundation", "glibc", "alloc",
  ]
}
