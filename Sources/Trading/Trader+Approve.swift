import Decimals
import MarketModel
import Runtime

extension Trader {
  /// Lets the exchange's contract spend an asset of the account's wallet, up to a quantity; zero takes it back.
  /// - Parameter completion: nil when the chain's node has taken it, otherwise why not.
  public func approve(
    _ quantity: Decimal64, of asset: String, account: AccountID, completion: @escaping (String?) -> Void = { _ in }
  ) throws(TraderRefusal) {
    guard accounts[account] != nil else { throw .unknownAccount(account) }
    guard path.offers(.approve) else { throw .unsupported(Verb.approve.name) }
    if let haltReason { throw .halted(haltReason) }
    var command = CommandDraft(.approve)
    command.account = account.rawValue
    command.symbol = asset
    command.quantity = quantity
    path.send(command, as: path.reserveCommand()) { result in
      switch result.outcome {
      case .done: completion(nil)
      case .refused: completion(result.text.isEmpty ? "it was refused" : result.text)
      case .unknown: completion("no answer; it may have been taken: \(result.text)")
      }
    }
  }
}
