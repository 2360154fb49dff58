import Catalog
import MarketModel
import Outbound
import Runtime
import Vault

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
  public let dispatcher: Dispatcher
  public let lane: Lane
  private let carrier: SimulatedCarrier
  private let network: SimulatedNetwork
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
    guard let manifest = found.item.manifest else { throw HostFault.noConnector(id: found.id) }
    self.network = network
    lane = Lane(clock: network.clock)
    carrier = SimulatedCarrier(network: network)
    var random = SeededRandom(seed: seed)
    let gate = SendGuard(
      manifest: manifest, nonces: nonces,
      random: { count in (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } })
    dispatcher = Dispatcher(carrier: carrier, gate: gate, clock: network.clock)
    carrier.control = dispatcher
    session = try Session(
      name: found.id, connector: found.connector, config: Array(config.utf8), transport: dispatcher, observer: observer,
      times: network.clock.now(), verbs: found.library.words("verbs", of: found.id))
    for (index, account) in accounts.enumerated() { try add(account, id: UInt64(index + 1), found.item.id, manifest) }
    lane.add(session)
  }

  private func add(_ account: SimulatedAccount, id: UInt64, _ exchange: String, _ manifest: Manifest) throws {
    var fields: [String: StoredField] = [:]
    for (name, value) in account.fields {
      guard let secret = SecretBytes(Array(value.utf8)) else { throw KeyStoreFault.crypto(step: "keeping a secret") }
      let declared = manifest.credentials.first { $0.name == name }?.form ?? .undeclared
      fields[name] = StoredField(secret, form: KeyForm.guess(value.utf8, declared: declared))
    }
    let stored = StoredAccount(exchange: exchange, name: account.name, fields: fields)
    let loaded = try LoadedAccount(stored, schema: manifest.credentials)
    dispatcher.add(account: id, loaded)
    accounts.append(
      PublicAccount(id: id, label: account.name, algorithm: loaded.algorithm, publicFields: loaded.publicFields))
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

  /// Ends as a killed process does: nothing is said to anyone, and nothing is heard any more.
  public func crash() {
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
