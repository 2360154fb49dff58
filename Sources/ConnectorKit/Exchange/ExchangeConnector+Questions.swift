import CPatchbay
import Decimals

/// One way to ask for an order.
public struct OrderQuestion: Sendable {
  public enum Naming: Sendable {
    /// By `ExchangeDialect.name`.
    case usual
    /// The exchange's id is this parameter; skipped where it is not known.
    case venue(String)
    /// The client's id is this parameter; skipped where there is none.
    case client(String)
    /// The exchange's id stands in the path; skipped where it is not known.
    case path
    /// It is looked for in a list of orders, by whichever id is known; the instrument is this parameter, empty where
    /// the list is of all.
    case listed(market: String)
    /// The exchange has no client's id for it: it is looked for in a list by the exchange's id, or where that is not
    /// known by what it is. Several such lists are looked through together; see `ShapeSearch`.
    case shaped(market: String)
  }

  public let endpoint: Endpoint
  public let place: String
  public let naming: Naming
  /// The order itself stands at the place, and no list.
  public let isAlone: Bool
  /// Parameters beside the name.
  public let parameters: [(name: String, value: String)]
  /// Where the reply says that the list has more orders than it holds: one that is not in it may live all the same.
  public var more = ""
  /// Of a list in which an order is looked for by what it is: parameters of time, from and to, empty where there are
  /// none; and orders of a full list, which may have more than it holds.
  public var since = ""
  public var until = ""
  public var timeForm = Pages.TimeForm.milliseconds
  public var full = Int.max
  /// Of such a list: the exchange has client's ids for no order at all, not only for none that waits for a price.
  public var isOfEveryType = false
  /// Of such a list: the times at which orders were made are whole units of so many nanoseconds, rounded down.
  public var resolution: Int64 = 1
  /// Of a list that wants both ends of a time: how far back it is asked, in nanoseconds, up to a minute from now.
  public var reach: Int64 = 0
  /// Nothing, `null`, or an order without a state that is known stands at the place where there is no such order.
  public var isNullEmpty = false

  /// - Parameter place: of a list or object of orders that may hold it, or of the order where that stands alone.
  public init(
    _ endpoint: Endpoint, at place: String, by naming: Naming = .usual, isAlone: Bool = false,
    _ parameters: KeyValuePairs<String, String> = [:]
  ) {
    self.endpoint = endpoint
    self.place = place
    self.naming = naming
    self.isAlone = isAlone
    self.parameters = parameters.map { ($0.key, $0.value) }
  }
}

extension OrderQuestion {
  var isShaped: Bool { if case .shaped = naming { true } else { false } }

  /// Whether an order may stand in the list without an id that is known.
  func mayHold(_ command: OwnedCommand) -> Bool { isOfEveryType || command.type?.isTriggered == true }

  /// Both ends of the time, where the list wants them.
  func setReach(now: Int64, _ call: inout Call) {
    guard reach > 0 else { return }
    let until = now.addingSaturated(60_000_000_000)
    call.set(since, timeForm.text(max(1, until.subtractingSaturated(reach)), isUntil: false))
    call.set(self.until, timeForm.text(until, isUntil: true))
  }

  /// Where the time in which an order was made is known, only that is asked about.
  func setTimes(_ command: OwnedCommand, _ call: inout Call) {
    if !since.isEmpty, command.since > 0 { call.set(since, timeForm.text(command.since, isUntil: false)) }
    if !until.isEmpty, command.until > 0 { call.set(until, timeForm.text(command.until, isUntil: true)) }
  }
}

/// Reads one order of an answer: its key where it stands in an object of orders, and its value.
public typealias ReadOrder = (JSONText, inout JSONScanner) -> OrderReport

extension ExchangeConnector {
  /// Serves `order`: one order, by questions that are asked in turn until one knows it.
  /// - Parameter first: the place of the question that an order is known to be answered by.
  public final func serveOrder(
    _ questions: OrderQuestion..., first: @escaping (OwnedCommand, TradingAccount) -> Int = { _, _ in 0 },
    read: @escaping ReadOrder
  ) { serveOrder(questions, first: first, read: read) }

  public final func serveOrder(
    _ questions: [OrderQuestion], first: @escaping (OwnedCommand, TradingAccount) -> Int, read: @escaping ReadOrder
  ) {
    self.questions = questions
    servePrivate(.order) { [unowned(unsafe) self] command, account in
      let parts = command.parts
      let tally = Tally(command.id, of: parts.count, out: out)
      for part in parts {
        // Those before the first come last: what is known of an order may be out of date.
        let place = first(part, account)
        ask(
          Asking(
            command: part, rest: questions[place...] + questions[..<place], account: account, tally: tally, read: read))
      }
    }
  }

  /// An order that is asked for, and how far that is.
  private struct Asking {
    var command: OwnedCommand
    /// What is to be asked still.
    var rest: ArraySlice<OrderQuestion>
    let account: TradingAccount
    let tally: Tally
    let read: ReadOrder
    var isAsked = false
    /// The order that has become the one that is asked for now.
    var conditional: OrderReport?
    var search: ShapeSearch?
    var client: String { command.clientOrder }
    var venue: String {
      command.venueOrder.isEmpty ? account.orders.venueOrder(client: client) : command.venueOrder
    }
  }

  private func ask(_ asking: Asking) {
    var asking = asking
    let command = asking.command, client = asking.client, venue = asking.venue
    while let question = asking.rest.popFirst() {
      var call = Call(question.endpoint)
      switch question.naming {
      case .usual:
        do throws(CommandRefusal) {
          call = try part(command, .order, asking.account, question.endpoint).call
        } catch {
          return asking.tally.end(Tally.End(.refused, error.failure, error.text))
        }
      case .venue(let name) where !venue.isEmpty: call.set(name, venue)
      case .client(let name) where !client.isEmpty: call.set(name, client)
      case .path where !venue.isEmpty: call.fill(venue)
      case .listed(let name) where !venue.isEmpty || !client.isEmpty:
        if !name.isEmpty, let market = market(command.instrument) { call.set(name, market.name) }
        question.setReach(now: out.now.venue, &call)
      case .shaped(let name) where !venue.isEmpty || command.since > 0 && question.mayHold(command):
        if !name.isEmpty, let market = market(command.instrument) { call.set(name, market.name) }
        question.setTimes(command, &call)
      case .shaped where question.mayHold(command):
        // Without the time in which it was made its shape proves nothing.
        asking.search = asking.search ?? ShapeSearch()
        asking.search?.isCut = true
        continue
      default: continue
      }
      for parameter in question.parameters { call.set(parameter.name, parameter.value) }
      asking.isAsked = true
      ask(call, asking.account, command: asking.tally.command) { [unowned(unsafe) self, asking] answer in
        heard(answer, question, asking)
      }
      return
    }
    switch asking.search?.end(for: command) {
    case .one(let report): conclude(asking, report)
    case .unknown(let why): asking.tally.end(Tally.End(.unknown, .other, why))
    case .some(.none), nil:
      asking.tally.end(
        asking.isAsked
          ? Tally.End(.refused, .unknownOrder, "the exchange knows no such order")
          : Tally.End(.refused, .invalidOrder, "the order is not named"))
    }
  }

  /// What came of one question.
  private func heard(_ answer: Answer, _ question: OrderQuestion, _ asking: Asking) -> Status {
    var asking = asking
    if let fault = answer.fault {
      if fault.failure == .unknownOrder, !asking.rest.isEmpty || asking.search != nil {
        ask(asking)
      } else {
        asking.tally.end(fault.end(isWrite: false))
      }
      return .ok
    }
    if question.isShaped, asking.venue.isEmpty {
      asking.search = look(answer.body, question, asking.command, asking.search ?? ShapeSearch(), asking.read)
      guard asking.search != nil else {
        asking.tally.end(Tally.End(.unknown, .other, "the exchange's list of orders cannot be read"))
        return .parse
      }
      ask(asking)
      return .ok
    }
    guard let found = find(answer.body, question, asking.venue, asking.client, asking.read) else {
      asking.tally.end(Tally.End(.unknown, .other, "the exchange's order cannot be read"))
      return .parse
    }
    if let report = found.order {
      conclude(asking, report)
    } else if answer.body.flag(at: question.more) == true {
      asking.tally.end(Tally.End(.refused, .transient, "the order is not among the newest, and there are more"))
    } else {
      ask(asking)
    }
    return .ok
  }

  /// The order was found. One that was triggered is not answered for by itself: the order that it has become knows what
  /// came of it.
  private func conclude(_ asking: Asking, _ found: OrderReport) {
    var report = found
    if let conditional = asking.conditional { report.client = conditional.client }
    if market(named: report.symbol) == nil { report.symbol = market(asking.command.instrument)?.symbol ?? "" }
    if !report.became.isEmpty, asking.conditional == nil, let usual = questions.first {
      var real = asking
      (real.command.clientOrder, real.command.venueOrder) = ("", report.became)
      (real.rest, real.conditional, real.search) = ([usual], report, nil)
      return ask(real)
    }
    for var fill in report.fills {
      (fill.symbol, fill.venue, fill.client, fill.side) = (report.symbol, report.venue, report.client, report.side)
      publish(fill: fill, asking.account, order: asking.command.order)
    }
    publish(order: report, asking.account, command: asking.tally.command, order: asking.command.order)
    asking.tally.end(.done)
  }

  /// Looks through a list for what may be the order; `nil` when it cannot be read whole, and what cannot may be it.
  private func look(
    _ body: Body, _ question: OrderQuestion, _ command: OwnedCommand, _ search: ShapeSearch, _ read: ReadOrder
  ) -> ShapeSearch? {
    var json = JSONScanner(body)
    guard let market = market(command.instrument), json.isWhole, var list = json.find(question.place)?.scanner() else {
      return nil
    }
    var orders: [OrderReport] = []
    var count = 0
    let unread = list.eachEntry { key, json in
      var report = read(key, &json)
      count += 1
      guard json.isValid, self.market(named: report.symbol) === market else { return }
      report = exchange?.corrected(report) ?? report
      report.multiplyOut(market)
      orders.append(report)
    }
    guard list.isValid, unread == 0 else { return nil }
    var search = search
    let isWhole = count < question.full && body.flag(at: question.more) != true
    search.take(orders, for: command, isWhole: isWhole, resolution: question.resolution)
    return search
  }

  /// The order that was asked for; `nil` when what stands there cannot be read, and may be it.
  final func find(
    _ body: Body, _ question: OrderQuestion, _ venue: String, _ client: String, _ read: ReadOrder
  ) -> (order: OrderReport?, Void)? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    guard var list = json.find(question.place)?.scanner() else { return question.isNullEmpty ? (nil, ()) : nil }
    if question.isNullEmpty, list.skipNull() { return (nil, ()) }
    if question.isAlone {
      let report = read(JSONText(), &list)
      guard list.isValid else { return nil }
      return report.state != nil ? (report, ()) : question.isNullEmpty ? (nil, ()) : nil
    }
    var found: OrderReport?
    func take(_ key: JSONText, _ json: inout JSONScanner) {
      let report = read(key, &json)
      guard json.isValid, found == nil else { return }
      let isIt =
        switch question.naming {
        case .usual: report.state != nil
        case .venue, .path: report.venue == venue
        case .client: report.client == client
        case .listed: venue.isEmpty ? report.client == client : report.venue == venue
        case .shaped: report.venue == venue
        }
      if isIt { found = report }
    }
    let unread = list.eachEntry(take)
    guard list.isValid, found != nil || unread == 0 else { return nil }
    return (found, ())
  }
}
