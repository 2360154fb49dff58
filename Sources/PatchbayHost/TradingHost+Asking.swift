import Decimals
import MarketModel
import Runtime
import Trading

/// What a strategy asks and wants. Answers are copies, taken on the lane of the connector between two of its inputs.
/// `connector` is a connector's id, such as `paper_perpetual`. All calls throw `HostRefusal`: a lane that does not
/// answer within two seconds is one of its reasons, and nothing was done then.
extension TradingHost {
  /// The ids of the connectors that run, and whether each takes orders.
  public var connectors: [(id: String, trades: Bool)] {
    running.places.map { place in (place.name, running.desks.contains { $0.name == place.name }) }
  }

  /// What is missing before a connector is ready, for people; empty = it is.
  public func missing(on connector: String) async throws -> [String] {
    try await onSeat(connector) { $0.missing }
  }

  /// What can be traded there.
  public func instruments(on connector: String) async throws -> [Instrument] {
    try await onSeat(connector) { seat in seat.session.view.all.map(\.instrument) }
  }

  /// The best levels of a book that is subscribed to.
  public func book(_ pair: String, on connector: String, depth: Int = 10) async throws -> BookCopy {
    try await onMarket(pair, connector) { BookCopy($0, depth: depth) }
  }

  /// The latest public trades, at most 256, the latest first; prices stand at the instrument's exponents.
  public func trades(_ pair: String, on connector: String) async throws -> [Trade] {
    try await onMarket(pair, connector) { $0.tape.latest() }
  }

  /// What an account holds, by asset.
  /// - Parameter account: may be left out where there is only one.
  public func balances(on connector: String, account: String? = nil) async throws -> [String: Balance] {
    try await onDesk(connector) { desk throws(DeskRefusal) in
      let id = try desk.account(named: account)
      let all = desk.trader.path.accounts.balances.all(of: id).map { ($0.asset, $0.balance) }
      return Dictionary(all, uniquingKeysWith: { first, _ in first })
    }
  }

  /// Orders that have not ended.
  public func openOrders(on connector: String) async throws -> [TrackedOrder] {
    try await onDesk(connector) { desk throws(DeskRefusal) in desk.trader.orders.inFlight }
  }

  /// An order that is in mind: open, or ended within the last half minute or so.
  public func order(_ id: OrderID, on connector: String) async throws -> TrackedOrder? {
    try await onDesk(connector) { desk throws(DeskRefusal) in desk.trader.orders[id] }
  }

  /// Takes an order over: it is fitted to the instrument's rules, kept in the journal, and sent. What becomes of it
  /// comes by `events`.
  /// - Parameters:
  ///   - isOpening: on perpetuals whether it opens or closes a position; else `nil`.
  ///   - account: may be left out where there is only one.
  public func place(
    _ draft: OrderDraft, _ pair: String, on connector: String, isOpening: Bool? = nil, leg: PositionLeg = .net,
    account: String? = nil
  ) async throws -> OrderID {
    try await onDesk(connector) { desk throws(DeskRefusal) in
      let instrument = try desk.instrument(pair)
      let request = OrderRequest(
        account: try desk.account(named: account), instrument: instrument.id, draft: draft,
        action: isOpening.map { $0 ? PositionAction.open : .close }, leg: leg)
      do throws(TraderRefusal) { return try desk.trader.place(request) } catch { throw desk.refusal(error) }
    }
  }

  /// Asks the venue to cancel an order; its end comes by `events`.
  public func cancel(_ id: OrderID, on connector: String) async throws {
    try await onDesk(connector) { desk throws(DeskRefusal) in
      do throws(TraderRefusal) { try desk.trader.cancel(id) } catch { throw desk.refusal(error) }
    }
  }

  /// The kill switch: no new orders and changes; cancels still work.
  public func halt(_ reason: String, on connector: String, cancelAll: Bool = false) async throws {
    try await onDesk(connector) { desk throws(DeskRefusal) in desk.trader.halt(reason, cancelAll: cancelAll) }
  }

  /// Everything that happens to orders and accounts from now on, in the order in which it happens on each connector.
  /// - Parameter most: how many may wait for the strategy; beyond it the oldest are lost, so it has to read on.
  public func events(most: Int = 65_536) -> AsyncStream<HostEvent> {
    let (stream, continuation) = AsyncStream.makeStream(of: HostEvent.self, bufferingPolicy: .bufferingNewest(most))
    let listener = self.events.listen { heard in
      continuation.yield(HostEvent(connector: heard.desk.name, event: heard.event, order: heard.order))
    }
    let events = self.events
    continuation.onTermination = { _ in events.forget(listener) }
    return stream
  }
}

/// Something that happened to an order or an account.
public struct HostEvent: Sendable {
  public let connector: String
  public let event: TraderEvent
  /// The order as it stood then.
  public let order: TrackedOrder?
}

/// Why a host did not do what a strategy wanted: a word for programs, and a sentence that says what to do.
public struct HostRefusal: Error, CustomStringConvertible {
  public let code: String
  public let text: String
  public var description: String { text }
}

// MARK: On the lanes

extension TradingHost {
  private func onSeat<Copy: Sendable>(
    _ connector: String, _ copy: @escaping @Sendable (Host.Seat) -> Copy
  ) async throws -> Copy {
    guard let place = running.places.first(where: { $0.name == connector }) else { throw unknown(connector) }
    let found = await ask(place.lane) { host in
      host.seats.first { $0.session.name == connector }.map(copy)
    }
    guard let found, let copy = found else { throw silent(place.lane) }
    return copy
  }

  private func onMarket<Copy: Sendable>(
    _ pair: String, _ connector: String, _ copy: @escaping @Sendable (MarketState) -> Copy
  ) async throws -> Copy {
    let found = try await onSeat(connector) { $0.session.view.market(pair: pair).map(copy) }
    guard let found else {
      throw HostRefusal(code: "unknown_pair", text: "\(connector) has no instrument \(pair)")
    }
    return found
  }

  private func onDesk<Copy: Sendable>(
    _ connector: String, _ body: @escaping @Sendable (TradeDesk) throws(DeskRefusal) -> Copy
  ) async throws -> Copy {
    guard let desk = running.desks.first(where: { $0.name == connector }) else {
      guard running.places.contains(where: { $0.name == connector }) else { throw unknown(connector) }
      throw HostRefusal(code: "no_trading", text: "\(connector) takes no orders here")
    }
    let result: Result<Copy, DeskRefusal>? = await withCheckedContinuation { continuation in
      desk.claim(within: RunningHost.patience, server.submit(after:_:)) { desk in
        guard let desk else { return continuation.resume(returning: nil) }
        continuation.resume(returning: Result { () throws(DeskRefusal) in try body(desk) })
      }
    }
    switch result {
    case nil: throw silent(desk.lane)
    case .failure(let refusal): throw HostRefusal(code: refusal.code, text: refusal.text)
    case .success(let copy): return copy
    }
  }

  private func ask<Copy: Sendable>(_ lane: Int, _ copy: @escaping @Sendable (Host) -> Copy) async -> Copy? {
    await withCheckedContinuation { continuation in
      running.gather([lane], server.submit(after:_:), { host, _ in copy(host) }) { copies, _ in
        continuation.resume(returning: copies.first)
      }
    }
  }

  private func unknown(_ connector: String) -> HostRefusal {
    let there = running.places.map(\.name).joined(separator: ", ")
    return HostRefusal(
      code: "unknown_connector", text: "no connector \"\(connector)\" runs here; there are \(there)")
  }

  private func silent(_ lane: Int) -> HostRefusal {
    HostRefusal(code: "lane_silent", text: "\(RunningHost.words([lane])); nothing was done")
  }
}
