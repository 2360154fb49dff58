import Catalog
import JSONTree

/// Votes in, tiers out.
extension RegistryCommand {
  static let pollSyntax = CommandSyntax(
    usage: "patchbay registry poll VOTES --rules FILE --id NAME [--write] [options]",
    summary: """
      Sorts connectors into tiers by votes, lines of voter,connector,votes, and by rules that are written down, and \
      shows what would change and why. With --write it is so: the poll is kept with its rules and sums, and each \
      change with its reason. Who voted for what is not kept.
      """,
    options: [
      CommandSyntax.Option(name: "rules", value: "FILE", help: "the rules; docs/registry.md describes them"),
      CommandSyntax.Option(name: "id", value: "NAME", help: "what the poll is called, such as 2026-q4"),
      CommandSyntax.Option(name: "write", value: nil, help: "put it into the registry"), date, source, .registry,
    ],
    positionals: 1...1)

  static func poll(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    guard let rulesFile = options["rules"], let id = options["id"], !id.isEmpty else {
      environment.error("--rules and --id are needed\nusage: \(pollSyntax.usage)")
      return 64
    }
    var book = try RegistryBook(options, environment)
    if book.source.polls.contains(where: { $0["id"]?.string == id }) {
      throw Problem(
        .conflict, file: book.source.file, field: "polls", message: "there is a poll \"\(id)\" already",
        remedy: "Give this one another --id")
    }
    let registry = try environment.loadRegistry(options["registry"], config: nil)
    let poll = try Poll.count(
      id, try Ballots.load(path: options.words[0]), by: try PollRules.load(path: rulesFile), in: registry)
    environment.output(table(poll))
    if let failing = poll.failing {
      environment.error("the poll decides nothing: \(failing)")
      return 1
    }
    let decisions = poll.decisions(book.date)
    guard options.flags.contains("write") else {
      environment.output("\(decisions.count) would change. Nothing was written; --write makes it so.\n")
      return 0
    }
    for (id, decision) in decisions { try book.source.decide(decision, on: id) }
    book.source.add(poll: poll.json(book.date), date: book.date)
    try book.write()
    environment.output("\(decisions.count) changed.\n")
    return 0
  }

  private static func table(_ poll: Poll) -> String {
    let columns = ["rank", "connector", "votes", "voters", "tier", "before", "why"].map {
      TextTable.Column(title: $0, importance: 0)
    }
    let rows = poll.rows.map { row in
      [
        "\(row.rank)", row.id, row.votes.plain, "\(row.voters)", row.after?.rawValue ?? "none",
        row.before?.rawValue ?? "none", row.reason,
      ]
    }
    let text = TextTable.render(columns, rows, width: nil).text
    return text + "\(poll.voters) voters, \(poll.total.plain) votes\n"
  }
}
