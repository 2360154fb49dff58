import CPatchbay
import Decimals

/// Several orders in one request.
public struct Batch: Sendable {
  public let endpoint: Endpoint
  /// Orders in one request at most.
  public let most: Int

  public init(_ endpoint: Endpoint, most: Int) {
    self.endpoint = endpoint
    self.most = most
  }
}

/// What an answer to a write says.
public struct WriteAnswer: Sendable {
  /// Where the list of orders stands, one for each that was sent, in the same order.
  public let place: String
  public let table: FieldTable<OrderField>
  /// Whether the answer to a cancel means that the order has ended; else it ends when the exchange reports it.
  public let endsCancelled: Bool
  /// Codes of single orders that say success.
  public let fine: [String]

  public init(at place: String, _ table: FieldTable<OrderField>, endsCancelled: Bool, fine: [String] = ["", "0"]) {
    self.place = place
    self.table = table
    self.endsCancelled = endsCancelled
    self.fine = fine
  }
}

/// Placing, changing, cancelling and asking about orders: a command's parts become calls, calls become requests, each
/// part ends once, and the command is answered when all have.
extension ExchangeConnector {
  /// One part of a command on its way.
  struct Part {
    let command: OwnedCommand
    let market: Market
    let call: Call
  }

  /// Serves `place`, `amend`, `cancel` or `cancelMany`.
  public final func serve(_ verb: Verb, by endpoint: Endpoint, batch: Batch? = nil, _ answer: WriteAnswer) {
    servePrivate(verb) { [unowned self] command, account in
      let parts = command.parts
      let tally = Tally(command.id, of: parts.count, out: out)
      // A batch serves commands of several orders; a single one goes by itself.
      let many = parts.count > 1 ? batch : nil
      var ready: [Part] = []
      for part in parts {
        do throws(CommandRefusal) {
          ready.append(try self.part(part, verb, many?.endpoint ?? endpoint))
        } catch {
          end(part, verb, account, VenueFault(error.failure, error.text), tally)
        }
      }
      guard let many else {
        for part in ready { send([part], verb, account, tally, isBatch: false, answer) }
        return
      }
      var start = 0
      while start < ready.count {
        let group = Array(ready[start..<min(start + many.most, ready.count)])
        send(group, verb, account, tally, isBatch: true, answer)
        start += group.count
      }
    }
  }

  private func part(_ command: OwnedCommand, _ verb: Verb, _ endpoint: Endpoint) throws(CommandRefusal) -> Part {
    guard let market = market(command.instrument) else {
      throw CommandRefusal(.unknownInstrument, "no instrument \(command.instrument)")
    }
    var call = Call(endpoint)
    switch verb {
    case .place:
      guard command.side != .none else { throw CommandRefusal(.invalidOrder, "side must be buy or sell") }
      guard let type = command.type, orderOffer.types.contains(type) else {
        throw CommandRefusal(.unsupported, "this order type is not offered")
      }
      guard command.flags.subtracting(orderOffer.flags).isEmpty else {
        throw CommandRefusal(.unsupported, "a flag of the order is not offered")
      }
      guard command.timeInForce.map(orderOffer.forces.contains) ?? true else {
        throw CommandRefusal(.unsupported, "this time in force is not offered")
      }
      try exchange?.place(command, market, &call)
    case .amend: try exchange?.change(command, market, &call)
    default: try exchange?.name(command, market, &call)
    }
    return Part(command: command, market: market, call: call)
  }

  private func send(
    _ parts: [Part], _ verb: Verb, _ account: TradingAccount, _ tally: Tally, isBatch: Bool, _ answer: WriteAnswer
  ) {
    guard let first = parts.first else { return }
    var body: SealedText?
    if isBatch {
      body = parts.enumerated().reduce(SealedText("[")) { text, part in
        text + SealedText(part.offset > 0 ? "," : "") + part.element.call.json
      } + "]"
    }
    // A batch costs what its orders would.
    let charges = first.call.endpoint.charges.map { Charge($0.bucket, $0.weight * UInt32(parts.count)) }
    ask(first.call, account, command: tally.command, body: body, charges: charges) { [unowned self] reply, body in
      answered(parts, verb, account, tally, answer, reply, body)
    }
  }

  private func answered(
    _ parts: [Part], _ verb: Verb, _ account: TradingAccount, _ tally: Tally, _ answer: WriteAnswer, _ reply: Reply,
    _ body: Body
  ) -> Status {
    let fault = errorPlan.fault(reply, body)
    let reports = reply.outcome == .replied ? self.reports(body, answer) : []
    // An answer may refuse as a whole and still say what became of each order.
    guard reports.count == parts.count, fault == nil || reports.allSatisfy({ !$0.error.isEmpty }) else {
      let unread = VenueFault(.other, "the exchange's answer to an order cannot be read", mayHaveHappened: true)
      for part in parts { end(part.command, verb, account, fault ?? unread, tally) }
      return fault == nil ? .parse : .ok
    }
    for (part, report) in zip(parts, reports) {
      guard answer.fine.contains(report.error) else {
        end(part.command, verb, account, errorPlan.fault(code: report.error, text: report.reason), tally)
        continue
      }
      var report = report
      report.complete(from: part.command, part.market)
      report.reason = ""
      switch verb {
      case .place:
        report.state = report.state ?? .open
        if report.time == 0 { report.time = out.now.venue }
        guard !report.venue.isEmpty else {
          let unnamed = VenueFault(.other, "the exchange's answer names no order", mayHaveHappened: true)
          end(part.command, verb, account, unnamed, tally)
          continue
        }
        publish(order: report, account, command: tally.command, order: part.command.order)
      case .cancel, .cancelMany:
        guard answer.endsCancelled else { break }
        report.state = .cancelled
        if report.time == 0 { report.time = out.now.venue }
        publish(order: report, account, command: tally.command, order: part.command.order)
      default: break
      }
      tally.end(.done)
    }
    return .ok
  }

  private func reports(_ body: Body, _ answer: WriteAnswer) -> [OrderReport] {
    var reports: [OrderReport] = []
    var whole = JSONScanner(body)
    whole.skip()
    var json = JSONScanner(body)
    guard whole.isComplete(), let list = json.find(answer.place) else { return [] }
    var scanner = list.scanner()
    if scanner.peek() == UInt8(ascii: "{") {
      reports.append(OrderReport(&scanner, answer.table, vocabulary))
    } else {
      scanner.elements { reports.append(OrderReport(&$0, answer.table, vocabulary)) }
    }
    return scanner.isValid ? reports : []
  }

  /// A part has failed. An order that was refused never lived, and says so, so that each order of a batch has an end.
  private func end(
    _ command: OwnedCommand, _ verb: Verb, _ account: TradingAccount, _ fault: VenueFault, _ tally: Tally
  ) {
    let end = fault.end(isWrite: true)
    if verb == .place, end.outcome == .refused, fault.failure != .notSent, let market = market(command.instrument) {
      var report = OrderReport()
      report.complete(from: command, market)
      report.flags = command.flags
      report.state = .rejected
      report.reason = fault.text
      publish(order: report, account, command: tally.command, order: command.order, error: fault.failure)
    }
    tally.end(end)
  }

  /// Serves `order`: the state of one order.
  public final func serveOrder(by endpoint: Endpoint, at place: String, _ table: FieldTable<OrderField>) {
    servePrivate(.order) { [unowned self] command, account in
      let parts = command.parts
      let tally = Tally(command.id, of: parts.count, out: out)
      for part in parts {
        do throws(CommandRefusal) {
          let asked = try self.part(part, .order, endpoint)
          ask(asked.call, account, command: command.id) { [unowned self] reply, body in
            if let fault = errorPlan.fault(reply, body) {
              tally.end(fault.end(isWrite: false))
              return .ok
            }
            let answer = WriteAnswer(at: place, table, endsCancelled: false)
            guard let report = reports(body, answer).first, report.state != nil else {
              tally.end(Tally.End(.unknown, .other, "the exchange's order cannot be read"))
              return .parse
            }
            publish(order: exchange?.corrected(report) ?? report, account, command: command.id, order: part.order)
            tally.end(.done)
            return .ok
          }
        } catch {
          tally.end(Tally.End(.refused, error.failure, error.text))
        }
      }
    }
  }

  /// A number of a command that must be there and above zero.
  public final func positive(_ value: Decimal64?, _ name: String) throws(CommandRefusal) -> Decimal64 {
    guard let value, value.isPositive else {
      throw CommandRefusal(.invalidOrder, "the \(name) is absent or not above zero")
    }
    return value
  }
}
