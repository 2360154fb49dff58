import Foundation
import MarketModel
import Testing
import Venue
import VenueRecording
import VenueServer

private let second: Int64 = 1_000_000_000

extension LiveTests {
  @Suite("A ready book is never wrong, whatever happens to connections")
  struct LineTests {
    /// Line faults that the host has to find out by its own deadlines, or that end the connection.
    static let faults: [LineFault] = [
      .halfOpen(nanoseconds: 60 * second), .stall(nanoseconds: second / 2), .drip(bytesPerSecond: 50), .garbage,
      .oversizedFrame, .cut, .reset,
    ]

    @Test(arguments: faults, [Scene.binance, .krakenV2]) func connections(fault: LineFault, scene: Scene) throws {
      let rig = try LiveRig(scene)
      #expect(rig.becomesTrue(), "\(rig.state)")
      #expect(rig.server.strike(fault, prefix: LiveRig.prefix) > 0)
      if case .stall = fault {
        #expect(rig.becomesTrue() && rig.truth.gaps == 0, "\(rig.state)")
      } else {
        // Half a minute of the host's time has to pass until it finds out.
        (rig.push, rig.pushesAlways) = (100_000_000, true)
        #expect(rig.turn { rig.truth.gaps >= scene.pairs.count }, "\(rig.state)")
        (rig.push, rig.pushesAlways) = (20_000_000, false)
        #expect(rig.becomesTrue(), "\(rig.state)")
      }
      #expect(rig.truth.wrong.isEmpty, "\(rig.truth.wrong)")
    }

    @Test func everyHandshakeThatIsSpoilt() throws {
      let rig = try LiveRig(.binance)
      #expect(rig.becomesTrue(), "\(rig.state)")
      rig.server.spoil(HandshakeFlaw.allCases)
      let before = rig.server.counters
      #expect(rig.server.strike(.cut) == 1)
      rig.push = 20_000_000
      #expect(rig.turn { rig.server.flawsLeft == 0 }, "\(rig.state)")
      // Nothing was asked through any of them.
      #expect(rig.server.counters.requests == before.requests && rig.server.counters.sockets == before.sockets)
      #expect(rig.becomesTrue(), "\(rig.state)")
      #expect(rig.truth.wrong.isEmpty, "\(rig.truth.wrong)")
    }

    @Test(arguments: Scene.all) func manyLapsAtGreatSpeed(scene: Scene) throws {
      try laps(LiveRig(scene, pace: .times(300)))
    }

    /// Kraken's snapshots come in the stream, so that even a flood can be followed.
    @Test func aFlood() throws { try laps(LiveRig(.kraken, pace: .flood)) }

    /// Numbers rise across the seams, and nothing is lost.
    private func laps(_ rig: LiveRig) throws {
      rig.push = 5_000_000
      #expect(rig.turn { rig.areBooksReady }, "\(rig.state)")
      let checks = rig.truth.checks
      let before = rig.server.perform { [recording = rig.recording] in recording.counters }
      #expect(rig.turn { rig.truth.checks > checks + 500 }, "\(rig.state)")
      #expect(
        rig.turn { rig.server.perform { [recording = rig.recording] in recording.counters.laps } > before.laps + 1 })
      // While a snapshot is under way, it may be more than a connector keeps.
      let lost = rig.truth.texts.filter { $0.hasPrefix("gap") && !$0.hasSuffix("\(NotReadyReason.queueOverflow)") }
      #expect(lost.isEmpty, "\(lost)")
      #expect(rig.truth.wrong.isEmpty, "\(rig.truth.wrong)")
    }

    @Test(arguments: [Scene.binance, .kraken, .krakenV2]) func rejectedSubscriptions(scene: Scene) throws {
      nonisolated(unsafe) var left = 1
      nonisolated(unsafe) var refusals = 0
      let rig = try LiveRig(scene, change: { faulty, tape in
        faulty.substitute = { frame in
          guard left > 0, let refusal = tape.dialect.rejection(of: frame) else { return nil }
          left -= 1
          refusals = refusal.count
          return refusal
        }
      })
      #expect(rig.turn { rig.count("substitute") == 1 }, "\(rig.state)")
      // What was refused together is asked for one by one, without an operator. What is asked for again before the host
      // has heard of every refusal would be refused by the last of them.
      #expect(rig.turn { rig.rejected >= rig.server.perform { refusals } || rig.areBooksReady }, "\(rig.state)")
      rig.subscribeAgain()
      #expect(rig.turn { rig.areBooksReady }, "\(rig.state)")
      #expect(rig.truth.wrong.isEmpty, "\(rig.truth.wrong)")
    }

    @Test func subscriptionsThatAreRefusedOneByOneToo() throws {
      nonisolated(unsafe) var isRefusing = true
      let rig = try LiveRig(.binance, change: { faulty, tape in
        faulty.substitute = { isRefusing ? tape.dialect.rejection(of: $0) : nil }
      })
      #expect(rig.turn { rig.rejected == Scene.binance.pairs.count }, "\(rig.state)")
      rig.server.perform { isRefusing = false }
      rig.subscribeAgain()
      #expect(rig.turn { rig.areBooksReady }, "\(rig.state)")
      #expect(rig.truth.wrong.isEmpty, "\(rig.truth.wrong)")
    }

    @Test func theCheckItselfCanFail() throws {
      // Binance proves its numbers, not its prices: a quantity that changes on the way cannot be noticed by a host.
      let rig = try LiveRig(.binance, wrap: { LyingVenue($0) })
      #expect(rig.turn { !rig.truth.wrong.isEmpty }, "\(rig.state)")
    }
  }
}

/// Reports another quantity than the recording's, once in a while.
private final class LyingVenue: ServedVenue {
  private let inner: ServedVenue
  private var count = 0

  init(_ inner: ServedVenue) { self.inner = inner }

  func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    inner.request(id, request, now: now, &actions)
  }

  func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    inner.open(socket, request, now: now, &actions)
  }

  func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    inner.frame(socket, frame, now: now, &actions)
  }

  func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) {
    inner.closed(socket, now: now, &actions)
  }

  func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? {
    let due = inner.advance(now: now, &actions)
    for index in actions.indices {
      guard case .send(let socket, .text(let bytes)) = actions[index] else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      guard text.contains("depthUpdate"), let place = text.range(of: ".0") else { continue }
      count += 1
      guard count % 20 == 0 else { continue }
      let lie = text.replacingCharacters(in: place, with: ".5")
      actions[index] = .send(socket: socket, .text(Array(lie.utf8)))
    }
    return due
  }
}
