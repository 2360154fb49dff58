import CPatchbay
import Runtime
import Transport
import Venue

/// One WebSocket through the simulated network. What one side sends arrives at the other in order.
final class SimulatedSocket {
  let stream: UInt64
  let number: UInt64
  private unowned let mount: SimulatedNetwork.Mount
  private unowned let network: SimulatedNetwork
  /// `nil` once the connector knows of the end.
  private weak var carrier: SimulatedCarrier?
  private(set) var isOpen = false
  private let published: [PublishedValue]
  /// Until when the way is taken by what went before.
  private var towardsVenue: Int64 = 0
  private var towardsHost: Int64 = 0

  init(
    _ stream: UInt64, _ mount: SimulatedNetwork.Mount, _ network: SimulatedNetwork, _ carrier: SimulatedCarrier,
    published: [PublishedValue]
  ) {
    self.stream = stream
    self.mount = mount
    self.network = network
    self.carrier = carrier
    self.published = published
    number = network.number()
  }

  // MARK: From the host

  func connect(_ request: VenueRequest) {
    mount.sockets[number] = self
    outward { [self] in
      guard mount.sockets[number] === self else { return }
      network.deliver(mount) { venue, now, actions in venue.open(number, request, now: now, &actions) }
    }
  }

  /// - Returns: whether the connection is still there after it.
  func send(_ frame: VenueFrame) -> Bool {
    if network.random.happens(network.weather.cut) {
      lose()
      return false
    }
    outward { [self] in
      guard mount.sockets[number] === self else { return }
      network.deliver(mount) { venue, now, actions in venue.frame(number, frame, now: now, &actions) }
    }
    return true
  }

  /// The host ends it; nobody there is informed any more.
  func leave() {
    carrier = nil
    isOpen = false
    outward { [self] in
      guard mount.sockets.removeValue(forKey: number) != nil else { return }
      network.deliver(mount) { venue, now, actions in venue.closed(number, now: now, &actions) }
    }
  }

  /// The network ends it for both.
  private func lose() {
    let carrier = carrier
    leave()
    network.after(network.delay()) { [self] in carrier?.ended(self, code: 1006, "the connection was lost") }
  }

  private func outward(_ body: @escaping () -> Void) {
    towardsVenue = max(towardsVenue, network.clock.mono + network.delay())
    network.after(towardsVenue - network.clock.mono, body)
  }

  // MARK: From the venue

  func accepted() {
    inward { [self] in
      isOpen = true
      carrier?.opened(self, published)
    }
  }

  func refused(_ status: Int) {
    inward { [self] in
      carrier?.ended(self, code: UInt32(PB_CLOSED_HANDSHAKE), "the upgrade was answered by \(status)")
    }
  }

  func pushed(_ frame: VenueFrame) {
    if network.random.happens(network.weather.cut) { return lose() }
    if network.isLost?(frame) == true { return }
    inward { [self] in carrier?.received(self, frame) }
  }

  func ended(code: UInt32, _ reason: String) {
    inward { [self] in carrier?.ended(self, code: code, reason) }
  }

  private func inward(_ body: @escaping () -> Void) {
    towardsHost = max(towardsHost, network.clock.mono + network.delay())
    network.after(towardsHost - network.clock.mono, body)
  }
}
