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
  }

  public let endpoint: Endpoint
  public let place: String
  public let naming: Naming
  /// The order itself stands at the place, and no list.
  public let isAlone: Bool

  /// - Parameter place: of a list or object of orders that may hold it, or of the order where that stands alone.
  public init(_ endpoint: Endpoint, at place: String, by naming: Naming = .usual, isAlone: Bool = false) {
    self.endpoint = endpoint
    self.place = place
    self.naming = naming
    self.isAlone = isAlone
  }
}

/// Reads one order of an answer: its key where it stands in an object of orders, and its value.
public typealias ReadOrder = (JSONText, inout JSONScanner) -> OrderReport

extension ExchangeConnector {
  /// Serves `order`: one order, by questions that are asked in turn until one knows it.
  public final func serveOrder(_ questions: OrderQuestion..., read: @escaping ReadOrder) {
    servePrivate(.order) { [unowned self] command, account in
      let parts = command.parts
      let tally = Tally(command.id, of: parts.count, out: out)
      for part in parts { ask(part, questions[...], account, tally, read, isAsked: false) }
    }
  }

  private func ask(
    _ command: OwnedCommand, _ questions: ArraySlice<OrderQuestion>, _ account: TradingAccount, _ tally: Tally,
    _ read: @escaping ReadOrder, isAsked: Bool
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
      default: continue
      }
      ask(call, account, command: tally.command) { [unowned self] answer in
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
          ask(command, rest, account, tally, read, isAsked: true)
          return .ok
        }
        if market(named: report.symbol) == nil { report.symbol = market(command.instrument)?.symbol ?? "" }
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
  private func find(
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
        case .venue: report.venue == venue
        case .client: report.client == client
        }
      if isIt { found = report }
    }
    guard !question.isAlone else {
      take(JSONText(), &list)
      return list.isValid ? (found, ()) : nil
    }
    let unread = list.eachEntry(take)
    guard list.isValid, found != nil || unread == 0 else { return nil }
    return (found, ())
  }
}
