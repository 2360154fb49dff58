import CPatchbay

extension Pages {
  /// Of which instruments a list is asked for that the exchange has by instrument only, where a command names none.
  public enum Markets: Sendable {
    /// Of none: the command is refused.
    case named
    /// Of those that something is subscribed of, and those with a position: what comes is partial.
    case used
    /// Of those that another list of the exchange names, whose names stand at a place of its reply.
    case listed(Endpoint, at: String)
  }

  /// The same list of each of these instruments.
  fileprivate func each(_ names: [String]) -> [Pages] {
    guard isOfOneMarket else { return [self] }
    return names.map { name in
      var pages = self
      pages.parameters.insert((symbol, name), at: 0)
      (pages.symbol, pages.isOfOneMarket) = ("", false)
      return pages
    }
  }
}

/// Lists by instrument, of all instruments.
extension ExchangeConnector {
  /// Hands over the lists that answer a command, one for each instrument where it names none; and whether something
  /// may be in none of them.
  final func spread(
    _ lists: [Pages], _ command: OwnedCommand, _ account: TradingAccount,
    _ proceed: @escaping ([Pages], _ isPartial: Bool) -> Void
  ) {
    let single = lists.filter { $0.isOfOneMarket }
    guard command.instrument == 0, let first = single.first else { return proceed(lists, false) }
    // One list that wants its instrument named makes all of them want it.
    let isNamed = single.contains { if case .named = $0.markets { true } else { false } }
    switch isNamed ? .named : first.markets {
    case .named:
      out.refuse(command.id, .unsupported, "the exchange lists these by instrument: name one")
    case .used:
      let subscribed = subscribedMarkets
      let names = markets.filter { market in market.isHeld || subscribed.contains { $0 === market } }.map { $0.name }
      proceed(lists.flatMap { $0.each(names) }, true)
    case .listed(let endpoint, at: let place):
      ask(Call(endpoint), account, command: command.id) { [unowned(unsafe) self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        var json = JSONScanner(answer.body)
        var names: [String] = []
        guard json.isWhole, var list = json.find(place)?.scanner() else { return unreadable(command.id, "list") }
        list.elements { names.append($0.words()) }
        guard list.isValid else { return unreadable(command.id, "list") }
        proceed(lists.flatMap { $0.each(names) }, false)
        return .ok
      }
    }
  }
}
