import Control
import JSONTree
import Journal
import PatchbayHost
import PrintableText

/// `patchbay order`: places, changes, cancels and lists orders of the running host.
enum OrderCommand {
  /// What may follow `order`.
  static let verbs: [(name: String, run: @Sendable ([String], CommandEnvironment) -> Int32)] = [
    ("place", { place($0, $1) }), ("amend", { amend($0, $1) }), ("cancel", { cancel($0, $1) }),
    ("list", { list($0, $1) }), ("watch", { watch($0, $1) }),
  ]

  static let syntax = CommandSyntax(
    usage: "patchbay order place|amend|cancel|list|watch ...",
    summary: "Orders of the running host. patchbay order place --help says more, and so for the others.",
    options: [], positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    guard let word = arguments.first, !word.hasPrefix("-") else {
      return environment.run(arguments, syntax) { _ in 0 }
    }
    guard let verb = verbs.first(where: { $0.name == word }) else {
      return environment.usage(.unknownWord(word, known: verbs.map(\.name)), syntax)
    }
    return verb.run(Array(arguments.dropFirst()), environment)
  }

  private static let account = CommandSyntax.Option(
    name: "account", value: "NAME", help: "which account, where there are several")
  private static let price = CommandSyntax.Option(name: "price", value: "P", help: "the limit, in quote; exact")
  private static let wait = CommandSyntax.Option(
    name: "wait", value: "SECONDS", help: "how long to wait until the outcome is known (default: 10)")
  private static let noWait = CommandSyntax.Option(name: "no-wait", value: nil, help: "do not wait for the outcome")
  static let yes = CommandSyntax.Option(name: "yes", value: nil, help: "do not ask where it is real money")

  // MARK: Placing

  static let placeSyntax = CommandSyntax(
    usage: "patchbay order place PAIR buy|sell QUANTITY [options]",
    summary: """
      Places an order, and waits until it is known what became of it: it rests in the book, is filled, or was refused.
      QUANTITY is in base. With --price it is a limit order, without a market order, unless --type says otherwise. Where
      it is real money it asks first. Ends with 0 when the venue took the order, 1 when it never lived, 2 when that is
      not known yet.
      """,
    options: [
      price, CommandSyntax.Option(name: "stop", value: "P", help: "the price that triggers a stop or take order"),
      CommandSyntax.Option(
        name: "stop-by-mark", value: nil, help: "perpetuals: the mark price triggers it, not the last trade"),
      CommandSyntax.Option(
        name: "type", value: "TYPE", help: OrderNames.types.map(\.name).joined(separator: ", ")),
      CommandSyntax.Option(name: "tif", value: "TIME", help: "gtc, ioc, fok or gtd (default: the venue's)"),
      CommandSyntax.Option(name: "expire", value: "TIME", help: "gtd: until 2026-11-20T08:47:58Z, in UTC"),
      CommandSyntax.Option(name: "post-only", value: nil, help: "never take: be refused instead"),
      CommandSyntax.Option(name: "by-value", value: nil, help: "QUANTITY is in quote, for market orders"),
      CommandSyntax.Option(name: "open", value: nil, help: "perpetuals: it opens or grows a position"),
      CommandSyntax.Option(name: "close", value: nil, help: "perpetuals: it closes one, and never turns it"),
      CommandSyntax.Option(name: "reduce-only", value: nil, help: "perpetuals: never open or turn a position"),
      CommandSyntax.Option(name: "leg", value: "LEG", help: "perpetuals in hedge mode: long or short"),
      ClientCommand.connector, account, wait, noWait, yes, ClientCommand.json, .config,
    ],
    positionals: 3...3)

  private static func place(_ arguments: [String], _ environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, placeSyntax, environment) { options, client in
      guard !(options.flags.contains("open") && options.flags.contains("close")) else {
        environment.error("--open and --close exclude each other")
        return 64
      }
      guard let wait = milliseconds(options, environment) else { return 64 }
      let expiry = options["expire"].flatMap(UTCTime.nanoseconds).map { StatusText.number($0) }
      guard expiry != nil || options["expire"] == nil else {
        environment.error("--expire is a moment in UTC, such as 2026-11-20T08:47:58Z")
        return 64
      }
      let flag = { (name: String) in options.flags.contains(name) ? JSONValue(.bool(true)) : nil }
      let position = options.flags.contains("open") ? "open" : options.flags.contains("close") ? "close" : nil
      let fields = ClientCommand.fields([
        ("pair", ClientCommand.text(options.words[0])), ("side", ClientCommand.text(options.words[1])),
        ("quantity", ClientCommand.text(options.words[2])), ("price", ClientCommand.text(options["price"])),
        ("stop", ClientCommand.text(options["stop"])), ("type", ClientCommand.text(options["type"])),
        ("time_in_force", ClientCommand.text(options["tif"])), ("expiry_ns", expiry), ("post_only", flag("post-only")),
        ("reduce_only", flag("reduce-only")), ("by_value", flag("by-value")),
        ("stop_by_mark", flag("stop-by-mark")),
        ("position", ClientCommand.text(position)), ("leg", ClientCommand.text(options["leg"])),
        ("connector", ClientCommand.text(options["connector"])), ("account", ClientCommand.text(options["account"])),
        ("wait_ms", wait),
      ])
      let price = options["price"].map { " at \($0)" } ?? ""
      let what = "\(options.words[1]) \(options.words[2]) \(options.words[0].uppercased())\(price)"
      guard let answer = try client.askConfirmed("place", fields, what, options, environment) else { return 1 }
      return show(answer, options, environment)
    }
  }

  // MARK: Changing and cancelling

  static let amendSyntax = CommandSyntax(
    usage: "patchbay order amend ID [--price P] [--quantity Q] [options]",
    summary: "Changes an open order's price, or its quantity in base, over its whole life. ID is as of order cancel.",
    options: [
      price, CommandSyntax.Option(name: "quantity", value: "Q", help: "in base, what is filled included; exact"),
      ClientCommand.connector, wait, noWait, yes, ClientCommand.json, .config,
    ],
    positionals: 1...1)

  private static func amend(_ arguments: [String], _ environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, amendSyntax, environment) { options, client in
      guard let wait = milliseconds(options, environment) else { return 64 }
      let fields = ClientCommand.fields([
        ("order", ClientCommand.text(options.words[0])), ("price", ClientCommand.text(options["price"])),
        ("quantity", ClientCommand.text(options["quantity"])),
        ("connector", ClientCommand.text(options["connector"])), ("wait_ms", wait),
      ])
      let changes = ["price", "quantity"].compactMap { name in options[name].map { "\(name) \($0)" } }
      let what = "change order \(options.words[0]) to \(changes.joined(separator: ", "))"
      guard let answer = try client.askConfirmed("amend", fields, what, options, environment) else { return 1 }
      return show(answer, options, environment)
    }
  }

  static let cancelSyntax = CommandSyntax(
    usage: "patchbay order cancel ID|all [options]",
    summary: """
      Cancels an order, by the number or the client order id that order list shows, or all of this host; orders of
      others on the same account are never touched. Waits until they have ended; ends with 2 when that is not known yet.
      """,
    options: [ClientCommand.connector, wait, noWait, ClientCommand.json, .config], positionals: 1...1)

  private static func cancel(_ arguments: [String], _ environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, cancelSyntax, environment) { options, client in
      guard let wait = milliseconds(options, environment) else { return 64 }
      let answer = try client.ask(
        "cancel",
        ClientCommand.fields([
          ("order", ClientCommand.text(options.words[0])),
          ("connector", ClientCommand.text(options["connector"])), ("wait_ms", wait),
        ]))
      let orders = answer["orders"]?.array ?? []
      if options.flags.contains("json") {
        environment.show(JSONWriter.compact(answer) + "\n")
      } else {
        environment.show(orders.isEmpty ? "no open orders\n" : orders.map(OrderText.line).joined())
      }
      return answer["known"]?.bool == true ? 0 : 2
    }
  }

  // MARK: Listing

  static let listSyntax = CommandSyntax(
    usage: "patchbay order list [--all] [options]",
    summary: "Lists the open orders of the running host. patchbay history lists all that there ever were.",
    options: [
      CommandSyntax.Option(name: "all", value: nil, help: "those too that ended not long ago"),
      ClientCommand.connector, ClientCommand.json, .config,
    ],
    positionals: 0...0)

  private static func list(_ arguments: [String], _ environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, listSyntax, environment) { options, client in
      let answer = try client.ask(
        "orders",
        ClientCommand.fields([
          ("connector", ClientCommand.text(options["connector"])),
          ("all", options.flags.contains("all") ? JSONValue(.bool(true)) : nil),
        ]))
      if options.flags.contains("json") {
        environment.show(JSONWriter.compact(answer) + "\n")
      } else {
        environment.show(OrderText.table(answer["orders"]?.array ?? [], environment.terminalWidth))
      }
      return 0
    }
  }

  static let watchSyntax = CommandSyntax(
    usage: "patchbay order watch [options]",
    summary: "Prints what happens to orders, fills and positions from now on, until Ctrl-C.",
    options: [ClientCommand.json, .config], positionals: 0...0)

  private static func watch(_ arguments: [String], _ environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, watchSyntax, environment) { options, client in
      try client.watch("events", [JSONMember("watch", true)]) { news in
        for event in news["events"]?.array ?? [] {
          let (kind, text) = (event["event"]?.string ?? "", event["text"]?.string ?? "")
          environment.show(
            options.flags.contains("json")
              ? JSONWriter.compact(event) + "\n"
              : "\(event["connector"]?.string ?? ""): \(kind): \(text)".printable + "\n")
        }
        if let missed = news["missed"]?.int, missed > 0 { environment.show("(\(missed) events came too fast)\n") }
        return true
      }
      return 0
    }
  }

  // MARK: Shared

  /// The time to wait; `nil` after telling what is wrong with it.
  private static func milliseconds(_ options: Arguments, _ environment: CommandEnvironment) -> JSONValue? {
    if options.flags.contains("no-wait") { return StatusText.number(0) }
    guard let seconds = Int(options["wait"] ?? "10"), (0...600).contains(seconds) else {
      environment.error("--wait takes seconds from 0 to 600")
      return nil
    }
    return StatusText.number(seconds * 1000)
  }

  /// Prints an answer with one order; the exit code.
  private static func show(_ answer: JSONValue, _ options: Arguments, _ environment: CommandEnvironment) -> Int32 {
    let order: JSONValue = answer["order"] ?? nil
    let text = OrderText.line(order) + (answer["rounded"]?.array ?? []).map(OrderText.rounding).joined()
    environment.show(options.flags.contains("json") ? JSONWriter.compact(answer) + "\n" : text)
    if ["rejected", "not_sent", "lost"].contains(order["state"]?.string) { return 1 }
    return answer["known"]?.bool == true || options.flags.contains("no-wait") ? 0 : 2
  }
}

extension ControlClient {
  /// Asks for what may cost money: where the host wants it confirmed, the person at the terminal is asked, unless the
  /// options have `--yes`. `nil` after telling that it was not confirmed.
  func askConfirmed(
    _ verb: String, _ fields: [JSONMember], _ what: String, _ options: Arguments, _ environment: CommandEnvironment
  ) throws -> JSONValue? {
    let confirmed = fields + [JSONMember("confirmed", true)]
    if options.flags.contains("yes") { return try ask(verb, confirmed) }
    do {
      return try ask(verb, fields)
    } catch let refusal as Refusal where refusal.code == "confirm" {
      guard let typed = environment.ask("Real money: \(what). Type yes to go on: ", false) else {
        environment.error("\(what): this is real money, and there is no terminal to ask at; --yes confirms it")
        return nil
      }
      guard String(decoding: typed, as: UTF8.self) == "yes" else {
        environment.error("not confirmed; nothing was sent")
        return nil
      }
      return try ask(verb, confirmed)
    }
  }
}
