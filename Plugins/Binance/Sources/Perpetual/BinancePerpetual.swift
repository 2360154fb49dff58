import CPatchbay
import ConnectorKit

/// Binance USD-margined futures: perpetual contracts. Dated futures are left out. Protocol: the USDⓈ-M futures
/// documentation.
public final class BinancePerpetual: BinanceConnector {
  /// Conditional orders of the algo service that have not ended; see Algo.swift.
  var algos: [AlgoOrder] = []

  override class func venue(domain: String) throws -> Venue { try .perpetual(domain: domain) }

  override func carryOut(_ command: OwnedCommand, _ account: AccountState) -> Status {
    switch command.verb {
    case .place: placeAll(command, account)
    case .amend: amendAll(command, account)
    case .cancel, .cancelMany: cancelAll(command, account)
    case .order: each(command, account, queryOrder)
    case .openOrders: queryOpenOrders(command, account)
    case .orderHistory: queryHistory(command, account)
    case .fills:
      queryFills(
        command, account,
        FillPages(
          path: venue.prefix + "/userTrades", act: "fills", weight: weights.fills,
          // "The time between startTime and endTime cannot be longer than 7 days."
          windowNanoseconds: 7 * 1440 * Venue.minute))
    case .balances: queryBalances(command, account)
    case .fees: queryFees(command, account)
    case .positions: queryPositions(command, account)
    case .leverage: setLeverage(command, account)
    case .marginMode: setMarginMode(command, account)
    case .positionMode: setPositionMode(command, account)
    case .modes: queryModes(command, account)
    case .fundingPayments: queryFundingPayments(command, account)
    default: return .unsupported
    }
    return .ok
  }

  override func funding(_ command: OwnedCommand) -> Status { queryFunding(command) }

  override func userEvent(_ type: String, _ json: inout JSONScanner, _ account: AccountState) -> Status {
    perpetualEvent(type, &json, account)
  }
}
