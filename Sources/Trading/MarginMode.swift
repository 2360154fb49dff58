/// Whether a position shares the account's money, or has an amount of its own: `PB_MARGIN_` of the contract.
public enum MarginMode: UInt32, Sendable, CaseIterable {
  case cross = 1
  case isolated = 2

  /// As it is written in requests.
  public var name: String { self == .cross ? "cross" : "isolated" }
}
