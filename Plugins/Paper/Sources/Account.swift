import CPatchbay
import ConnectorKit
import Decimals
import Matching

/// Questions about an account's past and its money.
extension PaperVenue {
  /// Results of a history command when it sets no limit.
  static let defaultLimit = 1000

  /// The part of a history that a command asks for, the oldest first, and whether there may be more of it.
  func select<T>(
    _ command: OwnedCommand, from all: [T], of account: Participant, time: (T) -> Int64, market: (T) -> Int
  ) throws(Refusal) -> (part: [T], isPartial: Bool) {
    let wanted = try optionalMarket(command)
    let (since, until) = (command.fields.since_ns, command.fields.until_ns)
    let limit = command.fields.limit == 0 ? Self.defaultLimit : Int(command.fields.limit)
    let matching = all.filter { item in
      time(item) >= since && (until == 0 || time(item) < until) && (wanted == nil || market(item) == wanted)
    }
    let isForgotten = exchange.accounts[account].forgottenUntil >= since
    return (Array(matching.prefix(limit)), matching.count > limit || isForgotten)
  }

  /// PB_CMD_FILLS.
  func reportFills(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    let fills = try select(
      command, from: exchange.accounts[holder.participant].fills, of: holder.participant, time: { $0.time },
      market: { $0.market })
    for fill in fills.part { report(fill, command: command.id) }
    out.complete(
      PB_EV_FILL, command: command.id, account: holder.id, instrument: try optionalMarket(command).map(instrument) ?? 0,
      partial: fills.isPartial)
  }

  /// PB_CMD_BALANCES.
  func reportBalances(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    for asset in exchange.assets.indices { reportBalance(holder.participant, asset, command: command.id) }
    out.complete(PB_EV_BALANCE, command: command.id, account: holder.id)
  }

  /// PB_CMD_FEES.
  func reportFees(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    let asked = try optionalMarket(command)
    for market in exchange.markets.indices where asked == nil || market == asked {
      let rules = exchange.markets[market].rules
      out.fees(
        account: holder.id, instrument: instrument(market), maker: Decimal64(mantissa: rules.makerFee, exponent: -8),
        taker: Decimal64(mantissa: rules.takerFee, exponent: -8), command: command.id)
    }
    out.complete(PB_EV_FEES, command: command.id, account: holder.id, instrument: asked.map(instrument) ?? 0)
  }
}
