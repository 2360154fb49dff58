import Decimals
import Foundation
import JSONTree
import PrintableText
import Testing

/// A connector that says what would take a terminal over, and has names in mixed case: the real program around it.
@Suite struct PeerTextTests {
  private let deployment: Deployment

  init() throws { deployment = try Deployment() }

  /// Records with texts behind them.
  private static let helpers = #"""
    static union { pb_instrument instrument; pb_trade trade; pb_out_log log; pb_state state; pb_book book;
      pb_complete complete; pb_reply reply; unsigned char bytes[1024]; } r;
    static uint32_t used;
    static void begin(size_t head) { memset(&r, 0, sizeof r); used = (uint32_t)head; }
    static pb_ref text(const char *words) {
      pb_ref ref = {used, (uint32_t)strlen(words)};
      memcpy(r.bytes + used, words, ref.length);
      used += ref.length;
      return ref;
    }
    static void emit(uint16_t kind, size_t head) {
      pb_rec *rec = (pb_rec *)&r;
      rec->size = (used + 7u) & ~7u; rec->kind = kind; rec->head = (uint16_t)head; rec->seq = the_seq;
      the_host->emit(the_host, rec);
    }
    static pb_dec dec(int64_t mantissa, int32_t exponent) { return (pb_dec){mantissa, exponent, PB_DEC_EXACT}; }
    static void instrument(pb_id id, const char *symbol, const char *base, const char *quote) {
      begin(sizeof r.instrument);
      pb_instrument *f = &r.instrument;
      f->instrument = id; f->kind = PB_KIND_SPOT; f->state = PB_INSTRUMENT_TRADING;
      f->price_exp = -2; f->quantity_exp = -3; f->tick = dec(1, -2); f->lot = dec(1, -3); f->multiplier = dec(1, 0);
      f->order_types = 1 << PB_TYPE_LIMIT | 1 << PB_TYPE_MARKET;
      f->time_in_force = 1 << PB_TIF_GTC | 1 << PB_TIF_IOC;
      f->symbol = text(symbol); f->base = text(base); f->quote = text(quote);
      emit(PB_EV_INSTRUMENT, sizeof *f);
    }
    static void done(pb_id command, uint32_t outcome, const char *words) {
      begin(sizeof r.reply);
      r.reply.command = command; r.reply.outcome = outcome;
      if (*words) r.reply.text = text(words);
      emit(PB_EV_REPLY, sizeof r.reply);
    }
    static void subscribed(pb_id instrument) {
      begin(sizeof r.book);
      r.book.instrument = instrument; r.book.snapshot = 1; r.book.first_seq = r.book.last_seq = 1;
      r.book.bids = (pb_list){sizeof r.book, 1}; r.book.asks = (pb_list){sizeof r.book + sizeof(pb_level), 1};
      pb_level levels[2] = {{31000, 2000}, {31040, 1000}};
      memcpy(r.bytes + sizeof r.book, levels, sizeof levels);
      used += sizeof levels;
      emit(PB_EV_BOOK, sizeof r.book);
      begin(sizeof r.trade);
      r.trade.instrument = instrument; r.trade.price = 31010; r.trade.quantity = 100; r.trade.side = 1;
      r.trade.trade = text("\x1b[32mT\n=1+1\xe2\x80\xae");
      emit(PB_EV_TRADE, sizeof r.trade);
    }
    """#

  private static let deliver = #"""
    if (input->rec.kind == PB_IN_START) {
      begin(sizeof r.log);
      r.log.level = PB_LOG_WARNING;
      r.log.text = text("\x1b]0;owned\x07\x1b[2J\r\nEVIL LINE \xc2\x9b" "31m");
      emit(PB_OUT_LOG, sizeof r.log);
      return PB_OK;
    }
    if (input->rec.kind != PB_IN_COMMAND) return PB_OK;
    const pb_in_command *command = (const pb_in_command *)input;
    switch (command->verb) {
    case PB_CMD_INSTRUMENTS:
      instrument(1, "\x1b[33mAAA\r\nBBB", "AAA", "BBB");
      instrument(2, "TSLAx/USD", "TSLAx", "USD");
      instrument(3, "abc/USD", "abc", "USD");
      instrument(4, "ABC/USD", "ABC", "USD");
      begin(sizeof r.complete);
      r.complete.command = command->command; r.complete.what = PB_EV_INSTRUMENT;
      emit(PB_EV_COMPLETE, sizeof r.complete);
      done(command->command, PB_OUTCOME_DONE, "");
      return PB_OK;
    case PB_CMD_SUBSCRIBE:
      if (command->instrument == 4) {
        done(command->command, PB_OUTCOME_REFUSED, "\x1b[35mno\r\n\x1b]0;title\x07");
        return PB_OK;
      }
      if (command->instrument == 3) {
        done(command->command, PB_OUTCOME_REFUSED, " \n");
        return PB_OK;
      }
      subscribed(command->instrument);
      done(command->command, PB_OUTCOME_DONE, "");
      return PB_OK;
    default: done(command->command, PB_OUTCOME_DONE, ""); return PB_OK;
    }
    """#

  private func start() throws -> RunningProgram {
    var library = CLibrary()
    library.helpers = Self.helpers
    library.deliverBody = Self.deliver
    try deployment.dropIn(library)
    try deployment.configure(#"""
      {"bad": {"markets": {"spot": {"pairs": ["aaa-bbb", "TSLAX-USD", "tslax-usd", "Abc-Usd", "TSLA-USD", "abc-USD",
        "ABC-USD"]}}, "permit": {"trading": true, "balances": {"usd": "400", "eur": "1"}}, "paper": {"balances":
        {"usd": "10000", "tslax": "5"}}}}
      """#)
    let program = try RunningProgram(deployment)
    try program.wait { try program.ask("status").output.contains("TSLAx-USD") }
    return program
  }

  /// What a terminal would act upon; line feeds are the program's own.
  private func isSafe(_ text: String) -> Bool { text == text.printableLines }

  @Test func namesAreFoundInWhateverCase() throws {
    let program = try start()
    let status = try program.json("status", status: 2)["connectors"]?[0]
    let pairs = try #require(status?["pairs"]?.array).compactMap { $0["pair"]?.string }
    #expect(pairs == ["AAA-BBB", "TSLAx-USD", "Abc-Usd", "TSLA-USD", "abc-USD", "ABC-USD"])
    let missing = try #require(status?["missing"]?.array).compactMap(\.string)
    let doubtful = "Abc-Usd: the instrument \"Abc-Usd\" may be ABC-USD or abc-USD; write it as one of them stands"
    #expect(missing.contains { $0.hasPrefix(doubtful) })
    let unknown = "TSLA-USD: bad has no such instrument. Did you mean \"TSLAx-USD\"? (listed at "
    #expect(missing.contains { $0.hasPrefix(unknown) })
    #expect(missing.contains("abc-USD: no reason was given"), "a refusal without words has some: \(missing)")
    for name in ["TSLAx-USD", "tslax-usd", "TSLAX-USD"] {
      #expect(try program.json("book", name, "--connector", "BAD")["pair"] == "TSLAx-USD")
      #expect(try program.json("trades", name)["pair"] == "TSLAx-USD")
      #expect(try program.json("ticker", name)["tickers"]?.array?.map { $0["pair"]?.string } == ["TSLAx-USD"])
    }
    let order = try program.json("order", "place", "tslax-usd", "BUY", "1.00000000000000000000000001", "--account",
      "Paper", "--price", "300.0099999999999999999999")
    #expect(order["order"]?["pair"] == "TSLAx-USD" && order["order"]?["time_in_force"] == "gtc")
    #expect(order["order"]?["quantity"] == "1" && order["order"]?["price"] == "300")
    #expect(order["rounded"]?.array?.compactMap { $0["field"]?.string } == ["quantity", "price"])
    #expect(order["rounded"]?[0]?["asked"] == "1.00000000000000000000000001" && order["rounded"]?[0]?["placed"] == "1")
    // The limit of 400 usd holds for USD, and so does what the account has.
    let refused = try program.ask("order", "place", "TSLAx-USD", "buy", "1", "--price", "300")
    #expect(refused.status == 1 && refused.errors.contains("permit.balances"), "\(refused)")
    #expect(try program.json("balances")["balances"]?.array?.compactMap { $0["asset"]?.string } == ["TSLAx", "USD"])
    #expect(program.output.contains("permit.balances: no instrument of bad has the asset \"eur\""))
    let none = try program.ask("ticker", "tsla-usd").errors
    #expect(none == "bad: has no instrument TSLA-USD yet; see patchbay status\n")
    let several = try program.ask("book", "abc-usd")
    #expect(several.status == 1 && several.errors.contains("may be ABC-USD (bad) or Abc-Usd (bad) or abc-USD (bad)"))
    #expect(try program.ask("book", "TSLY-USD").errors.contains("did you mean TSLA-USD?"))
    #expect(try program.ask("unsubscribe", "Bad", "tslax-usd", "BOOK").output == "bad: gave up TSLAx-USD: book\n")
    for options in [["--pair", "tslax-usd"], ["--exchange", "BAD"], ["--account", "PAPER"], ["--connector", "Bad"]] {
      let common = ["\(buildFolder)/patchbay", "history", "--json", "--config", deployment.configPath]
      let history = try run(common + options)
      let rows = try JSONDocument.parse(text: history.output).array ?? []
      #expect(rows.map { $0["time_in_force"]?.string } == ["gtc"], "\(options): \(history.errors)")
    }
  }

  @Test func nothingOfAConnectorReachesATerminal() throws {
    let program = try start()
    for command in [
      ["status"], ["status", "--json"], ["book", "AAA-BBB"], ["trades", "AAA-BBB"], ["trades", "AAA-BBB", "--json"],
      ["ticker"], ["balances"], ["order", "list", "--all"], ["history"], ["subscribe", "bad", "ABC-USD"],
      ["connectors", "show", "bad"],
    ] {
      let result = try run(["\(buildFolder)/patchbay"] + command + ["--config", deployment.configPath])
      #expect(isSafe(result.output) && isSafe(result.errors), "\(command): \(result)")
      #expect(!(result.output + result.errors).split(separator: "\n").contains { $0.hasPrefix("=1+1") }, "\(command)")
    }
    let trade = try program.json("trades", "AAA-BBB")["trades"]?[0]
    #expect(trade?["id"] == "\u{1B}[32mT\n=1+1\u{202E}", "it is kept as it came")
    let status = try program.ask("status").output
    #expect(status.contains(#"waiting: ABC-USD: \u{1b}[35mno\r\n\u{1b}]0;title\u{7}"#), "\(status)")
    #expect(try program.ask("stop").status == 0 && program.ended() == 0)
    #expect(isSafe(program.output) && isSafe(program.errors))
    #expect(program.output.contains(#"bad: warning: \u{1b}]0;owned\u{7}\u{1b}[2J\r\nEVIL LINE \u{9b}31m"#))
    #expect(!program.output.split(separator: "\n").contains { $0.hasPrefix("EVIL") })
  }
}
