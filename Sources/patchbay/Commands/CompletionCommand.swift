import Catalog

/// `patchbay completion`: what a shell needs to complete commands, made from their own syntax.
enum CompletionCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay completion bash|zsh|fish",
    summary: """
      Prints what completes commands, verbs and options in a shell. For bash: \
      patchbay completion bash > ~/.local/share/bash-completion/completions/patchbay
      """,
    options: [], positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      let commands = Command.shown.map(CompletedCommand.init)
      switch parsed.words[0] {
      case "bash": environment.output(bash(commands))
      case "zsh": environment.output(zsh(commands))
      case "fish": environment.output(fish(commands))
      case let word: return environment.usage(.unknownWord(word, known: ["bash", "zsh", "fish"]), syntax)
      }
      return 0
    }
  }

  /// Words where a command stands first, then its verbs, options and files. An option whose value is a file is
  /// completed by files, one with another value by nothing.
  private static func bash(_ commands: [CompletedCommand]) -> String {
    let cases = commands.map { command in
      "    \(command.name)) words=\"\((command.verbs + command.flags).joined(separator: " "))\" ;;\n"
    }
    let (files, others) = values(commands)
    return """
      # Completes patchbay in bash. Made by: patchbay completion bash
      _patchbay() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=
        COMPREPLY=()
        case $previous in
          \(files.joined(separator: "|"))) COMPREPLY=($(compgen -f -- "$current")); return ;;
          \(others.joined(separator: "|"))) return ;;
        esac
        if [ "$COMP_CWORD" = 1 ]; then
          COMPREPLY=($(compgen -W "\(commands.map(\.name).joined(separator: " ")) help" -- "$current"))
          return
        fi
        case ${COMP_WORDS[1]} in
      \(cases.joined())  esac
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
      }
      complete -o filenames -F _patchbay patchbay

      """
  }

  /// Options of all commands whose value is a file, and those with another value.
  private static func values(_ commands: [CompletedCommand]) -> (files: [String], others: [String]) {
    let all = commands.flatMap(\.options).filter { $0.value != nil }
    let isFile = { (option: CommandSyntax.Option) in ["FILE", "DIR"].contains { option.value?.contains($0) ?? false } }
    let names = { (options: [CommandSyntax.Option]) in Set(options.map { "--\($0.name)" }).sorted() }
    let files = names(all.filter(isFile))
    return (files, names(all.filter { !isFile($0) }).filter { !files.contains($0) })
  }

  private static func zsh(_ commands: [CompletedCommand]) -> String {
    let names = commands.map { "    '\($0.name):\(quoted($0.summary))'\n" }.joined()
    let cases = commands.map { command in
      let options = command.options.map { option in
        let value = option.value.map { value in
          ":\(value):" + (value.contains("FILE") || value.contains("DIR") ? "_files" : " ")
        }
        return " \\\n        '*--\(option.name)\(option.value == nil ? "" : "=")[\(quoted(option.help))]\(value ?? "")'"
      }
      let verbs = command.verbs.isEmpty ? "" : " \\\n        '1:what:(\(command.verbs.joined(separator: " ")))'"
      return "    \(command.name)) _arguments\(verbs) '*:word:_files'\(options.joined()) ;;\n"
    }
    return """
      #compdef patchbay
      # Completes patchbay in zsh. Made by: patchbay completion zsh
      local -a commands
      commands=(
      \(names))
      if (( CURRENT == 2 )); then
        _describe command commands
        return
      fi
      local name=$words[2]
      shift words
      (( CURRENT-- ))
      case $name in
      \(cases.joined())esac

      """
  }

  private static func fish(_ commands: [CompletedCommand]) -> String {
    var lines = ["# Completes patchbay in fish. Made by: patchbay completion fish", "complete -c patchbay -f"]
    for command in commands {
      let within = "-n '__fish_seen_subcommand_from \(command.name)'"
      lines.append(
        "complete -c patchbay -n __fish_use_subcommand -a \(command.name) -d '\(quoted(command.summary))'")
      if !command.verbs.isEmpty {
        lines.append("complete -c patchbay \(within) -a '\(command.verbs.joined(separator: " "))'")
      }
      for option in command.options {
        let isFile = ["FILE", "DIR"].contains { option.value?.contains($0) ?? false }
        let value = option.value == nil ? "" : isFile ? " -rF" : " -x"
        lines.append("complete -c patchbay \(within) -l \(option.name)\(value) -d '\(quoted(option.help))'")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A text between single quotes, and in brackets of zsh.
  private static func quoted(_ text: String) -> String {
    text.replacing("'", with: "").replacing("[", with: "(").replacing("]", with: ")").replacing(":", with: ",")
  }
}

/// What can be completed of a command.
struct CompletedCommand {
  let name: String
  let summary: String
  /// Words that may follow it, as its usage has them.
  let verbs: [String]
  /// Of all its verbs.
  let options: [CommandSyntax.Option]

  init(_ command: Command) {
    (name, summary) = (command.name, command.summary)
    var verbs: [String] = []
    var options: [CommandSyntax.Option] = []
    for syntax in command.syntaxes {
      for word in Self.words(of: syntax.usage, after: command.name) where !verbs.contains(word) { verbs.append(word) }
      for option in syntax.options where !options.contains(where: { $0.name == option.name }) { options.append(option) }
    }
    self.verbs = verbs
    self.options = options + [CommandSyntax.Option(name: "help", value: nil, help: "say what it does")]
  }

  var flags: [String] { options.map { "--\($0.name)" } }

  /// The literal words, in small letters, that stand behind a command's name in its usage.
  static func words(of usage: String, after name: String) -> [String] {
    let parts = usage.split(separator: " ")
    var words: [String] = []
    for (place, part) in parts.enumerated() where place >= 2 {
      guard parts[place - 1] == name, parts[place - 2] == "patchbay" else { continue }
      let choices = part.drop { $0 == "[" }.prefix { $0 != "]" }
      guard part.hasPrefix("[") == part.hasSuffix("]"), choices != "options" else { continue }
      words += choices.split(separator: "|").map(String.init).filter { word in
        word.allSatisfy { $0.isLowercase || $0 == "_" || $0 == "-" } && !word.hasPrefix("-")
      }
    }
    return words
  }
}
