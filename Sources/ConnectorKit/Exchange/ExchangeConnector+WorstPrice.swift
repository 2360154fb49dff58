import Decimals

/// How the worst price that a market order may get is asked for, on an exchange that wants one in every order.
public struct WorstPrice: Sendable {
  public let endpoint: Endpoint
  /// The parameter of the instrument.
  public let symbol: String
  /// Where the highest price for buying and the lowest one for selling stand in the reply.
  public let highest: String
  public let lowest: String

  public init(_ endpoint: Endpoint, symbol: String, highest: String, lowest: String) {
    (self.endpoint, self.symbol, self.highest, self.lowest) = (endpoint, symbol, highest, lowest)
  }
}

extension ExchangeConnector {
  /// Asks for the price and goes on with the command that has it. Nothing has been placed before that.
  final func ask(
    _ worst: WorstPrice, _ command: OwnedCommand, _ account: TradingAccount, _ tally: Tally,
    _ proceed: @escaping (OwnedCommand) -> Void
  ) throws(CommandRefusal) {
    try checkOffer(command)
    guard let market = market(command.instrument) else {
      throw CommandRefusal(.unknownInstrument, "no instrument \(command.instrument)")
    }
    var call = Call(worst.endpoint)
    call.set(worst.symbol, market.name)
    ask(call, command: tally.command) { [unowned(unsafe) self] answer in
      if var fault = answer.fault {
        fault.mayHaveHappened = false
        end(command, .place, account, fault, tally)
        return .ok
      }
      var json = JSONScanner(answer.body)
      var place = json.isWhole ? json.find(command.side == .buy ? worst.highest : worst.lowest)?.scanner() : nil
      var priced = command
      priced.worstPrice = place?.optionalDecimal()
      guard place?.isValid == true, priced.worstPrice?.isPositive == true else {
        end(command, .place, account, VenueFault(.other, "the exchange's price limits cannot be read"), tally)
        return .parse
      }
      proceed(priced)
      return .ok
    }
  }
}
