import CHost
import Catalog
import Glibc

/// The accounts of a key file, decrypted. A value: changes are kept once `save` is called. Opening turns core dumps off
/// and keeps debuggers out of this process for the rest of its life.
///
///     var store = try KeyStore.open(path: path, password: password)
///     try store.add(account, schema: manifest.credentials)
///     try store.save(password: password)
///
/// Not thread-safe; opening and saving take the time of one scrypt (some tenths of a second).
public struct KeyStore: Sendable {
  public let path: String
  public private(set) var accounts: [StoredAccount]
  private let cost: ScryptCost
  /// What the file looked like when it was read, so that another process's change is not overwritten.
  private var read: [UInt8]?

  /// Reads the file; where there is none, `missing` says whether to begin an empty store.
  public static func open(
    path: String, password: SecretBytes, startEmpty: Bool = false, cost: ScryptCost = .standard
  ) throws(KeyStoreFault) -> KeyStore {
    guard ProcessGuard.close() else { throw .crypto(step: "turning core dumps off") }
    guard password.count > 0 else { throw .emptyPassword }
    guard let file = try readFile(path) else {
      guard startEmpty else { throw .missing(path: path) }
      return KeyStore(path: path, accounts: [], cost: cost, read: nil)
    }
    var plain = try KeyFile.open(file, password: password, path: path)
    defer { plain.wipe() }
    guard let accounts = AccountCoding.decode(plain) else {
      throw .damaged(path: path, reason: "its accounts cannot be read")
    }
    return KeyStore(path: path, accounts: accounts, cost: cost, read: Digest.sha256(file))
  }

  private init(path: String, accounts: [StoredAccount], cost: ScryptCost, read: [UInt8]?) {
    (self.path, self.accounts, self.cost, self.read) = (path, accounts, cost, read)
  }

  /// Nil when there is no such file.
  private static func readFile(_ path: String) throws(KeyStoreFault) -> [UInt8]? {
    let mode = chost_mode(path)
    if mode == -ENOENT { return nil }
    guard mode >= 0 else { throw .unreadable(path: path, reason: reason(-mode)) }
    guard mode & 0o077 == 0 else { throw .openToOthers(path: path) }
    var count = 0
    var error: Int32 = 0
    guard let memory = chost_read(path, KeyFile.maximumBytes, &count, &error) else {
      throw .unreadable(path: path, reason: error == 0 ? "no regular file of at most 1 MiB" : reason(error))
    }
    defer { free(memory) }
    return Array(UnsafeRawBufferPointer(start: memory, count: count))
  }

  private static func reason(_ error: Int32) -> String { String(cString: strerror(error)) }

  /// Writes the file anew with a new salt and nonce: beside the old one, flushed, then renamed.
  public mutating func save(password: SecretBytes) throws(KeyStoreFault) {
    let lock = chost_lock_private(path + ".lock")
    guard lock != -EWOULDBLOCK else { throw .busy(path: path) }
    guard lock >= 0 else { throw .unwritable(path: path, reason: Self.reason(-lock)) }
    defer { close(lock) }
    guard try Self.readFile(path).flatMap({ Digest.sha256($0) }) == read else { throw .busy(path: path) }
    var plain = AccountCoding.encode(accounts)
    defer { plain.wipe() }
    let file = try KeyFile.seal(plain, password: password, cost: cost, random: SecureRandom.bytes)
    guard file.count <= KeyFile.maximumBytes else { throw .unwritable(path: path, reason: "more than 1 MiB of keys") }
    let failure = chost_replace_private(path, file, file.count)
    guard failure == 0 else { throw .unwritable(path: path, reason: Self.reason(-failure)) }
    read = Digest.sha256(file)
  }

  // MARK: Accounts

  /// Names of an exchange's accounts, sorted.
  public func names(_ exchange: String) -> [String] {
    accounts.filter { $0.exchange == exchange }.map(\.name).sorted()
  }

  public func account(_ exchange: String, _ name: String) throws(KeyStoreFault) -> StoredAccount {
    guard let account = accounts.first(where: { $0.exchange == exchange && $0.name == name }) else {
      throw .unknownAccount(exchange: exchange, name: name, known: names(exchange))
    }
    return account
  }

  /// Adds an account after checking it against the exchange's credential fields.
  public mutating func add(_ account: StoredAccount, schema: [CredentialField]) throws(KeyStoreFault) {
    guard StoredAccount.isName(account.name) else { throw .name(account.name) }
    guard !names(account.exchange).contains(account.name) else {
      throw .accountExists(exchange: account.exchange, name: account.name)
    }
    _ = try LoadedAccount(account, schema: schema)
    accounts.append(account)
  }

  public mutating func remove(_ exchange: String, _ name: String) throws(KeyStoreFault) {
    _ = try account(exchange, name)
    accounts.removeAll { $0.exchange == exchange && $0.name == name }
  }

  /// An account as requests use it.
  public func load(_ exchange: String, _ name: String, schema: [CredentialField]) throws(KeyStoreFault) -> LoadedAccount
  {
    try LoadedAccount(account(exchange, name), schema: schema)
  }
}
