import Decimals

/// How the price at hand is asked for, on an exchange whose conditional orders wait until a price is crossed, from
/// whichever side it comes: it has no words that tell a stop from a take-profit order.
public struct CrossingCheck: Sendable {
  public let endpoint: Endpoint
  /// The parameter of the instrument, and those beside it.
  public let symbol: String
  public let parameters: [(name: String, value: String)]
  /// Where the price of the last trade and the mark price stand in the reply; empty = no order waits for that.
  public let last: String
  public let mark: String

  public init(
    _ endpoint: Endpoint, symbol: String, _ parameters: [(name: String, value: String)] = [], last: String,
    mark: String = ""
  ) {
    (self.endpoint, self.symbol, self.parameters) = (endpoint, symbol, parameters)
    (self.last, self.mark) = (last, mark)
  }
}

extension ExchangeConnector {
  /// Goes on unless the price is beyond the order's trigger price already: from there the exchange would wait for it to
  /// come back, and make of a stop a take-profit order. Nothing has been placed before that.
  final func ask(
    _ check: CrossingCheck, _ part: OrderPart, _ tally: Tally, _ proceed: @escaping () -> Void
  ) {
    let command = part.command
    var call = Call(check.endpoint)
    for parameter in check.parameters { call.set(parameter.name, parameter.value) }
    call.set(check.symbol, part.market.name)
    let place = command.flags.contains(.stopByMark) ? check.mark : check.last
    ask(call, command: tally.command) { [unowned(unsafe) self] answer in
      if var fault = answer.fault {
        fault.mayHaveHappened = false
        end(command, .place, part.account, fault, tally)
        return .ok
      }
      var json = JSONScanner(answer.body)
      var found = json.isWhole ? json.find(place)?.scanner() : nil
      guard let price = found?.optionalDecimal(), found?.isValid == true, price.isPositive, let stop = command.stop
      else {
        end(command, .place, part.account, VenueFault(.other, "the price at hand cannot be read"), tally)
        return .parse
      }
      guard !command.isReached(stop, by: price) else {
        let text = "the price, \(price.plain), has reached the trigger price"
        end(command, .place, part.account, VenueFault(.invalidOrder, text), tally)
        return .ok
      }
      proceed()
      return .ok
    }
  }
}

extension OwnedCommand {
  /// A stop to buy and a take-profit order to sell wait for a rise, the others for a fall.
  fileprivate func isReached(_ stop: Decimal64, by price: Decimal64) -> Bool {
    let isStop = type == .stopLimit || type == .stopMarket
    return isStop == (side == .buy) ? price >= stop : price <= stop
  }
}
