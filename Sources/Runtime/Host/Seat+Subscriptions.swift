import Catalog
import MarketModel

/// Why a subscription cannot be changed.
public enum SubscriptionFault: Error, Equatable, CustomStringConvertible {
  /// The instruments of the connector are not known, so no pair can be looked up.
  case noInstruments(connector: String)
  /// The connector has no instrument of this pair. `age` says of when its list is.
  case unknownPair(connector: String, pair: String, age: String)
  /// The connector does not offer some of the channels.
  case notOffered(connector: String, channels: [String], offered: [String])
  /// The pair, or these channels of it, are not subscribed to.
  case notSubscribed(connector: String, pair: String)
  /// The connector was taken out of use.
  case parked(connector: String)
  /// The venue refused, in its own words.
  case refused(String)

  public var description: String {
    switch self {
    case .noInstruments(let connector):
      "\(connector): its instruments are not known yet; try again when patchbay status shows them"
    case .unknownPair(let connector, let pair, let age):
      "\(connector): has no instrument \(pair)\(age); pairs are written BASE-QUOTE, such as BTC-USDT"
    case .notOffered(let connector, let channels, let offered):
      "\(connector): does not offer \(channels.joined(separator: ", ")); it offers \(offered.joined(separator: ", "))"
    case .notSubscribed(let connector, let pair):
      "\(connector): \(pair) is not subscribed to; patchbay status lists what is"
    case .parked(let connector): "\(connector): is disabled; patchbay enable \(connector) takes it into use again"
    case .refused(let text): text
    }
  }
}

extension Host.Seat {
  /// The venue's clock first, so that nothing is signed by a wrong one; then the accounts and the instruments.
  func begin() {
    guard !accounts.isEmpty else { return askInstruments() }
    session.send(CommandDraft(.clock)) { [weak self, parkings] _ in
      guard let self, !isParked, parkings == self.parkings else { return }
      for account in accounts { session.account(account) }
      askInstruments()
    }
  }

  /// Asks for the instruments, and when they are there, for everything that is wanted and was not asked for yet.
  func askInstruments() {
    session.send(CommandDraft(.instruments)) { [weak self, parkings] result in
      guard let self else { return }
      let isKnown = result.outcome == .done
      if isParked || parkings != self.parkings {
        // An answer of before it was taken out of use: nothing is begun by it.
      } else if isKnown { instrumentsCame() } else if !hasInstruments { problems["instruments"] = result.text }
      keeper?.instrumentsAnswered(isKnown)
      let questions = waiting
      waiting = []
      for question in questions { question() }
    }
  }

  private func instrumentsCame() {
    problems["instruments"] = nil
    adoptNames()
    let isFirst = !hasInstruments
    hasInstruments = true
    instrumentsAsOf = session.times.wall
    // Pairs that are listed since, and those whose instrument has given way to another, as with a finer tick.
    for wanted in subscriptions {
      let known = session.view.market(pair: wanted.pair)?.instrument.id.rawValue
      guard isFirst || known != nil && known != wanted.instrument else { continue }
      awaitBook(wanted.pair, wanted.channels)
      request(wanted.pair, wanted.channels) { _ in }
    }
    if let trader { return trader.instrumentsKnown() }
    if isFirst { for account in accounts { ask(account) } }
  }

  /// Asks for the list of instruments before its time, because somebody asks for one that is not in it, or because
  /// the numbers of one cannot be read. The questions of half a minute share one list.
  /// - Returns: whether a list is on its way.
  @discardableResult
  public func hurryInstruments() -> Bool { keeper?.hurryInstruments() ?? false }

  /// Of when the list of instruments is, to stand behind what is not in it.
  public var listAge: String {
    guard instrumentsAsOf > 0 else { return "" }
    let asOf = " (listed at \(UTCTime(nanoseconds: instrumentsAsOf).clock) UTC"
    guard let next = keeper?.nextInstruments else { return asOf + ", being asked for again)" }
    return asOf + ", asked for again by \(UTCTime(nanoseconds: next).clock) UTC)"
  }

  /// Adds channels of a pair, on the live connection. `completion` is called once, on the lane, when the venue has
  /// confirmed or refused; a pair that was refused and had nothing before is forgotten.
  /// - Throws: at once what can be reported without the venue.
  public func subscribe(
    _ pair: String, _ channels: Channels, completion: @escaping (SubscriptionFault?) -> Void
  ) throws(SubscriptionFault) {
    guard !isParked else { throw .parked(connector: session.name) }
    guard hasInstruments else { throw .noInstruments(connector: session.name) }
    guard session.view.market(pair: pair) != nil else {
      return try wait(for: pair) { [weak self] in
        guard let self else { return }
        do throws(SubscriptionFault) {
          try subscribe(pair, channels, completion: completion)
        } catch {
          completion(error)
        }
      }
    }
    let missing = channels.subtracting(offered)
    guard missing.isEmpty else {
      throw .notOffered(connector: session.name, channels: missing.words, offered: offered.words)
    }
    let before = subscriptions.first { $0.pair == pair }
    if before == nil { subscriptions.append(PairSubscription(pair: pair, channels: [])) }
    change(pair) {
      $0.channels.formUnion(channels)
      $0.problem = nil
    }
    awaitBook(pair, channels.subtracting(before?.channels ?? []))
    request(pair, channels) { [weak self] fault in
      if let fault, let self {
        change(pair) { $0 = before ?? PairSubscription(pair: pair, channels: []) }
        subscriptions.removeAll { $0.pair == pair && before == nil }
        completion(fault)
      } else {
        completion(nil)
      }
    }
  }

  /// Does `body` when the list of instruments has been asked for again, in which a pair may be that is not known.
  private func wait(for pair: String, _ body: @escaping () -> Void) throws(SubscriptionFault) {
    if waiting.count < Host.Seat.mostWaiting {
      waiting.append(body)
      if hurryInstruments() { return }
      waiting.removeLast()
    }
    throw .unknownPair(connector: session.name, pair: pair, age: listAge)
  }

  /// Questions that may wait for one list.
  private static let mostWaiting = 64

  /// Gives channels of a pair up, on the live connection. Its book is taken out of use at once.
  /// - Throws: at once what can be reported without the venue.
  public func unsubscribe(
    _ pair: String, _ channels: Channels, completion: @escaping (SubscriptionFault?) -> Void
  ) throws(SubscriptionFault) {
    guard let known = subscriptions.first(where: { $0.pair == pair }), !known.channels.isDisjoint(with: channels) else {
      throw .notSubscribed(connector: session.name, pair: pair)
    }
    let left = known.channels.subtracting(channels)
    let market = session.view.market(pair: pair)
    if left.isEmpty { subscriptions.removeAll { $0.pair == pair } } else { change(pair) { $0.channels = left } }
    guard hasInstruments, let market else { return completion(nil) }
    if channels.contains(.book) { market.book.invalidate(reason: .unsubscribed) }
    var draft = CommandDraft(.unsubscribe)
    draft.instrument = market.instrument.id.rawValue
    draft.channels = known.channels.intersection(channels)
    session.send(draft) { result in
      completion(result.outcome == .done ? nil : .refused(result.text))
    }
  }

  /// The book of a new subscription waits for its first snapshot.
  func awaitBook(_ pair: String, _ channels: Channels) {
    if channels.contains(.book) { session.view.market(pair: pair)?.book.awaitSnapshot() }
  }

  /// Sends the subscription and notes why it failed.
  private func request(_ pair: String, _ channels: Channels, _ completion: @escaping (SubscriptionFault?) -> Void) {
    guard let market = session.view.market(pair: pair) else {
      let words = words(forUnknown: pair) + listAge
      change(pair) { $0.problem = words }
      return completion(.unknownPair(connector: session.name, pair: pair, age: listAge))
    }
    change(pair) { $0.instrument = market.instrument.id.rawValue }
    var draft = CommandDraft(.subscribe)
    draft.instrument = market.instrument.id.rawValue
    draft.channels = channels
    session.send(draft) { [weak self, id = draft.instrument] result in
      self?.change(pair) {
        // An answer about an instrument that has given way to another says nothing of that one.
        guard $0.instrument == id else { return }
        $0.problem = result.outcome == .done ? nil : result.text
        // It is asked for again with the next list.
        if result.outcome != .done { $0.instrument = 0 }
      }
      if result.outcome == .done { return completion(nil) }
      completion(.refused(result.text))
    }
  }

  /// Another instance has it, under the number that its instrument has now.
  func renew(_ pair: String) {
    guard let market = session.view.market(pair: pair) else { return }
    change(pair) { if $0.problem == nil { $0.instrument = market.instrument.id.rawValue } }
  }

  /// A subscription is to be asked for again.
  func forget(_ pair: String) { change(pair) { ($0.instrument, $0.problem) = (0, nil) } }

  private func change(_ pair: String, _ body: (inout PairSubscription) -> Void) {
    guard let place = subscriptions.firstIndex(where: { $0.pair == pair }) else { return }
    body(&subscriptions[place])
  }

  /// What an account holds, so that nothing starts from a guess.
  private func ask(_ account: PublicAccount) {
    for verb in market == .perp ? [Verb.balances, .positions] : [.balances] { ask(account, verb) }
  }

  /// What cannot be had is missing until the keeper's next question brings it.
  func ask(_ account: PublicAccount, _ verb: Verb) {
    var command = CommandDraft(verb)
    command.account = account.id
    session.send(command) { [weak self] result in
      guard let self else { return }
      let isDone = result.outcome == .done
      problems["\(account.label): \(verb.name)"] = isDone ? nil : result.text
      if !isDone { keeper?.owed.append((account, verb)) }
    }
  }
}
