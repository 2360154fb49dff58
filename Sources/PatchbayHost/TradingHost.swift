import Catalog
import Control
import JSONTree
import Journal
import Runtime
import SharedFeed
import Vault

#if canImport(Glibc)
  import Glibc
#endif

/// A whole host in this process: what a configuration enables, with its lanes, keys, journal and control socket. The
/// command line, the gateway and strategies in Swift use it alike.
///
/// A strategy makes one with `init(configuration:...)`, calls `start`, asks and trades (see `TradingHost+Asking`),
/// hears of everything by `events`, and ends with `stop`. The calls may come from any thread.
public final class TradingHost: Sendable {
  package let config: Config
  package let catalog: Catalog
  package let running: RunningHost
  package let events: RunEvents
  /// Serves the control socket in the thread that is inside its `run`; does jobs for later, too.
  package let server: ControlServer
  package let pruning: Pruning
  package let journal: HostJournal?
  package let writer = RecordingWriter()
  /// What is published in shared memory; `nil` where it is switched off, or cannot be had.
  package let feed: FeedSegment?
  /// Where its readers ask to be woken; `nil` where there is no feed, or no such socket.
  package let feedDoor: FeedDoor?
  package let clock: HostClock
  /// The other hosts, where there are any.
  package let cluster: ClusterNode?
  /// The folder of the journal, the keys and the sockets.
  package let dataFolder: String
  let serving = Serving()

  /// One that was never stopped, because something else could not start, leaves nothing that looks alive.
  deinit { endFeed() }

  /// The feed says that it is over, and wakes its readers. Once is enough.
  package func endFeed() {
    feed?.end()
    feedDoor?.stop()
  }

  /// Why there is nothing to run; each connector's reason was reported before.
  public struct NothingRuns: Error, CustomStringConvertible {
    public let file: String
    public var description: String { "nothing runs: no connector that is enabled in \(file) could be loaded" }
  }

  /// Why recordings cannot be made.
  public struct NoRecordings: Error, CustomStringConvertible {
    public let description: String
  }

  /// What a host is made of besides its configuration.
  package struct Surroundings {
    /// Where libraries are looked for, before the plugin folder.
    package var libraryFolders: [String]
    /// Gives the password of a key store, by its path; asked for only where keys are needed.
    package var password: (String) throws -> SecretBytes
    /// Is given what does not run and why, a line each.
    package var report: (String) -> Void
    /// Is asked to end the host, on the server's thread.
    package var stop: @Sendable () -> Void

    package init(
      libraryFolders: [String], password: @escaping (String) throws -> SecretBytes, report: @escaping (String) -> Void,
      stop: @escaping @Sendable () -> Void
    ) {
      self.libraryFolders = libraryFolders
      self.password = password
      self.report = report
      self.stop = stop
    }
  }

  /// Loads everything and takes the data folder. Starts nothing yet.
  package init(_ config: Config, _ catalog: Catalog, clock: HostClock, _ around: Surroundings) throws {
    let data = config.resolve(config.dataFolder)
    let socket = try ControlSocket(folder: data)
    let accounts = try AccountBook(config, catalog, password: around.password)
    for fault in accounts.faults { around.report("\(fault.exchange): \(fault.text)") }
    let folder = config.recording.folder.map(config.resolve) ?? "\(data)/recordings"
    if config.recording.enabled, let fault = RecordingFolder.make(folder) { throw NoRecordings(description: fault) }
    let plan = RecordingPlan(
      folder: folder, maximumBytes: config.recording.maximumMegabytes << 20, writer: writer)
    let journal = Self.journal(config, catalog, accounts, data, wall: clock.now().wall)
    if case .failure(let fault)? = journal { around.report("nothing trades: \(fault)") }
    if let pruned = (try? journal?.get())?.pruned { around.report(pruned) }
    let claim = FolderClaim(folder)
    let wall = min(clock.now().wall, (try? journal?.get())?.trustedStart ?? .max)
    for words in RecordingFolder.prune(folder, config.recording, inUse: [], wall: wall, claim: claim) {
      around.report(words)
    }
    let events = RunEvents { clock.now().wall }
    let cluster = try config.cluster.map { settings in
      try ClusterNode(settings, instance: config.instance) { kind, text in
        events.put(RunEvent(kind: kind, connector: "patchbay", text: text))
      }
    }
    let resumed = config.resuming((try? journal?.get())?.paper ?? [:])
    let running = try RunningHost(
      resumed, catalog: catalog, libraryFolders: around.libraryFolders, accounts: accounts, clock: clock,
      recordings: plan, claim: claim, events: events, journal: journal, cluster: cluster)
    for fault in running.faults { around.report("\(fault)") }
    guard !running.places.isEmpty else { throw NothingRuns(file: config.file) }
    server = try ControlServer(
      socket, verbs: HostVerbs.all(running, events, cluster, stop: around.stop),
      about: [JSONMember("process", JSONValue(.number("\(getpid())")))], clock: { clock.now().mono })
    (self.config, self.catalog, self.clock, self.events, self.running) = (config, catalog, clock, events, running)
    self.journal = try? journal?.get()
    self.cluster = cluster
    dataFolder = data
    (feed, feedDoor) = Self.feed(config, running, data, clock.now(), events, around.report)
    pruning = Pruning(running, self.journal, config.recording, clock) { kind, text in
      events.put(RunEvent(kind: kind, connector: "patchbay", text: text))
    }
  }

  /// The host runs without a feed where there can be none, and says why.
  private static func feed(
    _ config: Config, _ running: RunningHost, _ data: String, _ times: Times, _ events: RunEvents,
    _ report: (String) -> Void
  ) -> (FeedSegment?, FeedDoor?) {
    guard config.feed.isOn else { return (nil, nil) }
    let made: (segment: FeedSegment, bells: [LaneBells])
    do throws(FeedFault) {
      made = try HostFeed.make(config.feed, running, data: data, times: times, events: events)
    } catch {
      report("\(error)")
      return (nil, nil)
    }
    do throws(ControlFault) {
      return (made.segment, try FeedDoor(folder: data, lanes: made.bells))
    } catch {
      report("readers of the feed sleep on its memory alone: \(error)")
      return (made.segment, nil)
    }
  }

  /// The journal, where anything may trade. It is there, and read, before any instance starts.
  private static func journal(
    _ config: Config, _ catalog: Catalog, _ accounts: AccountBook, _ folder: String, wall: Int64
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
      try HostJournal(
        folder: folder, instance: config.instance, wall: wall, onPaper: PaperSeat.all(config, catalog),
        keeps: config.journal)
    }
  }
}
