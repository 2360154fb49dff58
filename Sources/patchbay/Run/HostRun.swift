import Catalog
import Control
import Gateway
import JSONTree
import PatchbayHost
import PrintableText
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// One run of a host: its lanes, its control socket, what it prints, its end. The lanes have threads of their own; this
/// one serves the socket and prints.
final class HostRun {
  private let whole: TradingHost
  private let gateway: GatewayServer?
  private let records: RecordCommands
  private let printer: RunPrinter
  private let state: State
  /// What did not end as it should, for people.
  private var unfinished: [String] = []
  private var host: RunningHost { whole.running }
  private var server: ControlServer { whole.server }
  private var clock: HostClock { whole.clock }

  /// What the server's jobs leave for the loop; on the server's thread alone.
  private final class State: @unchecked Sendable {
    var isStopAsked = false
    var isStatusAsked = false
    var status: [SeatStatus]?
    var silent: [Int] = []
    var endings: [OrderEnding]?
    /// Of lanes that did not answer.
    var lateEndings: [OrderEnding]?
  }

  /// Loads everything and takes the data folder.
  init(
    _ config: Config, _ catalog: Catalog, _ environment: CommandEnvironment, passwordFile: String?,
    takesRealRecords: Bool, _ form: RunPrinter.Form
  ) throws {
    // Where no key was needed, the password is not kept either.
    defer { _ = environment.password?.take() }
    let state = State()
    let whole = try TradingHost(
      config, catalog, clock: SystemClock(),
      TradingHost.Surroundings(
        libraryFolders: [environment.executableFolder],
        password: { try environment.password(file: passwordFile, of: $0, isNew: false) },
        report: { environment.error($0.printable) }, stop: { state.isStopAsked = true }))
    let page = PageFiles(folders: PageFiles.folders(executable: environment.executableFolder))
    gateway = try GatewayServer(whole, page: page) { whole.server.submit { state.isStopAsked = true } }
    records = try RecordCommands(whole, takesRealMoney: takesRealRecords, ids: gateway)
    (self.whole, self.state) = (whole, state)
    printer = RunPrinter(environment, form)
  }

  /// Runs until the time is over, a signal, or `stop`. Gives the exit code.
  func run(for duration: Int64, every: Int64) -> Int32 {
    Interrupt.install(waking: server.wakeDescriptor)
    // Who reads the output may go away: the host goes on, and stops only when it is asked to.
    signal(SIGPIPE, SIG_IGN)
    whole.writer.start()
    host.start()
    whole.cluster?.start(host.desks, whole.journal)
    whole.pruning.start(on: server)
    host.upgrades.start(on: server, host)
    gateway?.start()
    records.start()
    if let gateway {
      printer.say("gateway", gateway.introduction)
      for warning in gateway.warnings { printer.say("error", warning) }
    }
    for desk in host.desks { printer.say("trading", desk.introduction) }
    let start = clock.now().mono
    let end = duration == .max ? Int64.max : start + duration
    var next = start + every
    while clock.now().mono < end, !isOver {
      server.run(until: min(next, end)) { [self] in isOver || state.status != nil }
      printStatus(since: start)
      if clock.now().mono >= next {
        next += every
        askStatus()
      }
    }
    let isWhole = finish(start)
    return host.faults.isEmpty && isWhole ? 0 : 1
  }

  private var isOver: Bool { state.isStopAsked || Interrupt.wasAsked }

  /// Asks the lanes for copies; they come as a job.
  private func askStatus() {
    guard !state.isStatusAsked else { return }
    state.isStatusAsked = true
    let (state, server) = (state, server)
    host.status(server.submit) { seats, silent in
      server.submit {
        state.status = seats
        state.silent = silent
        state.isStatusAsked = false
      }
    }
  }

  private func printStatus(since start: Int64) {
    guard let seats = state.status else { return }
    state.status = nil
    if !state.silent.isEmpty { printer.say("error", RunningHost.words(state.silent)) }
    printer.print(whole.events.take(), seats, seconds: (clock.now().mono - start) / 1_000_000_000)
  }

  private func lacks(_ text: String) {
    printer.say("error", text)
    unfinished.append(text)
  }

  /// Ends orders as the configuration wants it, and says what became of each.
  private func endOrders() {
    guard !host.desks.isEmpty else { return }
    let (state, server) = (state, server)
    let deadline = clock.now().mono + RunningHost.orderPatience
    let isSilent = { [state] (desk: TradeDesk) in state.silent.contains(desk.lane) }
    host.endOrders(of: host.desks.filter { !isSilent($0) }, whole.config.orders.onStop, by: deadline) { endings in
      server.submit { state.endings = endings }
    }
    // Where a connector does not come back, the others' orders are not kept from ending, nor the host.
    host.endOrders(of: host.desks.filter(isSilent), whole.config.orders.onStop, by: deadline) { endings in
      server.submit { state.lateEndings = endings }
    }
    server.run(until: deadline + RunningHost.patience) { state.endings != nil }
    server.run(until: clock.now().mono + RunningHost.patience) { state.lateEndings != nil }
    printEvents()
    let known = [state.endings, state.lateEndings].compactMap { $0 }
    let endings = known.flatMap { $0 }
    for ending in endings {
      printer.tell(ending.event)
      if !ending.isWanted { unfinished.append("\(ending.event.connector): \(ending.event.text)") }
    }
    if known.count < 2 { lacks("not every lane has said what became of its orders; look at the exchange") }
  }

  private func printEvents() {
    let last = whole.events.take()
    if !last.events.isEmpty { printer.print(last, [], seconds: 0) }
  }

  /// Says what is being ended and how things stood, and ends it: orders first, while everything still works.
  /// - Returns: whether all ended as it should.
  private func finish(_ start: Int64) -> Bool {
    if isOver {
      let names = host.places.map(\.name).joined(separator: ", ")
      printer.say("stopping", "\(host.places.count) connectors: \(names); Ctrl-C again ends at once")
    }
    askStatus()
    // A lane that hangs does not keep the others from ending: the status comes without it.
    server.run(until: clock.now().mono + 2 * RunningHost.patience) { [state] in state.status != nil }
    printStatus(since: start)
    endOrders()
    gateway?.stop()
    records.stop()
    let hung = host.stop()
    whole.endFeed()
    if !hung.isEmpty { lacks(RunningHost.words(hung)) }
    whole.cluster?.leave(until: clock.now().mono + RunningHost.patience)
    if let unkept = whole.journal?.close() { lacks("not everything is in the journal: \(unkept)") }
    whole.writer.finish()
    printEvents()
    let end: JSONValue = ["unfinished": JSONValue(.array(unfinished.map { JSONValue(.string($0)) }))]
    for call in host.stopCalls.withLock({ $0 }) { call.event(end) }
    server.close()
    return unfinished.isEmpty
  }
}
