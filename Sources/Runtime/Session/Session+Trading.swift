import Decimals
import MarketModel

/// Why an order was not sent.
public enum PlaceFault: Error, CustomStringConvertible {
  /// The instrument's rules forbid it.
  case refused(OrderRefusal)
  /// It is worth more than this deployment permits one order to be, or its worth cannot be known.
  case aboveCap(cap: Decimal64, notional: Decimal64?)
  /// No more client order ids of this form exist.
  case identifiers(ClientOrderIDs.Fault)
  /// There is no such instrument, or no such order in flight.
  case unknown(String)

  public var description: String {
    switch self {
    case .refused(let refusal): "\(refusal)"
    case .aboveCap(let cap, let notional?):
      "the order is worth \(notional.plain), the permit's notional_cap is \(cap.plain); "
        + "make it smaller or raise the cap"
    case .aboveCap(let cap, nil):
      "what the order is worth is not known without a price or a book, and the permit's notional_cap is \(cap.plain)"
    case .identifiers(let fault): "\(fault)"
    case .unknown(let what): "\(what) is not known"
    }
  }
}

/// Orders. Each is tracked before its command is given, so that nothing the venue says of it can come too early.
extension Session {
  /// Brings an order to the instrument's rules and sends it.
  /// - Parameter completion: called once, when the place command has ended; the order itself lives on in
  ///   `accounts.orders`.
  /// - Returns: the order's id.
  @discardableResult
  public func place(
    _ draft: OrderDraft, on market: MarketState, account: AccountID, ids: inout ClientOrderIDs,
    completion: @escaping (CommandResult) -> Void = { _ in }
  ) throws(PlaceFault) -> OrderID {
    let touch = draft.side == .buy ? market.book.bestAsk : market.book.bestBid
    let reference = touch.map { Decimal64(mantissa: $0.price, exponent: market.book.priceExponent) }
    let order: OrderDraft
    do throws(OrderRefusal) {
      order = try market.instrument.prepare(draft, reference: reference)
    } catch {
      throw .refused(error)
    }
    try checkCap(order, reference)
    let client: String
    do throws(ClientOrderIDs.Fault) { client = try ids.next() } catch { throw .identifiers(error) }
    let id = nextOrderID()
    var command = CommandDraft(.place)
    command.account = account.rawValue
    command.instrument = market.instrument.id.rawValue
    command.order = id.rawValue
    command.clientOrder = client
    command.side = order.side
    command.type = order.type
    command.timeInForce = order.timeInForce
    command.flags = order.flags
    command.price = order.price
    command.stop = order.stop
    command.expiry = order.expiry
    if order.flags.contains(.byValue) { command.value = order.quantity } else { command.quantity = order.quantity }
    let commandID = reserveCommand()
    accounts.orders.track(
      TrackedOrder(
        id: id, account: account, instrument: market.instrument.id, clientOrderID: client, draft: order,
        createCommand: commandID, time: times.mono))
    send(command, as: commandID, completion: completion)
    return id
  }

  /// Orders that only close a position are let through: a cap must not keep anyone in one.
  private func checkCap(_ order: OrderDraft, _ touch: Decimal64?) throws(PlaceFault) {
    guard let cap = notionalCap, order.flags.isDisjoint(with: [.reduceOnly, .close]) else { return }
    let notional = order.worth(touch: touch)
    guard let notional, notional <= cap else { throw .aboveCap(cap: cap, notional: notional) }
  }

  /// Asks the venue to cancel an order of ours.
  public func cancel(_ id: OrderID, completion: @escaping (CommandResult) -> Void = { _ in }) throws(PlaceFault) {
    guard let order = accounts.orders[id] else { throw .unknown("order \(id.rawValue)") }
    var command = CommandDraft(.cancel, naming: order)
    command.setNumbers(of: order)
    let commandID = reserveCommand()
    _ = accounts.orders.cancelRequested(id, command: commandID, now: times.mono)
    send(command, as: commandID, completion: completion)
  }
}
