import Catalog
import Glibc
import Runtime
import Vault

/// The accounts that a configuration trades with: their keys out of the store, and what connectors may know of them.
package struct AccountBook: Sendable {
  /// An account of one exchange.
  package struct Entry: Sendable {
    let told: PublicAccount
    /// `nil` where the exchange has no credentials.
    let loaded: LoadedAccount?
  }

  private var entries: [String: [Entry]] = [:]
  /// Shared by everything in this process that uses the same keys.
  package let nonces: NonceSources
  /// Why an account that the configuration names cannot be used.
  package private(set) var faults: [(exchange: String, text: String)] = []

  /// Opens the key store, if anything that trades needs it.
  /// - Parameter password: gives that of a store, by its path; asked for only where keys are needed.
  /// - Throws: `KeyStoreFault`, and what `password` throws, when the store cannot be opened at all.
  package init(_ config: Config, _ catalog: Catalog, password: (String) throws -> SecretBytes) throws {
    let folder = config.resolve(config.dataFolder)
    nonces = NonceSources(folder: folder)
    let trading = config.connectors.filter { $0.enabled && $0.permit.trading && $0.paper == nil }
    let schemas = trading.map { ($0.id, catalog[$0.id]?.manifest?.credentials ?? []) }
    var store: KeyStore?
    if schemas.contains(where: { id, schema in !schema.isEmpty && !config.accounts(of: id).isEmpty }) {
      mkdir(folder, 0o700)
      let path = folder + "/keys"
      store = try KeyStore.open(path: path, password: password(path))
    }
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

  package func accounts(of exchange: String) -> [Entry] { entries[exchange] ?? [] }

  /// What a connector's market is given.
  package func told(_ connector: Config.Connector, _ market: Market) -> [PublicAccount] {
    connector.paper == nil && connector.permits(market) ? accounts(of: connector.id).map(\.told) : []
  }
}

extension Config {
  /// The names of an exchange's accounts, in the order of the file.
  package func accounts(of exchange: String) -> [String] {
    accounts.filter { $0.connector == exchange }.map(\.name)
  }
}
