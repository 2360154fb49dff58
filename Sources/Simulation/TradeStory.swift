import Decimals
import MarketModel
import Runtime
import Trading
import Vault
import Venue
import VenueExchange

/// What one run of a simulation is made of. Times in nanoseconds.
public struct StoryOptions {
  public var venue: StoryVenue
  public var seed: UInt64
  /// How long the strategy trades; after it the faults end, and what is known is compared with the venue.
  public var duration: Int64 = 600 * second
  /// How long what was left open may take to be found out: longer than a request can travel, than two polls, and than
  /// the longest pause between two attempts to connect.
  public var settling: Int64
  /// Longest time between two acts of the strategy.
  public var pace: Int64 = 4 * second
  /// Times at which the host is killed and started again, at random moments.
  public var crashes = 2
  public var weather = NetworkWeather.rough
  /// The venue's own faults, as `FaultPlan` reads them.
  public var faults = FaultPlan.usual
  /// Each so many-th signed request is refused for its timestamp or nonce; what is given again is carried out.
  public var timeRefusalEvery = 11
  public var policy = TraderPolicy()
  /// Versions of the connector that are put in the place of the running one while it trades, in each part of the run.
  public var upgrades = 0
  /// Things go wrong with some of them: they crash, hear nothing, lose messages, are given up.
  public var spoilsUpgrades = true
  /// Frames of the venue that no host gets, on connections that stand: for tests that must find frozen books.
  package var bookFault: ((VenueFrame) -> Bool)?

  public init(_ venue: StoryVenue, seed: UInt64) {
    self.venue = venue
    self.seed = seed
    settling = venue.settling
    // Few orders are in doubt at a time: in every other run a list is asked for already about one.
    if seed % 2 == 0 { policy.shareFrom = 1 }
  }
}

let second: Int64 = 1_000_000_000

/// The whole host against a venue on virtual time: a strategy of chance, faults everywhere, crashes. Then all faults
/// end, time goes on, and what journal, strategy and host know is compared with the venue.
///
/// The same options give the same run, to the byte.
public final class TradeStory {
  /// What a run came to.
  public struct Report: Equatable, Sendable {
    /// What was wrong; empty when nothing was.
    public var problems: [String] = []
    public var orders = 0
    public var fills = 0
    public var crashes = 0
    /// Versions that have taken over, and those that were ended before they could.
    public var upgrades = 0
    public var failedUpgrades = 0
    /// Why.
    public var upgradeFailures: [UpgradeFailure] = []
    /// The longest time between an upgrade and its live private stream.
    public var deafness: Int64 = 0
    /// Books that were held against the venue's.
    public var books: UInt64 = 0
    public var faults: [String: Int] = [:]
    public var digest: UInt64 = 0
  }

  let options: StoryOptions
  let simulation: Simulation
  let venue: EngineVenue
  let watching: WatchingVenue
  let faulty: FaultyVenue
  let witness: BookWitness
  let journal: MemoryJournal
  var random: SeededRandom
  private let found: InstalledConnector
  /// The same connector from another file in memory, for upgrades.
  private let other: InstalledConnector?
  var isOther = false
  var upgrades = UpgradeTally()
  private let nonces: NonceSources
  private(set) var host: SimulatedHost?
  private(set) var trader: Trader?
  var problems: [String] = []
  /// Of the present run of the host.
  var heard: [OrderID: HeardOrder] = [:]
  /// Orders that the strategy has asked to change, in any life of the host.
  var amended: Set<OrderID> = []
  private var crashes = 0
  private var secrets: [[UInt8]] = []
  private let mark: ClientOrderIDs?
  /// Client order ids that are in the journal.
  private var durable: Set<String> = []
  private var keptSeen = 0

  var account: VenueAccount { venueOptions.accounts[0] }
  private let venueOptions: VenueOptions

  /// - Parameters:
  ///   - found: the connector under test, loaded.
  ///   - other: the same, loaded once more; needed for upgrades.
  ///   - folder: for the nonces of the run; empty.
  public init(
    _ options: StoryOptions, _ found: InstalledConnector, other: InstalledConnector? = nil, folder: String
  ) throws {
    self.options = options
    (self.found, self.other) = (found, other)
    simulation = Simulation(seed: options.seed)
    random = SeededRandom(seed: options.seed &* 0x9E37_79B9 &+ 1)
    venueOptions = options.venue.options(seed: options.seed)
    let venue = try options.venue.make(venueOptions)
    self.venue = venue
    venue.timeRefusalEvery = options.timeRefusalEvery
    watching = WatchingVenue(venue)
    faulty = FaultyVenue(watching, rules: options.faults.rules, seed: options.seed)
    witness = BookWitness(symbols: options.venue.symbols, areNumbered: venue.numbersBooks) { [venue] in
      venue.publishedBook(symbol: $0)
    }
    journal = MemoryJournal(random.happens(500_000) ? .immediate : .onCommit)
    nonces = NonceSources(folder: folder)
    simulation.network.mount(faulty, at: options.venue.hosts)
    simulation.network.weather = options.weather
    simulation.onStep = { [witness, clock = simulation.clock] in witness.note(now: clock.mono) }
    simulation.network.isLost = options.bookFault
    mark = try? options.venue.ids()
    secrets = venueOptions.accounts.map { Array($0.secret.utf8) }
    watching.inspect = { [unowned self] in inspect($0) }
  }

  // MARK: Running

  public func run() throws -> Report {
    try boot()
    watchBooks()
    let parts = Int64(options.crashes + 1)
    for part in 0..<parts {
      let end = simulation.clock.mono + options.duration / parts
      trade(until: end)
      planUpgrades(until: end)
      // Killed at any moment, not between two acts.
      let early = part < parts - 1 ? random.pick(0...options.duration / parts / 2) : 0
      simulation.run(for: options.duration / parts - early)
      if part < parts - 1 { try crash(down: random.pick(0...20 * second)) }
    }
    calm()
    simulation.run(for: options.settling)
    standStill()
    // Once more from what is on disk alone: what happened meanwhile must be known soon after the start.
    try crash(down: 60 * second)
    simulation.run(for: 60 * second)
    standStill()
    var report = Report(problems: problems, crashes: crashes, books: witness.compared, faults: faulty.counts)
    report.faults["time"] = venue.timeRefusals
    (report.upgrades, report.failedUpgrades) = (upgrades.done, upgrades.failed)
    (report.upgradeFailures, report.deafness) = (upgrades.failures, upgrades.deafness)
    report.orders = venue.orders(account: account.name).count
    report.fills = venue.orders(account: account.name).reduce(0) { $0 + $1.fills.count }
    report.digest = watching.digest.value
    return report
  }

  private func watchBooks() {
    simulation.network.after(second) { [weak self] in
      guard let self else { return }
      for market in session?.view.all ?? [] { witness.checkLag(market, now: simulation.clock.mono) }
      watchBooks()
    }
  }

  /// Compares while the market stands still and nothing is on its way any more.
  private func standStill() {
    venue.isStill = true
    simulation.run(for: 2 * second)
    // What waits for a limit leaves soon; what waits on is reported.
    for _ in 0..<30 where dispatcherWaiting > 0 { simulation.run(for: 2 * second) }
    compare()
    venue.isStill = false
  }

  private func boot() throws {
    let host = try SimulatedHost(
      current, network: simulation.network, accounts: [options.venue.account(account)], nonces: nonces,
      seed: random.next(), observer: self)
    self.host = host
    heard = [:]
    simulation.add(host.lane)
    journal.onWaiting = { [unowned self, weak host] in
      simulation.network.after(random.pick(second / 1000...second / 20)) { [unowned self, weak host] in
        if let host, self.host === host { journal.commit() }
      }
    }
    let ids = try options.venue.ids()
    host.start(pairs: options.venue.pairs) { [unowned self, unowned host] in
      guard trader == nil, self.host === host else { return }
      let trader = Trader(
        path: host.session, accounts: [AccountID(1)], journal: journal, ids: ids, policy: options.policy,
        observer: self)
      self.trader = trader
      host.lane.add(trader)
      do { try trader.start() } catch { problems.append("the trader does not start: \(error)") }
    }
  }

  private func crash(down: Int64) throws {
    crashes += 1
    journal.crash()
    host?.crash()
    if let host { simulation.remove(host.lane) }
    (host, trader) = (nil, nil)
    simulation.run(for: down)
    try boot()
  }

  /// Ends all faults.
  private func calm() {
    simulation.network.weather = .fair
    faulty.rules = []
    venue.timeRefusalEvery = 0
  }

  /// Nothing that leaves may hold a secret as it is, or an order that is not in the journal.
  private func inspect(_ request: VenueRequest) {
    for entry in journal.kept[keptSeen...] {
      if case .order(let order) = entry { durable.insert(order.clientOrderID) }
    }
    keptSeen = journal.kept.count
    for id in ids(in: request.query) + ids(in: String(decoding: request.body, as: UTF8.self))
    where durable.insert(id).inserted {
      problems.append("\(id) left before it was durable")
    }
    let texts = [Array(request.path.utf8), Array(request.query.utf8), request.body]
      + request.headers.map { Array($0.value.utf8) }
    for secret in secrets where texts.contains(where: { $0.firstRange(of: secret) != nil }) {
      problems.append("a secret left in a request to \(request.path)")
    }
  }

  /// Client order ids of this host in a text.
  private func ids(in text: String) -> [String] {
    text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init).filter { mark?.isOwn($0) == true }
  }

  var session: Session? { host?.session }
  /// The version that runs, and starts when the host does; and the one that is not.
  private var current: InstalledConnector { isOther ? other ?? found : found }
  var next: InstalledConnector? { other == nil ? nil : isOther ? found : other }
  var dispatcherWaiting: Int { host?.dispatcher.waitingCount ?? 0 }
}
