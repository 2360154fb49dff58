import Catalog

/// A command: its name, what it does, what it takes, and what runs it.
struct Command {
  let name: String
  let summary: String
  /// One, or one for each of its verbs as well.
  let syntaxes: [CommandSyntax]
  let run: @Sendable ([String], CommandEnvironment) -> Int32

  init(
    _ name: String, _ summary: String, _ syntaxes: CommandSyntax...,
    run: @escaping @Sendable ([String], CommandEnvironment) -> Int32
  ) {
    (self.name, self.summary, self.syntaxes, self.run) = (name, summary, syntaxes, run)
  }

  /// Those that people give; the others are given by the program itself.
  static var shown: [Command] { all.filter { !$0.name.hasSuffix("-worker") } }

  /// What to say of a name that is none but nearly one; `nil` = it is like none.
  static func unknown(_ name: String) -> String? {
    NearestName.suggest(name, among: shown.map(\.name)).map {
      "patchbay: there is no command \"\(name)\"; did you mean \"\($0)\"?\nTry --help."
    }
  }

  /// Every command. Help and the completion of shells are made from it.
  static var all: [Command] {
    [
      Command("demo", "trade on the embedded paper exchange", DemoCommand.syntax) {
        DemoCommand.run($0, environment: $1)
      },
      Command("run", "run the connectors that the config enables", RunCommand.syntax) {
        RunCommand.run($0, environment: $1)
      },
      Command("status", "how the running host stands", StatusCommand.syntax) {
        StatusCommand.run($0, environment: $1)
      },
      Command("book", "a book of the running host", BookCommand.syntax) {
        BookCommand.run($0, environment: $1)
      },
      Command("trades", "public trades of the running host", TradesCommand.syntax) {
        TradesCommand.run($0, environment: $1)
      },
      Command("ticker", "prices of the running host", TickerCommand.syntax) {
        TickerCommand.run($0, environment: $1)
      },
      Command("quote", "what a swap in a pool would give", QuoteCommand.syntax) {
        QuoteCommand.run($0, environment: $1)
      },
      Command("cluster", "who trades where, of several hosts", ClusterCommand.syntax) {
        ClusterCommand.run($0, environment: $1)
      },
      Command("subscribe", "add a pair to the running host", SubscribeCommand.syntax) {
        SubscribeCommand.subscribe($0, environment: $1)
      },
      Command("unsubscribe", "take a pair from the running host", SubscribeCommand.unsubscribeSyntax) {
        SubscribeCommand.unsubscribe($0, environment: $1)
      },
      Command("stop", "end the running host", StopCommand.syntax) {
        StopCommand.run($0, environment: $1)
      },
      Command(
        "order", "place, change, cancel and list orders",
        OrderCommand.syntax, OrderCommand.placeSyntax, OrderCommand.amendSyntax,
        OrderCommand.cancelSyntax, OrderCommand.listSyntax, OrderCommand.watchSyntax
      ) {
        OrderCommand.run($0, environment: $1)
      },
      Command("balances", "what the accounts hold", AccountCommand.balancesSyntax) {
        AccountCommand.balances($0, environment: $1)
      },
      Command("positions", "positions in perpetuals", AccountCommand.positionsSyntax) {
        AccountCommand.positions($0, environment: $1)
      },
      Command("approve", "let a contract spend a token of your wallet", ApproveCommand.syntax) {
        ApproveCommand.run($0, environment: $1)
      },
      Command("leverage", "show or set the leverage of a perpetual", LeverageCommand.syntax) {
        LeverageCommand.run($0, environment: $1)
      },
      Command("halt", "stop new orders at once", HaltCommand.syntax) {
        HaltCommand.halt($0, environment: $1)
      },
      Command("resume", "take orders again", HaltCommand.resumeSyntax) {
        HaltCommand.resume($0, environment: $1)
      },
      Command("disable", "take a connector out of use while the host runs", EnableCommand.disableSyntax) {
        EnableCommand.disable($0, environment: $1)
      },
      Command("enable", "take a connector that was disabled into use again", EnableCommand.enableSyntax) {
        EnableCommand.enable($0, environment: $1)
      },
      Command("log", "show or set how much connectors log", LogCommand.syntax) {
        LogCommand.run($0, environment: $1)
      },
      Command("replay", "run a connector over recorded traffic", ReplayCommand.syntax) {
        ReplayCommand.run($0, environment: $1)
      },
      Command(
        "record", "record an exchange's traffic, the running host, or a run over recorded traffic",
        RecordCommand.syntax, RecordSwitchCommand.syntax, RecordLiveCommand.syntax
      ) {
        RecordCommand.run($0, environment: $1)
      },
      Command("inspect", "list a recording", InspectCommand.syntax) {
        InspectCommand.run($0, environment: $1)
      },
      Command("new", "write a small connector, to be changed into one's own", NewCommand.syntax) {
        NewCommand.run($0, environment: $1)
      },
      Command("check", "find out what is wrong with a connector, before it is certified", CheckCommand.syntax) {
        CheckCommand.run($0, environment: $1)
      },
      Command("check-worker", "make one trial of a connector", CheckWorkerCommand.syntax) {
        CheckWorkerCommand.run($0, environment: $1)
      },
      Command("certify", "prove a connector offline", CertifyCommand.syntax) {
        CertifyCommand.run($0, environment: $1)
      },
      Command("certify-worker", "run a part of a certification", CertifyWorkerCommand.syntax) {
        CertifyWorkerCommand.run($0, environment: $1)
      },
      Command("connectors", "list connectors, or show one", ConnectorsCommand.syntax) {
        ConnectorsCommand.run($0, environment: $1)
      },
      Command(
        "plugin", "install, trust, pack and sign connectors from outside", PluginCommand.syntax,
        PluginCommand.installSyntax, PluginCommand.verifySyntax, PluginCommand.listSyntax, PluginCommand.removeSyntax,
        PluginCommand.rollbackSyntax, PluginCommand.trustSyntax, PluginCommand.packSyntax, PluginCommand.signSyntax,
        PluginCommand.keygenSyntax
      ) {
        PluginCommand.run($0, environment: $1)
      },
      Command(
        "registry", "what people decide on connectors: new ones, tiers, maintainers", RegistryCommand.syntax,
        RegistryCommand.proposeSyntax, RegistryCommand.pollSyntax, RegistryCommand.tierSyntax,
        RegistryCommand.maintainerSyntax, RegistryCommand.labelSyntax, RegistryCommand.historySyntax
      ) {
        RegistryCommand.run($0, environment: $1)
      },
      Command("venue", "serve a venue on this machine, to try against", VenueCommand.syntax) {
        VenueCommand.run($0, environment: $1)
      },
      Command("keys", "keep the keys of accounts", KeysCommand.syntax) {
        KeysCommand.run($0, environment: $1)
      },
      Command("history", "orders, fills, funding and positions of the journal", HistoryCommand.syntax) {
        HistoryCommand.run($0, environment: $1)
      },
      Command("export", "write the journal's tables as CSV or JSON", ExportCommand.syntax) {
        ExportCommand.run($0, environment: $1)
      },
      Command("simulate", "run the whole host against a venue on virtual time", SimulateCommand.syntax) {
        SimulateCommand.run($0, environment: $1)
      },
      Command("doctor", "what is wrong with this machine or configuration", DoctorCommand.syntax) {
        DoctorCommand.run($0, environment: $1)
      },
      Command("config", "write or check a configuration", ConfigCommand.syntax) {
        ConfigCommand.run($0, environment: $1)
      },
      Command("completion", "print what completes commands in a shell", CompletionCommand.syntax) {
        CompletionCommand.run($0, environment: $1)
      },
    ]
  }
}
