import Catalog
import Control
import Journal
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// One run of a host: its lanes, its control socket, what it prints, its end. The lanes have threads of their own; this
/// one serves the socket and prints.
final class HostRun {
  private let host: RunningHost
  private let server: ControlServer
  private let clock = SystemClock()
  private let events = RunEvents()
  private let printer: RunPrinter
  private let writer = RecordingWriter()
  private let state = State()
  private let journal: HostJournal?
  private let config: Config

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

  /// Why there is nothing to run; told by name before.
  struct NothingRuns: Error, CustomStringConvertible {
    var file: String
    var description: String { "nothing runs: enable a connector in \(file)" }
  }

  /// Why recordings cannot be made.
  struct NoRecordings: Error, CustomStringConvertible {
    var description: String
  }

  /// Loads everything and takes the data folder.
  init(
    _ config: Config, _ catalog: Catalog, _ environment: CommandEnvironment, passwordFile: String?,
    _ form: RunPrinter.Form
  ) throws {
    let data = config.resolve(config.dataFolder)
    let socket = try ControlSocket(folder: data)
    let accounts = try AccountBook(config, catalog, passwordFile: passwordFile, environment)
    for fault in accounts.faults { environment.error("\(fault.exchange): \(fault.text)".printable) }
    let folder = config.recording.folder.map(config.resolve) ?? "\(data)/recordings"
    if config.recording.enabled, let fault = RecordingFolder.make(folder) { throw NoRecordings(description: fault) }
    let plan = RecordingPlan(
      folder: folder, maximumBytes: config.recording.maximumMegabytes << 20, writer: writer)
    let journal = Self.journal(config, accounts, data, wall: clock.now().wall)
    if case .failure(let fault)? = journal { environment.error("nothing trades: \(fault)".printable) }
    let host = try RunningHost(
      config, catalog: catalog, libraryFolders: [environment.executableFolder], accounts: accounts, clock: clock,
      recordings: plan, events: events, journal: journal)
    for fault in host.faults { environment.report(fault) }
    guard !host.places.isEmpty else { throw NothingRuns(file: config.file) }
    self.host = host
    self.config = config
    self.journal = try? journal?.get()
    printer = RunPrinter(environment, form)
    let (state, clock) = (state, clock)
    server = try ControlServer(
      socket, verbs: HostVerbs.all(host, events) { state.isStopAsked = true },
      about: [JSONMember("process", JSONValue(.number("\(getpid())")))], clock: { clock.now().mono })
  }

  /// The journal, where anything may trade. It is there, and read, before any instance starts.
  private static func journal(
    _ config: Config, _ accounts: AccountBook, _ folder: String, wall: Int64
  ) -> Result<HostJournal, JournalFault>? {
    let trades = config.connectors.contains { connector in
      connector.enabled
        && connector.markets.contains { market in
          connector.paper != nil && connector.permits(market.market)
            || !accounts.told(connector, market.market).isEmpty
        }
    }
    guard trades else { return nil }
    return Result { () throws(JournalFault) in
      try HostJournal(folder: folder, instance: config.instance, wall: wall)
    }
  }

  /// Runs until the time is over, a signal, or `stop`. Gives the exit code.
  func run(for duration: Int64, every: Int64) -> Int32 {
    Interrupt.install(waking: server.wakeDescriptor)
    writer.start()
    host.start()
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
    let isTold = finish(start)
    return host.faults.isEmpty && isTold ? 0 : 1
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
    printer.print(events.take(), seats, seconds: (clock.now().mono - start) / 1_000_000_000)
  }

  /// Ends orders as the configuration wants it, and tells what became of each.
  /// - Returns: whether the end of every order is known.
  private func endOrders() -> Bool {
    guard !host.desks.isEmpty else { return true }
    let (state, server) = (state, server)
    let deadline = clock.now().mono + RunningHost.orderPatience
    let isSilent = { [state] (desk: TradeDesk) in state.silent.contains(desk.lane) }
    host.endOrders(of: host.desks.filter { !isSilent($0) }, config.orders.onStop, by: deadline) { endings in
      server.submit { state.endings = endings }
    }
    // Where a connector does not come back, the others' orders are not kept from ending, nor the host.
    host.endOrders(of: host.desks.filter(isSilent), config.orders.onStop, by: deadline) { endings in
      server.submit { state.lateEndings = endings }
    }
    server.run(until: deadline + RunningHost.patience) { state.endings != nil }
    server.run(until: clock.now().mono + RunningHost.patience) { state.lateEndings != nil }
    printEvents()
    let known = [state.endings, state.lateEndings].compactMap { $0 }
    let endings = known.flatMap { $0 }
    for ending in endings { printer.tell(ending.event) }
    guard known.count == 2 else {
      printer.say("error", "not every lane has told what became of its orders; look at the exchange")
      return false
    }
    return endings.allSatisfy(\.isWanted)
  }

  private func printEvents() {
    let last = events.take()
    if !last.events.isEmpty { printer.print(last, [], seconds: 0) }
  }

  /// Tells what is being ended and how things stood, and ends it: orders first, while everything still works.
  private func finish(_ start: Int64) -> Bool {
    if isOver {
      let names = host.places.map(\.name).joined(separator: ", ")
      printer.say("stopping", "\(host.places.count) connectors: \(names); Ctrl-C again ends at once")
    }
    askStatus()
    // A lane that hangs does not keep the others from ending: the status comes without it.
    server.run(until: clock.now().mono + 2 * RunningHost.patience) { [state] in state.status != nil }
    printStatus(since: start)
    let isTold = endOrders()
    let hung = host.stop()
    if !hung.isEmpty { printer.say("error", RunningHost.words(hung)) }
    let unkept = journal?.close()
    if let unkept { printer.say("error", "not everything is in the journal: \(unkept)") }
    writer.finish()
    printEvents()
    server.close()
    return isTold && unkept == nil && hung.isEmpty
  }
}
