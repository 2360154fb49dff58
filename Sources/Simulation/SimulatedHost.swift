import Catalog
import MarketModel
import Outbound
import Runtime
import Vault
import Venue

/// An account that a simulated host trades with.
public struct SimulatedAccount: Sendable {
  public var name: String
  /// Credential fields by name, as the manifest calls them.
  public var fields: [String: String]

  public init(name: String, fields: [String: String]) {
    self.name = name
    self.fields = fields
  }
}

/// One connector instance with everything around it, as `patchbay run` has it, on virtual time. It can crash, and a new
/// one can take its place.
public final class SimulatedHost {
  public let session: Session
  public private(set) var dispatcher: Dispatcher
  public let lane: Lane
  private var carrier: SimulatedCarrier
  private let network: SimulatedNetwork
  /// A new version on trial, with what carries its requests.
  public private(set) var rehearsal: Rehearsal?
  private var trial: (carrier: SimulatedCarrier, dispatcher: Dispatcher)?
  private let nonces: NonceSources
  private let keys: [SimulatedAccount]
  private let config: String
  /// How often the instruments are asked for before a pair that is not among them is a problem.
  private var instrumentTries = 10
  public private(set) var accounts: [PublicAccount] = []
  /// What went wrong where nothing should: bad keys, refused subscriptions.
  public private(set) var problems: [String] = []

  /// - Parameters:
  ///   - nonces: outlive the host, as the files do.
  ///   - seed: of what the vault draws its bytes from.
  ///   - config: what the connector is configured with, a JSON object.
  public init(
    _ found: InstalledConnector, network: SimulatedNetwork, accounts: [SimulatedAccount], nonces: NonceSources,
    seed: UInt64, config: String = "{}", observer: SessionObserver? = nil
  ) throws {
    (self.network, self.nonces, keys, self.config) = (network, nonces, accounts, config)
    lane = Lane(clock: network.clock)
    let exit = try Self.exit(found, network, nonces, accounts, seed: seed)
    (carrier, dispatcher, self.accounts) = (exit.carrier, exit.dispatcher, exit.accounts)
    session = try Session(
      name: found.id, connector: found.connector, config: Array(config.utf8), transport: dispatcher, observer: observer,
      times: network.clock.now(), verbs: found.library.words("verbs", of: found.id))
    lane.add(session)
  }

  /// What judges, signs and carries the requests of one instance.
  private static func exit(
    _ found: InstalledConnector, _ network: SimulatedNetwork, _ nonces: NonceSources, _ keys: [SimulatedAccount],
    seed: UInt64
  ) throws -> (carrier: SimulatedCarrier, dispatcher: Dispatcher, accounts: [PublicAccount]) {
    guard let manifest = found.item.manifest else { throw HostFault.noConnector(id: found.id) }
    let carrier = SimulatedCarrier(network: network)
    var random = SeededRandom(seed: seed)
    let gate = SendGuard(
      manifest: manifest, nonces: nonces,
      random: { count in (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } })
    let dispatcher = Dispatcher(carrier: carrier, gate: gate, clock: network.clock)
    carrier.control = dispatcher
    let accounts = try keys.enumerated().map { index, key in
      let loaded = try load(key, found.item.id, manifest)
      let id = UInt64(index + 1)
      dispatcher.add(account: id, loaded)
      return PublicAccount(id: id, label: key.name, algorithm: loaded.algorithm, publicFields: loaded.publicFields)
    }
    return (carrier, dispatcher, accounts)
  }

  private static func load(
    _ account: SimulatedAccount, _ exchange: String, _ manifest: Manifest
  ) throws -> LoadedAccount {
    var fields: [String: StoredField] = [:]
    for (name, value) in account.fields {
      guard let secret = SecretBytes(Array(value.utf8)) else { throw KeyStoreFault.crypto(step: "keeping a secret") }
      let declared = manifest.credentials.first { $0.name == name }?.form ?? .undeclared
      fields[name] = StoredField(secret, form: KeyForm.guess(value.utf8, declared: declared))
    }
    let stored = StoredAccount(exchange: exchange, name: account.name, fields: fields)
    return try LoadedAccount(stored, schema: manifest.credentials)
  }

  /// Starts as a host does: clock, accounts, instruments, subscriptions.
  /// - Parameter then: called when the instruments are known and the subscriptions are asked for.
  public func start(pairs: [String], channels: Channels = [.book, .trades], then: @escaping () -> Void = {}) {
    session.times = lane.clock.now()
    session.start(trading: !accounts.isEmpty)
    session.send(CommandDraft(.clock)) { [unowned self] _ in
      for account in accounts { session.account(account) }
      askInstruments(pairs, channels, then)
    }
  }

  private func askInstruments(_ pairs: [String], _ channels: Channels, _ then: @escaping () -> Void) {
    session.send(CommandDraft(.instruments)) { [unowned self] result in
      // The network may be rough from the start, and what could not be read is asked for again.
      guard result.outcome == .done else { return askInstruments(pairs, channels, then) }
      instrumentTries -= 1
      let isWhole = pairs.allSatisfy { session.view.market(pair: $0) != nil }
      guard isWhole || instrumentTries <= 0 else {
        return network.after(10_000_000_000) { [weak self] in
          guard let self else { return }
          session.times = lane.clock.now()
          askInstruments(pairs, channels, then)
        }
      }
      for pair in pairs { subscribe(pair, channels) }
      then()
    }
  }

  private func subscribe(_ pair: String, _ channels: Channels) {
    guard let market = session.view.market(pair: pair) else { return problems.append("\(pair): no such instrument") }
    var subscribe = CommandDraft(.subscribe)
    subscribe.instrument = market.instrument.id.rawValue
    subscribe.channels = channels
    session.send(subscribe) { [unowned self] result in
      if result.outcome != .done { problems.append("\(pair): \(result.text)") }
    }
  }

  // MARK: A new version

  /// Lets another version of the connector prove itself, and take over.
  /// - Parameters:
  ///   - isDeaf: whether a frame for it is lost.
  ///   - then: called when it has taken over or is gone.
  public func rehearse(
    _ found: InstalledConnector, seed: UInt64, limits: RehearsalTimes = RehearsalTimes(), pairs: [String],
    channels: Channels = [.book, .trades], isDeaf: ((VenueFrame) -> Bool)? = nil,
    then: @escaping (Rehearsal) -> Void
  ) throws {
    guard rehearsal == nil else { return }
    let exit = try Self.exit(found, network, nonces, keys, seed: seed)
    exit.carrier.isDeaf = isDeaf
    let candidate = try Session(
      name: found.id, connector: found.connector, config: Array(config.utf8), transport: exit.dispatcher, observer: nil,
      times: network.clock.now(), verbs: found.library.words("verbs", of: found.id))
    let rehearsal = Rehearsal(of: candidate, beside: session, accounts: accounts, limits: limits) {
      pairs.map { ($0, channels) }
    } then: { [unowned self] in
      ended($0)
      then($0)
    }
    (self.rehearsal, trial) = (rehearsal, (exit.carrier, exit.dispatcher))
    lane.add(candidate)
    lane.add(rehearsal)
    rehearsal.begin()
  }

  private func ended(_ rehearsal: Rehearsal) {
    lane.remove(rehearsal.candidate)
    lane.remove(rehearsal)
    if rehearsal.stage == .done, let trial {
      (carrier, dispatcher) = trial
      // Connections that stand lose nothing without a word, but for what is on trial.
      carrier.isDeaf = nil
    }
    (self.rehearsal, trial) = (nil, nil)
  }

  /// Ends as a killed process does: nothing is said to anyone, and nothing is heard any more.
  public func crash() {
    trial?.carrier.crash()
    carrier.crash()
    lane.remove(session)
  }

  /// Ends as a host does that is asked to.
  public func stop() {
    session.times = lane.clock.now()
    session.stop()
    lane.remove(session)
  }
}
