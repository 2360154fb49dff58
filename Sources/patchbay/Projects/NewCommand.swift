import Catalog

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay new`: a small connector that works, to be changed into one's own.
enum NewCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay new NAME --lang swift|rust|c [options]",
    summary: """
      Writes a small project into the folder NAME: a connector to an exchange that is made up, with its manifest, a \
      recording and what must come of it. It builds by make, and make test checks and certifies it. NAME becomes its \
      id: lower-case letters, digits and _, a letter first. docs/writing-a-connector.md goes on from there.
      """,
    options: [
      CommandSyntax.Option(name: "lang", value: "LANGUAGE", help: "swift, rust or c"),
      CommandSyntax.Option(
        name: "like", value: "SHAPE",
        help: "what its exchange is like: websocket-snapshots (default), rest-snapshot, login or rpc"),
      CommandSyntax.Option(
        name: "patchbay", value: "DIR", help: "Patchbay's sources (default: those that this program belongs to)"),
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      guard let language = parsed["lang"] else {
        environment.error("--lang is needed: swift, rust or c")
        return 64
      }
      do {
        let project = ProjectTemplate(
          name: try ProjectName(parsed.words[0]),
          language: try choice(language, "language"),
          shape: try choice(parsed["like"] ?? "websocket-snapshots", "shape"),
          sources: try SourceFolder(parsed["patchbay"], executableFolder: environment.executableFolder))
        let count = try project.write(to: project.name.id)
        environment.output(
          """
          \(count) files are in \(project.name.id)/, which is like \(project.shape.summary).

            cd \(project.name.id)
            make          # build/\(project.name.id)/ is what is dropped in or packed
            make test     # patchbay check, then patchbay certify on its recording

          README.md there says what comes next.

          """)
        let tool = project.language.tool
        if !isInPath(tool.program, environment) {
          environment.error("there is no \(tool.program) in PATH, which builds it: \(tool.remedy)")
        }
        return 0
      } catch {
        environment.report(error)
        return 1
      }
    }
  }

  private static func choice<Word: RawRepresentable & CaseIterable>(
    _ word: String, _ what: String
  ) throws -> Word where Word.RawValue == String {
    let name = try NameRule.choose(word, what, among: Word.allCases.map(\.rawValue))
    guard let found = Word(rawValue: name) else {
      throw Problem(.unknownName, file: "--\(what)", message: "there is no \(what) \"\(word)\"")
    }
    return found
  }

  private static func isInPath(_ program: String, _ environment: CommandEnvironment) -> Bool {
    let folders = (environment.variables["PATH"] ?? "/usr/bin").split(separator: ":")
    return folders.contains { access("\($0)/\(program)", X_OK) == 0 }
  }
}

/// A language that a project can be written in.
enum ProjectLanguage: String, CaseIterable {
  case swift, rust, c

  var tool: (program: String, remedy: String) {
    switch self {
    case .swift: ("swiftc", "install Swift 6.3 from swift.org")
    case .rust: ("rustc", "apt-get install rustc (1.63 suffices)")
    case .c: ("cc", "apt-get install gcc make")
    }
  }
}

/// What an exchange can be like.
enum ProjectShape: String, CaseIterable {
  case webSocketSnapshots = "websocket-snapshots"
  case restSnapshot = "rest-snapshot"
  case login
  case rpc

  var summary: String {
    switch self {
    case .webSocketSnapshots: "an exchange whose books begin with a snapshot on the stream"
    case .restSnapshot: "an exchange whose books are asked for over REST and changed by the stream"
    case .login: "an exchange with orders: signed requests, and a private stream that is logged in"
    case .rpc: "an exchange that speaks JSON-RPC"
    }
  }
}
