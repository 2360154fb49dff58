import Catalog
import Glibc
import Journal
import MarketModel
import Outbound
import Runtime
import Transport
import Vault
import Venue
import VenueExchange

/// The host under test, in a process of its own: connectors on lanes, real sockets, sealed requests, a durable journal.
/// It is given what to do on standard input, and says what it knows on standard output.
final class SoakHost {
  private let folder: String
  private let seed: UInt64
  private let clock = SystemClock()
  private let budgets = ConnectBudgets()
  private let nonces: NonceSources
  private let writer: JournalWriter
  private let state: LedgerState
  private let catalog: Catalog
  private let libraries: String
  private let observer = BookTeller { Console.say(String($0.prefix(1000))) }
  private var lanes: [(lane: HostLane, soak: Held)] = []

  /// Made on the main thread, used on its lane alone.
  private final class Held: @unchecked Sendable {
    var soak: LaneSoak?
    var dispatcher: Dispatcher?
  }

  /// What receipts come back to, on the trader's lane.
  private final class Box: @unchecked Sendable {
    var journal: TraderJournal?
  }

  /// Something that a soak cannot go on without.
  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  /// Opens the journal of the folder and reads it; nothing runs yet.
  init(_ options: SoakOptions, folder: String) throws {
    self.folder = folder
    seed = options.seed
    nonces = NonceSources(folder: folder)
    libraries = SoakPlace.libraries
    catalog = Catalog.discover(
      registry: try Registry.load(path: SoakPlace.root + "/registry.json"), pluginFolder: nil,
      libraryFolders: [libraries])
    let now = clock.now().wall
    let journal = try Journal(path: folder + "/journal.db")
    state = try journal.restore(since: now - 600_000_000_000)
    writer = try JournalWriter(journal)
    let plan = try SoakPlan(folder: folder)
    for (index, item) in plan.venues.enumerated() { try add(item, number: index + 1) }
  }

  private func add(_ item: SoakPlan.Item, number: Int) throws {
    guard let loop = EventLoop(clock: clock) else { throw Failure("the system gives no more file descriptors") }
    let venue = item.venue
    let lane = Lane(clock: clock, poller: loop)
    let loaded = try Dictionary(uniqueKeysWithValues: item.accounts.enumerated().map { index, account in
      (UInt64(index + 1), try load(venue, account))
    })
    let told = loaded.sorted { $0.key < $1.key }.map { id, account in
      PublicAccount(
        id: id, label: account.name, algorithm: account.algorithm, publicFields: account.publicFields)
    }
    let held = Held()
    let host = Host(lane: lane, observer: observer, accounts: { _, _ in told }, transport: {
      [clock, budgets, nonces, folder] manifest, connector in
      var options = ConnectionOptions()
      options.substitutes = connector.endpoint.urls
      options.authorities = folder + "/authority.pem"
      let network = NetworkTransport(loop: loop, hosts: manifest.hosts, options: options, budgets: budgets)
      let dispatcher = Dispatcher(
        carrier: network, gate: SendGuard(manifest: manifest, nonces: nonces), clock: clock)
      network.control = dispatcher
      held.dispatcher = dispatcher
      for (id, account) in loaded { dispatcher.add(account: id, account) }
      return dispatcher
    })
    let faults = host.load(try item.config(), catalog: catalog, libraryFolders: [libraries])
    guard faults.isEmpty, let seat = host.seats.first else { throw Failure("\(venue.rawValue): \(faults)") }
    let names = Dictionary(uniqueKeysWithValues: told.map { (AccountID($0.id), $0.label) })
    let journal = traderJournal(venue, names, lane, seat)
    let soak = LaneSoak(
      venue, seat, lane, journal, names, dispatcher: held.dispatcher, seed: seed &+ UInt64(number)
    ) { Console.say(String($0.prefix(1000))) }
    lane.add(soak)
    held.soak = soak
    lanes.append((HostLane(number: number, host: host), held))
  }

  private func load(_ venue: SoakVenue, _ account: VenueAccount) throws -> LoadedAccount {
    guard let schema = catalog[venue.exchange]?.manifest?.credentials else {
      throw Failure("registry.json has no connector \(venue.exchange)")
    }
    var fields: [String: StoredField] = [:]
    for (name, value) in account.credentials {
      guard let secret = SecretBytes(Array(value.utf8)) else { throw Failure("the system gives no memory for keys") }
      fields[name] = StoredField(secret, form: name == "secret_key" ? venue.secretForm : .raw)
    }
    return try LoadedAccount(
      StoredAccount(exchange: venue.exchange, name: account.name, fields: fields), schema: schema)
  }

  private func traderJournal(
    _ venue: SoakVenue, _ accounts: [AccountID: String], _ lane: Lane, _ seat: Host.Seat
  ) -> TraderJournal {
    let box = Box()
    let port = writer.port { receipts in lane.submit { box.journal?.received(receipts) } }
    let journal = TraderJournal(
      names: TraderJournal.Names(exchange: venue.exchange, connector: venue.connector, accounts: accounts),
      state: state, pair: { seat.session.instrument(symbol: $0)?.pair ?? "" },
      wall: { [clock] in clock.now().wall },
      hand: { entries throws(JournalFault) in try port.append(entries, .intent) })
    box.journal = journal
    return journal
  }

  // MARK: Running

  /// Runs until it is reported to stop, or whoever started it is gone.
  func run() -> Int32 {
    for (lane, _) in lanes { lane.start() }
    Console.say("started")
    while let line = readLine() {
      if line == "calm" {
        for (lane, held) in lanes { lane.perform { _ in held.soak?.calm() } }
      } else if line == "stop" {
        for (lane, _) in lanes { lane.end() }
        if let fault = writer.close() { Console.say("wrong journal \(fault)") }
        Console.say("stopped")
        return 0
      }
    }
    return 1
  }
}
