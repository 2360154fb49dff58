import CPatchbay
import Decimals

extension ExchangeConnector {
  /// Serves the verb `instruments` by one list.
  /// - Parameters:
  ///   - place: where the list stands in the reply, such as `data` or `result/list`.
  ///   - words: what the exchange's words of state mean; one that is missing is a halt.
  ///   - parameters: of the call, in order.
  public final func instruments(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String,
    _ table: FieldTable<RuleField>, state words: [String: InstrumentState]
  ) {
    var call = Call(endpoint)
    for (name, value) in parameters { call.set(name, value) }
    serve(.instruments) { [unowned self] command in
      ask(call, command: command.id) { [unowned self] reply, body in
        guard succeeded(reply, body, command.id) else { return .ok }
        return readInstruments(command.id, body, place, table, words)
      }
    }
  }

  private func readInstruments(
    _ command: pb_id, _ body: Body, _ place: String, _ table: FieldTable<RuleField>, _ words: [String: InstrumentState]
  ) -> Status {
    var whole = JSONScanner(body)
    whole.skip()
    var json = JSONScanner(body)
    guard whole.isComplete(), let list = json.find(place) else { return unreadable(command, "instruments") }
    var scanner = list.scanner()
    var left = 0
    var seen: Set<String> = []
    left += scanner.eachElement { json in
      var rules = InstrumentRules(&json, table, state: words)
      guard json.isValid else { return }
      guard exchange?.adjust(&rules) == true else { return }
      guard rules.isWhole, seen.insert(rules.symbol).inserted else {
        left += 1
        return
      }
      publish(rules)
    }
    guard scanner.isValid else { return unreadable(command, "instruments") }
    if left > 0 { out.log(.warning, "\(left) instruments could not be read and are left out") }
    out.complete(PB_EV_INSTRUMENT, command: command)
    out.done(command)
    for account in accounts { openPrivateStream(account) }
    return .ok
  }

  /// Reports an instrument. One whose exponents changed is another instrument: it takes over the symbol, and the book of
  /// the old one is lost.
  private func publish(_ rules: InstrumentRules) {
    let number = symbols.insert(rules.symbol)
    if number < markets.count, markets[number].priceExponent == rules.priceExponent,
      markets[number].quantityExponent == rules.quantityExponent
    {
      markets[number].rules = rules
    } else {
      guard let market = exchange?.market(id: pb_id(instruments.count + 1), number: number, rules) else { return }
      instruments.append(market)
      if number < markets.count {
        giveWay(markets[number])
        markets[number] = market
      } else {
        markets.append(market)
      }
    }
    let market = markets[number]
    out.instrument(
      rules.record(id: market.id, orderOffer), symbol: rules.symbol, base: rules.base, quote: rules.quote,
      settle: rules.settle, reason: rules.reason)
  }

  /// An instrument's steps have changed: it is closed, and whoever wants it subscribes to the new one.
  private func giveWay(_ old: Market) {
    if old.wantsBook { loseBook(old, .malformed) }
    dropBook(old)
    let channels = subscriptions.entries.filter { $0.instrument == old.id }.map(\.channel)
    for channel in channels {
      let (_, orphans) = subscriptions.remove(old.id, channel)
      for orphan in orphans { out.refuse(orphan, .unknownInstrument, "\(old.symbol): its tick or lot changed") }
      out.state(.ended, channel, instrument: old.id)
    }
    for (id, connection) in connections.all {
      let leaving = connection.topics.filter { $0.market == old.number }
      guard !leaving.isEmpty else { continue }
      connections[id]?.topics.removeAll { leaving.contains($0) }
      connections[id]?.unsent.removeAll { leaving.contains($0) }
      connections[id]?.unwanted += leaving.filter { !connection.unsent.contains($0) }
      flush(id, feedPlan)
    }
    var rules = old.rules
    rules.state = .closed
    rules.reason = "its tick or lot changed; the same pair goes on as another instrument"
    out.instrument(
      rules.record(id: old.id, orderOffer), symbol: rules.symbol, base: rules.base, quote: rules.quote,
      settle: rules.settle, reason: rules.reason)
  }

  /// Serves the verb `clock`: the time at a place of the reply, in units of so many nanoseconds.
  public final func clock(_ endpoint: Endpoint, at place: String, unit: Int64) {
    serve(.clock) { [unowned self] command in
      ask(Call(endpoint), command: command.id) { [unowned self] reply, body in
        guard succeeded(reply, body, command.id) else { return .ok }
        var json = JSONScanner(body)
        guard let mark = json.find(place) else { return unreadable(command.id, "clock") }
        var number = mark.scanner()
        let (time, isOver) = number.integer().multipliedReportingOverflow(by: unit)
        guard number.isValid, !isOver, time > 0 else { return unreadable(command.id, "clock") }
        out.clock(request: reply.request, venue: time)
        out.done(command.id)
        return .ok
      }
    }
  }

  /// Serves the verb `tickers`: `read` reports each element of the list.
  public final func tickers(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String,
    _ read: @escaping (inout JSONScanner) -> Void
  ) {
    var call = Call(endpoint)
    for (name, value) in parameters { call.set(name, value) }
    serve(.tickers) { [unowned self] command in
      ask(call, command: command.id) { [unowned self] reply, body in
        guard succeeded(reply, body, command.id) else { return .ok }
        var json = JSONScanner(body)
        guard let list = json.find(place) else { return unreadable(command.id, "tickers") }
        var scanner = list.scanner()
        let left = scanner.eachElement(read)
        guard scanner.isValid else { return unreadable(command.id, "tickers") }
        if left > 0 { out.log(.warning, "\(left) tickers could not be read and are left out") }
        out.complete(PB_EV_TICKER, command: command.id)
        out.done(command.id)
        return .ok
      }
    }
  }
}
