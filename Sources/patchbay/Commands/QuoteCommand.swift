import Control
import JSONTree
import PrintableText

/// `patchbay quote`: what a swap in a pool would give.
enum QuoteCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay quote PAIR buy|sell QUANTITY [options]",
    summary: "Prints what a swap in a pool would give now, computed from the pool's state. QUANTITY is in base. "
      + "Amounts are in whole tokens, exactly; --json has them in smallest units as well. Nothing is swapped.",
    options: [
      ClientCommand.connector,
      CommandSyntax.Option(name: "slippage", value: "PART", help: "of the limit, such as 0.005"),
      ClientCommand.json, .config,
    ],
    positionals: 3...3)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let quote = try client.ask(
        "quote",
        ClientCommand.fields([
          ("pair", ClientCommand.text(options.words[0])), ("side", ClientCommand.text(options.words[1])),
          ("quantity", ClientCommand.text(options.words[2])), ("connector", ClientCommand.text(options["connector"])),
          ("slippage", ClientCommand.text(options["slippage"])),
        ]))
      environment.show(options.flags.contains("json") ? JSONWriter.compact(quote) + "\n" : text(quote))
      return 0
    }
  }

  static func text(_ quote: JSONValue) -> String {
    func word(_ name: String) -> String { (quote[name]?.string ?? "-").printable }
    // Without its decimals, an amount is a number of smallest units and no more.
    func amount(_ name: String, _ asset: String) -> String {
      guard let tokens = quote["tokens_\(name)"]?.string else { return "\(word("amount_\(name)")) smallest units" }
      return "\(tokens.printable) \(word(asset))"
    }
    let isSale = quote["side"]?.string == "sell"
    return "\(word("connector")) \(word("route")): \(word("side")) at \(word("price"))\n"
      + "  in     \(amount("in", "asset_in"))\n  out    \(amount("out", "asset_out"))\n"
      + "  limit  \(amount("limit", isSale ? "asset_out" : "asset_in")) "
      + "\(isSale ? "at least must come out" : "at most may go in")\n"
      + "  gas    \(word("gas")), about\n"
  }
}
