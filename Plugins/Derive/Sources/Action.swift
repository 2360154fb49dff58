import ConnectorKit
import Decimals

/// What proves the account's consent. Sources: "Session login", "Action signing".
extension DeriveConnector {
  /// "Session login": the wallet, the time in milliseconds, and the session key's signature over that time, as a
  /// message of EIP-191.
  public final func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers += [
      ("X-DeriveWallet", SealedText(.field("wallet_address"))),
      ("X-DeriveTimestamp", SealedText(.milliseconds)),
      ("X-DeriveSignature", "0x\(Self.session)"),
    ]
  }

  /// Over the time, in hexadecimal digits.
  static var session: Seal {
    SealedText(.milliseconds).personalMessageDigest.signed(.secp256k1Recoverable, adding: 27).hex
  }

  /// Every question and order is of a subaccount.
  public final func prepare(_ call: inout Call) { call.setFirst("subaccount_id", .field("subaccount_id")) }

  /// "Action signing": an order carries its own signature, of EIP-712, over what may come of it on the chain.
  public final func signParameters(_ call: inout Call, _ account: TradingAccount) {
    guard let terms = Terms(call), let asset = assets[terms.symbol] else { return }
    let expiry = call.text("signature_expiry_sec").map { SealedText($0) } ?? SealedText(Self.expiry)
    if call.text("signature_expiry_sec") == nil { call.set("signature_expiry_sec", json: expiry) }
    call.set("nonce", .nonceNanoseconds)
    call.set("signer", .address(.evm))
    let signature = terms.action(asset, nonce: .nonceNanoseconds, expiry: expiry)
      .digest(in: Self.domain(chain: domain.chain)).signed(.secp256k1Recoverable, adding: 27).hex
    call.set("signature", json: "\"0x\(signature)\"")
  }

  /// Orders without an end are signed for 90 days: at most 120 are taken.
  private static let expiry = Seal.seconds.moved(by: 90 * 86_400 * 1_000_000_000)

  /// "Protocol constants": the contract is the same everywhere, the chain is not.
  static func domain(chain: UInt64) -> TypedStruct {
    .domain(
      name: "Matching", version: "1.0", chainID: chain, verifyingContract: "0xeB8d770ec18DB98Db922E9D83260A585b9F0DeAD")
  }

  /// What of an order is signed.
  private struct Terms {
    let symbol: String
    let price, amount, fee: TypedStruct.Field
    let isBid: Bool

    /// Nil for a call that places no order.
    init?(_ call: Call) {
      func number(_ name: String) -> TypedStruct.Field? {
        call.text(name).flatMap { Decimal64($0) }.flatMap { .decimal($0, places: 18) }
      }
      guard let symbol = call.text("instrument_name"), let price = number("limit_price"),
        let amount = number("amount"), let fee = number("max_fee"), let side = call.text("direction")
      else { return nil }
      (self.symbol, self.price, self.amount, self.fee, isBid) = (symbol, price, amount, fee, side == "buy")
    }

    /// The trade module's data within an action.
    func action(_ asset: Asset, nonce: Seal, expiry: SealedText) -> TypedStruct {
      let subaccount = TypedStruct.Field.integer(SealedText(.field("subaccount_id")))
      let trade: [TypedStruct.Field] = [
        .address(SealedText(asset.address)), .integer("0"), price, amount, fee, subaccount, .bool(isBid),
      ]
      return TypedStruct(
        "Action(uint256 subaccountId,uint256 nonce,address module,bytes data,uint256 expiry,address owner,"
          + "address signer)",
        [
          subaccount, .integer(SealedText(nonce)), .address("0xB8D20c2B7a1Ad2EE33Bc50eF10876eD3035b5e7b"),
          .encoded(trade), .integer(expiry), .address(SealedText(.field("wallet_address"))), .address(.address(.evm)),
        ])
    }
  }
}
