import CPatchbay
import ConnectorKit

/// Binance spot. Protocol: Binance Spot API documentation.
public class BinanceSpot: BinanceConnector {
  /// New orders that took the place of one that was cancelled for them; see Amend.swift.
  var replacements: [Replacement] = []

  override class func venue(domain: String) throws -> Venue { try .spot(domain: domain) }

  /// Whether an order's quantity can be made smaller in place ("Order Amend Keep Priority").
  var keepsPriority: Bool { true }

  override func carryOut(_ command: OwnedCommand, _ account: AccountState) -> Status {
    switch command.verb {
    case .place: each(command, account, place)
    case .amend: each(command, account, amend)
    case .cancel, .cancelMany: each(command, account, cancel)
    case .order: queryOrder(command, account)
    case .openOrders: queryOpenOrders(command, account)
    case .orderHistory: queryHistory(command, account)
    case .fills: queryFills(command, account)
    case .balances: queryBalances(command, account)
    case .fees: queryFees(command, account)
    default: return .unsupported
    }
    return .ok
  }

  override func userEvent(_ type: String, _ json: inout JSONScanner, _ account: AccountState) -> Status {
    spotEvent(type, &json, account)
  }

  /// "Query Commission Rates" of one symbol, or all of them from the wallet's list.
  func queryFees(_ command: OwnedCommand, _ account: AccountState) {
    if command.instrument != 0 { queryCommission(command, account) } else { queryTradeFees(command, account) }
  }
}

/// Binance US: the same API on other hosts; see `Venue.us`. Source: Binance US API documentation.
public final class BinanceUS: BinanceSpot {
  override class func venue(domain: String) throws -> Venue { try .us(domain: domain) }

  override var keepsPriority: Bool { false }

  /// With the larger allowance come the endpoint weights of Binance's own.
  override func weightDeclared(_ capacity: UInt32) { weights = capacity >= 6000 ? .spot : .us }

  /// "Get Trading Fee" serves one symbol and all.
  override func queryFees(_ command: OwnedCommand, _ account: AccountState) { queryTradeFees(command, account) }
}
