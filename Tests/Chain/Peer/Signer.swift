import CPatchbay
import Catalog
import ConnectorKit
import ConnectorTestKit
import Decimals
import JSONTree
import Records
import Vault

/// The host's guard over a connector's own manifest, with one account: it signs what commands ask for, and refuses the
/// rest.
final class Signer {
  enum Fault: Error { case setUp(String) }

  let address: String
  /// Of the one pool there is.
  let symbol: String
  private let guarding: SendGuard
  /// What is known of the orders that were placed, as the host knows it.
  private var orders: [String: LicenceItem] = [:]
  /// Digests of what was sent and is not answered yet, in hexadecimal digits.
  private var signed: [UInt64: String] = [:]

  /// - Parameters:
  ///   - key: private, 64 hexadecimal digits, a colon, and the address that it has.
  ///   - folder: for the guard's files.
  init(_ connector: String, config: String, manifest file: String, key: String, folder: String) throws {
    let parts = key.split(separator: ":").map(String.init)
    guard parts.count == 2, let secret = SecretBytes(Array(parts[0].utf8)),
      let named = SecretBytes(Array(parts[1].utf8))
    else { throw Fault.setUp("the key is digits, a colon and an address") }
    address = parts[1]
    let settings = try JSONDocument.parse(text: config)
    let pool = settings["pools"]?.array?.first
    let fee = pool?["fee"]?.int.map { "-\($0)" } ?? ""
    symbol = "\(pool?["base"]?.string ?? "")-\(pool?["quote"]?.string ?? "")\(fee)"
    let manifest = try Manifest.load(file: file).settled(connector, settings)
    guarding = SendGuard(manifest: manifest, nonces: NonceSources(folder: folder))
    let account = StoredAccount(
      exchange: manifest.id, name: "main",
      fields: [
        "address": StoredField(named, form: .raw), "wallet_key": StoredField(secret, form: .secp256k1Hex),
      ])
    guarding.add(account: 1, try LoadedAccount(account, schema: manifest.credentials))
  }

  /// A command is about to be given: what it asks for may leave.
  func begin(
    _ harness: ConnectorHarness, _ verb: Verb, symbol: String, side: Side? = nil, quantity: Decimal64? = nil,
    price: Decimal64? = nil, client: String = ""
  ) {
    var item = orders[client] ?? LicenceItem()
    (item.symbol, item.clientOrder) = (Array(symbol.utf8), Array(client.utf8))
    item.quantity = quantity ?? item.quantity
    item.price = price ?? item.price
    if verb == .place {
      item.terms = [
        side == .buy ? .buy : .sell, price == nil ? .market : .limit, .goodTillCancelled, .notPostOnly, .notReduceOnly,
        .notByValue, .notClose, .byLast, .net,
      ]
      orders[client] = item
    }
    guarding.commands.begin(harness.upcomingCommand, Licence(account: 1, verb: verb.rawValue, items: [item]))
  }

  /// What comes back of a request that was signed, as the host shows it: without what depends on the key.
  func masked(_ body: String, of request: UInt64) -> String {
    guard let digest = signed.removeValue(forKey: request) else { return body }
    return body.replacing(digest, with: String(repeating: "*", count: digest.utf8.count))
  }

  func sign(_ record: EmittedRecord, _ harness: ConnectorHarness) throws -> (body: String, digest: [UInt8]) {
    let bytes = record.bytes
    let words = bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
    let resolved = try words.withUnsafeBytes { buffer -> ResolvedSend in
      guard let base = buffer.baseAddress else { throw Fault.setUp("the record is empty") }
      let head = base.assumingMemoryBound(to: pb_rec.self)
      return try guarding.resolve(RecordReader(checked: head), venueTime: harness.epoch + harness.now)
    }
    let digest = resolved.request.published[0] ?? []
    signed[record.fields(pb_out_request.self).request] = String(decoding: Encoding.hex(digest), as: UTF8.self)
    return (String(decoding: resolved.request.body, as: UTF8.self), digest)
  }
}
