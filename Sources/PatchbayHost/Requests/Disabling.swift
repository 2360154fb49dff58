import Catalog
import Control
import JSONTree
import Runtime

/// One request to disable connectors: it stops new orders, waits until none may be open, and parks. What a lane does
/// for it is done only while it is not answered.
struct Disabling: Sendable {
  let call: ControlCall
  let host: RunningHost
  let choice: SeatChoice
  let cancels: Bool
  /// Monotonic.
  let deadline: Int64
  private let closing = Closing()
  private static let step: Int64 = 50_000_000

  init(call: ControlCall, host: RunningHost, choice: SeatChoice, cancels: Bool, deadline: Int64) {
    (self.call, self.host, self.choice, self.cancels, self.deadline) = (call, host, choice, cancels, deadline)
  }

  /// How a lane stands.
  private struct Look: Sendable {
    var open = 0
    var refusal: DeskRefusal?
    var seats: [(name: String, isEnabled: Bool)] = []
  }

  func begin() {
    look { [closing, cancels] seat, look in
      guard let desk = seat.trader as? TradeDesk else { return }
      do throws(DeskRefusal) {
        look.open += try desk.close(closing, cancels: cancels)
      } catch {
        look.refusal = error
      }
    } then: { [self] looks in
      let open = looks.reduce(0) { $0 + $1.open }
      if let refusal = looks.lazy.compactMap(\.refusal).first { return reopen { $0.fail(refusal) } }
      if cancels || open == 0 { return wait() }
      reopen {
        $0.fail("open_orders", "\(open) orders are open; cancel them first, or disable it with \"cancel\": true")
      }
    }
  }

  /// Waits until nothing may be open, on any lane.
  private func wait() {
    look { count($0, &$1) } then: { [self] looks in
      guard go(on: looks) else { return }
      park()
    }
  }

  /// Parks, where still nothing may be open.
  private func park() {
    look { [self] seat, look in
      count(seat, &look)
      guard look.open == 0, look.refusal == nil else { return }
      if !seat.isParked {
        seat.park()
        (seat.trader as? TradeDesk)?.parked()
      }
      look.seats.append((seat.session.name, !seat.isParked))
    } then: { [self] looks in
      guard go(on: looks) else { return }
      closing.end()
      call.reply(ParkingVerbs.reply(looks.flatMap(\.seats)))
    }
  }

  private func count(_ seat: Host.Seat, _ look: inout Look) {
    guard let desk = seat.trader as? TradeDesk else { return }
    if desk.closing !== closing {
      look.refusal = DeskRefusal("not_ready", "\(desk.name) was enabled meanwhile; it is not disabled")
    }
    look.open += desk.unsettledCount
  }

  /// Whether nothing may be open; else it is waited for, or given up.
  private func go(on looks: [Look]) -> Bool {
    if let refusal = looks.lazy.compactMap(\.refusal).first {
      reopen { $0.fail(refusal) }
      return false
    }
    let open = looks.reduce(0) { $0 + $1.open }
    guard open > 0 else { return true }
    if host.clock.now().mono < deadline {
      call.submit(after: Self.step) { wait() }
    } else {
      closing.end()
      call.fail(
        "open_orders", "\(open) orders have not ended yet; new ones are stopped, and it is not disabled: try again")
    }
    return false
  }

  /// Answers, and takes orders as before where it alone has stopped them.
  private func reopen(_ answer: @escaping @Sendable (ControlCall) -> Void) {
    closing.end()
    host.gather(choice.lanes, call.submit) { [closing, choice] host, _ in
      for seat in choice.seats(host) where !seat.isParked { (seat.trader as? TradeDesk)?.reopen(closing) }
    } then: { [call] _, _ in answer(call) }
  }

  private func look(
    _ body: @escaping @Sendable (Host.Seat, inout Look) -> Void, then: @escaping @Sendable ([Look]) -> Void
  ) {
    host.gather(choice.lanes, call.submit) { [closing, choice] host, _ in
      var look = Look()
      guard !closing.isOver else { return look }
      for seat in choice.seats(host) { body(seat, &look) }
      return look
    } then: { [self] looks, silent in
      guard !silent.isEmpty else { return then(looks) }
      call.fail("lane_silent", RunningHost.words(silent))
      reopen { _ in }
    }
  }
}
