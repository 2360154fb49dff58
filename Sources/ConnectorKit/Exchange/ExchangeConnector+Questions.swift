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
        ask(part, questions[first(part, account)...], account, tally, read, isAsked: false)
      }
    }
  }

  private func ask(
    _ command: OwnedCommand, _ questions: ArraySlice<OrderQuestion>, _ account: TradingAccount, _ tally: Tally,
    _ read: @escaping ReadOrder, isAsked: Bool, became conditional: OrderReport? = nil
  ) {
    var rest = questions
    let client = command.clientOrder
    let venue = command.venueOrder.isEmpty ? account.orders.venueOrder(client: client) : command.venueOrder
    while let question = rest.popFirst() {
      var call = Call(question.endpoint)
      switch question.naming {
      case .usual:
        do throws(CommandRefusal) {
          call = try part(command, .order, account, question.endpoint).call
        } catch {
          return tally.end(Tally.End(.refused, error.failure, error.text))
        }
      case .venue(let name) where !venue.isEmpty: call.set(name, venue)
      case .client(let name) where !client.isEmpty: call.set(name, client)
      case .path where !venue.isEmpty: call.fill(venue)
      case .listed(let name) where !venue.isEmpty || !client.isEmpty:
        if !name.isEmpty, let market = market(command.instrument) { call.set(name, market.name) }
      default: continue
      }
      for parameter in question.parameters { call.set(parameter.name, parameter.value) }
      ask(call, account, command: tally.command) { [unowned(unsafe) self] answer in
        if let fault = answer.fault {
          if fault.failure == .unknownOrder, !rest.isEmpty {
            ask(command, rest, account, tally, read, isAsked: true)
          } else {
            tally.end(fault.end(isWrite: false))
          }
          return .ok
        }
        guard let found = find(answer.body, question, venue, client, read) else {
          tally.end(Tally.End(.unknown, .other, "the exchange's order cannot be read"))
          return .parse
        }
        guard var report = found.order else {
          if answer.body.flag(at: question.more) == true {
            tally.end(Tally.End(.refused, .transient, "the order is not among the newest, and there are more"))
          } else {
            ask(command, rest, account, tally, read, isAsked: true)
          }
          return .ok
        }
        if market(named: report.symbol) == nil { report.symbol = market(command.instrument)?.symbol ?? "" }
        if !report.became.isEmpty, conditional == nil, let usual = self.questions.first {
          // It was triggered: the order that it has become knows what came of it.
          var real = command
          (real.clientOrder, real.venueOrder) = ("", report.became)
          ask(real, [usual], account, tally, read, isAsked: true, became: report)
          return .ok
        }
        if let conditional { report.client = conditional.client }
        publish(order: report, account, command: tally.command, order: command.order)
        tally.end(.done)
        return .ok
      }
      return
    }
    tally.end(
      isAsked
        ? Tally.End(.refused, .unknownOrder, "the exchange knows no such order")
        : Tally.End(.refused, .invalidOrder, "the order is not named"))
  }

  /// The order that was asked for; `nil` when what stands there cannot be read, and may be it.
  final func find(
    _ body: Body, _ question: OrderQuestion, _ venue: String, _ client: String, _ read: ReadOrder
  ) -> (order: OrderReport?, Void)? {
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find(question.place)?.scanner() else { return nil }
    if question.isAlone {
      let report = read(JSONText(), &list)
      return list.isValid && report.state != nil ? (report, ()) : nil
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
        }
      if isIt { found = report }
    }
    let unread = list.eachEntry(take)
    guard list.isValid, found != nil || unread == 0 else { return nil }
    return (found, ())
  }
}
