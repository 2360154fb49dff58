import MarketModel
import Runtime
import Venue

/// Why a new version was given up.
public struct UpgradeFailure: Equatable, Sendable {
  public let kind: RehearsalEnd
  /// It was made to fail.
  public let isSpoiled: Bool
  public let text: String
}

/// What became of the upgrades of a run.
struct UpgradeTally {
  var done = 0
  var failed = 0
  var failures: [UpgradeFailure] = []
  var deafness: Int64 = 0
}

/// The connector is replaced while it trades, at moments of chance, and things go wrong with that.
extension TradeStory {
  func planUpgrades(until end: Int64) {
    guard options.upgrades > 0, next != nil else { return }
    let span = max(second, end - simulation.clock.mono)
    for _ in 0..<options.upgrades {
      simulation.network.after(random.pick(0...span)) { [weak self] in
        guard let self, simulation.clock.mono < end else { return }
        upgrade()
      }
    }
  }

  private func upgrade() {
    guard let host, let trader, host.rehearsal == nil, trader.isReady, let next else { return }
    host.session.times = simulation.clock.now()
    var isDeaf: ((VenueFrame) -> Bool)?
    let fate = options.spoilsUpgrades ? random.next() % 8 : 7
    if fate == 0 { isDeaf = { _ in true } }
    // Its books differ, or are lost again and again.
    if fate == 1 { isDeaf = { [unowned self] _ in random.happens(300_000) } }
    var before: Set<InstrumentID> = []
    do {
      try host.rehearse(next, seed: random.next(), pairs: options.venue.pairs, isDeaf: isDeaf) {
        [weak self, weak host] rehearsal in
        if let self, let host { ended(rehearsal, host, before, fate) }
      }
    } catch {
      return problems.append("a new version does not start: \(error)")
    }
    guard let rehearsal = host.rehearsal else { return }
    rehearsal.willTakeOver = { [unowned session = host.session] in
      before = Set(session.view.all.filter(\.book.isReady).map(\.instrument.id))
    }
    guard fate == 2 || fate == 3 else { return }
    simulation.network.after(random.pick(0...10 * second)) { [weak self, weak host, weak rehearsal] in
      guard let self, let host, let rehearsal, host.rehearsal === rehearsal else { return }
      host.session.times = simulation.clock.now()
      rehearsal.candidate.times = host.session.times
      if fate == 2 { rehearsal.candidate.endWorker("it crashed") } else { rehearsal.giveUp("given up") }
    }
  }

  private func ended(_ rehearsal: Rehearsal, _ host: SimulatedHost, _ before: Set<InstrumentID>, _ fate: UInt64) {
    let after = Set(host.session.view.all.filter(\.book.isReady).map(\.instrument.id))
    switch rehearsal.stage {
    case .failed(let why):
      upgrades.failed += 1
      let kind = rehearsal.failure ?? .givenUp
      // It may have failed before it was made to.
      let isSpoiled = fate < 2 || fate < 4 && (kind == .crashed || kind == .givenUp)
      upgrades.failures.append(UpgradeFailure(kind: kind, isSpoiled: isSpoiled, text: why))
    default:
      upgrades.done += 1
      isOther.toggle()
      if !before.isSubset(of: after) { problems.append("an upgrade took a book out of use") }
      watchPrivateStream(host, since: simulation.clock.mono)
    }
  }

  private func watchPrivateStream(_ host: SimulatedHost, since start: Int64) {
    simulation.network.after(second / 100) { [weak self, weak host] in
      guard let self, let host, self.host === host, host.rehearsal == nil else { return }
      upgrades.deafness = max(upgrades.deafness, simulation.clock.mono - start)
      let isLive = host.session.accounts.streams.values.allSatisfy { $0.state == .live }
      if !isLive { watchPrivateStream(host, since: start) }
    }
  }
}
