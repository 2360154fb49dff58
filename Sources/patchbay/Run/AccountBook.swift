import Catalog
import Glibc
import Runtime
import Vault

/// The accounts that a configuration trades with: their keys out of the store, and what connectors may know of them.
struct AccountBook: Sendable {
  /// An account of one exchange.
  struct Entry: Sendable {
    let told: PublicAccount
    /// `nil` where the exchange has no credentials.
    let loaded: LoadedAccount?
  }

  private var entries: [String: [Entry]] = [:]
  /// Shared by everything in this process that uses the same keys.
  let nonces: NonceSources
  /// Why an account that the configuration names cannot be used.
  private(set) var faults: [(exchange: String, text: String)] = []

  /// Opens the key store, if anything that trades needs it.
  /// - Throws: `KeyStoreFault` and `KeysCommand.Failure` when the store cannot be opened at all.
  init(_ config: Config, _ catalog: Catalog, passwordFile: String?, _ environment: CommandEnvironment) throws {
    let folder = config.resolve(config.dataFolder)
    nonces = NonceSources(folder: folder)
    let trading = config.connectors.filter { $0.enabled && $0.permit.trading && $0.paper == nil }
    let schemas = trading.map { ($0.id, catalog[$0.id]?.manifest?.credentials ?? []) }
    var store: KeyStore?
    if schemas.contains(where: { id, schema in !schema.isEmpty && !config.accounts(of: id).isEmpty }) {
      mkdir(folder, 0o700)
      let path = folder + "/keys"
      store = try KeyStore.open(path: path, password: environment.password(file: passwordFile, of: path, isNew: false))
    }
    // Where no key was needed, the password is not either.
    _ = environment.password?.take()
    for (exchange, schema) in schemas {
      let names = config.accounts(of: exchange)
      for (index, name) in (schema.isEmpty && names.isEmpty ? ["main"] : names).enumerated() {
        add(exchange, name, id: UInt64(index + 1), schema, store)
      }
    }
  }

  private mutating func add(
    _ exchange: String, _ name: String, id: UInt64, _ schema: [CredentialField], _ store: KeyStore?
  ) {
    guard !schema.isEmpty else {
      entries[exchange, default: []].append(Entry(told: PublicAccount(id: id, label: name), loaded: nil))
      return
    }
    guard let store else { return }
    do throws(KeyStoreFault) {
      let loaded = try store.load(exchange, name, schema: schema)
      let told = PublicAccount(
        id: id, label: name, algorithm: loaded.algorithm, publicFields: loaded.publicFields)
      entries[exchange, default: []].append(Entry(told: told, loaded: loaded))
    } catch {
      faults.append((exchange, error.description))
    }
  }

  func accounts(of exchange: String) -> [Entry] { entries[exchange] ?? [] }

  /// What a connector's market is told.
  func told(_ connector: Config.Connector, _ market: Market) -> [PublicAccount] {
    connector.paper == nil && connector.permits(market) ? accounts(of: connector.id).map(\.told) : []
  }
}

extension Config {
  /// The names of an exchange's accounts, in the order of the file.
  func accounts(of exchange: String) -> [String] {
    accounts.filter { $0.connector == exchange }.map(\.name)
  }
}
