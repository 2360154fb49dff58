import CPatchbay
import Decimals

/// One part of a command on its way: an order to place, change or cancel.
public struct OrderPart {
  public let verb: Verb
  public let command: OwnedCommand
  public let market: Market
  public let account: TradingAccount
  public let call: Call
}

/// Several orders in one request.
public struct Batch: Sendable {
  public let endpoint: Endpoint
  /// Orders in one request at most.
  public let most: Int
  /// All orders of a request are of one market.
  public let isOfOneMarket: Bool
  /// All orders of a request are described by the same parameters: named by the same kind of id, say.
  public let isAlike: Bool
  /// A request costs what its endpoint does, however many orders it has; otherwise what its orders would besides.
  public let isOneCharge: Bool

  public init(
    _ endpoint: Endpoint, most: Int, isOfOneMarket: Bool = false, isAlike: Bool = false, isOneCharge: Bool = false
  ) {
    self.endpoint = endpoint
    self.most = most
    self.isOfOneMarket = isOfOneMarket
    self.isAlike = isAlike
    self.isOneCharge = isOneCharge
  }
}

/// What an answer to a write says.
public struct WriteAnswer: Sendable {
  /// Reads one report for each part that was sent, in their order; `nil` when the answer cannot be read.
  let read: @Sendable (Body, [OrderPart], Words) -> [OrderReport]?
  /// Codes of single orders that say success.
  let fine: [String]

  /// Answers that are read by the connector. What a report does not say is taken from the command; a report of a cancel
  /// that has no state leaves the order's end to the stream.
  public init(fine: [String] = [""], _ read: @escaping @Sendable (Body, [OrderPart], Words) -> [OrderReport]?) {
    self.read = read
    self.fine = fine
  }

  /// A list with one entry for each order, in their order, or one object.
  /// - Parameters:
  ///   - other: where they stand if nothing stands at the place.
  ///   - endsCancelled: whether the answer to a cancel means that the order has ended.
  public init(
    at place: String, or other: String? = nil, _ table: FieldTable<OrderField>, endsCancelled: Bool = false,
    fine: [String] = ["", "0"]
  ) {
    self.init(fine: fine) { body, parts, words in
      var json = JSONScanner(body)
      guard json.isWhole else { return nil }
      var whole = json.mark.scanner()
      guard var list = (json.find(place) ?? other.flatMap { whole.find($0) })?.scanner() else { return nil }
      var reports: [OrderReport] = []
      if list.peek() == UInt8(ascii: "{") {
        reports.append(OrderReport(&list, table, words))
      } else {
        list.elements { reports.append(OrderReport(&$0, table, words)) }
      }
      guard list.isValid, reports.count == parts.count else { return nil }
      if endsCancelled {
        for (index, part) in parts.enumerated() where part.verb == .cancel || part.verb == .cancelMany {
          reports[index].state = .cancelled
        }
      }
      return reports
    }
  }
}

/// Placing, changing and cancelling: a command's parts become calls, calls become requests, each part ends once, and
/// the command is answered when all have.
extension ExchangeConnector {
  /// Serves `place`, `amend`, or `cancel` and `cancelMany`, which are one thing to most exchanges.
  /// - Parameters:
  ///   - asking: the exchange wants the whole order in an amendment; what a command leaves out of side, price and
  ///     quantity is asked for so.
  ///   - other: has orders of a kind, under endpoints of its own.
  ///   - worst: the exchange wants a price of market orders as well, which is asked for so.
  ///   - then: the answer names an order and no more: reports it, and ends the part.
  public final func serve(
    _ verbs: Verb..., by endpoint: Endpoint, batch: Batch? = nil, asking: KnownOrder? = nil, other: OtherService? = nil,
    worst: WorstPrice? = nil, _ answer: WriteAnswer, then: ((OrderPart, OrderReport, Tally) -> Void)? = nil
  ) {
    for verb in verbs { serveWrite(verb, endpoint, batch, asking, other, worst, answer, then) }
  }

  private func serveWrite(
    _ verb: Verb, _ endpoint: Endpoint, _ batch: Batch?, _ asking: KnownOrder?, _ other: OtherService?,
    _ worst: WorstPrice?, _ answer: WriteAnswer, _ then: ((OrderPart, OrderReport, Tally) -> Void)?
  ) {
    servePrivate(verb) { [unowned(unsafe) self] command, account in
      let tally = Tally(command.id, of: command.parts.count, out: out)
      identify(command.parts, verb, account, tally) { [unowned(unsafe) self] parts in
        var ready: [OrderPart] = []
        for part in parts {
          do throws(CommandRefusal) {
            if let other, other.owns(part, account) {
              // It may have become an ordinary one meanwhile.
              let usual = other.isFallback && verb != .place ? OtherService(endpoint, answer) { _, _ in false } : nil
              let single = [try self.part(part, verb, account, other.endpoint)]
              guard verb == .place, let crossing = other.crossing, part.type?.isTriggered == true else {
                send(single, verb, account, tally, nil, usual, other.answer)
                continue
              }
              ask(crossing, single[0], tally) { [unowned(unsafe) self] in
                send(single, verb, account, tally, nil, usual, other.answer)
              }
            } else if let asking, !part.saysWhole {
              try ask(asking, part, account, tally) { [unowned(unsafe) self] now in
                amend(part.completed(by: now), endpoint, account, tally, answer, then)
              }
            } else if let worst, verb == .place, part.type == .market {
              try ask(worst, part, account, tally) { [unowned(unsafe) self] in
                place($0, endpoint, account, tally, answer, then)
              }
            } else {
              ready.append(try self.part(part, verb, account, endpoint))
            }
          } catch {
            end(part, verb, account, VenueFault(error.failure, error.text), tally)
          }
        }
        // Nearly always it is one.
        if ready.count == 1 { return send(ready, verb, account, tally, batch, other, answer, then) }
        for group in groups(ready, batch) { send(group, verb, account, tally, batch, other, answer, then) }
      }
    }
  }

  /// Sends an order whose worst price is known by now.
  private func place(
    _ command: OwnedCommand, _ endpoint: Endpoint, _ account: TradingAccount, _ tally: Tally, _ answer: WriteAnswer,
    _ then: ((OrderPart, OrderReport, Tally) -> Void)?
  ) {
    do throws(CommandRefusal) {
      send([try part(command, .place, account, endpoint)], .place, account, tally, nil, nil, answer, then)
    } catch {
      end(command, .place, account, VenueFault(error.failure, error.text), tally)
    }
  }

  /// Sends a change whose order is known by now.
  private func amend(
    _ command: OwnedCommand, _ endpoint: Endpoint, _ account: TradingAccount, _ tally: Tally, _ answer: WriteAnswer,
    _ then: ((OrderPart, OrderReport, Tally) -> Void)?
  ) {
    do throws(CommandRefusal) {
      send([try part(command, .amend, account, endpoint)], .amend, account, tally, nil, nil, answer, then)
    } catch {
      tally.end(Tally.End(.refused, error.failure, error.text))
    }
  }

  private func groups(_ parts: [OrderPart], _ batch: Batch?) -> [[OrderPart]] {
    guard let batch else { return parts.map { [$0] } }
    var groups: [[OrderPart]] = []
    for part in parts {
      let place = groups.firstIndex { group in
        group.count < batch.most && (!batch.isOfOneMarket || group[0].market === part.market)
          && exchange?.group(group[0]) == exchange?.group(part)
          && (!batch.isAlike || group[0].call.fields.map { $0.name } == part.call.fields.map { $0.name })
      }
      if let place { groups[place].append(part) } else { groups.append([part]) }
    }
    return groups
  }

  final func part(
    _ command: OwnedCommand, _ verb: Verb, _ account: TradingAccount, _ endpoint: Endpoint
  ) throws(CommandRefusal) -> OrderPart {
    guard let market = market(command.instrument) else {
      throw CommandRefusal(.unknownInstrument, "no instrument \(command.instrument)")
    }
    guard command.account == account.id else { throw CommandRefusal(.invalidOrder, "a batch is of one account") }
    var call = Call(endpoint)
    switch verb {
    case .place:
      try checkOffer(command)
      try exchange?.place(command, market, &call)
    case .amend:
      guard command.price != nil || command.quantity != nil || command.stop != nil else {
        throw CommandRefusal(.invalidOrder, "an amendment says what changes")
      }
      try exchange?.change(command, market, &call)
    default: try exchange?.name(command, market, &call)
    }
    return OrderPart(verb: verb, command: command, market: market, account: account, call: call)
  }

  /// Whether a command holds nothing but orders that are not offered: nothing is asked before it is refused.
  final func isNeverSent(_ command: OwnedCommand, _ verb: Verb) -> Bool {
    verb == .place
      && command.parts.allSatisfy { part in
        do throws(CommandRefusal) { try checkOffer(part) } catch { return true }
        return false
      }
  }

  final func checkOffer(_ command: OwnedCommand) throws(CommandRefusal) {
    guard command.side != .none else { throw CommandRefusal(.invalidOrder, "side must be buy or sell") }
    guard let type = command.type, orderOffer.types.contains(type) else {
      throw CommandRefusal(.unsupported, "this order type is not offered")
    }
    guard command.flags.subtracting(orderOffer.flags).isEmpty else {
      throw CommandRefusal(.unsupported, "a flag of the order is not offered")
    }
    guard command.leg == .net || vocabulary.word(command.leg) != nil else {
      throw CommandRefusal(.unsupported, "positions have no legs here")
    }
    guard command.timeInForce.map(orderOffer.forces.contains) ?? true else {
      throw CommandRefusal(.unsupported, "this time in force is not offered")
    }
    if command.flags.contains(.postOnly) {
      guard orderOffer.postOnly.contains(type) else {
        throw CommandRefusal(.unsupported, "only limit orders can be post-only")
      }
      guard [nil, .goodTilCancelled, .goodTilDate].contains(command.timeInForce) else {
        throw CommandRefusal(.invalidOrder, "a post-only order is good till cancelled or till a date")
      }
    }
    guard (command.timeInForce == .goodTilDate) == (command.expiry > 0) else {
      throw CommandRefusal(.invalidOrder, "an order good till a date has that date, and no other has one")
    }
    guard type.isTriggered || !command.flags.contains(.stopByMark) else {
      throw CommandRefusal(.invalidOrder, "only what waits for a price can do so by the mark price")
    }
    try checkNumbers(command, type)
  }

  private func checkNumbers(_ command: OwnedCommand, _ type: OrderType) throws(CommandRefusal) {
    guard type.hasLimit == (command.price != nil) else {
      throw CommandRefusal(.invalidOrder, type.hasLimit ? "the price is absent" : "this type has no price")
    }
    guard type.isTriggered == (command.stop != nil) else {
      throw CommandRefusal(
        .invalidOrder, type.isTriggered ? "the stop price is absent" : "this type has no stop price")
    }
    if command.flags.contains(.byValue) {
      guard type == .market else { throw CommandRefusal(.unsupported, "only market orders can be by value") }
      guard command.value != nil else { throw CommandRefusal(.invalidOrder, "the value is absent") }
    } else if command.quantity == nil, !command.flags.contains(.close) {
      throw CommandRefusal(.invalidOrder, "the quantity is absent")
    }
    for number in [command.price, command.stop, command.quantity, command.value] where number?.isPositive == false {
      throw CommandRefusal(.invalidOrder, "\(number?.plain ?? "") is not above zero")
    }
  }

  private func send(
    _ parts: [OrderPart], _ verb: Verb, _ account: TradingAccount, _ tally: Tally, _ batch: Batch?,
    _ other: OtherService?, _ answer: WriteAnswer, _ then: ((OrderPart, OrderReport, Tally) -> Void)? = nil
  ) {
    var call = parts[0].call
    if parts.count > 1, let batch {
      call = Call(batch.endpoint)
      exchange?.batch(parts, &call)
    }
    // A batch costs what its orders would, and what its endpoint says, unless the exchange counts requests.
    var charges: [Charge] = parts.count > 1 ? call.charges : []
    charges.reserveCapacity(4)
    for part in parts where parts.count == 1 || batch?.isOneCharge != true {
      for charge in exchange?.charges(part) ?? part.call.endpoint.charges {
        if let place = charges.firstIndex(where: { $0.bucket == charge.bucket }) {
          charges[place].weight += charge.weight
        } else {
          charges.append(charge)
        }
      }
    }
    call.charges = charges
    ask(call, account, command: tally.command) { [unowned(unsafe) self] reply in
      // What the usual service does not know may be one of the other's, unless it is known to be none: there its id may
      // be that of another order.
      if let other, other.isFallback, parts.count == 1, verb != .place, parts[0].command.type?.isTriggered != false,
        isUnknown(parts, answer, reply)
      {
        do throws(CommandRefusal) {
          let part = try part(parts[0].command, verb, account, other.endpoint)
          send([part], verb, account, tally, nil, nil, other.answer)
        } catch {
          tally.end(Tally.End(.refused, error.failure, error.text))
        }
        return .ok
      }
      return answered(parts, verb, account, tally, answer, reply, then)
    }
  }

  /// Whether the exchange knows no such order: it says so of the request, or of its one order.
  private func isUnknown(_ parts: [OrderPart], _ answer: WriteAnswer, _ reply: Answer) -> Bool {
    if reply.fault?.failure == .unknownOrder { return true }
    guard reply.reply.outcome == .replied, let report = answer.read(reply.body, parts, vocabulary)?.first,
      !answer.fine.contains(report.error)
    else { return false }
    return fault(code: report.error, text: report.reason).failure == .unknownOrder
  }

  private func answered(
    _ parts: [OrderPart], _ verb: Verb, _ account: TradingAccount, _ tally: Tally, _ answer: WriteAnswer,
    _ reply: Answer, _ then: ((OrderPart, OrderReport, Tally) -> Void)?
  ) -> Status {
    let reports = reply.reply.outcome == .replied ? answer.read(reply.body, parts, vocabulary) : nil
    // An answer may refuse as a whole and still say what became of each order.
    guard let reports, reports.count == parts.count, reply.fault == nil || reports.allSatisfy({ !$0.error.isEmpty })
    else {
      let unread = VenueFault(.other, "the exchange's answer to an order cannot be read", mayHaveHappened: true)
      for part in parts { end(part.command, verb, account, reply.fault ?? unread, tally) }
      return reply.fault == nil ? .parse : .ok
    }
    for (part, report) in zip(parts, reports) {
      if !answer.fine.contains(report.error) {
        let own = fault(code: report.error, text: report.reason)
        // A code that nobody knows proves nothing of the one order; the status of the answer may.
        let isProved = own.mayHaveHappened && parts.count == 1 && reply.fault?.mayHaveHappened == false
        end(part.command, verb, account, isProved ? reply.fault ?? own : own, tally)
      } else if verb == .place || then != nil, report.venue.isEmpty {
        let unnamed = VenueFault(.other, "the exchange's answer names no order", mayHaveHappened: true)
        end(part.command, verb, account, unnamed, tally)
      } else if let then {
        then(part, report, tally)
      } else {
        accepted(part, verb, report, tally)
        tally.end(.done)
      }
    }
    return .ok
  }

  /// An order was placed or cancelled. The stream may have reported it, and even its end, before this answer.
  private func accepted(_ part: OrderPart, _ verb: Verb, _ said: OrderReport, _ tally: Tally) {
    var report = said
    report.reason = ""
    let (command, account) = (part.command, part.account)
    switch verb {
    case .place:
      for var fill in report.fills {
        fill.complete(from: command, part.market)
        publish(fill: fill, account, command: tally.command, order: command.order)
      }
      guard !account.orders.hasEnded(report.venue) else { return }
      if let known = account.orders[report.venue] {
        report = known
      } else {
        report.complete(from: command, part.market)
        report.addFlags(of: command)
        report.state = report.state ?? (report.waitsForTrigger ? .untriggered : .open)
        if report.created == 0 { report.created = out.now.venue }
        // Without the stream nothing reports that a market order ended.
        if remembersOrders, account.isLive || command.type != .market { account.orders.remember(report) }
      }
    case .cancel, .cancelMany:
      guard let state = report.state else { return }
      if let known = account.orders.find(venue: command.venueOrder, client: command.clientOrder) { report = known }
      // When the order was reported last is not when it ended.
      (report.state, report.time) = (state, said.time)
      report.complete(from: command, part.market)
    case .amend:
      guard report.state != nil else { return }
      report.complete(from: command, part.market)
    default: return
    }
    publish(order: report, account, command: tally.command, order: command.order)
  }

  /// A part has failed. An order that was refused never lived, and says so, so that each order of a batch has an end.
  final func end(
    _ command: OwnedCommand, _ verb: Verb, _ account: TradingAccount, _ fault: VenueFault, _ tally: Tally
  ) {
    let end = fault.end(isWrite: true)
    guard verb == .place, end.outcome == .refused, let market = market(command.instrument) else {
      return tally.end(end)
    }
    tally.end(end) { [unowned(unsafe) self] in
      var report = OrderReport()
      report.complete(from: command, market)
      report.addFlags(of: command)
      report.state = .rejected
      report.reason = fault.text
      publish(order: report, account, command: tally.command, order: command.order, error: fault.failure)
    }
  }

  /// How long an order has rested in nanoseconds; one that is not remembered is old.
  public final func age(_ part: OrderPart) -> Int64 {
    let (venue, client) = (part.command.venueOrder, part.command.clientOrder)
    guard let order = part.account.orders.find(venue: venue, client: client) else { return .max }
    return max(0, out.now.venue.subtractingSaturated(order.created))
  }
}

extension OrderType {
  public var hasLimit: Bool { self == .limit || self == .stopLimit || self == .takeLimit }
  public var isTriggered: Bool { self != .limit && self != .market }
}
