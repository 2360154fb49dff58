import CHost
import PrintableText
import Vault

#if canImport(Glibc)
  import Glibc
#endif

/// What a command sees of the world, so that it can be run in a test.
struct CommandEnvironment {
  /// Of the program, of its package, and of the connectors in this tree.
  static let version = "0.1.0"

  /// Environment variables, without the password.
  var variables: [String: String]
  /// What stood in `PATCHBAY_PASSWORD`; nil = nothing did.
  var password: GivenPassword?
  /// Folder of this executable: libraries and the registry lie beside it.
  var executableFolder: String
  /// Columns of the terminal; nil when the output is not one.
  var terminalWidth: Int?
  /// Rows of the terminal; nil when the output is not one.
  var terminalHeight: Int?
  /// Prints a text, but for what controls a terminal: see `printableLines`.
  var output: (String) -> Void
  /// Writes a text for programs, every byte of it. What is peers' in it is printable already.
  var deliver: (String) -> Void = { print($0, terminator: "") }
  /// Prints a line for errors, in the same way.
  var error: (String) -> Void
  /// Prints a picture with the program's own control sequences in it; what others said is printable already.
  var draw: (String) -> Void = { print($0, terminator: "") }
  /// Asks for a line at the terminal, without echo where it is a secret; nil = there is no terminal, or nothing was
  /// given.
  var ask: (_ prompt: String, _ isSecret: Bool) -> [UInt8]? = { _, _ in nil }
}

extension CommandEnvironment {
  /// The real one.
  static func current(
    executable: String, variables: [String: String], password: GivenPassword?
  ) -> CommandEnvironment {
    var size = winsize()
    let isTerminal = isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
    return CommandEnvironment(
      variables: variables, password: password, executableFolder: folder(of: executable),
      terminalWidth: isTerminal && size.ws_col >= 40 ? Int(size.ws_col) : nil,
      terminalHeight: isTerminal && size.ws_row >= 10 ? Int(size.ws_row) : nil,
      output: { print($0.printableLines, terminator: "") },
      error: { line in
        // Standard output is buffered: what was printed before must be seen before.
        fflush(nil)
        let bytes = Array("\(line.printableLines)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
      },
      ask: { prompt, isSecret in
        fflush(nil)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = chost_ask(prompt, isSecret ? 0 : 1, &bytes, bytes.count)
        defer { chost_wipe(&bytes, bytes.count) }
        return count >= 0 ? Array(bytes[..<Int(count)]) : nil
      })
  }

  /// This program's own file.
  var executable: String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    return count > 0
      ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : "\(executableFolder)/patchbay"
  }

  private static func folder(of executable: String) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = count > 0
      ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : executable
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return String(path[..<slash])
  }

  /// Runs a command on its arguments, unless they ask for help or are wrong.
  func run(_ arguments: [String], _ syntax: CommandSyntax, _ command: (Arguments) -> Int32) -> Int32 {
    do {
      let parsed = try Arguments(arguments, syntax)
      if !parsed.wantsHelp { return command(parsed) }
      output(syntax.help)
      return 0
    } catch {
      return usage(error, syntax)
    }
  }

  /// A word that may follow a command, and what it does.
  typealias Verb = (name: String, syntax: CommandSyntax, run: @Sendable (Arguments, CommandEnvironment) throws -> Int32)

  /// Runs the verb that the first argument names. Exit code 0, 1 when something was refused or failed, 64 for wrong
  /// usage.
  func run(_ arguments: [String], _ syntax: CommandSyntax, _ verbs: [Verb]) -> Int32 {
    guard let word = arguments.first, !word.hasPrefix("-") else { return run(arguments, syntax) { _ in 0 } }
    guard let verb = verbs.first(where: { $0.name == word }) else {
      return usage(.unknownWord(word, known: verbs.map(\.name)), syntax)
    }
    return run(Array(arguments.dropFirst()), verb.syntax) { options in
      do {
        return try verb.run(options, self)
      } catch {
        report(error)
        return 1
      }
    }
  }

  /// Prints the usage mistake and where help is; the exit code of wrong usage.
  func usage(_ mistake: Arguments.UsageError, _ syntax: CommandSyntax) -> Int32 {
    error("\(mistake.description)\nusage: \(syntax.usage)\nTry --help.")
    return 64
  }
}
