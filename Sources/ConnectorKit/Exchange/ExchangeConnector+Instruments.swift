import CPatchbay
import Decimals

/// What a number of time counts since the epoch, or how a text says it.
public enum TimeUnit: Sendable {
  case seconds, milliseconds
  /// As RFC 3339 has it.
  case iso
}

extension ExchangeConnector {
  /// Reads one entry of a list of instruments: its key where the list is an object, and its value. `nil` leaves it out
  /// on purpose; a scanner that failed leaves it out as unread.
  public typealias ReadRules = (JSONText, inout JSONScanner) -> InstrumentRules?

  /// Serves the verb `instruments` by one list, with a table of names.
  /// - Parameters:
  ///   - parameters: of the call, in order.
  ///   - place: where the list stands in the reply, such as `data` or `result/list`.
  ///   - words: what the exchange's words of state mean; one that is missing is a halt.
  public final func instruments(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String,
    _ table: FieldTable<RuleField>, state words: [String: InstrumentState]
  ) {
    instruments(endpoint, parameters, at: place) { InstrumentRules(&$1, table, state: words) }
  }

  /// Serves the verb `instruments` by one list, each entry of which `read` reads.
  /// - Parameters:
  ///   - others: where further lists stand in the reply; each of them, and the first, may be missing where another is
  ///     there.
  ///   - whole: reads what else the reply says, such as limits, before anything of the list is reported.
  public final func instruments(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String,
    and others: [String] = [], whole: ((Body) -> Void)? = nil, _ read: @escaping ReadRules
  ) {
    let call = Call(endpoint, parameters)
    serve(.instruments) { [unowned(unsafe) self] command in
      askList(call, [place] + others, whole, command.id, read)
    }
  }

  /// Serves the verb `instruments` by a list that cannot be read without another one, which is asked for before it:
  /// currencies that instruments name by their ids, say.
  /// - Parameter first: reads that other list; `false` when that cannot be read.
  public final func instruments(
    _ endpoint: Endpoint, at place: String, after other: Endpoint, first: @escaping (Body) -> Bool,
    _ read: @escaping ReadRules
  ) {
    serve(.instruments) { [unowned(unsafe) self] command in
      ask(Call(other), command: command.id) { [unowned(unsafe) self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        guard first(answer.body) else { return unreadable(command.id, "what instruments name") }
        askList(Call(endpoint), [place], nil, command.id, read)
        return .ok
      }
    }
  }

  private func askList(
    _ call: Call, _ places: [String], _ whole: ((Body) -> Void)?, _ command: pb_id, _ read: @escaping ReadRules
  ) {
    ask(call, command: command) { [unowned(unsafe) self] answer in
      guard succeeded(answer, command) else { return .ok }
      var listing = Listing()
      let places = places.count == 1 ? places : places.filter { answer.body.has($0) }
      guard !places.isEmpty, places.allSatisfy({ self.read(answer.body, $0, &listing, read) }) else {
        return unreadable(command, "instruments")
      }
      whole?(answer.body)
      finish(listing, command)
      return .ok
    }
  }

  /// Serves the verb `instruments` by a list that comes in pages.
  /// - Parameters:
  ///   - next: the parameter that asks for the page behind another.
  ///   - cursor: where its value stands in that page; the last one has none.
  public final func instruments(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String>, at place: String, next: String, cursor: String,
    _ read: @escaping ReadRules
  ) {
    let call = Call(endpoint, parameters)
    serve(.instruments) { [unowned(unsafe) self] command in
      askPage(call, 1, place, next, cursor, Listing(), command.id, read)
    }
  }

  private func askPage(
    _ call: Call, _ number: Int, _ place: String, _ next: String, _ cursor: String, _ listing: Listing,
    _ command: pb_id, _ read: @escaping ReadRules
  ) {
    ask(call, command: command) { [unowned(unsafe) self] answer in
      var listing = listing
      guard succeeded(answer, command) else { return .ok }
      guard self.read(answer.body, place, &listing, read), number <= 100 else {
        return unreadable(command, "instruments")
      }
      let word = answer.body.text(at: cursor)
      guard !word.isEmpty else {
        finish(listing, command)
        return .ok
      }
      var page = call.without(next)
      page.set(next, bare: percentEncodedOnce(word))
      askPage(page, number + 1, place, next, cursor, listing, command, read)
      return .ok
    }
  }

  /// Serves the verb `instruments` where the exchange lists none: they are what the configuration names.
  public final func instruments(_ rules: [InstrumentRules]) {
    serve(.instruments) { [unowned(unsafe) self] command in
      finish(Listing(rules: rules, seen: Set(rules.map { $0.symbol })), command.id)
    }
  }

  /// Serves the verb `instruments` where there is no list of all: one request for each symbol, or for each asset that
  /// instruments are quoted in.
  /// - Parameters:
  ///   - symbols: in the exchange's writing.
  ///   - parameter: of the symbol.
  ///   - place: of the instrument's object, or of a list of such, in a reply; empty when it is the whole.
  public final func instruments(
    _ endpoint: Endpoint, each symbols: [String], parameter: String, at place: String, _ read: @escaping ReadRules
  ) {
    serve(.instruments) { [unowned(unsafe) self] command in
      guard let first = symbols.first else {
        finish(Listing(), command.id)
        return
      }
      ask(first, symbols.dropFirst(), endpoint, parameter, place, Listing(), command.id, read)
    }
  }

  private func ask(
    _ symbol: String, _ rest: ArraySlice<String>, _ endpoint: Endpoint, _ parameter: String, _ place: String,
    _ listing: Listing, _ command: pb_id, _ read: @escaping ReadRules
  ) {
    var call = Call(endpoint)
    call.set(parameter, symbol)
    ask(call, command: command) { [unowned(unsafe) self] answer in
      var (listing, rest) = (listing, rest)
      if let fault = answer.fault {
        // An instrument that the exchange does not know is left out; what else is refused says nothing of the rest.
        guard fault.failure == .unknownInstrument else {
          _ = succeeded(answer, command)
          return .ok
        }
        listing.left += 1
      } else {
        var json = JSONScanner(answer.body)
        guard json.isWhole, var entry = json.find(place)?.scanner() else { return unreadable(command, "instrument") }
        if entry.peek() == UInt8(ascii: "[") {
          _ = entry.eachEntry { take(&$1, $0, &listing, read) }
          guard entry.isValid else { return unreadable(command, "list of instruments") }
        } else {
          take(&entry, JSONText(), &listing, read)
        }
      }
      guard let next = rest.popFirst() else {
        finish(listing, command)
        return .ok
      }
      ask(next, rest, endpoint, parameter, place, listing, command, read)
      return .ok
    }
  }

  /// What was read of a list until now. Nothing is reported before all of it is there.
  private struct Listing {
    var rules: [InstrumentRules] = []
    var seen: Set<String> = []
    /// Entries that could not be read or used, and the names of the first of them.
    var left = 0
    var leftNames: [String] = []
    /// The symbols that they are known to be of; and whether one of them may be any.
    var unread: Set<String> = []
    var isBlind = false
  }

  private func read(_ body: Body, _ place: String, _ listing: inout Listing, _ read: ReadRules) -> Bool {
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find(place)?.scanner() else { return false }
    _ = list.eachEntry { take(&$1, $0, &listing, read) }
    return list.isValid
  }

  private func take(_ json: inout JSONScanner, _ key: JSONText, _ listing: inout Listing, _ read: ReadRules) {
    var rules = read(key, &json)
    if rules == nil, json.isValid { return }
    if json.isValid, rules?.multiplyOut() == false { json.fail() }
    if let rules, json.isValid, rules.isWhole, listing.seen.insert(rules.symbol).inserted {
      return listing.rules.append(rules)
    }
    listing.left += 1
    let name = rules?.symbol ?? ""
    if listing.leftNames.count < 5, !(name.isEmpty && key.isEmpty) {
      listing.leftNames.append(name.isEmpty ? key.text : name)
    }
    if let symbol = rules?.symbol, !symbol.isEmpty {
      listing.unread.insert(symbol)
    } else if key.isEmpty {
      listing.isBlind = true
    } else if let market = market(named: key) {
      listing.unread.insert(market.symbol)
    }
  }

  private func finish(_ listing: Listing, _ command: pb_id) {
    if listing.left > 0 {
      let names = listing.leftNames.isEmpty ? "" : ": " + listing.leftNames.joined(separator: ", ")
      out.log(.warning, "\(listing.left) instruments could not be read or stand twice, and are left out\(names)")
    }
    for rules in listing.rules { add(rules) }
    for market in markets where !listing.seen.contains(market.symbol) {
      let isUnread = listing.unread.contains(market.symbol)
      guard isUnread || !listing.isBlind, market.listing != (isUnread ? .unread : .gone) else { continue }
      market.listing = isUnread ? .unread : .gone
      publish(market)
    }
    out.complete(PB_EV_INSTRUMENT, command: command)
    out.done(command)
    for account in accounts { instrumentsCame(account) }
  }

  /// A new instrument, or new rules of one that is known. One that needs finer exponents, or has another name in
  /// requests, is another instrument, which takes over the symbol: what was subscribed to ends, and the host asks for
  /// it under the new id.
  private func add(_ rules: InstrumentRules) {
    let number = symbols.insert(rules.symbol)
    if number < markets.count, markets[number].isSame(rules) {
      markets[number].rules = rules
    } else {
      guard let market = exchange?.market(id: pb_id(instruments.count + 1), number: number, rules) else { return }
      if number < markets.count {
        out.log(.warning, "\(rules.symbol): its steps or its name changed; it goes on as another instrument")
        retire(markets[number])
      }
      instruments.append(market)
      if number < markets.count { markets[number] = market } else { markets.append(market) }
      let hot = Unmanaged.passUnretained(market)
      if number < hotMarkets.count { hotMarkets[number] = hot } else { hotMarkets.append(hot) }
      for name in [rules.name] + rules.otherNames where !name.isEmpty { link(name, number) }
    }
    markets[number].listing = .listed
    publish(markets[number])
  }

  private func link(_ name: String, _ number: Int) {
    let place = names.insert(name)
    if place < marketOfName.count { marketOfName[place] = number } else { marketOfName.append(number) }
  }

  /// Nothing of an instrument is reported any more.
  private func retire(_ old: Market) {
    if old.wantsBook { loseBook(old, .malformed) }
    giveUp(old, subscriptions.entries.reduce(into: []) { if $1.instrument == old.id { $0.insert($1.channel) } })
  }

  /// Changes the rules of a market by what a stream says, and reports them.
  public final func update(_ market: Market, _ change: (inout InstrumentRules) -> Void) {
    var rules = market.rules
    change(&rules)
    guard rules != market.rules else { return }
    market.rules = rules
    publish(market)
  }

  private func publish(_ market: Market) {
    let rules = market.rules
    out.instrument(
      rules.record(market, orderOffer), symbol: rules.symbol, base: rules.base, quote: rules.quote,
      settle: rules.settle, reason: market.listing.reason ?? rules.reason)
  }

  /// Serves the verb `clock`: the time at a place of the reply.
  public final func clock(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String, in unit: TimeUnit
  ) {
    serve(.clock) { [unowned(unsafe) self] command in
      ask(Call(endpoint, parameters), command: command.id) { [unowned(unsafe) self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        var json = JSONScanner(answer.body)
        guard json.isWhole, var number = json.find(place)?.scanner() else { return unreadable(command.id, "clock") }
        let time =
          switch unit {
          case .seconds: number.seconds()
          case .milliseconds: number.milliseconds()
          case .iso: number.timestamp()
          }
        guard number.isValid, time > 0 else { return unreadable(command.id, "clock") }
        let isWhole = unit == .seconds && time % 1_000_000_000 == 0
        out.clock(request: answer.reply.request, venue: time, resolution: isWhole ? 1_000_000_000 : 0)
        out.done(command.id)
        return .ok
      }
    }
  }

  /// Serves the verb `tickers`: `read` reads each entry of the list, with its key where the list is an object, and
  /// reports it.
  /// - Parameter names: of the parameter in which the exchange wants each instrument to be named; empty where it gives
  ///   all without that.
  public final func tickers(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], each names: String = "", at place: String,
    _ read: @escaping (JSONText, inout JSONScanner) -> Void
  ) {
    let call = Call(endpoint, parameters)
    serve(.tickers) { [unowned(unsafe) self] command in
      var call = call
      if !names.isEmpty { for market in markets { call.set(names, market.name) } }
      ask(call, command: command.id) { [unowned(unsafe) self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        var json = JSONScanner(answer.body)
        guard var list = json.find(place)?.scanner() else { return unreadable(command.id, "tickers") }
        let left = list.eachEntry(read)
        guard list.isValid else { return unreadable(command.id, "tickers") }
        if left > 0 { out.log(.warning, "\(left) tickers could not be read and are left out") }
        out.complete(PB_EV_TICKER, command: command.id, partial: left > 0)
        out.done(command.id)
        return .ok
      }
    }
  }
}
