import Catalog
import JSONTree
import Journal
import PatchbayHost
import PrintableText

/// What `history` and `export` have in common: which journal, which table, which rows.
struct HistoryRequest {
  static let tableNames = HistoryTable.allCases.map(\.rawValue)

  static let options = [
    CommandSyntax.Option(name: "exchange", value: "ID", help: "only of this exchange"),
    CommandSyntax.Option(name: "connector", value: "ID", help: "only of this connector: orders, events, fills"),
    CommandSyntax.Option(name: "account", value: "NAME", help: "only of this account"),
    CommandSyntax.Option(name: "order", value: "ID", help: "only of this client or venue order id"),
    CommandSyntax.Option(name: "pair", value: "BASE-QUOTE", help: "only of this pair"),
    CommandSyntax.Option(
      name: "since", value: "TIME", help: "from then on: 2026-11-20 or 2026-11-20T08:47:58Z, in UTC"),
    CommandSyntax.Option(name: "until", value: "TIME", help: "before then"),
    CommandSyntax.Option(
      name: "journal", value: "FILE", help: "the journal (default: journal.sqlite in the data folder)"),
    .config,
  ]

  /// What ends a command with exit code 1.
  struct Failure: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
  }

  /// `nil` when no table was named.
  let table: HistoryTable?
  var filter = HistoryFilter()
  let reader: JournalReader

  init(_ arguments: Arguments, _ environment: CommandEnvironment) throws {
    table = try arguments.words.first.map { word in
      let name = try NameRule.choose(word, "table", among: Self.tableNames)
      return HistoryTable(rawValue: name) ?? .orders
    }
    filter.since = try Self.time("since", arguments)
    filter.until = try Self.time("until", arguments)
    if let table, !table.hasPairs, arguments["pair"] != nil {
      throw Failure(message: "--pair: \(table) have no pairs")
    }
    for option in ["connector", "order"] where arguments[option] != nil && table?.hasOrders == false {
      throw Failure(message: "--\(option): \(table?.rawValue ?? "") belong to no order")
    }
    let config = try environment.loadConfig(arguments["config"])
    let folder = config.map { $0.resolve($0.dataFolder) } ?? "data"
    reader = try JournalReader(path: arguments["journal"] ?? "\(folder)/journal.sqlite")
    for name in HistoryName.allCases { filter[name] = arguments[name.rawValue] }
    filter.order = arguments["order"]
    do {
      try HistoryNames(reader: reader, config: config).settle(&filter)
    } catch let mistake as HistoryNames.Mistake {
      throw Failure(message: "--\(mistake.field): \(mistake.text)")
    }
  }

  private static func time(_ option: String, _ arguments: Arguments) throws -> Int64? {
    guard let text = arguments[option] else { return nil }
    guard let time = UTCTime.nanoseconds(text) else {
      throw Failure(
        message: "--\(option): \"\(text)\" is no moment; write 2026-11-20 or 2026-11-20T08:47:58Z, which is UTC")
    }
    return time
  }

  /// Runs a command on what its arguments ask for, and says what goes wrong.
  static func run(
    _ arguments: Arguments, _ environment: CommandEnvironment, _ command: (HistoryRequest) throws -> Void
  ) -> Int32 {
    do {
      try command(HistoryRequest(arguments, environment))
      return 0
    } catch let failure as Failure {
      environment.error(failure.message)
    } catch let problems as Problems {
      _ = environment.report(problems.all)
    } catch {
      environment.report(error)
    }
    return 1
  }
}

/// Rows as text that other programs read.
enum HistoryFormat {
  /// A row as a JSON object. Numbers are texts: programs that read JSON numbers as binary ones would change them.
  static func json(_ row: [String?], _ table: HistoryTable) -> String {
    let members = zip(table.columns, row).map { column, text in
      let value: JSONValue = switch (column.kind, text) {
      case (_, nil): nil
      case (.flag, let text): JSONValue(.bool(text == "true"))
      case (_, let text?): JSONValue(.string(text))
      }
      return JSONMember(column.name, value)
    }
    return JSONWriter.compact(JSONValue(.object(members)))
  }

  /// A table as a JSON array with one row a line.
  static func json(
    _ table: HistoryTable, _ request: HistoryRequest, _ put: (String) throws -> Void
  ) throws {
    var separator = "[\n"
    try request.reader.read(table, request.filter) { row in
      try put(separator + json(row, table))
      separator = ",\n"
    }
    try put(separator == ",\n" ? "\n]" : "[]")
  }

  /// A table as RFC 4180 has it: a first line of names, quotes where they are needed, CR LF at the ends of lines. What
  /// is not known is empty.
  static func csv(
    _ table: HistoryTable, _ request: HistoryRequest, _ put: (String) throws -> Void
  ) throws {
    try put(csvLine(table.columns.map(\.name)))
    let columns = table.columns
    try request.reader.read(table, request.filter) { row in
      try put(csvLine(zip(columns, row).map { csvCell($1 ?? "", $0.kind) }))
    }
  }

  /// Text of exchanges could be a formula, or more than a line; numbers and moments are ours, and keep their sign.
  private static func csvCell(_ text: String, _ kind: HistoryTable.Column.Kind) -> String {
    if case .text = kind { text.spreadsheetCell } else { text }
  }

  private static func csvLine(_ fields: [String]) -> String {
    fields.map { field in
      let needsQuotes = field.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
      guard needsQuotes else { return field }
      let inner = field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      return "\"\(inner)\""
    }.joined(separator: ",") + "\r\n"
  }
}
