import CPatchbay
import Decimals

/// A second service of an exchange, which has orders of a kind under endpoints and ids of its own: those that wait for
/// a price, say.
public struct OtherService {
  public let endpoint: Endpoint
  public let answer: WriteAnswer
  /// Whether an order that the usual service does not know is looked for here.
  public let isFallback: Bool
  /// Whether an order is known to be one of this service.
  public let owns: (OwnedCommand, TradingAccount) -> Bool
  /// New orders wait for a price to be crossed from whichever side.
  public let crossing: CrossingCheck?

  public init(
    _ endpoint: Endpoint, _ answer: WriteAnswer, isFallback: Bool = true, crossing: CrossingCheck? = nil,
    owns: @escaping (OwnedCommand, TradingAccount) -> Bool
  ) {
    (self.endpoint, self.answer, self.isFallback, self.owns) = (endpoint, answer, isFallback, owns)
    self.crossing = crossing
  }
}

/// How an order is asked for whose change depends on what it is now.
public struct KnownOrder {
  public let endpoint: Endpoint
  /// Where the order stands in the reply.
  public let place: String
  public let read: ReadOrder

  public init(_ endpoint: Endpoint, at place: String, read: @escaping ReadOrder) {
    (self.endpoint, self.place, self.read) = (endpoint, place, read)
  }
}

extension OwnedCommand {
  /// Whether an amendment names everything that an order is.
  var saysWhole: Bool { side != .none && price != nil && quantity != nil }

  /// Whether an amendment names a number that the order has already.
  func repeats(_ order: OrderReport) -> Bool {
    price != nil && price == order.price || stop != nil && stop == order.stop
      || quantity != nil && quantity == order.quantity
  }

  /// The same, with what it leaves out as the order has it now.
  func completed(by order: OrderReport) -> OwnedCommand {
    var command = self
    command.fields.side = order.side.rawValue
    command.fields.price = pb_dec(price ?? order.price)
    command.fields.quantity = pb_dec(quantity ?? order.quantity)
    return command
  }
}

extension ExchangeConnector {
  /// Serves `amend` where the way to change an order depends on what it is now: each is asked for first, and handed to
  /// `change` while it is open.
  public final func serveAmend(
    asking question: KnownOrder,
    _ change: @escaping (OwnedCommand, OrderReport, TradingAccount, Tally) throws(CommandRefusal) -> Void
  ) {
    servePrivate(.amend) { [unowned(unsafe) self] command, account in
      let parts = command.parts
      let tally = Tally(command.id, of: parts.count, out: out)
      for part in parts {
        do throws(CommandRefusal) {
          try ask(question, part, account, tally) { now in
            do throws(CommandRefusal) { try change(part, now, account, tally) } catch {
              tally.end(Tally.End(.refused, error.failure, error.text))
            }
          }
        } catch {
          tally.end(Tally.End(.refused, error.failure, error.text))
        }
      }
    }
  }

  /// Asks for the order that a change is about, and goes on while it is open. Nothing has been changed before that.
  final func ask(
    _ question: KnownOrder, _ command: OwnedCommand, _ account: TradingAccount, _ tally: Tally,
    _ proceed: @escaping (OrderReport) -> Void
  ) throws(CommandRefusal) {
    guard command.price != nil || command.quantity != nil || command.stop != nil else {
      throw CommandRefusal(.invalidOrder, "an amendment says what changes")
    }
    let call = try part(command, .order, account, question.endpoint).call
    ask(call, account, command: tally.command) { [unowned(unsafe) self] answer in
      if let fault = answer.fault {
        tally.end(fault.end(isWrite: false))
        return .ok
      }
      var json = JSONScanner(answer.body)
      var now = OrderReport()
      var isRead = json.isWhole
      if isRead, var object = json.find(question.place)?.scanner() {
        now = question.read(JSONText(), &object)
        if let market = market(command.instrument) { now.multiplyOut(market) }
        isRead = object.isValid
      }
      guard isRead, !now.venue.isEmpty, let state = now.state else {
        tally.end(Tally.End(.refused, .other, "the exchange's order cannot be read; nothing was changed"))
        return .parse
      }
      let isOpen = [.open, .partial, .untriggered].contains(state)
      // What the order has already may be left out of the change, which the host judges by what it knows of the order.
      if !isOpen || command.repeats(now) { publish(order: now, account, command: tally.command, order: command.order) }
      guard isOpen else {
        tally.end(Tally.End(.refused, .unknownOrder, "the order is not open any more"))
        return .ok
      }
      proceed(now)
      return .ok
    }
  }
}
