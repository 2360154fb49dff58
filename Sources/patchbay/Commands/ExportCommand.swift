import CHost
import Catalog
import Journal

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay export`: the journal's tables for other programs.
enum ExportCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay export [\(HistoryRequest.tableNames.joined(separator: "|"))] --csv FILE | --json FILE [options]",
    summary: """
      Writes a table of the journal as CSV or JSON, or all of them as one JSON object, as of one moment; - is standard
      output. Numbers are exact texts. It may run while a host writes the journal.
      """,
    options: [
      CommandSyntax.Option(name: "csv", value: "FILE", help: "write CSV (RFC 4180) there; one table"),
      CommandSyntax.Option(name: "json", value: "FILE", help: "write JSON there"),
      CommandSyntax.Option(name: "force", value: nil, help: "overwrite the file"),
    ] + HistoryRequest.options,
    positionals: 0...1)

  /// Exit code 0, 1 when the journal cannot be read or the file not be written, 64 for wrong usage.
  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      let (csv, json) = (parsed["csv"], parsed["json"])
      guard let path = csv ?? json, csv == nil || json == nil else {
        environment.error("either --csv or --json is needed\nusage: \(syntax.usage)\nTry --help.")
        return 64
      }
      return HistoryRequest.run(parsed, environment) { request in
        if csv != nil, request.table == nil {
          throw HistoryRequest.Failure(
            message: "a CSV file holds one table; name it: \(HistoryRequest.tableNames.joined(separator: ", "))")
        }
        let output = try ExportOutput(path, overwrites: parsed.flags.contains("force"), environment)
        try request.reader.atOneMoment { try write(request, isCSV: csv != nil, output.put) }
        try output.end()
      }
    }
  }

  private static func write(_ request: HistoryRequest, isCSV: Bool, _ put: (String) throws -> Void) throws {
    if let table = request.table {
      if isCSV { return try HistoryFormat.csv(table, request, put) }
      try HistoryFormat.json(table, request, put)
      return try put("\n")
    }
    var separator = "{\n"
    for table in HistoryTable.allCases {
      try put("\(separator)\"\(table.rawValue)\": ")
      try HistoryFormat.json(table, request, put)
      separator = ",\n"
    }
    try put("\n}\n")
  }
}

/// A file that is there whole or not at all, for its owner alone, or standard output.
private final class ExportOutput {
  private let path: String
  private let file: UnsafeMutablePointer<FILE>?
  private let environment: CommandEnvironment
  private var isWhole = false

  init(_ path: String, overwrites: Bool, _ environment: CommandEnvironment) throws {
    self.path = path
    self.environment = environment
    let descriptor = path == "-" ? -1 : chost_open_private(path, overwrites ? 0 : 1)
    file = descriptor < 0 ? nil : fdopen(descriptor, "w")
    if path != "-", file == nil {
      let number = descriptor < 0 ? -descriptor : errno
      if descriptor >= 0 { close(descriptor) }
      let reason =
        switch number {
        case EEXIST: "it exists already; --force overwrites it"
        case ELOOP: "it is a link; name the file itself"
        default: String(cString: strerror(number))
        }
      throw HistoryRequest.Failure(message: "\(path): \(reason)")
    }
  }

  deinit {
    guard let file, !isWhole else { return }
    remove(file)
    fclose(file)
  }

  /// Takes a half-written file away; a device or a pipe is not ours to take away.
  private func remove(_ file: UnsafeMutablePointer<FILE>) {
    var status = stat()
    if fstat(fileno(file), &status) == 0, status.st_mode & S_IFMT == S_IFREG { unlink(path) }
  }

  func put(_ text: String) throws {
    guard let file else { return environment.deliver(text) }
    if fputs(text, file) < 0 { throw failure }
  }

  func end() throws {
    guard let file else { return }
    guard fflush(file) == 0 else { throw failure }
    isWhole = true
    guard fclose(file) == 0 else { throw failure }
  }

  private var failure: HistoryRequest.Failure {
    HistoryRequest.Failure(message: "\(path): \(String(cString: strerror(errno))); nothing was exported")
  }
}
