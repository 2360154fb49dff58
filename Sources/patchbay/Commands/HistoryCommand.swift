import Catalog
import Journal

/// `patchbay history`: what the journal knows, the latest rows of one table.
enum HistoryCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay history [\(HistoryRequest.tableNames.joined(separator: "|"))] [options]",
    summary: """
      Prints the latest rows of the journal, oldest first: orders unless another table is named. It may run while a host
      writes the journal, and changes nothing.
      """,
    options: HistoryRequest.options + [
      CommandSyntax.Option(name: "limit", value: "N", help: "the latest N rows (default: 100)"),
      CommandSyntax.Option(name: "json", value: nil, help: "print JSON, with every column"),
    ],
    positionals: 0...1)

  /// Exit code 0, 1 when the journal cannot be read, 64 for wrong usage.
  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      HistoryRequest.run(parsed, environment) { request in try print(request, parsed, environment) }
    }
  }

  private static func print(
    _ request: HistoryRequest, _ arguments: Arguments, _ environment: CommandEnvironment
  ) throws {
    var request = request
    let limit = arguments["limit"] ?? "100"
    guard let rows = Int(limit), rows > 0 else {
      throw HistoryRequest.Failure(message: "--limit: \"\(limit)\" is no number of rows; write 1 or more")
    }
    request.filter.limit = rows
    let table = request.table ?? .orders
    if arguments.flags.contains("json") {
      try HistoryFormat.json(table, request, environment.output)
      environment.output("\n")
    } else {
      try printTable(table, request, environment)
    }
  }

  private static func printTable(
    _ table: HistoryTable, _ request: HistoryRequest, _ environment: CommandEnvironment
  ) throws {
    let columns = table.columns
    let shown = columns.indices.filter { columns[$0].isMain }
    var rows: [[String]] = []
    try request.reader.read(table, request.filter) { row in
      rows.append(shown.map { short(row[$0] ?? "", columns[$0].kind) })
    }
    guard !rows.isEmpty else { return environment.output("no \(table)\n") }
    let titles = shown.enumerated().map { place, column in
      TextTable.Column(
        title: columns[column].name, least: columns[column].name == "reason" ? 10 : nil, importance: 100 - place)
    }
    let (text, left) = TextTable.render(titles, rows, width: environment.terminalWidth)
    environment.output(text)
    if !left.isEmpty {
      environment.error("not shown, for want of width: \(left.joined(separator: ", ")); --json shows all")
    }
  }

  /// Moments to the millisecond; everything else as it is.
  private static func short(_ text: String, _ kind: HistoryTable.Column.Kind) -> String {
    guard case .time = kind, text.count > 7 else { return text }
    return text.dropLast(7).split(separator: "T").joined(separator: " ")
  }
}
