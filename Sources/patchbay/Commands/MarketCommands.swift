import Catalog
import Control
import JSONTree
import PrintableText

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay book`: a book of the running host.
enum BookCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay book PAIR [options]",
    summary: "Prints the book of a pair from the running host: the best levels, exact.",
    options: [
      ClientCommand.connector,
      CommandSyntax.Option(name: "depth", value: "N", help: "levels of each side (default: 10)"),
      ClientCommand.watch, ClientCommand.json, .config,
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      guard let depth = Int(options["depth"] ?? "10"), (1...5000).contains(depth) else {
        environment.error("--depth takes a number from 1 to 5000")
        return 64
      }
      var fields = ClientCommand.fields([
        ("pair", ClientCommand.text(options.words[0])), ("connector", ClientCommand.text(options["connector"])),
        ("depth", JSONValue(.number("\(depth)"))),
      ])
      let isJSON = options.flags.contains("json")
      func show(_ book: JSONValue) { environment.show(isJSON ? JSONWriter.compact(book) + "\n" : text(book)) }
      guard options.flags.contains("watch") else {
        show(try client.ask("book", fields))
        return 0
      }
      fields.append(JSONMember("watch", true))
      var screen = StatusScreen()
      try client.watch("book", fields) { book in
        if isJSON || environment.terminalWidth == nil {
          show(book)
        } else {
          environment.draw(screen.draw(text(book).split(separator: "\n").map(String.init), below: []))
          fflush(nil)
        }
        return true
      }
      return 0
    }
  }

  /// The two sides beside each other, the best levels first.
  static func text(_ book: JSONValue) -> String {
    let name = "\(book["connector"]?.string ?? "") \(book["pair"]?.string ?? "")".printable
    guard book["ready"]?.bool == true else {
      return "\(name): \(book["missing"]?.string ?? "no book")".printable + "\n"
    }
    func cells(_ side: String) -> [[String]] {
      (book[side]?.array ?? []).map { ($0.array ?? []).compactMap(\.string) }.filter { $0.count == 2 }
    }
    let (bids, asks) = (cells("bids"), cells("asks"))
    var rows = [["quantity", "bid", "ask", "quantity"]]
    for row in 0..<max(bids.count, asks.count) {
      let bid = row < bids.count ? bids[row] : ["", ""]
      let ask = row < asks.count ? asks[row] : ["", ""]
      rows.append([bid[1], bid[0], ask[0], ask[1]])
    }
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      (0..<4).map { String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }.joined(separator: "  ")
    }
    return "\(name)\n" + lines.joined(separator: "\n") + "\n"
  }
}

/// `patchbay trades`: the public trades of a pair.
enum TradesCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay trades PAIR [options]",
    summary: "Prints the latest public trades of a pair from the running host, oldest first.",
    options: [
      ClientCommand.connector,
      CommandSyntax.Option(name: "limit", value: "N", help: "how many, at most 256 (default: 20)"),
      ClientCommand.watch, ClientCommand.json, .config,
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      guard let limit = Int(options["limit"] ?? "20"), (1...256).contains(limit) else {
        environment.error("--limit takes a number from 1 to 256")
        return 64
      }
      var fields = ClientCommand.fields([
        ("pair", ClientCommand.text(options.words[0])), ("connector", ClientCommand.text(options["connector"])),
        ("limit", JSONValue(.number("\(limit)"))),
      ])
      let isJSON = options.flags.contains("json")
      func show(_ trades: JSONValue) {
        environment.show(isJSON ? JSONWriter.compact(trades) + "\n" : lines(trades))
      }
      guard options.flags.contains("watch") else {
        show(try client.ask("trades", fields))
        return 0
      }
      fields.append(JSONMember("watch", true))
      try client.watch("trades", fields) { trades in
        show(trades)
        return true
      }
      return 0
    }
  }

  private static func lines(_ trades: JSONValue) -> String {
    var text = ""
    if let missed = trades["missed"]?.int, missed > 0 { text += "(\(missed) trades came too fast to be shown)\n" }
    for trade in trades["trades"]?.array ?? [] {
      let side = trade["taker_side"]?.string ?? "?"
      text += "\(trade["time_ns"]?.number ?? "0")  \(side == "buy" ? "buy " : side)  \(trade["price"]?.string ?? "")"
      text += " x \(trade["quantity"]?.string ?? "")  \((trade["id"]?.string ?? "").printable)\n"
    }
    return text
  }
}

/// `patchbay ticker`: best prices, last price and the day's figures.
enum TickerCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay ticker [PAIR] [options]",
    summary: "Prints best prices, last price and the day's figures of the running host's pairs, or of one.",
    options: [ClientCommand.connector, ClientCommand.json, .config],
    positionals: 0...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let answer = try client.ask(
        "ticker",
        ClientCommand.fields([
          ("pair", ClientCommand.text(options.words.first)), ("connector", ClientCommand.text(options["connector"])),
        ]))
      if options.flags.contains("json") {
        environment.show(JSONWriter.compact(answer) + "\n")
        return 0
      }
      let titles = ["connector", "pair", "bid", "ask", "last", "high", "low", "base_volume", "mark", "funding_rate"]
      let rows = (answer["tickers"]?.array ?? []).map { ticker in
        titles.map { title in ticker[title]?.string ?? ticker[title]?[0]?.string ?? "-" }
      }
      let columns = titles.enumerated().map { place, title in
        TextTable.Column(title: title.replacing("_", with: " "), importance: 100 - place)
      }
      environment.show(TextTable.render(columns, rows, width: environment.terminalWidth).text)
      return 0
    }
  }
}
