import Catalog

/// The options that a command knows. It is the command's help and its parser in one.
struct CommandSyntax {
  /// An option: a flag, or one that takes a value.
  struct Option {
    var name: String
    /// What the value is called in the help; nil = a flag.
    var value: String?
    var help: String
  }

  /// Such as `patchbay connectors [show ID]`.
  var usage: String
  /// One sentence or more on what the command does.
  var summary: String
  var options: [Option]
  /// How many words may stand outside options.
  var positionals: ClosedRange<Int>

  /// The text of `--help`.
  var help: String {
    let all = options + [Option(name: "help", value: nil, help: "show this text")]
    let names = all.map { "--\($0.name)" + ($0.value.map { " \($0)" } ?? "") }
    let width = names.map(\.count).max() ?? 0
    let indent = String(repeating: " ", count: width + 4)
    let lines = zip(names, all).map { name, option in
      let help = wrapped(option.help, 114 - width).split(separator: "\n").joined(separator: "\n" + indent)
      return "  " + name + String(repeating: " ", count: width - name.count + 2) + help
    }
    return "usage: \(usage)\n\n\(wrapped(summary, 100))\n\n\(lines.joined(separator: "\n"))\n"
  }
}

/// A text broken at spaces into lines of at most `width` characters.
private func wrapped(_ text: String, _ width: Int) -> String {
  var lines = [""]
  for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
    if let last = lines.last, !last.isEmpty, last.count + 1 + word.count > width {
      lines.append(String(word))
    } else {
      lines[lines.count - 1] += (lines.last?.isEmpty ?? true ? "" : " ") + word
    }
  }
  return lines.joined(separator: "\n")
}

/// A command line taken apart: `--name value`, `--name=value`, `--flag`, and words; behind `--` everything is a word.
struct Arguments {
  /// What is wrong with a command line.
  enum UsageError: Error, Equatable, CustomStringConvertible {
    /// No such option; the nearest that there is.
    case unknownOption(String, nearest: String?)
    /// An option that takes a value stands without one.
    case missingValue(String)
    /// A flag stands with a value.
    case unexpectedValue(String)
    /// A word too many.
    case unexpectedWord(String)
    /// A word that is none of those that may stand there.
    case unknownWord(String, known: [String])
    /// A word too few.
    case missingWord

    var description: String {
      switch self {
      case .unknownOption(let name, let nearest):
        "unknown option --\(name)" + (nearest.map { ". Did you mean --\($0)?" } ?? "")
      case .missingValue(let name): "--\(name) needs a value"
      case .unexpectedValue(let name): "--\(name) takes no value"
      case .unexpectedWord(let word): "unexpected \"\(word)\""
      case .unknownWord(let word, let known): "there is no \"\(word)\"\(NameRule.hint(word, among: known))"
      case .missingWord: "something is missing"
      }
    }
  }

  private(set) var values: [String: [String]] = [:]
  private(set) var flags: Set<String> = []
  private(set) var words: [String] = []
  var wantsHelp: Bool { flags.contains("help") }

  /// The last value of an option.
  subscript(option: String) -> String? { values[option]?.last }

  init(_ arguments: [String], _ syntax: CommandSyntax) throws(UsageError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--"), argument != "--" else {
        if argument == "--" {
          words += rest
          break
        }
        if argument == "-h" { flags.insert("help") } else { words.append(argument) }
        continue
      }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      try take(String(parts[0]), inline: parts.count > 1 ? String(parts[1]) : nil, from: &rest, syntax)
    }
    if wantsHelp { return }
    if words.count > syntax.positionals.upperBound {
      throw .unexpectedWord(words[syntax.positionals.upperBound])
    }
    if words.count < syntax.positionals.lowerBound { throw .missingWord }
  }

  private mutating func take(
    _ name: String, inline: String?, from rest: inout ArraySlice<String>, _ syntax: CommandSyntax
  ) throws(UsageError) {
    if name == "help" {
      flags.insert(name)
      return
    }
    guard let option = syntax.options.first(where: { $0.name == name }) else {
      throw .unknownOption(
        name, nearest: NearestName.suggest(name, among: syntax.options.map(\.name) + ["help"]))
    }
    if option.value == nil {
      guard inline == nil else { throw .unexpectedValue(name) }
      flags.insert(name)
    } else if let value = inline {
      values[name, default: []].append(value)
    } else if let value = rest.first, !value.hasPrefix("--") {
      rest.removeFirst()
      values[name, default: []].append(value)
    } else {
      throw .missingValue(name)
    }
  }
}
