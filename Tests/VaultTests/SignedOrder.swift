import CPatchbay
import Catalog
import Decimals
import Foundation
import Records
import Testing

@testable import ConnectorKit
@testable import Vault

/// An order of Derive, as its command, its request and its signature have it; all three agree until one is changed.
struct SignedOrder {
  /// What the request says.
  var (symbol, side, price, amount, fee, until) = ("BTC-PERP", "buy", "2310", "2.1", "1.01", "1707776000")
  /// What is signed, word by word.
  var words: [TypedStruct.Field]
  var data: [TypedStruct.Field]
  var type =
    "Action(uint256 subaccountId,uint256 nonce,address module,bytes data,uint256 expiry,address owner,address signer)"
  var domain = TypedStruct.domain(
    name: "Matching", version: "1.0", chainID: 1, verifyingContract: "0xeB8d770ec18DB98Db922E9D83260A585b9F0DeAD")
  /// What the session signs.
  var session: Seal = SealedText(.milliseconds).personalMessageDigest
  var host = "api.derive.xyz"

  static let subaccount = "30769"
  static let asset = "0xAf65752C4643E25C02F693f9D4FE19cF23a095E3"
  static let module = "0xB8D20c2B7a1Ad2EE33Bc50eF10876eD3035b5e7b"

  init(asset: String = SignedOrder.asset) {
    let whole = { (text: String) in TypedStruct.Field.integer(SealedText(text)) }
    data = [
      .address(SealedText(asset)), whole("0"), whole("2310000000000000000000"), whole("2100000000000000000"),
      whole("1010000000000000000"), .integer(SealedText(.field("subaccount_id"))), .bool(true),
    ]
    words = [
      .integer(SealedText(.field("subaccount_id"))), .integer(SealedText(.nonceNanoseconds)),
      .address(SealedText(Self.module)), whole("0"), whole("1707776000"),
      .address(SealedText(.field("wallet_address"))), .address(.address(.evm)),
    ]
  }

  var digest: Seal {
    var words = words
    words[3] = .encoded(data)
    return TypedStruct(type, words).digest(in: domain)
  }

  var body: SealedText {
    let signature = digest.signed(.secp256k1Recoverable, adding: 27).hex
    return """
      {"subaccount_id":\(Seal.field("subaccount_id")),"instrument_name":"\(symbol)","direction":"\(side)",\
      "order_type":"limit","amount":"\(amount)","limit_price":"\(price)","max_fee":"\(fee)","label":"a1",\
      "time_in_force":"gtc","nonce":"\(Seal.nonceNanoseconds)","signature_expiry_sec":\(until),\
      "signer":"\(Seal.address(.evm))","signature":"0x\(signature)"}
      """
  }
}

/// The guard over Derive's own manifest, with one account, and a command to buy 2.1 BTC-PERP at 2310.
final class SignedOrderBench {
  private let folder: TemporaryFolder
  private let guarding: SendGuard
  private let out: GuardedOutput

  static let wallet = "0x8772185a1516f0d61fC1c2524926BfC69F95d698"

  init(key: [UInt8] = TestKeys.eip155) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let manifest = try Manifest.load(file: root + "/Plugins/Derive/manifest.json")
    folder = try TemporaryFolder()
    guarding = SendGuard(manifest: manifest, nonces: NonceSources(folder: folder.path))
    let fields = [
      "wallet_address": StoredField(try #require(SecretBytes(Array(Self.wallet.utf8))), form: .raw),
      "session_key": StoredField(try #require(SecretBytes(key)), form: .secp256k1Hex),
      "subaccount_id": StoredField(try #require(SecretBytes(Array(SignedOrder.subaccount.utf8))), form: .raw),
    ]
    guarding.add(
      account: 1,
      try LoadedAccount(
        StoredAccount(exchange: "derive", name: "main", fields: fields), schema: manifest.credentials))
    out = GuardedOutput(guarding, time: 1_700_000_000_000_000_000)
  }

  /// Places an order while the command is alive.
  /// - Parameter wanted: the instrument of the command.
  func send(_ order: SignedOrder, wanted: String = "BTC-PERP") throws -> ResolvedSend {
    var item = LicenceItem()
    (item.symbol, item.clientOrder) = (Array(wanted.utf8), Array("a1".utf8))
    (item.quantity, item.price) = (Decimal64("2.1"), Decimal64("2310"))
    item.terms = [
      .buy, .limit, .goodTillCancelled, .notPostOnly, .notReduceOnly, .notByValue, .notClose, .net,
    ]
    guarding.commands.begin(100, Licence(account: 1, verb: UInt32(PB_CMD_PLACE), items: [item]))
    var request = Request(.post, "https://\(order.host)/v3/private/order")
    (request.account, request.command, request.permission) = (1, 100, "place")
    request.headers = [
      ("Content-Type", "application/json"), ("X-DeriveWallet", SealedText(.field("wallet_address"))),
      ("X-DeriveTimestamp", SealedText(.milliseconds)),
      ("X-DeriveSignature", "0x\(order.session.signed(.secp256k1Recoverable, adding: 27).hex)"),
    ]
    request.body = order.body
    return try out.send(request)
  }

  /// Why it does not leave: the word of the refusal's case; nil = it leaves.
  func refusal(_ order: SignedOrder, wanted: String = "BTC-PERP") throws -> String? {
    do {
      _ = try send(order, wanted: wanted)
      return nil
    } catch let refusal as SendRefusal {
      return String("\(refusal)".prefix { $0 != ":" })
    }
  }
}
